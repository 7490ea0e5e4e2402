"""Middleware that needs no roles: limits of requests, rules for caches, a cookie for the page's script."""

from typing import Any

from django.conf import settings
from django.core.exceptions import BadRequest
from django.db import DataError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.http import ConditionalGetMiddleware
from django.shortcuts import render
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.deprecation import MiddlewareMixin

#: The cookie with the key of the signed-in account, for static/js/back.js. It gives no access.
WHO_COOKIE = "who"


class WhoMiddleware(MiddlewareMixin):
    """Tells the browser whose account is signed in, so that it shows no page it kept from another person.

    Looks at the user only where the session was read: otherwise nothing can have changed.
    """

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
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


class AbsurdNumbersMiddleware(MiddlewareMixin):
    """Answers "bad request" where a number in an address is larger than a database column holds.

    Django passes such a number on in ``__in``: SQLite then raises OverflowError, PostgreSQL DataError.
    """

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        if isinstance(exception, OverflowError | DataError):
            raise BadRequest from exception


class ButtonsOnlyMiddleware(MiddlewareMixin):
    """Answers with a page where somebody opens an address that only a button sends something to.

    Signing in again leads there after a session has ended. Django's own answer is an empty page.
    """

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        if response.status_code != 405 or request.method != "GET":
            return response
        page = render(request, "errors/405.html", status=405)
        page["Allow"] = response["Allow"]
        return page


#: The most bytes of a request. Our forms are far smaller. The upload of papers has a check of its own.
LARGEST_BODY = 5 * 1024 * 1024


def body_size(request: HttpRequest) -> int:
    """Return the bytes that the request announces. Django reads no more than that."""
    announced = request.META.get("CONTENT_LENGTH") or "0"
    return int(announced) if announced.isdecimal() else 0


def checks_body_size(view: Any) -> bool:
    """Return whether the view accepts more than ``LARGEST_BODY`` and checks the size itself."""
    return getattr(view, "checks_body_size", False)


class LargestBodyMiddleware(MiddlewareMixin):
    """Refuses a huge request unread. Stands before the CSRF check, which reads every form."""

    def process_view(self, request: HttpRequest, view: Any, *arguments: Any) -> HttpResponse | None:
        if body_size(request) <= LARGEST_BODY or checks_body_size(view):
            return None
        return render(request, "errors/413.html", {"largest_mb": LARGEST_BODY // 1024**2}, status=413)


class UnchangedPagesMiddleware(ConditionalGetMiddleware):
    """Answers 304 to visitors whose browser already holds the page as it is now. The page is made first.

    For a request with a session it does nothing: such a page holds a form token that is new each time.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if settings.SESSION_COOKIE_NAME in request.COOKIES:
            return response
        return super().process_response(request, response)


class PrivatePagesMiddleware(MiddlewareMixin):
    """Forbids shared caches to keep any page, because every page depends on who asks.

    It sets ``no-cache`` and not ``no-store``: going back to a form must bring back what was typed.
    """

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        if not response.has_header("Cache-Control"):
            patch_cache_control(response, private=True, no_cache=True)
        patch_vary_headers(response, ["Cookie"])
        return response
