"""The admin of mandates, memberships and seats: enter them, end them with a reason, name a successor."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone

from members import services
from members.admin.base import DayFilter, MasterDataAdmin, OrWithoutFilter, PlainRelations, ValidityFilter
from members.common.asking import Asking, Doubt
from members.common.forms import CleanCharField, DayField
from members.common.keys import is_key
from members.models import Mandate, Membership, Person, Seat, Tenure, User
from members.models.tenure import NO_END
from members.roles.permissions import OWN_AUDIT, OWN_MANDATE, may_change_mandate, may_change_seat

DURATION: Any = {
    "fields": (("since", "until"), ("entry_reason", "exit_reason")),
    "description": "Wer ausscheidet, wird beendet, nicht gelöscht: So bleibt nachvollziehbar, wer an einem Tag "
    "dabei war. Gelöscht wird nur, was nie so war.",
}


#: The order by holder: by the organisation's name, or else by the person's.
HOLDER = Coalesce("organisation__folded_name", "person__folded_name")


class AskingOnce(Asking):
    """Asks before a place is given twice that mostly one person has."""

    question = "Sind es beide zugleich?"
    yes = "Ja, beide zugleich."

    def ask_beside(self, row: Any, besides: Sequence[Any] = ()) -> None:
        """Ask where another row has the place of this one."""
        beside = services.shared_with(row, besides)
        self.ask([Doubt(beside)] if beside else [])


class PlaceForm(AskingOnce, forms.ModelForm):
    """The form of a dated row. A changed reason asks nothing."""

    def ask_about(self, besides: Sequence[Any] = ()) -> None:
        if {"since", "until", "person", *self.instance.PLACE}.intersection(self.changed_data):
            self.ask_beside(self.instance, besides)


def require_room(form: Any, actor: User, besides: Sequence[Any] = ()) -> None:
    """Put what stands against the form's row beside the field that it concerns, or above the form."""
    row = form.instance
    try:
        if isinstance(row, Seat) and not may_change_seat(actor, row):
            raise ValidationError(OWN_AUDIT, code="person")
        services.require_room(row, besides)
    except ValidationError as error:
        form.add_error(field_of(error, form), error)


def field_of(error: ValidationError, form: Any) -> str | None:
    """Return the form's field that the error's code names, or None."""
    code = getattr(error, "code", None)
    return code if code in form.fields else None


class RoomForm(forms.ModelForm):
    """Refuses a row that is one too many on a day, and names those who are there."""

    actor: User

    def full_clean(self) -> None:
        super().full_clean()
        if self.is_bound and self.has_changed() and not self.errors:
            require_room(self, self.actor)


class TenureForm(PlaceForm, RoomForm):
    """The form of a dated row on its own page."""

    def clean_exit_reason(self) -> str:
        """Return no reason of an exit that is taken back. A new one needs its last day."""
        reason: str = self.cleaned_data["exit_reason"]
        if self.cleaned_data.get("until") or "until" in self.errors:
            return reason
        if reason and "exit_reason" in self.changed_data:
            raise ValidationError(NO_END)
        return ""

    def full_clean(self) -> None:
        super().full_clean()
        if self.is_bound and not self.errors:
            self.ask_about()


#: Dated rows on another row's page. A thousand would take minutes, because each is judged beside all others.
MOST_ROWS = 100


class RoomFormSet(forms.BaseInlineFormSet):
    """The same for several rows on one page. They are judged together, as they will be saved."""

    actor: User
    default_error_messages = {
        "too_many_forms": "Auf einmal sind höchstens %(num)d Zeilen möglich. Bitte tragen Sie den Rest danach ein.",
    }

    def clean(self) -> None:
        super().clean()
        if any(self.errors):
            return
        rows = [form.instance for form in self.forms if form.has_changed() or form.instance.pk]
        for form in self.forms:
            if form.has_changed():
                besides = [row for row in rows if row is not form.instance]
                require_room(form, self.actor, besides)
                if not form.errors:
                    form.ask_about(besides)  # type: ignore[attr-defined]


class TenureInline(PlainRelations, admin.StackedInline):
    """Dated rows on another row's page, without their reasons. Those are on the row's own page."""

    extra = 0
    ordering = ("-since",)
    form = PlaceForm
    formset = RoomFormSet
    can_delete = False
    show_change_link = True
    max_num = MOST_ROWS

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        formset: Any = super().get_formset(
            request, obj, absolute_max=2 * MOST_ROWS, validate_max=True, **kwargs
        )
        formset.actor = request.user
        return formset


class EndForm(forms.Form):
    title, button = "Beenden zum …", "Beenden"

    on = DayField(label="Letzter Tag")
    reason = CleanCharField(
        label="Grund des Austritts", max_length=200, help_text="Zum Beispiel: Ablauf der Amtszeit."
    )

    def act(self, rows: list[Any], actor: Any) -> str:
        """End all rows and return a German sentence about it."""
        for row in rows:
            services.end(row, **self.cleaned_data, actor=actor)
        return f"Beendet zum {self.cleaned_data['on']:%d.%m.%Y}: {'; '.join(map(str, rows))}."


class SuccessionForm(AskingOnce, EndForm):
    title = button = "Nachfolge eintragen"

    entry_reason = CleanCharField(label="Grund des Eintritts", max_length=200, required=False)
    person: forms.ModelChoiceField

    field_order = ("on", "reason", "person", "entry_reason")

    def act(self, rows: list[Any], actor: Any) -> str:
        data = {name: value for name, value in self.cleaned_data.items() if name != "confirmed"}
        new = services.succeed(rows[0], **data, actor=actor)
        self.ask_beside(new)
        return f"Ab {new.since:%d.%m.%Y}: {new}. Bis dahin: {rows[0]}."


class ActorKnown:
    """Tells the form who saves it: nobody changes what gives rights to themselves."""

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)  # type: ignore[misc]
        # Django makes this class anew for every request.
        form.actor = request.user
        return form


class TenureAdmin(ActorKnown, MasterDataAdmin):
    """Two actions for dated rows, each with a page of its own: end, and name a successor."""

    form = TenureForm
    actions = ("end_chosen", "succeed_chosen")
    change_form_template = "admin/members/tenure_change_form.html"
    date_hierarchy = "since"

    def get_urls(self) -> list[Any]:
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        wrap = self.admin_site.admin_view
        return [
            path("beenden/", wrap(self.end_view), name=f"{name}_end"),
            path("nachfolge/", wrap(self.succeed_view), name=f"{name}_succeed"),
            *super().get_urls(),
        ]

    @admin.display(description="heute gültig")
    def valid_today(self, row: Tenure) -> str:
        return "ja" if row.when == "now" else "nein"

    @admin.action(description="Beenden zum …", permissions=["change"])
    def end_chosen(self, request: HttpRequest, queryset: QuerySet) -> HttpResponse:
        return self._to("end", queryset)

    @admin.action(description="Nachfolge eintragen …", permissions=["change"])
    def succeed_chosen(self, request: HttpRequest, queryset: QuerySet) -> HttpResponse | None:
        if queryset.count() != 1:
            self.message_user(
                request, "Für die Nachfolge wählen Sie bitte genau eine Zeile.", messages.WARNING
            )
            return None
        return self._to("succeed", queryset)

    def _to(self, page: str, queryset: QuerySet) -> HttpResponse:
        address = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{page}")
        return redirect(f"{address}?ids={','.join(str(row.pk) for row in queryset)}")

    def end_view(self, request: HttpRequest) -> HttpResponse:
        """End the chosen rows on one day: all or none."""
        return self._act(request, EndForm(request.POST or None, initial={"on": timezone.localdate()}))

    def succeed_view(self, request: HttpRequest) -> HttpResponse:
        """End one row, and enter another person in its place from the next day."""
        form = SuccessionForm(request.POST or None)
        person = self.formfield_for_dbfield(self.model._meta.get_field("person"), request)
        assert person is not None
        person.required, person.label, person.help_text = True, "Nachfolge", "Beginnt am Tag danach."
        form.fields["person"] = person
        form.order_fields(form.field_order)
        return self._act(request, form)

    def _act(self, request: HttpRequest, form: EndForm) -> HttpResponse:
        """Show the chosen rows (``?ids=``) with the form, and act on them in one transaction."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        keys = [key for key in request.GET.get("ids", "").split(",") if is_key(key)]
        rows = list(self.get_queryset(request).filter(pk__in=keys[:200]))
        changelist = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")
        if not rows:
            self.message_user(request, "Bitte zuerst in der Liste Zeilen auswählen.", messages.WARNING)
            return redirect(changelist)
        if not form.is_bound and len(rows) == 1 and rows[0].until:
            form.initial.update({"on": rows[0].until, "reason": rows[0].exit_reason})
        if form.is_valid():
            try:
                with transaction.atomic():
                    text = form.act(rows, request.user)
                    transaction.set_rollback(not form.is_valid())
            except ValidationError as error:
                form.add_error(field_of(error, form), error.messages)
            if form.is_valid():
                self.message_user(request, text, messages.SUCCESS)
                return redirect(changelist)
        context = {
            **self.admin_site.each_context(request),
            "title": form.title,
            "rows": rows,
            "form": form,
            "opts": self.opts,
            "media": self.media + form.media,
        }
        return TemplateResponse(request, "admin/members/tenure_action.html", context)


class MandateForm(TenureForm):
    """A mandate. Nobody may enter or change their own."""

    def clean_person(self) -> Person:
        person = self.cleaned_data["person"]
        if not may_change_mandate(self.actor, person.pk):
            raise forms.ValidationError(OWN_MANDATE)
        return person


@admin.register(Mandate)
class MandateAdmin(TenureAdmin):
    form = MandateForm
    list_display = ("person", "kind", "district", "since", "until", "valid_today")
    list_filter = (DayFilter, ValidityFilter, "kind", ("district", OrWithoutFilter))
    list_select_related = ("person", "district")
    search_fields = ("person__folded_name__contains", "district__folded_name__contains")
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
        ("Dauer", DURATION),
    )

    def locked_because(self, request: HttpRequest, obj: Any) -> str:
        return "" if may_change_mandate(request.user, obj.person_id) else OWN_MANDATE


@admin.register(Membership)
class MembershipAdmin(TenureAdmin):
    list_display = ("holder", "kind", "district", "since", "until", "valid_today")
    list_display_links = ("holder",)
    list_filter = (DayFilter, ValidityFilter, "kind", ("district", OrWithoutFilter))
    list_select_related = ("person", "organisation", "district")
    search_fields = (
        "person__folded_name__contains",
        "organisation__folded_name__contains",
        "district__folded_name__contains",
    )
    autocomplete_fields = ("person", "organisation")
    fieldsets = (
        (
            None,
            {
                "fields": ("kind", "district", "person", "organisation"),
                "description": "Mitglieder sind die Stadt Dortmund und je Stadtbezirk zwei Delegierte: 25 "
                "Mitgliedschaften, wenn alle Plätze besetzt sind.",
            },
        ),
        ("Dauer", DURATION),
    )

    @admin.display(description="Mitglied", ordering=HOLDER)
    def holder(self, row: Membership) -> str:
        return str(row.holder)


@admin.register(Seat)
class SeatAdmin(TenureAdmin):
    list_display = ("holder", "role", "body", "since", "until", "valid_today")
    list_display_links = ("holder",)
    list_filter = (DayFilter, ValidityFilter, "role", "body__kind", ("body__district", OrWithoutFilter))
    list_select_related = ("person", "organisation", "body")
    search_fields = (
        "person__folded_name__contains",
        "organisation__folded_name__contains",
        "organisation__folded_more__contains",
        "body__folded_name__contains",
        "body__district__folded_name__contains",
    )
    autocomplete_fields = ("body", "person", "organisation")
    fieldsets = (
        (
            None,
            {
                "fields": ("body", "role", "person", "organisation"),
                "description": "Der Sitz gehört einer Person, oder einer Organisation, die von einer Person "
                "vertreten wird. Ein Sitz in der Kassenprüfung gibt vom ersten bis zum letzten Tag das Recht, alles "
                "zu lesen; wer im Vorstand ist oder über Mittel entscheidet, kann ihn nicht haben.",
            },
        ),
        ("Dauer", DURATION),
    )

    @admin.display(description="Wer", ordering=HOLDER)
    def holder(self, seat: Seat) -> str:
        return seat.holder
