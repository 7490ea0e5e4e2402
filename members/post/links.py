"""The links in mails that give access to an account: signed, valid for some days and for one purpose.

A mail in the outbox has ``PLACE`` where its link belongs. The link is made when the mail is handed over, and
is stored nowhere. When it is opened, the token moves into the session (``SESSION_KEY``) and the browser goes
on to a plain address. So no log and no bookmark of that page holds the token.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac

from members.models import AddressChange, MailedLink, OutboxMail, User

#: Stands for the link in the text of a mail.
PLACE = "[Link]"
SALT = "members.post.links"
VALID_FOR = {
    MailedLink.INVITATION: timedelta(days=7),
    MailedLink.PASSWORD: timedelta(days=3),
    MailedLink.ADDRESS: timedelta(days=7),
    MailedLink.STOP: timedelta(days=14),
}
SESSION_KEY = "mailed_link"


@dataclass(frozen=True)
class Mailed:
    """A kind of link that opens no account but something of an upper floor: its address, and whether it opens yet."""

    address: Callable[[OutboxMail], str]
    opens: Callable[[OutboxMail], bool]


#: Purpose -> such a link. Upper floors add theirs in ``ready``.
OTHERS: dict[str, Mailed] = {}


@dataclass(frozen=True)
class Found:
    """The account that a link belongs to, and why it does not open it.

    ``trouble`` is empty, "expired", "used" (the account has a password already) or "unknown".
    """

    user: User | None
    trouble: str = ""


Target = User | AddressChange


def _fingerprint(target: Target, purpose: str) -> str:
    """Return a hash of the state in which a link is valid.

    A new password, address or invitation, a sign-in or a lock end it; not so the link that stops a change.
    """
    if isinstance(target, AddressChange):
        account, state = target.account, [target.pk, target.email, target.former]
        if purpose == MailedLink.ADDRESS:
            state += [account.password, account.email, account.locks]
    else:
        moments = (target.invited_at, target.last_login)
        state = [target.password, target.email, target.locks, *(at and at.timestamp() for at in moments)]
    return salted_hmac(SALT, "|".join(map(str, state))).hexdigest()[:24]


def token(target: Target, purpose: str) -> str:
    """Return the signed token of a link for this purpose."""
    return signing.dumps([purpose, target.pk, _fingerprint(target, purpose)], salt=SALT)


def link(target: Target, purpose: str) -> str:
    """Return the whole address of a new link. The host is that of SITE_URL, whatever host a request names."""
    return settings.SITE_URL + reverse("mailed_link", args=[token(target, purpose)])


def still_opens(mail: OutboxMail) -> bool:
    """Return whether the mail's link would give access to anything now."""
    if other := OTHERS.get(mail.link):
        return other.opens(mail)
    change = mail.address_change
    match mail.link:
        case MailedLink.ADDRESS:
            return change is not None and change.waits_for_owner
        case MailedLink.STOP:
            return change is not None and change.stopped_at is None
    if mail.user is None or not mail.user.is_active:
        return False
    return mail.user.is_invited if mail.link == MailedLink.INVITATION else mail.user.may_choose_password


def with_link(mail: OutboxMail) -> tuple[str, str]:
    """Return text and HTML of the mail with its link."""
    if not mail.link:
        return mail.body, mail.html
    if other := OTHERS.get(mail.link):
        address = other.address(mail)
    else:
        target = mail.address_change or mail.user
        assert target is not None
        address = link(target, mail.link)
    return mail.body.replace(PLACE, address), mail.html.replace(PLACE, address)


def purpose_of(token: str) -> str:
    """Return what the token's link was mailed for, or an empty text where the token is not ours."""
    try:
        return str(signing.loads(token, salt=SALT)[0])
    except signing.BadSignature:
        return ""


def read(token: str, purpose: MailedLink) -> Found:
    """Return the account that the token gives access to for this purpose, or why it does not."""
    if purpose_of(token) != purpose:
        return Found(None, "unknown")
    user = User.objects.filter(pk=signing.loads(token, salt=SALT)[1], is_active=True).first()
    if user is None:
        return Found(None, "unknown")
    if purpose == MailedLink.INVITATION and user.has_usable_password():
        return Found(user, "used")
    return Found(user) if _counts(token, user, purpose) else Found(user, "expired")


def read_change(token: str, purpose: MailedLink) -> AddressChange | None:
    """Return the change of address that the token confirms or stops, or None. It may wait no longer."""
    if purpose_of(token) != purpose:
        return None
    found = AddressChange.objects.select_related("account__person", "requested_by__person", "released_by")
    change = found.filter(pk=signing.loads(token, salt=SALT)[1]).first()
    if change is None or not _counts(token, change, purpose):
        return None
    return change if change.account.is_active or purpose == MailedLink.STOP else None


def _counts(token: str, target: Target, purpose: MailedLink) -> bool:
    try:
        _, _, fingerprint = signing.loads(token, salt=SALT, max_age=VALID_FOR[purpose])
    except signing.SignatureExpired:
        return False
    return constant_time_compare(fingerprint, _fingerprint(target, purpose))
