"""The proof to the city of a year: what came in, what went out by pot and project, what is left where.

All of it is added up from the bookings, and compared with the pots' counters before it is shown. Amounts in euro.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from funding.closing.lights import KINDS, of_pots
from funding.closing.models.closing import lapsed_to_city
from funding.ledger import MOVES
from funding.models import Application, Decision, FiscalYear, LedgerEntry, Pot, Step
from funding.models.terms import ProofDepth
from funding.payments.models import StatementEntry
from funding.proofs.models import ProofOfUse
from members.common.money import ZERO
from projects.models import FinancingItem, Project

K, Occasion, Use = LedgerEntry.Kind, LedgerEntry.Occasion, StatementEntry.Use
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
#: The parameter of the page's address that chooses some of the projects, and the value for those with third-party money.
ROWS, WITH_THIRD_PARTY = "projekte", "drittmittel"
#: How far a proof is: name -> German word.
PROVED = {"asked": "verlangt", "due": "fällig", "handed_in": "eingereicht", "checked": "geprüft"}
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
    #: What third parties gave or promised the project.
    third_party: Decimal = ZERO

    @property
    def project(self) -> Project:
        return self.application.project

    @property
    def open(self) -> Decimal:
        return self.granted - self.paid


@dataclass(frozen=True)
class Proofs:
    """How many grants of one depth have to be proved, are due by now, were handed in, and are checked."""

    depth: ProofDepth
    asked: int
    due: int
    handed_in: int
    checked: int

    @property
    def label(self) -> str:
        return str(self.depth.label)

    @property
    def parts(self) -> list[tuple[int, str, str]]:
        """Return each number, its word, and the value of ``ROWS`` in the address that leads to what it counts."""
        return [(getattr(self, name), word, f"{self.depth}-{name}") for name, word in PROVED.items()]


@dataclass(frozen=True)
class CityProof:
    """The proof of one year as it stands on ``day`` (local date)."""

    year: FiscalYear
    day: date
    pots: list[Figures]
    total: Figures
    projects: list[Funded]
    proofs: list[Proofs]
    #: What the statements say came from the city for the year, came for its special pots, and went back to the city.
    received: list[StatementEntry]
    for_special: list[StatementEntry]
    to_city: list[StatementEntry]
    #: What lapsed to the city when the year was closed.
    lapsed_to_city: Decimal

    @property
    def of_bank(self) -> list[tuple[str, StatementEntry]]:
        """Return all of them in this order, each with what it is."""
        kinds = (
            ("Geld der Stadt", self.received),
            ("Sondermittel", self.for_special),
            ("zurück an die Stadt", self.to_city),
        )
        return [(what, entry) for what, entries in kinds for entry in entries]

    @property
    def special_received(self) -> Decimal:
        return sum((entry.amount for entry in self.for_special), ZERO)

    @property
    def paid_to_city(self) -> Decimal:
        return -sum((entry.amount for entry in self.to_city), ZERO)

    @property
    def funded_projects(self) -> int:
        return len({row.project.pk for row in self.projects})

    @property
    def _third_parties(self) -> dict[int, Decimal]:
        return {row.project.pk: row.third_party for row in self.projects if row.third_party}

    @property
    def with_third_party(self) -> int:
        """Return how many of the funded projects have third-party money that is promised or received."""
        return len(self._third_parties)

    @property
    def third_party(self) -> Decimal:
        return sum(self._third_parties.values(), ZERO)

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


def city_proof(year: FiscalYear, day: date) -> CityProof:
    """Return the proof of the year. At most ten queries at any size."""
    pots = sorted(year.pots.select_related("district", "year"), key=lambda pot: KINDS.index(pot.kind))
    booked: dict[int, dict[tuple[str, str], Decimal]] = defaultdict(dict)
    sums = LedgerEntry.objects.filter(pot__in=pots).order_by().values_list("pot", "kind", "occasion")
    for pot, kind, occasion, euro in sums.annotate(Sum("amount")):
        booked[pot][kind, occasion] = euro
    rows = [_figures(pot, booked[pot.pk]) for pot in pots]
    total = Figures("Alle Töpfe")
    for name in (*IN, *OUT, *LEFT):
        setattr(total, name, sum((getattr(row, name) for row in rows), ZERO))
    of_bank = StatementEntry.objects.filter(
        Q(use__in=(Use.INSTALMENT, Use.TO_CITY), year=year) | Q(use=Use.SPECIAL, pot__year=year)
    )
    entries: dict[str, list[StatementEntry]] = defaultdict(list)
    for entry in of_bank.select_related("statement").order_by("booked_on", "pk"):
        entries[entry.use].append(entry)
    return CityProof(
        year,
        day,
        rows,
        total,
        _funded(pots),
        proofs_of([pot.pk for pot in pots], day),
        entries[Use.INSTALMENT],
        entries[Use.SPECIAL],
        entries[Use.TO_CITY],
        lapsed_to_city(year),
    )


def chosen(proof: CityProof, value: str) -> list[Funded] | None:
    """Return the rows of projects that a value of ``ROWS`` chooses; None for one that chooses nothing. One query at most."""
    if value == WITH_THIRD_PARTY:
        return [row for row in proof.projects if row.third_party]
    depth, _, state = value.partition("-")
    if depth not in ProofDepth or state not in PROVED:
        return None
    wanted = _to_prove([row.pot.pk for row in proof.pots if row.pot]).filter(proof_depth=depth)
    keys = set(wanted.filter(_how_far(proof.day)[state]).values_list("application", flat=True))
    return [row for row in proof.projects if row.application.pk in keys]


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
    """Return each grant with bookings in these pots, by pot and number of the project. Three queries."""
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
    third = FinancingItem.objects.filter(
        project__in=wanted.values("project"),
        kind=FinancingItem.Kind.THIRD_PARTY,
        third_party_state__in=(FinancingItem.ThirdParty.PROMISED, FinancingItem.ThirdParty.RECEIVED),
    )
    of_third = dict(third.order_by().values_list("project").annotate(Sum("amount")))
    order = {pot.pk: (index, pot) for index, pot in enumerate(pots)}
    rows = [
        Funded(
            applications[application],
            order[pot][1],
            **sums,
            third_party=of_third.get(applications[application].project_id, ZERO),
        )
        for (pot, application), sums in found.items()
        if sums["granted"] or sums["paid"]
    ]
    rows.sort(key=lambda row: (order[row.pot.pk][0], str(row.project.number), row.application.pk))
    return rows


def _to_prove(pots: list[int]) -> "QuerySet[Decision]":
    """Return the approvals that ask for a proof, of grants of these pots (keys) of which something was paid."""
    return Decision.objects.filter(
        of_pots(pots, "application__"),
        step=Step.APPROVE,
        proof_due_on__isnull=False,
        application__state__in=Application.GRANTED,
        application__paid__gt=0,
    )


def _how_far(day: date) -> dict[str, Q]:
    """Return for each name in ``PROVED`` the condition on the approvals, by the local date."""
    settled = Q(application__state=Application.State.SETTLED)
    return {
        "asked": Q(),
        "due": Q(proof_due_on__lt=day),
        "handed_in": settled | Q(application__proof__handed_in_on__isnull=False),
        "checked": settled | Q(application__proof__state=ProofOfUse.State.ACCEPTED),
    }


def proofs_of(pots: list[int], day: date) -> list[Proofs]:
    """Return how far the proofs of use of these pots' (keys) grants are, by the depth that the decision asks for. One query."""
    numbers = {name: Count("pk", filter=condition) for name, condition in _how_far(day).items()}
    found: Any = _to_prove(pots).order_by().values("proof_depth").annotate(**numbers)
    rows = {row["proof_depth"]: {name: row[name] for name in PROVED} for row in found}
    return [Proofs(depth, **rows[depth]) for depth in ProofDepth if depth in rows]
