"""Give the roles of whoever asks to views and templates."""

from django.http import HttpRequest
from django.utils.deprecation import MiddlewareMixin
from django.utils.functional import SimpleLazyObject

from members.roles.permissions import Roles


class RolesMiddleware(MiddlewareMixin):
    """Sets ``request.roles``. The roles are read once per request, and only where they are used."""

    def process_request(self, request: HttpRequest) -> None:
        request.roles = SimpleLazyObject(lambda: Roles(request.user))  # type: ignore[attr-defined]


def roles_in_templates(request: HttpRequest) -> dict[str, object]:
    """Return the roles for every template. None where the request has none."""
    return {"roles": getattr(request, "roles", None)}
