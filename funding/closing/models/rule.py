"""What becomes of the money that is free when a year is closed: settings with a first day."""

from datetime import date
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone
from simple_history.models import HistoricalRecords

from funding.models import FundingModel, Pot
from members.common import fields
from members.common.checks import known, stored_types, within
from members.common.days import require_day
from members.common.money import ZERO, MoneyField


class Place(models.TextChoices):
    """Where a remainder goes that is not carried over."""

    CITY = "city", "zurück an die Stadt"
    KEPT = "kept", "bleibt mit Zustimmung der Stadt beim Verein"
    SOURCE = "source", "zurück an die Geldquelle"


class RemainderRuleQuerySet(models.QuerySet["RemainderRule"]):
    def on(self, model: FundingModel, day: date) -> "dict[str, RemainderRule]":
        """Return the rule that applies to each kind of pot on the local date. One query.

        A model without a rule of its own goes on with that of the latest model before it.
        """
        begun = self.filter(funding_model__first_year__lte=model.first_year, since__lte=day)
        begun = begun.order_by("funding_model__first_year", "since")
        return {rule.kind: rule for rule in begun}


class RemainderRule(models.Model):
    """What of a pot's free money goes to the same pot of the next year, and where the rest goes.

    ``carry_up_to`` is in euro for each pot; None: all of it.
    Without a rule nothing is carried over, and the rest goes back to the city.
    Source: agreement with the grantor; money of the city lapses unless it agreed to something else.
    """

    funding_model = models.ForeignKey(
        FundingModel, models.CASCADE, related_name="remainder_rules", verbose_name="Fördermodell"
    )
    kind = models.CharField("Art des Topfs", max_length=10, choices=Pot.Kind.choices)
    since = models.DateField("gilt ab", validators=[require_day])
    carry_up_to = MoneyField(
        "ins nächste Jahr bis zu",
        null=True,
        blank=True,
        default=ZERO,
        help_text="So viel geht höchstens in denselben Topf des nächsten Jahres über. Leer: alles.",
    )
    place = models.CharField("Der Rest", max_length=6, choices=Place.choices, default=Place.CITY)
    consent_on = models.DateField(
        "Zustimmung vom", null=True, blank=True, validators=[require_day],
        help_text="Nur wenn der Rest beim Verein bleibt.",
    )  # fmt: skip
    consent = fields.CharField("Fundstelle der Zustimmung", max_length=200, blank=True)

    objects = RemainderRuleQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = "Regel für Reste"
        verbose_name_plural = "Regeln für Reste"
        ordering = ["funding_model", "kind", "-since"]
        constraints = [
            models.UniqueConstraint(
                fields=["funding_model", "kind", "since"],
                name="remainder_rule_once_per_day",
                violation_error_message="Für diese Art von Topf und diesen Tag gibt es schon eine Regel.",
            ),
            models.CheckConstraint(
                condition=Q(carry_up_to__isnull=True) | Q(carry_up_to__gte=0),
                name="remainder_rule_not_negative",
                violation_error_message="Weniger als null geht nicht ins nächste Jahr über.",
            ),
            models.CheckConstraint(
                condition=Q(place="kept", consent_on__isnull=False) & ~Q(consent="")
                | ~Q(place="kept") & Q(consent_on__isnull=True, consent=""),
                name="kept_remainders_name_their_consent",
                violation_error_message="Bleibt der Rest beim Verein, gehören Tag und Fundstelle der Zustimmung dazu; sonst "
                "bleiben beide leer.",
            ),
            within("remainder_rule_days_within", days="since consent_on"),
            known("remainder_rule_words_known", kind=Pot.Kind.values, place=Place.values),
            stored_types(
                "remainder_rule_types",
                integers="funding_model carry_up_to",
                texts="kind place consent",
                days="since consent_on",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, Reste ab {self.since:%d.%m.%Y}"

    def clean(self) -> None:
        """Raise ValidationError for a consent that is not given yet, or later than the rule that rests on it."""
        super().clean()
        if self.consent_on is None:
            return
        if self.consent_on > timezone.localdate():
            raise ValidationError(
                {"consent_on": "Dieser Tag liegt in der Zukunft. Bitte eintragen, wann zugestimmt wurde."}
            )
        if self.since is not None and self.consent_on > self.since:
            raise ValidationError(
                {
                    "consent_on": "Die Regel gilt schon vor der Zustimmung. Bitte „gilt ab“ auf ihren Tag oder später setzen."
                }
            )

    def carried(self, remainder: Decimal) -> Decimal:
        """Return how many of these euro go to the next year."""
        return remainder if self.carry_up_to is None else min(remainder, self.carry_up_to)

    @property
    def where(self) -> str:
        """Return where the rest goes, in German, with the consent to it."""
        if self.consent_on is None:
            return str(self.get_place_display())
        return f"{self.get_place_display()} ({self.consent} vom {self.consent_on:%d.%m.%Y})"
