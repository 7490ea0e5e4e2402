"""What allauth asks us: sign-in, its refusals, and where one lands."""

import logging
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from members.accounts import attempts, devices, events
from members.models import AccountEvent, User

logger = logging.getLogger(__name__)


class AccountAdapter(DefaultAccountAdapter):
    """Accounts are made by the administration; nobody signs up alone."""

    #: allauth's own German says "du" and gives no next step.
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "account_inactive": "Dieses Konto ist nicht aktiv. Bitte wenden Sie sich an die Geschäftsstelle des Vereins.",
        "email_password_mismatch": "E-Mail-Adresse oder Passwort stimmt nicht. Bitte prüfen Sie beides.",
        "enter_current_password": "Das aktuelle Passwort stimmt nicht.",
        "incorrect_password": "Das Passwort stimmt nicht.",
        "rate_limited": "Zu viele Versuche. Bitte warten Sie einige Minuten.",
    }

    def get_client_ip(self, request: HttpRequest) -> str:
        """The visitor's address, for the limits on wrong passwords.

        Where the proxy does not name as many addresses as are trusted, it is the proxy's own: all visitors then share
        one limit, and the log says what to mend.
        """
        header = request.headers.get("X-Forwarded-For", "")
        if len([each for each in header.split(",") if each.strip()]) < settings.ALLAUTH_TRUSTED_PROXY_COUNT:
            logger.error(
                "The proxy sends no X-Forwarded-For although TRUSTED_PROXY_COUNT is %s: all visitors share one limit "
                "for wrong passwords. README, Deployment, has the line for the proxy.",
                settings.ALLAUTH_TRUSTED_PROXY_COUNT,
            )
            return str(request.META.get("REMOTE_ADDR") or "unknown")
        return str(super().get_client_ip(request))

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """Look at the password where it may still be tried; only wrong ones count.

        Every door comes through here: signing in, confirming the password, changing it.
        """
        address = self.get_client_ip(request)
        try:
            places = attempts.begin(request, credentials.get("email", ""), address)
        except attempts.TooMany as refused:
            raise ValidationError(
                f"Zu viele falsche Passwörter. Ab {refused.clock} Uhr können Sie es wieder versuchen. Schneller geht "
                "es mit einem neuen Passwort: „Passwort vergessen?“ schickt Ihnen einen Link dafür, und danach können "
                "Sie sich sofort anmelden.",
                code="too_many_login_attempts",
            ) from refused
        user: User | None = super().authenticate(request, **credentials)
        if user:
            attempts.take_back(places)
        else:
            email = str(credentials.get("email", ""))
            account = User.objects.filter(email=email).first()
            events.note(AccountEvent.Kind.REFUSED, account, email=email, request=request)
        return user

    def post_login(self, request: HttpRequest, user: User, **details: Any) -> HttpResponse:
        """From now on this device is known."""
        response: HttpResponse = super().post_login(request, user, **details)
        devices.remember(request, response, user)
        return response

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Back to work; the default would show the emptied form again."""
        return reverse("home")
