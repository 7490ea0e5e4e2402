from collections.abc import Callable
from typing import TypeVar

from django.db import IntegrityError, transaction

from funding.errors import AlreadyDone
from funding.models import SpentKey
from members.models import User

T = TypeVar("T")


def once(key: str, actor: User, act: Callable[[], T]) -> T:
    """Carry out ``act`` and spend the form's one-time key in the same transaction.

    A refused act spends nothing, so the corrected form may be sent again. Raises AlreadyDone when the key
    was spent before, also by a request that runs at the same moment.
    """
    with transaction.atomic():
        try:
            with transaction.atomic():
                SpentKey.objects.create(key=key[:64], actor=actor)
        except IntegrityError:
            raise AlreadyDone(
                "Dieses Formular war schon angekommen; gebucht wurde nur einmal. Unten sehen Sie den Stand."
            ) from None
        return act()
