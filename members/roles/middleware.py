"""Give the roles of whoever asks to views and templates."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

from members.roles.permissions import Roles


class RolesMiddleware:
    """Sets ``request.roles``. The roles are read once per request, and only where they are used."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.roles = SimpleLazyObject(lambda: Roles(request.user))  # type: ignore[attr-defined]
        return self.get_response(request)


def roles_in_templates(request: HttpRequest) -> dict[str, object]:
    """Return the roles for every template. None where the request has none."""
    return {"roles": getattr(request, "roles", None)}
