"""The proof to the city of a year: what came in, what went out by pot and project, what is left where.

All of it is added up from the bookings, and compared with the pots' counters before it is shown. Amounts in euro.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, Sum

from funding.closing.lights import KINDS, of_pots
from funding.closing.models.closing import lapsed_to_city
from funding.ledger import MOVES
from funding.models import Application, Decision, FiscalYear, LedgerEntry, Pot, Step
from funding.models.terms import ProofDepth
from funding.payments.models import StatementEntry
from funding.proofs.models import ProofOfUse
from members.common.money import ZERO
from projects.models import FinancingItem, Project

K, Occasion = LedgerEntry.Kind, LedgerEntry.Occasion
#: Figure -> the bookings that make it: kind of entry, its occasion (None: any), and +1 or -1.
FIGURES: dict[str, tuple[tuple[str, str | None, int], ...]] = {
    "model": ((K.ALLOT, Occasion.YEAR, +1),),
    "special": ((K.ALLOT, Occasion.POT, +1), (K.TRANSFER_OUT, Occasion.POT, -1)),
    "transferred": ((K.TRANSFER_IN, None, +1), (K.TRANSFER_OUT, "", -1)),
    "carried_in": ((K.CARRY_IN, None, +1),),
    "late": ((K.LATE_REPAYMENT, None, +1),),
    "supplements": ((K.SUPPLEMENT, "", +1),),
    "paid": ((K.PAY, None, +1), (K.PAY_BACK, None, -1)),
    "carried_out": ((K.CARRY_OUT, None, +1),),
    # Opened again, a year has back what lapsed when it was closed.
    "lapsed": ((K.LAPSE, None, +1), (K.SUPPLEMENT, Occasion.CLOSING, -1)),
}
IN = ("model", "special", "late", "supplements", "transferred", "carried_in")
OUT = ("paid", "carried_out", "lapsed")
#: What is left of a pot, by its counters.
LEFT = ("outstanding", "reserved", "available")


@dataclass
class Figures:
    """What came into a pot, what went out of it, and what is left of it; or the same of several pots together."""

    name: str
    pot: Pot | None = None
    model: Decimal = ZERO
    special: Decimal = ZERO
    transferred: Decimal = ZERO
    carried_in: Decimal = ZERO
    late: Decimal = ZERO
    supplements: Decimal = ZERO
    paid: Decimal = ZERO
    carried_out: Decimal = ZERO
    lapsed: Decimal = ZERO
    outstanding: Decimal = ZERO
    reserved: Decimal = ZERO
    available: Decimal = ZERO
    #: Counter of the pot -> euro by its bookings.
    booked: dict[str, Decimal] = field(default_factory=dict)

    @property
    def later(self) -> Decimal:
        """Return what came after the year was opened, from nobody's promise: late repayments and supplements."""
        return self.late + self.supplements

    @property
    def total_in(self) -> Decimal:
        return sum((getattr(self, name) for name in IN), ZERO)

    @property
    def total_out(self) -> Decimal:
        return sum((getattr(self, name) for name in OUT), ZERO)

    @property
    def left(self) -> Decimal:
        return sum((getattr(self, name) for name in LEFT), ZERO)

    @property
    def difference(self) -> Decimal:
        """Return what came in less what went out and what is left: 0 where all is explained."""
        return self.total_in - self.total_out - self.left

    @property
    def adds_up(self) -> bool:
        """Return whether nothing is unexplained, and each counter is what its bookings make."""
        if self.difference:
            return False
        pot = self.pot
        return pot is None or all(getattr(pot, name) == euro for name, euro in self.booked.items())


@dataclass(frozen=True)
class Funded:
    """A project that was paid or promised money from a pot in the year: granted and paid there, and what is still open."""

    application: Application
    pot: Pot
    granted: Decimal
    paid: Decimal

    @property
    def project(self) -> Project:
        return self.application.project

    @property
    def open(self) -> Decimal:
        return self.granted - self.paid


@dataclass(frozen=True)
class Proofs:
    """How many grants of one depth have to be proved, are due by now, were handed in, and are checked."""

    label: str
    asked: int
    due: int
    handed_in: int
    checked: int


@dataclass(frozen=True)
class CityProof:
    """The proof of one year as it stands on ``day`` (local date)."""

    year: FiscalYear
    day: date
    pots: list[Figures]
    total: Figures
    projects: list[Funded]
    proofs: list[Proofs]
    #: What the statements say came from the city for the year, and for the special pots.
    received: list[StatementEntry]
    special_received: Decimal
    #: What lapsed to the city when the year was closed, and what the statements say was paid back of it.
    lapsed_to_city: Decimal
    paid_to_city: Decimal
    #: How many of the funded projects have third-party money, and how much of it is promised or received.
    funded_projects: int
    with_third_party: int
    third_party: Decimal

    @property
    def instalments(self) -> Decimal:
        """Return what came from the city for the year together."""
        return sum((entry.amount for entry in self.received), ZERO)

    @property
    def to_come(self) -> Decimal:
        """Return what of the Ansatz is on no statement as money of the city; less than 0 where more came."""
        return self.total.model - self.instalments

    @property
    def is_covered(self) -> bool:
        """Return whether all that the city and the sources of the special pots gave is on a statement."""
        return not self.to_come and self.total.special == self.special_received

    @property
    def wrong(self) -> list[Figures]:
        """Return the pots that do not add up."""
        return [row for row in self.pots if not row.adds_up]

    @property
    def shown(self) -> set[str]:
        """Return the names of the figures that have something in a pot: the others need no column."""
        names = (*IN, *OUT, *LEFT, "later", "total_in")
        return {name for name in names if any(getattr(row, name) for row in self.pots)}

    @property
    def of_projects(self) -> Decimal:
        return sum((row.paid for row in self.projects), ZERO)

    @property
    def reclaimed(self) -> Decimal:
        """Return what of these grants is claimed back today and has not come."""
        return sum({row.application.pk: row.application.reclaimed for row in self.projects}.values(), ZERO)

    @property
    def of_overhead(self) -> Decimal:
        return sum((row.paid for row in self.pots if row.pot and row.pot.is_overhead), ZERO)

    @property
    def adds_up(self) -> bool:
        """Return whether each pot adds up, and projects and overhead make what was paid."""
        return not self.wrong and self.of_projects + self.of_overhead == self.total.paid

    @property
    def to_pay_back(self) -> Decimal:
        """Return what lapsed to the city and was not paid back yet."""
        return self.lapsed_to_city - self.paid_to_city

    @property
    def granted(self) -> Decimal:
        return sum((row.granted for row in self.projects), ZERO)

    @property
    def open(self) -> Decimal:
        return self.granted - self.of_projects


def city_proof(year: FiscalYear, day: date) -> CityProof:
    """Return the proof of the year. At most eleven queries at any size."""
    pots = sorted(year.pots.select_related("district", "year"), key=lambda pot: KINDS.index(pot.kind))
    booked: dict[int, dict[tuple[str, str], Decimal]] = defaultdict(dict)
    sums = LedgerEntry.objects.filter(pot__in=pots).order_by().values_list("pot", "kind", "occasion")
    for pot, kind, occasion, euro in sums.annotate(Sum("amount")):
        booked[pot][kind, occasion] = euro
    rows = [_figures(pot, booked[pot.pk]) for pot in pots]
    total = Figures("Alle Töpfe")
    for name in (*IN, *OUT, *LEFT):
        setattr(total, name, sum((getattr(row, name) for row in rows), ZERO))
    projects = _funded(pots)
    keys = {row.application.project_id for row in projects}
    third = FinancingItem.objects.filter(
        project__in=LedgerEntry.objects.filter(pot__in=pots, kind=K.COMMIT).values("application__project"),
        kind=FinancingItem.Kind.THIRD_PARTY,
        third_party_state__in=(FinancingItem.ThirdParty.PROMISED, FinancingItem.ThirdParty.RECEIVED),
    )
    of_third = {
        project: euro or ZERO
        for project, euro in third.order_by().values_list("project").annotate(Sum("amount"))
        if project in keys
    }
    received = StatementEntry.objects.aggregate(
        special=Sum("amount", filter=Q(use=StatementEntry.Use.SPECIAL, pot__year=year)),
        back=Sum("amount", filter=Q(use=StatementEntry.Use.TO_CITY, year=year)),
    )
    instalments = StatementEntry.objects.filter(use=StatementEntry.Use.INSTALMENT, year=year)
    return CityProof(
        year,
        day,
        rows,
        total,
        projects,
        proofs_of([pot.pk for pot in pots], day),
        list(instalments.order_by("booked_on", "pk")),
        received["special"] or ZERO,
        lapsed_to_city(year),
        -(received["back"] or ZERO),
        len(keys),
        len(of_third),
        sum(of_third.values(), ZERO),
    )


def _figures(pot: Pot, booked: dict[tuple[str, str], Decimal]) -> Figures:
    figures = Figures(
        str(pot), pot, outstanding=pot.outstanding, reserved=pot.reserved, available=pot.available
    )
    for name, moves in FIGURES.items():
        setattr(figures, name, sum((sign * _sum(booked, kind, when) for kind, when, sign in moves), ZERO))
    counters: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for (kind, _), euro in booked.items():
        counter, sign = MOVES[kind]
        counters[counter] += sign * euro
    figures.booked = {name: counters[name] for name in ("allotted", "reserved", "committed", "paid")}
    return figures


def _sum(booked: dict[tuple[str, str], Decimal], kind: str, occasion: str | None) -> Decimal:
    found: Iterable[Decimal] = (
        euro for (of, when), euro in booked.items() if of == kind and occasion in (None, when)
    )
    return sum(found, ZERO)


def _funded(pots: list[Pot]) -> list[Funded]:
    """Return each grant with bookings in these pots, by pot and number of the project. Two queries."""
    moves = {
        K.COMMIT: ("granted", 1),
        K.RELEASE: ("granted", -1),
        K.PAY: ("paid", 1),
        K.PAY_BACK: ("paid", -1),
    }
    entries = LedgerEntry.objects.filter(pot__in=pots, application__isnull=False, kind__in=moves)
    found: dict[tuple[int, int], dict[str, Decimal]] = defaultdict(lambda: {"granted": ZERO, "paid": ZERO})
    for pot, application, kind, euro in (
        entries.order_by().values_list("pot", "application", "kind").annotate(Sum("amount"))
    ):
        name, sign = moves[kind]
        found[pot, application][name] += sign * euro
    wanted = Application.objects.filter(pk__in=entries.order_by().values("application"))
    applications = {
        each.pk: each for each in wanted.select_related("project__lead_district", "project__main_field")
    }
    order = {pot.pk: (index, pot) for index, pot in enumerate(pots)}
    rows = [
        Funded(applications[application], order[pot][1], **sums)
        for (pot, application), sums in found.items()
        if sums["granted"] or sums["paid"]
    ]
    rows.sort(key=lambda row: (order[row.pot.pk][0], str(row.project.number), row.application.pk))
    return rows


def proofs_of(pots: list[int], day: date) -> list[Proofs]:
    """Return how far the proofs of use of these pots' (keys) grants are, by the depth that the decision asks for. One query."""
    granted = Decision.objects.filter(
        of_pots(pots, "application__"),
        step=Step.APPROVE,
        proof_due_on__isnull=False,
        application__state__in=Application.GRANTED,
        application__paid__gt=0,
    )
    settled = Q(application__state=Application.State.SETTLED)
    rows: dict[str, Any] = {
        row["proof_depth"]: row
        for row in granted.order_by()
        .values("proof_depth")
        .annotate(
            asked=Count("pk"),
            due=Count("pk", filter=Q(proof_due_on__lt=day)),
            handed_in=Count("pk", filter=settled | Q(application__proof__handed_in_on__isnull=False)),
            checked=Count("pk", filter=settled | Q(application__proof__state=ProofOfUse.State.ACCEPTED)),
        )
    }
    return [
        Proofs(depth.label, **{name: rows[depth][name] for name in ("asked", "due", "handed_in", "checked")})
        for depth in ProofDepth
        if depth in rows
    ]
