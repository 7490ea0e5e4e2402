"""Accounts and the outbox: nobody changes their own rights, nobody reads another's link."""

from typing import Any

from allauth.account.forms import ResetPasswordForm
from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest

from members import groups
from members.admin.base import MasterDataAdmin, NeverDeleted
from members.models import OutboxMail, User
from members.permissions import may_assign_group, may_change_account

OWN_ACCOUNT = (
    "Das ist Ihr eigenes Konto. Niemand ändert die eigenen Rechte; bitten Sie eine andere Person der "
    "Verwaltung darum. Ihr Passwort ändern Sie oben unter „Passwort ändern“."
)
GUARDED_ACCOUNT = (
    "Dieses Konto entscheidet über Mittel oder betreut die Software. Es wird nur von der technischen "
    "Administration geändert."
)
REFUSED_GROUP = (
    "Diese Gruppe können Sie nicht vergeben. In die Gruppe „Wirtschaftsförderung“ nimmt nur die technische "
    "Administration auf."
)


class AccountForm(forms.ModelForm):
    class Meta:
        labels = {"is_superuser": "Technische Administration"}
        help_texts = {
            "is_active": "Ohne Häkchen ist das Konto gesperrt: Niemand meldet sich damit an.",
            "groups": "„Vereinsverwaltung“ öffnet diese Verwaltung. Ohne Gruppe gelten nur die Mandate.",
            "is_superuser": "Betreut die Software und pflegt die Konten der Wirtschaftsförderung.",
        }

    def clean_email(self) -> str:
        email = self.cleaned_data["email"].lower()
        if User.objects.filter(email=email).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError("Mit dieser E-Mail-Adresse gibt es schon ein Benutzerkonto.")
        return email


class NewAccountForm(AccountForm):
    invite = forms.BooleanField(
        label="Einladung senden",
        required=False,
        initial=True,
        help_text="Die Person erhält per E-Mail einen Link und wählt damit selbst ein Passwort. Sie vergeben keines.",
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("invite") and not data.get("is_active"):
            self.add_error("invite", "Ein gesperrtes Konto kann nicht eingeladen werden.")
        return data


def send_password_link(request: HttpRequest, user: User) -> None:
    """Put the mail with the link for a new password into the outbox, as the sign-in page does."""
    form = ResetPasswordForm({"email": user.email})
    if form.is_valid():
        form.save(request)


@admin.register(User)
class UserAdmin(NeverDeleted, MasterDataAdmin):
    """Accounts. The right to enter the admin follows the group; nobody sets a password for another."""

    form = AccountForm
    list_display = ("email", "person", "group_names", "is_active", "last_login")
    list_filter = ("is_active", "groups")
    list_select_related = ("person",)
    search_fields = ("email", "person__family_name", "person__given_name")
    autocomplete_fields = ("person",)
    readonly_fields = ("last_login", "date_joined")
    actions = ("send_password_links",)
    secret_fields = ("password",)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).prefetch_related("groups")

    @admin.display(description="Gruppen", empty_value="keine")
    def group_names(self, account: User) -> str:
        return ", ".join(sorted(group.name for group in account.groups.all()))

    def locked_because(self, request: HttpRequest, obj: Any) -> str:
        if may_change_account(request.user, obj):
            return ""
        return OWN_ACCOUNT if obj.pk == request.user.pk else GUARDED_ACCOUNT

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        superuser = ("is_superuser",) if request.user.is_superuser else ()
        return [
            (
                None,
                {
                    "fields": ("email", "person"),
                    "description": "Angemeldet wird mit der E-Mail-Adresse. Rechte im Stadtbezirk folgen aus den "
                    "Mandaten der Person, alle anderen aus den Gruppen.",
                },
            ),
            (
                "Rechte",
                {
                    "fields": ("is_active", "groups", *superuser),
                    "description": "Wer ausscheidet, wird gesperrt, nicht gelöscht: Buchungen und Entscheidungen "
                    "bleiben einer Person zugeordnet.",
                },
            ),
            ("Anmeldung", {"fields": ("last_login", "date_joined") if obj else ("invite",)}),
        ]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is None:
            kwargs["form"] = NewAccountForm
        return super().get_form(request, obj, change, **kwargs)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        names = [name for name in groups.ALL if may_assign_group(request.user, name)]
        field = super().formfield_for_manytomany(
            db_field,
            request,
            queryset=Group.objects.filter(name__in=names).order_by("name"),
            widget=forms.CheckboxSelectMultiple,
            **kwargs,
        )
        assert field is not None
        field.error_messages["invalid_choice"] = REFUSED_GROUP
        return field

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if not change:
            obj.set_unusable_password()
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        account = form.instance
        account.is_staff = account.is_superuser or account.groups.filter(name=groups.ADMINISTRATION).exists()
        account.save(update_fields=["is_staff"])
        if form.cleaned_data.get("invite"):
            send_password_link(request, account)

    @admin.action(description="Link zum Wählen eines Passworts senden", permissions=["change"])
    def send_password_links(self, request: HttpRequest, queryset: QuerySet) -> None:
        accounts = [account for account in queryset if account.is_active]
        with transaction.atomic():
            for account in accounts:
                send_password_link(request, account)
        self.message_user(
            request,
            f"{len(accounts)} Nachrichten liegen im Postausgang. Gesperrte Konten erhalten keine."
            if len(accounts) != 1
            else "Eine Nachricht liegt im Postausgang.",
            messages.SUCCESS,
        )


@admin.register(OutboxMail)
class OutboxMailAdmin(NeverDeleted, MasterDataAdmin):
    """Shows that a mail went out, never its text: a link for a new password opens somebody's account."""

    list_display = ("created_at", "recipient", "subject", "state", "attempts", "sent_at")
    list_display_links = ("created_at", "subject")
    list_filter = ("state",)
    search_fields = ("recipient", "subject")
    secret_fields = ("body", "html")
    date_hierarchy = "created_at"
    ordering = ("-created_at",)
    fieldsets = (
        (
            None,
            {
                "fields": ("recipient", "sender", "subject"),
                "description": "Der Text wird nicht gezeigt: Er kann Links enthalten, mit denen jemand anderes ein "
                "fremdes Konto übernehmen könnte.",
            },
        ),
        (
            "Versand",
            {
                "fields": ("state", "attempts", "not_before", "sent_at", "error", "created_at"),
                "description": "Eine Nachricht, die länger „wird gesendet“ bleibt, wurde beim Versand unterbrochen. "
                "Sie geht nicht von selbst noch einmal hinaus.",
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).defer(*self.secret_fields)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
