"""A project that begins before its money is approved (vorzeitiger Maßnahmenbeginn).

Grant practice: what has begun before the approval is not granted any more, unless the beginning was allowed in
writing; the first order or contract is the beginning.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from django.db.models import Q
from django.utils import timezone

from projects.models import Project

S = Project.State
#: Asked for or to be asked for, and not decided.
UNDECIDED = (S.DRAFT, S.RETURNED, S.SUBMITTED, S.RESERVED)
#: So long before its start a project is warned of: a Lenkungsgremium meets about once a month.
AHEAD = timedelta(days=21)
#: A draft that was left lying is not brought up for ever.
LEFT_LYING = timedelta(days=60)


@dataclass(frozen=True)
class EarlyStart:
    starts_on: date
    begun: bool
    is_draft: bool

    @property
    def headline(self) -> str:
        if self.begun:
            return f"Begonnen am {self.starts_on:%d.%m.%Y}, aber noch nicht bewilligt."
        return f"Der Beginn am {self.starts_on:%d.%m.%Y} rückt näher, bewilligt ist noch nichts."

    @property
    def short(self) -> str:
        """For a badge or a list."""
        if self.begun:
            return "vor der Bewilligung begonnen"
        return f"Beginn {self.starts_on:%d.%m.}, noch nicht bewilligt"


def early_start(project: Project) -> EarlyStart | None:
    """What to warn of, if anything; reads the project's own row only."""
    today = timezone.localdate()
    if project.state not in UNDECIDED or not project.requested_total or project.starts_on is None:
        return None
    if project.starts_on > today + AHEAD or _is_over(project, today):
        return None
    return EarlyStart(project.starts_on, project.starts_on <= today, project.state == S.DRAFT)


def _is_over(project: Project, today: date) -> bool:
    """A project of a past year that has ended: nobody can wait with its beginning any more."""
    return project.year < today.year and project.ends_on is not None and project.ends_on < today


class Calendar(NamedTuple):
    """What the condition asks of the calendar."""

    today: date
    year: int
    soon: date
    #: Drafts that were to begin before it were left lying.
    lately: date


def calendar() -> Calendar:
    today = timezone.localdate()
    return Calendar(today, today.year, today + AHEAD, today - LEFT_LYING)


def starting_early(today: date, year: int, soon: date, lately: date) -> Q:
    """``early_start`` as a condition, without drafts that were left lying; asked with the ``calendar``."""
    return (
        Q(state__in=UNDECIDED, requested_total__gt=0, starts_on__lte=soon)
        & ~Q(year__lt=year, ends_on__lt=today)
        & (~Q(state=S.DRAFT) | Q(starts_on__gte=lately))
    )
