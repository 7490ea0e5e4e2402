"""Who may write, check and read proofs. An objection is the error to raise, as in the core."""

from typing import cast

from funding.errors import ConflictOfInterest, NotEligible, TransitionNotAllowed
from funding.models import Application
from funding.models import Step as Decided
from funding.permissions import Objection, objection_to, objection_to_staff_booking, took_part
from funding.proofs.models import AuditNote, ChangeRequest, ChangeStep, ProofOfUse, ProofStep
from members.models import User
from members.roles.permissions import Roles

Step = ProofStep.Step


def may_see_proofs(roles: Roles) -> bool:
    """Return whether these roles see proofs at all; which ones, ``ProofOfUse.objects.visible_to`` says."""
    return roles.reads_all or bool(roles.district_ids)


def may_see_vouchers(roles: Roles, application: Application) -> bool:
    """Return whether these roles see vouchers, accounts and who was paid: as for calls. The advisory board reads figures only."""
    return roles.reads_payees or roles.directs(application.calling_district_id)


def may_see_debtors(roles: Roles) -> bool:
    """Return whether these roles are told of any grant who owes what comes back; of which, ``may_see_vouchers`` says."""
    return roles.reads_payees or bool(roles.district_ids)


def objection_to_write(roles: Roles, application: Application) -> Objection:
    """Return what stands against writing the proof: who directs the district that calls the money does."""
    district = application.calling_district
    if roles.directs(district.pk):
        return None
    return TransitionNotAllowed(f"Den Nachweis schreibt die Geschäftsführung von {district}.")


def objection_to_check(roles: Roles, proof: ProofOfUse) -> Objection:
    """Return what stands against checking the proof: the Wirtschaftsförderung does, and nobody who took part."""
    if objection := objection_to_staff_booking(roles, "Nachweise prüft die Wirtschaftsförderung."):
        return objection
    return took_part(roles, proof.application)


def objection_to_second(roles: Roles, proof: ProofOfUse, note: AuditNote) -> Objection:
    """Return what stands against signing the audit note as the second person."""
    if objection := objection_to_check(roles, proof):
        return objection
    if note.signed_by_id == cast(User, roles.user).pk:
        return ConflictOfInterest(
            "Sie haben diesen Prüfvermerk selbst geschrieben. Die zweite Unterschrift leistet eine andere Person der Wirtschaftsförderung."
        )
    return None


def objection_to_settle(roles: Roles, proof: ProofOfUse) -> Objection:
    """Return what stands against settling the grant: as for the core's step."""
    return objection_to(Decided.SETTLE, roles, proof.application)


def objection_to_answer(roles: Roles, proof: ProofOfUse) -> Objection:
    return objection_to_write(roles, proof.application)


def objection_to_ask_change(roles: Roles, application: Application) -> Objection:
    """Return what stands against saying that something has changed: who directs the calling district does."""
    district = application.calling_district
    if roles.directs(district.pk):
        return None
    return TransitionNotAllowed(f"Änderungen meldet die Geschäftsführung von {district}.")


def objection_to_answer_change(roles: Roles, change: ChangeRequest) -> Objection:
    return objection_to_ask_change(roles, change.application)


def objection_to_ask_for_money(application: Application) -> Objection:
    """Return what stands against asking for more money, or less: on pillar 1 the Lenkungsgremium decides."""
    if not application.is_pillar_1:
        return None
    return NotEligible(
        f"Über Geld aus Säule 1 entscheidet das Lenkungsgremium. Die Geschäftsführung von {application.pot.district} erhöht oder "
        "verringert die Bewilligung auf der Seite des Antrags."
    )


def objection_to_decide_change(roles: Roles, change: ChangeRequest) -> Objection:
    """Return what stands against deciding on a change: the Wirtschaftsförderung does, and nobody who took part."""
    if objection := objection_to_staff_booking(
        roles, "Über Änderungen entscheidet die Wirtschaftsförderung."
    ):
        return objection
    return took_part(roles, change.application)


def objection_to_remind(roles: Roles) -> Objection:
    """Return what stands against reminding of a claim: the Wirtschaftsförderung does."""
    return objection_to_staff_booking(roles, "An Rückforderungen erinnert die Wirtschaftsförderung.")


def objection_to_remark(roles: Roles) -> Objection:
    """Return what stands against a remark of the auditors: they write nothing else, and nobody else writes one."""
    if roles.is_auditor:
        return None
    return TransitionNotAllowed("Bemerkungen schreibt hier die Rechnungsprüfung.")


#: What stands against each step on a proof.
OBJECTIONS = {
    Step.HAND_IN: objection_to_answer,
    Step.ANSWER: objection_to_answer,
    Step.ASK_BACK: objection_to_check,
    Step.ANNOUNCE: objection_to_check,
    Step.WITHDRAW: objection_to_check,
    Step.NOTE: objection_to_check,
    Step.REFUSE: objection_to_check,
    Step.ACCEPT: objection_to_check,
}

#: What stands against each step on a request for a change.
CHANGE_OBJECTIONS = {
    ChangeStep.Step.CONSENT: objection_to_decide_change,
    ChangeStep.Step.ASK_BACK: objection_to_decide_change,
    ChangeStep.Step.REFUSE: objection_to_decide_change,
    ChangeStep.Step.ANSWER: objection_to_answer_change,
    ChangeStep.Step.WITHDRAW: objection_to_answer_change,
}
