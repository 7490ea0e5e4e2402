"""The administration of the fields of action."""

from django.contrib import admin

from members.admin import MasterDataAdmin, NeverDeleted
from projects.models import FieldOfAction


@admin.register(FieldOfAction)
class FieldOfActionAdmin(NeverDeleted, MasterDataAdmin):
    list_display = ("name", "position")
    search_fields = ("name",)
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
