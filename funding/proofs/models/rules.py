"""How the use of grants is proved: settings of a funding model with a first day."""

from datetime import date
from decimal import Decimal

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from funding.models import FundingModel
from members.common.checks import stored_types, within
from members.common.days import require_day
from members.common.money import ZERO, MoneyField

#: No period of these settings is longer than a year.
MOST_DAYS = [MaxValueValidator(366)]
PERCENT = [MaxValueValidator(100)]


class ProofRulesQuerySet(models.QuerySet["ProofRules"]):
    def on(self, model: FundingModel, day: date) -> "ProofRules | None":
        """Return the rules that apply to the model's grants on the local date.

        A new model goes on with the latest rules of the models before it, until it has its own.
        """
        begun = self.filter(funding_model__first_year__lte=model.first_year, since__lte=day)
        return begun.order_by("-funding_model__first_year", "-since").first()


class ProofRules(models.Model):
    """How the use of a funding model's grants is proved from a first day on (Regeln für Nachweise). Euro and days.

    The rules of the day of the grant count for what it is proved by; those of the day itself for periods that begin then.
    Source: practice of municipal grants; the amounts are assumptions until the association has decided on them.
    """

    funding_model = models.ForeignKey(
        FundingModel, models.CASCADE, related_name="proof_rules", verbose_name="Fördermodell"
    )
    since = models.DateField("gilt ab", validators=[require_day])
    hourly_rate = MoneyField("je ehrenamtlicher Stunde", default=Decimal("15.00"))
    hours_cap = models.PositiveSmallIntegerField(
        "ehrenamtliche Stunden höchstens (%)",
        null=True,
        blank=True,
        default=20,
        validators=PERCENT,
        help_text="Anteil an den förderfähigen Kosten. Leer: ohne Grenze.",
    )
    fixed_capped = models.BooleanField(
        "Festbetrag nur, soweit Kosten ungedeckt sind",
        default=False,
        help_text="Angekreuzt: Ein Festbetrag ist höchstens, was eigene und andere Mittel von den Kosten übrig lassen.",
    )
    procurement_from = MoneyField(
        "Vergabevermerk ab",
        null=True,
        blank=True,
        default=Decimal("1000.00"),
        help_text="Ab dieser Höhe einer Kostenposition steht im Nachweis, wie der Auftrag vergeben wurde. Leer: nie.",
    )
    sample_percent = models.PositiveSmallIntegerField(
        "Stichprobe (%)",
        default=10,
        validators=PERCENT,
        help_text="So viele der Nachweise, zu denen keine Belege gehören, werden im Jahr gezogen; aufgerundet.",
    )
    two_people_from = MoneyField(
        "Prüfvermerk zu zweit ab",
        null=True,
        blank=True,
        default=Decimal("5000.00"),
        help_text="Ab dieser Bewilligung unterschreiben zwei Personen den Prüfvermerk. Leer: nie.",
    )
    hearing_days = models.PositiveSmallIntegerField(
        "Tage für die Anhörung",
        default=14,
        validators=MOST_DAYS,
        help_text="So lange kann sich der Empfänger äußern, bevor eine Ausgabe gekürzt wird.",
    )
    remind_before = models.PositiveSmallIntegerField(
        "Erinnerung vorher (Tage)", default=14, validators=MOST_DAYS, help_text="0: keine."
    )
    remind_after = models.PositiveSmallIntegerField(
        "Erinnerung nachher (Tage)", default=14, validators=MOST_DAYS, help_text="0: keine."
    )
    small_claim = MoneyField(
        "Rückforderung erst ab",
        default=ZERO,
        help_text="Weniger wird nicht zurückgefordert. 0: jeder Betrag.",
    )
    small_interest = MoneyField(
        "Zinsen erst ab", default=ZERO, help_text="Weniger wird nicht gefordert. 0: jeder Betrag."
    )
    claim_days = models.PositiveSmallIntegerField(
        "Tage bis zur Rückzahlung",
        default=30,
        validators=MOST_DAYS,
        help_text="So lange hat der Empfänger nach einer Rückforderung Zeit.",
    )

    objects = ProofRulesQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = "Regeln für Nachweise"
        verbose_name_plural = "Regeln für Nachweise"
        ordering = ["-since", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["funding_model", "since"],
                name="proof_rules_once_per_day",
                violation_error_message="Für diesen Tag sind schon Regeln eingetragen.",
            ),
            models.CheckConstraint(
                condition=Q(hourly_rate__gte=0, small_claim__gte=0, small_interest__gte=0)
                & (Q(procurement_from__isnull=True) | Q(procurement_from__gt=0))
                & (Q(two_people_from__isnull=True) | Q(two_people_from__gte=0)),
                name="proof_rules_amounts_not_negative",
                violation_error_message="Ein Betrag darf nicht negativ sein.",
            ),
            models.CheckConstraint(
                condition=Q(sample_percent__lte=100) & (Q(hours_cap__isnull=True) | Q(hours_cap__lte=100)),
                name="proof_rules_percent",
                violation_error_message="Ein Anteil ist höchstens 100 %.",
            ),
            within("proof_rules_days_within", days="since"),
            stored_types(
                "proof_rules_types",
                integers=(
                    "funding_model hourly_rate hours_cap procurement_from sample_percent two_people_from hearing_days "
                    "remind_before remind_after small_claim small_interest claim_days"
                ),
                flags="fixed_capped",
                days="since",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.funding_model}, Nachweise ab {self.since:%d.%m.%Y}"
