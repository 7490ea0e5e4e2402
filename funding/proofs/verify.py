"""What ``verify_ledger`` finds in the tables of proofs."""

from collections.abc import Iterator

from django.db.models import F, Q, Sum

from funding.models import Application, Decision, Step
from funding.proofs import change_transitions
from funding.proofs.models import (
    AuditNote,
    ChangeRequest,
    ChangeStep,
    Extension,
    ProofOfUse,
    ProofRow,
    ProofStep,
    RepaymentClaim,
    Sample,
)
from funding.proofs.sampling import drawn
from funding.proofs.transitions import IN_A_SENTENCE, TABLE
from funding.transitions import misstep
from members.common.money import ZERO, format_euro
from projects.models import Project


def proofs() -> Iterator[str]:
    """Yield proofs that differ from their steps, from their audit note, or from the last day that was decided."""
    for proof in (
        ProofOfUse.objects.select_related("application", "decision")
        .prefetch_related("steps")
        .order_by("pk")
        .iterator(500)
    ):
        if sentence := _walked(proof):
            yield f"{proof}: {sentence}"
        if proof.decision.application_id != proof.application_id:
            yield f"{proof}: Er gehört zu einer anderen Bewilligung als seine Entscheidung."
    notes = AuditNote.objects.filter(state=AuditNote.State.SIGNED).order_by().values("proof", "result")
    results = {note["proof"]: note["result"] for note in notes}
    for proof in ProofOfUse.objects.order_by("pk").only("pk", "result", "state"):
        if proof.result != results.get(proof.pk):
            yield f"{proof}: Das Ergebnis ist nicht das des unterschriebenen Prüfvermerks."
    for note in AuditNote.objects.filter(by_two=True, state=AuditNote.State.SIGNED, second_by=F("signed_by")):
        yield f"Prüfvermerk Nr. {note.pk}: Beide Unterschriften sind von derselben Person."
    proved = Project.objects.filter(is_proved=True).exclude(
        applications__proof__state=ProofOfUse.State.ACCEPTED
    )
    for key in proved.order_by("pk").values_list("pk", flat=True):
        yield f"Projekt {key}: Es gilt als nachgewiesen, aber kein Verwendungsnachweis ist anerkannt."
    settled = ProofOfUse.objects.filter(
        state=ProofOfUse.State.ACCEPTED, overpaid=0, application__state=Application.State.SETTLED,
        application__granted__gt=F("result"),
    )  # fmt: skip
    for proof in settled.order_by("pk"):
        yield f"{proof}: Anerkannt sind {format_euro(proof.result or 0)}, abgerechnet ist mehr."  # type: ignore[arg-type]


def _walked(proof: ProofOfUse) -> str:
    """Return what is wrong with the proof's steps, or an empty text."""
    begins: dict[str, str] = {ProofStep.Step.OPEN: ProofOfUse.State.OPEN}
    if sentence := misstep(proof, begins=begins, table=TABLE, words=IN_A_SENTENCE):
        return sentence
    steps = proof.steps.all()
    first = next((step.on for step in steps if step.step == ProofStep.Step.HAND_IN), None)
    if proof.handed_in_on != first:
        return "Der Tag, an dem er eingereicht wurde, ist nicht der seines Schritts."
    return ""


def figures() -> Iterator[str]:
    """Yield rows that are not the sum of their vouchers, rows that differ from the plan, and due days nobody decided."""
    summed = ProofRow.objects.annotate(total=Sum("vouchers__amount", filter=Q(vouchers__struck=False)))
    for row in summed.filter(total__isnull=False).exclude(actual=F("total")).order_by("pk"):
        yield f"{row.proof}, „{row}“: Die Belege ergeben {format_euro(row.total)}."
    planned = ProofRow.objects.filter(plan_row__isnull=False).select_related("proof")
    other = ~Q(planned=F("plan_row__amount")) | ~Q(plan_row__decision=F("proof__decision"))
    for changed in planned.filter(other).order_by("pk"):
        yield f"{changed.proof}, „{changed}“: Geplant war etwas anderes."
    granted = (
        Extension.objects.filter(state=Extension.State.CONFIRMED).order_by("pk").values_list("proof", "until")
    )
    until = dict(granted)
    for proof in ProofOfUse.objects.select_related("decision").order_by("pk").iterator(500):
        decided = until.get(proof.pk, proof.decision.proof_due_on)
        if proof.due_on not in (decided, proof.decision.proof_due_on):
            yield f"{proof}: Die Frist hat niemand so entschieden."


def samples() -> Iterator[str]:
    """Yield samples that seed and list do not give again."""
    for sample in Sample.objects.prefetch_related("picks").order_by("pk"):
        picked = sorted(pick.application_id for pick in sample.picks.all())
        if picked != drawn(sample.listed, sample.percent, sample.seed):
            yield f"{sample}: Gezogen wurde etwas anderes, als Liste und Zufallswert ergeben."


def claims() -> Iterator[str]:
    """Yield decisions that claim money back and have no claim, and claims that say something else."""
    claimed = Decision.objects.filter(step=Step.RECLAIM).select_related("claim", "application__project")
    for decision in claimed.order_by("pk"):
        claim = getattr(decision, "claim", None)
        if claim is None:
            yield f"{decision.application}: Die Entscheidung „{decision}“ hat keine Rückforderung mit Frist."
        elif (claim.application_id, claim.amount) != (decision.application_id, decision.amount):
            yield f"{claim}: Entschieden wurde etwas anderes."
    for claim in RepaymentClaim.objects.exclude(decision__step=Step.RECLAIM).order_by("pk"):
        yield f"{claim}: Entschieden wurde etwas anderes."


def changes() -> Iterator[str]:
    """Yield changes that differ from their steps, start from another plan, or led to another decision."""
    begins, words = change_transitions.BEGINS, change_transitions.IN_A_SENTENCE
    related = ChangeRequest.objects.select_related("outcome").prefetch_related(
        "steps", "rows", "decision__plan_rows"
    )
    for change in related.order_by("pk").iterator(500):
        if sentence := misstep(change, begins=begins, table=change_transitions.TABLE, words=words):
            yield f"{change}: {sentence}"
        kept = {row.position: row.amount for row in change.decision.plan_rows.all() if row.is_cost}
        moved = list(change.rows.all())
        if any(kept.get(row.position, ZERO) != row.before for row in moved) or sum(
            (row.difference for row in moved), ZERO
        ):
            yield f"{change}: Die Zeilen sind nicht die des bewilligten Plans, oder ihre Summe ist eine andere."
        done = change.outcome
        if done and (done.step not in OUTCOMES[change.about] or done.application_id != change.application_id):
            yield f"{change}: Die Entscheidung dazu ist eine andere."
    for step in ChangeStep.objects.filter(step__in=DECIDED, actor=F("request__asked_by")).order_by("pk"):
        yield f"Änderung Nr. {step.request_id}: Entschieden hat, wer sie gemeldet hat."


#: What a change leads to, by what it is about, and the steps of the side that decides.
OUTCOMES = {"plan": (Step.CHANGE,), "more": (Step.INCREASE,), "less": (Step.REDUCE, Step.REVOKE)}
DECIDED = (ChangeStep.Step.ASK_BACK, ChangeStep.Step.CONSENT, ChangeStep.Step.REFUSE)


VERIFIERS = (proofs, figures, samples, claims, changes)
