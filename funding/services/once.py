"""A form's one-time key: sent twice, it books once."""

from collections.abc import Callable
from typing import TypeVar

from django.db import IntegrityError, transaction

from funding.errors import AlreadyDone
from funding.models import SpentKey
from members.models import User

T = TypeVar("T")


def spend(key: str, actor: User) -> None:
    """Write the key down in a savepoint. Raises AlreadyDone where it was spent, also at the same moment.

    The caller's transaction takes it back with everything else, so a refused act spends nothing.
    """
    try:
        with transaction.atomic():
            SpentKey.objects.create(key=key[:64], actor=actor)
    except IntegrityError:
        raise AlreadyDone(
            "Dieses Formular war schon angekommen; gebucht wurde nur einmal. Unten sehen Sie den Stand."
        ) from None


def once(key: str, actor: User, act: Callable[[], T]) -> T:
    """Carry out ``act`` and spend the form's key in the same transaction. Raises AlreadyDone."""
    with transaction.atomic():
        spend(key, actor)
        return act()
