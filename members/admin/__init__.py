"""Django admin for people, bodies and accounts.

The rules are in ``members.roles.permissions`` and ``members.services``. Here they become forms and sentences.
"""

from members.admin.accounts import OutboxMailAdmin, UserAdmin
from members.admin.association import BodyAdmin, DistrictAdmin, OrganisationAdmin, PersonAdmin
from members.admin.base import MasterDataAdmin, NeverDeleted, OrWithoutFilter
from members.admin.tenures import MandateAdmin, MembershipAdmin, SeatAdmin

__all__ = [
    "BodyAdmin",
    "DistrictAdmin",
    "MandateAdmin",
    "MasterDataAdmin",
    "MembershipAdmin",
    "NeverDeleted",
    "OrWithoutFilter",
    "OrganisationAdmin",
    "OutboxMailAdmin",
    "PersonAdmin",
    "SeatAdmin",
    "UserAdmin",
]
