"""Calling money: the district calls, the Wirtschaftsförderung checks or gives back, either ends a call."""

from collections.abc import Sequence
from datetime import date

from django.core.files import File
from django.db import transaction

from funding import services as core
from funding.errors import TransitionNotAllowed
from funding.models import Application, Expense
from funding.payments import call_notices as notices
from funding.payments import call_permissions as permissions
from funding.payments import call_rules as rules
from funding.payments import transitions
from funding.payments.call_rules import Asked
from funding.payments.models import CallStep, Instalment, PaymentCall
from funding.payments.services import papers
from funding.rules import require_first_person, require_reason, value_date
from funding.services.once import spend
from members.common.uploads import Checked
from members.models import User
from members.roles.permissions import Roles
from projects import services as project_services
from projects.models import Project

Step = CallStep.Step


def call_money(
    application: Application,
    *,
    asked: Asked,
    actor: User,
    files: Sequence[File] = (),
    key: str | None = None,
    on: date | None = None,
) -> PaymentCall:
    """Call money of a grant, with its papers. The Wirtschaftsförderung hears of it.

    Raises TransitionNotAllowed (CalledBefore where the same was called), YearNotOpen or AlreadyDone.
    """
    kept = papers.keep(files)
    with transaction.atomic():
        day = value_date(on)
        # Locks the project, then the application; what follows is rolled back with it.
        app = core.earmark(application, amount=asked.amount, actor=actor, key=key, on=day)
        rules.require_accepted(app)
        roles = Roles(actor, day)
        asked = rules.checked(app, asked, roles)
        rules.require_new(asked, [each.sha256 for each in kept])
        used = rules.checked_draw(rules.draw_of(app, without=asked.amount), asked, day)
        rules.require_papers(asked, len(kept))
        call = PaymentCall(application=app, others_used=used, called_by=actor, called_on=day, **asked.details)
        return _begin(call, kept, roles)


def _begin(call: PaymentCall, kept: Sequence[Checked], roles: Roles) -> PaymentCall:
    call.save()
    papers.enter(call, kept, call.called_by)
    if call.application:
        call.application.project.editors.add(call.called_by)
    notices.tell_of_step(transitions.record(Step.CALL, call, roles=roles))
    return call


def call_expense(
    year: int,
    *,
    asked: Asked,
    actor: User,
    files: Sequence[File] = (),
    key: str | None = None,
    on: date | None = None,
) -> PaymentCall:
    """Commit money of the calendar year's overhead for an expense, and call it for its payee.

    Another person checks it; then a batch pays it.
    Raises TransitionNotAllowed (CalledBefore where the same was called), ConflictOfInterest, PotExhausted, YearNotOpen or
    AlreadyDone.
    """
    kept = papers.keep(files)
    with transaction.atomic():
        day = value_date(on)
        if key is not None:
            spend(key, actor)
        roles = Roles(actor, day)
        asked = rules.checked_expense(asked, roles)
        rules.require_new(asked, [each.sha256 for each in kept])
        expense = core.book_expense(
            year, amount=asked.amount, purpose=asked.purpose, payee=str(asked.payee), voucher=asked.invoice_number,
            dated=asked.invoice_on, actor=actor, on=day,
        )  # fmt: skip
        call = PaymentCall(expense=expense, called_by=actor, called_on=day, **asked.details)
        return _begin(call, kept, roles)


def hold(expense: Expense) -> str:
    """Return why the expense cannot be reversed: its call is on the way to be paid. One query."""
    call = PaymentCall.objects.open().filter(expense=expense).first()
    return (
        f"Diese Ausgabe soll bezahlt werden. Bitte ziehen Sie {call} zurück; damit ist sie storniert."
        if call
        else ""
    )


@transaction.atomic
def call_instalment(instalment: Instalment, *, actor: User, on: date | None = None) -> PaymentCall:
    """Call the instalment of a plan that was checked, in the name of ``actor``.

    It is checked already where amount and account are as they were looked at.
    Raises what calling raises; nothing is written then.
    """
    day = value_date(on)
    plan = instalment.plan
    app = core.earmark(plan.application, amount=instalment.amount, actor=actor, on=day)
    if PaymentCall.objects.filter(instalment=instalment).exists():
        raise TransitionNotAllowed("Diese Rate ist schon abgerufen.")
    rules.require_accepted(app)
    rules.require_due(app, instalment.due_on, day)
    rules.require_running(rules.draw_of(app), day)
    call = PaymentCall(
        application=app,
        payee=plan.payee,
        amount=instalment.amount,
        kind=PaymentCall.Kind.INVOICE,
        purpose=plan.purpose,
        without_invoice=f"{instalment} nach {plan}",
        override=f"Nach {plan}, der geprüft ist.",
        due_on=instalment.due_on,
        instalment=instalment,
        called_by=actor,
        called_on=day,
    )
    _begin(call, (), Roles(actor, day))
    checker = plan.decided_by
    assert checker is not None  # the plan is confirmed
    roles = Roles(checker, day)
    as_checked = plan.account.usable_on(max(day, instalment.due_on))
    if as_checked and permissions.objection_to_check(roles, call) is None:
        call.checked_by = checker
        transitions.move_call(Step.CHECK, call, roles=roles, reason=f"Mit {plan} geprüft.")
        notices.forget(call)
    return call


@transaction.atomic
def check_call(
    call: PaymentCall,
    *,
    actor: User,
    reason: str = "",
    key: str | None = None,
    seen: str | None = None,
    on: date | None = None,
) -> PaymentCall:
    """Enter that the call was checked. An account that waits holds up the payment, not the check.

    ``reason`` says why it is right that the same file or invoice stands in another call, too.
    Raises ConflictOfInterest, TransitionNotAllowed or AlreadyDone.
    """
    current, roles = _open(call, Step.CHECK, actor=actor, key=key, seen=seen, on=on)
    if current.expense:
        require_first_person(
            current.called_by,
            permissions.objection_to_withdraw(Roles(current.called_by, roles.day), current),
            what="keine Ausgabe mehr eintragen",
            instead="ziehen Sie diesen Abruf zurück; dann kann die Ausgabe neu eingetragen werden.",
        )
    # Asked again: two calls of different projects that were entered at the same moment have not seen each other.
    if twins := rules.twins_of(current):
        also = ", ".join(str(twin) for twin in twins)
        reason = require_reason(
            reason,
            f"Dieselbe Rechnung oder Datei steht auch in: {also}. Bitte begründen Sie, warum trotzdem richtig gezahlt wird.",
        )
    current.checked_by = actor
    step = transitions.move_call(Step.CHECK, current, roles=roles, reason=reason if twins else "")
    notices.tell_of_step(step)
    return current


@transaction.atomic
def return_call(
    call: PaymentCall,
    *,
    reason: str,
    actor: User,
    key: str | None = None,
    seen: str | None = None,
    on: date | None = None,
) -> PaymentCall:
    """Give the call back to the district. Its money stays set aside, so that it can be sent again.

    Raises ConflictOfInterest, TransitionNotAllowed or AlreadyDone.
    """
    current, roles = _open(call, Step.RETURN, actor=actor, key=key, seen=seen, on=on)
    reason = require_reason(reason, "Bitte begründen Sie, was der Stadtbezirk klären soll.")
    current.checked_by = None
    step = transitions.move_call(Step.RETURN, current, roles=roles, reason=reason)
    notices.tell_of_step(step)
    return current


def resend_call(
    call: PaymentCall,
    *,
    asked: Asked,
    actor: User,
    files: Sequence[File] = (),
    key: str | None = None,
    on: date | None = None,
) -> PaymentCall:
    """Send a returned call again, with what was mended. Its amount stays; for another one it is withdrawn.

    Raises as ``call_money``.
    """
    kept = papers.keep(files)
    with transaction.atomic():
        current, roles = _open(call, Step.RESEND, actor=actor, key=key, seen=None, on=on)
        app = current.grant
        asked = rules.checked(app, asked, roles)
        if asked.amount != current.amount:
            raise TransitionNotAllowed(
                "Der Betrag eines Abrufs bleibt. Ist er falsch, ziehen Sie den Abruf bitte zurück und rufen neu ab.",
                field="amount",
            )
        hashes = [each.sha256 for each in kept]
        rules.require_new(asked, hashes, besides=current.pk)
        current.others_used = rules.checked_draw(rules.draw_of(app, without=current.amount), asked, roles.day)
        rules.require_papers(asked, len(kept) + current.papers.count())
        for name, value in asked.details.items():
            setattr(current, name, value)
        step = transitions.move_call(Step.RESEND, current, roles=roles)
        papers.enter(current, kept, actor)
        app.project.editors.add(actor)
        notices.tell_of_step(step)
        return current


@transaction.atomic
def withdraw_call(
    call: PaymentCall,
    *,
    reason: str,
    actor: User,
    key: str | None = None,
    seen: str | None = None,
    on: date | None = None,
) -> PaymentCall:
    """End a call that is not paid: its money belongs to the rest of the grant again. An expense is reversed.

    Raises TransitionNotAllowed, YearNotOpen or AlreadyDone.
    """
    current, roles = _open(call, Step.WITHDRAW, actor=actor, key=key, seen=seen, on=on)
    reason = require_reason(reason, "Bitte begründen Sie, warum der Abruf nicht mehr gebraucht wird.")
    reason_there = f"{current}: {reason}"
    if current.application:
        core.release_call(
            current.application, amount=current.amount, actor=actor, reason=reason_there, on=roles.day
        )
    step = transitions.move_call(Step.WITHDRAW, current, roles=roles, reason=reason)
    if current.expense:
        core.reverse_expense(current.expense, reason=reason_there[:300], actor=actor, on=roles.day)
    notices.tell_of_step(step)
    return current


def _open(
    call: PaymentCall, step: CallStep.Step, *, actor: User, key: str | None, seen: str | None, on: date | None
) -> tuple[PaymentCall, Roles]:
    """Lock the project, then the call; ask whether this person may take the step, and whether its state allows it."""
    day = value_date(on)
    if call.application:
        project_services.lock(Project(pk=call.application.project_id))
    if key is not None:
        spend(key, actor)
    current = PaymentCall.objects.select_for_update(of=("self",)).with_names().get(pk=call.pk)
    roles = Roles(actor, day)
    if objection := permissions.OBJECTIONS[step](roles, current):
        raise objection
    transitions.check_call(step, current)
    if seen is not None and seen != transitions.call_seen(current):
        raise TransitionNotAllowed(
            "Der Abruf hat sich geändert, seit Sie die Seite geöffnet haben. Geändert wurde nichts. Bitte prüfen Sie ihn "
            "noch einmal."
        )
    return current, roles
