"""What a grant is tied to: proposed from the project and the settings, checked, and kept by the decision."""

from calendar import monthrange
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import BooleanField, ExpressionWrapper, Q

from funding.errors import TransitionNotAllowed
from funding.models import (
    TIES,
    Application,
    ChosenCondition,
    Decision,
    FundingModel,
    GrantCondition,
    GrantTerms,
    PlanRow,
)
from funding.models.terms import ProofDepth
from funding.plan import row_of
from members.common.days import FIRST_DAY, LAST_DAY
from members.common.money import CENT, ZERO, format_euro
from projects.history import Rows

#: From when to when a project is carried out; either may be open.
Period = tuple[date | None, date | None]


@dataclass(frozen=True)
class Terms:
    """What a grant is tied to. Euro and local dates; ``carried_out_*`` may be open."""

    eligible_costs: Decimal
    carried_out_from: date | None
    carried_out_until: date | None
    callable_until: date
    proof_due_on: date
    proof_depth: str
    conditions: tuple[GrantCondition, ...] = ()

    @property
    def columns(self) -> dict[str, Any]:
        """Return what the decision's own columns keep."""
        return {name: getattr(self, name) for name in COLUMNS}


@dataclass(frozen=True)
class NewCost:
    """A row of costs that nobody planned, in euro."""

    label: str
    amount: Decimal


#: The fields of ``Terms`` that are columns of the decision.
COLUMNS = (
    "eligible_costs", "carried_out_from", "carried_out_until", "callable_until", "proof_due_on", "proof_depth",
)  # fmt: skip


def later(day: date, months: int) -> date:
    """Return the day so many months later; the last of the month where that month is shorter."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def proposed(
    application: Application,
    amount: Decimal,
    financing: str,
    on: date,
    offered: Sequence[GrantCondition] | None = None,
) -> Terms | None:
    """Return the terms that a grant of ``amount`` euro starts with, on the local date ``on``.

    ``offered`` are the conditions that it can choose from (``conditions``); they are read if not given.

    None before the first day from which the funding model has settings: such grants are tied to nothing.

    The periods are the project's; money can be called until the end of the budget year.
    The proof is due as many months after the project's end as the funding model says.
    """
    project, model = application.project, application.pot.year.model
    settings = GrantTerms.objects.on(model, on)
    if settings is None:
        return None
    last_day = date(application.pot.year.year, 12, 31)
    ends_on = project.ends_on or last_day
    return Terms(
        eligible_costs=project.cost_total,
        carried_out_from=project.starts_on,
        carried_out_until=project.ends_on,
        callable_until=max(last_day, later(on, settings.call_months)),
        proof_due_on=min(later(max(ends_on, on), model.proof_due_months), LAST_DAY),
        proof_depth=settings.proof_depth(amount),
        conditions=tuple(
            each
            for each in (conditions(on) if offered is None else offered)
            if each.from_amount <= amount and each.financing in ("", financing)
        ),
    )


def conditions(day: date) -> list[GrantCondition]:
    """Return the conditions that decisions of the local date can choose from, in their order. One query."""
    return list(GrantCondition.objects.active_on(day).order_by("position", "pk"))


def signed(decision: Decision) -> Terms:
    """Return the terms that a first signature kept. One query."""
    chosen = decision.chosen_conditions.select_related("condition")
    return Terms(
        conditions=tuple(each.condition for each in chosen),
        **{name: getattr(decision, name) for name in COLUMNS},
    )


def in_force(application: Application) -> Decision | None:
    """Return the decision whose plan and periods bind the grant now, or None without a grant. One query.

    It is the latest that ties the grant to something; of a grant of the past, which is tied to nothing, the latest that granted.
    """
    tied = ExpressionWrapper(Q(eligible_costs__isnull=False), BooleanField())
    return application.decisions.filter(step__in=TIES).order_by(tied.desc(), "-pk").first()


def changed(grant: Decision, model: FundingModel, period: Period, on: date) -> Terms:
    """Return the terms of a grant whose period becomes another one on the local date; ``grant`` has what binds it now.

    Costs, proof and conditions stay. Where the end moves on, so do the last days to call money and to prove its use; they
    never come nearer. Raises TransitionNotAllowed for an end before the beginning, or a day that is a slip. Two queries.
    """
    kept = signed(grant)
    first, last = period
    if first and last and last < first:
        raise TransitionNotAllowed(
            f"Das Ende liegt vor dem Beginn am {first:%d.%m.%Y}. Bitte ein späteres Datum eintragen.",
            field="carried_out_until",
        )
    for name, day in (("carried_out_from", first), ("carried_out_until", last)):
        if day and not FIRST_DAY <= day <= LAST_DAY:
            raise TransitionNotAllowed(
                f"Bitte das Jahr prüfen: Möglich ist {FIRST_DAY.year} bis {LAST_DAY.year}.", field=name
            )
    moved = replace(kept, carried_out_from=first, carried_out_until=last)
    if last is None or kept.carried_out_until is None or last <= kept.carried_out_until:
        return moved
    due = min(later(max(last, on), model.proof_due_months), LAST_DAY)
    return replace(
        moved, callable_until=max(kept.callable_until, last), proof_due_on=max(kept.proof_due_on, due)
    )


def raised(grant: Decision, application: Application, amount: Decimal, on: date) -> Terms | None:
    """Return the terms of a grant that is raised to ``amount`` euro on the local date; ``grant`` said what it has now.

    Periods and conditions stay. Costs that did not count do not count now either. Days that are over move on as they
    would be proposed. The proof follows the new sum, and never becomes less. Up to four queries.
    None before the first day from which the funding model has settings.
    """
    new = proposed(application, amount, application.financing, on)
    if new is None or not grant.has_terms:
        return new
    kept = signed(grant)
    costs = sum((row.amount for row in grant.plan_rows.filter(side=PlanRow.Side.COST)), ZERO)
    left_out = max(costs - kept.eligible_costs, ZERO)
    depths = ProofDepth.values
    return replace(
        kept,
        eligible_costs=max(new.eligible_costs - left_out, amount),
        callable_until=max(kept.callable_until, new.callable_until),
        proof_due_on=kept.proof_due_on if kept.proof_due_on >= on else new.proof_due_on,
        proof_depth=max(kept.proof_depth, new.proof_depth, key=depths.index),
    )


def objections(terms: Terms, application: Application, amount: Decimal, on: date) -> dict[str, str]:
    """Return what stands against these terms for a grant of ``amount`` euro: field -> sentence."""
    found: dict[str, str] = {}
    eligible, total = terms.eligible_costs, application.project.cost_total
    if not eligible.is_finite() or eligible <= 0 or eligible != eligible.quantize(CENT):
        found["eligible_costs"] = (
            "Bitte einen Betrag größer als null mit höchstens zwei Nachkommastellen eintragen."
        )
    elif eligible > total:
        found["eligible_costs"] = (
            f"Die Kosten des Projekts sind {format_euro(total)}; mehr ist nicht förderfähig."
        )
    elif eligible < amount:
        found["eligible_costs"] = (
            f"Bewilligt werden sollen {format_euro(amount)}. Die förderfähigen Kosten sind mindestens so hoch."
        )
    first, last = terms.carried_out_from, terms.carried_out_until
    if first and last and last < first:
        found["carried_out_until"] = "Das Ende darf nicht vor dem Beginn liegen."
    if terms.callable_until < on:
        found["callable_until"] = (
            "Abgerufen werden kann das Geld erst nach der Entscheidung. Bitte das Datum prüfen."
        )
    if terms.proof_due_on < max(last or on, on):
        found["proof_due_on"] = (
            "Nachgewiesen wird erst, wenn das Projekt zu Ende ist. Bitte das Datum prüfen."
        )
    for name in COLUMNS:
        day = getattr(terms, name)
        if isinstance(day, date) and not FIRST_DAY <= day <= LAST_DAY:
            found[name] = f"Bitte das Jahr prüfen: Möglich ist {FIRST_DAY.year} bis {LAST_DAY.year}."
    return found


def checked(terms: Terms, application: Application, amount: Decimal, on: date) -> Terms:
    """Return the terms as they are stored. Raises TransitionNotAllowed with the first objection."""
    for field, sentence in objections(terms, application, amount, on).items():
        raise TransitionNotAllowed(sentence, field=field)
    return replace(terms, eligible_costs=terms.eligible_costs.quantize(CENT))


def keep(
    decision: Decision, terms: Terms, plan: Sequence[PlanRow]
) -> tuple[list[PlanRow], list[ChosenCondition]]:
    """Write the plan's rows and the conditions that belong to the decision, and return them. Two queries.

    ``plan`` are its rows, not stored yet (``plan_rows``, ``same_rows``).
    """
    conditions = ChosenCondition.objects.bulk_create(
        ChosenCondition(
            decision=decision, position=position, condition=each, title=each.title, text=each.text
        )
        for position, each in enumerate(terms.conditions, 1)
    )
    for row in plan:
        row.decision = decision
    return PlanRow.objects.bulk_create(plan), conditions


def same_rows(kept: Iterable[PlanRow], granted: Decimal, costs: Mapping[int, Decimal]) -> list[PlanRow]:
    """Return the rows of another decision's plan anew, not stored yet, with other euro for some costs.

    ``costs`` are euro by the row's position; the row of the grant itself has the euro that are ``granted`` now.
    """
    return [
        PlanRow(
            position=row.position,
            side=row.side,
            kind=row.kind,
            label=row.label,
            amount=granted if row.is_grant else costs.get(row.position, row.amount),
            is_grant=row.is_grant,
        )
        for row in kept
    ]


def plan_rows(decision: Decision, rows: Rows) -> Sequence[PlanRow]:
    """Return the rows of the project's plan that the decision keeps, not stored yet.

    The row of the decision's own pot has what the decision grants, the other pots what they granted or are asked for.
    """
    own = row_of(decision.application.pot, rows.financing)
    found = [
        PlanRow(side=PlanRow.Side.COST, label=item.label, amount=item.amount)
        for item in rows.costs
        if item.amount is not None
    ]
    for item in rows.financing:
        if item.amount is None:
            continue
        item.project = decision.application.project
        label = item.source if item.from_pot else item.label or item.source
        amount = decision.amount if item is own else item.counts
        found.append(
            PlanRow(
                side=PlanRow.Side.FINANCING, kind=item.kind, label=label, amount=amount, is_grant=item is own,
            )
        )  # fmt: skip
    for position, row in enumerate(found, 1):
        row.decision, row.position = decision, position
    return found
