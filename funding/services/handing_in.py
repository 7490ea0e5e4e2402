"""Handing a project in, returning an application with a question, and withdrawing one."""

from datetime import date, timedelta
from typing import cast

from django.db import transaction
from django.db.models import Count, Min
from django.utils import timezone

from funding import notices, permissions, transitions
from funding.errors import PlanIncomplete, TransitionNotAllowed, YearNotOpen
from funding.models import Application, Decision, FiscalYear, Pot, Step
from funding.models.decision import OUT_OF_THE_PLAN
from funding.plan import pot_of, pot_rows
from funding.rules import require_reason, value_date
from funding.services.case import begin, derive_state, record
from members.models import User
from members.roles.permissions import Roles
from projects import services as project_services
from projects.missing import missing
from projects.models import FinancingItem, Project

#: A project asks a pot at most so many times within the time: each handing in sends mails.
WINDOW = timedelta(minutes=10)
MOST = 5


def require_year(project: Project) -> FiscalYear:
    """Return the project's fiscal year. Raises YearNotOpen if it is missing, or closed and nothing was carried over."""
    year = FiscalYear.objects.filter(year=project.year).first()
    if year is None:
        raise YearNotOpen(
            f"Das Haushaltsjahr {project.year} ist noch nicht angelegt. Der Entwurf bleibt gespeichert; "
            "eingereicht werden kann, sobald die Wirtschaftsförderung das Jahr angelegt hat."
        )
    if year.is_closed and not project.applications.filter(carried_to__isnull=False).exists():
        raise YearNotOpen(f"Das Haushaltsjahr {project.year} ist abgeschlossen.")
    return year


def complaints(project: Project) -> dict[str, str]:
    """Return what stands against handing in: form field -> sentence.

    As in ``projects.missing``, and also pots of the plan that the year does not have.
    """
    found = missing(project)
    pots = list(Pot.objects.filter(year__year=project.year).select_related("district"))
    for row in pot_rows(project).select_related("district"):
        if pots and not row.locked and pot_of(row, pots) is None:
            name = f"{row.get_kind_display()} {row.pot_code or row.district or ''}".strip()
            found["special" if row.kind == FinancingItem.Kind.SPECIAL else "pots"] = (
                f"Im Haushaltsjahr {project.year} gibt es keinen Topf „{name}“. "
                "Bitte den Betrag aus einem anderen Topf planen."
            )
    return found


def _require_patience(project: Project) -> None:
    """Raise TransitionNotAllowed where the locked project has asked a pot ``MOST`` times within ``WINDOW``."""
    recent = Decision.objects.filter(
        application__project=project,
        step__in=(Step.SUBMIT, Step.RESUBMIT),
        recorded_at__gt=timezone.now() - WINDOW,
    )
    asked = recent.order_by().values("application__pot").annotate(times=Count("pk"), since=Min("recorded_at"))
    if often := asked.filter(times__gte=MOST).order_by("-since").first():
        minute = timezone.localtime(often["since"] + WINDOW) + timedelta(minutes=1)
        raise TransitionNotAllowed(
            f"Das Projekt wurde in kurzer Zeit {often['times']}-mal eingereicht, und jedes Mal gehen Nachrichten "
            f"hinaus. Ab {minute:%H:%M} Uhr können Sie es wieder einreichen; gespeichert ist alles."
        )


@transaction.atomic
def submit(project: Project, *, actor: User, on: date | None = None) -> list[Application]:
    """Hand in: create or resubmit one application for every free pot row of the plan.

    A returned application whose row is no longer in the plan is withdrawn.
    The project gets its number. Return the applications that were handed in.
    More may be asked for than the pot has; pages warn.
    Raises PlanIncomplete with a sentence per missing thing, YearNotOpen or TransitionNotAllowed.
    """
    day = value_date(on)
    project = project_services.lock(project)
    roles = Roles(actor, day)
    if objection := permissions.objection_to_hand_in(roles, project):
        raise objection
    year = require_year(project)
    if found := complaints(project):
        raise PlanIncomplete(found)
    _require_patience(project)
    project_services.assign_number(project)
    # Whoever hands in counts as having worked on the project, even if somebody else typed the draft.
    project.editors.add(actor)

    applications = list(Application.objects.select_for_update().filter(project=project).order_by("pk"))
    pots = list(year.pots.select_related("district"))
    live = {a.pot_id: a for a in applications if a.state in Application.LIVE}
    handed_in: list[Application] = []
    steps: list[Decision] = []
    for row in pot_rows(project).filter(locked=False):
        pot = cast(Pot, pot_of(row, pots))
        application = live.pop(pot.pk, None)
        if year.is_closed and (application is None or application.carried_to_id is None):
            raise YearNotOpen(
                f"Das Haushaltsjahr {year} ist abgeschlossen; {pot} nimmt nichts Neues mehr an. Bitte nehmen Sie den Betrag "
                "aus dem Plan."
            )
        if application:
            transitions.check(Step.RESUBMIT, application)
            application.state, step = Application.State.SUBMITTED, Step.RESUBMIT
            application.first_signer = None
        else:
            application, step = Application(project=project, pot=pot, submitted_on=day), Step.SUBMIT
            applications.append(application)
        application.requested = row.amount
        application.submitted_by = actor
        application.waiting_since = day
        if application.pk is None:
            application.save()
        decision = record(
            application, step, roles=roles, actor=actor, on=day, amount=row.amount,
            district_id=project.lead_district_id,
        )  # fmt: skip
        application.save()
        steps.append(decision)
        row.locked, row.granted = True, None
        row.save(update_fields=["locked", "granted"])
        handed_in.append(application)
    dropped = False
    for application in live.values():
        if application.state == Application.State.RETURNED:
            # Its row was taken out of the plan, so nothing is asked of that pot any more.
            application.state = Application.State.WITHDRAWN
            application.decided_on = day
            record(
                application, Step.WITHDRAW, roles=roles, actor=actor, on=day,
                reason=OUT_OF_THE_PLAN, district_id=project.lead_district_id,
            )  # fmt: skip
            application.save()
            dropped = True
    if not handed_in and not dropped:
        raise TransitionNotAllowed(
            "Es gibt nichts einzureichen: Alle Beträge aus den Töpfen sind schon beantragt oder entschieden."
        )
    project.is_proved = False  # what is asked for anew needs a plan that balances
    derive_state(project, applications, day, actor)
    notices.tell_of_handing_in(steps)
    return handed_in


@transaction.atomic
def return_to_applicant(
    application: Application,
    *,
    reason: str,
    actor: User,
    key: str | None = None,
    seen: str | None = None,
    on: date | None = None,
) -> Application:
    """Give the application back to the district with a question.

    Its row of the plan can then be changed and handed in again. What was reserved is free again.
    Raises ConflictOfInterest, YearNotOpen, TransitionNotAllowed or AlreadyDone.
    """
    case = begin(Step.RETURN, application, actor=actor, on=on, key=key, seen=seen)
    reason = require_reason(reason, "Bitte schreiben Sie, was der Stadtbezirk klären oder ändern soll.")
    case.decide(reason=reason)
    case.unreserve()
    case.application.first_signer = None
    case.application.waiting_since = case.on
    case.mark_row(locked=False, granted=None)
    return case.finish()


@transaction.atomic
def withdraw(
    application: Application,
    *,
    actor: User,
    key: str | None = None,
    seen: str | None = None,
    reason: str = "",
    on: date | None = None,
) -> Application:
    """Withdraw the application for the lead district, before it is decided.

    What was reserved is free again.
    Raises YearNotOpen, TransitionNotAllowed or AlreadyDone.
    """
    case = begin(Step.WITHDRAW, application, actor=actor, on=on, key=key, seen=seen)
    case.decide(reason=reason.strip())
    case.unreserve()
    case.application.first_signer = None
    case.application.decided_on = case.on
    case.mark_row(locked=False, granted=None)
    return case.finish()
