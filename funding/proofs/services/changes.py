"""What has changed about a grant: the district asks, the Wirtschaftsförderung consents, refuses or asks back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.db.models import Max

from funding import services as core
from funding import terms
from funding.errors import NotEligible, TransitionNotAllowed
from funding.models import Application, Decision, PlanRow, Step
from funding.proofs import change_notices as notices
from funding.proofs import permissions
from funding.proofs.change_transitions import (
    BEGINS,
    change_seen,
    check_change,
    move_change,
    plan_seen,
    record_step,
)
from funding.proofs.change_words import in_words
from funding.proofs.models import ChangeRequest, ChangeRow, ChangeStep, Extension, ProofOfUse, ProofRow
from funding.proofs.reckoning import ROW_LIMIT
from funding.proofs.services.filling import rows_of
from funding.rules import (
    checked_figure,
    require_no_iban,
    require_nothing_reclaimed,
    require_open,
    require_plain_words,
    require_reason,
    shifted,
    value_date,
)
from funding.services.once import spend
from members.common.money import ZERO, format_euro
from members.common.texts import normal
from members.models import User
from members.roles.permissions import Roles
from projects import services as project_services
from projects.models import Project

T, About = ChangeStep.Step, ChangeRequest.About
CHANGED = "Hier hat sich etwas geändert, seit Sie die Seite geöffnet haben. Gespeichert wurde nichts. Bitte prüfen Sie es noch einmal."
HANDED_IN = "Der Verwendungsnachweis ist eingereicht. Er zeigt, was anders kam als geplant; am Plan ändert sich nichts mehr."
#: The longest name of a row of costs.
MOST_LETTERS = 160
#: The decisions that do what a request about money asks for, and those that end a grant.
DOES = {About.MORE: Step.INCREASE, About.LESS: Step.REDUCE}
ENDS = (Step.REVOKE, Step.SETTLE)


@dataclass(frozen=True)
class Wish:
    """What a district says has changed. Euro and local dates.

    ``about`` is one of ``ChangeRequest.About``. For the plan ``period`` is from when to when (None: as it is), ``partners``
    new partners in words, ``costs`` euro by the position of the row in the plan in force, ``new_costs`` rows that nobody
    planned. For money ``amount`` is the sum that is needed.
    """

    about: str
    reason: str
    period: terms.Period | None = None
    partners: str = ""
    costs: Mapping[int, Decimal] = field(default_factory=dict)
    new_costs: Sequence[terms.NewCost] = ()
    amount: Decimal | None = None


@transaction.atomic
def ask_change(
    application: Application,
    *,
    wish: Wish,
    actor: User,
    key: str | None = None,
    seen: str | None = None,
    on: date | None = None,
) -> ChangeRequest:
    """Say what has changed about a grant. The Wirtschaftsförderung decides on it; costs that may move are noted at once.

    Costs may move as long as the sum stays and no row exceeds its own plan by more than 20 %; a fixed grant has no limit
    for its rows. New dates and partners need consent. For money the grant is raised or reduced (``funding.services``).
    Source: the association's rules for grants; on pillar 1 the Lenkungsgremium decides on money.
    Raises NotEligible, YearNotOpen, TransitionNotAllowed or AlreadyDone.
    """
    day = value_date(on)
    project = project_services.lock(Project(pk=application.project_id))
    if key is not None:
        spend(key, actor)
    related = Application.objects.select_related("pot__district", "pot__year__model", "carried_to__year")
    current = related.get(pk=application.pk)
    current.project = project
    roles = Roles(actor, day)
    if objection := permissions.objection_to_ask_change(roles, current):
        raise objection
    grant = grant_to_change(current)
    if seen is not None and seen != plan_seen(current, grant):
        raise TransitionNotAllowed(CHANGED)
    reason = require_reason(wish.reason, "Bitte schreiben Sie, was sich geändert hat.")
    require_plain_words(Step.CHANGE, current, reason, day)
    change = ChangeRequest(
        application=current, about=wish.about, decision=grant, reason=reason, granted=current.granted,
        asked_by=actor, asked_on=day,
    )  # fmt: skip
    rows, step = _of_plan(change, wish, day) if change.is_about_plan else _of_money(change, wish)
    change.state = BEGINS[step]
    change.save()
    ChangeRow.objects.bulk_create(rows)
    notices.tell_of_step(record_step(step, change, roles=roles))
    project.editors.add(actor)
    return change


def grant_to_change(application: Application) -> Decision:
    """Return the decision whose plan is in force. Raises what stands against changing the grant now."""
    if application.state != Application.State.APPROVED:
        raise NotEligible("Ändern kann sich nur, was bewilligt und noch nicht abgerechnet ist.")
    grant = terms.in_force(application)
    if grant is None or not grant.has_terms:
        raise NotEligible(
            "Diese Bewilligung ist an keinen Plan und keinen Zeitraum gebunden. Eine Zustimmung brauchen Sie nicht."
        )
    _require_unproved(application)
    if application.change_requests.waiting().exists():
        raise TransitionNotAllowed(
            "Eine Änderung wartet schon auf Antwort. Bitte warten Sie sie ab, oder nehmen Sie sie zurück."
        )
    return grant


def _require_unproved(application: Application) -> None:
    if ProofOfUse.objects.filter(application=application).exclude(state=ProofOfUse.State.OPEN).exists():
        raise TransitionNotAllowed(HANDED_IN)


def _of_plan(change: ChangeRequest, wish: Wish, day: date) -> tuple[list[ChangeRow], str]:
    """Enter what changes about the plan. Return its rows, not stored yet, and the step: asked, or noted at once."""
    application, grant = change.application, change.decision
    partners = normal(wish.partners, lines=True)
    require_no_iban(partners, field="partners")
    require_plain_words(Step.CHANGE, application, partners, day)
    period = change.period_before if wish.period is None else wish.period
    terms.changed(grant, application.pot.year.model, period, day)
    change.carried_out_from, change.carried_out_until = period
    change.partners = partners
    kept = {row.position: row for row in grant.plan_rows.all()}
    new_costs = [terms.NewCost(_checked_label(change, new.label, day), new.amount) for new in wish.new_costs]
    rows = [
        ChangeRow(request=change, position=at, label=kept[at].label, before=kept[at].amount, after=amount)
        for at, amount in sorted(shifted(list(kept.values()), wish.costs, new_costs).items())
    ]
    rows += [
        ChangeRow(request=change, position=at, label=new.label, before=ZERO, after=new.amount)
        for at, new in enumerate(new_costs, max(kept, default=0) + 1)
    ]
    if not (rows or change.moves_period or partners):
        raise TransitionNotAllowed("Bitte tragen Sie ein, was sich ändert: Zeitraum, Partner oder Kosten.")
    free = not change.moves_period and not partners and not exceeding(application, rows)
    return rows, T.NOTE if free else T.ASK


def _checked_label(change: ChangeRequest, label: str, day: date) -> str:
    label = normal(label)
    if not label or len(label) > MOST_LETTERS:
        raise TransitionNotAllowed(
            f"Bitte mit 1 bis {MOST_LETTERS} Zeichen eintragen, wofür das Geld ist.", field="new_label"
        )
    require_no_iban(label, field="new_label")
    require_plain_words(Step.CHANGE, change.application, label, day)
    return label


def exceeding(application: Application, rows: list[ChangeRow]) -> list[ChangeRow]:
    """Return the rows that exceed their own plan by more than may be without consent (``reckoning.ROW_LIMIT``)."""
    if application.financing == Application.Financing.FIXED:
        return []
    return [row for row in rows if row.after > row.before * ROW_LIMIT.numerator / ROW_LIMIT.denominator]


def _of_money(change: ChangeRequest, wish: Wish) -> tuple[list[ChangeRow], str]:
    """Enter the sum that is needed. Raises what stands against it."""
    application = change.application
    if objection := permissions.objection_to_ask_for_money(application):
        raise objection
    require_open(application.booking_pot.year)
    change.amount = amount = checked_figure(wish.amount, field="amount")
    granted = format_euro(change.granted)
    if change.is_more:
        require_nothing_reclaimed(application, "wird die Bewilligung nicht erhöht")
        if amount <= change.granted:
            raise TransitionNotAllowed(
                f"Bewilligt sind {granted}. Bitte einen größeren Betrag eintragen.", field="amount"
            )
        return [], T.ASK
    if amount >= change.granted:
        raise TransitionNotAllowed(
            f"Bewilligt sind {granted}. Bitte einen kleineren Betrag eintragen.", field="amount"
        )
    if amount < application.paid + application.called:
        raise TransitionNotAllowed(
            f"Ausgezahlt oder abgerufen sind {format_euro(application.paid + application.called)}. Weniger geht erst, wenn Geld "
            "zurückgezahlt oder der Abruf aufgehoben ist.",
            field="amount",
        )
    return [], T.ASK


# Deciding


def _open(
    change: ChangeRequest,
    step: ChangeStep.Step,
    *,
    actor: User,
    key: str | None,
    seen: str | None,
    on: date | None,
) -> tuple[ChangeRequest, Roles]:
    """Lock the project, spend the key, lock the request, and ask whether this person may take the step now."""
    day = value_date(on)
    project_services.lock(Project(pk=change.application.project_id))
    if key is not None:
        spend(key, actor)
    current = ChangeRequest.objects.select_for_update(of=("self",)).with_names().get(pk=change.pk)
    roles = Roles(actor, day)
    if objection := permissions.CHANGE_OBJECTIONS[step](roles, current):
        raise objection
    check_change(step, current)
    if seen is not None and seen != change_seen(current):
        raise TransitionNotAllowed(CHANGED)
    return current, roles


@transaction.atomic
def consent_to_change(
    change: ChangeRequest,
    *,
    actor: User,
    key: str | None = None,
    seen: str | None = None,
    on: date | None = None,
) -> ChangeRequest:
    """Consent to another period, other partners or costs. From now on they bind; an open proof compares with them.

    Money is not decided here: the grant is raised or reduced, and the request closes with that (``close_done``).
    Raises ConflictOfInterest, TransitionNotAllowed or AlreadyDone.
    """
    current, roles = _open(change, T.CONSENT, actor=actor, key=key, seen=seen, on=on)
    if not current.is_about_plan:
        raise TransitionNotAllowed(
            "Über Geld entscheiden Sie auf der Seite der Bewilligung; die Änderung ist damit erledigt."
        )
    _require_unproved(current.application)
    proof = ProofOfUse.objects.select_for_update().filter(application=current.application_id).first()
    planned = {row.position for row in current.decision.plan_rows.all()}
    rows = list(current.rows.all())
    added = [row for row in rows if row.position not in planned]
    free = _first_free_position(current.decision, proof)
    current.outcome = core.change_terms(
        current.application,
        grant=current.decision,
        period=current.period,
        costs={row.position: row.after for row in rows if row not in added},
        new_costs={at: terms.NewCost(row.label, row.after) for at, row in enumerate(added, free)},
        reason=in_words(current),
        actor=actor,
        on=on,
    )
    if proof:
        _compare_with(proof, current.outcome)
    notices.tell_of_step(move_change(T.CONSENT, current, roles=roles))
    return current


def _first_free_position(decision: Decision, proof: ProofOfUse | None) -> int:
    """Return the position behind every row of the plan, and of the open proof that goes on with it."""
    rows = [decision.plan_rows.all(), *([proof.rows.all()] if proof else [])]
    return max((each.aggregate(last=Max("position"))["last"] or 0 for each in rows), default=0) + 1


def _compare_with(proof: ProofOfUse, decision: Decision) -> None:
    """Let an open proof compare with the plan that the decision keeps. A day given by an extension stays if it is later."""
    granted = proof.extensions.filter(state=Extension.State.CONFIRMED).order_by("-until").first()
    days = [day for day in (decision.proof_due_on, granted and granted.until) if day]
    proof.decision, proof.due_on = decision, max(days)
    proof.version += 1
    proof.save(update_fields=["decision", "due_on", "version"])
    kept: dict[int, PlanRow] = {row.position: row for row in decision.plan_rows.all()}
    for row in proof.rows.filter(is_planned=True):
        row.plan_row = kept.pop(row.position)
        row.planned = row.plan_row.amount
        row.save(update_fields=["plan_row", "planned"])
    ProofRow.objects.bulk_create(rows_of(proof, kept.values()))


@transaction.atomic
def refuse_change(
    change: ChangeRequest,
    *,
    reason: str,
    actor: User,
    key: str | None = None,
    seen: str | None = None,
    on: date | None = None,
) -> ChangeRequest:
    """Refuse a request, with a reason; the grant stays as it is. Raises as ``consent_to_change``."""
    current, roles = _open(change, T.REFUSE, actor=actor, key=key, seen=seen, on=on)
    reason = require_reason(
        reason, "Bitte begründen Sie, warum es bleibt, wie es ist; der Stadtbezirk liest es."
    )
    notices.tell_of_step(move_change(T.REFUSE, current, roles=roles, reason=reason))
    return current


@transaction.atomic
def ask_back_change(
    change: ChangeRequest,
    *,
    question: str,
    actor: User,
    key: str | None = None,
    seen: str | None = None,
    on: date | None = None,
) -> ChangeRequest:
    """Ask the district about its request. Raises as ``consent_to_change``."""
    current, roles = _open(change, T.ASK_BACK, actor=actor, key=key, seen=seen, on=on)
    question = require_reason(
        question, "Bitte schreiben Sie, was der Stadtbezirk klären soll.", field="question"
    )
    notices.tell_of_step(move_change(T.ASK_BACK, current, roles=roles, reason=question))
    return current


@transaction.atomic
def answer_change(
    change: ChangeRequest,
    *,
    answer: str,
    actor: User,
    key: str | None = None,
    seen: str | None = None,
    on: date | None = None,
) -> ChangeRequest:
    """Answer a question about the request. What is asked for stays; for anything else it is withdrawn and made anew."""
    current, roles = _open(change, T.ANSWER, actor=actor, key=key, seen=seen, on=on)
    answer = require_reason(answer, "Bitte schreiben Sie Ihre Antwort.", field="answer")
    notices.tell_of_step(move_change(T.ANSWER, current, roles=roles, reason=answer))
    return current


@transaction.atomic
def withdraw_change(
    change: ChangeRequest,
    *,
    actor: User,
    key: str | None = None,
    seen: str | None = None,
    on: date | None = None,
) -> ChangeRequest:
    """Take a request back on which nothing is decided. Raises TransitionNotAllowed or AlreadyDone."""
    current, roles = _open(change, T.WITHDRAW, actor=actor, key=key, seen=seen, on=on)
    notices.tell_of_step(move_change(T.WITHDRAW, current, roles=roles))
    return current


# What follows from a decision of the core


def note_decision(decision: Decision) -> None:
    """Close what the decision does, or ends, after its transaction. The decision never fails by it."""
    if decision.step in (*DOES.values(), *ENDS):
        transaction.on_commit(lambda: close_done(decision.application_id), robust=True)


def close_done(application: int | None = None) -> int:
    """Close the requests about money that are done, and those whose grant has ended; return how many.

    ``application`` is the key of a grant; by default all are looked at. The daily job repairs what was interrupted.
    """
    waiting = ChangeRequest.objects.waiting().order_by("pk")
    if application is not None:
        waiting = waiting.filter(application=application)
    return sum(map(_close, waiting.select_related("application")))


@transaction.atomic
def _close(change: ChangeRequest) -> bool:
    project_services.lock(Project(pk=change.application.project_id))
    current = ChangeRequest.objects.select_for_update(of=("self",)).with_names().get(pk=change.pk)
    later = current.application.decisions.filter(recorded_at__gte=current.recorded_at)
    does = Step.REVOKE if current.ends_grant else DOES.get(About(current.about))
    done = later.filter(step=does).order_by("pk").first() if does else None
    ended = done or later.filter(step__in=ENDS).order_by("pk").first()
    if ended is None or not current.is_open:
        return False
    current.outcome = done
    roles = Roles(ended.actor, ended.on)
    notices.tell_of_step(move_change(T.CONSENT if done else T.LAPSE, current, roles=roles))
    return True
