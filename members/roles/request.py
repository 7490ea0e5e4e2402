"""The request as views see it."""

from typing import Any

from django.http import HttpRequest

from members.roles.permissions import Roles


class Request(HttpRequest):
    """For annotations: a request after ``RolesMiddleware``; ``user`` is a User wherever a view asks."""

    user: Any
    roles: Roles
