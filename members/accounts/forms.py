"""Forms for a person's own account: password, address and preferences."""

from typing import Any

from allauth.account import forms as account
from allauth.account.adapter import get_adapter
from django import forms
from django.contrib.auth.password_validation import password_validators_help_texts
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest

from members.accounts import attempts, services
from members.common.forms import CleanEmailField, offer_plainly
from members.models import MailFrequency, User


def clean_address(theirs: forms.Field) -> CleanEmailField:
    """Return allauth's field for an address as one of ours, which normalises what was typed."""
    return CleanEmailField(label=theirs.label, widget=theirs.widget)


class NewPassword:
    """Two fields for a new password, with our German sentences. Those of allauth say "du"."""

    cleaned_data: dict[str, Any]
    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password1"].help_text = " ".join(password_validators_help_texts())

    def clean_password2(self) -> str:
        first, second = self.cleaned_data.get("password1"), self.cleaned_data["password2"]
        if first and first != second:
            raise ValidationError("Die beiden neuen Passwörter sind verschieden. Bitte zweimal dasselbe.")
        return second


class ChangePasswordForm(NewPassword, account.ChangePasswordForm):
    """Another password, by somebody signed in. A try at the old one counts like one at signing in."""

    def clean_oldpassword(self) -> str:
        adapter = get_adapter()
        if not adapter.reauthenticate(self.user, self.cleaned_data["oldpassword"]):
            raise adapter.validation_error("enter_current_password")
        return self.cleaned_data["oldpassword"]


class SignInForm(account.LoginForm):
    """The form of the sign-in page. A copied address may have brought something along unseen."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"] = clean_address(self.fields["login"])


class ResetPasswordForm(account.ResetPasswordForm):
    """Mails a link to whoever may choose a password, and to nobody else.

    For every other address the same work is done and rolled back, so that the time it takes reveals nothing.
    """

    users: list[User]

    email = clean_address(account.ResetPasswordForm.base_fields["email"])

    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        """Mail the links and return the address that was typed."""
        found = [user for user in self.users if user.may_choose_password]
        nobody = User(pk=0, email=self.cleaned_data["email"])
        with transaction.atomic():
            allowed = [user for user in found or [nobody] if attempts.may_mail_link(user)]
            for user in allowed or [nobody]:
                services.mail_password_link(user)
            if not allowed or allowed == [nobody]:
                transaction.set_rollback(True)
        return str(self.cleaned_data["email"])


class NewPasswordForm(NewPassword, account.SetPasswordForm):
    """The first password, or another one through a mailed link."""


class AddressForm(forms.Form):
    """A new address for one's own account. Asks for the password; a try counts against the usual limits."""

    email = CleanEmailField(label="Neue E-Mail-Adresse")
    password = account.PasswordField(label="Ihr Passwort", autocomplete="current-password")

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_password(self) -> str:
        adapter = get_adapter()
        if not adapter.reauthenticate(self.user, self.cleaned_data["password"]):
            raise adapter.validation_error("incorrect_password")
        return str(self.cleaned_data["password"])


class PreferencesForm(forms.Form):
    """A person's own choices: how often mails come, and whether their name may be published."""

    mail_frequency = forms.ChoiceField(
        label="Nachrichten per E-Mail",
        choices=MailFrequency.choices,
        widget=forms.RadioSelect,
        help_text="Zu Anträgen, Rückfragen, Entscheidungen, Unterschriften, Auszahlungen und Kommentaren. Was auf Sie "
        "wartet, steht immer auch auf Ihrer Startseite.",
    )
    publish_name = forms.BooleanField(
        label="Mein Name darf auf öffentlichen Seiten stehen",
        required=False,
        help_text="Freiwillig und jederzeit zu widerrufen. Ohne Ihre Einwilligung erscheint dort nur die Aufgabe.",
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        person = user.person
        kwargs["initial"] = {
            "mail_frequency": user.mail_frequency,
            "publish_name": bool(person and person.publish_name),
        }
        super().__init__(*args, **kwargs)
        offer_plainly(self.fields["mail_frequency"])
        if person is None:
            del self.fields["publish_name"]
