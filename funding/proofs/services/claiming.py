"""The claim that every decision to claim money back makes, in its transaction, and reminding of it."""

from datetime import date, timedelta

from django.db import transaction

from funding.errors import TransitionNotAllowed
from funding.models import Application, Decision, Step
from funding.proofs import notices, permissions
from funding.proofs.models import ClaimReminder, InterestRule, ProofRules, RepaymentClaim
from funding.proofs.standing import standing
from funding.rules import value_date
from members.models import User
from members.roles.permissions import Roles
from projects import services as project_services
from projects.models import Project


def claim(decision: Decision) -> None:
    """Write the claim of a decision that claims money back; whoever took it. The project is locked."""
    if decision.step != Step.RECLAIM:
        return
    application = decision.application
    assert decision.amount is not None
    rule = rule_of(application)
    model = application.pot.year.model
    rules = ProofRules.objects.on(model, decision.on) or ProofRules()
    RepaymentClaim.objects.create(
        application=application,
        decision=decision,
        amount=decision.amount,
        due_on=decision.on + timedelta(days=rules.claim_days),
        reference=_reference(application),
        points=rule and rule.points,
        percent=rule and rule.percent,
        legal_basis=rule.legal_basis if rule else "",
    )


def rule_of(application: Application) -> InterestRule | None:
    """Return the rule of interest of the day on which the application was granted. Two queries."""
    granted = application.decisions.filter(step=Step.APPROVE).latest("pk")
    return InterestRule.objects.on(application.pot.year.model, granted.on)


def _reference(application: Application) -> str:
    """Return the next reference of the project, such as RF-2016-APL-007-1."""
    made = RepaymentClaim.objects.filter(application__project=application.project_id).count()
    return f"RF-{application.project.number}-{made + 1}"


@transaction.atomic
def remind(claim: RepaymentClaim, *, actor: User, on: date | None = None) -> ClaimReminder:
    """Remind who directs the calling district of an overdue claim: of its money, or of the interest that alone is open.

    Once a local date. Raises TransitionNotAllowed.
    """
    day = value_date(on)
    project_services.lock(Project(pk=claim.application.project_id))
    if objection := permissions.objection_to_remind(Roles(actor, day)):
        raise objection
    current = RepaymentClaim.objects.with_names().with_left().get(pk=claim.pk)
    open_euro = standing(current, day).to_pay
    if not open_euro:
        raise TransitionNotAllowed("Zu dieser Rückforderung ist nichts zu zahlen.")
    if current.due_on >= day:
        raise TransitionNotAllowed(f"Die Frist läuft noch bis zum {current.due_on:%d.%m.%Y}.")
    if current.reminders.filter(on=day).exists():
        raise TransitionNotAllowed("Daran ist heute schon erinnert worden.")
    reminder = ClaimReminder.objects.create(
        claim=current, amount=open_euro, of_interest=not current.is_open, actor=actor, on=day
    )
    notices.tell_of_reminder(reminder)
    return reminder
