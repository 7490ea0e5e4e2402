"""The bank's balance against the ledger, line by line: what stands on the statements, and what the books say of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from funding.models import Expense, LedgerEntry, Step
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
    expenses: Sequence[Expense]
    more_expenses: int
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
        gaps=[
            (one, two)
            for one, two in pairwise(statements)
            if one.closing != two.opening and two.opened_on >= one.closed_on
        ],
        released=Payment.objects.off_since(account, last.closed_on),
    )


def with_books() -> WithBooks | None:
    """Return the books beside the statements, for the days that the statements tell of. Eight queries."""
    statements = list(BankStatement.objects.order_by("opened_on"))
    if not statements:
        return None
    since, until = statements[0].opened_on, max(statement.closed_on for statement in statements)
    days: dict[str, Any] = {"value_date__gt": since, "value_date__lte": until}
    books = LedgerEntry.objects.filter(kind__in=("pay", "pay_back"), **days).aggregate(
        paid=Sum("amount", filter=Q(decision__step=Step.PAY)),
        bounced=Sum("amount", filter=Q(decision__step=Step.BOUNCE)),
        repaid=Sum("amount", filter=Q(decision__step=Step.REPAY)),
        spent=Sum("amount", filter=Q(expense__isnull=False, kind="pay")),
        reversed=Sum("amount", filter=Q(expense__isnull=False, kind="pay_back")),
    )
    bank = StatementEntry.objects.aggregate(
        paid=Sum("amount", filter=Q(use__in=(Use.BATCH, Use.PAYMENT))),
        bounced=Sum("amount", filter=Q(use=Use.RETURN)),
        repaid=Sum(
            "amount", filter=Q(use=Use.REPAYMENT) & (Q(change__isnull=True) | Q(change__state="confirmed"))
        ),
        spent=Sum("amount", filter=Q(use=Use.EXPENSE)),
    )
    euro = {name: value or ZERO for name, value in books.items()}
    seen = {name: value or ZERO for name, value in bank.items()}
    payments = without_entry(Payment.objects.filter(executed_on__gt=since, executed_on__lte=until))
    expenses = Expense.objects.filter(
        statement_entry__isnull=True, call__isnull=True, reverses__isnull=True, on__gt=since, on__lte=until
    )
    return WithBooks(
        since=since,
        until=until,
        rows=[
            Compared("Zahlungen", -euro["paid"], seen["paid"]),
            Compared("Rückläufe der Bank", euro["bounced"], seen["bounced"]),
            Compared("Rückzahlungen", euro["repaid"], seen["repaid"]),
            Compared("Gemeinkosten", euro["reversed"] - euro["spent"], seen["spent"]),
        ],
        payments=list(payments.select_related("decision__application__project", "expense")[:SHOWN]),
        more_payments=max(0, payments.count() - SHOWN),
        expenses=list(expenses[:SHOWN]),
        more_expenses=max(0, expenses.count() - SHOWN),
        half_booked=list(PaymentBatch.objects.filter(entry__isnull=False, state=PaymentBatch.State.RELEASED)),
    )


def without_entry(payments: "QuerySet[Payment]") -> "QuerySet[Payment]":
    """Return those of these payments that stand on no statement."""
    own = StatementEntry.objects.filter(use=Use.PAYMENT).values("payment")
    return (
        payments.filter(Q(batch__isnull=True) | Q(batch__entry__isnull=True))
        .exclude(pk__in=own)
        .order_by("pk")
    )
