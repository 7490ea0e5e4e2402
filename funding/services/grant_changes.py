"""Changing a grant by two people: one person asks, another confirms, and then it is booked."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction

from funding import notices, permissions, transitions
from funding.errors import TransitionNotAllowed
from funding.models import Application, Decision, GrantChange, Step
from funding.rules import (
    left_by,
    needs_second_person,
    require_first_person,
    require_free_for_increase,
    require_no_waiting_change,
    require_plain_words,
    require_reason,
    value_date,
)
from funding.services import claiming, decisions, paying, raising
from funding.services.case import begin
from members.common.money import ZERO
from members.models import Resolution, User
from members.roles.permissions import Roles
from projects import services as project_services
from projects.models import Project


@transaction.atomic
def request_change(
    application: Application,
    *,
    what: str,
    reason: str,
    actor: User,
    to: Decimal | None = None,
    key: str | None = None,
    seen: str | None = None,
    on: date | None = None,
) -> GrantChange:
    """Ask for a change of a grant that takes two people (``rules.needs_second_person``). Nothing is booked.

    ``what`` is one of ``GrantChange.What``.
    ``to`` is what is granted then in euro: of a reduction, an increase, a repayment. For reclaiming and waiving it is
    what is granted less the euro concerned, for forgoing interest what is granted and the euro concerned.
    The others of the Wirtschaftsförderung get a letter.
    Raises TransitionNotAllowed, ConflictOfInterest, PotExhausted, YearNotOpen or AlreadyDone.
    """
    step = Step(what)
    case = begin(step, application, actor=actor, on=on, key=key, seen=seen)
    current = case.application
    require_no_waiting_change(current, whatever=True)
    require_plain_words(step, current, reason, case.on)
    amount = left_by(step, current, case.on, to)
    euro = (current.granted or ZERO) - amount if step == Step.REPAY else amount
    if not needs_second_person(step, current, euro, case.applications):
        raise TransitionNotAllowed(_one_is_enough(step, current))
    if step == Step.INCREASE:
        require_free_for_increase(current, current.booking_pot, amount)
    change = GrantChange.objects.create(
        application=current,
        what=step.value,
        granted=current.granted,
        amount=amount,
        reason=require_reason(
            reason, _WHY.get(step, "Bitte begründen Sie, warum die Bewilligung geringer werden soll.")
        ),
        requested_by=actor,
        requested_on=case.on,
    )
    notices.tell_of_request(change)
    return change


#: What is said where a reason is missing.
_WHY = {
    Step.INCREASE: "Bitte begründen Sie, warum die Bewilligung höher werden soll.",
    Step.RECLAIM: "Bitte begründen Sie, warum Geld zurückkommen soll.",
    Step.WAIVE: "Bitte begründen Sie, warum auf die Rückforderung verzichtet werden soll.",
    Step.FORGO: "Bitte begründen Sie, warum auf die Zinsen verzichtet werden soll.",
}


def _one_is_enough(step: Step, application: Application) -> str:
    if step == Step.INCREASE:
        return "Für diesen Betrag genügt eine Person; bitte erhöhen Sie die Bewilligung direkt."
    if not application.granted_by_two:
        return "Diese Bewilligung hat eine Person allein unterschrieben; eine genügt auch jetzt."
    if application.is_revoked:
        return "Die Bewilligung ist widerrufen; was zurückkommt, bucht eine Person allein."
    if step == Step.REPAY:
        return "Dieser Betrag ist schon zurückgefordert; dass er zurückkommt, bucht eine Person allein."
    return "Es ist alles ausgezahlt; abrechnen kann eine Person allein."


@transaction.atomic
def confirm_change(
    change: GrantChange, *, actor: User, resolution: Resolution | None = None, on: date | None = None
) -> GrantChange:
    """Book the change that another person asked for.

    Everything is checked again: whether that person may still ask, and whether the grant is still the same.
    ``resolution`` is the jury's where the model asks for one to increase a grant.
    Raises ConflictOfInterest for whoever asked, and whatever the step itself raises.
    """
    current, day = _open(change, on)
    application, step = current.application, Step(current.what)
    if objection := permissions.objection_to_confirm_change(Roles(actor, day), current):
        raise objection
    require_first_person(
        current.requested_by,
        permissions.objection_to(step, Roles(current.requested_by, day), application),
        what="nicht mehr so entscheiden",
        instead="lehnen Sie diese Änderung ab und beantragen Sie sie neu.",
    )
    transitions.check(step, application)
    if (application.granted, left_by(step, application, day, current.amount)) != (
        current.granted,
        current.amount,
    ):
        raise TransitionNotAllowed(
            "Die Bewilligung hat sich geändert, seit diese Änderung beantragt wurde. Gebucht wurde nichts. Bitte "
            "lehnen Sie sie ab und beantragen Sie sie neu."
        )
    taken: dict[str, Any] = {"reason": current.reason, "actor": actor, "on": on, "confirmed": current}
    if step == Step.REDUCE:
        current.application = decisions.reduce(application, to=current.amount, **taken)
    elif step == Step.REVOKE:
        current.application = decisions.revoke(application, **taken)
    elif step == Step.REPAY:
        current.application = paying.repay(application, amount=current.released, **taken)
    elif step == Step.INCREASE:
        current.application = raising.increase(application, to=current.amount, resolution=resolution, **taken)
    elif step == Step.RECLAIM:
        current.application = claiming.reclaim(application, amount=current.released, **taken)
    elif step == Step.WAIVE:
        current.application = claiming.waive(application, amount=current.released, **taken)
    elif step == Step.FORGO:
        current.application = claiming.forgo_interest(application, amount=current.released, **taken)
    else:
        current.application = paying.settle(application, **taken)
    current.decision = Decision.objects.filter(application=application, step=step).latest("pk")
    current.decide(GrantChange.State.CONFIRMED, actor=actor, on=day)
    return current


@transaction.atomic
def refuse_change(change: GrantChange, *, reason: str, actor: User, on: date | None = None) -> GrantChange:
    """Refuse the request; the grant stays as it is. Whoever asked takes it back this way.

    Raises TransitionNotAllowed, or what stands against this person taking the step.
    """
    current, day = _open(change, on)
    if objection := permissions.objection_to(Step(current.what), Roles(actor, day), current.application):
        raise objection
    reason = require_reason(reason, "Bitte begründen Sie, warum die Bewilligung bleibt, wie sie ist.")
    current.decide(GrantChange.State.REFUSED, actor=actor, on=day, refusal=reason)
    notices.tell_of_refusal(current)
    return current


def _open(change: GrantChange, on: date | None) -> tuple[GrantChange, date]:
    """Lock the project, then the request. Raises TransitionNotAllowed unless it waits for a decision."""
    day = value_date(on)
    project_services.lock(Project(pk=change.application.project_id))
    current = (
        GrantChange.objects.select_for_update(of=("self",)).select_related("requested_by").get(pk=change.pk)
    )
    related = Application.objects.select_related("project", "pot__district", "pot__year__model")
    current.application = related.get(pk=current.application_id)
    if sentence := current.objection_on(day):
        raise TransitionNotAllowed(sentence)
    return current, day
