"""How applications and a project's financing plan belong together."""

from collections.abc import Iterable, Sequence

from django.db.models import QuerySet

from funding.models import Application, Pot
from projects.models import FinancingItem, Project


def pot_rows(project: Project) -> "QuerySet[FinancingItem]":
    """Return the rows of the financing plan that draw on pots."""
    return FinancingItem.objects.filter(project=project, kind__in=FinancingItem.FROM_POTS)


def row_of(pot: Pot, rows: Iterable[FinancingItem]) -> FinancingItem | None:
    """Return the row that draws on the pot, or None. ``rows`` belong to a project of the pot's year.

    A row names a pot by its kind and district, and a special pot by its code.
    """
    key = (pot.kind, pot.district_id, pot.code if pot.is_special else "")
    return next((row for row in rows if (row.kind, row.district_id, row.pot_code) == key), None)


def pot_of(row: FinancingItem, pots: Iterable[Pot]) -> Pot | None:
    """Return the pot that a financing row names, or None. ``pots`` are those of the project's year."""
    return next((pot for pot in pots if row_of(pot, [row])), None)


def state_of(applications: Sequence[Application]) -> Project.State:
    """Return the project's state that follows from the states of its applications.

    An approved project is FUNDING_OPEN here.
    ``projects.services.refresh`` makes it APPROVED once its plan balances.
    """
    A, P = Application.State, Project.State
    states = {a.state for a in applications}
    for state, of_project in (
        (A.RETURNED, P.RETURNED),
        (A.APPROVED, P.FUNDING_OPEN),
        (A.RESERVED, P.RESERVED),
        (A.SUBMITTED, P.SUBMITTED),
        (A.SETTLED, P.SETTLED),
    ):
        if state in states:
            return of_project
    ended = {A.REVOKED: P.REVOKED, A.REJECTED: P.REJECTED, A.WITHDRAWN: P.WITHDRAWN}
    latest = max(applications, key=lambda a: (a.decided_on or a.submitted_on, a.pk))
    return ended[A(latest.state)]
