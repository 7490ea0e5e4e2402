"""What surrounds every request, whoever asks."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.exceptions import BadRequest
from django.db import DataError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.http import ConditionalGetMiddleware
from django.shortcuts import render
from django.utils.cache import patch_cache_control, patch_vary_headers

#: Whose account is signed in, for the page's own script (static/js/back.js). It opens nothing.
WHO_COOKIE = "who"


class WhoMiddleware:
    """Tells the browser whose account is signed in, so that a page it kept from before shows nobody else's work.

    Looks at the user only where the session was asked for: other answers change nothing.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not request.session.accessed:
            return response
        who = str(request.user.pk) if request.user.is_authenticated else ""
        if who and (request.session.modified or request.COOKIES.get(WHO_COOKIE) != who):
            response.set_cookie(
                WHO_COOKIE,
                who,
                max_age=request.session.get_expiry_age(),
                secure=settings.SESSION_COOKIE_SECURE,
                samesite="Lax",
            )
        elif not who and WHO_COOKIE in request.COOKIES:
            response.delete_cookie(WHO_COOKIE, samesite="Lax")
        return response


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


#: Bytes of a request. Our forms are far smaller; only the upload of papers takes more and checks that itself.
LARGEST_BODY = 5 * 1024 * 1024


def body_size(request: HttpRequest) -> int:
    """What the request announces; Django reads no further than that."""
    announced = request.META.get("CONTENT_LENGTH") or "0"
    return int(announced) if announced.isdecimal() else 0


def checks_body_size(view: Any) -> bool:
    """Whether the view accepts more than ``LARGEST_BODY`` and itself decides what it reads."""
    return getattr(view, "checks_body_size", False)


class LargestBodyMiddleware:
    """Refuses a huge request before anything of it is read into memory or onto the disk.

    Stands before the CSRF check, which reads every form, signed in or not.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, *arguments: Any) -> HttpResponse | None:
        if body_size(request) <= LARGEST_BODY or checks_body_size(view):
            return None
        return render(request, "errors/413.html", {"largest_mb": LARGEST_BODY // 1024**2}, status=413)


class UnchangedPagesMiddleware(ConditionalGetMiddleware):
    """A visitor whose browser holds the page as it is now gets no second copy of it.

    Compared is what was just made for this request, so nothing can be stale. A page of somebody signed in holds a
    form's token that is new each time: there is nothing to compare.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if settings.SESSION_COOKIE_NAME in request.COOKIES:
            return response
        return super().process_response(request, response)


class PrivatePagesMiddleware:
    """Every page depends on who asks, the public ones too: no cache between us and the browser keeps any.

    ``no-cache``, not ``no-store``: going back to a form must bring back what was typed.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not response.has_header("Cache-Control"):
            patch_cache_control(response, private=True, no_cache=True)
        patch_vary_headers(response, ["Cookie"])
        return response
