"""Who may take which step. Each function answers with the objection as an error to raise, or None.

Pages hide what has an objection and show its sentence; services raise it. So there is one answer for both.
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

#: What is said of a first signer who may not sign any more, by the question that found it.
OUTSIDE = "handelt nicht mehr für die Wirtschaftsförderung"
NAMELESS = "hat kein Konto mit einer Person mehr"
INVOLVED = "wirkt inzwischen selbst am Projekt oder in einem beteiligten Stadtbezirk mit"


def may_open_years(roles: Roles) -> bool:
    return roles.is_business_development


def may_book_overhead(roles: Roles) -> bool:
    return roles.is_business_development


def may_read_expenses(roles: Roles) -> bool:
    """Payees are internal: directors see what is left of the overhead pot, not who was paid."""
    return roles.reads_all


def may_keep_special_pots(roles: Roles) -> bool:
    return roles.is_business_development


def may_see_pots(roles: Roles) -> bool:
    """Directors see all balances; staff, auditors and the advisory board too."""
    return roles.reads_all or bool(roles.district_ids)


def sees_entries_of(roles: Roles, pot: Pot) -> bool:
    """Whether the whole ledger of a pot may be read; directors read their own pot's."""
    return roles.reads_all or roles.directs(pot.district_id)


def objection_without_person(roles: Roles) -> Objection:
    """Two people are told apart by the persons behind their accounts, so who moves money has to be one."""
    if getattr(roles.user, "person_id", None) is not None:
        return None
    return ConflictOfInterest(
        "Ihr Konto gehört zu keiner Person. Wer über Geld entscheidet oder es bucht, tut das mit Namen. Bitte "
        "lassen Sie Ihre Person von der Vereinsverwaltung beim Konto eintragen."
    )


def objection_to_staff_booking(roles: Roles, refusal: str) -> Objection:
    """What the Wirtschaftsförderung books without an application; ``refusal`` says so to everybody else."""
    if not roles.is_business_development:
        return TransitionNotAllowed(refusal)
    return objection_without_person(roles)


def objection_to_hand_in(roles: Roles, project: Project) -> Objection:
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
    """Pillar 2 and special pots are decided on by the Wirtschaftsförderung."""
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
    """A resolution on pillar 1 is carried out by the pot's own director; the rest is decided centrally."""
    if not application.is_pillar_1:
        return objection_to_pillar_2(roles, application)
    if roles.directs(application.pot.district_id):
        return None
    return TransitionNotAllowed(
        f"Den Beschluss über Säule 1 {application.pot.district} führt nur die Geschäftsführung dieses "
        "Stadtbezirks aus."
    )


def objection_without_name(roles: Roles, application: Application) -> Objection:
    return objection_without_person(roles)


def took_part(roles: Roles, application: Application) -> Objection:
    """Four eyes: out for ever is whoever acted for a district on this project (``Project.editors``).

    Out on the day is whoever holds a mandate of any kind in a taking-part district; superusers are no exception.
    One query, for who holds a mandate one more.
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
    """``took_part``, where the Wirtschaftsförderung decides. On pillar 1 the Lenkungsgremium does."""
    return None if application.is_pillar_1 else took_part(roles, application)


def objection_to_second_signature(roles: Roles, application: Application) -> Objection:
    if application.state == Application.State.RESERVED and application.first_signer_id == roles.user.pk:
        return ConflictOfInterest(
            "Sie haben schon die erste Unterschrift geleistet. Die zweite muss eine andere Person der "
            "Wirtschaftsförderung leisten."
        )
    return None


def objection_to_retract(roles: Roles, application: Application) -> Objection:
    """A first signature is taken back by whoever gave it; the state says whether somebody has answered it."""
    if objection := objection_to_pillar_2(roles, application):
        return objection
    if application.state == Application.State.RESERVED and application.first_signer_id != roles.user.pk:
        return TransitionNotAllowed(
            "Eine Unterschrift nimmt nur zurück, wer sie geleistet hat. Sie können den Antrag stattdessen mit "
            "einer Rückfrage zurückgeben."
        )
    return None


def objection_to_steward(roles: Roles, application: Application) -> Objection:
    """Return, reduce, revoke, pay, repay, settle: whoever keeps the pot (its director, or the staff)."""
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
    """Payments are made by the Wirtschaftsförderung from every pot."""
    if roles.is_business_development:
        return None
    return TransitionNotAllowed("Auszahlungen bucht die Wirtschaftsförderung.")


def objection_to_transfer(roles: Roles, *pots: Pot) -> Objection:
    """Ask for, confirm or refuse a transfer: Wirtschaftsförderung without a mandate in a pot's district."""
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
    """Two people: whoever asked for the transfer cannot confirm it."""
    objection = objection_to_transfer(roles, transfer.from_pot, transfer.to_pot)
    if objection is None and transfer.requested_by_id == roles.user.pk:
        return ConflictOfInterest(
            "Sie haben diese Umbuchung selbst beantragt. Bestätigen muss sie eine andere Person der "
            "Wirtschaftsförderung."
        )
    return objection


def objection_to_confirm_change(roles: Roles, change: GrantChange) -> Objection:
    """Two people: whoever asked to make the grant less cannot confirm it. Who signed the grant may do either."""
    objection = objection_to(Step(change.what), roles, change.application)
    if objection is None and change.requested_by_id == roles.user.pk:
        return ConflictOfInterest(
            "Sie haben diese Änderung selbst beantragt. Bestätigen muss sie eine andere Person der "
            "Wirtschaftsförderung."
        )
    return objection


def objection_to_withdraw(roles: Roles, application: Application) -> Objection:
    if roles.directs(application.project.lead_district_id):
        return None
    return TransitionNotAllowed("Zurückziehen kann nur die Geschäftsführung des federführenden Stadtbezirks.")


#: What may stand against a step, asked in this order.
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
    # The staff's on every pot, pillar 1 too.
    Step.PAY: (objection_to_pay, objection_without_name, took_part),
    Step.REPAY: (objection_to_pay, objection_without_name, took_part),
    Step.SETTLE: (objection_to_pay, objection_without_name, took_part),
}  # fmt: skip


def objection_to(step: Step, roles: Roles, application: Application) -> Objection:
    """The first thing that stands against this user taking the step; whether the state allows it is apart."""
    return next((o for ask in OBJECTIONS.get(step, ()) if (o := ask(roles, application))), None)


def lapsed_signature(application: Application, day: date) -> str:
    """Why the first signature does not count on the day, of its signer: "handelt nicht mehr ..."; empty if it does.

    Who may not sign any more has not signed.
    """
    if application.state != Application.State.RESERVED or application.first_signer is None:
        return ""
    signer = Roles(application.first_signer, day)
    said: dict[Question, str] = {
        objection_to_pillar_2: OUTSIDE,
        objection_without_name: NAMELESS,
        conflict_of_interest: INVOLVED,
    }
    return next((said[ask] for ask in OBJECTIONS[Step.SIGN] if ask(signer, application)), "")


def objections(roles: Roles, application: Application) -> dict[Step, Objection]:
    """Of every step that the application's state allows: what stands against it. Each question is asked once."""
    ask = cache(lambda question: question(roles, application))
    return {
        step: next((o for question in questions if (o := ask(question))), None)
        for step, questions in OBJECTIONS.items()
        if transitions.allowed(step, application.state)
    }


def permitted(roles: Roles, application: Application) -> set[Step]:
    """The steps this user may take on the application as it stands; what the page offers."""
    return {step for step, objection in objections(roles, application).items() if objection is None}
