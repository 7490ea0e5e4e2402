"""What became of claims: of which payments they are, what came back when, what was waived, and the interest on it.

Euro and local dates; pure. What was paid too much is what was paid last, so a claim is of the latest payments. What comes
back, or is waived, makes the oldest claim of a grant less first.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from funding.models import Application, Step
from funding.proofs.interest import DAY, Period, interest
from funding.proofs.models import RepaymentClaim
from funding.proofs.reckoning import half_up
from funding.replay import Walk
from members.common.money import ZERO

#: A day, and the euro that were paid, came back or were waived on it.
Move = tuple[date, Decimal]


@dataclass
class Course:
    """One claim with the payments that it is of, latest first, and with what came back or was waived since."""

    claim: RepaymentClaim
    parts: list[Move]
    #: The decisions that made it less, and by how many euro each.
    less: list[tuple[Any, Decimal]] = field(default_factory=list)

    @property
    def repaid(self) -> list[Move]:
        return [(decision.on, euro) for decision, euro in self.less if decision.step != Step.WAIVE]

    @property
    def waived(self) -> Decimal:
        return sum((euro for decision, euro in self.less if decision.step == Step.WAIVE), ZERO)

    @property
    def left(self) -> Decimal:
        """Return what still has to come back."""
        return self.claim.amount - self.came_back - self.waived

    @property
    def came_back(self) -> Decimal:
        return _sum(self.repaid)


@dataclass(frozen=True)
class Part:
    """The interest on one payment: its day and euro, and the periods."""

    paid_on: date
    amount: Decimal
    periods: tuple[Period, ...]


@dataclass(frozen=True)
class Due:
    """The interest of a claim: ``total`` is rounded once."""

    total: Decimal
    parts: tuple[Part, ...]


def courses(application: Application, decisions: Iterable[Any]) -> list[Course]:
    """Return the application's claims with what became of them, oldest first. ``decisions`` as in ``told_apart``."""
    return told_apart(application, decisions)[0]


def told_apart(application: Application, decisions: Iterable[Any]) -> tuple[list[Course], list[Move]]:
    """Return the application's claims, oldest first, and the payments of which nothing came back or is claimed.

    ``decisions`` are all of it in their order, with ``claim`` and ``grant_change`` read along.
    """
    walk, found = Walk(application), list[Course]()
    paid: list[Move] = []
    for decision in decisions:
        before = walk.reclaimed
        walk.take(decision)
        less = before - walk.reclaimed
        match decision.step:
            case Step.PAY:
                paid.append((decision.on, decision.amount))
            case Step.RECLAIM:
                found.append(Course(decision.claim, taken(paid, decision.amount)))
            case Step.REPAY | Step.BOUNCE:
                taken(paid, decision.amount - less)
                for course, euro in _spread(found, less):
                    course.less.append((decision, euro))
            case Step.WAIVE:
                for course, euro in _spread(found, less):
                    # What came back paid for the oldest; of the rest, what stays with the recipient was paid first.
                    back = taken(course.parts, course.came_back)
                    paid += taken(course.parts, euro)
                    course.parts += reversed(back)
                    course.less.append((decision, euro))
                paid.sort()
    return found, paid


def due(course: Course, base_rates: Mapping[date, Decimal], *, until: date) -> Due:
    """Return the interest of a claim: what is not back bears it to the local date ``until``.

    What comes back pays for the oldest payment first. Raises MissingBaseRate.
    """
    repaid = sorted(course.repaid, reverse=True)
    parts = []
    for day, amount in sorted(course.parts):
        back = taken(repaid, amount)
        last = max((day for day, _ in back), default=until) if _sum(back) == amount else until
        found = interest(
            amount, back, first=day + DAY, last=last, rate=course.claim.rate, base_rates=base_rates
        )
        parts.append(Part(day, amount, found.periods))
    return Due(rounded(parts), tuple(parts))


def rounded(parts: Sequence[Part]) -> Decimal:
    return half_up(sum((period.exact for part in parts for period in part.periods), Fraction()))


def _spread(found: Sequence[Course], amount: Decimal) -> list[tuple[Course, Decimal]]:
    """Return the claims that so many euro make less, the oldest first."""
    made = []
    for course in found:
        if euro := min(amount, course.left):
            made.append((course, euro))
            amount -= euro
    return made


def taken(moves: list[Move], amount: Decimal) -> list[Move]:
    """Take so many euro from the end of the list, and return of which days they are; less where there is less."""
    taken: list[Move] = []
    while amount > 0 and moves:
        day, there = moves.pop()
        if there > amount:
            moves.append((day, there - amount))
        taken.append((day, min(there, amount)))
        amount -= taken[-1][1]
    return taken


def _sum(moves: Iterable[Move]) -> Decimal:
    return sum((euro for _, euro in moves), ZERO)
