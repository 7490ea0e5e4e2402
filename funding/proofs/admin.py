"""The administration of the rules by which the use of grants is proved."""

from django.contrib import admin

from funding.admin import KeptAdmin
from funding.proofs.models import ProofRules


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
