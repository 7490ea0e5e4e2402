"""Proofs of use for tests."""

from decimal import Decimal

from django.utils import timezone

from funding.models import Application, Step
from funding.proofs.models import (
    AuditNote,
    AuditorRemark,
    Extension,
    ProofOfUse,
    ProofPhoto,
    ProofRow,
    ProofStep,
    Sample,
    SamplePick,
    Voucher,
)
from tests import personas


def of_everything(application: Application) -> ProofOfUse:
    """A proof with a row in each table of proofs, written past the services."""
    today, gf, wf1 = timezone.localdate(), personas.gf_aplerbeck(), personas.wf1()
    proof = ProofOfUse.objects.create(
        application=application,
        decision=application.decisions.filter(step=Step.APPROVE).latest("pk"),
        depth="full",
        opened_by=gf,
        opened_on=today,
    )
    ProofStep.objects.create(proof=proof, step="open", actor=gf, on=today)
    row = ProofRow.objects.create(
        proof=proof, position=1, side="cost", label="Bühne", planned=Decimal(100), actual=Decimal(90)
    )
    file = {"name": "b.pdf", "kind": "pdf", "size": 1, "sha256": "0" * 64}
    Voucher.objects.create(row=row, day=today, amount=Decimal(90), entered_by=gf, **file)
    ProofPhoto.objects.create(proof=proof, uploaded_by=gf, **file)
    Extension.objects.create(proof=proof, until=today, reason="x", requested_by=gf, requested_on=today)
    AuditNote.objects.create(
        proof=proof, text="x", depth="full", costs=Decimal(90), result=Decimal(90), by_two=True, state="waiting",
        signed_by=wf1, signed_on=today,
    )  # fmt: skip
    AuditorRemark.objects.create(proof=proof, text="x", actor=personas.auditor(), on=today)
    sample = Sample.objects.create(
        year=application.pot.year, percent=10, seed="x", listed=[application.pk], drawn_by=wf1, drawn_on=today
    )
    SamplePick.objects.create(sample=sample, application=application)
    return proof
