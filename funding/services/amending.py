"""Changing what a grant is tied to: its period, and the costs of its plan. How much is granted stays."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction

from funding import rules, terms
from funding.errors import TransitionNotAllowed
from funding.models import Application, Decision, PlanRow, Step
from funding.services.case import Case, begin
from members.common.money import ZERO
from members.models import User
from projects import services as project_services


@transaction.atomic
def change_terms(
    application: Application,
    *,
    grant: Decision,
    period: terms.Period,
    costs: Mapping[int, Decimal],
    new_costs: Mapping[int, terms.NewCost] | None = None,
    reason: str,
    actor: User,
    on: date | None = None,
) -> Decision:
    """Change from when to when the project of a grant is carried out, and what its rows of costs are. Nothing is booked.

    ``grant`` is the decision whose plan was looked at: another one in force now refuses the change.
    ``costs`` are the new euro by the position of the row in its plan, ``new_costs`` rows that nobody planned, by a position
    that is free; the sum of all costs stays (``rules.shifted``).
    Where the project's own costs are still those of the grant, they become the new ones, too; another period becomes the
    project's in any case.
    Source: the grant is for the plan as decided; the association agrees to another one in writing.
    Raises NotEligible, ConflictOfInterest, TransitionNotAllowed or AlreadyDone.
    """
    case = begin(Step.CHANGE, application, actor=actor, on=on)
    app = case.application
    rules.require_no_waiting_change(app)
    reason = rules.require_reason(reason, "Bitte schreiben Sie, was sich ändert.")
    if terms.in_force(app) != grant:
        raise TransitionNotAllowed(
            "Inzwischen gilt ein anderer Plan als der, von dem diese Änderung ausgeht. Geändert wurde nichts. Bitte lehnen "
            "Sie sie ab; der Stadtbezirk beantragt sie neu."
        )
    kept = list(grant.plan_rows.all())
    added = new_costs or {}
    rules.shifted(kept, costs, added.values())
    plan = terms.same_rows(kept, app.granted or ZERO, costs)
    plan += [
        PlanRow(position=position, side=PlanRow.Side.COST, label=new.label, amount=new.amount)
        for position, new in sorted(added.items())
    ]
    tied_to = terms.changed(grant, app.pot.year.model, period, case.on)
    case.decide(amount=app.granted, reason=reason, financing=app.financing, terms=tied_to, plan=plan)
    case.finish()
    moved = period != (grant.carried_out_from, grant.carried_out_until)
    project_services.take_over(
        case.project,
        case.rows,
        period=period if moved else None,
        costs=_costs_of_the_project(case, kept, plan),
        actor=actor,
        roles=case.roles,
    )
    return case.decision


def _costs_of_the_project(
    case: Case, kept: Sequence[PlanRow], plan: Sequence[PlanRow]
) -> list[dict[str, Any]] | None:
    """Return the project's costs as they become; None if the district has changed its plan since. A row of 0 is none."""
    items = [item for item in case.rows.costs if item.amount is not None]
    before, after = ([row for row in rows if row.is_cost] for rows in (kept, plan))
    there = [row for row in before if row.amount]
    if [(item.label, item.amount) for item in items] != [(row.label, row.amount) for row in there]:
        return None
    keys = {row.position: {"id": item.pk} for item, row in zip(items, there, strict=True)}
    costs: list[dict[str, Any]] = [
        {**keys.get(row.position, {}), "label": row.label, "amount": row.amount}
        for row in after
        if row.amount
    ]
    return costs + [{"id": item.pk} for item in case.rows.costs if item.amount is None]
