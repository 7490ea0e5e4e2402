"""A pot's ledger as a statement: which bookings stand behind which figure, and what was left after each."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Case, Exists, F, OuterRef, QuerySet, Sum, Value, When, Window

from funding.ledger import MOVES
from funding.models import LedgerEntry, Pot
from funding.permissions import sees_entries_of
from members.permissions import Roles
from projects.models import Involvement
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


#: Keys stand in the address (``?art=``).
LENSES = {
    "frei": Lens("frei", {"allotted": +1, "reserved": -1, "committed": -1}),
    "ansatz": Lens("Ansatz", {"allotted": +1}),
    "vorgemerkt": Lens("vorgemerkt", {"reserved": +1}),
    "gebunden": Lens("gebunden", {"committed": +1, "paid": -1}),
    "bezahlt": Lens("bezahlt", {"paid": +1}),
}


def readable_entries(roles: Roles, pot: Pot) -> "QuerySet[LedgerEntry]":
    """The pot's bookings that these roles may read; the queryset of ``permissions.sees_entry``."""
    entries = LedgerEntry.objects.filter(pot=pot)
    if sees_entries_of(roles, pot):
        return entries
    involved = Involvement.objects.filter(
        project_id=OuterRef("application__project_id"), district_id__in=roles.district_ids
    )
    return entries.filter(Exists(involved))


def statement(entries: "QuerySet[LedgerEntry]", lens: Lens, *, moving_only: bool) -> "QuerySet[LedgerEntry]":
    """Bookings, newest first, with ``effect`` on the lens's figure and the figure ``after`` them, in euro.

    ``after`` is right where ``entries`` are all bookings of one pot. ``moving_only`` leaves out the ones
    that do not move the figure.
    """
    effects = lens.effects()
    if moving_only:
        entries = entries.filter(kind__in=effects)
    raising = [kind for kind, sign in effects.items() if sign > 0]
    lowering = [kind for kind, sign in effects.items() if sign < 0]
    effect = Case(
        When(kind__in=raising, then=F("amount")),
        When(kind__in=lowering, then=Value(ZERO, output_field=MoneyField()) - F("amount")),
        default=money(ZERO),
        output_field=MoneyField(),
    )
    return (
        entries.annotate(effect=effect)
        .annotate(after=Window(Sum("effect"), order_by=F("pk").asc()))
        .order_by("-pk")
    )


def total(entries: "QuerySet[LedgerEntry]", lens: Lens) -> Decimal:
    """The sum of the bookings' effects in euro: the figure itself when all bookings may be read."""
    sums = dict(entries.order_by().values_list("kind").annotate(Sum("amount")))
    return sum((sign * sums.get(kind, ZERO) for kind, sign in lens.effects().items()), ZERO)
