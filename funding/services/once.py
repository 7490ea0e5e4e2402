"""A form's one-time key: sent twice, it books once."""

from collections.abc import Callable
from typing import TypeVar

from django.db import transaction

from funding.errors import AlreadyDone
from funding.models import SpentKey
from members.common.keys import KeySpent
from members.models import User

T = TypeVar("T")


def spend(key: str, actor: User) -> None:
    """Write the key down. Raises AlreadyDone where it was spent; a refused act spends nothing."""
    try:
        SpentKey.spend(key, actor)
    except KeySpent:
        raise AlreadyDone(
            "Dieses Formular war schon angekommen; gebucht wurde nur einmal. Unten sehen Sie den Stand."
        ) from None


def once(key: str, actor: User, act: Callable[[], T]) -> T:
    """Carry out ``act`` and spend the form's key in the same transaction. Raises AlreadyDone."""
    with transaction.atomic():
        spend(key, actor)
        return act()
