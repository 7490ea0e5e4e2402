"""The admin of the published figures."""

from django.contrib import admin

from members.admin import MasterDataAdmin, OrWithoutFilter
from stadtbezirk.models import PublishedFigure


@admin.register(PublishedFigure)
class PublishedFigureAdmin(MasterDataAdmin):
    list_display = ("year", "district_or_city", "projects", "with_third_party", "paid", "source")
    list_filter = ("year", ("district", OrWithoutFilter))
    list_select_related = ("district",)
    search_fields = ("source", "district__name")
    autocomplete_fields = ("district",)
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

    @admin.display(description="Gebiet", ordering="district__name")
    def district_or_city(self, figure: PublishedFigure) -> str:
        return str(figure.district or "ganze Stadt")
