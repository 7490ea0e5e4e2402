"""Batches of payments: put together by one person, released by another, executed by the bank."""

import math
import time
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial
from typing import cast

from django.db import transaction
from django.utils import timezone

from funding import notices
from funding import services as core
from funding.errors import FundingError, TransitionNotAllowed
from funding.models import Application
from funding.payments import batch_permissions as permissions
from funding.payments import batch_rules as rules
from funding.payments import batch_transitions as table
from funding.payments import call_notices, transitions
from funding.payments.call_rules import require_payable
from funding.payments.models import OwnAccount, Payment, PaymentBatch, PaymentCall
from funding.payments.services import files
from funding.rules import require_first_person, require_reason, value_date
from funding.services.once import spend
from members.common.texts import normal
from members.models import User
from members.roles.permissions import Roles

Verified = Payment.Verified
#: So many seconds one click books. Proxies give up after 30 or 60.
LONGEST = 10


@transaction.atomic
def begin_batch(
    account: OwnAccount,
    *,
    calls: Collection[PaymentCall],
    execution_day: date,
    actor: User,
    by_file: bool = True,
    key: str | None = None,
    on: date | None = None,
) -> PaymentBatch:
    """Put checked calls into a new batch that is paid from the account on the execution day.

    Raises TransitionNotAllowed, ConflictOfInterest or AlreadyDone.
    """
    day = value_date(on)
    if key is not None:
        spend(key, actor)
    if not calls:
        raise TransitionNotAllowed("Bitte wählen Sie mindestens einen Abruf.", field="calls")
    rules.require_execution_day(account, execution_day, by_file=by_file, today=day)
    batch = PaymentBatch.objects.create(
        account=account, execution_day=execution_day, by_file=by_file, created_by=actor, created_on=day
    )
    locked = _calls(call.pk for call in calls)
    roles = Roles(actor, day)
    if objection := permissions.objection_to_handle(roles, locked):
        raise objection
    require_payable(locked)
    accounts = rules.accounts_of(locked, batch.execution_day)
    tried = Counter(Payment.objects.filter(call__in=locked).values_list("call", flat=True))
    for call in locked:
        transitions.check_call("put_in", call)
        # The id that comes back on the statement: project or expense, call, and how often it was tried.
        reference = f"{call.number}-{call.pk}-{tried[call.pk] + 1}"
        Payment.objects.create(
            batch=batch, call=call, expense=call.expense, amount=call.amount, end_to_end=reference,
            account=accounts[call.pk],
        )  # fmt: skip
        transitions.move_call("put_in", call, roles=roles)
    rules.require_limits(batch)
    return batch


@transaction.atomic
def take_out(
    batch: PaymentBatch, *, payment: Payment, actor: User, key: str | None = None, on: date | None = None
) -> PaymentBatch:
    """Take a payment out of an open batch. Its call waits again.

    Raises TransitionNotAllowed, ConflictOfInterest or AlreadyDone.
    """
    day = value_date(on)
    current = _open(batch, key, actor)
    roles = Roles(actor, day)
    if objection := permissions.objection_to_handle(roles):
        raise objection
    table.check_batch("take_out", current)
    for row in current.payments.filter(pk=payment.pk):
        row.delete()
        for call in _calls([row.call_id]):
            transitions.move_call("take_out", call, roles=roles)
    return current


@transaction.atomic
def dissolve(
    batch: PaymentBatch, *, actor: User, reason: str = "", key: str | None = None, on: date | None = None
) -> PaymentBatch:
    """Take a batch apart of which nothing was executed. Its calls wait again.

    After the release it needs a reason, and the file must not have gone to the bank.
    Raises TransitionNotAllowed, ConflictOfInterest or AlreadyDone.
    """
    day = value_date(on)
    current = _open(batch, key, actor)
    roles = Roles(actor, day)
    if objection := permissions.objection_to_handle(roles):
        raise objection
    table.check_batch("dissolve", current)
    if current.payments.filter(state__in=(Payment.State.EXECUTED, Payment.State.RETURNED)).exists():
        raise TransitionNotAllowed(
            "Ein Teil dieses Zahlungslaufs ist schon bezahlt; auflösen geht nicht mehr."
        )
    rules.require_not_on_statement(current)
    if current.is_released:
        reason = require_reason(
            reason, "Bitte begründen Sie, warum der freigegebene Zahlungslauf nicht ausgeführt wird."
        )
    payments = list(current.payments.filter(state=Payment.State.PLANNED).order_by("pk"))
    for call in _calls(payment.call_id for payment in payments):
        transitions.move_call("take_out", call, roles=roles)
    for payment in payments:
        table.move_payment("drop", payment)
    current.closed_by, current.closed_on, current.reason = actor, day, normal(reason, lines=True)
    table.move_batch("dissolve", current)
    return current


@transaction.atomic
def release(
    batch: PaymentBatch,
    *,
    actor: User,
    key: str | None = None,
    seen: str | None = None,
    on: date | None = None,
) -> PaymentBatch:
    """Release a batch as the second person. The file is made after the commit, or when it is asked for.

    ``seen`` is what the user's form was opened on (``table.batch_seen``).
    Raises ConflictOfInterest for who put it together, TransitionNotAllowed or AlreadyDone.
    """
    day = value_date(on)
    current = _open(batch, key, actor)
    table.check_batch("release", current)
    payments = list(current.payments.for_work())
    calls = [payment.for_call for payment in payments]
    if objection := permissions.objection_to_release(Roles(actor, day), current, calls):
        raise objection
    require_first_person(
        current.created_by,
        permissions.objection_to_handle(Roles(current.created_by, day), calls),
        what="keine Zahlungen mehr zusammenstellen",
        instead="lösen Sie diesen Zahlungslauf auf und stellen Sie ihn neu zusammen.",
    )
    if seen is not None and seen != table.batch_seen(current, payments):
        raise TransitionNotAllowed(
            "Der Zahlungslauf hat sich geändert, seit Sie die Seite geöffnet haben. Freigegeben wurde nichts. Bitte "
            "prüfen Sie ihn noch einmal."
        )
    if not payments:
        raise TransitionNotAllowed("In diesem Zahlungslauf ist keine Zahlung.")
    try:
        rules.require_execution_day(
            current.account, current.execution_day, by_file=current.by_file, today=day
        )
    except TransitionNotAllowed as error:
        raise TransitionNotAllowed(
            f"{error} Bitte lösen Sie diesen Zahlungslauf auf und stellen Sie ihn mit einem anderen Tag neu zusammen."
        ) from error
    rules.require_limits(current)
    require_payable(calls)
    accounts = rules.accounts_of(calls, current.execution_day)
    for payment in payments:
        account = accounts[payment.for_call.pk]
        if account != payment.account:
            payment.account = account
            payment.save(update_fields=["account"])
    rules.require_covered(current.account, sum(payment.amount for payment in payments))
    current.released_by, current.released_on, current.released_at = actor, day, timezone.now()
    table.move_batch("release", current)
    if current.by_file:
        transaction.on_commit(partial(files.make, current.pk), robust=True)
    return current


@dataclass(frozen=True)
class Answer:
    """What the bank answered about a payment: one of ``Payment.Verified``, and the name that it knows."""

    verified: str
    name: str = ""


@transaction.atomic
def record_answers(
    batch: PaymentBatch,
    *,
    answers: Mapping[int, Answer],
    actor: User,
    key: str | None = None,
    on: date | None = None,
) -> PaymentBatch:
    """Record what the bank answered when it verified the payees of a released batch, by key of the payment.

    An answer that somebody has confirmed, and one about a payment that is paid, stays. That the name does not match
    is taken back by somebody else than who recorded it, as it is confirmed by somebody else. Who may no longer record
    gives way to ``actor``.
    Raises TransitionNotAllowed, ConflictOfInterest or AlreadyDone.
    """
    day = value_date(on)
    current, roles = _open(batch, key, actor), Roles(actor, day)
    if objection := permissions.objection_to_handle(roles):
        raise objection
    table.check_batch("verify", current)
    waiting = current.payments.for_work().filter(state=Payment.State.PLANNED, accepted_by__isnull=True)
    for payment in waiting.filter(pk__in=answers):
        answer, name = answers[payment.pk], normal(answers[payment.pk].name)[:140]
        lapsed = False
        if payment.needs_second_look:
            if not answer.verified:
                continue
            lapsed = permissions.objection_to_handle(Roles(_recorder(payment), day)) is not None
            if answer.verified != Verified.NO_MATCH and (
                objection := permissions.objection_to_second_look(roles, payment)
            ):
                raise objection
        if lapsed or (payment.verified, payment.verified_name) != (answer.verified, name):
            payment.verified, payment.verified_name = answer.verified, name if answer.verified else ""
            payment.verified_by = actor if answer.verified else None
            payment.save(update_fields=["verified", "verified_name", "verified_by"])
    return current


@transaction.atomic
def accept_mismatch(
    payment: Payment, *, reason: str, actor: User, key: str | None = None, on: date | None = None
) -> Payment:
    """Confirm, as somebody else than who recorded it, a payment whose payee the bank knows by another name.

    Raises ConflictOfInterest, TransitionNotAllowed or AlreadyDone.
    """
    day = value_date(on)
    batch = _open(payment.of_batch, key, actor)
    table.check_batch("verify", batch)
    current = batch.payments.for_work().get(pk=payment.pk)
    if objection := permissions.objection_to_second_look(Roles(actor, day), current):
        raise objection
    if not current.needs_second_look:
        raise TransitionNotAllowed("Diese Zahlung braucht keine Bestätigung.")
    require_first_person(
        _recorder(current),
        permissions.objection_to_handle(Roles(_recorder(current), day)),
        what="keine Antworten der Bank mehr erfassen",
        instead="speichern Sie die Antwort noch einmal; eine andere Person bestätigt sie dann.",
    )
    current.accepted_because = require_reason(reason, "Bitte begründen Sie, warum trotzdem gezahlt wird.")
    current.accepted_by = actor
    current.save(update_fields=["accepted_because", "accepted_by"])
    return current


def _recorder(payment: Payment) -> User:
    """Return who recorded that the name does not match."""
    return cast(User, payment.verified_by)


def mark_executed(
    batch: PaymentBatch,
    *,
    executed_on: date,
    actor: User,
    key: str | None = None,
    only: Payment | None = None,
    seconds: float = math.inf,
) -> list[tuple[Payment, FundingError]]:
    """Book each payment of a released batch that the bank has executed; return what was refused, and why.

    ``only`` is the one that it executed, where it books them one by one.

    Each is booked in a transaction of its own: what was broken off goes on where it stopped.
    After ``seconds`` the rest waits, but one at least is booked each time; ``number_left`` tells how many are left.
    ``executed_on`` is the local date of the bank.
    Raises TransitionNotAllowed, ConflictOfInterest or AlreadyDone, before anything is booked.
    """
    day = value_date(executed_on)
    with transaction.atomic():
        current = _open(batch, key, actor)
        if objection := permissions.objection_to_handle(Roles(actor, day)):
            raise objection
        table.check_batch("execute", current)
        rules.require_executed_day(current, day)
        planned = current.payments.for_work().filter(state=Payment.State.PLANNED)
        payments = list(planned.filter(pk=only.pk) if only else planned)
        rules.require_looked_at(payments)
    refused = []
    end = time.monotonic() + seconds
    # In the order of pots, as all writers lock them.
    for payment in sorted(payments, key=lambda each: (each.for_call.pot.pk, each.pk)):
        try:
            _book(payment, actor=actor, day=day)
        except FundingError as error:
            refused.append((payment, error))
            continue
        if time.monotonic() > end:
            break
    return refused


def number_left(batch: PaymentBatch) -> int:
    """Return how many payments of the batch are not booked yet."""
    return batch.payments.filter(state=Payment.State.PLANNED).count()


@transaction.atomic
def _book(payment: Payment, *, actor: User, day: date) -> None:
    """Book one payment, unless it is booked: project, batch and call are locked in this order."""
    application = payment.for_call.application
    locked = core.lock(application, actor=actor, on=day) if application else None
    batch = _locked(payment.of_batch)
    current = batch.payments.get(pk=payment.pk)
    if current.state == Payment.State.EXECUTED:
        return
    table.check_batch("execute", batch)
    rules.require_looked_at([current])
    [call] = _calls([current.call_id])
    transitions.move_call("pay", call, roles=locked.roles if locked else Roles(actor, day))
    if application:
        current.decision = core.pay(application, amount=current.amount, actor=actor, on=day, locked=locked)
    else:
        core.pay_expense(call.overhead, actor=actor, on=day)
    current.executed_on = day
    table.move_payment("execute", current)
    if current.decision and day < timezone.localdate():
        notices.tell_districts(current.decision)
    _close_if_done(batch, actor, day)


@transaction.atomic
def strike(
    payment: Payment, *, reason: str, actor: User, key: str | None = None, on: date | None = None
) -> Payment:
    """Strike a payment of a released batch that the bank did not execute, though it executes others. Its call waits again.

    ``reason`` is the bank's. Raises TransitionNotAllowed, ConflictOfInterest or AlreadyDone.
    """
    day = value_date(on)
    batch = _open(payment.of_batch, key, actor)
    roles = Roles(actor, day)
    if objection := permissions.objection_to_handle(roles):
        raise objection
    table.check_batch("strike", batch)
    current = batch.payments.get(pk=payment.pk)
    table.check_payment("drop", current)
    rules.require_not_on_statement(batch)
    reason = require_reason(reason, "Bitte eintragen, warum die Bank nicht gezahlt hat.")
    if rules.figures_of(batch).number == 1:
        raise TransitionNotAllowed(
            "Das ist die letzte Zahlung, die noch aussteht. Hat die Bank gar nichts ausgeführt, lösen Sie bitte den "
            "Zahlungslauf auf."
        )
    for call in _calls([current.call_id]):
        transitions.move_call("take_out", call, roles=roles, reason=reason)
    table.move_payment("drop", current)
    _close_if_done(batch, actor, day)
    return current


def _close_if_done(batch: PaymentBatch, actor: User, day: date) -> None:
    if not number_left(batch):
        batch.closed_by, batch.closed_on = actor, day
        table.move_batch("execute", batch)


@transaction.atomic
def send_back(
    payment: Payment,
    *,
    reason: str,
    returned_on: date,
    actor: User,
    key: str | None = None,
    on: date | None = None,
) -> Payment:
    """Book a payment back that the bank has sent back: its call can be paid again, to another account.

    ``returned_on`` is the local date of the bank, ``reason`` the bank's, ``on`` the day on which it is entered.
    Raises TransitionNotAllowed, ConflictOfInterest, YearNotOpen or AlreadyDone.
    """
    day = value_date(returned_on)
    application = payment.for_call.application
    locked = core.lock(application, actor=actor, on=day) if application else None
    if key is not None:
        spend(key, actor)
    _locked(payment.of_batch)
    current = Payment.objects.select_related("call__application__project").get(pk=payment.pk)
    table.check_payment("send_back", current)
    if sentence := rules.objection_to_return(current.for_call.application):
        raise TransitionNotAllowed(sentence)
    rules.require_returned_day(current, day)
    reason = normal(require_reason(reason, "Bitte den Grund eintragen, den die Bank nennt."))
    [call] = _calls([current.call_id])
    # The step is of the day on which it is entered, of which the district hears; the payment has the bank's day.
    step = transitions.move_call("send_back", call, roles=Roles(actor, value_date(on)), reason=reason)
    if application:
        current.bounce = core.bounce(
            application, amount=current.amount, actor=actor, reason=reason, on=day, locked=locked
        )
    else:
        core.bounce_expense(call.overhead, actor=actor, reason=reason, on=day)
    current.returned_on, current.returned_because = day, reason
    table.move_payment("send_back", current)
    call_notices.tell_of_step(step)
    return current


@transaction.atomic
def pay_former(
    application: Application, *, amount: Decimal, caller: User, actor: User, on: date | None = None
) -> Application:
    """Book what was paid before there were batches: called by ``caller``, paid by ``actor``. For loads of the past.

    Its payment is one "vor Einführung". Raises what ``earmark`` and ``pay`` raise.
    """
    core.earmark(application, amount=amount, actor=caller, on=on)
    decision = core.pay(application, amount=amount, actor=actor, on=on)
    Payment.objects.create(
        amount=amount, state=Payment.State.EXECUTED, executed_on=decision.on, decision=decision
    )
    return decision.application


def repay_former(
    application: Application, *, amount: Decimal, actor: User, on: date | None = None
) -> Application:
    """Book what came back before there were statements. For loads of the past. Raises what ``repay`` raises."""
    return core.repay(application, amount=amount, actor=actor, on=on)


def _open(batch: PaymentBatch, key: str | None, actor: User) -> PaymentBatch:
    if key is not None:
        spend(key, actor)
    return _locked(batch)


def _locked(batch: PaymentBatch) -> PaymentBatch:
    rows = PaymentBatch.objects.select_for_update(of=("self",)).select_related(
        "account", "created_by__person"
    )
    return rows.get(pk=batch.pk)


def _calls(keys: Iterable[int | None]) -> list[PaymentCall]:
    """Lock these calls in the order of their keys, and return them with what is asked of them."""
    related = (
        "application__project",
        "application__pot__year",
        "expense__pot__year",
        "payee__organisation",
        "payee__person",
    )
    rows = PaymentCall.objects.select_for_update(of=("self",)).select_related(*related)
    return list(rows.filter(pk__in=list(keys)).order_by("pk"))
