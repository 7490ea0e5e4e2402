"""The Kassenbericht of a calendar year: what was on the accounts, what came in, what went out, what is there now.

It follows the bank's statements. Where statements are missing it says for which days. Amounts in euro; what goes out is
negative.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, Sum

from funding.payments import reconcile
from funding.payments.models import BankStatement, OwnAccount, StatementEntry
from funding.payments.models.statement import gaps
from members.common.money import ZERO

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Stretch:
    """Days of which there is no statement. ``moved`` is what the account changed by meanwhile; None: not known."""

    account: OwnAccount
    first: date
    last: date
    moved: Decimal | None


@dataclass(frozen=True)
class Kind:
    """What came in or went out under one heading: how many entries, how many euro. ``key`` leads to them."""

    key: str
    label: str
    number: int
    amount: Decimal


@dataclass(frozen=True)
class AccountYear:
    """An account in the year. ``opening`` is of the evening of ``opened_on``, ``closing`` of that of ``closed_on``.

    Both are None where there is no statement to say it, income and expenditure where no statement tells of the year.
    """

    account: OwnAccount
    opening: Decimal | None
    opened_on: date
    income: Decimal | None
    spent: Decimal | None
    closing: Decimal | None
    closed_on: date
    missing: list[Stretch]

    @property
    def computed(self) -> Decimal | None:
        """Return opening, income and expenditure together."""
        if self.opening is None or self.income is None or self.spent is None:
            return None
        return self.opening + self.income + self.spent

    @property
    def difference(self) -> Decimal | None:
        """Return what no entry explains: what the account changed by in days without a statement."""
        if self.closing is None or self.computed is None:
            return None
        return self.closing - self.computed


@dataclass(frozen=True)
class CashReport:
    """The Kassenbericht of a year until ``until`` (local date): the last of December, or today in the running year."""

    year: int
    until: date
    accounts: list[AccountYear]
    income: list[Kind]
    spending: list[Kind]
    books: reconcile.WithBooks

    @property
    def opening(self) -> Decimal | None:
        return self._together([(each, each.opening) for each in self.accounts])

    @property
    def closing(self) -> Decimal | None:
        return self._together([(each, each.closing) for each in self.accounts])

    @staticmethod
    def _together(balances: Sequence[tuple[AccountYear, Decimal | None]]) -> Decimal | None:
        """Return the sum of the balances; None where a statement that should tell one is missing."""
        if not balances or any(euro is None and each.missing for each, euro in balances):
            return None
        return sum((euro or ZERO for _, euro in balances), ZERO)

    @property
    def total_in(self) -> Decimal | None:
        return sum((kind.amount for kind in self.income), ZERO) if self.has_statements else None

    @property
    def total_out(self) -> Decimal | None:
        return sum((kind.amount for kind in self.spending), ZERO) if self.has_statements else None

    @property
    def difference(self) -> Decimal | None:
        if not self.has_statements:
            return None
        return sum((each.difference or ZERO for each in self.accounts), ZERO)

    @property
    def missing(self) -> list[Stretch]:
        return [stretch for each in self.accounts for stretch in each.missing]

    @property
    def has_statements(self) -> bool:
        """Return whether any statement tells of the year."""
        return any(each.income is not None for each in self.accounts)

    @property
    def adds_up(self) -> bool:
        """Return whether the statements are all there and explain the balance to the cent."""
        return self.has_statements and not self.missing and not self.difference

    @property
    def agrees(self) -> bool:
        """Return whether the balance is explained, and the books say the same as the statements."""
        return self.adds_up and not self.books.difference

    @property
    def explained(self) -> Decimal:
        """Return what the lines that are shown explain of the difference between books and statements."""
        return sum((each.effect for each in self.books.loose), ZERO)


def bounds(year: int, today: date) -> tuple[date, date]:
    """Return the first and the last day that a report of the year tells of."""
    return date(year, 1, 1), min(date(year, 12, 31), today)


def _told(year: int, today: date) -> tuple[date, date]:
    """Return the first and the last day of which there can be a statement by now."""
    return date(year, 1, 1), min(date(year, 12, 31), today - ONE_DAY)


def _accounts(first: date, last: date) -> list[OwnAccount]:
    """Return the accounts that were the association's on a day between, and those with a statement of these days."""
    own = Q(since__lte=last) & (Q(until__isnull=True) | Q(until__gte=first))
    told = Q(statements__opened_on__lte=last, statements__closed_on__gte=first)
    return list(OwnAccount.objects.filter(own | told).distinct())


def _statements(accounts: Sequence[OwnAccount]) -> dict[int, list[BankStatement]]:
    """Return the statements of each account (key) in the bank's order. One query for each account."""
    return {each.pk: BankStatement.objects.filter(account=each).in_order() for each in accounts}


def missing_of(
    account: OwnAccount, statements: Sequence[BankStatement], first: date, last: date
) -> list[Stretch]:
    """Return the days between ``first`` and ``last`` of which the account has no statement.

    Days without a movement need none: the next statement begins where the one before ended.
    """
    first = max(first, account.since)
    last = min(last, account.until or last)
    if first > last:
        return []
    before = [each for each in statements if each.closed_on < first]
    within = [each for each in statements if each.closed_on >= first and each.opened_on <= last]
    after = [each for each in statements if each.opened_on > last]
    if not within:
        if before and after and before[-1].closing == after[0].opening:
            return []
        return [Stretch(account, first, last, None)]
    found = []
    if not before and within[0].opened_on > first:
        found.append(Stretch(account, first, within[0].opened_on, None))
    for one, two in gaps(statements):
        if one.closed_on < last and two.opened_on > first:
            stretch = max(one.closed_on + ONE_DAY, first), min(two.opened_on, last)
            found.append(Stretch(account, *stretch, two.opening - one.closing))
    end = max(each.closed_on for each in within)
    if end < last and not after:
        found.append(Stretch(account, end + ONE_DAY, last, None))
    return found


def stretches(years: Sequence[int], today: date) -> dict[int, list[Stretch]]:
    """Return for each of these years the days without a statement. One query, and one for each account."""
    if not years:
        return {}
    accounts = _accounts(date(min(years), 1, 1), date(max(years), 12, 31))
    statements = _statements(accounts)
    return {
        year: [
            stretch
            for account in accounts
            for stretch in missing_of(account, statements[account.pk], *_told(year, today))
        ]
        for year in years
        if year <= today.year
    }


def report(year: int, today: date) -> CashReport:
    """Return the Kassenbericht of the calendar year as it stands on the local date.

    Nine queries, and one for each account; more only for a statement that reaches over the turn of the year.
    """
    first, last = bounds(year, today)
    accounts = _accounts(first, last)
    statements = _statements(accounts)
    entries = StatementEntry.objects.counted().filter(booked_on__range=(first, last))
    income, spending = _kinds(entries)
    moved = {
        row["statement__account"]: (row["came"] or ZERO, row["went"] or ZERO)
        for row in entries.order_by()
        .values("statement__account")
        .annotate(came=Sum("amount", filter=Q(amount__gt=0)), went=Sum("amount", filter=Q(amount__lt=0)))
    }
    rows = []
    for account in accounts:
        found = statements[account.pk]
        opening, opened_on = _balance(account, found, first - ONE_DAY)
        if opening is None and (of_year := [each for each in found if each.opened_on <= last]):
            opening, opened_on = of_year[0].opening, of_year[0].opened_on
        closing, closed_on = _balance(account, found, last)
        missing = missing_of(account, found, *_told(year, today))
        came, went = moved.get(account.pk, (ZERO, ZERO))
        if account.pk not in moved and (closing is None or _is_whole(missing, first, last, today)):
            came = went = closing = None
        rows.append(
            AccountYear(
                account,
                opening,
                opened_on,
                came,
                went,
                closing,
                closed_on,
                missing,
            )
        )
    return CashReport(year, last, rows, income, spending, reconcile.books_of((first, last)))


def _is_whole(missing: Sequence[Stretch], first: date, last: date, today: date) -> bool:
    """Return whether no statement tells of any day from ``first`` to ``last``, or to yesterday."""
    return any(each.first == first and each.last >= min(last, today - ONE_DAY) for each in missing)


def _kinds(entries: Any) -> tuple[list[Kind], list[Kind]]:
    """Return what came in and what went out, by the lines of ``reconcile``. One query."""
    asked: dict[str, Any] = {}
    signs = {"in": Q(amount__gt=0), "out": Q(amount__lt=0)}
    for index, (_, _, condition) in enumerate(reconcile.LINES):
        for name, sign in signs.items():
            asked[f"{name}_number_{index}"] = Count("pk", filter=condition & sign)
            asked[f"{name}_sum_{index}"] = Sum("amount", filter=condition & sign)
    sums = entries.aggregate(**asked)
    income, spending = (
        [
            Kind(key, label, sums[f"{name}_number_{index}"], sums[f"{name}_sum_{index}"])
            for index, (key, label, _) in enumerate(reconcile.LINES)
            if sums[f"{name}_number_{index}"]
        ]
        for name in signs
    )
    return income, spending


def _balance(
    account: OwnAccount, statements: Sequence[BankStatement], day: date
) -> tuple[Decimal | None, date]:
    """Return what was on the account in the evening of the local date, and of which day the statement is that says it.

    A statement that reaches beyond the day is read entry by entry: one query.
    """
    ended = [each for each in statements if each.closed_on <= day]
    over = [each for each in statements if each.opened_on < day < each.closed_on]
    if not over:
        return (ended[-1].closing, ended[-1].closed_on) if ended else (None, day)
    start = ended[-1].closing if ended else over[0].opening
    since = ended[-1].closed_on if ended else over[0].opened_on
    moved = StatementEntry.objects.counted().filter(
        statement__in=over, booked_on__gt=since, booked_on__lte=day
    )
    return start + moved.total(), day
