"""One booking on a pot."""

from django.db import models
from django.db.models import Q

from funding.models.application import Application
from funding.models.decision import Decision
from funding.models.expense import Expense
from funding.models.pot import Pot
from funding.models.transfer import Transfer
from members.common import fields
from members.common.checks import stored_types
from members.common.money import MoneyField
from members.models import User


def _caused_by(*there: str, occasions: tuple[str, ...] = ("",)) -> Q:
    causes = ("application", "decision", "expense", "transfer")
    return Q(occasion__in=occasions, **{f"{name}__isnull": name not in there for name in causes})


class LedgerEntry(models.Model):
    """One booking on a pot, in euro. Never changed and never deleted.

    The amount is positive; the kind gives the direction (``ledger.MOVES``).
    It names exactly one cause: a decision with its application, an expense, a transfer,
    or the occasion on which the pot was given money.
    """

    class Kind(models.TextChoices):
        ALLOT = "allot", "Ansatz"
        RESERVE = "reserve", "Vormerkung"
        UNRESERVE = "unreserve", "Vormerkung aufgehoben"
        COMMIT = "commit", "Mittelbindung"
        RELEASE = "release", "Mittelbindung aufgehoben"
        PAY = "pay", "Auszahlung"
        PAY_BACK = "pay_back", "Rückzahlung"
        TRANSFER_OUT = "transfer_out", "Umbuchung ab"
        TRANSFER_IN = "transfer_in", "Umbuchung zu"
        CARRY_OUT = "carry_out", "Übertrag ins Folgejahr"
        CARRY_IN = "carry_in", "Übertrag aus Vorjahr"
        LATE_REPAYMENT = "late_repayment", "Rückzahlung aus Vorjahren"
        SUPPLEMENT = "supplement", "Verstärkung"
        LAPSE = "lapse", "verfallener Rest"

    class Occasion(models.TextChoices):
        """On what occasion a pot is given money, or loses it, without a decision, an expense or a transfer."""

        YEAR = "year", "Eröffnung des Haushaltsjahres"
        POT = "pot", "Geldquelle des Sondertopfs"
        CLOSING = "closing", "Jahresabschluss"

    # Without an index of its own: the index of the statement begins with the pot.
    pot = models.ForeignKey(Pot, models.PROTECT, db_index=False, related_name="entries", verbose_name="Topf")
    kind = models.CharField("Bewegung", max_length=15, choices=Kind.choices)
    amount = MoneyField("Betrag")
    application = models.ForeignKey(
        Application, models.PROTECT, null=True, blank=True, related_name="entries", verbose_name="Antrag"
    )
    # Without an index: nothing asks for the bookings of a single decision.
    decision = models.ForeignKey(
        Decision,
        models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="entries",
        verbose_name="Entscheidung",
    )
    expense = models.ForeignKey(
        Expense, models.PROTECT, null=True, blank=True, related_name="entries", verbose_name="Ausgabe"
    )
    transfer = models.ForeignKey(
        Transfer, models.PROTECT, null=True, blank=True, related_name="entries", verbose_name="Umbuchung"
    )
    occasion = models.CharField("Anlass", max_length=7, choices=Occasion.choices, blank=True)
    actor = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="gebucht von")
    value_date = models.DateField("Wertstellung")
    recorded_at = models.DateTimeField("gebucht am", auto_now_add=True)
    text = fields.CharField("Buchungstext", max_length=200, blank=True)

    class Meta:
        verbose_name = "Buchung"
        verbose_name_plural = "Buchungen"
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="entry_amount_positive"),
            models.CheckConstraint(
                condition=_caused_by("application", "decision")
                | _caused_by("expense")
                | _caused_by("transfer")
                | _caused_by(occasions=("year", "pot", "closing")),
                name="entry_names_one_cause",
            ),
            models.CheckConstraint(
                condition=Q(
                    kind__in=[
                        "allot",
                        "reserve",
                        "unreserve",
                        "commit",
                        "release",
                        "pay",
                        "pay_back",
                        "transfer_out",
                        "transfer_in",
                        "carry_out",
                        "carry_in",
                        "late_repayment",
                        "supplement",
                        "lapse",
                    ]
                ),
                name="entry_kind_known",
            ),
            stored_types(
                "entry_types",
                integers="pot amount application decision expense transfer actor",
                texts="kind occasion text",
                days="value_date",
                moments="recorded_at",
            ),
        ]
        indexes = [
            # For a pot's newest bookings, and for sums up to one of them, without reading the rows.
            models.Index(fields=["pot", "id", "kind", "amount"], name="entry_statement"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.amount} {self.pot}"
