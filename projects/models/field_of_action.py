"""The association's fields of action."""

from django.db import models


class FieldOfAction(models.Model):
    """A field of action (Handlungsschwerpunkt). A data migration loads the six of 2014."""

    name = models.CharField("Name", max_length=80, unique=True)
    position = models.PositiveSmallIntegerField("Reihenfolge", default=0)

    class Meta:
        verbose_name = "Handlungsschwerpunkt"
        verbose_name_plural = "Handlungsschwerpunkte"
        ordering = ["position", "name"]

    def __str__(self) -> str:
        return self.name
