from typing import Any

from django.http import HttpRequest

from members.permissions import Roles


class Request(HttpRequest):
    """For annotations: a request after ``RolesMiddleware``; ``user`` is a User wherever a view asks."""

    user: Any
    roles: Roles


def is_key(text: object) -> bool:
    """Whether it can be a row's key. What is none finds nothing, but SQLite or Django would fail on looking."""
    sent = str(text)
    return sent.isascii() and sent.isdecimal() and len(sent) <= 18
