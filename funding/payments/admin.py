"""The administration of the association's own accounts."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from funding.payments.models import OwnAccount
from members.admin import MasterDataAdmin, NeverDeleted
from members.admin.base import DayFilter, ValidityFilter


@admin.register(OwnAccount)
class OwnAccountAdmin(NeverDeleted, MasterDataAdmin):
    """The pages of accounts. The IBAN of one from which was paid stays; it ends, and another one begins."""

    list_display = ("__str__", "holder", "since", "until")
    sortable_by = ("since", "until")
    list_filter = (ValidityFilter, DayFilter)
    counted_as_one, counted_as = "Konto", "Konten"
    fieldsets = (
        (
            None,
            {
                "fields": ("name", "holder", ("iban", "bic"), ("since", "until")),
                "description": (
                    "Von hier zahlt der Verein. Wechselt das Konto, bekommt das bisherige einen letzten Tag, und das neue wird "
                    "dazu angelegt."
                ),
            },
        ),
        (
            "Was die Bank verlangt",
            {
                "fields": ("one_sum", "addresses", ("most_payments", "most_amount")),
                "description": "Steht in den Bedingungen der Bank für den Zahlungsverkehr per Datei.",
            },
        ),
        (
            "Für die Buchhaltung",
            {
                "fields": (
                    "book_account",
                    ("counter_city", "counter_special"),
                    ("counter_grants", "counter_overhead"),
                    "counter_open",
                ),
                "description": (
                    "Nummern aus dem Kontenplan: das Konto selbst und die Gegenkonten, die im Journal der Kontoauszüge stehen. Leer "
                    "bleibt die Spalte leer."
                ),
            },
        ),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = super().get_readonly_fields(request, obj)
        return (*fields, "iban") if obj is not None and obj.batches.exists() else fields
