"""One audit package at a time: a slow reader holds a thread of the web server, so only one of them may."""

from django.core.cache import cache
from django.utils.crypto import get_random_string

KEY = "audit-package"
#: Seconds after which a package counts as gone, where its process ended without a word.
LONGEST = 30 * 60


def take() -> str | None:
    """Return a token for ``give_back``, or None while another package is made."""
    token = get_random_string(20)
    return token if cache.add(KEY, token, LONGEST) else None


def give_back(token: str) -> None:
    """Let the next one begin. What took its place after ``LONGEST`` seconds stays."""
    if cache.get(KEY) == token:
        cache.delete(KEY)
