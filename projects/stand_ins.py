"""Whose deputy acted, beside the names that pages show."""

from datetime import date

from django.utils import timezone

from members.models import Person
from members.roles.stand_ins import Act, stood_in_for
from projects.models import Participation, Project


def last_save(project: Project) -> Act:
    return Act(project.changed_by, project.lead_district_id, timezone.localdate(project.changed_at))


def saved_for(project: Project) -> Person | None:
    """Whom the last save was done in stead of. One query."""
    return stood_in_for([last_save(project)])[0]


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
