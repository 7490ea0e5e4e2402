"""Copying a project as a new draft, and deleting a draft."""

from calendar import isleap
from dataclasses import dataclass
from datetime import date, timedelta

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from members.models import User
from members.roles.permissions import Roles
from projects import permissions
from projects.attachments import forget_files
from projects.models import FinancingItem, Project
from projects.services import Plan, StaleProject, create_project, lock, made_by

#: Up to this many days a project is an event and keeps its weekday; a longer one keeps its dates.
EVENT_DAYS = 14


def years_for_copy(project: Project) -> list[int]:
    """Return the calendar years after the project's own that can be planned now, at least the next."""
    this_year = timezone.localdate().year
    return [y for y in (this_year, this_year + 1) if y > project.year] or [this_year + 1]


@dataclass(frozen=True)
class Period:
    """A project's first and last local date."""

    starts_on: date | None
    ends_on: date | None
    #: Whether the weekday was kept rather than the date.
    by_weekday: bool = False


def moved(starts_on: date | None, ends_on: date | None, *, planned: int, year: int) -> Period:
    """Return the period of a project ``planned`` for one calendar year, moved to another ``year``.

    An event of up to ``EVENT_DAYS`` keeps its weekday, on the nearest date; a longer project keeps its dates.
    A market is held on a Saturday, not on the 6th of June; a year's project begins on the 1st of January.
    The start stays within the year. An end alone keeps its distance from the year. 29 February becomes the 28th where there is none.
    """
    if starts_on is None:
        return Period(None, ends_on and _same_day(ends_on, ends_on.year + year - planned))
    start = _same_day(starts_on, year)
    length = (ends_on or starts_on) - starts_on
    if length.days > EVENT_DAYS:
        assert ends_on is not None
        return Period(start, _same_day(ends_on, year + ends_on.year - starts_on.year))
    shift = (starts_on.weekday() - start.weekday() + 3) % 7 - 3
    if (start + timedelta(shift)).year != year:
        shift += 7 if shift < 0 else -7
    start += timedelta(shift)
    return Period(start, ends_on and start + length, by_weekday=True)


def period_for(project: Project, year: int) -> Period:
    """Return the project's period moved to the calendar year."""
    return moved(project.starts_on, project.ends_on, planned=project.year, year=year)


def _same_day(day: date, year: int) -> date:
    return day.replace(year=year, day=28 if (day.month, day.day) == (2, 29) and not isleap(year) else day.day)


@transaction.atomic
def copy_project(project: Project, *, actor: User, year: int, key: str = "") -> Project:
    """Return a new draft for the calendar year with the texts, districts and plan of an earlier project.

    The districts confirm anew. Money of third parties is marked as asked for.
    Special pots are left out: each year has its own.
    A form that arrives again, by its one-time ``key``, gets the copy that it made.
    Raises PermissionDenied unless the actor directs the lead district, ValueError for a year not offered.
    """
    project = lock(project)
    if not permissions.may_copy(Roles(actor), project):
        raise PermissionDenied
    if year not in years_for_copy(project):
        raise ValueError(f"{year} cannot be planned now.")
    provenance = f"Kopie von {project.number or f'Entwurf „{project.display_title}“'}"
    # The project is locked, so that a second arrival waits here for the first.
    if made := made_by(key, actor):
        return made
    period = period_for(project, year)
    group = project.project_group
    today = timezone.localdate()
    fields = {
        **{name: getattr(project, name) for name in COPIED},
        "year": year,
        "starts_on": period.starts_on,
        "ends_on": period.ends_on,
        "further_fields": list(project.further_fields.all()),
        "project_group": group if group and (group.until is None or group.until >= today) else None,
        "provenance": provenance,
    }
    return create_project(actor=actor, fields=fields, plan=_plan_of(project), key=key)


COPIED = (
    "title", "summary", "aims", "value_creation", "main_field", "lead_district", "place", "measure", "organiser",
    "contact", "chosen_kind", "special_importance",
)  # fmt: skip


def _plan_of(project: Project) -> Plan:
    kinds = FinancingItem.Kind
    rows = list(project.financing_items.select_related("district"))
    return Plan(
        costs=[{"label": c.label, "amount": c.amount} for c in project.cost_items.all()],
        others=[
            {
                "kind": r.kind,
                "label": r.label,
                "amount": r.amount,
                "third_party_state": FinancingItem.ThirdParty.ASKED if r.is_third_party else "",
            }
            for r in rows
            if not r.from_pot
        ],
        shares={r.district: r.amount for r in rows if r.kind == kinds.PILLAR_1 and r.district},
        pillar_2=next((r.amount for r in rows if r.kind == kinds.PILLAR_2), None),
        further_districts=[p.district for p in project.participations.select_related("district")],
    )


@transaction.atomic
def delete_draft(project: Project, *, actor: User, version: int) -> None:
    """Delete a draft that was never handed in or published, with everything that belongs to it.

    ``version`` is the project's version that the user has read.
    Raises StaleProject if somebody has saved since.
    Raises PermissionDenied unless the actor directs the lead district and the draft has no number.
    """
    project = lock(project)
    if not permissions.may_delete(Roles(actor), project):
        raise PermissionDenied
    if project.version != version:
        raise StaleProject(project)
    forget_files(project)
    project.delete()
