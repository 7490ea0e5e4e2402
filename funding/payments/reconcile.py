"""The bank's balance against the ledger, line by line: what stands on the statements, and what the books say of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, Max, Min, OuterRef, Q, QuerySet, Sum

from funding.models import LedgerEntry, Step
from funding.payments.models import BankStatement, OwnAccount, Payment, StatementEntry
from funding.payments.models.statement import gaps, on_statements
from members.common.money import ZERO

Use, State = StatementEntry.Use, StatementEntry.State
Days = tuple[date, date]
#: Rows that are named one by one.
SHOWN = 50
ONLY_BOOKS, OTHER_DAY = (
    "steht auf keinem Auszug",
    "steht auf dem Auszug, ist an einem Tag davor oder danach gebucht",
)
#: What was matched, in the order of the page: key in the address, label, which entries.
LINES: tuple[tuple[str, str, Q], ...] = (
    ("stadt", "Geld der Stadt", Q(use=Use.INSTALMENT)),
    ("sondermittel", "Sondermittel", Q(use=Use.SPECIAL)),
    ("rueckzahlungen", "Rückzahlungen",
     Q(use=Use.REPAYMENT, change__isnull=True) | Q(use=Use.REPAYMENT, change__state="confirmed")),
    ("zinsen", "Zinsen", Q(use=Use.INTEREST)),
    ("zweite-person", "Rückzahlungen, die auf die zweite Person warten", Q(use=Use.REPAYMENT, change__state="requested")),
    ("ruecklaeufe", "Rückläufe der Bank", Q(use=Use.RETURN)),
    ("zahlungen", "Zahlungen", Q(use__in=(Use.BATCH, Use.PAYMENT))),
    ("gemeinkosten", "Gemeinkosten", Q(use=Use.EXPENSE)),
    ("an-die-stadt", "zurückgezahlt an die Stadt", Q(use=Use.TO_CITY)),
    ("zur-seite", "zur Seite gelegt", Q(state=State.ASIDE)),
    ("eingang", "eingegangen, noch nicht zugeordnet", StatementEntry.waiting() & Q(amount__gt=0)),
    ("ausgang", "abgegangen, noch nicht zugeordnet", StatementEntry.waiting() & Q(amount__lt=0)),
)  # fmt: skip


@dataclass(frozen=True)
class Line:
    """A line of the page: how many entries of which signed sum (euro)."""

    key: str
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

    key: str
    label: str
    books: Decimal
    bank: Decimal

    @property
    def difference(self) -> Decimal:
        return self.books - self.bank


@dataclass(frozen=True)
class Loose:
    """What stands in the books only, or on the statements only. ``effect`` is what it adds to the difference (signed euro)."""

    day: date
    row: Any
    label: str
    why: str
    effect: Decimal


@dataclass
class WithBooks:
    """What the books say of the days of the statements, and what stands in one place only."""

    since: date
    until: date
    rows: list[Compared]
    loose: list[Loose]
    more: bool

    @property
    def difference(self) -> Decimal:
        return sum((row.difference for row in self.rows), ZERO)


def of_accounts() -> list[OfAccount]:
    """Return each account that has a statement. Three queries for each."""
    found = []
    for account in OwnAccount.objects.filter(statements__isnull=False).distinct():
        statements = BankStatement.objects.filter(account=account).in_order()
        found.append(_of_account(account, statements))
    return found


def _of_account(account: OwnAccount, statements: list[BankStatement]) -> OfAccount:
    entries = StatementEntry.objects.filter(statement__account=account)
    asked: dict[str, Any] = {}
    for index, (_, _, condition) in enumerate(LINES):
        asked[f"number_{index}"] = Count("pk", filter=condition)
        asked[f"sum_{index}"] = Sum("amount", filter=condition)
    sums = entries.aggregate(**asked)
    last = statements[-1]
    return OfAccount(
        account=account,
        first=min(statements, key=lambda each: each.opened_on),
        last=last,
        lines=[
            Line(key, label, sums[f"number_{index}"], sums[f"sum_{index}"] or ZERO)
            for index, (key, label, _) in enumerate(LINES)
        ],
        gaps=gaps(statements),
        released=Payment.objects.off_since(account, last.closed_on, read_on=last.loaded_on),
    )


def with_books() -> WithBooks | None:
    """Return the books beside the statements, for the days that the statements tell of. Seven queries."""
    days = BankStatement.objects.aggregate(
        opened=Min("opened_on"), closed=Max("closed_on"), booked=Min("entries__booked_on")
    )
    if days["opened"] is None:
        return None
    # Some banks date the first balance on the evening before, some on the day of the first entry.
    since = min(days["opened"] + timedelta(days=1), days["booked"] or date.max, days["closed"])
    return _compared((since, days["closed"]), StatementEntry.objects.all())


def books_of(within: Days) -> WithBooks:
    """Return the books of these days beside the statements' entries of these days. Six queries."""
    return _compared(
        within, StatementEntry.objects.filter(booked_on__range=within), "steht auf keinem Auszug dieser Tage"
    )


def _compared(within: Days, entries: "QuerySet[StatementEntry]", nowhere: str = ONLY_BOOKS) -> WithBooks:
    came = Q(kind="supplement", decision__step=Step.INTEREST)
    moves = LedgerEntry.objects.filter(Q(kind__in=("pay", "pay_back", "late_repayment")) | came)
    # A reversal is an expense of its own; what the bank sent back names the expense that it paid.
    reversal, by_batch = Q(expense__reverses__isnull=False), Q(expense__call__isnull=False)
    books = _euro(
        moves.filter(value_date__range=within).aggregate(
            paid=Sum("amount", filter=Q(decision__step=Step.PAY)),
            overhead=Sum("amount", filter=by_batch & Q(kind="pay")),
            bounced=Sum("amount", filter=Q(decision__step=Step.BOUNCE)),
            bounced_overhead=Sum("amount", filter=Q(expense__isnull=False, kind="pay_back") & ~reversal),
            repaid=Sum("amount", filter=Q(decision__step=Step.REPAY)),
            interest=Sum("amount", filter=came),
            spent=Sum("amount", filter=Q(expense__isnull=False, kind="pay") & ~by_batch),
            reversed=Sum("amount", filter=reversal & Q(kind="pay_back")),
        )
    )
    bank = _euro(
        entries.aggregate(
            bounced=Sum("amount", filter=Q(use=Use.RETURN)),
            kept=Sum("expense__amount", filter=Q(use=Use.RETURN)),
            repaid=Sum(
                "amount",
                filter=Q(use__in=(Use.REPAYMENT, Use.INTEREST))
                & (Q(change__isnull=True) | Q(change__state="confirmed")),
            ),
            spent=Sum("amount", filter=Q(use=Use.EXPENSE)),
        )
    )
    gone = _payments(entries).filter(ticked=True)
    paid = _euro(
        gone.aggregate(
            grants=Sum("amount", filter=Q(expense__isnull=True)),
            overhead=Sum("amount", filter=Q(expense__isnull=False)),
        )
    )
    payments = list(_loose_payments(within, entries)[: SHOWN + 1])
    others = list(_loose_moves(moves, within, entries)[: SHOWN + 1])
    half = gone.filter(state=Payment.State.PLANNED).select_related("batch").order_by("pk")[: SHOWN + 1]
    loose = [row for payment in payments for row in _of_payment(payment, within, nowhere)]
    loose += [_of_move(move, nowhere) for move in others]
    loose += [
        Loose(
            each.of_batch.execution_day,
            each,
            each.end_to_end,
            "steht auf dem Auszug, ist noch nicht gebucht",
            each.amount,
        )
        for each in half
    ]
    loose.sort(key=lambda each: each.day)
    return WithBooks(
        since=within[0],
        until=within[1],
        rows=[
            Compared("zahlungen", "Zahlungen an Projekte", -books["paid"], -paid["grants"]),
            Compared("zahlungen", "Gemeinkosten per Zahlungslauf", -books["overhead"], -paid["overhead"]),
            Compared("ruecklaeufe", "Rückläufe der Bank", books["bounced"] + books["bounced_overhead"],
                     bank["bounced"] + bank["kept"]),
            # An entry can be a repayment with interest.
            Compared("rueckzahlungen", "Rückzahlungen und Zinsen", books["repaid"] + books["interest"],
                     bank["repaid"]),
            Compared("gemeinkosten", "Gemeinkosten ohne Zahlungslauf", books["reversed"] - books["spent"],
                     bank["spent"] - bank["kept"]),
        ],
        loose=loose[:SHOWN],
        more=len(loose) > SHOWN,
    )  # fmt: skip


def _euro(sums: dict[str, Any]) -> dict[str, Decimal]:
    return {name: value or ZERO for name, value in sums.items()}


def _payments(entries: "QuerySet[StatementEntry]") -> Any:
    """Return the payments that were not dropped, each with what these entries say of it (``on_statements``)."""
    return on_statements(Payment.objects.exclude(state=Payment.State.DROPPED), entries)


def _loose_payments(within: Days, entries: "QuerySet[StatementEntry]") -> Any:
    went, came = Q(executed_on__range=within), Q(returned_on__range=within)
    return (
        _payments(entries)
        .filter(
            went & Q(ticked=False)
            | ~went & Q(ticked=True, executed_on__isnull=False)
            | came & Q(back=False)
            | ~came & Q(back=True)
        )
        .select_related("decision__application__project", "expense")
        .order_by("executed_on", "pk")
    )


def _of_payment(payment: Any, within: Days, nowhere: str) -> Iterator[Loose]:
    """Yield what of the payment stands in one place only: that it went, that it came back."""
    name = (
        payment.end_to_end
        or f"{payment.decision.application.project.number}, vor Einführung der Zahlungsläufe"
    )
    for day, ticked, amount, what in (
        (payment.executed_on, payment.ticked, -payment.amount, name),
        (payment.returned_on, payment.back, payment.amount, f"Rücklauf {name}"),
    ):
        if day is not None and ticked != (within[0] <= day <= within[1]):
            yield _booked(day, payment, what, amount, OTHER_DAY if ticked else nowhere)


def _loose_moves(moves: "QuerySet[LedgerEntry]", within: Days, entries: "QuerySet[StatementEntry]") -> Any:
    """Return repayments, interest and expenses without a batch of these days that no entry has, and those of other days that one has."""
    has = (
        Exists(entries.filter(decision=OuterRef("decision")))
        | Exists(entries.filter(change__decision=OuterRef("decision")))
        | Exists(entries.filter(interest=OuterRef("decision")))
        | Exists(entries.filter(expense=OuterRef("expense")))
    )
    inside = Q(value_date__range=within)
    without_batch = Q(expense__isnull=False, expense__call__isnull=True) | Q(
        decision__step__in=(Step.REPAY, Step.INTEREST)
    )
    return (
        moves.filter(without_batch)
        .annotate(has=has)
        .filter(inside & Q(has=False) | ~inside & Q(has=True))
        .select_related("expense", "decision__application__project")
        .order_by("value_date", "pk")
    )


def _of_move(move: Any, nowhere: str) -> Loose:
    amount = -move.amount if move.kind == "pay" else move.amount
    row, label = move.expense, str(move.expense)
    if move.decision is not None:
        row = move.decision.application
        what = "Zinsen" if move.decision.step == Step.INTEREST else "Rückzahlung"
        label = f"{what} {row.project.number}"
    return _booked(move.value_date, row, label, amount, OTHER_DAY if move.has else nowhere)


def _booked(day: date, row: Any, label: str, amount: Decimal, why: str) -> Loose:
    """Return what is booked (signed euro) and on no statement, or on one though its booking is of other days."""
    return Loose(day, row, label, why, -amount if why == OTHER_DAY else amount)
