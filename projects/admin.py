"""The administration of the fields of action."""

from django.contrib import admin

from members.admin import MasterDataAdmin, NeverDeleted
from projects.models import FieldOfAction


@admin.register(FieldOfAction)
class FieldOfActionAdmin(NeverDeleted, MasterDataAdmin):
    list_display = ("by_name", "position")
    search_fields = ("folded_name__contains",)
    fieldsets = (
        (
            None,
            {
                "fields": ("name", "position"),
                "description": "Ein neuer Name gilt auch für frühere Projekte und Berichte. Ändert sich der "
                "Inhalt, legen Sie besser einen neuen Handlungsschwerpunkt an.",
            },
        ),
    )
