"""Remember in a signed cookie on which browsers an account has signed in (OWASP's "device cookie").

The cookie signs nobody in. It tells that a try at the password comes from a device the owner has used, so
that somebody who guesses elsewhere does not lock the owner out.
"""

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.crypto import get_random_string

from members.models import User

COOKIE = "device"
SALT = "members.accounts.devices"
#: Seconds, from the latest sign-in.
VALID_FOR = 365 * 24 * 60 * 60
#: Accounts that one browser remembers. Beyond it the one with the oldest sign-in is dropped.
ACCOUNTS = 5


def _read(request: HttpRequest) -> tuple[str, list[str]]:
    """Return the device's random name and the keys of its accounts, latest first. Both may be empty."""
    signed: str = request.get_signed_cookie(COOKIE, default="", salt=SALT, max_age=VALID_FOR)  # type: ignore[assignment]
    name, *accounts = signed.split("-")
    return name, accounts


def known(request: HttpRequest, user: User) -> str:
    """Return the name of this device if the user has signed in on it before, else an empty text."""
    name, accounts = _read(request)
    return name if str(user.pk) in accounts else ""


def remember(request: HttpRequest, response: HttpResponseBase, user: User) -> None:
    """Store in the cookie that the user has signed in here, or has proved their identity in another way.

    The device keeps its name, so that a colleague's sign-in on the same computer gives no new tries.
    """
    name, accounts = _read(request)
    mine = str(user.pk)
    kept = [mine, *(account for account in accounts if account != mine)][:ACCOUNTS]
    response.set_signed_cookie(
        COOKIE,
        "-".join([name or get_random_string(22), *kept]),
        salt=SALT,
        max_age=VALID_FOR,
        path=reverse("account_login"),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
