"""Letters about steps on applications: written with the step, sent later by ``send_mail_queue``.

Only steps of today are told. What is entered for an earlier day, as an import does, is history.
"""

from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.text import Truncator, get_text_list

from funding import permissions
from funding.models import Application, Decision, GrantChange, Pot, Step
from members.models import User
from members.post.notify import accounts_of, compose, notify, notify_directors, send
from members.post.notify import forget as forget_key
from members.roles import groups
from members.roles.permissions import Roles
from projects.models import Project

#: Longest name of a pot in a subject: a special pot's source may have 160 characters.
POT_IN_SUBJECT = 80

#: The steps that the districts taking part are told, and the letter's template.
TO_DISTRICTS = {
    Step.RETURN: "returned",
    Step.APPROVE: "decided",
    Step.REJECT: "decided",
    Step.REDUCE: "decided",
    Step.REVOKE: "decided",
    Step.INCREASE: "decided",
    Step.RECLAIM: "decided",
    Step.WAIVE: "decided",
    Step.FORGO: "decided",
    Step.PAY: "paid",
}

#: The steps that the other signers are told, the letter's template and its subject.
TO_STAFF = {
    Step.SIGN: ("second_signature", "zweite Unterschrift nötig"),
    Step.UNSIGN: ("signature_retracted", "erste Unterschrift zurückgenommen"),
}


def staff_who_may(step: Step, application: Application, day: date, *, without: User) -> list[User]:
    """Return the accounts of the Wirtschaftsförderung that may take the step: four eyes are asked."""
    return [
        user
        for user in accounts_of(groups.BUSINESS_DEVELOPMENT, without=without)
        if permissions.objection_to(step, Roles(user, day), application) is None
    ]


def titles(what: str, *applications: Application) -> dict[str, Any]:
    """Return subject (project, pots, what happened) and occasion (only the last) of a letter about a project."""
    pots = [Truncator(str(application.pot)).chars(POT_IN_SUBJECT) for application in applications]
    return {
        "subject": f"Projekt {applications[0].project.number}, {get_text_list(pots, 'und')}: {what}",
        "occasion": f"Antrag: {what}",
    }


def tell_of_step(decision: Decision) -> None:
    """Write the letters about a step.

    The districts taking part hear of questions, decisions and payments.
    The other signers hear of a first signature and of its retraction.
    """
    if decision.on != timezone.localdate():
        return
    if decision.step in TO_DISTRICTS:
        tell_districts(decision)
    elif decision.step in TO_STAFF:
        template, what = TO_STAFF[Step(decision.step)]
        application = decision.application
        notify(
            staff_who_may(Step.APPROVE, application, decision.on, without=decision.actor),
            group=groups.BUSINESS_DEVELOPMENT,
            template=template,
            context=_about(decision),
            key=f"decision:{decision.pk}",
            **titles(what, application),
        )


def tell_districts(decision: Decision) -> None:
    """Write to the districts taking part about one of the steps ``TO_DISTRICTS``, whatever its day."""
    application = decision.application
    project = application.project
    further = {p.district_id for p in project.participations.all()}
    if application.pot.district_id:
        further.add(application.pot.district_id)
    # Whoever directs the lead district and another one hears what the lead has to do.
    for districts in ({project.lead_district_id}, further - {project.lead_district_id}):
        notify_directors(
            districts,
            day=decision.on,
            without=decision.actor,
            template=TO_DISTRICTS[Step(decision.step)],
            context=_about(decision),
            key=f"decision:{decision.pk}",
            **titles(decision.get_step_display(), application),
        )


def _about(decision: Decision) -> dict[str, Any]:
    application = decision.application
    return {"decision": decision, "application": application, "project": application.project}


def forget(decision: Decision) -> None:
    """Delete the letters about this decision that have not gone out."""
    forget_key(f"decision:{decision.pk}")


def tell_of_request(change: GrantChange) -> None:
    """Write to the others of the Wirtschaftsförderung that one of them is to confirm or refuse."""
    if change.requested_on != timezone.localdate():
        return
    notify(
        staff_who_may(
            Step(change.what), change.application, change.requested_on, without=change.requested_by
        ),
        group=groups.BUSINESS_DEVELOPMENT,
        template="grant_change",
        context={"change": change, "application": change.application, "project": change.application.project},
        key=f"grant-change:{change.pk}",
        **titles(f"{change.title}, zweite Person nötig", change.application),
    )


def tell_of_refusal(change: GrantChange) -> None:
    """Write to whoever asked that the change was refused, unless they took it back themselves.

    The letters that asked for a second person are deleted if they have not gone out.
    """
    forget_key(f"grant-change:{change.pk}")
    if change.was_taken_back or change.decided_on != timezone.localdate():
        return
    send(
        compose(
            [(change.requested_by, None)],
            group=groups.BUSINESS_DEVELOPMENT,
            template="grant_change_refused",
            context={
                "change": change, "application": change.application, "project": change.application.project,
            },
            **titles(
                "Rückforderung bleibt" if change.is_waiver else "Zinsen bleiben" if change.forgoes_interest else "Bewilligung bleibt",
                change.application,
            ),
        ),
        key=f"grant-change-refused:{change.pk}",
    )  # fmt: skip


def tell_of_handing_in(steps: list[Decision]) -> None:
    """Write to the Wirtschaftsförderung and to further districts that a project was handed in.

    The Wirtschaftsförderung hears what is asked of pillar 2 and special pots.
    A further district hears what it has to do.
    """
    if not steps or steps[0].on != timezone.localdate():
        return
    project = steps[0].application.project
    key = f"handed-in:{steps[0].pk}"
    central = [step for step in steps if step.application.pot.kind in Pot.CENTRAL]
    if central:
        notify(
            staff_who_may(Step.APPROVE, central[0].application, steps[0].on, without=steps[0].actor),
            group=groups.BUSINESS_DEVELOPMENT,
            template="handed_in",
            context={"steps": central, "project": project},
            key=key,
            **titles(central[0].get_step_display(), *(step.application for step in central)),
        )
    for participation in project.participations.select_related("district"):
        own = next((s for s in steps if s.application.pot.district_id == participation.district_id), None)
        if own is None and (participation.confirmed_on or participation.declined_on):
            continue
        notify_directors(
            [participation.district_id],
            day=steps[0].on,
            without=steps[0].actor,
            template="taking_part",
            context={"participation": participation, "project": project, "step": own, "decision": steps[0]},
            key=key,
            **_taking_part(project, own),
        )


def _taking_part(project: Project, own: Decision | None) -> dict[str, Any]:
    if own:
        return titles("Beschluss Ihres Lenkungsgremiums nötig", own.application)
    return {
        "subject": f"Projekt {project.number}: Ihr Stadtbezirk ist beteiligt",
        "occasion": "Projekt: Stadtbezirk ist beteiligt",
    }
