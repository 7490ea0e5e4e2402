"""The roles of whoever asks, for views and templates."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

from members.roles.permissions import Roles


class RolesMiddleware:
    """Puts ``request.roles`` there, once per request and only where somebody asks."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.roles = SimpleLazyObject(lambda: Roles(request.user))  # type: ignore[attr-defined]
        return self.get_response(request)


def roles_in_templates(request: HttpRequest) -> dict[str, object]:
    return {"roles": getattr(request, "roles", None)}
