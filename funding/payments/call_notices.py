"""Mails about calls and plans: the Wirtschaftsförderung hears what to check, the district what became of it.

Only steps of today are told. No mail names an account.
"""

from datetime import date
from typing import Any

from django.utils import timezone

from funding.models import Application
from funding.notices import titles
from funding.payments import call_permissions as permissions
from funding.payments.models import CallStep, InstalmentPlan, PaymentCall
from funding.permissions import Objection
from members.models import User
from members.post.notify import accounts_of, notify, notify_directors
from members.post.notify import forget as forget_key
from members.roles import groups
from members.roles.permissions import Roles

Step = CallStep.Step
#: The steps of which the calling district hears.
TO_DISTRICT = (Step.RETURN, Step.CHECK, Step.SEND_BACK, Step.WITHDRAW)


def tell_of_step(step: CallStep) -> None:
    """Write to who has to check, or to the district of what was done with its call."""
    call = step.call
    if step.on != timezone.localdate():
        return
    context = {
        "step": step,
        "call": call,
        "application": call.application,
        "project": call.application.project if call.application else None,
    }
    if step.step in (Step.CALL, Step.RESEND):
        _to_staff(
            "call_step",
            call.application,
            f"Abruf Nr. {call.pk} zu prüfen",
            context,
            key=f"call-step:{step.pk}",
            actor=step.actor,
            may=lambda roles: permissions.objection_to_check(roles, call),
        )
    else:
        forget(call)
    if call.application and step.step in TO_DISTRICT:
        what = f"Abruf Nr. {call.pk} {step.get_step_display()}"
        _to_district(
            "call_step",
            call.application,
            what,
            context,
            key=f"call-step:{step.pk}",
            actor=step.actor,
            on=step.on,
        )


def forget(call: PaymentCall) -> None:
    """Delete the mails that ask for a check of the call and have not gone out."""
    for pk in call.steps.filter(step__in=(Step.CALL, Step.RESEND)).values_list("pk", flat=True):
        forget_key(f"call-step:{pk}")


def tell_of_plan(plan: InstalmentPlan) -> None:
    """Write to who may check the plan."""
    if plan.requested_on != timezone.localdate():
        return
    _to_staff(
        "instalment_plan",
        plan.application,
        f"Ratenplan Nr. {plan.pk} zu prüfen",
        _about(plan),
        key=f"instalment-plan:{plan.pk}",
        actor=plan.requested_by,
        may=lambda roles: permissions.objection_to_check_plan(roles, plan),
    )


def tell_of_plan_decided(plan: InstalmentPlan) -> None:
    """Write to the district that its plan was checked or refused."""
    forget_key(f"instalment-plan:{plan.pk}")
    assert plan.decided_by is not None
    assert plan.decided_on is not None
    if plan.decided_on != timezone.localdate():
        return
    what = f"Ratenplan Nr. {plan.pk} {plan.get_state_display()}"
    _to_district(
        "instalment_plan", plan.application, what, _about(plan), key=f"instalment-plan-decided:{plan.pk}",
        actor=plan.decided_by, on=plan.decided_on,
    )  # fmt: skip


def _about(plan: InstalmentPlan) -> dict[str, Any]:
    return {"plan": plan, "application": plan.application, "project": plan.application.project}


def _to_staff(
    template: str,
    application: Application | None,
    what: str,
    context: dict[str, Any],
    *,
    key: str,
    actor: User,
    may: Any,
) -> None:
    def objection(user: User) -> Objection:
        return may(Roles(user, timezone.localdate()))

    able = [
        user for user in accounts_of(groups.BUSINESS_DEVELOPMENT, without=actor) if objection(user) is None
    ]
    notify(
        able,
        group=groups.BUSINESS_DEVELOPMENT,
        template=template,
        context=context,
        key=key,
        **_titles(application, what),
    )


def _to_district(
    template: str,
    application: Application,
    what: str,
    context: dict[str, Any],
    *,
    key: str,
    actor: User,
    on: date,
) -> None:
    district = application.calling_district_id
    notify_directors(
        [district],
        day=on,
        without=actor,
        template=template,
        context=context,
        key=key,
        **_titles(application, what),
    )


def _titles(application: Application | None, what: str) -> dict[str, Any]:
    """Return subject and occasion; the occasion names no number, because it is counted by."""
    words = what.split(" Nr. ")
    said = titles(what, application) if application else {"subject": f"Gemeinkosten: {what}"}
    return {**said, "occasion": f"{words[0]}: {words[1].partition(' ')[2]}"}
