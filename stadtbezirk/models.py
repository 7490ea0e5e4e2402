"""What the site says of itself: details for the legal pages, figures published long ago, when its jobs ran, who took
an audit package.
"""

import re

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone
from simple_history.models import HistoricalRecords

from members.common import fields
from members.common.checks import stored_types, within
from members.common.days import LAST_YEAR, require_day, require_year
from members.common.money import MoneyField
from members.models import District, User


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
    source = fields.CharField(
        "Quelle",
        max_length=300,
        help_text="Wer hat die Zahl wann wo veröffentlicht? Steht auf der Seite neben der Zahl.",
    )

    folded_source = fields.FoldedField(of=["source"])

    class Meta:
        verbose_name = "Veröffentlichte Zahl"
        verbose_name_plural = "Veröffentlichte Zahlen"
        ordering = ["-year", models.F("district__folded_name").asc(nulls_first=True)]
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
                texts="source folded_source",
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


#: What stands in a template of a text until somebody fills it in: "[Anschrift]".
PLACEHOLDER = re.compile(r"\[[^\]]*\]")


class LegalDetails(models.Model):
    """What imprint, privacy page and accessibility statement say of the association. Plain text, one row."""

    address = fields.TextField("Anschrift des Vereins", max_length=400, blank=True)
    phone = fields.CharField("Telefonnummer der Geschäftsstelle", max_length=60, blank=True)
    email = fields.EmailField("E-Mail-Adresse der Geschäftsstelle", blank=True)
    board = fields.TextField(
        "Vorstand", max_length=400, blank=True, help_text="Die Namen derer, die den Verein vertreten."
    )
    register_number = fields.CharField(
        "Registernummer", max_length=60, blank=True, help_text="Im Vereinsregister beim Amtsgericht Dortmund."
    )
    responsible = fields.TextField(
        "Verantwortlich für den Inhalt",
        max_length=400,
        blank=True,
        help_text="Name und Anschrift, nach § 18 Absatz 2 Medienstaatsvertrag.",
    )
    data_protection_officer = fields.TextField(
        "Datenschutzbeauftragte Person",
        max_length=400,
        blank=True,
        help_text="So ist sie zu erreichen. Bleibt leer, wenn keine benannt ist.",
    )
    operator = fields.TextField(
        "Technischer Betreiber",
        max_length=400,
        blank=True,
        help_text="Name und Sitz dessen, der den Server führt.",
    )
    log_retention = fields.CharField(
        "Aufbewahrung der Protokolle",
        max_length=60,
        blank=True,
        help_text="Wie lange der Server Anfragen festhält, zum Beispiel: 14 Tage.",
    )
    accessibility_assessed_on = models.DateField(
        "Barrierefreiheit bewertet am",
        null=True,
        blank=True,
        validators=[require_day],
        help_text="Tag der letzten Selbstbewertung.",
    )

    #: What may stay empty for ever.
    OPTIONAL = ("data_protection_officer",)

    history = HistoricalRecords()

    class Meta:
        verbose_name = "Angaben für Impressum und Datenschutz"
        verbose_name_plural = "Angaben für Impressum und Datenschutz"
        constraints = [
            models.CheckConstraint(condition=Q(pk=1), name="legal_details_once"),
            within("legal_details_days_within", days="accessibility_assessed_on"),
        ]

    def __str__(self) -> str:
        return "Angaben für Impressum und Datenschutz"

    @classmethod
    def load(cls) -> "LegalDetails":
        """Return the row, or an empty one."""
        return cls.objects.first() or cls(pk=1)

    @property
    def missing(self) -> list[str]:
        """Return the names of what is empty or still holds a placeholder in square brackets."""
        names = []
        for field in self._meta.concrete_fields:
            value = getattr(self, field.name)
            empty = not value and field.name not in self.OPTIONAL
            if not field.primary_key and (empty or PLACEHOLDER.search(str(value or ""))):
                names.append(str(field.verbose_name))
        return names


class JobRun(models.Model):
    """When a job of ``run_jobs`` ran last, and how it ended (``operation.jobs``). One row per job."""

    name = fields.CharField("Aufgabe", max_length=40, unique=True)
    #: For which local day it ran: what runs once a day claims the day here.
    day = models.DateField("für den Tag", null=True, blank=True)
    begun_at = models.DateTimeField("begonnen", null=True, blank=True)
    #: Empty while it runs, and for ever if it broke off.
    ended_at = models.DateTimeField("beendet", null=True, blank=True)
    error = fields.TextField("Fehler", blank=True)

    class Meta:
        verbose_name = "Lauf einer Aufgabe"
        verbose_name_plural = "Läufe der Aufgaben"
        constraints = [
            stored_types("job_run_types", texts="name error", days="day", moments="begun_at ended_at"),
            within("job_run_days_within", days="day"),
        ]

    def __str__(self) -> str:
        return self.name


class AuditExport(models.Model):
    """One download of a year's audit package: who began it and when. Never changed and never deleted."""

    year = models.PositiveSmallIntegerField("Haushaltsjahr", validators=[require_year])
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="durch")
    at = models.DateTimeField("begonnen", auto_now_add=True)

    class Meta:
        verbose_name = "Abruf eines Prüfpakets"
        verbose_name_plural = "Abrufe von Prüfpaketen"
        ordering = ["-pk"]
        constraints = [
            within("audit_export_within", years="year"),
            stored_types("audit_export_types", integers="year by", moments="at"),
        ]

    def __str__(self) -> str:
        return f"Prüfpaket {self.year}, {self.by}"
