"""A pot's ledger as a statement: the bookings behind a figure, and the figure after each booking."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet, Sum

from funding.ledger import MOVES
from funding.models import Application, LedgerEntry, Pot
from funding.permissions import sees_entries_of
from members.common.money import ZERO
from members.roles.permissions import Roles


@dataclass(frozen=True)
class Lens:
    """One figure of a pot, made of counters: each with weight +1 or -1."""

    name: str
    weights: Mapping[str, int]

    def effects(self) -> dict[str, int]:
        """Return how each kind of booking that moves the figure does: kind -> +1 or -1."""
        return {
            str(kind): sign * self.weights[counter]
            for kind, (counter, sign) in MOVES.items()
            if counter in self.weights
        }

    def figure(self, pot: Pot) -> Decimal:
        """Return the figure in euro, from the pot's counters."""
        return sum((weight * getattr(pot, counter) for counter, weight in self.weights.items()), ZERO)


#: The keys are values in the address (``?art=``).
LENSES = {
    "frei": Lens("frei", {"allotted": +1, "reserved": -1, "committed": -1}),
    "ansatz": Lens("Ansatz", {"allotted": +1}),
    "vorgemerkt": Lens("vorgemerkt", {"reserved": +1}),
    "gebunden": Lens("gebunden", {"committed": +1, "paid": -1}),
    "bezahlt": Lens("bezahlt", {"paid": +1}),
}


def readable_entries(roles: Roles, pot: Pot) -> "QuerySet[LedgerEntry]":
    """Return the pot's bookings that these roles may read: all, or those of visible applications."""
    entries = LedgerEntry.objects.filter(pot=pot)
    if sees_entries_of(roles, pot):
        return entries
    return entries.filter(application__in=Application.objects.visible_to(roles).order_by())


def statement(entries: "QuerySet[LedgerEntry]", lens: Lens, *, moving_only: bool) -> "QuerySet[LedgerEntry]":
    """Return the bookings, newest first; ``moving_only`` are those that move the lens's figure."""
    return (entries.filter(kind__in=lens.effects()) if moving_only else entries).order_by("-pk")


def run(entries: Sequence[Any], lens: Lens, start: Decimal) -> None:
    """Set on each booking its ``effect`` on the figure and the figure ``after`` it, in euro.

    ``entries`` are given newest first; those that do not move the figure may be missing.
    ``start`` is the figure before the oldest of them, in euro.
    """
    effects = lens.effects()
    for entry in reversed(entries):
        entry.effect = effects.get(entry.kind, 0) * entry.amount
        entry.after = start = start + entry.effect


def total(entries: "QuerySet[LedgerEntry]", lens: Lens) -> Decimal:
    """Return the sum of the bookings' effects on the figure, in euro."""
    effects = lens.effects()
    sums = entries.order_by().values_list("kind").annotate(Sum("amount"))
    return sum((effects.get(kind, 0) * amount for kind, amount in sums), ZERO)
