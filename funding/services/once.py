from collections.abc import Callable
from typing import TypeVar

from django.db import IntegrityError, transaction

from funding.errors import AlreadyDone, FundingError
from funding.models import SpentKey
from members.models import User

T = TypeVar("T")


def _spend(key: str, actor: User) -> None:
    try:
        with transaction.atomic():
            SpentKey.objects.create(key=key[:64], actor=actor)
    except IntegrityError:
        raise _already_done() from None


def _already_done() -> AlreadyDone:
    return AlreadyDone(
        "Dieses Formular war schon angekommen; gebucht wurde nur einmal. Unten sehen Sie den Stand."
    )


def once(key: str, actor: User, act: Callable[[], T]) -> T:
    """Carry out ``act`` and spend the form's one-time key in the same transaction.

    A refused act spends nothing, so the corrected form may be sent again. Raises AlreadyDone when the key
    was spent before, also by a request that runs at the same moment.
    """
    with transaction.atomic():
        _spend(key, actor)
        return act()


def once_locked(key: str, actor: User, act: Callable[[Callable[[], None]], T]) -> T:
    """As ``once``, for an act that takes its own lock: it is handed what spends the key, to be called under it.

    So reading and wording hold up nobody: SQLite has one writer at a time, from the first row that it writes.
    """
    if SpentKey.objects.filter(pk=key[:64]).exists():
        raise _already_done()
    try:
        return act(lambda: _spend(key, actor))
    except FundingError:
        # Of two that run at the same moment, the second finds the step taken before it comes to the key.
        if SpentKey.objects.filter(pk=key[:64]).exists():
            raise _already_done() from None
        raise
