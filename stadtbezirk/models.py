from typing import Any

from django.db import models
from django.db.models import Q

from funding.models import Pot
from members.checks import stored_types
from members.models import District
from projects.models import FieldOfAction
from projects.money import ZERO, MoneyField


class PublishedFigure(models.Model):
    """What was once published about a year, for the whole city or one district. Amounts in euro.

    Kept as published and never corrected, even where it cannot agree with the projects counted here; what was
    not published is empty.
    """

    year = models.PositiveSmallIntegerField("Jahr")
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
            stored_types(
                "published_figure_types",
                integers="year district projects with_third_party paid",
                texts="source",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.year}, {self.district or 'ganze Stadt'}"


class StoredFigure(models.Model):
    """What the reports would count, kept by the database itself (``reports.triggers``); never written from here.

    A key may have several rows, and what counts is their sum: on PostgreSQL whoever finds a row locked adds
    another instead of waiting, so a single row may even be negative. A key that has nothing left keeps rows of
    zero. What a key names may be deleted once nothing is counted for it, hence references without a constraint.
    """

    class Meta:
        abstract = True


def _reference(to: type[models.Model], name: str, *, null: bool = False) -> Any:
    return models.ForeignKey(
        to,
        models.DO_NOTHING,
        null=null,
        db_constraint=False,
        db_index=False,
        related_name="+",
        verbose_name=name,
    )


class ProjectsByField(StoredFigure):
    """Published projects of a budget year in one field of action, or in none; ``granted`` in euro."""

    year = models.PositiveSmallIntegerField("Jahr")
    field = _reference(FieldOfAction, "Handlungsschwerpunkt", null=True)
    projects = models.BigIntegerField("Projekte", default=0)
    with_third_party = models.BigIntegerField("mit Drittmitteln", default=0)
    cross_district = models.BigIntegerField("stadtbezirksübergreifend", default=0)
    special = models.BigIntegerField("von besonderer Bedeutung", default=0)
    granted = MoneyField("bewilligt", default=ZERO)

    class Meta:
        verbose_name = "Projekte je Handlungsschwerpunkt"
        verbose_name_plural = "Projekte je Handlungsschwerpunkt"
        indexes = [models.Index(fields=["year", "field"], name="stored_by_field")]

    def __str__(self) -> str:
        return f"{self.year}, {self.field or 'ohne Schwerpunkt'}"


class ProjectsByDistrict(StoredFigure):
    """Published projects of a budget year that a district leads or takes part in."""

    year = models.PositiveSmallIntegerField("Jahr")
    district = _reference(District, "Stadtbezirk")
    projects = models.BigIntegerField("Projekte", default=0)
    with_third_party = models.BigIntegerField("mit Drittmitteln", default=0)

    class Meta:
        verbose_name = "Projekte je Stadtbezirk"
        verbose_name_plural = "Projekte je Stadtbezirk"
        indexes = [models.Index(fields=["year", "district"], name="stored_by_district")]

    def __str__(self) -> str:
        return f"{self.year}, {self.district}"


class ApplicationsByPot(StoredFigure):
    """Applications to one pot for projects of one field of action, or of none; sums in euro."""

    pot = _reference(Pot, "Topf")
    field = _reference(FieldOfAction, "Handlungsschwerpunkt", null=True)
    asked = models.BigIntegerField("Anträge", default=0)
    granted = models.BigIntegerField("bewilligt", default=0)
    waiting = models.BigIntegerField("offen", default=0)
    cross_district = models.BigIntegerField("stadtbezirksübergreifend", default=0)
    cross_district_granted = models.BigIntegerField("übergreifend bewilligt", default=0)
    special = models.BigIntegerField("von besonderer Bedeutung", default=0)
    special_granted = models.BigIntegerField("von besonderer Bedeutung, bewilligt", default=0)
    asked_sum = MoneyField("beantragte Summe", default=ZERO)
    granted_sum = MoneyField("bewilligte Summe", default=ZERO)

    class Meta:
        verbose_name = "Anträge je Topf"
        verbose_name_plural = "Anträge je Topf"
        indexes = [models.Index(fields=["pot", "field"], name="stored_by_pot")]

    def __str__(self) -> str:
        return f"{self.pot}, {self.field or 'ohne Schwerpunkt'}"
