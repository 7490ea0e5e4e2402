"""Whose deputy acted, beside the names that pages show."""

from datetime import date

from members.deputies import Act, stood_in_for
from members.models import Person
from projects.models import Participation


def name_deputies(participations: list[Participation], *acts: Act) -> list[Person | None]:
    """Whom each of the acts was done in stead of; each participation gets ``answered_for``. One query."""
    answers = [
        Act(p.confirmed_by or p.declined_by, p.district_id, p.confirmed_on or p.declined_on or date.min)
        for p in participations
    ]
    heads = stood_in_for([*acts, *answers])
    for participation, head in zip(participations, heads[len(acts) :], strict=True):
        participation.answered_for = head  # type: ignore[attr-defined]
    return heads[: len(acts)]
