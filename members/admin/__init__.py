"""Django admin for people, bodies and accounts.

The rules are in ``members.roles.permissions`` and ``members.services``. Here they become forms and sentences.
"""

from members.admin import accounts, association, tenures
from members.admin.asking import Doubt, DoubtForm
from members.admin.base import MasterDataAdmin, NeverDeleted, OrWithoutFilter

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
