"""Who may take which step. An objection is returned as the error to raise; None if there is none.

Pages hide a step with an objection and show its sentence; services raise it. So both have the same rule.
"""

from collections.abc import Callable
from datetime import date
from functools import cache
from typing import cast

from django.utils.text import get_text_list

from funding import transitions
from funding.errors import ConflictOfInterest, FundingError, NotEligible, TransitionNotAllowed
from funding.four_eyes import has_worked_on
from funding.models import Application, GrantChange, Pot, Step, Transfer
from members.roles.permissions import Roles
from projects.models import Project

Objection = FundingError | None
Question = Callable[[Roles, Application], Objection]


def may_read_expenses(roles: Roles) -> bool:
    """Return whether these roles read overhead expenses.

    Payees are internal: directors see what is left of the pot, not who was paid.
    """
    return roles.reads_all


def may_see_pots(roles: Roles) -> bool:
    """Return whether these roles see the balances of all pots: staff, auditors, advisory board, directors."""
    return roles.reads_all or bool(roles.district_ids)


def sees_entries_of(roles: Roles, pot: Pot) -> bool:
    """Return whether these roles read all bookings of the pot; directors do of their own pot."""
    return roles.reads_all or roles.directs(pot.district_id)


def objection_without_person(roles: Roles) -> Objection:
    """Return what stands against an account without a person.

    Two people are told apart by the persons behind their accounts, so whoever moves money needs one.
    """
    if getattr(roles.user, "person_id", None) is not None:
        return None
    return ConflictOfInterest(
        "Ihr Konto gehört zu keiner Person. Wer über Geld entscheidet oder es bucht, tut das mit Namen. Bitte "
        "lassen Sie Ihre Person von der Vereinsverwaltung beim Konto eintragen."
    )


def objection_to_staff_booking(roles: Roles, refusal: str) -> Objection:
    """Return what stands against a booking without an application; ``refusal`` is for other roles."""
    if not roles.is_business_development:
        return TransitionNotAllowed(refusal)
    return objection_without_person(roles)


def objection_to_close_year(roles: Roles) -> Objection:
    """Return what stands against closing a year or opening it again: the Wirtschaftsförderung does."""
    return objection_to_staff_booking(roles, "Haushaltsjahre schließt die Wirtschaftsförderung ab.")


def objection_to_hand_in(roles: Roles, project: Project) -> Objection:
    """Return what stands against handing the project in.

    The lead district's director does, while no application is under decision.
    """
    if not roles.directs(project.lead_district_id):
        return TransitionNotAllowed(
            "Einreichen kann nur die Geschäftsführung des federführenden Stadtbezirks."
        )
    if project.state not in (*Project.OPEN_TO_EDIT, *Project.OPEN_TO_BALANCE):
        return TransitionNotAllowed(
            f"Das Projekt hat den Stand „{project.get_state_display()}“ und ist schon eingereicht."
        )
    return None


def objection_to_pillar_2(roles: Roles, application: Application) -> Objection:
    """Return what stands against deciding on pillar 2 or a special pot: the Wirtschaftsförderung does."""
    if application.pot.kind not in Pot.CENTRAL:
        return NotEligible(
            "Über Säule 1 beschließt das Lenkungsgremium. Die Geschäftsführung des Stadtbezirks erfasst "
            "den Beschluss mit Stimmen und Betrag und führt ihn damit aus."
        )
    if not roles.is_business_development:
        pots = get_text_list([kind.label for kind in Pot.CENTRAL], "und")
        return TransitionNotAllowed(f"Über {pots} entscheidet die Wirtschaftsförderung.")
    return None


def objection_to_carry_out(roles: Roles, application: Application) -> Objection:
    """Return what stands against approving. On pillar 1 the pot's own director carries out the resolution."""
    if not application.is_pillar_1:
        return objection_to_pillar_2(roles, application)
    if roles.directs(application.pot.district_id):
        return None
    return TransitionNotAllowed(
        f"Den Beschluss über Säule 1 {application.pot.district} führt nur die Geschäftsführung dieses "
        "Stadtbezirks aus."
    )


def objection_without_name(roles: Roles, application: Application) -> Objection:
    """Return ``objection_without_person``, as a question about an application."""
    return objection_without_person(roles)


def took_part(roles: Roles, application: Application) -> Objection:
    """Return the conflict of interest of somebody who took part in the project (four eyes).

    Barred for ever is an account that acted for a district on this project (``Project.editors``).
    Barred on the day is an account with any mandate in a district that takes part.
    Superusers are no exception.
    One query; one more for an account with a mandate.
    """
    if has_worked_on(cast(int, roles.user.pk), application.project_id):
        return ConflictOfInterest(
            "Sie haben an diesem Antrag mitgewirkt und können deshalb weder über ihn entscheiden noch dafür "
            "buchen. Bitte übergeben Sie an eine andere Person der Wirtschaftsförderung."
        )
    project = application.project
    districts = {project.lead_district_id, application.pot.district_id}
    if roles.mandates:
        districts |= {p.district_id for p in project.participations.all()}
    for mandate in roles.mandates:
        if mandate.district_id in districts:
            return ConflictOfInterest(
                f"Sie haben ein Mandat in {mandate.district}, einem beteiligten Stadtbezirk, und können deshalb "
                "weder über diesen Antrag entscheiden noch dafür buchen. Bitte übergeben Sie an eine andere "
                "Person der Wirtschaftsförderung."
            )
    return None


def conflict_of_interest(roles: Roles, application: Application) -> Objection:
    """Return ``took_part`` for central pots; None on pillar 1, where the Lenkungsgremium decides."""
    return None if application.is_pillar_1 else took_part(roles, application)


def objection_to_second_signature(roles: Roles, application: Application) -> Objection:
    if application.state == Application.State.RESERVED and application.first_signer_id == roles.user.pk:
        return ConflictOfInterest(
            "Sie haben schon die erste Unterschrift geleistet. Die zweite muss eine andere Person der "
            "Wirtschaftsförderung leisten."
        )
    return None


def objection_to_retract(roles: Roles, application: Application) -> Objection:
    """Return what stands against taking back the first signature: only its signer may.

    Whether a second person has signed already is a question of state (``transitions``).
    """
    if objection := objection_to_pillar_2(roles, application):
        return objection
    if application.state == Application.State.RESERVED and application.first_signer_id != roles.user.pk:
        return TransitionNotAllowed(
            "Eine Unterschrift nimmt nur zurück, wer sie geleistet hat. Sie können den Antrag stattdessen mit "
            "einer Rückfrage zurückgeben."
        )
    return None


def objection_to_steward(roles: Roles, application: Application) -> Objection:
    """Return what stands against returning, reducing or revoking: on pillar 1 the pot's director does."""
    if application.is_pillar_1:
        if roles.directs(application.pot.district_id):
            return None
        return TransitionNotAllowed(
            f"Das kann nur die Geschäftsführung von {application.pot.district}, aus deren Topf das Geld kommt."
        )
    if roles.is_business_development:
        return None
    return TransitionNotAllowed("Das kann nur die Wirtschaftsförderung.")


def objection_to_pay(roles: Roles, application: Application) -> Objection:
    """Return what stands against booking payments: the Wirtschaftsförderung does, for every pot."""
    if roles.is_business_development:
        return None
    return TransitionNotAllowed("Auszahlungen bucht die Wirtschaftsförderung.")


def objection_to_carry(roles: Roles, application: Application) -> Objection:
    """Return what stands against carrying over to another year: the Wirtschaftsförderung does, for every pot."""
    if roles.is_business_development:
        return None
    return TransitionNotAllowed("In ein anderes Haushaltsjahr überträgt die Wirtschaftsförderung.")


def objection_to_change(roles: Roles, application: Application) -> Objection:
    """Return what stands against changing what a grant is tied to: the Wirtschaftsförderung does, for every pot."""
    if roles.is_business_development:
        return None
    return TransitionNotAllowed("Änderungen stimmt die Wirtschaftsförderung zu, für jeden Topf.")


def objection_to_claims(roles: Roles, application: Application) -> Objection:
    """Return what stands against claiming money back, waiving that, or booking interest: as for payments."""
    if roles.is_business_development:
        return None
    return TransitionNotAllowed("Über Rückforderungen entscheidet die Wirtschaftsförderung, für jeden Topf.")


def objection_to_call(roles: Roles, application: Application) -> Objection:
    """Return what stands against calling money: the director does, on pillar 1 the one of the pot's district.

    Money of the other pots is called for the lead district.
    """
    district = application.calling_district
    if roles.directs(district.pk):
        return None
    return TransitionNotAllowed(f"Geld abrufen kann nur die Geschäftsführung von {district}.")


def objection_to_release_call(roles: Roles, application: Application) -> Objection:
    """Return what stands against ending a call: who may call does, and the Wirtschaftsförderung."""
    return None if roles.is_business_development else objection_to_call(roles, application)


def objection_to_transfer(roles: Roles, *pots: Pot) -> Objection:
    """Return what stands against asking for, confirming or refusing a transfer.

    The Wirtschaftsförderung does, without a mandate in a district whose pot is touched.
    """
    refusal = "Umbuchungen zwischen Töpfen macht die Wirtschaftsförderung."
    if objection := objection_to_staff_booking(roles, refusal):
        return objection
    touched = {pot.district_id for pot in pots} - {None}
    for mandate in roles.mandates:
        if mandate.district_id in touched:
            return ConflictOfInterest(
                f"Sie haben ein Mandat in {mandate.district}, dessen Topf die Umbuchung betrifft. Bitte "
                "übergeben Sie an eine andere Person der Wirtschaftsförderung."
            )
    return None


def objection_to_confirm_transfer(roles: Roles, transfer: Transfer) -> Objection:
    """Return what stands against confirming the transfer: whoever asked for it cannot."""
    objection = objection_to_transfer(roles, transfer.from_pot, transfer.to_pot)
    if objection is None and transfer.requested_by_id == roles.user.pk:
        return ConflictOfInterest(
            "Sie haben diese Umbuchung selbst beantragt. Bestätigen muss sie eine andere Person der "
            "Wirtschaftsförderung."
        )
    return objection


def objection_to_confirm_change(roles: Roles, change: GrantChange) -> Objection:
    """Return what stands against confirming the change of a grant: the person who asked for it cannot.

    The people who signed the grant may ask and confirm.
    """
    objection = objection_to(Step(change.what), roles, change.application)
    if objection is None and change.requested_by_id == roles.user.pk:
        return ConflictOfInterest(
            "Sie haben diese Änderung selbst beantragt. Bestätigen muss sie eine andere Person der "
            "Wirtschaftsförderung."
        )
    return objection


def objection_to_withdraw(roles: Roles, application: Application) -> Objection:
    """Return what stands against withdrawing: the lead district's director does."""
    if roles.directs(application.project.lead_district_id):
        return None
    return TransitionNotAllowed("Zurückziehen kann nur die Geschäftsführung des federführenden Stadtbezirks.")


#: Step -> the questions that may object to it, in the order in which they are asked.
OBJECTIONS: dict[Step, tuple[Question, ...]] = {
    Step.RETURN: (objection_to_steward, objection_without_name, conflict_of_interest),
    Step.SIGN: (objection_to_pillar_2, objection_without_name, conflict_of_interest),
    Step.UNSIGN: (objection_to_retract,),
    Step.APPROVE: (
        objection_to_carry_out, objection_without_name, conflict_of_interest, objection_to_second_signature,
    ),
    Step.REJECT: (objection_to_pillar_2, objection_without_name, conflict_of_interest),
    Step.WITHDRAW: (objection_to_withdraw,),
    Step.REDUCE: (objection_to_steward, objection_without_name, conflict_of_interest),
    Step.REVOKE: (objection_to_steward, objection_without_name, conflict_of_interest),
    Step.EARMARK: (objection_to_call,),
    Step.RELEASE_CALL: (objection_to_release_call,),
    # The Wirtschaftsförderung takes these steps on every pot, pillar 1 too.
    Step.PAY: (objection_to_pay, objection_without_name, took_part),
    Step.BOUNCE: (objection_to_pay, objection_without_name, took_part),
    Step.REPAY: (objection_to_pay, objection_without_name, took_part),
    Step.SETTLE: (objection_to_pay, objection_without_name, took_part),
    Step.CARRY: (objection_to_carry, objection_without_name, took_part),
    Step.INCREASE: (objection_to_carry_out, objection_without_name, conflict_of_interest),
    Step.CHANGE: (objection_to_change, objection_without_name, took_part),
    Step.RECLAIM: (objection_to_claims, objection_without_name, took_part),
    Step.WAIVE: (objection_to_claims, objection_without_name, took_part),
    Step.INTEREST: (objection_to_claims, objection_without_name, took_part),
    Step.FORGO: (objection_to_claims, objection_without_name, took_part),
}  # fmt: skip


def objection_to(step: Step, roles: Roles, application: Application) -> Objection:
    """Return the first thing that stands against this user taking the step, whatever the state."""
    return next((o for ask in OBJECTIONS.get(step, ()) if (o := ask(roles, application))), None)


def lapsed_signature(application: Application, day: date) -> str:
    """Return why the first signature no longer counts on the day; empty if it does.

    A signature lapses when its signer may no longer sign.
    The text continues a sentence about the signer: "handelt nicht mehr für die Wirtschaftsförderung".
    """
    if application.state != Application.State.RESERVED or application.first_signer is None:
        return ""
    signer = Roles(application.first_signer, day)
    said: dict[Question, str] = {
        objection_to_pillar_2: "handelt nicht mehr für die Wirtschaftsförderung",
        objection_without_name: "hat kein Konto mit einer Person mehr",
        conflict_of_interest: "wirkt inzwischen selbst am Projekt oder in einem beteiligten Stadtbezirk mit",
    }
    return next((said[ask] for ask in OBJECTIONS[Step.SIGN] if ask(signer, application)), "")


def objections(roles: Roles, application: Application) -> dict[Step, Objection]:
    """Return what stands against each step that the state allows. Each question is asked once."""
    ask = cache(lambda question: question(roles, application))
    # On central pots both are the same question.
    same: dict[Question, Question] = {} if application.is_pillar_1 else {conflict_of_interest: took_part}
    return {
        step: next((o for question in questions if (o := ask(same.get(question, question)))), None)
        for step, questions in OBJECTIONS.items()
        if transitions.allowed(step, application.state)
    }
