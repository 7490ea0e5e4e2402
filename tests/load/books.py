"""The years, pots and number series of the load, kept in memory beside the rows that are written."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.db.models import F

from funding import ledger
from funding import services as funding
from funding.errors import YearNotOpen
from funding.models import FiscalYear, Pot
from members.common.money import money
from members.models import User
from projects.models import NumberSeries
from tests.load.people import Place

#: What a pot is allotted per project, in cents: about what the projects ask for, so that some pots run dry.
EACH = {
    Pot.Kind.PILLAR_1: 110_000,
    Pot.Kind.PILLAR_2: 75_000,
    Pot.Kind.SPECIAL: 15_000,
    Pot.Kind.OVERHEAD: 10_000,
}
SPECIAL_POTS = (("SPARKASSE", "Spende der Sparkasse"), ("BV", "Mittel der Bezirksvertretungen"))


@dataclass
class Account:
    """A pot: its key, and what moved since the last flush, in cents per counter."""

    key: int
    kind: str
    code: str
    district: int | None
    allotted: int
    taken: int
    moved: dict[str, int] = field(default_factory=lambda: dict.fromkeys(ledger.COUNTERS, 0))

    @property
    def free(self) -> int:
        return self.allotted - self.taken

    @property
    def name(self) -> tuple[str, object]:
        """How a row of a financing plan names the pot."""
        if self.kind == Pot.Kind.PILLAR_1:
            return self.kind, self.district
        return self.kind, self.code if self.kind == Pot.Kind.SPECIAL else None

    def move(self, kind: str, cents: int) -> None:
        counter, sign = ledger.MOVES[kind]
        self.moved[counter] += sign * cents
        if counter == "allotted":
            self.allotted += sign * cents
        elif counter in ("reserved", "committed"):
            self.taken += sign * cents


@dataclass
class Books:
    """One fiscal year: its pots by what a financing row says of them, and the running numbers by district."""

    year: int
    limit: int | None
    accounts: dict[tuple[str, object], Account]
    numbers: dict[int, int]

    def pillar_1(self, district: int) -> Account | None:
        return self.accounts.get((Pot.Kind.PILLAR_1, district))

    @property
    def pool(self) -> Account | None:
        return self.accounts.get((Pot.Kind.PILLAR_2, None))

    @property
    def overhead(self) -> Account | None:
        return self.accounts.get((Pot.Kind.OVERHEAD, None))

    @property
    def special(self) -> list[Account]:
        return [a for (kind, _), a in self.accounts.items() if kind == Pot.Kind.SPECIAL]

    def next_number(self, place: Place) -> str:
        self.numbers[place.key] = last = self.numbers.get(place.key, 0) + 1
        return f"{self.year}-{place.code}-{last:03d}"

    def flush(self) -> None:
        """Bring counters and series up to date; in the transaction that writes their entries."""
        for account in self.accounts.values():
            change = {name: cents for name, cents in account.moved.items() if cents}
            if change:
                Pot.objects.filter(pk=account.key).update(
                    **{name: F(name) + money(Decimal(cents).scaleb(-2)) for name, cents in change.items()}
                )
                account.moved = dict.fromkeys(ledger.COUNTERS, 0)
        NumberSeries.objects.bulk_create(
            [NumberSeries(year=self.year, district_id=d, last=last) for d, last in self.numbers.items()],
            update_conflicts=True,
            unique_fields=["year", "district"],
            update_fields=["last"],
        )


def open_books(
    year: int, places: tuple[Place, ...], counts: dict[int, int], staff: int, today: date
) -> Books:
    """Open the year where needed and allot what this many projects per district (by key) will ask for.

    Raises YearNotOpen where the year is closed.
    """
    actor = User.objects.get(pk=staff)
    day = min(date(year, 1, 2), today)
    found = FiscalYear.objects.filter(year=year).first()
    if found is None or found.state == FiscalYear.State.PLANNED:
        _provide(year, len(places), sum(counts.values()))
        found = funding.open_year(year, actor=actor, on=day)
    elif found.state == FiscalYear.State.CLOSED:
        raise YearNotOpen(f"Das Haushaltsjahr {year} ist abgeschlossen; bitte andere Jahre wählen.")
    model = found.model
    present = {pot.code for pot in found.pots.all()}
    if model.pool_allotment:
        for code, source in SPECIAL_POTS:
            if code not in present:
                cents = _wanted(Pot.Kind.SPECIAL, sum(counts.values()))
                funding.open_pot(year, code=code, source=source, amount=_euro(cents), actor=actor, on=day)
    # A district that came after the year was opened has no pot in it yet, and no money.
    have = set(found.pots.filter(kind=Pot.Kind.PILLAR_1).values_list("district", flat=True))
    Pot.objects.bulk_create(
        Pot(year=found, kind=Pot.Kind.PILLAR_1, code=f"S1-{p.code}", district_id=p.key)
        for p in places
        if p.key not in have
    )
    accounts = {}
    for pot in found.pots.order_by("pk"):
        account = Account(
            pot.pk,
            pot.kind,
            pot.code,
            pot.district_id,
            allotted=int(pot.allotted.scaleb(2)),
            taken=int((pot.reserved + pot.committed).scaleb(2)),
        )
        accounts[account.name] = account
    numbers = dict(NumberSeries.objects.filter(year=year).values_list("district", "last"))
    limit = model.second_signature_from
    return Books(year, None if limit is None else int(limit.scaleb(2)), accounts, numbers)


def _provide(year: int, districts: int, projects: int) -> None:
    """A funding model for the year with about what so many projects ask for; a frozen one stays as it is."""
    model = funding.model_for(year)
    if model.first_year != year:
        model.pk, model.first_year, model.name = None, year, f"Last für Tests {year}"
    elif model.years.exclude(state=FiscalYear.State.PLANNED).exists():
        return
    for name, kind, number in (
        ("district_allotment", Pot.Kind.PILLAR_1, projects // districts),
        ("pool_allotment", Pot.Kind.PILLAR_2, projects),
        ("overhead_allotment", Pot.Kind.OVERHEAD, projects),
    ):
        if getattr(model, name):
            setattr(model, name, _euro(_wanted(kind, number)))
    model.save()


def _wanted(kind: Pot.Kind, projects: int) -> int:
    """Cents for so many projects, in whole thousands of euro, as somebody would decide them."""
    return max(-(-projects * EACH[kind] // 100_000), 1) * 100_000


def _euro(cents: int) -> Decimal:
    return Decimal(cents).scaleb(-2)
