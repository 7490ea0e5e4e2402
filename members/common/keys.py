"""Keys that come from outside: those of rows, and the one-time keys of forms."""

from typing import Any

from django.conf import settings
from django.db import IntegrityError, models, transaction

from members.common.checks import stored_types


def is_key(text: object) -> bool:
    """Whether it can be a row's key. What is none finds nothing, but SQLite or Django would fail on looking."""
    sent = str(text)
    return sent.isascii() and sent.isdecimal() and len(sent) <= 18


class KeySpent(Exception):
    """The same form arrived before; it counted then."""


class OneTimeKey(models.Model):
    """The key of a form that was carried out; a second arrival does nothing."""

    key = models.CharField(max_length=64, primary_key=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    spent_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True
        constraints = [stored_types("spent_key_types", integers="actor", texts="key", moments="spent_at")]

    def __str__(self) -> str:
        return self.key

    @classmethod
    def spend(cls, key: str, actor: Any) -> None:
        """Write the key down in a savepoint. Raises KeySpent where it was spent, also at the same moment.

        The caller's transaction takes it back with everything else, so a refused act spends nothing.
        """
        try:
            with transaction.atomic():
                cls._default_manager.create(key=key[:64], actor=actor)
        except IntegrityError:
            raise KeySpent from None
