"""The browsers that an account has been signed in on, by a signed cookie ("device cookie" of OWASP).

It signs nobody in. It says that a try at the password comes from where the owner has been before, so that
somebody who guesses elsewhere does not lock the owner out.
"""

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.crypto import get_random_string

from members.models import User

COOKIE = "device"
SALT = "members.accounts.devices"
#: Seconds; every sign-in begins them anew.
VALID_FOR = 365 * 24 * 60 * 60
#: Accounts that one browser remembers; the one that has not signed in for longest gives way.
ACCOUNTS = 5


def _read(request: HttpRequest) -> tuple[str, list[str]]:
    """The device's own random name and the keys of its accounts, the latest first; empty without a cookie."""
    signed: str = request.get_signed_cookie(COOKIE, default="", salt=SALT, max_age=VALID_FOR)  # type: ignore[assignment]
    name, *accounts = signed.split("-")
    return name, accounts


def known(request: HttpRequest, user: User) -> str:
    """The name of this device where the user has signed in on it before, else an empty text."""
    name, accounts = _read(request)
    return name if str(user.pk) in accounts else ""


def remember(request: HttpRequest, response: HttpResponseBase, user: User) -> None:
    """The user has just signed in here, or proved in another way who they are.

    The device keeps its name: a colleague at the same computer gets no new tries by signing in between.
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
