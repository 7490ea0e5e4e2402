"""A pot's ledger as a statement: which bookings stand behind which figure, and what was left after each."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import ClassVar

from django.db.models import Case, F, OuterRef, QuerySet, Subquery, Sum, Value, When

from funding.ledger import MOVES
from funding.models import Application, LedgerEntry, Pot
from funding.permissions import sees_entries_of
from members.models import Person, User
from members.permissions import Roles
from projects.money import ZERO, MoneyField, money


@dataclass(frozen=True)
class Lens:
    """One figure of a pot, as the counters it is made of."""

    name: str
    weights: Mapping[str, int]

    def effects(self) -> dict[str, int]:
        """Kind of booking -> how it moves the figure; kinds that leave it alone are missing."""
        return {
            str(kind): sign * self.weights[counter]
            for kind, (counter, sign) in MOVES.items()
            if counter in self.weights
        }

    def figure(self, pot: Pot) -> Decimal:
        """What the pot's counters say, in euro."""
        return sum((weight * getattr(pot, counter) for counter, weight in self.weights.items()), ZERO)


#: Keys stand in the address (``?art=``).
LENSES = {
    "frei": Lens("frei", {"allotted": +1, "reserved": -1, "committed": -1}),
    "ansatz": Lens("Ansatz", {"allotted": +1}),
    "vorgemerkt": Lens("vorgemerkt", {"reserved": +1}),
    "gebunden": Lens("gebunden", {"committed": +1, "paid": -1}),
    "bezahlt": Lens("bezahlt", {"paid": +1}),
}


def readable_entries(roles: Roles, pot: Pot) -> "QuerySet[LedgerEntry]":
    """Return the pot's bookings that these roles may read: of others' pots those of applications they may see."""
    entries = LedgerEntry.objects.filter(pot=pot)
    if sees_entries_of(roles, pot):
        return entries
    return entries.filter(application__in=Application.objects.visible_to(roles).order_by())


def statement(entries: "QuerySet[LedgerEntry]", lens: Lens, *, moving_only: bool) -> "QuerySet[LedgerEntry]":
    """Bookings, newest first. ``moving_only`` leaves out the ones that do not move the lens's figure."""
    return (entries.filter(kind__in=lens.effects()) if moving_only else entries).order_by("-pk")


@dataclass
class Line:
    """A booking with what its row shows of the things behind it; amounts in euro."""

    #: What the fields up to ``lead_district_id`` are read from: rows of values, a fraction of what objects cost.
    FIELDS: ClassVar = (
        "pk", "kind", "amount", "value_date", "text", "expense_id", "transfer_id", "actor_id", "application_id",
        "application__project__number", "application__project__title", "application__project__lead_district_id",
    )  # fmt: skip

    pk: int
    kind: str
    amount: Decimal
    value_date: date
    text: str
    expense_id: int | None
    transfer_id: int | None
    actor_id: int
    application_id: int | None
    number: str | None
    title: str | None
    lead_district_id: int | None
    actor: User | None = None
    #: Whom a deputy stood in for.
    booked_for: Person | None = None
    #: What it does to the figure, and the figure after it.
    effect: Decimal = ZERO
    after: Decimal = ZERO


def running(lines: Iterable[Line], lens: Lens, start: Decimal = ZERO) -> None:
    """Give these bookings, oldest first, their ``effect`` on the figure and the figure ``after`` each.

    ``start`` is the figure before the first of them. Bookings that do not move the figure may be missing.
    """
    effects = lens.effects()
    for line in lines:
        line.effect = effects.get(line.kind, 0) * line.amount
        line.after = start = start + line.effect


def figure_before(pot: Pot, pk: int, lens: Lens, *, from_start: bool) -> Decimal:
    """The figure of the pot before the booking with this key, in euro; one query.

    Reads the bookings on one side only: those before it (``from_start``), or the later ones, which are taken
    off the counters. Counters and bookings are read in one statement: bookings go on meanwhile.
    """
    if from_start:
        return total(LedgerEntry.objects.filter(pot=pot, pk__lt=pk), lens)
    later = LedgerEntry.objects.filter(pot=OuterRef("pk"), pk__gte=pk).order_by().values("pot")
    moved = Subquery(later.annotate(moved=Sum(_effect(lens))).values("moved"))
    now = Pot.objects.annotate(moved=moved).get(pk=pot.pk)
    return lens.figure(now) - now.moved


def total(entries: "QuerySet[LedgerEntry]", lens: Lens) -> Decimal:
    """The sum of the bookings' effects in euro."""
    return entries.aggregate(total=Sum(_effect(lens)))["total"] or ZERO


def _effect(lens: Lens) -> Case:
    effects = lens.effects()
    return Case(
        When(kind__in=[kind for kind, sign in effects.items() if sign > 0], then=F("amount")),
        When(
            kind__in=[kind for kind, sign in effects.items() if sign < 0],
            then=Value(ZERO, output_field=MoneyField()) - F("amount"),
        ),
        default=money(ZERO),
        output_field=MoneyField(),
    )
