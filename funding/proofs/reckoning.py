"""How much of a grant is due after the proof of use: the formulas, and the lines in which a page shows them.

Euro in, euro out. In between the arithmetic is exact; the result is rounded once, half up.

Which money is whose:
- The grant is that of one application. Its own row is no row of other money.
- Own money is own funds and in-kind contributions. Volunteers' hours count as own money that was given.
- Third-party money is every other row: third parties, and all other pots of this association, too: pillar 1 of
  another district, pillar 2, special money. For each grant, the other grants are money that the project gets anyway.

Rows of costs hold what was paid, and the worth of work that a plan names in euro (in kind) and nobody paid; which rows hold it
nobody says, so it is taken off their sum, and what is cut of a row counts as money that was paid. Volunteers' hours are no
row: they count beside the rows, up to their cap, so no row's limit applies to them.
A row that nobody planned has 0 planned. Where rows have a limit, 1.2 x 0 is 0: such costs need the consent of the
association before, which makes them planned. A fixed grant knows no row's limit, so there they count.

Source: practice of municipal grants (ANBest-P/ANBest-G No. 1.2 and 2), as the association agreed on it.
"""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from members.common.counting import one_or_many
from members.common.money import ZERO, format_euro, format_number, from_cents
from projects.models import FinancingItem

#: So far a row may exceed its own plan where other rows save it. Not for a fixed grant.
ROW_LIMIT = Fraction(120, 100)
#: Kinds of financing that are the recipient's own money; all others are third-party money.
OWN = (FinancingItem.Kind.OWN, FinancingItem.Kind.IN_KIND)
#: Which amount counts, by kind of financing; and for a fixed grant that pays only the costs that other money leaves.
RULES = {
    "share": "Es zählt der kleinste Betrag: bewilligt, der Anteil an den Kosten oder was andere Mittel von den Kosten lassen.",
    "gap": "Es zählt der kleinere Betrag: bewilligt oder der Fehlbedarf.",
    "fixed": "Es zählt der kleinere Betrag: bewilligt oder anerkannte Kosten.",
}
RULE_OF_CAPPED = "Es zählt der kleinste Betrag: bewilligt, anerkannte Kosten oder was eigene und andere Mittel davon lassen."
#: What a grant was, in the words of its line; a signed audit note keeps them.
GRANTED = "bewilligt"


@dataclass(frozen=True)
class Row:
    """One row of the costs, in euro. ``cut`` is what the officer did not accept of ``actual``."""

    planned: Decimal
    actual: Decimal
    cut: Decimal = ZERO

    @property
    def accepted(self) -> Decimal:
        """Return the euro that count."""
        return self.actual - self.cut


@dataclass(frozen=True)
class Volunteers:
    """Volunteers' hours, which count as costs and as own money: ``rate`` euro each, at most ``most`` euro (None: no cap).

    The cap is ``percent`` of the eligible costs. As a text: how they are worth what they count.
    """

    hours: Decimal
    rate: Decimal
    percent: int | None
    most: Fraction | None

    @property
    def worth(self) -> Fraction:
        return Fraction(self.hours) * Fraction(self.rate)

    @property
    def counted(self) -> Fraction:
        """Return the exact euro that count."""
        return self.worth if self.most is None else min(self.worth, self.most)

    @property
    def amount(self) -> Decimal:
        """Return the euro that count, in whole cents."""
        return half_up(self.counted)

    @property
    def cap(self) -> Decimal | None:
        """Return what they count at most, in whole cents."""
        return None if self.most is None else half_up(self.most)

    @property
    def limit(self) -> str:
        """Say in German what they count at most; nothing without a cap."""
        if self.cap is None:
            return ""
        return (
            f"höchstens {format_euro(self.cap)} ({self.percent}\N{NO-BREAK SPACE}% der förderfähigen Kosten)"
        )

    def __str__(self) -> str:
        word = one_or_many(self.hours, "Stunde", "Stunden")
        hours = f"{format_number(self.hours).removesuffix(',00')}\N{NO-BREAK SPACE}{word}"
        product = f"{hours} × {format_euro(self.rate)} = {format_euro(half_up(self.worth))}"
        return f"{product}, {self.limit}" if self.counted < self.worth else product


@dataclass(frozen=True)
class Facts:
    """What a reckoning starts from, in euro: the decision's plan, and what the proof shows.

    ``costs_planned`` are the eligible costs of the decision, more than 0.
    ``own_actual`` is own money without volunteers' hours; ``hours`` times ``rate`` come to it, as to the costs, up to
    ``hours_cap`` percent of ``costs_planned`` (None: no cap). ``in_kind`` is the part of ``own_actual`` that is in kind.
    ``less_other_money``: a fixed grant pays at most the costs that other money leaves.
    """

    financing: str
    granted: Decimal
    costs_planned: Decimal
    costs: tuple[Row, ...]
    own_planned: Decimal = ZERO
    own_actual: Decimal = ZERO
    third_planned: Decimal = ZERO
    third_actual: Decimal = ZERO
    hours: Decimal = ZERO
    rate: Decimal = ZERO
    hours_cap: int | None = None
    less_other_money: bool = False
    in_kind: Decimal = ZERO

    def __post_init__(self) -> None:
        """Raise ValueError for a negative amount, for more than its whole, and where nothing was eligible."""
        amounts: tuple[Decimal | int, ...] = (
            self.granted, self.own_planned, self.own_actual, self.third_planned, self.third_actual, self.hours, self.rate,
            self.hours_cap or 0, self.in_kind, self.own_actual - self.in_kind, *(amount for row in self.costs for amount in (row.planned, row.cut, row.accepted)),
        )  # fmt: skip
        if self.costs_planned <= 0 or any(amount < 0 for amount in amounts):
            raise ValueError(self)

    @property
    def volunteers(self) -> Volunteers:
        cap = None if self.hours_cap is None else Fraction(self.costs_planned) * self.hours_cap / 100
        return Volunteers(self.hours, self.rate, self.hours_cap, cap)

    @property
    def rule(self) -> str:
        """Say in German which of the amounts counts, and that it is never more than was spent."""
        capped = self.financing == "fixed" and self.less_other_money
        return (
            f"{RULE_OF_CAPPED if capped else RULES[self.financing]} Nie mehr, als wirklich ausgegeben wurde."
        )


@dataclass(frozen=True)
class Line:
    """One line of the reckoning: what it is in German, and euro. ``key`` names it for templates."""

    key: str
    text: str
    amount: Decimal


@dataclass(frozen=True)
class Reckoning:
    """What is due of the grant (``amount``, euro), and the lines that lead to it. The last one is the amount."""

    amount: Decimal
    lines: tuple[Line, ...]

    @property
    def steps(self) -> tuple[Line, ...]:
        """Return the lines before the amount."""
        return self.lines[:-1]

    def of(self, key: str) -> Decimal:
        """Return the amount of the line with this key, in euro."""
        return next(line.amount for line in self.lines if line.key == key)


def reckon(facts: Facts) -> Reckoning:
    """Return what is due of the grant.

    more = max(0, (third actual - third planned) + max(0, own actual - own planned))
    share = min(G, G / C planned x max(0, C actual - more), max(0, C actual - third actual))
    gap = min(G, max(0, C actual - max(own planned, own actual) - third actual))
    fixed = min(G, C actual), by setting at most C actual - own actual - third actual
    C actual = min(C planned, sum over the rows of min(actual, 1.2 x planned)); a fixed grant knows no row's limit
    Never more than was really spent: accepted costs without what was given in kind, and without volunteers' hours.
    """
    granted, planned = Fraction(facts.granted), Fraction(facts.costs_planned)
    lines: list[Line] = []

    def line(key: str, text: str, amount: Fraction | Decimal, *, always: bool = True) -> None:
        if always or amount:
            lines.append(Line(key, text, half_up(Fraction(amount))))

    spent = sum((Fraction(row.accepted) for row in facts.costs), Fraction())
    counted = spent if facts.financing == "fixed" else sum(map(_within_limit, facts.costs), Fraction())
    unplanned = Fraction() if facts.financing == "fixed" else _unplanned(facts)
    volunteers = facts.volunteers.counted
    costs = min(planned, counted + volunteers)
    line("paid", "Ausgaben laut Nachweis", sum((row.actual for row in facts.costs), ZERO))
    line("cut", "davon nicht anerkannt", sum((row.cut for row in facts.costs), ZERO), always=False)
    line("unplanned", "nicht geplant, ohne vorherige Zustimmung: zählt nicht", unplanned, always=False)
    over = "mehr als 20\N{NO-BREAK SPACE}% über dem Plan der Position: zählt nicht"
    line("limited", over, spent - counted - unplanned, always=False)
    line("volunteers", f"ehrenamtlich: {facts.volunteers}", volunteers, always=False)
    line("eligible", "förderfähige Kosten laut Bewilligung", planned)
    line(
        "costs",
        f"anerkannte Kosten{', höchstens die förderfähigen' if costs < counted + volunteers else ''}",
        costs,
    )

    own_planned, third_planned = Fraction(facts.own_planned), Fraction(facts.third_planned)
    own, third = Fraction(facts.own_actual) + volunteers, Fraction(facts.third_actual)
    if facts.financing != "fixed":
        line("own_planned", "Eigenmittel und Eigenleistung laut Plan", own_planned)
    if facts.financing != "fixed" or facts.less_other_money:
        hours = ", mit den Stunden" if volunteers else ""
        line("own", f"Eigenmittel und Eigenleistung laut Nachweis{hours}", own)
        if facts.financing == "share":
            line("third_planned", "andere Mittel laut Plan", third_planned)
        line("third", "andere Mittel laut Nachweis", third)
    line("granted", GRANTED, granted)

    match facts.financing:
        case "share":
            more = max(Fraction(), (third - third_planned) + max(Fraction(), own - own_planned))
            share = granted / planned * max(Fraction(), costs - more)
            left = max(Fraction(), costs - third)
            line("more", "mehr Eigenmittel und andere Mittel als geplant", more)
            line("share", f"Anteil an den Kosten ({_percent(granted / planned)})", share)
            line("left", "Kosten, die andere Mittel lassen", left)
            result = min(granted, share, left)
        case "gap":
            gap = max(Fraction(), costs - max(own_planned, own) - third)
            line("gap", "Fehlbedarf: Kosten ohne eigene und andere Mittel", gap)
            result = min(granted, gap)
        case "fixed":
            result = min(granted, costs)
            if facts.less_other_money:
                left = max(Fraction(), costs - own - third)
                line("left", "Kosten, die eigene und andere Mittel lassen", left)
                result = min(result, left)
        case unknown:
            raise ValueError(unknown)
    real = max(Fraction(), spent - Fraction(facts.in_kind))
    if real < result:
        without = ": Ausgaben ohne Eigenleistung in Euro" if facts.in_kind else ""
        line("real", f"höchstens, was wirklich ausgegeben wurde{without}", real)
        result = real
    line("result", "steht zu", result)
    return Reckoning(half_up(result), tuple(lines))


def half_up(amount: Fraction) -> Decimal:
    """Return the euro rounded to whole cents; half a cent goes up. Not for negative amounts."""
    return from_cents(int(amount * 100 + Fraction(1, 2)))


def _within_limit(row: Row) -> Fraction:
    return min(Fraction(row.accepted), ROW_LIMIT * Fraction(row.planned))


def _unplanned(facts: Facts) -> Fraction:
    return sum((Fraction(row.accepted) for row in facts.costs if not row.planned), Fraction())


def _percent(share: Fraction) -> str:
    """Return 0.625 as ``62,50 %``."""
    return f"{half_up(share * 100)}\N{NO-BREAK SPACE}%".replace(".", ",")
