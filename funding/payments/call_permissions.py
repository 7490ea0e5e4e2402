"""Who may call money, check and end calls. An objection is the error to raise, as in the core."""

from typing import cast

from funding.errors import ConflictOfInterest, TransitionNotAllowed
from funding.models import Application, Step
from funding.payments.models import CallStep, InstalmentPlan, PaymentCall
from funding.permissions import Objection, objection_to, objection_to_staff_booking, took_part
from members.models import User
from members.roles.permissions import Roles

REFUSAL = "Abrufe prüft die Wirtschaftsförderung."


def may_see_calls(roles: Roles) -> bool:
    """Return whether these roles see calls at all; which ones, ``PaymentCall.objects.visible_to`` says."""
    return roles.reads_payees or bool(roles.district_ids)


def objection_to_call(roles: Roles, application: Application) -> Objection:
    """Return what stands against calling money of the application: as in the core."""
    return objection_to(Step.EARMARK, roles, application)


def objection_to_return(roles: Roles, call: PaymentCall) -> Objection:
    """Return what stands against giving the call back to the district: the Wirtschaftsförderung does, four eyes are asked."""
    if call.application is None:
        return TransitionNotAllowed(
            "Eine Ausgabe wird nicht zurückgegeben. Bitte ziehen Sie den Abruf zurück; sie wird dann neu eingetragen."
        )
    return _objection_to_judge(roles, call)


def _objection_to_judge(roles: Roles, call: PaymentCall) -> Objection:
    if objection := objection_to_staff_booking(roles, REFUSAL):
        return objection
    return took_part(roles, call.application) if call.application else None


def objection_to_check(roles: Roles, call: PaymentCall) -> Objection:
    """Return what stands against checking the call: whoever entered it, took part, or gets the money cannot."""
    if objection := _objection_to_judge(roles, call):
        return objection
    user = cast(User, roles.user)
    if call.called_by_id == user.pk:
        return ConflictOfInterest(
            "Sie haben diesen Abruf selbst eingetragen. Prüfen muss ihn eine andere Person der Wirtschaftsförderung."
        )
    if call.payee.person_id is not None and call.payee.person_id == user.person_id:
        return ConflictOfInterest(
            "Dieses Geld geht an Sie selbst. Prüfen muss den Abruf eine andere Person der Wirtschaftsförderung."
        )
    return None


def objection_to_resend(roles: Roles, call: PaymentCall) -> Objection:
    return (
        objection_to_call(roles, call.application) if call.application else objection_to_return(roles, call)
    )


def objection_to_withdraw(roles: Roles, call: PaymentCall) -> Objection:
    """Return what stands against ending the call: who may call does, and the Wirtschaftsförderung."""
    if call.application is None:
        return objection_to_staff_booking(roles, REFUSAL)
    return objection_to(Step.RELEASE_CALL, roles, call.application)


#: What stands against each step that a person takes on a call's page.
OBJECTIONS = {
    CallStep.Step.CHECK: objection_to_check,
    CallStep.Step.RETURN: objection_to_return,
    CallStep.Step.RESEND: objection_to_resend,
    CallStep.Step.WITHDRAW: objection_to_withdraw,
}


def objection_to_check_plan(roles: Roles, plan: InstalmentPlan) -> Objection:
    """Return what stands against checking the plan: as for a call."""
    if objection := objection_to_staff_booking(roles, REFUSAL) or took_part(roles, plan.application):
        return objection
    user = cast(User, roles.user)
    if plan.requested_by_id == user.pk:
        return ConflictOfInterest(
            "Sie haben diesen Ratenplan selbst eingetragen. Prüfen muss ihn eine andere Person der "
            "Wirtschaftsförderung."
        )
    if plan.payee.person_id is not None and plan.payee.person_id == user.person_id:
        return ConflictOfInterest(
            "Dieses Geld geht an Sie selbst. Prüfen muss den Ratenplan eine andere Person der Wirtschaftsförderung."
        )
    return None


def objection_to_stop_plan(roles: Roles, plan: InstalmentPlan) -> Objection:
    """Return what stands against refusing, pausing or ending the plan: who may call does, and the Wirtschaftsförderung."""
    return objection_to(Step.RELEASE_CALL, roles, plan.application)
