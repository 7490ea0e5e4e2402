"""Closing a fiscal year and opening it again. The room ``closing`` asks two people and calls this."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.db.models import Q, Sum

from funding import permissions
from funding.errors import TransitionNotAllowed, YearNotOpen
from funding.ledger import lock_pots, post
from funding.models import Application, FiscalYear, LedgerEntry, Pot
from funding.rules import require_open, value_date
from funding.services.carrying import counterpart
from members.common.counting import counted
from members.common.money import ZERO, format_euro
from members.models import User
from members.roles.permissions import Roles

K = LedgerEntry.Kind
CLOSING = LedgerEntry.Occasion.CLOSING
CHANGED = (
    "In den Töpfen ist inzwischen etwas anderes frei als beim Antrag. Es wurde nichts gebucht. Bitte lehnen Sie ab und "
    "beantragen Sie den Abschluss neu."
)


def undecided(year: FiscalYear) -> int:
    """Return how many applications on the year's pots are handed in or returned and not decided."""
    booked_here = Q(carried_to__isnull=True, pot__year=year) | Q(carried_to__year=year)
    return Application.objects.filter(booked_here, state__in=Application.PENDING).count()


def _require_done(year: FiscalYear, pots: list[Pot]) -> None:
    """Raise TransitionNotAllowed while something of the year is reserved, committed and unpaid, or undecided."""
    for pot in pots:
        if pot.reserved:
            raise TransitionNotAllowed(f"{pot}: {format_euro(pot.reserved)} sind noch vorgemerkt.")
        if pot.outstanding:
            raise TransitionNotAllowed(
                f"{pot}: {format_euro(pot.outstanding)} sind gebunden und nicht bezahlt. Bitte zahlen Sie sie aus, heben Sie "
                "die Bindung auf, oder übertragen Sie sie ins nächste Jahr."
            )
    if number := undecided(year):
        raise TransitionNotAllowed(
            f"{counted(number, 'Antrag ist', 'Anträge sind')} noch nicht entschieden. Bitte entscheiden Sie, oder "
            "übertragen Sie ins nächste Jahr."
        )


@transaction.atomic
def close_year(
    year: int,
    *,
    actor: User,
    carried: Mapping[int, Decimal] | None = None,
    places: Mapping[int, str] | None = None,
    free: Mapping[int, Decimal] | None = None,
    on: date | None = None,
) -> FiscalYear:
    """Close the calendar year: what is free lapses, and nothing is booked in its pots from now on.

    ``carried``: pot (key) -> euro of its remainder that go to the same pot of the next year, which is open.
    ``places``: pot (key) -> where its rest goes, as German text.
    ``free``: pot (key) -> the free euro that were agreed on; under the pots' locks they must still be those.
    Raises TransitionNotAllowed while something is reserved, unpaid or undecided, and YearNotOpen.
    """
    day = value_date(on)
    if objection := permissions.objection_to_close_year(Roles(actor, day)):
        raise objection
    closing = _locked(year, FiscalYear.State.OPEN)
    carried = {key: euro for key, euro in (carried or {}).items() if euro}
    targets = _targets(closing, carried)
    pots = _lock(closing, targets)
    of_year = [pot for pot in pots.values() if pot.year_id == closing.pk]
    _require_done(closing, of_year)
    for pot in of_year:
        part, rest = carried.get(pot.pk, ZERO), pot.available
        if free is not None and rest != free.get(pot.pk, ZERO):
            raise TransitionNotAllowed(CHANGED)
        if not ZERO <= part <= rest:
            raise TransitionNotAllowed(
                f"{pot}: Frei sind {format_euro(rest)}; mehr geht nicht ins nächste Jahr über."
            )
        if part:
            require_open(pots[targets[pot.pk].pk].year)
            _post(pot, K.CARRY_OUT, part, actor, day, f"{_rest_of(year)} ins nächste Jahr")
            _post(pots[targets[pot.pk].pk], K.CARRY_IN, part, actor, day, _rest_of(year))
        if rest - part:
            _post(
                pot,
                K.LAPSE,
                rest - part,
                actor,
                day,
                f"{_rest_of(year)} {(places or {}).get(pot.pk, '')}".strip()[:200],
            )
    closing.state = FiscalYear.State.CLOSED
    closing.save(update_fields=["state"])
    return closing


@transaction.atomic
def reopen_year(year: int, *, actor: User, on: date | None = None) -> FiscalYear:
    """Open a closed calendar year again: what lapsed is there again, and what was carried over as far as it is free.

    Raises TransitionNotAllowed or YearNotOpen.
    """
    day = value_date(on)
    if objection := permissions.objection_to_close_year(Roles(actor, day)):
        raise objection
    closed = _locked(year, FiscalYear.State.CLOSED)
    rests = remainders(closed)
    targets = _targets(
        closed, {key: rest.carried for key, rest in rests.items() if rest.carried}, open_only=False
    )
    pots = _lock(closed, targets)
    closed.state = FiscalYear.State.OPEN
    closed.save(update_fields=["state"])
    text = f"{_rest_of(year)}, das Jahr ist wieder offen"
    for key, rest in rests.items():
        pot, target = pots[key], pots[targets[key].pk] if key in targets else None
        back = min(rest.carried, target.available) if target and target.year.is_open else ZERO
        if target and back:
            _post(target, K.CARRY_OUT, back, actor, day, text)
            _post(pot, K.CARRY_IN, back, actor, day, text)
        if rest.lapsed:
            _post(pot, K.SUPPLEMENT, rest.lapsed, actor, day, text)
    return closed


@dataclass(frozen=True)
class Remainder:
    """What became of the free money of a pot when its year was closed, in euro, less what was undone since."""

    carried: Decimal
    lapsed: Decimal


def _rest_of(year: int) -> str:
    """Return how the text of each booking on the year's remainder begins: the next year's pot has such bookings, too."""
    return f"Rest {year}"


def remainders(year: FiscalYear) -> dict[int, Remainder]:
    """Return the remainders of the year's pots: pot (key) -> remainder. One query."""
    sums: dict[int, dict[str, Decimal]] = defaultdict(lambda: defaultdict(lambda: ZERO))
    own = LedgerEntry.objects.filter(pot__year=year, occasion=CLOSING, text__startswith=_rest_of(year.year))
    booked = own.order_by("pot").values_list("pot", "kind")
    for pot, kind, euro in booked.annotate(Sum("amount")):
        sums[pot][kind] = euro
    return {
        pot: Remainder(each[K.CARRY_OUT] - each[K.CARRY_IN], each[K.LAPSE] - each[K.SUPPLEMENT])
        for pot, each in sums.items()
    }


def _locked(year: int, state: str) -> FiscalYear:
    """Lock the year's row, so that no pot is added meanwhile. Raises YearNotOpen or TransitionNotAllowed."""
    found = FiscalYear.objects.select_for_update(no_key=True).filter(year=year).first()
    if found is None:
        raise YearNotOpen(f"Ein Haushaltsjahr {year} gibt es nicht.")
    if found.state != state:
        raise TransitionNotAllowed(
            f"Das Haushaltsjahr {year} ist {found.get_state_display()}. Es wurde nichts gebucht."
        )
    return found


def _targets(year: FiscalYear, carried: Mapping[int, Decimal], *, open_only: bool = True) -> dict[int, Pot]:
    """Return the pots of the next year that take the remainders. Raises YearNotOpen unless it is open."""
    if not carried:
        return {}
    following = require_next_year(year, open_only=open_only)
    return {pot.pk: counterpart(pot, following) for pot in Pot.objects.filter(pk__in=carried)}


def require_next_year(year: FiscalYear, *, open_only: bool = True) -> FiscalYear:
    """Return the year that takes the remainders of this one. Raises YearNotOpen unless it is open, or is there at all."""
    following = FiscalYear.objects.filter(year=year.year + 1).first()
    if following is None or (open_only and not following.is_open):
        raise YearNotOpen(
            f"Reste gehen ins Haushaltsjahr {year.year + 1} über. Bitte öffnen Sie es zuerst auf der Seite „Haushaltsjahre“."
        )
    return following


def _lock(year: FiscalYear, targets: Mapping[int, Pot]) -> dict[int, Pot]:
    """Lock the year's pots and the others by key; return them with years read after that."""
    wanted = Q(year=year) | Q(pk__in=[pot.pk for pot in targets.values()])
    pots = {pot.pk: pot for pot in lock_pots(Pot.objects.filter(wanted).select_related("district"))}
    years = FiscalYear.objects.select_related("model").in_bulk({pot.year_id for pot in pots.values()})
    for pot in pots.values():
        pot.year = years[pot.year_id]
    return pots


def _post(pot: Pot, kind: str, amount: Decimal, actor: User, day: date, text: str) -> None:
    post(pot, kind, amount, actor=actor, value_date=day, occasion=CLOSING, text=text)
