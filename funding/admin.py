"""The administration of funding models."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from funding.models import FiscalYear, FundingModel, Pot
from funding.services import doubts_about
from members.admin import MasterDataAdmin
from members.common.money import format_euro

FROZEN = (
    "Auf diesem Fördermodell wurde schon ein Haushaltsjahr geöffnet. Es bleibt deshalb unverändert. Für einen "
    "späteren Ratsbeschluss legen Sie ein neues Fördermodell mit seinem ersten Haushaltsjahr an."
)


class FundingModelForm(forms.ModelForm):
    """The form of a funding model. It asks once more about figures that may be a slip (``doubts_about``)."""

    #: Carries back the questions that the user has read; other figures are asked again.
    confirmed = forms.CharField(label="Rückfrage bestätigt", required=False, widget=forms.HiddenInput)
    doubts: tuple[str, ...] | list[str] = ()

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not self.errors:
            entered = {f.name: data[f.name] for f in FundingModel._meta.concrete_fields if f.name in data}
            new = self.instance.pk is None
            model = FundingModel(pk=self.instance.pk, **entered)
            self.doubts = doubts_about(model, None if new else self.changed_data)
            if self.doubts and data["confirmed"] != self.asked:
                self.add_error("confirmed", "Bitte die Rückfrage bestätigen.")
        return data

    @property
    def asked(self) -> str:
        """Return the questions as one text; the form carries back the one that its user confirmed."""
        return " ".join(self.doubts)


@admin.register(FundingModel)
class FundingModelAdmin(MasterDataAdmin):
    """The pages of funding models. The database freezes a row that a year was opened on."""

    form = FundingModelForm
    list_display = ("by_name", "first_year", "council_decision_on", "district", "pool", "overhead")
    search_fields = ("folded_name__contains", "folded_reference__contains")
    fieldsets = (
        (
            "Ratsbeschluss",
            {
                "fields": ("name", ("council_decision_on", "reference"), "first_year"),
                "description": "Für ein Haushaltsjahr gilt das jüngste Fördermodell, das bis dahin begonnen hat.",
            },
        ),
        (
            "Ansätze je Jahr",
            {"fields": (tuple(Pot.ALLOTMENTS.values()),)},
        ),
        (
            "Entscheidung",
            {
                "fields": ("deciding_body", "second_signature_from", "pillar_2_needs_resolution"),
                "description": (
                    "Braucht Säule 2 einen Jurybeschluss, erfasst ihn die Person, die als letzte zeichnet, mit "
                    "Sitzung, Stimmen und Betrag. Die Jury muss dafür unter „Gremien“ eingetragen sein."
                ),
            },
        ),
        (
            "Umbuchungen zwischen Töpfen eines Jahres",
            {
                "fields": (
                    ("transfer_pillar_1_to_2", "transfer_pillar_2_to_1"),
                    ("transfer_overhead_to_pillar_2", "transfer_pillar_2_to_overhead"),
                ),
                "description": (
                    "Erlaubt ist nur, was hier angekreuzt ist, jeweils mit Begründung und zwei Personen der "
                    "Wirtschaftsförderung. Sondermittel werden nie umgebucht."
                ),
            },
        ),
        ("Nachweis und Annahmen", {"fields": ("proof_due_months", "assumptions")}),
    )

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> Any:
        if set(context["adminform"].form.errors) == {"confirmed"}:
            context["errors"] = ""  # nothing to correct: the page asks above the fields
        return super().render_change_form(request, context, *args, **kwargs)

    def locked_because(self, request: HttpRequest, obj: Any) -> str:
        return FROZEN if obj.years.exclude(state=FiscalYear.State.PLANNED).exists() else ""

    @admin.display(description="je Stadtbezirk", ordering="district_allotment")
    def district(self, model: FundingModel) -> str:
        return format_euro(model.district_allotment)

    @admin.display(description="Säule 2", ordering="pool_allotment")
    def pool(self, model: FundingModel) -> str:
        return format_euro(model.pool_allotment)

    @admin.display(description="Gemeinkosten", ordering="overhead_allotment")
    def overhead(self, model: FundingModel) -> str:
        return format_euro(model.overhead_allotment)
