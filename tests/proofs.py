"""Proofs of use for tests."""

from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from funding.models import Application, Decision
from funding.proofs import services
from funding.proofs.models import (
    AuditNote,
    AuditorRemark,
    ChangeRequest,
    ClaimReminder,
    Extension,
    ProofOfUse,
    ProofPhoto,
    RepaymentClaim,
    Sample,
    SamplePick,
    Voucher,
)
from funding.terms import in_force
from tests import personas


def of_everything(application: Application, sha256: str = "0" * 64) -> ProofOfUse:
    """A proof of a grant of Aplerbeck with a row in each table of proofs, most of them written past the services."""
    today, gf, wf1 = timezone.localdate(), personas.gf_aplerbeck(), personas.wf1()
    proof = services.open_proof(application, actor=gf)
    row = proof.rows.filter(side="cost")[0]
    file = {"name": "b.pdf", "kind": "pdf", "size": 1, "sha256": sha256}
    Voucher.objects.create(row=row, day=today, amount=Decimal(90), kept=True, entered_by=gf, **file)
    row.actual = Decimal(90)
    row.save()
    ProofPhoto.objects.create(proof=proof, uploaded_by=gf, **file)
    Extension.objects.create(
        proof=proof, until=today + timedelta(days=400), reason="x", requested_by=gf, requested_on=today
    )
    AuditNote.objects.create(
        proof=proof, text="x", depth="full", costs=Decimal(90), result=Decimal(90), by_two=True, state="waiting",
        signed_by=wf1, signed_on=today,
    )  # fmt: skip
    AuditorRemark.objects.create(proof=proof, text="x", actor=personas.auditor(), on=today)
    sample = Sample.objects.create(
        year=application.pot.year, percent=10, seed="x", listed=[application.pk], drawn_by=wf1, drawn_on=today
    )
    SamplePick.objects.create(sample=sample, application=application)
    services.ask_back_change(asked(application), question="x", actor=wf1)
    return proof


def asked(application: Application) -> ChangeRequest:
    """A change of partners, and a euro between the first two rows of costs where there are two."""
    kept = in_force(application)
    assert kept is not None
    rows = [row for row in kept.plan_rows.all() if row.is_cost]
    costs = {row.position: row.amount + more for row, more in zip(rows, (1, -1), strict=False)}
    wish = services.Wish(about="plan", reason="x", partners="x", costs=costs if len(rows) > 1 else {})
    return services.ask_change(application, wish=wish, actor=personas.gf_aplerbeck())


def claimed(application: Application) -> RepaymentClaim:
    """A claim of one euro, past the services: nothing need be paid."""
    decision = Decision.objects.create(
        application=application, step="reclaim", amount=Decimal(1), reason="x", actor=personas.wf1(),
        on=timezone.localdate(),
    )  # fmt: skip
    return RepaymentClaim.objects.create(
        application=application, decision=decision, amount=Decimal(1), due_on=decision.on, reference="RF-x"
    )


def reminded(claim: RepaymentClaim) -> ClaimReminder:
    """A reminder of a euro on the day after the last day, past the services."""
    return ClaimReminder.objects.create(
        claim=claim, amount=Decimal(1), actor=personas.wf1(), on=claim.due_on + timedelta(days=1)
    )
