"""The bank's balance against the ledger, line by line: what stands on the statements, and what the books say of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum

from funding.models import LedgerEntry, Step
from funding.payments.models import BankStatement, OwnAccount, Payment, PaymentBatch, StatementEntry
from members.common.money import ZERO

Use, State = StatementEntry.Use, StatementEntry.State
#: Rows that are named one by one.
SHOWN = 20
#: What was matched, in the order of the page.
LINES = (
    ("Geld der Stadt", Q(use=Use.INSTALMENT)),
    ("Sondermittel", Q(use=Use.SPECIAL)),
    ("Rückzahlungen", Q(use=Use.REPAYMENT, change__isnull=True) | Q(use=Use.REPAYMENT, change__state="confirmed")),
    ("Rückzahlungen, die auf die zweite Person warten", Q(use=Use.REPAYMENT, change__state="requested")),
    ("Rückläufe der Bank", Q(use=Use.RETURN)),
    ("Zahlungen", Q(use__in=(Use.BATCH, Use.PAYMENT))),
    ("Gemeinkosten", Q(use=Use.EXPENSE)),
    ("zur Seite gelegt", Q(state=State.ASIDE)),
    ("eingegangen, noch nicht zugeordnet", StatementEntry.waiting() & Q(amount__gt=0)),
    ("abgegangen, noch nicht zugeordnet", StatementEntry.waiting() & Q(amount__lt=0)),
)  # fmt: skip


@dataclass(frozen=True)
class Line:
    """A line of the page: how many entries of which signed sum (euro)."""

    label: str
    number: int
    amount: Decimal


@dataclass
class OfAccount:
    """What the statements of an account add up to."""

    account: OwnAccount
    first: BankStatement
    last: BankStatement
    lines: list[Line]
    gaps: list[tuple[BankStatement, BankStatement]]
    released: Decimal

    @property
    def computed(self) -> Decimal:
        return self.first.opening + sum((line.amount for line in self.lines), ZERO)

    @property
    def difference(self) -> Decimal:
        """Return the euro that no entry explains: a statement is missing."""
        return self.last.closing - self.computed


@dataclass(frozen=True)
class Compared:
    """One kind of booking: its sum in the books and on the statements (signed euro, what came in is positive)."""

    label: str
    books: Decimal
    bank: Decimal

    @property
    def difference(self) -> Decimal:
        return self.books - self.bank


@dataclass
class WithBooks:
    """What the books say of the days of the statements, and what stands in one place only."""

    since: date
    until: date
    rows: list[Compared]
    payments: Sequence[Payment]
    more_payments: int
    expenses: Sequence[LedgerEntry]
    more_expenses: int
    returns: int
    returned: Decimal
    half_booked: Sequence[PaymentBatch]

    @property
    def difference(self) -> Decimal:
        return sum((row.difference for row in self.rows), ZERO)


def of_accounts() -> list[OfAccount]:
    """Return each account that has a statement. Three queries for each."""
    found = []
    for account in OwnAccount.objects.filter(statements__isnull=False).distinct():
        statements = list(BankStatement.objects.filter(account=account).in_order())
        found.append(_of_account(account, statements))
    return found


def _of_account(account: OwnAccount, statements: list[BankStatement]) -> OfAccount:
    entries = StatementEntry.objects.filter(statement__account=account)
    asked: dict[str, Any] = {}
    for index, (_, condition) in enumerate(LINES):
        asked[f"number_{index}"] = Count("pk", filter=condition)
        asked[f"sum_{index}"] = Sum("amount", filter=condition)
    sums = entries.aggregate(**asked)
    last = max(statements, key=lambda each: (each.closed_on, -each.opened_on.toordinal(), each.pk))
    return OfAccount(
        account=account,
        first=min(statements, key=lambda each: (each.opened_on, each.pk)),
        last=last,
        lines=[
            Line(label, sums[f"number_{index}"], sums[f"sum_{index}"] or ZERO)
            for index, (label, _) in enumerate(LINES)
        ],
        gaps=[(one, two) for one, two in pairwise(statements) if two.leaves_a_gap_after(one)],
        released=Payment.objects.off_since(account, last.closed_on, read_on=last.loaded_on),
    )


def with_books() -> WithBooks | None:
    """Return the books beside the statements, for the days that the statements tell of. Eight queries."""
    statements = list(BankStatement.objects.order_by("opened_on"))
    if not statements:
        return None
    since, until = statements[0].opened_on, max(statement.closed_on for statement in statements)
    days: dict[str, Any] = {"value_date__gt": since, "value_date__lte": until}
    moves = LedgerEntry.objects.filter(kind__in=("pay", "pay_back"), **days)
    # A reversal is an expense of its own; what the bank sent back names the expense that it paid.
    reversal, by_batch = Q(expense__reverses__isnull=False), Q(expense__call__isnull=False)
    books = _euro(
        moves.aggregate(
            paid=Sum("amount", filter=Q(decision__step=Step.PAY)),
            overhead=Sum("amount", filter=by_batch & Q(kind="pay")),
            bounced=Sum("amount", filter=Q(decision__step=Step.BOUNCE)),
            bounced_overhead=Sum("amount", filter=Q(expense__isnull=False, kind="pay_back") & ~reversal),
            repaid=Sum("amount", filter=Q(decision__step=Step.REPAY)),
            spent=Sum("amount", filter=Q(expense__isnull=False, kind="pay") & ~by_batch),
            reversed=Sum("amount", filter=reversal & Q(kind="pay_back")),
        )
    )
    bank = _euro(
        StatementEntry.objects.aggregate(
            bounced=Sum("amount", filter=Q(use=Use.RETURN)),
            repaid=Sum(
                "amount",
                filter=Q(use=Use.REPAYMENT) & (Q(change__isnull=True) | Q(change__state="confirmed")),
            ),
            spent=Sum("amount", filter=Q(use=Use.EXPENSE)),
        )
    )
    executed = Q(executed_on__gt=since, executed_on__lte=until)
    returned = Q(returned_on__gt=since, returned_on__lte=until, back=False)
    paid = Payment.objects.annotate(ticked=_TICKED, back=Exists(_entries(Use.RETURN))).aggregate(
        grants=Sum("amount", filter=Q(ticked=True, expense__isnull=True)),
        overhead=Sum("amount", filter=Q(ticked=True, expense__isnull=False)),
        missing=Count("pk", filter=executed & Q(ticked=False)),
        returns=Count("pk", filter=returned),
        returned=Sum("amount", filter=returned),
    )
    payments = without_entry(Payment.objects.filter(executed))
    expenses = moves.filter(
        expense__isnull=False, expense__statement_entry__isnull=True, expense__call__isnull=True
    ).order_by("pk")
    return WithBooks(
        since=since,
        until=until,
        rows=[
            Compared("Zahlungen an Projekte", -books["paid"], -(paid["grants"] or ZERO)),
            Compared("Gemeinkosten per Zahlungslauf", -books["overhead"], -(paid["overhead"] or ZERO)),
            Compared("Rückläufe der Bank", books["bounced"] + books["bounced_overhead"], bank["bounced"]),
            Compared("Rückzahlungen", books["repaid"], bank["repaid"]),
            Compared("Gemeinkosten ohne Zahlungslauf", books["reversed"] - books["spent"], bank["spent"]),
        ],
        payments=list(payments.select_related("decision__application__project", "expense")[:SHOWN]),
        more_payments=max(0, paid["missing"] - SHOWN),
        expenses=list(expenses.select_related("expense")[:SHOWN]),
        more_expenses=max(0, expenses.count() - SHOWN),
        returns=paid["returns"],
        returned=paid["returned"] or ZERO,
        half_booked=list(PaymentBatch.objects.filter(entry__isnull=False, state=PaymentBatch.State.RELEASED)),
    )


def _euro(sums: dict[str, Any]) -> dict[str, Decimal]:
    return {name: value or ZERO for name, value in sums.items()}


def _entries(use: str) -> "QuerySet[StatementEntry]":
    """Return the entries of this use of the payment around."""
    return StatementEntry.objects.filter(use=use, payment=OuterRef("pk"))


#: Whether a payment stands on a statement: by itself, or with its batch as one sum.
_TICKED = Exists(_entries(Use.PAYMENT)) | Exists(StatementEntry.objects.filter(batch=OuterRef("batch")))


def without_entry(payments: "QuerySet[Payment]") -> "QuerySet[Payment]":
    """Return those of these payments that stand on no statement."""
    return payments.filter(~_TICKED).order_by("pk")
