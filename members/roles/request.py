"""The request as views see it."""

from typing import Any

from django.http import HttpRequest

from members.roles.permissions import Roles


class Request(HttpRequest):
    """For annotations: a request with ``roles`` and, wherever a view uses it, a User as ``user``."""

    user: Any
    roles: Roles
