"""The admin of the published figures, and of what the legal pages say of the association."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.widgets import AdminTextareaWidget
from django.db.models import TextField
from django.http import HttpRequest

from members.admin import MasterDataAdmin, NeverDeleted, OrWithoutFilter
from members.common.money import format_euro
from stadtbezirk.models import LegalDetails, PublishedFigure


@admin.register(PublishedFigure)
class PublishedFigureAdmin(MasterDataAdmin):
    list_display = ("year", "district_or_city", "projects", "with_third_party", "paid_out", "source")
    sortable_by = ("year", "district_or_city", "projects", "with_third_party", "paid_out")
    list_filter = ("year", ("district", OrWithoutFilter))
    list_select_related = ("district",)
    search_fields = ("folded_source__contains", "district__folded_name__contains")
    autocomplete_fields = ("district",)
    counted_as_one, counted_as = "veröffentlichte Zahl", "veröffentlichte Zahlen"
    fieldsets = (
        (
            None,
            {
                "fields": ("year", "district", "projects", "with_third_party", "paid", "source"),
                "description": "Zahlen aus Geschäftsberichten und Presse, so wie sie veröffentlicht wurden. Sie "
                "stehen auf der Seite Berichte neben den hier erfassten Projekten und werden nicht "
                "nachgerechnet. Was nicht veröffentlicht wurde, bleibt leer.",
            },
        ),
    )

    @admin.display(description="Gebiet", ordering="district__folded_name")
    def district_or_city(self, figure: PublishedFigure) -> str:
        return str(figure.district or "ganze Stadt")

    @admin.display(description="ausgezahlt", ordering="paid")
    def paid_out(self, figure: PublishedFigure) -> str:
        return "–" if figure.paid is None else format_euro(figure.paid)


@admin.register(LegalDetails)
class LegalDetailsAdmin(NeverDeleted, MasterDataAdmin):
    """One row, which is neither added nor deleted."""

    list_display = ("__str__", "still_missing")
    counted_as_one = "Eintrag"

    formfield_overrides = {TextField: {"widget": AdminTextareaWidget(attrs={"rows": 3})}}
    fieldsets = (
        (
            "Impressum",
            {
                "fields": ("address", "phone", "email", "board", "register_number", "responsible"),
                "description": "Steht so auf den öffentlichen Seiten Impressum, Datenschutz und Barrierefreiheit, mit "
                "Ihren Zeilenumbrüchen. Solange etwas fehlt oder ein Platzhalter in [eckigen Klammern] dasteht, "
                "erinnert Ihre Startseite daran.",
            },
        ),
        ("Datenschutz", {"fields": ("data_protection_officer", "operator", "log_retention")}),
        ("Barrierefreiheit", {"fields": ("accessibility_assessed_on",)}),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @admin.display(description="fehlt noch")
    def still_missing(self, row: LegalDetails) -> str:
        return ", ".join(row.missing)

    def notice(self, request: HttpRequest, obj: Any) -> str:
        return f"Es fehlt noch: {', '.join(obj.missing)}." if obj.missing else ""
