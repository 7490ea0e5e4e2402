"""Interest on money that has to come back. Euro and local dates in, euro out; pure.

Actual days by the year's own length: 365, or 366 in a leap year. From the day after the payment to the day of receipt,
both counted. Money that comes back bears interest on its day of receipt, too.
The arithmetic is exact; the total is rounded once, half up. So the shown interest of the periods may differ from it by a
cent. A rate below zero counts as zero.
Source: § 49a VwVfG NRW, or what was agreed; § 247 BGB for the base rate.
"""

from calendar import isleap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from funding.errors import FundingError
from funding.proofs.reckoning import half_up
from members.common.money import ZERO
from members.common.percent import format_percent

DAY = timedelta(days=1)


class MissingBaseRate(FundingError):
    """No base rate is known for a half-year (``half_year`` is its first day)."""

    def __init__(self, half_year: date) -> None:
        self.half_year = half_year
        super().__init__(
            f"Für das {name_of(half_year)} ist noch kein Basiszinssatz eingetragen. Bitte in der Verwaltung unter "
            "„Basiszinssätze“ eintragen, sobald ihn die Bundesbank bekannt gegeben hat. Bis dahin gibt es keine Zinsen."
        )


@dataclass(frozen=True)
class Rate:
    """Percent a year: ``percent``, above the base rate if ``above_base``."""

    percent: Decimal
    above_base: bool = True

    @property
    def in_words(self) -> str:
        """Return the rate in German."""
        if self.above_base:
            points = f"{self.percent:.2f}".replace(".", ",")
            return f"{points} Prozentpunkte über dem Basiszinssatz"
        return f"{format_percent(self.percent)} im Jahr"


@dataclass(frozen=True)
class Period:
    """Days, both counted, over which principal (euro) and rate (percent a year) stay the same within one year."""

    first: date
    last: date
    principal: Decimal
    rate: Decimal

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def exact(self) -> Fraction:
        """Return the interest in euro, not rounded."""
        year = 366 if isleap(self.first.year) else 365
        return Fraction(self.principal) * Fraction(self.rate) / 100 * self.days / year

    @property
    def interest(self) -> Decimal:
        """Return the interest of this period alone, in euro, as a page shows it."""
        return half_up(self.exact)


@dataclass(frozen=True)
class Interest:
    """What is due as interest (``total``, euro), and how it came about."""

    total: Decimal
    periods: tuple[Period, ...]


def interest(
    principal: Decimal,
    repaid: Iterable[tuple[date, Decimal]],
    *,
    first: date,
    last: date,
    rate: Rate | None,
    base_rates: Mapping[date, Decimal],
) -> Interest:
    """Return the interest on ``principal`` euro from the day ``first`` to the day ``last``.

    ``first`` is the day after the payment. ``last`` is the day of receipt of the last euro, or the day of the page.
    ``repaid`` are partial repayments: day of receipt, euro. Nothing is due on more than the principal.
    ``base_rates``: the first day of a half-year -> percent.
    Without a rate there is no basis, and no interest.
    Raises MissingBaseRate, naming the first half-year without one; ValueError for a negative amount.
    """
    if rate is None:
        return Interest(ZERO, ())
    repaid = sorted(repaid)
    if principal < 0 or any(amount < 0 for _, amount in repaid):
        raise ValueError(principal, repaid)
    periods: list[Period] = []
    begins = first
    while begins <= last:
        left = principal - sum((amount for day, amount in repaid if day < begins), ZERO)
        if left <= 0:
            break
        received = next((day for day, _ in repaid if day >= begins), last)
        ends = min(last, received, _next_change(rate, begins) - DAY)
        periods.append(Period(begins, ends, left, _percent(rate, begins, base_rates)))
        begins = ends + DAY
    return Interest(half_up(sum((period.exact for period in periods), Fraction())), tuple(periods))


def half_year_of(day: date) -> date:
    """Return the first day of the half-year in which the day lies: base rates change then."""
    return first_day(day.year, 1 if day.month <= 6 else 2)


def first_day(year: int, half: int) -> date:
    """Return the first day of the first or second (1, 2) half of the year."""
    return date(year, 1 if half == 1 else 7, 1)


def name_of(half_year: date) -> str:
    """Return the half-year in German, by its first day: ``zweite Halbjahr 2026 (ab 01.07.2026)``."""
    which = "erste" if half_year.month < 7 else "zweite"
    return f"{which} Halbjahr {half_year.year} (ab {half_year:%d.%m.%Y})"


def _next_change(rate: Rate, day: date) -> date:
    """Return the next day on which the rate or the length of the year may change."""
    return date(day.year, 7, 1) if rate.above_base and day.month <= 6 else date(day.year + 1, 1, 1)


def _percent(rate: Rate, day: date, base_rates: Mapping[date, Decimal]) -> Decimal:
    if not rate.above_base:
        return rate.percent
    half_year = half_year_of(day)
    if half_year not in base_rates:
        raise MissingBaseRate(half_year)
    return max(ZERO, base_rates[half_year] + rate.percent)
