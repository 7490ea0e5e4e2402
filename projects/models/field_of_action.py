"""The association's fields of action."""

from django.db import models

from members.common import fields
from members.models.named import Named


class FieldOfAction(Named):
    """A field of action (Handlungsschwerpunkt). A data migration loads the six of 2014."""

    name = fields.CharField("Name", max_length=80, unique=True)
    position = models.PositiveSmallIntegerField("Reihenfolge", default=0)

    class Meta:
        verbose_name = "Handlungsschwerpunkt"
        verbose_name_plural = "Handlungsschwerpunkte"
        ordering = ["position", "folded_name"]

    def __str__(self) -> str:
        return self.name
