"""The cache in the database, in which tries at a password are counted."""

from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.db import DatabaseCache
from django.db import OperationalError


class TellingCache(DatabaseCache):
    """Django's cache, which says so where it could not store.

    Django's own answers as if the key were there already: on a full disk everybody would hear of too many tries.
    """

    def add(
        self, key: Any, value: Any, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None
    ) -> bool:
        # Asked twice: somebody else's key may have expired in between.
        for _ in range(2):
            if super().add(key, value, timeout, version):
                return True
            if self.has_key(key, version):
                return False
        raise OperationalError("The cache cannot store anything.")
