"""Funding models, and the fiscal years that follow them."""

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from members.common import fields
from members.common.checks import known, stored_types, within
from members.common.days import require_day, require_year
from members.common.fields import FoldedField
from members.common.money import ZERO, MoneyField
from members.models import User
from members.models.named import Named


class FundingModel(Named):
    """How a year's money is divided. Amounts in euro per year.

    To a year applies the latest model whose first year has begun.
    A model is frozen once a year was opened on it (trigger in ``guards``).
    Source: the council decision that the row names.
    """

    name = fields.CharField("Name", max_length=120)
    council_decision_on = models.DateField(
        "Ratsbeschluss vom", null=True, blank=True, validators=[require_day]
    )
    reference = fields.CharField("Fundstelle", max_length=200, blank=True)
    first_year = models.PositiveSmallIntegerField(
        "gilt ab Haushaltsjahr", unique=True, validators=[require_year]
    )
    district_allotment = MoneyField("Ansatz je Stadtbezirk (Säule 1)")
    pool_allotment = MoneyField("Ansatz Säule 2", default=ZERO)
    overhead_allotment = MoneyField("Ansatz Gemeinkosten", default=ZERO)
    second_signature_from = MoneyField(
        "zwei Unterschriften ab",
        null=True,
        blank=True,
        help_text="Summe aus Säule 2 und Sondermitteln je Projekt. Leer: eine Unterschrift genügt immer.",
    )
    deciding_body = fields.CharField(
        "Über Säule 2 entscheidet", max_length=120, default="Wirtschaftsförderung Dortmund"
    )
    pillar_2_needs_resolution = models.BooleanField("Säule 2 braucht einen Jurybeschluss", default=False)
    proof_due_months = models.PositiveSmallIntegerField(
        "Monate bis zum Verwendungsnachweis", default=6, validators=[MaxValueValidator(120)]
    )
    transfer_pillar_1_to_2 = models.BooleanField("von Säule 1 nach Säule 2", default=False)
    transfer_pillar_2_to_1 = models.BooleanField("von Säule 2 nach Säule 1", default=False)
    transfer_overhead_to_pillar_2 = models.BooleanField("von Gemeinkosten nach Säule 2", default=False)
    transfer_pillar_2_to_overhead = models.BooleanField("von Säule 2 nach Gemeinkosten", default=False)
    assumptions = fields.TextField("Annahmen", blank=True, help_text="Was daran noch nicht bestätigt ist.")

    folded_reference = FoldedField(of=["reference"])

    class Meta:
        verbose_name = "Fördermodell"
        verbose_name_plural = "Fördermodelle"
        ordering = ["-first_year"]
        constraints = [
            models.CheckConstraint(
                condition=Q(district_allotment__gte=0, pool_allotment__gte=0, overhead_allotment__gte=0),
                name="model_allotments_not_negative",
                violation_error_message="Ein Ansatz darf nicht negativ sein.",
            ),
            within("model_years_within", years="first_year", days="council_decision_on"),
            stored_types(
                "model_types",
                integers="first_year district_allotment pool_allotment overhead_allotment second_signature_from proof_due_months",
                texts="name folded_name reference folded_reference deciding_body assumptions",
                flags="pillar_2_needs_resolution transfer_pillar_1_to_2 transfer_pillar_2_to_1 transfer_overhead_to_pillar_2 transfer_pillar_2_to_overhead",
                days="council_decision_on",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} (ab {self.first_year})"


class FiscalYear(models.Model):
    """A calendar year of the money, with its state and its funding model."""

    class State(models.TextChoices):
        PLANNED = "planned", "geplant"
        OPEN = "open", "geöffnet"
        CLOSED = "closed", "abgeschlossen"

    year = models.PositiveSmallIntegerField("Haushaltsjahr", unique=True, validators=[require_year])
    state = models.CharField("Stand", max_length=10, choices=State.choices, default=State.PLANNED)
    model = models.ForeignKey(FundingModel, models.PROTECT, related_name="years", verbose_name="Fördermodell")
    opened_on = models.DateField("geöffnet am", null=True, blank=True)
    opened_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = "Haushaltsjahr"
        verbose_name_plural = "Haushaltsjahre"
        ordering = ["-year"]
        constraints = [
            within("year_within", years="year"),
            stored_types("year_types", integers="year model opened_by", texts="state", days="opened_on"),
            known("year_words_known", state=["planned", "open", "closed"]),
        ]

    def __str__(self) -> str:
        return str(self.year)

    @property
    def is_planned(self) -> bool:
        return self.state == self.State.PLANNED

    @property
    def is_open(self) -> bool:
        return self.state == self.State.OPEN

    @property
    def is_closed(self) -> bool:
        return self.state == self.State.CLOSED

    @property
    def is_overdue(self) -> bool:
        """Return whether the calendar year is over and the fiscal year is not closed."""
        return not self.is_closed and self.year < timezone.localdate().year
