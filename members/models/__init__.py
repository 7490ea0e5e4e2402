from members.models.account_event import AccountEvent
from members.models.address import ADDRESS, CONTACT, Addressed
from members.models.address_change import AddressChange
from members.models.body import OF_ASSOCIATION, OF_DISTRICT, Body, BodyKind, Seat
from members.models.district import District
from members.models.entry_key import EntryKey
from members.models.mandate import Mandate
from members.models.membership import Membership
from members.models.organisation import Organisation
from members.models.outbox import MailedLink, OutboxMail
from members.models.person import Person
from members.models.resolution import Resolution
from members.models.tenure import Tenure, counts_on
from members.models.user import MailFrequency, User, UserManager

__all__ = [
    "ADDRESS",
    "CONTACT",
    "OF_ASSOCIATION",
    "OF_DISTRICT",
    "AccountEvent",
    "AddressChange",
    "Addressed",
    "Body",
    "BodyKind",
    "District",
    "EntryKey",
    "MailFrequency",
    "MailedLink",
    "Mandate",
    "Membership",
    "Organisation",
    "OutboxMail",
    "Person",
    "Resolution",
    "Seat",
    "Tenure",
    "User",
    "UserManager",
    "counts_on",
]
