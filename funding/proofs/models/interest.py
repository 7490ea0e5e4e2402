"""On what basis interest is asked for, and the base rates that it follows: rows with a first day, never code."""

from datetime import date
from decimal import Decimal

from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from funding.models import FundingModel
from funding.proofs.interest import Rate, first_day
from members.common import fields
from members.common.checks import Guard, stored_types, within
from members.common.days import require_day, require_year
from members.common.percent import PercentField, format_percent


class InterestRuleQuerySet(models.QuerySet["InterestRule"]):
    def on(self, model: FundingModel, day: date) -> "InterestRule | None":
        """Return the model's rule that applies on the local date; None: there is no basis, so no interest.

        A new model goes on with the latest rule of the models before it, until it has its own.
        """
        begun = self.filter(funding_model__first_year__lte=model.first_year, since__lte=day)
        return begun.order_by("-funding_model__first_year", "-since").first()


class InterestRule(models.Model):
    """What interest is asked for on money of a funding model that has to come back, from a first day on.

    Either ``points`` above the base rate, or a fixed ``percent`` a year; 0 percent ends it.
    ``legal_basis`` is what a letter names. The rule of the day of the grant counts.
    No row is entered from the start: without a basis there is no interest.
    Source: § 49a VwVfG NRW (three points; older rules: five), for administrative acts; else only what was agreed.
    """

    funding_model = models.ForeignKey(
        FundingModel, models.CASCADE, related_name="interest_rules", verbose_name="Fördermodell"
    )
    since = models.DateField(
        "gilt ab", validators=[require_day], help_text="Für Bewilligungen von diesem Tag an."
    )
    points = PercentField(
        "Prozentpunkte über dem Basiszinssatz",
        null=True,
        blank=True,
        help_text="§ 49a VwVfG NRW: 3,00; ältere Regeln: 5,00.",
    )
    percent = PercentField(
        "oder fester Satz im Jahr (%)",
        null=True,
        blank=True,
        help_text="Wenn ein fester Satz vereinbart ist. 0,00: keine Zinsen mehr.",
    )
    legal_basis = fields.CharField(
        "Grundlage",
        max_length=200,
        help_text="So nennt sie das Schreiben, zum Beispiel: § 49a Absatz 3 VwVfG NRW, oder: Nummer 7 der Vereinbarung.",
    )

    objects = InterestRuleQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = "Regel für Zinsen"
        verbose_name_plural = "Regeln für Zinsen"
        ordering = ["-since", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["funding_model", "since"],
                name="interest_rule_once_per_day",
                violation_error_message="Für diesen Tag ist schon eine Regel eingetragen.",
            ),
            models.CheckConstraint(
                condition=Q(points__isnull=False, percent__isnull=True)
                | Q(points__isnull=True, percent__isnull=False),
                name="interest_rule_has_one_rate",
                violation_error_message="Bitte entweder Prozentpunkte über dem Basiszinssatz oder einen festen Satz eintragen.",
            ),
            models.CheckConstraint(
                condition=(Q(points__isnull=True) | Q(points__gte=0))
                & (Q(percent__isnull=True) | Q(percent__gte=0)),
                name="interest_rule_not_negative",
                violation_error_message="Der Satz darf nicht negativ sein.",
            ),
            models.CheckConstraint(condition=~Q(legal_basis=""), name="interest_rule_has_basis"),
            within("interest_rule_days_within", days="since"),
            stored_types(
                "interest_rule_types",
                integers="funding_model points percent",
                texts="legal_basis",
                days="since",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.in_words}, ab {self.since:%d.%m.%Y}"

    @property
    def rate(self) -> Rate:
        """Return the rate as ``interest.interest`` takes it."""
        if self.points is not None:
            return Rate(self.points)
        assert self.percent is not None  # the database keeps one of the two
        return Rate(self.percent, above_base=False)

    @property
    def in_words(self) -> str:
        """Return the rate in German."""
        return self.rate.in_words


class BaseRateQuerySet(models.QuerySet["BaseRate"]):
    def by_half_year(self) -> dict[date, Decimal]:
        """Return the first day of each known half-year -> percent. One query."""
        return {
            first_day(year, half): percent
            for year, half, percent in self.values_list("year", "half", "percent")
        }


class BaseRate(models.Model):
    """The base rate of one half-year, in percent. A half-year without a row is not known, and never guessed.

    ``to_check`` marks a rate that was derived, not read from the source.
    Source: § 247 BGB; the Bundesbank announces it for 1 January and 1 July.
    """

    class Half(models.IntegerChoices):
        FIRST = 1, "erstes Halbjahr (ab 1. Januar)"
        SECOND = 2, "zweites Halbjahr (ab 1. Juli)"

    year = models.PositiveSmallIntegerField("Jahr", validators=[require_year])
    half = models.PositiveSmallIntegerField("Halbjahr", choices=Half.choices)
    percent = PercentField("Basiszinssatz (%)", help_text="Er kann negativ sein, zum Beispiel −0,88.")
    source = fields.CharField("Fundstelle", max_length=200)
    to_check = models.BooleanField("abgeleitet, zu prüfen", default=False)

    objects = BaseRateQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = "Basiszinssatz"
        verbose_name_plural = "Basiszinssätze"
        ordering = ["-year", "-half"]
        constraints = [
            models.UniqueConstraint(
                fields=["year", "half"],
                name="base_rate_once_per_half_year",
                violation_error_message="Für dieses Halbjahr ist schon ein Basiszinssatz eingetragen.",
            ),
            models.CheckConstraint(condition=~Q(source=""), name="base_rate_has_source"),
            within("base_rate_years_within", years="year"),
            Guard(condition=Q(half__in=[1, 2]), name="base_rate_halves_known"),
            stored_types("base_rate_types", integers="year half percent", texts="source", flags="to_check"),
        ]

    def __str__(self) -> str:
        return f"{format_percent(self.percent)} ab {self.since:%d.%m.%Y}"

    @property
    def since(self) -> date:
        """Return the first day of the half-year."""
        return first_day(self.year, self.half)
