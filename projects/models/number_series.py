from django.db import models

from members.checks import stored_types
from members.models import District


class NumberSeries(models.Model):
    """The last running number per year and district; locked while a number is given, so there are no gaps."""

    year = models.PositiveSmallIntegerField()
    district = models.ForeignKey(District, models.PROTECT, related_name="+")
    last = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = "Nummernkreis"
        verbose_name_plural = "Nummernkreise"
        constraints = [
            models.UniqueConstraint(fields=["year", "district"], name="one_series_per_year_and_district"),
            stored_types("series_types", integers="year district last"),
        ]

    def __str__(self) -> str:
        return f"{self.year} {self.district}: {self.last}"
