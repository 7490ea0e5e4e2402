from collections.abc import Callable

from django.core.exceptions import BadRequest
from django.db import DataError
from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

from members.permissions import Roles


class RolesMiddleware:
    """Puts ``request.roles`` there, once per request and only where somebody asks."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.roles = SimpleLazyObject(lambda: Roles(request.user))  # type: ignore[attr-defined]
        return self.get_response(request)


class AbsurdNumbersMiddleware:
    """A number in an address that no database column holds is a bad request, not a fault of ours.

    SQLite raises OverflowError and PostgreSQL DataError where Django passes such a number on (``__in``).
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        if isinstance(exception, OverflowError | DataError):
            raise BadRequest from exception


def roles_in_templates(request: HttpRequest) -> dict[str, object]:
    return {"roles": getattr(request, "roles", None)}
