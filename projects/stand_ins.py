"""For whom a deputy acted, shown beside names."""

from datetime import date

from django.utils import timezone

from members.models import Person
from members.roles.stand_ins import Act, stood_in_for
from projects.models import Participation, Project


def last_save(project: Project) -> Act:
    return Act(project.changed_by, project.lead_district_id, timezone.localdate(project.changed_at))


def saved_for(project: Project) -> Person | None:
    """Return for whom a deputy made the last save; None if it was no deputy. One query."""
    return stood_in_for([last_save(project)])[0]


def name_deputies(participations: list[Participation], *acts: Act) -> list[Person | None]:
    """Return for whom a deputy did each act, or None; set ``answered_for`` on participations. One query."""
    answers = [
        Act(p.confirmed_by or p.declined_by, p.district_id, p.confirmed_on or p.declined_on or date.min)
        for p in participations
    ]
    heads = stood_in_for([*acts, *answers])
    for participation, head in zip(participations, heads[len(acts) :], strict=True):
        participation.answered_for = head  # type: ignore[attr-defined]
    return heads[: len(acts)]
