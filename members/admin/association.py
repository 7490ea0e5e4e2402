"""The admin of districts, people, organisations and bodies, each with the dated rows that belong to it."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminTextareaWidget
from django.db import IntegrityError, models
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest
from django.shortcuts import redirect
from django.utils import timezone

from members import guards
from members.accounts import services
from members.admin.accounts import INVITATION_HELP, told_undelivered
from members.admin.asking import SameNameForm
from members.admin.base import DayFilter, MasterDataAdmin, NeverDeleted, OrWithoutFilter, ValidityFilter
from members.admin.tenures import ActorKnown, RoomForm, TenureInline
from members.common.forms import CleanEmailField
from members.models import Body, District, Mandate, Membership, Organisation, Person, Seat
from members.roles.permissions import OWN_MANDATE, may_change_mandate


@admin.register(District)
class DistrictAdmin(NeverDeleted, MasterDataAdmin):
    list_display = ("by_name", "code", "directors")
    search_fields = ("folded_name__contains", "code")
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
        today = Mandate.objects.active_on(timezone.localdate()).filter(kind__in=Mandate.DIRECTING)
        directing = Prefetch("mandates", today.select_related("person"), to_attr="directing_today")
        return super().get_queryset(request).prefetch_related(directing)

    @admin.display(description="Geschäftsführung und Vertretung heute", empty_value="nicht besetzt")
    def directors(self, district: Any) -> str:
        return ", ".join(str(mandate.person) for mandate in district.directing_today)


#: Address and contact, as rows of a fieldset.
ADDRESS_ROWS = ("street", "address_extra", ("postcode", "town"), "country", ("email", "phone"))


class MandateInline(TenureInline):
    model = Mandate
    fields = (("kind", "district"), ("since", "until"))
    can_delete = True

    def get_extra(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> int:
        """Return one empty row for a new person, who mostly comes with a mandate."""
        return 0 if obj else 1

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_add_permission(request, obj) and self._may_change(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and self._may_change(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and self._may_change(request, obj)

    def _may_change(self, request: HttpRequest, person: Person | None) -> bool:
        return person is None or may_change_mandate(request.user, person.pk)


class MembershipInline(TenureInline):
    """A person's delegations. The kind is always "delegated", because the City's membership has no person."""

    model = Membership
    fields = ("district", ("since", "until"))


class SeatOfPersonInline(TenureInline):
    model = Seat
    fields = (("body", "role", "organisation"), ("since", "until"))
    autocomplete_fields = ("body", "organisation")


class SeatOfBodyInline(TenureInline):
    """A body's present and coming seats. Former ones are on its public page and in the list of seats."""

    model = Seat
    fields = (("role", "person", "organisation"), ("since", "until"))
    autocomplete_fields = ("person", "organisation")
    verbose_name_plural = "Sitze heute und künftig"

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        seats: Any = super().get_queryset(request)
        return seats.not_over_on(timezone.localdate())


class PersonForm(SameNameForm):
    """A person, and an account where they have none yet. So a new director is entered on one page."""

    question = "Gibt es diese Person schon?"
    yes = "Ich habe nachgesehen: Es ist eine andere Person."

    account_email = CleanEmailField(
        label="E-Mail-Adresse für das Konto",
        required=False,
        help_text="Damit meldet sich die Person an. Leer lassen, wenn sie kein Konto braucht.",
    )
    invite = forms.BooleanField(
        label="Einladung senden", required=False, initial=True, help_text=INVITATION_HELP
    )

    def told(self, row: Person) -> str:  # type: ignore[override]
        mandates = row.mandates.active_on(timezone.localdate()).select_related("district")
        tasks = "; ".join(f"{mandate.get_kind_display()} {mandate.district}" for mandate in mandates)
        return f"{row} ({tasks})" if tasks else str(row)

    def clean_account_email(self) -> str:
        email = self.cleaned_data["account_email"].lower()
        if email:
            services.require_free(email)
        return email


@admin.register(Person)
class PersonAdmin(MasterDataAdmin):
    form = PersonForm
    list_display = ("by_family_name", "given_name", "mandates_today", "account", "publish_name")
    list_display_links = ("by_family_name", "given_name")
    sortable_by = ("by_family_name", "account", "publish_name")
    list_filter = ("publish_name", ("mandates__district", OrWithoutFilter))
    list_select_related = ("user",)
    search_fields = ("folded_name__contains", "user__email")
    inlines = (MandateInline, MembershipInline, SeatOfPersonInline)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        account = {
            "fields": ("account_email", "invite"),
            "description": "Die Rechte im Stadtbezirk folgen aus den Mandaten unten, vom ersten bis zum letzten "
            "Tag. Gruppen vergeben Sie danach beim Benutzerkonto.",
        }
        has_account = obj is not None and hasattr(obj, "user")
        may_add = request.user.has_perm("members.add_user")
        return [
            (None, {"fields": (("given_name", "family_name"),)}),
            ("Datenschutz", {"fields": ("publish_name",)}),
            (
                "Anschrift und Kontakt",
                {
                    "fields": ADDRESS_ROWS,
                    "description": "Nur für Schreiben an diese Person. Sie steht auf keiner Seite.",
                },
            ),
            *([("Benutzerkonto", account)] if may_add and not has_account else []),
        ]

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Say what the database refuses: a mandate and a seat that are entered at once are judged there."""
        try:
            return super().changeform_view(request, *args, **kwargs)
        except IntegrityError as error:
            if guards.NOT_DIRECTING not in str(error):
                raise
            self.message_user(request, f"{guards.NOT_DIRECTING} Es ist nichts gesichert.", messages.ERROR)
            return redirect(request.get_full_path())

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Save the dated rows, and open and invite the account where an address was typed."""
        super().save_related(request, form, formsets, change)
        email = form.cleaned_data.get("account_email")
        if email and not hasattr(form.instance, "user") and request.user.has_perm("members.add_user"):
            account = services.open_account(form.instance, email=email, actor=request.user)  # type: ignore[arg-type]
            if form.cleaned_data.get("invite"):
                services.invite(account, actor=request.user)  # type: ignore[arg-type]
                self.message_user(request, f"Die Einladung an {email} liegt im Postausgang.", messages.INFO)

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        """Leave memberships and seats out for a new person: they are counted, which needs a saved one."""
        return super().get_inlines(request, obj) if obj else (MandateInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        today = Mandate.objects.active_on(timezone.localdate()).select_related("district")
        held = Prefetch("mandates", today, to_attr="held_today")
        return super().get_queryset(request).prefetch_related(held)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Keep a person with an account, whose rights follow from its person."""
        return super().has_delete_permission(request, obj) and not hasattr(obj, "user")

    def notice(self, request: HttpRequest, obj: Any) -> str:
        if not may_change_mandate(request.user, obj.pk):
            return f"Das sind Sie selbst. {OWN_MANDATE}"
        if hasattr(obj, "user"):
            return told_undelivered(obj.user) or (
                f"Zu dieser Person gehört das Benutzerkonto {obj.user.email}. Solange es mit ihr verbunden ist, "
                "kann sie nicht gelöscht werden."
            )
        return ""

    @admin.display(description="Nachname", ordering="folded_name")
    def by_family_name(self, person: Person) -> str:
        return person.family_name

    @admin.display(description="Mandate heute", empty_value="keine")
    def mandates_today(self, person: Any) -> str:
        return ", ".join(f"{m.get_kind_display()} {m.district}" for m in person.held_today)

    @admin.display(description="Benutzerkonto", empty_value="keines", ordering="user__email")
    def account(self, person: Person) -> str:
        return person.user.email if hasattr(person, "user") else ""


class OrganisationForm(SameNameForm):
    question = "Gibt es diese Organisation schon?"
    yes = "Ich habe nachgesehen: Es ist eine andere Organisation."

    class Meta:
        widgets = {"signatories": AdminTextareaWidget(attrs={"rows": 2})}

    def told(self, row: Organisation) -> str:  # type: ignore[override]
        return f"„{row.name}“, {row.place}" if row.place else f"„{row.name}“"


@admin.register(Organisation)
class OrganisationAdmin(MasterDataAdmin):
    form = OrganisationForm
    list_display = ("by_name", "short_name", "place", "website")
    sortable_by = ("by_name",)
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}
    search_fields = ("folded_name__contains", "folded_more__contains")
    fieldsets = (
        (None, {"fields": ("name", "short_name", "place", "website")}),
        (
            "Anschrift und Kontakt",
            {
                "fields": ADDRESS_ROWS,
                "description": "Für Schreiben. Öffentlich ist nur der Ort oben. Auch die Stadtbezirke, deren Projekte "
                "die Organisation veranstaltet, und die Wirtschaftsförderung tragen hier ein.",
            },
        ),
        (
            "Rechtsform und Unterschrift",
            {"fields": ("legal_form", ("register_court", "register_number"), "signatories")},
        ),
    )


class BodyForm(SameNameForm, RoomForm):
    question = "Gibt es dieses Gremium schon?"
    yes = "Ich habe nachgesehen: Es ist ein anderes Gremium."
    within = ("district",)


@admin.register(Body)
class BodyAdmin(ActorKnown, MasterDataAdmin):
    form = BodyForm
    list_display = ("by_name", "kind", "of", "since", "until")
    list_filter = (DayFilter, ValidityFilter, "kind", ("district", OrWithoutFilter))
    list_select_related = ("district",)
    search_fields = ("folded_name__contains", "district__folded_name__contains")
    fieldsets = (
        (
            None,
            {
                "fields": ("kind", "name", "district"),
                "description": "Beirat, Jury, Kassenprüfung, Mitgliederversammlung und Vorstand sind Gremien des "
                "Vereins und haben keinen Stadtbezirk.",
            },
        ),
        (
            "Bestehen",
            {
                "fields": (("since", "until"),),
                "description": "Ein Stadtbezirk hat ein Lenkungsgremium; die übrigen Gremien kann es mehrfach "
                "geben. Ein aufgelöstes Gremium bleibt mit seinem letzten Tag stehen.",
            },
        ),
    )
    inlines = (SeatOfBodyInline,)

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        """Leave the seats of a new body out, because seats are counted per body."""
        return super().get_inlines(request, obj) if obj else ()

    def view_on_site(self, obj: Body) -> str:
        return obj.get_absolute_url()

    @admin.display(description="Stadtbezirk", ordering="district__folded_name", empty_value="Verein")
    def of(self, body: Body) -> Any:
        return body.district
