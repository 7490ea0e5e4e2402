"""The administration of letterhead, signatories and the texts of letters."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.widgets import AdminTextareaWidget
from django.db.models import TextField, URLField
from django.http import HttpRequest
from django.utils import timezone

from funding.letters.models import Letterhead, LetterText, Signatory
from funding.letters.models.text import PLACEHOLDERS
from members.admin import MasterDataAdmin, NeverDeleted
from members.admin.base import DayFilter, ValidityFilter
from members.common.money import format_euro

USED = (
    "Mit dieser Fassung wurde schon geschrieben. Sie bleibt deshalb unverändert. Für einen neuen Text legen Sie eine neue Fassung "
    "mit ihrem ersten Tag an."
)


@admin.register(LetterText)
class LetterTextAdmin(MasterDataAdmin):
    """The pages of the texts. The database keeps a version that a letter was written with."""

    list_display = ("kind", "form", "version", "since", "subject")
    sortable_by = ("kind", "form", "version", "since")
    list_filter = ("form", "kind")
    counted_as_one, counted_as = "Text", "Texte"
    save_as = True
    formfield_overrides = {TextField: {"widget": AdminTextareaWidget(attrs={"rows": 8})}}
    fieldsets = (
        (
            "Fassung",
            {
                "fields": (("form", "kind"), "since"),
                "description": "Es gilt die jüngste Fassung, deren erster Tag erreicht ist. Ein fertiges Schreiben behält seine.",
            },
        ),
        (
            "Text",
            {
                "fields": ("subject", "opening", "closing"),
                "description": "Dazwischen stehen Beträge, Fristen, Plan und Bedingungen von selbst. Platzhalter: "
                + "; ".join(f"{{{name}}} {meaning}" for name, meaning in PLACEHOLDERS.items())
                + ".",
            },
        ),
        (
            "Nur öffentlich-rechtlich",
            {"fields": ("hearing", "remedy", "notification")},
        ),
    )

    def locked_because(self, request: HttpRequest, obj: Any) -> str:
        return USED if obj.is_used else ""

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"since": timezone.localdate(), **super().get_changeform_initial_data(request)}


@admin.register(Letterhead)
class LetterheadAdmin(NeverDeleted, MasterDataAdmin):
    """One row, which is neither added nor deleted."""

    list_display = ("__str__", "still_missing")
    counted_as_one = "Eintrag"
    formfield_overrides = {URLField: {"assume_scheme": "https"}}
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "name", "street", "address_extra", ("postcode", "town", "country"), ("email", "phone"), "website", "register",
                    "bank", "two_sign",
                ),
                "description": "Steht so auf jedem Schreiben, das danach entsteht. Fertige bleiben, wie sie sind.",
            },
        ),
    )  # fmt: skip

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @admin.display(description="fehlt noch")
    def still_missing(self, row: Letterhead) -> str:
        return ", ".join(row.missing)

    def notice(self, request: HttpRequest, obj: Any) -> str:
        return f"Es fehlt noch: {', '.join(obj.missing)}." if obj.missing else ""


@admin.register(Signatory)
class SignatoryAdmin(MasterDataAdmin):
    list_display = ("person", "function", "basis", "up_to", "since", "until", "position")
    sortable_by = ("basis", "up_to", "since", "until", "position")
    list_filter = (ValidityFilter, DayFilter)
    list_select_related = ("person",)
    autocomplete_fields = ("person",)
    counted_as_one, counted_as = "Zeichnungsberechtigung", "Zeichnungsberechtigungen"
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "person",
                    "function",
                    ("basis", "power_of"),
                    "limit",
                    ("since", "until"),
                    "position",
                )
            },
        ),
    )

    @admin.display(description="bis Betrag", ordering="limit")
    def up_to(self, row: Signatory) -> str:
        return "ohne Grenze" if row.limit is None else format_euro(row.limit)
