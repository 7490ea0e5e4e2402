"""Grants, proofs, claims, interest, carry-overs and years that close and open again, in random order, against sums.

The model knows no database: a pot of a year is four numbers, a grant is a state and what of it was paid from which year.
Each step is one that must go through, or one that must be refused; a refused one changes nothing.
"""

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random

import pytest
from django.db import transaction
from django.db.models import Sum
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from funding import hooks, services
from funding.errors import FundingError
from funding.models import Application, FiscalYear, GrantTerms, LedgerEntry, Pot
from funding.proofs import services as proofs
from funding.proofs.services import Cut, Entered
from funding.verify import findings
from tests import called, personas
from tests.closed import permit
from tests.plans import change, costs
from tests.test_proofs import REPORT

ZERO, CENT, OWN = Decimal("0.00"), Decimal("0.01"), Decimal(200)
REASON = "Weil es so ist."
#: Kind -> counter and direction: once more beside the program's own table.
DIRECTIONS = {
    "allot": ("allotted", 1), "supplement": ("allotted", 1), "lapse": ("allotted", -1), "late_repayment": ("allotted", 1),
    "carry_in": ("allotted", 1), "carry_out": ("allotted", -1), "reserve": ("reserved", 1), "unreserve": ("reserved", -1),
    "commit": ("committed", 1), "release": ("committed", -1), "pay": ("paid", 1), "pay_back": ("paid", -1),
}  # fmt: skip
#: What some walk comes by, or the walks prove too little.
REACHED = {
    "grant", "grant by two", "pay", "prove all", "prove cut", "prove less", "prove overpaid", "prove nothing", "claim repaid",
    "claim waived", "late", "interest", "late interest", "increase", "reduce", "revoke", "settle", "bounce", "late bounce", "carry",
    "carry back", "close", "close with remainders", "reopen", "reopen with remainders", "refused closing", "refused booking",
}  # fmt: skip


def years() -> tuple[int, int, int]:
    this = personas.this_year()
    return this - 1, this, this + 1


@dataclass
class PotModel:
    allotted: Decimal
    reserved: Decimal = ZERO
    committed: Decimal = ZERO
    paid: Decimal = ZERO

    @property
    def free(self) -> Decimal:
        return self.allotted - self.reserved - self.committed


@dataclass(eq=False)
class Grant:
    pk: int
    year: int
    at: int
    granted: Decimal
    costs: Decimal
    by_two: bool
    state: str = "approved"
    paid: Decimal = ZERO
    reclaimed: Decimal = ZERO
    proved: bool = False
    #: Year of the pot -> what was paid from it and did not come back.
    paid_from: dict[int, Decimal] = field(default_factory=lambda: defaultdict(lambda: ZERO))

    @property
    def rest(self) -> Decimal:
        return self.granted - self.paid


class Walk:
    """One season on the pool of pillar 2 in three years."""

    reached: Counter[str] = Counter()

    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)
        self.wf1, self.wf2 = personas.wf1(), personas.wf2()
        self.pots = {year: PotModel(personas.pot("S2", year).allotted) for year in years()}
        self.open = dict.fromkeys(years(), True)
        #: Year -> what of its free money is in the next year's pot, and what lapsed.
        self.lent = dict.fromkeys(years(), ZERO)
        self.gone = dict.fromkeys(years(), ZERO)
        #: What came in from outside and what left for good.
        self.brought, self.lapsed = sum((pot.allotted for pot in self.pots.values()), ZERO), ZERO
        self.grants: list[Grant] = []

    # What chance decides

    def part(self, base: Decimal) -> Decimal:
        share = self.chance.choice([100, 50, 50, self.chance.randint(1, 99)])
        return max((base * share / 100).quantize(CENT), min(base, CENT))

    def some(self, fits: Callable[[Grant], bool]) -> Grant | None:
        fitting = [grant for grant in self.grants if fits(grant)]
        return self.chance.choice(fitting) if fitting else None

    def later(self, year: int) -> int | None:
        return next((each for each in years() if each > year and self.open[each]), None)

    def row(self, grant: Grant) -> Application:
        return Application.objects.select_related("pot", "project", "carried_to").get(pk=grant.pk)

    def by_two(self, grant: Grant, what: str, to: Decimal) -> None:
        asked = services.request_change(self.row(grant), what=what, to=to, reason=REASON, actor=self.wf1)
        services.confirm_change(asked, actor=self.wf2)

    def refused(self, act: Callable[[], object]) -> None:
        before = LedgerEntry.objects.count()
        with pytest.raises(FundingError), transaction.atomic():
            act()
        assert LedgerEntry.objects.count() == before

    # Steps: each returns what it did, or nothing where there was nothing to do it with

    def grant(self) -> str:
        year = self.chance.choice(years())
        amount = min(Decimal(self.chance.choice([900, 2500, 4800, 5000, 7000])), self.pots[year].free)
        if not self.open[year] or amount < 100:
            return ""
        project = personas.approved(
            personas.gf_aplerbeck(),
            year=year,
            pillar_2=str(amount),
            others=[{"kind": "own", "amount": str(OWN)}],
        )
        made = personas.application(project, "S2")
        self.grants.append(Grant(made.pk, year, year, amount, amount + OWN, by_two=amount >= 5000))
        self.pots[year].committed += amount
        return "grant by two" if amount >= 5000 else "grant"

    def pay(self) -> str:
        grant = self.some(lambda g: g.state == "approved" and g.rest > 0 and not g.reclaimed)
        if grant is None:
            return ""
        amount = self.part(grant.rest)
        self.close_the_gap(grant)
        called.pay(self.row(grant), amount=amount, actor=self.wf1)
        grant.paid += amount
        grant.paid_from[grant.at] += amount
        self.pots[grant.at].paid += amount
        return "pay"

    def close_the_gap(self, grant: Grant) -> None:
        if grant.costs != grant.granted + OWN:
            grant.costs = grant.granted + OWN
            change(self.row(grant).project, personas.gf_aplerbeck(), costs=costs(str(grant.costs)))

    def prove(self) -> str:
        """Of a plan of costs G + 200 with a fixed grant: due is what was spent and not cut, up to the grant."""
        grant = self.some(lambda g: g.state == "approved" and g.paid > 0 and not g.proved and not g.reclaimed)
        if grant is None:
            return ""
        gf, granted = personas.gf_aplerbeck(), grant.granted
        proof = proofs.open_proof(self.row(grant), actor=gf)
        between = grant.paid + self.part(grant.rest)
        spent = self.chance.choice([granted + OWN, granted, between, between, self.part(grant.paid), ZERO])
        first, *more = [row for row in proof.rows.order_by("side") if not row.is_grant]
        report = {**REPORT, "procurement": "Drei Angebote.", "explanation": "Es regnete."}
        entered = Entered(report=report, actual={first.pk: spent} | {row.pk: ZERO for row in more})
        proof = proofs.save_proof(proof, entered=entered, actor=gf)
        proof = proofs.hand_in(proof, actor=gf)
        cut = self.part(spent) if spent and self.chance.random() < 0.3 else ZERO
        if cut:
            proof = proofs.announce_cut(proof, cuts={first.pk: Cut(cut, REASON)}, actor=self.wf1)
            proof = proofs.answer_hearing(proof, answer="Stimmt.", actor=gf)
        signed = proofs.note(proof, text="Geprüft.", depth="simple", actor=self.wf1)
        if signed.waits:
            proofs.accept(signed, actor=self.wf2)
        grant.proved = True
        result = min(granted, spent - cut)
        Walk.reached["prove cut"] += bool(cut)
        return self.proved(grant, result)

    def proved(self, grant: Grant, result: Decimal) -> str:
        overpaid = max(grant.paid - result, ZERO)
        if result == 0:
            self.free(grant, grant.rest)
            grant.state, grant.reclaimed = "revoked", grant.paid
            return "prove nothing"
        if overpaid:
            self.free(grant, grant.rest)
            grant.reclaimed = overpaid
            return "prove overpaid"
        done = "prove all" if result == grant.granted else "prove less"
        self.free(grant, grant.granted - result)
        if not grant.rest:
            grant.state = "settled"
        return done

    def free(self, grant: Grant, amount: Decimal) -> None:
        if amount:
            grant.granted -= amount
            self.pots[grant.at].committed -= amount

    def come_back(self, grant: Grant, amount: Decimal) -> tuple[Decimal, int]:
        """Say how much of it is money of another year, and where that goes."""
        here = grant.paid_from[grant.at] if self.open[grant.at] else ZERO
        late = max(amount - here, ZERO)
        into = grant.at if self.open[grant.at] else self.later(grant.at)
        assert into is not None or not late
        grant.paid -= amount
        grant.paid_from[grant.at] -= amount - late
        self.pots[grant.at].paid -= amount - late
        if late:
            self.pots[into].allotted += late
            self.brought += late
            for year in grant.paid_from:
                gone = min(late, grant.paid_from[year]) if year != grant.at or not here else ZERO
                grant.paid_from[year] -= gone
                late -= gone
            return amount - here, into
        return ZERO, grant.at

    def can_come_back(self, grant: Grant) -> bool:
        return self.open[grant.at] or self.later(grant.at) is not None

    def repay(self) -> str:
        grant = self.some(lambda g: g.reclaimed > 0 and self.can_come_back(g))
        if grant is None:
            return ""
        amount = self.part(grant.reclaimed)
        if amount == grant.granted and grant.state != "revoked":
            return ""
        services.repay(self.row(grant), amount=amount, actor=self.wf2)
        late, _ = self.come_back(grant, amount)
        grant.granted -= amount
        self.pots[grant.at].committed -= amount - late
        grant.reclaimed -= amount
        return "late" if late else "claim repaid"

    def waive(self) -> str:
        grant = self.some(lambda g: g.reclaimed > 0)
        if grant is None:
            return ""
        amount = self.part(grant.reclaimed)
        self.by_two(grant, "waive", grant.granted - amount)
        grant.reclaimed -= amount
        return "claim waived"

    def interest(self) -> str:
        grant = self.some(lambda g: g.paid > 0 and self.can_come_back(g))
        if grant is None:
            return ""
        amount = Decimal(self.chance.randint(1, 3000)).scaleb(-2)
        services.book_interest(self.row(grant), amount=amount, actor=self.wf1)
        into = grant.at if self.open[grant.at] else self.later(grant.at)
        self.pots[into].allotted += amount
        self.brought += amount
        return "interest" if self.open[grant.at] else "late interest"

    def bounce(self) -> str:
        grant = self.some(
            lambda g: g.state == "approved" and g.paid > 0 and not g.proved and self.can_come_back(g)
        )
        if grant is None:
            return ""
        amount = self.part(grant.paid)
        services.bounce(self.row(grant), amount=amount, reason=REASON, actor=self.wf1)
        late, into = self.come_back(grant, amount)
        if late:
            self.pots[into].committed += late
            grant.at = into
        services.release_call(self.row(grant), amount=amount, reason=REASON, actor=self.wf1)
        grant.reclaimed = min(grant.reclaimed, grant.paid)
        return "late bounce" if late else "bounce"

    def increase(self) -> str:
        def fits(g: Grant) -> bool:
            raised = self.open[g.at] and self.pots[g.at].free > 0 and not g.reclaimed and not g.proved
            return g.state == "approved" and raised and g.granted < g.costs

        grant = self.some(fits)
        if grant is None:
            return ""
        further = min(self.part(grant.costs - grant.granted), self.pots[grant.at].free)
        to = grant.granted + further
        if to >= 5000:
            self.by_two(grant, "increase", to)
            grant.by_two = True
        else:
            services.increase(self.row(grant), to=to, reason=REASON, actor=self.wf1)
        grant.granted = to
        self.pots[grant.at].committed += further
        return "increase"

    def reduce(self) -> str:
        grant = self.some(lambda g: g.state == "approved" and self.open[g.at] and g.rest > CENT)
        if grant is None:
            return ""
        to = max(grant.paid, CENT) + self.part(grant.rest - CENT) / 2
        to = to.quantize(CENT)
        if not grant.paid <= to < grant.granted:
            return ""
        personas.lessen(self.row(grant), "reduce", to=to, reason=REASON, by=self.wf1)
        self.free(grant, grant.granted - to)
        return "reduce"

    def revoke(self) -> str:
        grant = self.some(lambda g: g.state in ("approved", "settled") and self.chance.random() < 0.1)
        if grant is None:
            return ""
        personas.lessen(self.row(grant), "revoke", reason=REASON, by=self.wf1)
        self.free(grant, grant.rest)
        grant.state = "revoked"
        return "revoke"

    def settle(self) -> str:
        grant = self.some(lambda g: g.state == "approved" and g.paid > 0 and not g.reclaimed)
        if grant is None:
            return ""
        if grant.rest:
            personas.lessen(self.row(grant), "settle", by=self.wf2)
        else:
            services.settle(self.row(grant), actor=self.wf2)
        self.free(grant, grant.rest)
        grant.state = "settled"
        return "settle"

    def carry(self) -> str:
        grant = self.some(lambda g: g.state == "approved")
        if grant is None:
            return ""
        to = self.chance.choice([year for year in years() if year >= grant.year and year != grant.at] or [0])
        if not to or not self.open[to]:
            return ""
        rest = grant.rest
        services.carry(self.row(grant), to=FiscalYear.objects.get(year=to), reason=REASON, actor=self.wf1)
        self.pots[grant.at].committed -= rest
        self.pots[grant.at].allotted -= rest
        self.pots[to].allotted += rest
        self.pots[to].committed += rest
        grant.at = to
        return "carry back" if to == grant.year else "carry"

    def close(self) -> str:
        year = self.chance.choice(years())
        if not self.open[year]:
            return ""
        pot = self.pots[year]
        following = year + 1 if self.open.get(year + 1) and self.chance.random() < 0.6 else None
        carried = self.part(pot.free) if following and pot.free else ZERO

        def act() -> None:
            permit(year)
            services.close_year(year, actor=self.wf1, carried={personas.pot("S2", year).pk: carried})

        if pot.committed > pot.paid:
            self.refused(act)
            return "refused closing"
        with transaction.atomic():
            act()
        lapsed = pot.free - carried
        pot.allotted -= carried + lapsed
        if carried:
            self.pots[year + 1].allotted += carried
        self.open[year], self.gone[year] = False, lapsed
        self.lent[year] += carried
        self.lapsed += lapsed
        self.booking_in_a_closed_year()
        return "close with remainders" if carried else "close"

    def booking_in_a_closed_year(self) -> None:
        """Nothing is granted, paid or reduced there any more."""
        closed = self.some(lambda g: g.state == "approved" and not self.open[g.at])
        if closed is not None:
            row = self.row(closed)
            self.refused(lambda: services.earmark(row, amount=CENT, actor=personas.gf_aplerbeck()))
            self.refused(lambda: services.increase(row, to=closed.granted + 1, reason=REASON, actor=self.wf1))
            Walk.reached["refused booking"] += 1

    def reopen(self) -> str:
        year = self.some_closed()
        if year is None:
            return ""
        permit(year, "reopen")
        services.reopen_year(year, actor=self.wf1)
        lent, lapsed = self.lent[year], self.gone[year]
        back = min(lent, self.pots[year + 1].free) if lent and self.open[year + 1] else ZERO
        if back:
            self.pots[year + 1].allotted -= back
        self.lent[year] -= back
        self.pots[year].allotted += back + lapsed
        self.lapsed -= lapsed
        self.open[year] = True
        return "reopen with remainders" if back else "reopen"

    def some_closed(self) -> int | None:
        closed = [year for year in years() if not self.open[year]]
        return self.chance.choice(closed) if closed else None

    def go(self) -> None:
        """Take the first step, in random order, for which there is something."""
        steps = [
            self.grant, self.pay, self.pay, self.prove, self.prove, self.repay, self.waive, self.interest, self.bounce,
            self.bounce, self.increase, self.reduce, self.revoke, self.settle, self.carry, self.close, self.close, self.reopen,
        ]  # fmt: skip
        self.chance.shuffle(steps)
        done = next(done for step in steps if (done := step()))
        Walk.reached[done] += 1
        self.everything_agrees(done)

    # What holds after every step

    def everything_agrees(self, done: str) -> None:
        rows = Pot.objects.filter(code="S2", year__year__in=years())
        found = rows.values_list("year__year", "allotted", "reserved", "committed", "paid")
        assert {year: PotModel(*counters) for year, *counters in found} == self.pots, done
        grants = Application.objects.values_list("pk", "state", "granted", "paid", "reclaimed")
        assert sorted(grants) == sorted(
            (g.pk, g.state, g.granted, g.paid, g.reclaimed) for g in self.grants
        ), done
        self.entries_agree()
        self.every_euro_is_explained()

    def entries_agree(self) -> None:
        """Summed up from the bookings alone."""
        pots = {year: PotModel(ZERO) for year in years()}
        paid: dict[tuple[int, int], Decimal] = defaultdict(lambda: ZERO)
        rows = LedgerEntry.objects.filter(pot__code="S2").order_by()
        for year, application, kind, total in rows.values_list(
            "pot__year__year", "application", "kind"
        ).annotate(Sum("amount")):
            counter, sign = DIRECTIONS[kind]
            setattr(pots[year], counter, getattr(pots[year], counter) + sign * total)
            if counter == "paid":
                paid[application, year] += sign * total
        assert pots == self.pots
        assert min(paid.values(), default=ZERO) >= 0

    def every_euro_is_explained(self) -> None:
        """A closed year has nothing left that is not paid; over all years what was brought is there or has lapsed."""
        for year, pot in self.pots.items():
            assert 0 <= pot.paid <= pot.committed and pot.reserved + pot.committed <= pot.allotted
            if not self.open[year]:
                assert pot.reserved == 0 and pot.allotted == pot.committed == pot.paid
        there = sum((pot.allotted for pot in self.pots.values()), ZERO)
        assert there + self.lapsed == self.brought


@pytest.fixture
def three_years(db, monkeypatch) -> None:
    """The core's own checks: the payments of these tests have no calls."""
    monkeypatch.setattr(hooks, "verifiers", [])
    monkeypatch.setattr(hooks, "interest", [])  # no rule gives a basis here
    GrantTerms.objects.update(list_from=None, full_from=None)
    for year in years():
        personas.open_year(year)


def test_random_years_agree_with_the_model(three_years) -> None:
    Walk.reached.clear()

    @settings(max_examples=10, derandomize=True, database=None, deadline=None, phases=[Phase.generate])
    @given(st.integers(0, 2**32))
    def walks(seed: int) -> None:
        with transaction.atomic():
            walk = Walk(seed)
            for _ in range(60):
                walk.go()
            assert list(findings()) == []
            transaction.set_rollback(True)

    walks()
    missed = REACHED - set(Walk.reached)
    assert not missed
