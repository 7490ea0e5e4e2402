"""Our answers to allauth: signing in, refusals, and the page that follows."""

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
    """Our rules for allauth. The administration makes the accounts; nobody signs up alone."""

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
        """Return the visitor's IP address, for the limits on wrong passwords.

        Where the header names fewer addresses than there are trusted proxies, it is the proxy's address. Then
        all visitors share one limit, and the log says what to change.
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
        """Return the account if the password is right. Only wrong passwords count against the limits.

        Signing in, confirming the password and changing it all come here.
        Raises ValidationError where no more tries are allowed.
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
        response: HttpResponse = super().post_login(request, user, **details)
        devices.remember(request, response, user)
        return response

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """By default the emptied form would be shown again."""
        return reverse("home")
