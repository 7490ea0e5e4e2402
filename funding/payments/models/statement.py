"""The bank's statements, and each line of them with what it was matched with."""

from collections.abc import Sequence
from decimal import Decimal
from itertools import groupby, pairwise
from operator import attrgetter
from typing import Any, Self

from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Sum
from django.urls import reverse

from funding.models import Decision, Expense, FiscalYear, GrantChange, LedgerEntry, Pot
from funding.payments.models.batch import Payment, PaymentBatch
from funding.payments.models.own_account import OwnAccount
from members.common import fields
from members.common.checks import known, stored_types, within
from members.common.iban import IBANField
from members.common.money import ZERO, MoneyField
from members.models import User


class BankStatementQuerySet(models.QuerySet["BankStatement"]):
    def in_order(self) -> "list[BankStatement]":
        """Return an account's statements as the bank wrote them, oldest first.

        Of those that end on one day, each stands after the one that it follows.
        """
        found: list[BankStatement] = []
        rows: list[Any] = list(self.order_by("closed_on", "opened_on", "pk"))
        for _, same in groupby(rows, key=attrgetter("closed_on")):
            left = list(same)
            while left:
                following = [each for each in left if found and each.follows(found[-1])]
                begins = [each for each in left if not any(each.follows(other) for other in left)]
                found.append((following or begins or left)[0])
                left.remove(found[-1])
        return found

    def newest(self) -> "BankStatement | None":
        """Return the last of an account's statements."""
        day = self.order_by("-closed_on").values("closed_on")[:1]
        return next(reversed(self.filter(closed_on=models.Subquery(day)).in_order()), None)

    def with_figures(self) -> Self:
        """Count each statement's entries: ``number_of_entries`` of all, and ``open``."""
        return self.annotate(
            number_of_entries=models.Count("entries"),
            open=models.Count("entries", filter=StatementEntry.waiting("entries__")),
        )


class BankStatement(models.Model):
    """A statement of one of the association's accounts (euro): opening + its entries = closing. Never changed.

    ``sha256`` is the file in which it came; a ZIP brings several.
    """

    account = models.ForeignKey(OwnAccount, models.PROTECT, related_name="statements", verbose_name="Konto")
    bank_id = fields.CharField("Kennung der Bank", max_length=100)
    number = fields.CharField("Nummer", max_length=40, blank=True)
    opening = MoneyField("Anfangssaldo")
    opened_on = models.DateField("Anfangssaldo am")
    closing = MoneyField("Endsaldo")
    closed_on = models.DateField("Endsaldo am")
    sha256 = models.CharField("Prüfsumme der Datei", max_length=64)
    loaded_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="geladen von")
    loaded_on = models.DateField("geladen am")

    objects = BankStatementQuerySet.as_manager()

    class Meta:
        verbose_name = "Kontoauszug"
        verbose_name_plural = "Kontoauszüge"
        ordering = ["-closed_on", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["account", "bank_id"], name="statement_once"),
            models.CheckConstraint(
                condition=~Q(bank_id="") & ~Q(sha256="") & Q(closed_on__gte=F("opened_on")),
                name="statement_is_told",
            ),
            within("statement_days_within", days="opened_on closed_on"),
            stored_types(
                "statement_types",
                integers="account opening closing loaded_by",
                texts="bank_id number sha256",
                days="opened_on closed_on loaded_on",
            ),
        ]

    def __str__(self) -> str:
        return f"Kontoauszug {self.number or f'Nr. {self.pk}'} vom {self.closed_on:%d.%m.%Y}"

    def get_absolute_url(self) -> str:
        return reverse("payments:statement", args=[self.pk])

    def follows(self, before: "BankStatement") -> bool:
        """Return whether this one begins with the balance with which that one ends: they have no entry in common.

        Where that one ends as it began, its balance says nothing.
        """
        return (
            before.opening != before.closing == self.opening
            and before.opened_on <= self.opened_on
            and before.closed_on <= self.closed_on
        )

    #: A statement says what is on the account, as a ``Balance`` does.
    @property
    def amount(self) -> Decimal:
        return self.closing

    @property
    def day(self) -> Any:
        return self.closed_on

    @property
    def read_on(self) -> Any:
        return self.loaded_on

    @property
    def reason(self) -> str:
        return str(self)


def gaps(statements: Sequence[BankStatement]) -> list[tuple[BankStatement, BankStatement]]:
    """Return between which of these statements of an account, in their order, one is missing.

    None is where a longer one has the days between them: the second is of a day that it has too.
    """
    return [
        (one, two)
        for one, two in pairwise(statements)
        if one.closing != two.opening
        and two.opened_on >= one.closed_on
        and not any(two.follows(each) for each in statements)
        and not any(
            each.opened_on <= one.closed_on and two.opened_on <= each.closed_on
            for each in statements
            if each not in (one, two)
        )
    ]


def on_statements(
    payments: "models.QuerySet[Payment]", entries: "models.QuerySet[StatementEntry] | None" = None
) -> Any:
    """Add whether a statement says that each payment went (``ticked``) and that it came ``back``.

    A payment stands on a statement by itself, or with its batch as one sum. ``entries`` are those to look at: all.
    """
    found = StatementEntry.objects.all() if entries is None else entries
    own = found.filter(payment=OuterRef("pk"))
    of_batch = found.filter(batch=OuterRef("batch"))
    return payments.annotate(
        ticked=Exists(own.filter(use=StatementEntry.Use.PAYMENT)) | Exists(of_batch),
        back=Exists(own.filter(use=StatementEntry.Use.RETURN)),
    )


#: The columns of an entry that say what it was matched with.
LINKS = ("batch", "payment", "year", "pot", "raised", "decision", "change", "expense", "interest")


def _only(use: str, *filled: str, sign: int = 0) -> Q:
    """Return the condition that an entry of this use has these rows and no other, and moves money that way."""
    condition = Q(use=use, **{f"{link}__isnull": link not in filled for link in LINKS})
    if sign:
        condition &= Q(amount__gt=0) if sign > 0 else Q(amount__lt=0)
    return condition


class StatementEntryQuerySet(models.QuerySet["StatementEntry"]):
    def waiting(self) -> Self:
        """Return the entries of which nobody has said what they are."""
        return self.filter(StatementEntry.waiting())

    def done(self) -> Self:
        return self.exclude(StatementEntry.waiting())

    def paid_to_city(self, year: FiscalYear) -> Decimal:
        """Return the euro that were paid back to the city of what lapsed when the year was closed."""
        return -self.filter(use=StatementEntry.Use.TO_CITY, year=year).total()

    def counted(self) -> Self:
        """Leave out what is counted as an entry of another statement."""
        return self.exclude(state=StatementEntry.State.AGAIN)

    def same_as(self, entry: "StatementEntry") -> Self:
        """Return the entries of the account's other statements that the entry can be."""
        account = entry.statement.account_id
        of_others = self.filter(statement__account=account, amount=entry.amount).exclude(
            statement=entry.statement_id
        )
        return of_others.counted()

    def for_work(self) -> Self:
        """Return the entries in their order, with all that is shown of them."""
        return self.select_related(
            "statement__account", "batch", "payment__call__application__project", "year", "pot__year", "pot__district",
            "decision__application__project", "change__application__project", "interest__application__project", "expense",
            "done_by__person",
            "same_as__statement", "further_by__person",
        ).order_by("statement__closed_on", "statement", "position", "part")  # fmt: skip

    def total(self) -> Decimal:
        """Return the signed sum in euro."""
        return self.aggregate(total=Sum("amount"))["total"] or ZERO


class StatementEntry(models.Model):
    """One line of a statement (signed euro), or one of several transactions of a line. The bank's words stay.

    ``use`` says what it was matched with; its row is one of those below. ``raised`` is the booking of more money for a
    special pot, ``change`` the request where two people must repay. ``interest`` is the booking of interest: of all of it, or
    of what was more than the repayment. A return that the bank paid less its fee has the fee as
    ``expense``; money that came in as an expense is a refund, and has the reversal.
    ``same_as`` is the entry of another statement that it was taken for: it is counted there. ``further`` says why it is not.
    """

    class State(models.TextChoices):
        """Where it stands; ``statement_transitions.MOVES`` says what leads where."""

        OPEN = "open", "offen"
        MATCHED = "matched", "zugeordnet"
        ASIDE = "aside", "zur Seite gelegt"
        AGAIN = "again", "anderswo gezählt"

    class Use(models.TextChoices):
        """What it was: money that went out, came back, or came in."""

        BATCH = "batch", "Zahlungslauf"
        PAYMENT = "payment", "Zahlung"
        RETURN = "return", "Rücklauf"
        INSTALMENT = "instalment", "Geld der Stadt"
        SPECIAL = "special", "Sondermittel"
        REPAYMENT = "repayment", "Rückzahlung"
        INTEREST = "interest", "Zinsen"
        EXPENSE = "expense", "Gemeinkosten"
        TO_CITY = "to_city", "zurückgezahlt an die Stadt"

    statement = models.ForeignKey(
        BankStatement, models.PROTECT, related_name="entries", verbose_name="Kontoauszug"
    )
    position = models.PositiveIntegerField("Zeile")
    part = models.PositiveIntegerField("Teil der Zeile", default=0)
    amount = MoneyField("Betrag")
    booked_on = models.DateField("Buchungstag")
    valued_on = models.DateField("Wertstellung")
    reversal = models.BooleanField("Storno der Bank", default=False)
    fee = models.BooleanField("Entgelt der Bank", default=False)
    bank_reference = fields.CharField("Referenz der Bank", max_length=80, blank=True)
    message_id = fields.CharField("Kennung der Datei", max_length=80, blank=True)
    payment_info_id = fields.CharField("Kennung des Auftrags", max_length=80, blank=True)
    number = models.PositiveIntegerField("Anzahl Zahlungen", null=True, blank=True)
    end_to_end = fields.CharField("Referenz", max_length=80, blank=True)
    name = fields.CharField("Gegenseite", max_length=500, blank=True)
    iban = IBANField("IBAN der Gegenseite", blank=True)
    remittance = fields.CharField("Verwendungszweck", max_length=500, blank=True)
    return_reason = fields.CharField("Warum es zurückkam", max_length=500, blank=True)
    charges = MoneyField("Entgelte", default=ZERO)
    code = fields.CharField("Art nach der Bank", max_length=80, blank=True)
    text = fields.CharField("Buchungstext", max_length=500, blank=True)
    state = models.CharField("Stand", max_length=10, choices=State.choices, default=State.OPEN)
    use = models.CharField("Was es war", max_length=10, choices=Use.choices, blank=True)
    batch = models.OneToOneField(
        PaymentBatch, models.PROTECT, null=True, blank=True, related_name="entry", verbose_name="Zahlungslauf"
    )
    payment = models.ForeignKey(
        Payment, models.PROTECT, null=True, blank=True, related_name="entries", verbose_name="Zahlung"
    )
    year = models.ForeignKey(
        FiscalYear, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="Haushaltsjahr"
    )
    pot = models.ForeignKey(
        Pot, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="Sondertopf"
    )
    raised = models.OneToOneField(
        LedgerEntry, models.PROTECT, null=True, blank=True, related_name="statement_entry", verbose_name="Zugang"
    )  # fmt: skip
    decision = models.OneToOneField(
        Decision, models.PROTECT, null=True, blank=True, related_name="statement_entry", verbose_name="Buchung"
    )  # fmt: skip
    change = models.OneToOneField(
        GrantChange, models.PROTECT, null=True, blank=True, related_name="statement_entry", verbose_name="Antrag an die zweite Person"
    )  # fmt: skip
    interest = models.OneToOneField(
        Decision, models.PROTECT, null=True, blank=True, related_name="interest_entry", verbose_name="Buchung der Zinsen"
    )  # fmt: skip
    expense = models.OneToOneField(
        Expense, models.PROTECT, null=True, blank=True, related_name="statement_entry", verbose_name="Ausgabe"
    )  # fmt: skip
    reason = fields.CharField("Warum zur Seite gelegt", max_length=300, blank=True)
    same_as = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="repeated", verbose_name="dieselbe wie"
    )
    further = fields.CharField("Warum eine weitere Buchung", max_length=300, blank=True, default="")
    further_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="unterschieden von"
    )
    further_on = models.DateField("unterschieden am", null=True, blank=True)
    done_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="zugeordnet von"
    )
    done_on = models.DateField("zugeordnet am", null=True, blank=True)

    objects = StatementEntryQuerySet.as_manager()

    class Meta:
        verbose_name = "Buchung der Bank"
        verbose_name_plural = "Buchungen der Bank"
        ordering = ["statement", "position", "part"]
        constraints = [
            models.UniqueConstraint(fields=["statement", "position", "part"], name="entry_position_once"),
            models.UniqueConstraint(
                fields=["payment", "use"], condition=Q(payment__isnull=False), name="entry_of_a_payment_once"
            ),
            models.CheckConstraint(
                condition=Q(state="open", done_by__isnull=True, done_on__isnull=True, reason="", use="")
                | (Q(state="aside", done_by__isnull=False, done_on__isnull=False, use="") & ~Q(reason=""))
                | (Q(state="matched", done_by__isnull=False, done_on__isnull=False, reason="") & ~Q(use=""))
                | Q(state="again", done_by__isnull=True, done_on__isnull=True, reason="", use="")
                | Q(state="again", done_by__isnull=False, done_on__isnull=False, reason="", use=""),
                name="entry_says_who_matched",
            ),
            models.CheckConstraint(
                condition=Q(same_as__isnull=True, further="", further_by__isnull=True, further_on__isnull=True)
                & ~Q(state="again")
                | Q(state="again", same_as__isnull=False, further="", further_by__isnull=True, further_on__isnull=True)
                | Q(same_as__isnull=False, further_by__isnull=False, further_on__isnull=False)
                & ~Q(state="again")
                & ~Q(further=""),
                name="entry_says_why_it_is_another",
            ),
            models.CheckConstraint(
                condition=_only("")
                | _only("batch", "batch", sign=-1)
                | _only("payment", "payment", sign=-1)
                | _only("return", "payment", sign=1)
                | _only("return", "payment", "expense", sign=1)
                | _only("instalment", "year", sign=1)
                | _only("special", "pot", sign=1)
                | _only("special", "pot", "raised", sign=1)
                | _only("repayment", "decision", sign=1)
                | _only("repayment", "change", sign=1)
                | _only("repayment", "decision", "interest", sign=1)
                | _only("interest", "interest", sign=1)
                | _only("expense", "expense")
                | _only("to_city", "year", sign=-1),
                name="entry_use_has_its_row",
            ),
            within("entry_days_within", days="booked_on valued_on"),
            stored_types(
                "bank_entry_types",
                integers="statement position part amount number charges batch payment year pot raised decision change expense interest done_by same_as further_by",
                texts="bank_reference message_id payment_info_id end_to_end name iban remittance return_reason code text state use reason further",
                flags="reversal fee",
                days="booked_on valued_on done_on further_on",
            ),
            known(
                "bank_entry_words_known",
                state=["open", "matched", "aside", "again"],
                use=["", "batch", "payment", "return", "instalment", "special", "repayment", "interest", "expense", "to_city"],
            ),
        ]  # fmt: skip
        indexes = [
            # For how many are open: they are few among many.
            models.Index(fields=["id"], condition=Q(state="open"), name="bank_entry_open"),
        ]

    def __str__(self) -> str:
        return f"Buchung der Bank Nr. {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("payments:entry", args=[self.pk])

    @staticmethod
    def waiting(prefix: str = "") -> Q:
        """Return the condition that nobody has said what it is, or that the second person refused its repayment."""
        return Q(**{f"{prefix}state": "open"}) | Q(**{f"{prefix}change__state": "refused"})

    @property
    def is_waiting(self) -> bool:
        return self.state == self.State.OPEN or self.was_refused

    @property
    def was_refused(self) -> bool:
        """Return whether the second person refused the repayment, so that it has to be matched anew."""
        return self.change is not None and self.change.is_refused

    @property
    def waits_for_second(self) -> bool:
        return self.change is not None and self.change.waits

    @property
    def is_again(self) -> bool:
        """Return whether it is counted as an entry of another statement."""
        return self.state == self.State.AGAIN

    @property
    def taken_off(self) -> Decimal:
        """Return the bank's fee (euro) that is missing from money that it sent back."""
        return self.expense.amount if self.use == self.Use.RETURN and self.expense else ZERO

    @property
    def of_interest(self) -> Decimal:
        """Return the euro that are interest."""
        return self.interest.amount or ZERO if self.interest else ZERO

    @property
    def comes_in(self) -> bool:
        return self.amount > 0

    @property
    def application(self) -> Any:
        """Return the grant that it belongs to, or None."""
        if self.payment is not None:
            return self.payment.call.application if self.payment.call else None
        source = self.decision or self.change or self.interest
        return source.application if source is not None else None

    @property
    def looks(self) -> tuple[Any, ...]:
        """Return what two statements say alike of one entry: the bank's reference, else its words."""
        words = (self.end_to_end, self.iban, self.name, self.remittance)
        return (
            self.booked_on,
            self.amount,
            self.part,
            *((self.bank_reference,) if self.bank_reference else words),
        )

    @property
    def told(self) -> str:
        """Return what the bank says of it, in one line."""
        return " · ".join(filter(None, (self.name, self.remittance or self.text, self.return_reason)))

    @property
    def title(self) -> str:
        """Return what a list calls it: the bank's words, or else a reference."""
        return self.told or self.end_to_end or self.message_id or "ohne Angaben"
