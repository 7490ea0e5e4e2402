"""The rules for what is left at the end of a year, maintained in Django admin."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from funding.closing.models import RemainderRule
from members.admin import MasterDataAdmin


@admin.register(RemainderRule)
class RemainderRuleAdmin(MasterDataAdmin):
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

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
