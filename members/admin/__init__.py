"""Django admin for people, bodies and accounts.

The rules are in ``members.roles.permissions`` and ``members.services``. Here they become forms and sentences.
"""

from members.admin import accounts, association, tenures
from members.admin.asking import DoubtForm
from members.admin.base import MasterDataAdmin, NeverDeleted, OrWithoutFilter
from members.common.asking import Doubt

__all__ = [
    "Doubt",
    "DoubtForm",
    "MasterDataAdmin",
    "NeverDeleted",
    "OrWithoutFilter",
    "accounts",
    "association",
    "tenures",
]
