from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest
from django.urls import reverse


class AccountAdapter(DefaultAccountAdapter):
    """Accounts are made by the administration; nobody signs up alone."""

    #: allauth's own German says "du" and gives no next step.
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "account_inactive": "Dieses Konto ist nicht aktiv. Bitte wenden Sie sich an die Geschäftsstelle des Vereins.",
        "email_password_mismatch": "E-Mail-Adresse oder Passwort stimmt nicht. Bitte prüfen Sie beides.",
        "enter_current_password": "Das aktuelle Passwort stimmt nicht.",
        "incorrect_password": "Das Passwort stimmt nicht.",
        "too_many_login_attempts": "Zu viele Versuche. Bitte warten Sie einige Minuten oder legen Sie ein neues Passwort fest.",
        "rate_limited": "Zu viele Versuche. Bitte warten Sie einige Minuten.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Back to work; the default would show the emptied form again."""
        return reverse("home")
