"""What is spent from the overhead pot."""

from datetime import date
from decimal import Decimal

from django.db import models
from django.db.models import Q
from django.urls import reverse

from funding.models.pot import Pot
from members.common import fields
from members.common.checks import stored_types, within
from members.common.days import require_day
from members.common.money import MoneyField
from members.models import User


class Expense(models.Model):
    """One overhead expense in euro, or the counter-booking that reverses one (``reverses``).

    Never changed: whether it is paid, its ledger entries say. ``payee`` is internal: the ledger's text names neither payee nor purpose.
    """

    pot = models.ForeignKey(Pot, models.PROTECT, related_name="expenses", verbose_name="Topf")
    amount = MoneyField("Betrag")
    purpose = fields.CharField("Wofür", max_length=200)
    payee = fields.CharField("An wen", max_length=160)
    voucher = fields.CharField("Belegnummer", max_length=40, blank=True)
    dated = models.DateField("Belegdatum", validators=[require_day])
    reverses = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="reversal", verbose_name="Storno zu"
    )
    reason = fields.CharField("Grund des Stornos", max_length=300, blank=True)
    actor = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="gebucht von")
    on = models.DateField("Wertstellung")
    recorded_at = models.DateTimeField("gebucht am", auto_now_add=True)

    class Meta:
        verbose_name = "Gemeinkostenausgabe"
        verbose_name_plural = "Gemeinkostenausgaben"
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="expense_amount_positive"),
            models.CheckConstraint(condition=~Q(purpose="") & ~Q(payee=""), name="expense_says_what_for"),
            models.CheckConstraint(
                condition=Q(reverses__isnull=True, reason="") | (Q(reverses__isnull=False) & ~Q(reason="")),
                name="expense_reversal_has_reason",
            ),
            within("expense_days_within", days="dated on"),
            stored_types(
                "expense_types",
                integers="pot amount reverses actor",
                texts="purpose payee voucher reason",
                days="dated on",
                moments="recorded_at",
            ),
        ]

    def __str__(self) -> str:
        return f"Storno zu Ausgabe Nr. {self.reverses_id}" if self.reverses_id else f"Ausgabe Nr. {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("funding:expense", args=[self.pk])

    @property
    def effect(self) -> Decimal:
        """Return what it adds to the sum of expenses, in euro; negative for a counter-booking."""
        return -self.amount if self.reverses_id else self.amount

    @property
    def paid_on(self) -> date | None:
        """Return the day of the payment that stands: of its last one, unless the bank sent that back. Reads ``entries``."""
        moves = [entry for entry in self.entries.all() if entry.kind in ("pay", "pay_back")]
        return moves[-1].value_date if moves and moves[-1].kind == "pay" else None
