"""Projects that begin before their money is granted (vorzeitiger Maßnahmenbeginn).

Grant practice: what has begun before the approval is not granted, unless that was allowed in writing.
A project begins with its first order or contract.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Q
from django.utils import timezone

from projects.models import Project

S = Project.State
#: States in which money is or can be asked for, and is not decided.
UNDECIDED = (S.DRAFT, S.RETURNED, S.SUBMITTED, S.RESERVED)
#: How long before its start a project is warned of. A Lenkungsgremium meets about once a month.
AHEAD = timedelta(days=21)
#: How long after its start a draft is still warned of.
LEFT_LYING = timedelta(days=60)


@dataclass(frozen=True)
class EarlyStart:
    """The warning that a project begins, or has begun, before its money is granted."""

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
        if self.begun:
            return "vor der Bewilligung begonnen"
        return f"Beginn {self.starts_on:%d.%m.}, noch nicht bewilligt"


def early_start(project: Project) -> EarlyStart | None:
    """Return the warning for the project, or None. No query."""
    today, starts_on, ends_on = timezone.localdate(), project.starts_on, project.ends_on
    if project.state not in UNDECIDED or not project.requested_total:
        return None
    if starts_on is None or starts_on > today + AHEAD:
        return None
    if project.year < today.year and ends_on is not None and ends_on < today:
        return None  # It is of a past year and over: too late to warn.
    return EarlyStart(starts_on, starts_on <= today, project.is_draft)


def starting_early() -> Q:
    """Return the condition on projects that ``early_start`` warns of, without drafts left lying."""
    today = timezone.localdate()
    return (
        Q(state__in=UNDECIDED, requested_total__gt=0, starts_on__lte=today + AHEAD)
        & ~Q(year__lt=today.year, ends_on__lt=today)
        & (~Q(state=S.DRAFT) | Q(starts_on__gte=today - LEFT_LYING))
    )
