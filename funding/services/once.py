"""A form's one-time key: a form that is sent twice books once."""

from collections.abc import Callable
from typing import TypeVar

from django.db import transaction

from funding.errors import AlreadyDone
from funding.models import SpentKey
from members.common.keys import KeySpent
from members.models import User

T = TypeVar("T")


def spend(key: str, actor: User) -> None:
    """Store the key as spent, if the transaction stays. Raises AlreadyDone if it was spent before."""
    try:
        SpentKey.spend(key, actor)
    except KeySpent:
        raise AlreadyDone(
            "Dieses Formular war schon angekommen; gebucht wurde nur einmal. Unten sehen Sie den Stand."
        ) from None


def once(key: str, actor: User, act: Callable[[], T]) -> T:
    """Spend the key and carry out ``act`` in one transaction. Raises AlreadyDone if it was spent."""
    with transaction.atomic():
        spend(key, actor)
        return act()
