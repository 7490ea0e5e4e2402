"""The series from which projects get their numbers."""

from django.db import models

from members.common import number_series
from members.common.checks import stored_types, within
from members.models import District


class NumberSeries(number_series.NumberSeries):
    """The running numbers of projects of one calendar year and district."""

    year = models.PositiveSmallIntegerField()
    district = models.ForeignKey(District, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = "Nummernkreis"
        verbose_name_plural = "Nummernkreise"
        constraints = [
            models.UniqueConstraint(fields=["year", "district"], name="one_series_per_year_and_district"),
            within("series_year_within", years="year"),
            stored_types("series_types", integers="year district last"),
        ]

    def __str__(self) -> str:
        return f"{self.year} {self.district}: {self.last}"
