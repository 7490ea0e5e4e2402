"""Tell whom a deputy stood in for, from the dated mandates. It works for any act on any day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from members.models import Mandate, Person, User


@dataclass(frozen=True)
class Act:
    """Something that an account did for a district on a local date."""

    user: User | None
    district_id: int
    day: date


def stood_in_for(acts: Sequence[Act]) -> list[Person | None]:
    """Return for each act the managing director for whom a deputy did it, or None. One query."""
    rows = list(
        Mandate.objects.filter(district__in={act.district_id for act in acts}, kind__in=Mandate.DIRECTING)
        .select_related("person")
        .order_by("pk")
    )
    return [_stood_in_for(act, rows) for act in acts]


def _stood_in_for(act: Act, rows: list[Mandate]) -> Person | None:
    directing = [
        row
        for row in rows
        if row.district_id == act.district_id
        and row.since <= act.day
        and (row.until is None or row.until >= act.day)
    ]
    own = {row.kind for row in directing if act.user and row.person_id == act.user.person_id}
    if own != {Mandate.Kind.DEPUTY}:
        return None
    heads = [row for row in directing if row.kind == Mandate.Kind.MANAGING_DIRECTOR]
    return heads[0].person if heads else None
