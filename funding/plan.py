"""Which row of a project's financing plan an application pays for, and what its applications make of a project."""

from collections.abc import Iterable, Sequence

from django.db.models import QuerySet

from funding.models import Application, Pot
from projects.models import FinancingItem, Project


def pot_rows(project: Project) -> "QuerySet[FinancingItem]":
    """Return the rows of the financing plan that draw on pots."""
    return FinancingItem.objects.filter(project=project, kind__in=FinancingItem.FROM_POTS)


def row_key(pot: Pot) -> dict[str, object]:
    """Return how a financing row names the pot: by district, by kind, or by the special pot's code."""
    if pot.kind == Pot.Kind.PILLAR_1:
        return {"kind": FinancingItem.Kind.PILLAR_1, "district_id": pot.district_id}
    if pot.kind == Pot.Kind.PILLAR_2:
        return {"kind": FinancingItem.Kind.PILLAR_2}
    return {"kind": FinancingItem.Kind.SPECIAL, "pot_code": pot.code}


def row_of(pot: Pot, rows: Iterable[FinancingItem]) -> FinancingItem | None:
    """Return the row that draws on the pot, of a project in the pot's year."""
    key = row_key(pot).items()
    return next((row for row in rows if all(getattr(row, name) == value for name, value in key)), None)


def pot_of(row: FinancingItem, pots: Iterable[Pot]) -> Pot | None:
    """Return the pot that a financing row names, among those of the project's year."""
    return next((pot for pot in pots if row_of(pot, [row])), None)


def state_of(applications: Sequence[Application]) -> Project.State:
    """Return what the states of its applications make of a project.

    Granted, it is open until ``projects.services.refresh`` finds its plan balanced.
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
