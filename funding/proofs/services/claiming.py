"""The claim that every decision to claim money back makes, in its transaction."""

from datetime import timedelta

from funding.models import Application, Decision, Step
from funding.proofs.models import InterestRule, ProofRules, RepaymentClaim


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
