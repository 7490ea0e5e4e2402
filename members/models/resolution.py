"""Resolutions (Beschlüsse) of a body."""

from decimal import Decimal

from django.db import models

from members.common import fields
from members.common.checks import stored_types, within
from members.common.counting import counted
from members.common.days import require_day
from members.models.body import Body
from members.models.user import User


class Resolution(models.Model):
    """A Beschluss of a body with its votes. ``funding`` lets it back at most one decision."""

    body = models.ForeignKey(Body, models.PROTECT, related_name="resolutions", verbose_name="Gremium")
    date = models.DateField("Datum der Sitzung", validators=[require_day])
    votes_yes = models.PositiveSmallIntegerField("Ja-Stimmen")
    votes_no = models.PositiveSmallIntegerField("Nein-Stimmen", default=0)
    votes_abstained = models.PositiveSmallIntegerField("Enthaltungen", default=0)
    amount_cents = models.PositiveBigIntegerField("beschlossener Betrag in Cent")
    text = fields.CharField(
        "Beschluss",
        max_length=300,
        blank=True,
        help_text="Wortlaut oder Nummer, z. B. TOP 4 der Niederschrift.",
    )
    recorded_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="erfasst von")
    recorded_at = models.DateTimeField("erfasst am", auto_now_add=True)

    class Meta:
        verbose_name = "Beschluss"
        verbose_name_plural = "Beschlüsse"
        ordering = ["-date"]
        constraints = [
            within("resolution_day_within", days="date"),
            stored_types(
                "resolution_types",
                integers="body votes_yes votes_no votes_abstained amount_cents recorded_by",
                texts="text",
                days="date",
                moments="recorded_at",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.body}, {self.date:%d.%m.%Y} ({self.votes})"

    @property
    def amount(self) -> Decimal:
        """Return the resolved amount in euro."""
        return Decimal(self.amount_cents).scaleb(-2)

    @property
    def carried(self) -> bool:
        """Return whether there is a simple majority: more yes than no. Abstentions do not count."""
        return self.votes_yes > self.votes_no

    @property
    def votes_cast(self) -> int:
        return self.votes_yes + self.votes_no + self.votes_abstained

    @property
    def tied(self) -> bool:
        """Return whether as many voted yes as no. Then nothing is carried."""
        return self.votes_yes == self.votes_no

    @property
    def votes(self) -> str:
        abstained = counted(self.votes_abstained, "Enthaltung", "Enthaltungen")
        return f"{self.votes_yes} Ja, {self.votes_no} Nein, {abstained}"
