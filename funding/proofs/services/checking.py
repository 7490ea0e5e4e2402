"""Handing in and checking: questions, cuts with a hearing, the audit note, and what follows from it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction

from funding import services as core
from funding.errors import NotEligible, PlanIncomplete, TransitionNotAllowed
from funding.models import Application, Step
from funding.proofs import notices, permissions
from funding.proofs.facts import Outcome, outcome_of, reckoning_of, rules_of
from funding.proofs.missing import missing
from funding.proofs.models import (
    AuditNote,
    AuditorRemark,
    ProofOfUse,
    ProofRow,
    ProofRules,
    ProofStep,
    Sample,
    Voucher,
)
from funding.proofs.owed import owed
from funding.proofs.services.case import Case, open_case, open_step
from funding.proofs.transitions import allowed, move_proof
from funding.rules import (
    checked_amount,
    needs_second_person,
    require_first_person,
    require_no_iban,
    require_reason,
)
from members.common.money import ZERO, format_euro
from members.common.texts import normal
from members.models import User
from members.post.notify import forget
from members.roles.permissions import Roles
from projects import services as project_services

T = ProofStep.Step


@dataclass(frozen=True)
class Cut:
    """What of a row is not accepted, in euro, and why; the recipient reads it."""

    amount: Decimal
    reason: str


@transaction.atomic
def hand_in(
    proof: ProofOfUse, *, actor: User, key: str | None = None, seen: str | None = None, on: date | None = None
) -> ProofOfUse:
    """Hand the proof in, at first or after a question. A late one is taken and marked; a closed year does not matter.

    Raises PlanIncomplete with what is missing at which field, TransitionNotAllowed or AlreadyDone.
    """
    case = open_step(proof, T.HAND_IN, actor=actor, key=key, seen=seen, on=on)
    current = case.proof
    if current.application.state not in Application.GRANTED:
        raise NotEligible("Die Bewilligung gilt nicht mehr. Nachzuweisen ist nichts.")
    if lacking := missing(current, rules_of(current)):
        raise PlanIncomplete(lacking)
    Voucher.objects.filter(row__proof=current, kept=False).update(kept=True)
    current.rows.filter(asked=True).update(asked=False)
    current.asked = ""
    if current.handed_in_on is None:
        current.handed_in_on = case.day
        current.late = current.due_on is not None and case.day > current.due_on
    notices.tell_of_step(move_proof(T.HAND_IN, current, roles=case.roles))
    current.application.project.editors.add(actor)
    return current


@transaction.atomic
def ask_back(
    proof: ProofOfUse,
    *,
    rows: Collection[int] = (),
    fields: Collection[str] = (),
    question: str,
    actor: User,
    key: str | None = None,
    seen: str | None = None,
    on: date | None = None,
) -> ProofOfUse:
    """Give the proof back with a question. Only these rows (keys) and fields of the report are open again.

    A cut of a row that is asked is off the table. Raises ConflictOfInterest, TransitionNotAllowed or AlreadyDone.
    """
    case = open_step(proof, T.ASK_BACK, actor=actor, key=key, seen=seen, on=on)
    current = case.proof
    question = require_reason(
        question, "Bitte schreiben Sie, was der Stadtbezirk klären soll.", field="question"
    )
    asked = list(current.rows.filter(pk__in=list(rows), is_grant=False))
    named = [name for name in ProofOfUse.REPORT if name in fields and name != "confirmed"]
    if not asked and not named:
        raise TransitionNotAllowed(
            "Bitte wählen Sie, zu welchen Zeilen oder Angaben Sie fragen.", field="rows"
        )
    _ask(current, asked, named)
    notices.tell_of_step(move_proof(T.ASK_BACK, current, roles=case.roles, reason=question))
    return current


def _ask(proof: ProofOfUse, rows: Collection[ProofRow], named: Collection[str]) -> None:
    for row in rows:
        row.asked, row.cut, row.cut_reason = True, ZERO, ""
        row.save(update_fields=["asked", "cut", "cut_reason"])
    proof.asked, proof.confirmed = " ".join(named), False


def ask_by_sample(proof: ProofOfUse, sample: Sample, *, actor: User, on: date | None = None) -> None:
    """Open the costs of a drawn proof again, so that its vouchers can be added. The lot asks, whoever drew it."""
    case = open_case(proof, ask=lambda roles, _: None, actor=actor, on=on)
    current = case.proof
    costs = list(current.rows.filter(side=ProofRow.Side.COST))
    if current.is_asked_back:
        _ask(current, costs, sorted(current.asked_fields))
        current.save()
    elif allowed(T.ASK_BACK, current.state):
        _ask(current, costs, ())
        question = f"Der Nachweis wurde in der {sample} gezogen. Bitte laden Sie die Belege hoch."
        notices.tell_of_step(move_proof(T.ASK_BACK, current, roles=case.roles, reason=question))


@transaction.atomic
def announce_cut(
    proof: ProofOfUse,
    *,
    cuts: Mapping[int, Cut],
    actor: User,
    key: str | None = None,
    seen: str | None = None,
    on: date | None = None,
) -> ProofOfUse:
    """Announce to the recipient which rows (keys) are to be cut, and why. There is time to answer until a day.

    Source: nobody's money is cut unheard; the days are a setting of the funding model.
    Raises ConflictOfInterest, TransitionNotAllowed or AlreadyDone.
    """
    case = open_step(proof, T.ANNOUNCE, actor=actor, key=key, seen=seen, on=on)
    current = case.proof
    found = {row.pk: row for row in current.rows.filter(pk__in=list(cuts), side=ProofRow.Side.COST)}
    if not cuts or set(found) != set(cuts):
        raise TransitionNotAllowed("Bitte wählen Sie die Kosten, die gekürzt werden sollen.", field="rows")
    said = []
    for pk, cut in cuts.items():
        row = found[pk]
        row.cut = _checked_cut(row, cut)
        row.cut_reason = require_reason(
            cut.reason, "Bitte begründen Sie die Kürzung; der Empfänger liest es.", field=f"row-{pk}-reason"
        )
        row.save(update_fields=["cut", "cut_reason"])
        said.append(f"{row}: {format_euro(row.cut)}. {row.cut_reason}")
    rules = ProofRules.objects.on(current.application.pot.year.model, case.day) or rules_of(current)
    current.hearing_until = case.day + timedelta(days=rules.hearing_days)
    current.hearing_answer = ""
    notices.tell_of_step(move_proof(T.ANNOUNCE, current, roles=case.roles, reason="\n".join(said)))
    return current


def _checked_cut(row: ProofRow, cut: Cut) -> Decimal:
    amount = checked_amount(cut.amount)
    if amount > (row.actual or ZERO):
        raise TransitionNotAllowed(
            f"„{row}“ sind {format_euro(row.actual or ZERO)}; mehr kann nicht gekürzt werden.",
            field=f"row-{row.pk}",
        )
    return amount


@transaction.atomic
def answer_hearing(
    proof: ProofOfUse,
    *,
    answer: str,
    actor: User,
    key: str | None = None,
    seen: str | None = None,
    on: date | None = None,
) -> ProofOfUse:
    """Write down what the recipient says to the cut. The Wirtschaftsförderung decides then.

    Also after the day, as long as nothing is decided. Raises TransitionNotAllowed or AlreadyDone.
    """
    case = open_step(proof, T.ANSWER, actor=actor, key=key, seen=seen, on=on)
    case.proof.hearing_answer = require_reason(answer, "Bitte schreiben Sie Ihre Antwort.", field="answer")
    step = move_proof(T.ANSWER, case.proof, roles=case.roles, reason=case.proof.hearing_answer)
    notices.tell_of_step(step)
    return case.proof


@transaction.atomic
def withdraw_cut(
    proof: ProofOfUse,
    *,
    reason: str,
    actor: User,
    key: str | None = None,
    seen: str | None = None,
    on: date | None = None,
) -> ProofOfUse:
    """Take all cuts back. For others they are announced anew. Raises as ``announce_cut``."""
    case = open_step(proof, T.WITHDRAW, actor=actor, key=key, seen=seen, on=on)
    if not case.proof.rows.filter(cut__gt=0).exists():
        raise TransitionNotAllowed("Es ist nichts gekürzt.")
    reason = require_reason(reason, "Bitte begründen Sie, warum nicht gekürzt wird.")
    case.proof.rows.filter(cut__gt=0).update(cut=ZERO, cut_reason="")
    case.proof.hearing_until, case.proof.hearing_answer = None, ""
    notices.tell_of_step(move_proof(T.WITHDRAW, case.proof, roles=case.roles, reason=reason))
    return case.proof


def needs_two(proof: ProofOfUse, rules: ProofRules, outcome: Outcome) -> bool:
    """Return whether two people sign the audit note.

    From the rules' amount on, and where it lessens what two people granted.
    """
    application, limit = proof.application, rules.two_people_from
    large = limit is not None and (application.granted or ZERO) >= limit
    return large or (application.granted_by_two and outcome.lessens)


@transaction.atomic
def note(
    proof: ProofOfUse,
    *,
    text: str,
    depth: str,
    seen_papers: str = "",
    actor: User,
    key: str | None = None,
    seen: str | None = None,
    on: date | None = None,
) -> AuditNote:
    """Sign the audit note with the result of the reckoning. Where one person is enough, that accepts the proof.

    Otherwise the note waits for a second person (``accept``, ``refuse``).
    ``depth`` is how it was checked (``ProofDepth``), ``seen_papers`` what was looked at.
    Raises ConflictOfInterest, TransitionNotAllowed, YearNotOpen or AlreadyDone.
    """
    case = open_step(proof, T.NOTE, actor=actor, key=key, seen=seen, on=on)
    current = case.proof
    _require_heard(case)
    if current.application.state not in Application.GRANTED:
        raise NotEligible("Die Bewilligung gilt nicht mehr. Zu prüfen ist nichts.")
    text = require_reason(text, "Bitte schreiben Sie, was die Prüfung ergeben hat.", field="text")
    papers = normal(seen_papers, lines=True)
    require_no_iban(papers, field="seen_papers")
    rules = rules_of(current)
    reckoning = reckoning_of(current, rules)
    outcome = outcome_of(current.application, reckoning.amount, rules)
    by_two = needs_two(current, rules, outcome)
    made = AuditNote.objects.create(
        proof=current,
        text=text,
        depth=depth,
        seen=papers,
        costs=reckoning.of("costs"),
        result=reckoning.amount,
        lines=[[line.text, str(line.amount)] for line in reckoning.lines],
        by_two=by_two,
        state=AuditNote.State.WAITING if by_two else AuditNote.State.SIGNED,
        signed_by=actor,
        signed_on=case.day,
    )
    if by_two:
        notices.tell_of_step(move_proof(T.NOTE, current, roles=case.roles))
    else:
        _accept(case, made, outcome)
    return made


def _require_heard(case: Case) -> None:
    until = case.proof.hearing_until
    if case.proof.is_in_hearing and until is not None and case.day <= until:
        raise TransitionNotAllowed(
            f"Zur Kürzung kann sich der Empfänger noch bis zum {until:%d.%m.%Y} äußern. Danach, oder nach seiner Antwort, "
            "kann der Prüfvermerk unterschrieben werden."
        )


@transaction.atomic
def accept(
    waiting: AuditNote,
    *,
    actor: User,
    key: str | None = None,
    seen: str | None = None,
    on: date | None = None,
) -> ProofOfUse:
    """Sign the audit note as the second person, and so accept the proof.

    Everything is reckoned again: another result than the one that was signed is refused.
    Raises ConflictOfInterest for whoever signed first, TransitionNotAllowed, YearNotOpen or AlreadyDone.
    """
    case = open_step(waiting.proof, T.ACCEPT, actor=actor, key=key, seen=seen, on=on)
    current = _waiting(waiting)
    if objection := permissions.objection_to_second(case.roles, case.proof, current):
        raise objection
    require_first_person(
        current.signed_by,
        permissions.objection_to_check(Roles(current.signed_by, case.day), case.proof),
        what="nicht mehr prüfen",
        instead="zeichnen Sie nicht mit; dann prüft eine andere Person neu.",
    )
    rules = rules_of(case.proof)
    result = reckoning_of(case.proof, rules).amount
    if result != current.result:
        raise TransitionNotAllowed(
            f"Unterschrieben wurden {format_euro(current.result)}, jetzt ergeben sich {format_euro(result)}. Bitte zeichnen "
            "Sie nicht mit; dann wird neu geprüft."
        )
    current.state, current.second_by, current.second_on = AuditNote.State.SIGNED, actor, case.day
    current.save()
    _accept(case, current, outcome_of(case.proof.application, result, rules))
    return case.proof


@transaction.atomic
def refuse(
    waiting: AuditNote,
    *,
    reason: str,
    actor: User,
    key: str | None = None,
    seen: str | None = None,
    on: date | None = None,
) -> ProofOfUse:
    """Do not sign the audit note; the proof is checked anew. Who signed first takes it back this way.

    Raises ConflictOfInterest, TransitionNotAllowed or AlreadyDone.
    """
    case = open_step(waiting.proof, T.REFUSE, actor=actor, key=key, seen=seen, on=on)
    current = _waiting(waiting)
    current.refusal = require_reason(reason, "Bitte begründen Sie, warum Sie nicht mitzeichnen.")
    current.state, current.second_by, current.second_on = AuditNote.State.REFUSED, actor, case.day
    current.save()
    notices.tell_of_step(move_proof(T.REFUSE, case.proof, roles=case.roles, reason=current.refusal))
    return case.proof


def _waiting(waiting: AuditNote) -> AuditNote:
    current = AuditNote.objects.select_for_update(of=("self",)).select_related("signed_by").get(pk=waiting.pk)
    if not current.waits:
        raise TransitionNotAllowed(
            f"Darüber ist schon entschieden: {current.get_state_display()}. Geändert wurde nichts."
        )
    return current


def _accept(case: Case, signed: AuditNote, outcome: Outcome) -> None:
    """Accept the proof, and carry out on the grant what its result means."""
    proof = case.proof
    proof.result, proof.overpaid = signed.result, outcome.overpaid
    notices.tell_of_step(move_proof(T.ACCEPT, proof, roles=case.roles))
    project_services.mark_proved(proof.application.project)
    reason = _what_is_due(signed.result)
    people: dict[str, Any] = {
        "reason": reason,
        "first": signed.signed_by,
        "last": signed.second_by or signed.signed_by,
        "on": case.day,
    }
    application, claimed = proof.application, outcome.claimed
    to_be_paid = outcome.left > application.paid
    if signed.result == 0 and (claimed or not application.paid):
        # All that was paid is claimed back only of a grant that was revoked.
        application = _take(application, Step.REVOKE, **people)
    elif outcome.released and (claimed or to_be_paid):
        application = _take(application, Step.REDUCE, euro=outcome.released, **people)
    elif application.is_approved and not (claimed or to_be_paid or owed(application, case.day).is_open):
        _take(application, Step.SETTLE, **people)
    if claimed:
        _take(application, Step.RECLAIM, euro=claimed, **people)


def _what_is_due(result: Decimal) -> str:
    return f"Nach dem Verwendungsnachweis stehen {format_euro(result)} zu."


def _take(
    application: Application,
    step: Step,
    *,
    reason: str,
    first: User,
    last: User,
    on: date,
    euro: Decimal = ZERO,
) -> Application:
    """Take a step of the core on the grant, by one person or, where it takes two, by both who signed.

    ``euro`` are those by which the grant is reduced, or that are claimed back.
    """
    to = (application.granted or ZERO) - euro
    if needs_second_person(step, application):
        changes = step in (Step.REDUCE, Step.RECLAIM)
        asked = core.request_change(
            application, what=step.value, to=to if changes else None, reason=reason, actor=first, on=on
        )
        change = core.confirm_change(asked, actor=last, on=on)
        forget(f"grant-change:{change.pk}")  # the second person has just signed
        return change.application
    taken: dict[str, Any] = {"reason": reason, "actor": last, "on": on}
    match step:
        case Step.REDUCE:
            return core.reduce(application, to=to, proved=True, **taken)
        case Step.RECLAIM:
            return core.reclaim(application, amount=euro, **taken)
        case Step.REVOKE:
            return core.revoke(application, proved=True, **taken)
    return core.settle(application, **taken)


@transaction.atomic
def settle(
    proof: ProofOfUse, *, actor: User, key: str | None = None, seen: str | None = None, on: date | None = None
) -> Application:
    """Settle the grant of an accepted proof, once all of it is paid, and what came back of it is explained.

    Acceptance does it by itself where nothing is left to be paid or claimed back.
    Raises TransitionNotAllowed, ConflictOfInterest, YearNotOpen or AlreadyDone.
    """
    case = open_case(proof, ask=permissions.objection_to_settle, actor=actor, key=key, seen=seen, on=on)
    application = case.proof.application
    if not case.proof.is_accepted or application.has_unpaid:
        raise TransitionNotAllowed(
            "Abgerechnet wird, sobald der Nachweis anerkannt und alles ausgezahlt ist."
        )
    reason = _what_is_due(case.proof.result or ZERO)
    return core.settle(application, reason=reason, actor=actor, on=case.day)


@transaction.atomic
def remark(
    proof: ProofOfUse, *, text: str, actor: User, key: str | None = None, on: date | None = None
) -> AuditorRemark:
    """Write an auditor's remark beside the proof, in any of its states. Raises TransitionNotAllowed or AlreadyDone."""
    case = open_case(
        proof, ask=lambda roles, _: permissions.objection_to_remark(roles), actor=actor, key=key, on=on
    )
    text = require_reason(text, "Bitte schreiben Sie Ihre Bemerkung.", field="text")
    return AuditorRemark.objects.create(proof=case.proof, text=text, actor=actor, on=case.day)
