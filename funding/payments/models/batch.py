"""What is paid: batches of payments, and each payment."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Self

from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Sum
from django.urls import reverse
from django.utils import timezone

from funding.models import Decision, Expense
from funding.payments.models.call import PaymentCall
from funding.payments.models.own_account import OwnAccount
from funding.payments.models.payee_account import PayeeAccount
from funding.payments.pain import LONGEST_ID
from members.common import fields
from members.common.checks import known, stored_types, within
from members.common.days import require_day
from members.common.money import ZERO, MoneyField
from members.models import User


class PaymentBatchQuerySet(models.QuerySet["PaymentBatch"]):
    def with_figures(self) -> Self:
        """Count and sum the payments of each batch: ``number``, ``total`` (euro), ``booked`` (how many).

        What the bank did not execute counts no more, unless the whole batch was taken apart.
        """
        stays = ~Q(payments__state=Payment.State.DROPPED) | Q(state=PaymentBatch.State.DISSOLVED)
        booked = Q(payments__state__in=(Payment.State.EXECUTED, Payment.State.RETURNED))
        return self.annotate(
            number=models.Count("payments", filter=stays),
            total=Sum("payments__amount", filter=stays, default=ZERO),
            booked=models.Count("payments", filter=booked),
        )


class PaymentBatch(models.Model):
    """Payments of one day from one account: one person puts them together, another releases them.

    The release makes the bank's file, once. Without a file each payment is typed into online banking.
    """

    class State(models.TextChoices):
        """Where it stands; ``transitions.BATCH`` says what leads where."""

        OPEN = "open", "in Vorbereitung"
        RELEASED = "released", "freigegeben"
        EXECUTED = "executed", "ausgeführt"
        DISSOLVED = "dissolved", "aufgelöst"

    account = models.ForeignKey(OwnAccount, models.PROTECT, related_name="batches", verbose_name="Konto")
    execution_day = models.DateField("Ausführung am", validators=[require_day])
    by_file = models.BooleanField("mit Datei für die Bank", default=True)
    state = models.CharField("Stand", max_length=10, choices=State.choices, default=State.OPEN)
    created_by = models.ForeignKey(
        User, models.PROTECT, related_name="+", verbose_name="zusammengestellt von"
    )
    created_on = models.DateField("zusammengestellt am")
    released_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="freigegeben von"
    )
    released_on = models.DateField("freigegeben am", null=True, blank=True)
    #: The moment that the file names, so that it can be made again to the same bytes.
    released_at = models.DateTimeField("freigegeben", null=True, blank=True)
    sha256 = models.CharField("Prüfsumme der Datei", max_length=64, blank=True)
    closed_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="abgeschlossen von"
    )
    closed_on = models.DateField("abgeschlossen am", null=True, blank=True)
    reason = fields.TextField("Grund der Auflösung", blank=True)

    objects = PaymentBatchQuerySet.as_manager()

    class Meta:
        verbose_name = "Zahlungslauf"
        verbose_name_plural = "Zahlungsläufe"
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    state__in=["open", "dissolved"],
                    released_by__isnull=True,
                    released_on__isnull=True,
                    released_at__isnull=True,
                )
                | Q(
                    state__in=["released", "executed", "dissolved"],
                    released_by__isnull=False,
                    released_on__isnull=False,
                    released_at__isnull=False,
                ),
                name="batch_says_who_released",
            ),
            models.CheckConstraint(
                condition=Q(released_by__isnull=True) | ~Q(released_by=F("created_by")),
                name="batch_released_by_another",
            ),
            models.CheckConstraint(
                condition=Q(sha256="") | Q(by_file=True, released_by__isnull=False),
                name="batch_file_after_release",
            ),
            models.CheckConstraint(
                condition=Q(
                    state__in=["open", "released"], closed_by__isnull=True, closed_on__isnull=True, reason=""
                )
                | Q(state="executed", closed_by__isnull=False, closed_on__isnull=False, reason="")
                | (
                    Q(state="dissolved", closed_by__isnull=False, closed_on__isnull=False)
                    & (Q(released_by__isnull=True) | ~Q(reason=""))
                ),
                name="batch_says_who_closed",
            ),
            within("batch_days_within", days="execution_day"),
            stored_types(
                "batch_types",
                integers="account created_by released_by closed_by",
                texts="state sha256 reason",
                flags="by_file",
                days="execution_day created_on released_on closed_on",
                moments="released_at",
            ),
            known("batch_words_known", state=["open", "released", "executed", "dissolved"]),
        ]

    def __str__(self) -> str:
        return f"Zahlungslauf Nr. {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("payments:batch", args=[self.pk])

    @property
    def message_id(self) -> str:
        """Return by which id the bank knows its file."""
        return f"ZL-{self.pk:06d}"

    @property
    def is_open(self) -> bool:
        return self.state == self.State.OPEN

    @property
    def is_released(self) -> bool:
        return self.state == self.State.RELEASED

    @property
    def is_due(self) -> bool:
        """Return whether the bank can have executed it by now."""
        return self.execution_day <= timezone.localdate()

    @property
    def is_executed(self) -> bool:
        return self.state == self.State.EXECUTED

    @property
    def is_closed(self) -> bool:
        return self.state in (self.State.EXECUTED, self.State.DISSOLVED)


class PaymentQuerySet(models.QuerySet["Payment"]):
    def with_changes(self) -> Self:
        """Add ``account_waits``: since it was put in, an account of the payee was entered that nobody has confirmed yet."""
        waiting = PayeeAccount.objects.waiting().filter(payee=OuterRef("account__payee"))
        return self.annotate(account_waits=Exists(waiting))

    def for_work(self) -> Self:
        """Return the payments in their order, with all that is asked and written about them."""
        return self.select_related(
            "call__application__project", "call__application__pot__district", "call__application__pot__year", "call__expense__pot__year", "call__payee__organisation",
            "call__payee__person", "account__payee__organisation", "account__payee__person",
        ).order_by("pk")  # fmt: skip

    def live(self) -> Self:
        """Return the payments that are going out or went out and did not come back."""
        return self.filter(state__in=(Payment.State.PLANNED, Payment.State.EXECUTED))

    def off_since(self, account: OwnAccount, day: date, *, read_on: date) -> Decimal:
        """Return the euro that left the account after this local date, or are released to leave it.

        A balance that was read on its own day does not know what left later on that day: all of that day counts.
        What stands on a statement does not, booked or not.
        """
        known = min(day, read_on - timedelta(days=1))
        leaving = Q(
            state=Payment.State.PLANNED, batch__state=PaymentBatch.State.RELEASED, batch__entry__isnull=True
        )
        left = Q(
            state=Payment.State.EXECUTED,
            executed_on__gt=known,
            batch__entry__isnull=True,
            entries__isnull=True,
        )
        found = self.filter(leaving | left, batch__account=account).aggregate(total=Sum("amount"))
        return found["total"] or ZERO


class Payment(models.Model):
    """One payment of a batch (euro), or one "vor Einführung": booked before there were batches.

    ``account`` is the payee's as at the release. ``decision`` is the booking in the core, ``bounce`` the one that
    took it back because the bank had sent the money back. One for an ``expense`` has neither: entries of the ledger name it.
    """

    class State(models.TextChoices):
        """Where it stands; ``transitions.PAYMENT`` says what leads where."""

        PLANNED = "planned", "vorgesehen"
        EXECUTED = "executed", "bezahlt"
        RETURNED = "returned", "zurückgekommen"
        DROPPED = "dropped", "nicht ausgeführt"

    class Verified(models.TextChoices):
        """What the payee's bank answered when it compared name and IBAN (Verification of Payee)."""

        MATCH = "match", "stimmt überein"
        CLOSE = "close", "fast gleich"
        NO_MATCH = "no_match", "stimmt nicht überein"
        UNKNOWN = "unknown", "nicht prüfbar"

    batch = models.ForeignKey(
        PaymentBatch,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="payments",
        verbose_name="Zahlungslauf",
    )
    call = models.ForeignKey(
        PaymentCall, models.PROTECT, null=True, blank=True, related_name="payments", verbose_name="Abruf"
    )
    expense = models.ForeignKey(
        Expense, models.PROTECT, null=True, blank=True, related_name="payments", verbose_name="Ausgabe"
    )
    amount = MoneyField("Betrag")
    account = models.ForeignKey(
        PayeeAccount,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="payments",
        verbose_name="Bankverbindung",
    )
    end_to_end = models.CharField("Referenz", max_length=LONGEST_ID, blank=True)
    state = models.CharField("Stand", max_length=10, choices=State.choices, default=State.PLANNED)
    verified = models.CharField("Antwort der Bank", max_length=8, choices=Verified.choices, blank=True)
    verified_name = fields.CharField("Name nach Auskunft der Bank", max_length=140, blank=True)
    verified_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="Antwort erfasst von"
    )
    accepted_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="trotzdem bestätigt von"
    )
    accepted_because = fields.TextField("Warum trotzdem gezahlt wird", blank=True)
    executed_on = models.DateField("bezahlt am", null=True, blank=True)
    decision = models.OneToOneField(
        Decision, models.PROTECT, null=True, blank=True, related_name="payment", verbose_name="Buchung"
    )
    returned_on = models.DateField("zurückgekommen am", null=True, blank=True)
    returned_because = fields.CharField("Grund der Bank", max_length=300, blank=True)
    bounce = models.OneToOneField(
        Decision,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="returned_payment",
        verbose_name="Rückbuchung",
    )

    objects = PaymentQuerySet.as_manager()

    class Meta:
        verbose_name = "Zahlung"
        verbose_name_plural = "Zahlungen"
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="payment_amount_positive"),
            models.CheckConstraint(
                condition=(
                    Q(batch__isnull=False, call__isnull=False, account__isnull=False) & ~Q(end_to_end="")
                )
                | Q(
                    batch__isnull=True,
                    call__isnull=True,
                    decision__isnull=False,
                    account__isnull=True,
                    end_to_end="",
                ),
                name="payment_of_a_call_or_before",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["planned", "dropped"], decision__isnull=True, executed_on__isnull=True)
                | Q(
                    state__in=["executed", "returned"],
                    decision__isnull=False,
                    expense__isnull=True,
                    executed_on__isnull=False,
                )
                | Q(
                    state__in=["executed", "returned"],
                    decision__isnull=True,
                    expense__isnull=False,
                    executed_on__isnull=False,
                ),
                name="payment_executed_is_booked",
            ),
            models.CheckConstraint(
                condition=(
                    Q(state="returned", returned_on__isnull=False)
                    & ~Q(returned_because="")
                    & (
                        Q(bounce__isnull=False, expense__isnull=True)
                        | Q(bounce__isnull=True, expense__isnull=False)
                    )
                )
                | (
                    Q(bounce__isnull=True, returned_on__isnull=True, returned_because="")
                    & ~Q(state="returned")
                ),
                name="payment_returned_is_booked",
            ),
            models.CheckConstraint(
                condition=Q(verified="", verified_name="", verified_by__isnull=True)
                | (~Q(verified="") & Q(verified_by__isnull=False)),
                name="payment_says_who_asked_the_bank",
            ),
            models.CheckConstraint(
                condition=Q(accepted_by__isnull=True, accepted_because="")
                | (
                    Q(verified="no_match", accepted_by__isnull=False)
                    & ~Q(accepted_by=F("verified_by"))
                    & ~Q(accepted_because="")
                ),
                name="payment_accepted_by_another",
            ),
            models.CheckConstraint(
                condition=~Q(
                    state__in=["executed", "returned"], verified="no_match", accepted_by__isnull=True
                ),
                name="payment_without_match_is_accepted",
            ),
            models.UniqueConstraint(
                fields=["call"],
                condition=Q(state__in=["planned", "executed"]),
                name="one_live_payment_per_call",
            ),
            models.UniqueConstraint(
                fields=["end_to_end"], condition=~Q(end_to_end=""), name="payment_reference_once"
            ),
            within("payment_days_within", days="executed_on returned_on"),
            stored_types(
                "payment_types",
                integers="batch call expense amount account verified_by accepted_by decision bounce",
                texts="end_to_end state verified verified_name accepted_because returned_because",
                days="executed_on returned_on",
            ),
            known(
                "payment_words_known",
                state=["planned", "executed", "returned", "dropped"],
                verified=["", "match", "close", "no_match", "unknown"],
            ),
        ]

    def __str__(self) -> str:
        return f"Zahlung Nr. {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("payments:payment", args=[self.pk])

    @property
    def is_former(self) -> bool:
        """Return whether it is "vor Einführung": of no batch, booked before there were any."""
        return self.batch_id is None

    @property
    def remittance(self) -> str:
        """Return what the payee reads on the statement: the number of project or expense, and the call's reference."""
        return f"{self.for_call.number} {self.for_call.reference}"

    @property
    def for_call(self) -> PaymentCall:
        """Return its call. A payment "vor Einführung" has none."""
        assert self.call is not None
        return self.call

    @property
    def of_batch(self) -> PaymentBatch:
        """Return its batch. A payment "vor Einführung" has none."""
        assert self.batch is not None
        return self.batch

    @property
    def needs_second_look(self) -> bool:
        """Return whether the bank knows the account under another name and nobody has confirmed it yet."""
        return self.verified == self.Verified.NO_MATCH and self.accepted_by_id is None
