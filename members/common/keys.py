"""Keys that come from outside: keys of rows, and the one-time keys of forms."""

from typing import Any
from uuid import uuid4

from django.conf import settings
from django.core.exceptions import BadRequest
from django.db import IntegrityError, models, transaction

from members.common.checks import stored_types


def is_key(text: object) -> bool:
    """Return whether the value can be a row's key. A query with anything else would fail."""
    sent = str(text)
    return sent.isascii() and sent.isdecimal() and len(sent) <= 18


def new_key() -> str:
    """Return a one-time key for a form that is shown."""
    return uuid4().hex


class KeySpent(BadRequest):
    """The form with this key was already carried out. Where no view says more, the page answers 400."""


class OneTimeKey(models.Model):
    """The key of a form that was carried out. A second arrival of the same form does nothing."""

    key = models.CharField(max_length=64, primary_key=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    spent_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True
        constraints = [stored_types("spent_key_types", integers="actor", texts="key", moments="spent_at")]

    def __str__(self) -> str:
        return self.key

    @classmethod
    def spent(cls, key: str, **more: Any) -> models.QuerySet:
        """Return the row of a key that was spent, if it also has these values. Spent keys are stored shortened."""
        return cls._default_manager.filter(key=key[:64], **more)

    @classmethod
    def spend(cls, key: str, actor: Any, **more: Any) -> None:
        """Store the key, in a savepoint, with ``more`` fields of the concrete model.

        Raises KeySpent where it is stored already, also by a request at the same moment.
        It is rolled back with the caller's transaction: an act that is refused spends no key.
        """
        try:
            with transaction.atomic():
                cls._default_manager.create(key=key[:64], actor=actor, **more)
        except IntegrityError:
            raise KeySpent from None
