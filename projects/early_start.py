"""Projects that begin before their money is granted (vorzeitiger Maßnahmenbeginn).

Grant practice: what has begun before the approval is not granted, unless that was allowed in writing.
A project begins with its first order or contract.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.text import get_text_list

from projects.models import FinancingItem, Project

S = Project.State
#: States in which a share can be undecided.
UNDECIDED = (S.DRAFT, S.RETURNED, S.SUBMITTED, S.RESERVED, S.FUNDING_OPEN)
#: How long before its start a project is warned of. A Lenkungsgremium meets about once a month.
AHEAD = timedelta(days=21)
#: How long after its start a draft is still warned of.
LEFT_LYING = timedelta(days=60)


@dataclass(frozen=True)
class EarlyStart:
    """The warning that a project begins, or has begun, before all of its money is granted.

    ``open`` names the shares that are not decided: pots with their year.
    """

    starts_on: date
    begun: bool
    is_draft: bool
    open: tuple[str, ...]

    @property
    def headline(self) -> str:
        missing = f"noch nicht bewilligt: {get_text_list(list(self.open), 'und')}."
        if self.begun:
            return f"Begonnen am {self.starts_on:%d.%m.%Y}, aber {missing}"
        return f"Der Beginn am {self.starts_on:%d.%m.%Y} rückt näher; {missing}"

    @property
    def short(self) -> str:
        if self.begun:
            return "vor der Bewilligung begonnen"
        return f"Beginn {self.starts_on:%d.%m.}, noch nicht bewilligt"


def early_start(project: Project, financing: Iterable[FinancingItem]) -> EarlyStart | None:
    """Return the warning for the project with these rows of its plan, or None. It stays until every share is decided."""
    if project.state not in UNDECIDED:
        return None
    return warning(project, [r.source for r in financing if r.from_pot and r.amount and r.granted is None])


def warning(project: Project, shares: Sequence[str]) -> EarlyStart | None:
    """Return the warning for these undecided shares, or None: there are none, or the beginning is far away. No query."""
    today, starts_on, ends_on = timezone.localdate(), project.starts_on, project.ends_on
    if not shares or starts_on is None or starts_on > today + AHEAD:
        return None
    if project.year < today.year and ends_on is not None and ends_on < today:
        return None  # Of a past year and over: too late to warn.
    return EarlyStart(starts_on, starts_on <= today, project.is_draft, tuple(shares))


def starting_early() -> Q:
    """Return the condition on projects that ``early_start`` warns of, without drafts left lying."""
    today = timezone.localdate()
    undecided = FinancingItem.objects.filter(
        project=OuterRef("pk"), kind__in=FinancingItem.FROM_POTS, amount__gt=0, granted=None
    )
    return (
        Q(Exists(undecided), state__in=UNDECIDED, starts_on__lte=today + AHEAD)
        & ~Q(year__lt=today.year, ends_on__lt=today)
        & (~Q(state=S.DRAFT) | Q(starts_on__gte=today - LEFT_LYING))
    )
