"""A district of the city."""

from django.core.validators import MaxValueValidator
from django.db import models
from django.urls import reverse
from simple_history.models import HistoricalRecords

from members.common import fields
from members.models.named import Named

#: Forty districts fit; a larger number would tear the map on the start page apart.
LAST_TILE = 19


class District(Named):
    """One of the twelve Stadtbezirke. A data migration loads them."""

    name = fields.CharField("Name", max_length=60, unique=True)
    slug = models.SlugField("Adresse", max_length=60, unique=True)
    code = fields.CharField(
        "Kürzel", max_length=3, unique=True, help_text="Steht in jeder Projektnummer, z. B. APL."
    )
    column = models.PositiveSmallIntegerField(
        "Spalte im Kachelplan", validators=[MaxValueValidator(LAST_TILE)]
    )
    row = models.PositiveSmallIntegerField("Zeile im Kachelplan", validators=[MaxValueValidator(LAST_TILE)])

    history = HistoricalRecords(excluded_fields=["folded_name"])

    class Meta:
        verbose_name = "Stadtbezirk"
        verbose_name_plural = "Stadtbezirke"
        ordering = ["folded_name"]
        constraints = [
            models.UniqueConstraint(fields=["column", "row"], name="district_tile_once"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("district", args=[self.slug])
