"""The two forms that set a new password, with our sentence where allauth's German says "du"."""

from typing import Any

from allauth.account import forms as account
from django.core.exceptions import ValidationError


class SameTwice:
    """Refuses a repetition that differs, before allauth does."""

    cleaned_data: dict[str, Any]

    def clean_password2(self) -> str:
        first, second = self.cleaned_data.get("password1"), self.cleaned_data["password2"]
        if first and first != second:
            raise ValidationError("Die beiden neuen Passwörter sind verschieden. Bitte zweimal dasselbe.")
        return second


class ChangePasswordForm(SameTwice, account.ChangePasswordForm):
    pass


class ResetPasswordKeyForm(SameTwice, account.ResetPasswordKeyForm):
    pass
