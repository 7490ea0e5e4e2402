"""The administration of how the use of grants is proved, and of interest on what comes back."""

from django.contrib import admin

from funding.admin import KeptAdmin
from funding.proofs.models import BaseRate, InterestRule, ProofRules


@admin.register(ProofRules)
class ProofRulesAdmin(KeptAdmin):
    """The pages of these rules: a new row from its first day on, so that older proofs stay explained."""

    list_display = ("funding_model", "since")
    list_select_related = ("funding_model",)
    fieldsets = (
        (
            None,
            {
                "fields": ("funding_model", "since"),
                "description": (
                    "Für einen Nachweis gelten die Regeln, die am Tag der Bewilligung galten. Für neue Regeln legen Sie eine neue "
                    "Zeile mit ihrem ersten Tag an. Ein neues Fördermodell übernimmt die Regeln des bisherigen, bis es eigene hat."
                ),
            },
        ),
        (
            "Ehrenamt und Berechnung",
            {"fields": (("hourly_rate", "hours_cap"), "fixed_capped", "procurement_from")},
        ),
        ("Prüfung", {"fields": ("sample_percent", "two_people_from", "hearing_days")}),
        ("Erinnerungen", {"fields": (("remind_before", "remind_after"),)}),
        ("Rückforderung", {"fields": (("small_claim", "small_interest"), "claim_days")}),
    )


@admin.register(InterestRule)
class InterestRuleAdmin(KeptAdmin):
    """The pages of the rules of interest: a new row from its first day on, so that older claims stay explained."""

    list_display = ("funding_model", "since", "in_words", "legal_basis")
    sortable_by = ("funding_model", "since")
    list_select_related = ("funding_model",)
    counted_as_one, counted_as = "Regel", "Regeln"
    empty_sentence = "Hier ist noch nichts eingetragen: Ohne Grundlage werden keine Zinsen berechnet."
    fieldsets = (
        (
            None,
            {
                "fields": ("funding_model", "since", ("points", "percent"), "legal_basis"),
                "description": (
                    "Zinsen gibt es nur, wo ein Gesetz oder die Vereinbarung sie vorsieht. Es gilt die jüngste Regel, die am Tag "
                    "der Bewilligung begonnen hat. Für eine neue Regel legen Sie eine neue Zeile mit ihrem ersten Tag an."
                ),
            },
        ),
    )

    @admin.display(description="Satz")
    def in_words(self, rule: InterestRule) -> str:
        return rule.in_words


@admin.register(BaseRate)
class BaseRateAdmin(KeptAdmin):
    """The pages of the base rates: one row for each half-year."""

    list_display = ("half_year", "percent", "source", "to_check")
    sortable_by = ("half_year", "percent", "to_check")
    list_filter = ("to_check",)
    counted_as_one, counted_as = "Basiszinssatz", "Basiszinssätze"
    fieldsets = (
        (
            None,
            {
                "fields": (("year", "half"), "percent", "source", "to_check"),
                "description": (
                    "Die Bundesbank gibt den Basiszinssatz (§ 247 BGB) zum 1. Januar und zum 1. Juli bekannt. Jedes Halbjahr hat "
                    "seine Zeile, auch wenn sich nichts ändert. Fehlt eine, werden für dieses Halbjahr keine Zinsen berechnet."
                ),
            },
        ),
    )

    @admin.display(description="gilt ab", ordering="year")
    def half_year(self, rate: BaseRate) -> str:
        return f"{rate.since:%d.%m.%Y}"
