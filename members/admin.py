"""Django admin for who is who. The rules are ``members.permissions``; here they become forms and sentences."""

from typing import Any

from allauth.account.forms import ResetPasswordForm
from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import Group
from django.db import models, transaction
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from members import groups
from members.models import Body, District, Mandate, Organisation, OutboxMail, Person, User
from members.permissions import OWN_MANDATE, may_assign_group, may_change_account, may_change_mandate

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


class MasterDataAdmin(admin.ModelAdmin):
    """Rows that a rule may lock: the page then shows them read-only, with the reason on top."""

    list_per_page = 50
    show_full_result_count = False
    #: Fields by which no list may be filtered: Django lets every field of the model be asked for in the
    #: address, so a secret could be guessed letter by letter.
    secret_fields: tuple[str, ...] = ()

    class Media:
        js = ("js/admin.js",)

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        return lookup.split("__")[0] not in self.secret_fields and super().lookup_allowed(
            lookup, value, request
        )

    def locked_because(self, request: HttpRequest, obj: Any) -> str:
        """The sentence that tells why this user may not change this row; empty where they may."""
        return ""

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and not (
            obj is not None and self.locked_because(request, obj)
        )

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and not (
            obj is not None and self.locked_because(request, obj)
        )

    def notice(self, request: HttpRequest, obj: Any) -> str:
        """What to read before the form; the reason of a lock unless a page has more to say."""
        return self.locked_because(request, obj)

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> Any:
        if obj is not None and (text := self.notice(request, obj)):
            messages.warning(request, text)
        return super().render_change_form(request, context, add, change, form_url, obj)


class NeverDeleted:
    """Rows that figures, numbers and bookings of past years name."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ValidityFilter(admin.SimpleListFilter):
    title = "Gültigkeit"
    parameter_name = "gueltig"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("heute", "am heutigen Tag gültig"), ("abgelaufen", "abgelaufen"), ("kuenftig", "künftig")]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        today = timezone.localdate()
        match self.value():
            case "heute":
                return queryset.active_on(today)  # type: ignore[attr-defined]
            case "abgelaufen":
                return queryset.filter(until__lt=today)
            case "kuenftig":
                return queryset.filter(since__gt=today)
        return queryset


def _directing_today() -> Prefetch:
    directing = Mandate.objects.active_on(timezone.localdate()).filter(kind__in=Mandate.DIRECTING)
    return Prefetch("mandates", directing.select_related("person"), to_attr="directing_today")


@admin.register(District)
class DistrictAdmin(NeverDeleted, MasterDataAdmin):
    list_display = ("name", "code", "directors")
    search_fields = ("name", "code")
    readonly_fields = ("code", "slug")
    fieldsets = (
        (None, {"fields": ("name",)}),
        (
            "Kürzel und Adresse",
            {
                "fields": ("code", "slug"),
                "description": "Stehen in Projektnummern und Verweisen und bleiben deshalb unverändert.",
            },
        ),
        (
            "Lage auf der Startseite",
            {"fields": (("column", "row"),), "description": "Gezählt ab 0, von links und von oben."},
        ),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).prefetch_related(_directing_today())

    @admin.display(description="Geschäftsführung und Vertretung heute", empty_value="nicht besetzt")
    def directors(self, district: Any) -> str:
        return ", ".join(str(mandate.person) for mandate in district.directing_today)


class MandateInline(admin.StackedInline):
    model = Mandate
    extra = 0
    fields = (("kind", "district"), ("since", "until"))
    ordering = ("-since",)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_add_permission(request, obj) and self._may_change(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and self._may_change(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and self._may_change(request, obj)

    def _may_change(self, request: HttpRequest, person: Person | None) -> bool:
        return person is None or may_change_mandate(request.user, person.pk)


@admin.register(Person)
class PersonAdmin(MasterDataAdmin):
    list_display = ("family_name", "given_name", "mandates_today", "account", "publish_name")
    list_display_links = ("family_name", "given_name")
    list_filter = ("publish_name", "mandates__district")
    list_select_related = ("user",)
    search_fields = ("family_name", "given_name", "user__email")
    fieldsets = (
        (None, {"fields": (("given_name", "family_name"),)}),
        ("Datenschutz", {"fields": ("publish_name",)}),
    )
    inlines = (MandateInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        today = Mandate.objects.active_on(timezone.localdate()).select_related("district")
        return (
            super().get_queryset(request).prefetch_related(Prefetch("mandates", today, to_attr="held_today"))
        )

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """An account must not lose its person unseen: who decides on money is judged by it."""
        return super().has_delete_permission(request, obj) and not hasattr(obj, "user")

    def notice(self, request: HttpRequest, obj: Any) -> str:
        if not may_change_mandate(request.user, obj.pk):
            return f"Das sind Sie selbst. {OWN_MANDATE}"
        if hasattr(obj, "user"):
            return (
                f"Zu dieser Person gehört das Benutzerkonto {obj.user.email}. Solange es mit ihr verbunden ist, "
                "kann sie nicht gelöscht werden."
            )
        return ""

    @admin.display(description="Mandate heute", empty_value="keine")
    def mandates_today(self, person: Any) -> str:
        return ", ".join(f"{m.get_kind_display()} {m.district}" for m in person.held_today)

    @admin.display(description="Benutzerkonto", empty_value="keines", ordering="user__email")
    def account(self, person: Person) -> str:
        return person.user.email if hasattr(person, "user") else ""


@admin.register(Organisation)
class OrganisationAdmin(MasterDataAdmin):
    list_display = ("name", "place", "website")
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}
    search_fields = ("name", "place")


class MandateForm(forms.ModelForm):
    actor: User

    def clean_person(self) -> Person:
        person = self.cleaned_data["person"]
        if not may_change_mandate(self.actor, person.pk):
            raise forms.ValidationError(OWN_MANDATE)
        return person


@admin.register(Mandate)
class MandateAdmin(MasterDataAdmin):
    form = MandateForm
    list_display = ("person", "kind", "district", "since", "until", "valid_today")
    list_filter = (ValidityFilter, "kind", "district")
    list_select_related = ("person", "district")
    search_fields = ("person__family_name", "person__given_name", "district__name")
    date_hierarchy = "since"
    autocomplete_fields = ("person",)
    fieldsets = (
        (
            None,
            {
                "fields": ("person", "kind", "district"),
                "description": "Aus Mandaten folgen die Rechte im Stadtbezirk. Sie gelten vom ersten bis zum "
                "letzten Tag, danach erlöschen sie von selbst.",
            },
        ),
        (
            "Dauer",
            {
                "fields": (("since", "until"),),
                "description": "Ein Mandat wird beendet, nicht gelöscht: So bleibt nachvollziehbar, wer an einem "
                "Tag zuständig war.",
            },
        ),
    )

    def locked_because(self, request: HttpRequest, obj: Any) -> str:
        return "" if may_change_mandate(request.user, obj.person_id) else OWN_MANDATE

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        # The class is made anew for every request.
        form.actor = request.user  # type: ignore[attr-defined]
        return form

    @admin.display(description="heute gültig", boolean=True)
    def valid_today(self, mandate: Mandate) -> bool:
        today = timezone.localdate()
        return mandate.since <= today and (mandate.until is None or mandate.until >= today)


@admin.register(Body)
class BodyAdmin(MasterDataAdmin):
    list_display = ("name", "kind", "district", "since", "until")
    list_filter = (ValidityFilter, "kind", "district")
    list_select_related = ("district",)
    search_fields = ("name", "district__name")
    fieldsets = (
        (None, {"fields": ("kind", "name", "district")}),
        (
            "Bestehen",
            {
                "fields": (("since", "until"),),
                "description": "Ein Stadtbezirk hat ein Lenkungsgremium; die übrigen Gremien kann es mehrfach "
                "geben. Ein aufgelöstes Gremium bleibt mit seinem letzten Tag stehen.",
            },
        ),
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
