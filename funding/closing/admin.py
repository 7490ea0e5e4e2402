"""The rules for what is left at the end of a year, maintained in Django admin."""

from django.contrib import admin

from funding.admin import KeptAdmin
from funding.closing.models import RemainderRule, RetentionPeriod


@admin.register(RemainderRule)
class RemainderRuleAdmin(KeptAdmin):
    """The pages of these rules: a new row from its first day on, so that older closings stay explained."""

    list_display = ("funding_model", "kind", "since", "carry_up_to", "place")
    list_select_related = ("funding_model",)
    fieldsets = (
        (
            None,
            {
                "fields": ("funding_model", "kind", "since"),
                "description": (
                    "Beim Abschluss gelten die jüngsten Regeln, die an diesem Tag begonnen haben. Für neue Regeln legen Sie eine "
                    "neue Zeile mit ihrem ersten Tag an."
                ),
            },
        ),
        ("Was wird aus dem Rest", {"fields": ("carry_up_to", "place", ("consent_on", "consent"))}),
    )


@admin.register(RetentionPeriod)
class RetentionPeriodAdmin(KeptAdmin):
    """The pages of these periods: a new row from its first day on, so that older deletions stay explained."""

    list_display = ("kind", "funding_model", "since", "years", "basis")
    list_select_related = ("funding_model",)
    fieldsets = (
        (
            None,
            {
                "fields": ("kind", "funding_model", "since", "years", "basis"),
                "description": (
                    "Die Frist läuft ab dem Ende des Kalenderjahrs, in dem etwas entstanden ist. Gesetz und Geldgeber zählen beide, "
                    "die längere Frist gilt. Für eine neue Frist legen Sie eine neue Zeile mit ihrem ersten Tag an; sie gilt dann "
                    "auch für Älteres."
                ),
            },
        ),
    )
