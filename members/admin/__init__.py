"""Django admin for who is who. The rules are ``members.permissions`` and ``members.services``; here they become
forms and sentences."""

from members.admin.accounts import OutboxMailAdmin, UserAdmin
from members.admin.association import BodyAdmin, DistrictAdmin, OrganisationAdmin, PersonAdmin
from members.admin.base import DistrictFilter, MasterDataAdmin, NeverDeleted
from members.admin.tenures import MandateAdmin, MembershipAdmin, SeatAdmin

__all__ = [
    "BodyAdmin",
    "DistrictAdmin",
    "DistrictFilter",
    "MandateAdmin",
    "MasterDataAdmin",
    "MembershipAdmin",
    "NeverDeleted",
    "OrganisationAdmin",
    "OutboxMailAdmin",
    "PersonAdmin",
    "SeatAdmin",
    "UserAdmin",
]
