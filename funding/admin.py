"""The administration of funding models, and of what grants are tied to."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from funding.models import FiscalYear, FundingModel, GrantCondition, GrantTerms, Pot
from funding.services import doubts_about
from members.admin import Doubt, DoubtForm, MasterDataAdmin
from members.common.money import format_euro

FROZEN = (
    "Auf diesem Fördermodell wurde schon ein Haushaltsjahr geöffnet. Es bleibt deshalb unverändert. Für einen "
    "späteren Ratsbeschluss legen Sie ein neues Fördermodell mit seinem ersten Haushaltsjahr an."
)


class FundingModelForm(DoubtForm):
    """The form of a funding model. It asks once more about figures that may be a slip (``doubts_about``)."""

    yes = "Ja, so ist es beschlossen."

    def doubts(self, data: dict[str, Any]) -> Iterable[Doubt]:
        entered = {f.name: data[f.name] for f in FundingModel._meta.concrete_fields if f.name in data}
        model = FundingModel(pk=self.instance.pk, **entered)
        new = self.instance.pk is None
        return map(Doubt, doubts_about(model, None if new else self.changed_data))


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


class KeptAdmin(MasterDataAdmin):
    """The base for rows that decisions rest on: they are replaced or ended, never deleted."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(GrantTerms)
class GrantTermsAdmin(KeptAdmin):
    """The pages of the terms of grants: a new row from its first day on, so that older letters stay explained."""

    list_display = ("funding_model", "since", "letter_form", "letter_style")
    list_select_related = ("funding_model",)
    fieldsets = (
        (
            None,
            {
                "fields": ("funding_model", "since"),
                "description": (
                    "Für eine Entscheidung gelten die jüngsten Regeln ihres Fördermodells, die an diesem Tag begonnen haben. "
                    "Für neue Regeln legen Sie eine neue Zeile mit ihrem ersten Tag an."
                ),
            },
        ),
        ("Schreiben", {"fields": ("letter_form", "letter_style", "entrustment", "interest")}),
        ("Abruf und Nachweis", {"fields": ("call_months", ("list_from", "full_from"))}),
    )


@admin.register(GrantCondition)
class GrantConditionAdmin(KeptAdmin):
    """The pages of the conditions that decisions can choose."""

    list_display = ("heading", "financing", "from_euro", "since", "until", "position")
    fieldsets = (
        (None, {"fields": ("title", "text", "position")}),
        ("Wann sie vorgeschlagen wird", {"fields": ("financing", "from_amount", ("since", "until"))}),
    )

    @admin.display(description="Überschrift")
    def heading(self, condition: GrantCondition) -> str:
        return condition.title

    @admin.display(description="vorgeschlagen ab", ordering="from_amount")
    def from_euro(self, condition: GrantCondition) -> str:
        return format_euro(condition.from_amount)
