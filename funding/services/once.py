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
    """Store the key as spent. Raises AlreadyDone if it was spent before.

    When the transaction is rolled back, the key is free again.
    """
    try:
        SpentKey.spend(key, actor)
    except KeySpent:
        raise AlreadyDone(
            "Dieses Formular war schon angekommen; gebucht wurde nur einmal. Unten sehen Sie den Stand."
        ) from None


def once(key: str, actor: User, act: Callable[[], T]) -> T:
    """Spend the form's key and carry out ``act`` in one transaction; return what it returns.

    Raises AlreadyDone if the key was spent before.
    """
    with transaction.atomic():
        spend(key, actor)
        return act()
