from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from funding.models import FiscalYear, FundingModel
from members.admin import MasterDataAdmin
from projects.money import format_euro

FROZEN = (
    "Auf diesem Fördermodell wurde schon ein Haushaltsjahr geöffnet. Es bleibt deshalb unverändert. Für einen "
    "späteren Ratsbeschluss legen Sie ein neues Fördermodell mit seinem ersten Haushaltsjahr an."
)


@admin.register(FundingModel)
class FundingModelAdmin(MasterDataAdmin):
    """A later council decision is one more row; the database freezes a row that a year was opened on."""

    list_display = ("name", "first_year", "council_decision_on", "district", "pool", "overhead")
    search_fields = ("name", "reference")
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
            {"fields": (("district_allotment", "pool_allotment", "overhead_allotment"),)},
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
