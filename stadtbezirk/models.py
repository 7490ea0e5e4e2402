"""Figures that were published before this program counted any."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone

from members.common.checks import stored_types, within
from members.common.days import LAST_YEAR, require_year
from members.common.money import MoneyField
from members.models import District


class PublishedFigure(models.Model):
    """What was published about a calendar year, for the whole city or one district. Amounts in euro.

    A figure is kept as published and never corrected, even where it contradicts the projects counted here.
    What was not published is empty.
    """

    year = models.PositiveSmallIntegerField("Jahr", validators=[require_year])
    district = models.ForeignKey(
        District,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="published_figures",
        verbose_name="Stadtbezirk",
        help_text="Leer lassen bei Zahlen für die ganze Stadt.",
    )
    projects = models.PositiveIntegerField("Projekte", null=True, blank=True)
    with_third_party = models.PositiveIntegerField("davon mit Drittmitteln", null=True, blank=True)
    paid = MoneyField("ausgezahlt", null=True, blank=True)
    source = models.CharField(
        "Quelle",
        max_length=300,
        help_text="Wer hat die Zahl wann wo veröffentlicht? Steht auf der Seite neben der Zahl.",
    )

    class Meta:
        verbose_name = "Veröffentlichte Zahl"
        verbose_name_plural = "Veröffentlichte Zahlen"
        ordering = ["-year", "district__name"]
        constraints = [
            models.UniqueConstraint(
                fields=["year", "district"],
                name="published_once_per_district_and_year",
                violation_error_message="Für diesen Stadtbezirk und dieses Jahr ist schon eine Zahl eingetragen.",
            ),
            models.UniqueConstraint(
                fields=["year"],
                condition=Q(district__isnull=True),
                name="published_once_per_year",
                violation_error_message="Für die ganze Stadt ist in diesem Jahr schon eine Zahl eingetragen.",
            ),
            models.CheckConstraint(
                condition=Q(projects__isnull=False)
                | Q(with_third_party__isnull=False)
                | Q(paid__isnull=False),
                name="published_figure_says_something",
                violation_error_message="Bitte mindestens eine Zahl eintragen.",
            ),
            models.CheckConstraint(
                condition=Q(paid__isnull=True) | Q(paid__gte=0), name="published_paid_not_negative"
            ),
            models.CheckConstraint(condition=~Q(source=""), name="published_figure_names_its_source"),
            within("published_year_within", years="year"),
            stored_types(
                "published_figure_types",
                integers="year district projects with_third_party paid",
                texts="source",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.year}, {self.district or 'ganze Stadt'}"

    def clean(self) -> None:
        """Raise ValidationError for a year to come: nothing is published about it."""
        if self.year is not None and timezone.localdate().year < self.year <= LAST_YEAR:
            raise ValidationError(
                {"year": f"Das Jahr {self.year} liegt in der Zukunft. Bitte das Jahr prüfen."}
            )
