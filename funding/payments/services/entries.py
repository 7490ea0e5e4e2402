"""Saying what the entries of a statement are. Each is one click of one person, and books what belongs to it."""

import math
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction

from funding import hooks
from funding import services as core
from funding.errors import FundingError, TransitionNotAllowed
from funding.ledger import lock_pot
from funding.models import Application, Decision, Expense, FiscalYear, GrantChange, LedgerEntry, Pot, Step
from funding.payments import batch_permissions as permissions
from funding.payments import batch_rules
from funding.payments.models import Payment, PaymentBatch, StatementEntry
from funding.payments.services import batches
from funding.payments.statement_transitions import check_entry
from funding.rules import require_reason, value_date
from funding.services.once import spend
from members.common.iban import checked_iban, names_iban
from members.common.money import ZERO, format_euro
from members.models import User
from members.roles.permissions import Roles

Use, State = StatementEntry.Use, StatementEntry.State
Refused = list[tuple[Payment, FundingError]]


def tick_batch(
    entry: StatementEntry,
    *,
    batch: PaymentBatch,
    actor: User,
    key: str | None = None,
    on: date | None = None,
    seconds: float = math.inf,
) -> Refused:
    """Match the entry with the batch that the bank booked as one sum, and book each payment that is not booked yet.

    Return what was refused, and why; the batch's page books it later. The entry is ticked after the payments are booked:
    what breaks off in between, or is left after ``seconds``, goes on with the next click, and pays nothing twice.
    Raises TransitionNotAllowed, ConflictOfInterest or AlreadyDone.
    """
    day = value_date(on)
    with transaction.atomic():
        current = _open(entry, key, actor, day)
        found = _batch_to_tick(current, batch)
    refused = []
    if found.is_released:
        refused = batches.mark_executed(found, executed_on=current.booked_on, actor=actor, seconds=seconds)
        if batches.number_left(found) > len(refused):
            return refused
    with transaction.atomic():
        current = _open(entry, None, actor, day)
        _match(current, Use.BATCH, actor, day, batch=_batch_to_tick(current, batch))
    return refused


def _batch_to_tick(entry: StatementEntry, batch: PaymentBatch) -> PaymentBatch:
    """Lock the batch. Raises TransitionNotAllowed unless the entry can be its money."""
    found = batches._locked(batch)
    if found.state not in (PaymentBatch.State.RELEASED, PaymentBatch.State.EXECUTED):
        raise TransitionNotAllowed(
            f"{found} ist {found.get_state_display()}; dafür ist kein Geld abgegangen."
        )
    total = batch_rules.figures_of(found).total
    if total != -entry.amount:
        raise TransitionNotAllowed(
            f"{found} hat die Summe {format_euro(total)}, die Bank hat {format_euro(-entry.amount)} gebucht."
        )
    if StatementEntry.objects.filter(batch=found).exists():
        raise TransitionNotAllowed(f"{found} ist schon mit einer anderen Buchung der Bank zugeordnet.")
    if StatementEntry.objects.filter(use=Use.PAYMENT, payment__batch=found).exists():
        raise TransitionNotAllowed(f"Eine Zahlung aus {found} ist schon einzeln zugeordnet.")
    return found


def tick_payment(
    entry: StatementEntry, *, payment: Payment, actor: User, key: str | None = None, on: date | None = None
) -> Refused:
    """Match the entry with one payment, and book it if it is not booked yet. As ``tick_batch``."""
    day = value_date(on)
    with transaction.atomic():
        current = _open(entry, key, actor, day)
        found = _payment_to_tick(current, payment)
    refused = []
    if found.state == Payment.State.PLANNED:
        refused = batches.mark_executed(
            found.of_batch, executed_on=current.booked_on, actor=actor, only=found
        )
    if refused:
        return refused
    with transaction.atomic():
        current = _open(entry, None, actor, day)
        _match(current, Use.PAYMENT, actor, day, payment=_payment_to_tick(current, payment))
    return []


def _payment_to_tick(entry: StatementEntry, payment: Payment) -> Payment:
    found = payment.of_batch
    batches._locked(found)
    current = Payment.objects.select_related("batch").get(pk=payment.pk)
    if current.state == Payment.State.DROPPED:
        raise TransitionNotAllowed(
            "Diese Zahlung ist als nicht ausgeführt eingetragen, ihr Abruf wartet wieder. Hat die Bank doch gezahlt, nehmen Sie "
            "ihn bitte in einen Zahlungslauf ohne Datei auf und ordnen die Buchung dessen Zahlung zu."
        )
    if current.amount != -entry.amount:
        raise TransitionNotAllowed(
            f"Die Zahlung hat den Betrag {format_euro(current.amount)}, die Bank hat {format_euro(-entry.amount)} gebucht."
        )
    if StatementEntry.objects.filter(batch=found).exists():
        raise TransitionNotAllowed(f"{found} ist schon als eine Summe zugeordnet.")
    if StatementEntry.objects.filter(use=Use.PAYMENT, payment=current).exists():
        raise TransitionNotAllowed("Diese Zahlung ist schon mit einer anderen Buchung der Bank zugeordnet.")
    return current


@transaction.atomic
def tick_return(
    entry: StatementEntry,
    *,
    payment: Payment,
    actor: User,
    reason: str = "",
    year: FiscalYear | None = None,
    key: str | None = None,
    on: date | None = None,
) -> StatementEntry:
    """Match the entry with the payment that came back, and book it back if it is not yet: it can be paid again.

    What the bank kept of it is booked as its fee, in the overhead pot of ``year`` (default: of the day on which it was
    booked). ``reason`` stands in for the bank's.
    Raises TransitionNotAllowed, ConflictOfInterest, YearNotOpen, PotExhausted or AlreadyDone.
    """
    day = value_date(on)
    current = _open(entry, key, actor, day)
    _require_in(current)
    found = Payment.objects.get(pk=payment.pk)
    fee = batch_rules.fee_kept(found, current.amount)
    if fee is None:
        raise TransitionNotAllowed(
            f"Die Zahlung hat den Betrag {format_euro(found.amount)}; zurückgekommen sind {format_euro(current.amount)}. Als "
            f"Entgelt der Bank zählen höchstens {format_euro(batch_rules.LARGEST_FEE)}."
        )
    if found.state != Payment.State.RETURNED:
        because = current.return_reason or reason or "Die Bank nennt keinen Grund"
        if names_iban(current.return_reason):
            because = "Den Grund nennt der Kontoauszug"
        found = batches.send_back(
            payment, reason=because[:300], returned_on=current.booked_on, actor=actor, on=day
        )
    elif StatementEntry.objects.filter(use=Use.RETURN, payment=found).exists():
        raise TransitionNotAllowed("Dieser Rücklauf ist schon mit einer anderen Buchung der Bank zugeordnet.")
    kept = {}
    if fee:
        purpose = f"Entgelt der Bank, Rücklauf {found.end_to_end}"
        kept["expense"] = _overhead(current, fee, year=year, purpose=purpose, actor=actor)
    return _match(current, Use.RETURN, actor, day, payment=found, **kept)


@transaction.atomic
def tick_instalment(
    entry: StatementEntry, *, year: FiscalYear, actor: User, key: str | None = None, on: date | None = None
) -> StatementEntry:
    """Match the entry with the city's grant for the year. The pots have it since the year was opened.

    Raises TransitionNotAllowed, ConflictOfInterest or AlreadyDone.
    """
    day = value_date(on)
    current = _open(entry, key, actor, day)
    _require_in(current)
    return _match(current, Use.INSTALMENT, actor, day, year=year)


@transaction.atomic
def tick_to_city(
    entry: StatementEntry, *, year: FiscalYear, actor: User, key: str | None = None, on: date | None = None
) -> StatementEntry:
    """Match the entry with what lapsed to the city when the year was closed. The pots gave it up then.

    Raises TransitionNotAllowed, for more than lapsed and is not paid back yet too, ConflictOfInterest or AlreadyDone.
    """
    day = value_date(on)
    current = _open(entry, key, actor, day)
    if current.comes_in:
        raise TransitionNotAllowed("Das Geld ist eingegangen; an die Stadt gezahlt ist es nicht.")
    closed = FiscalYear.objects.select_for_update(of=("self",), no_key=True).get(pk=year.pk)
    lapsed = sum((each(closed) for each in hooks.lapsed_to_city), ZERO)
    left = lapsed - StatementEntry.objects.paid_to_city(closed)
    if -current.amount > left:
        raise TransitionNotAllowed(
            f"Aus {closed} sind {format_euro(lapsed)} an die Stadt verfallen; davon sind noch {format_euro(left)} zurückzuzahlen.",
            field="year",
        )
    return _match(current, Use.TO_CITY, actor, day, year=closed)


@transaction.atomic
def tick_special(
    entry: StatementEntry,
    *,
    pot: Pot,
    raises: bool,
    actor: User,
    key: str | None = None,
    on: date | None = None,
) -> StatementEntry:
    """Match the entry with a special pot: with ``raises`` the pot gets the money, else its allotment has it already.

    Raises NotEligible for another kind of pot, TransitionNotAllowed, ConflictOfInterest, YearNotOpen or AlreadyDone.
    """
    day = value_date(on)
    current = _open(entry, key, actor, day)
    _require_in(current)
    if pot.kind != Pot.Kind.SPECIAL:
        raise TransitionNotAllowed("Bitte einen Sondertopf wählen.", field="pot")
    raised = None
    if raises:
        core.raise_pot(
            pot, amount=current.amount, reason=f"Eingang vom {current.booked_on:%d.%m.%Y}, {current.statement}",
            actor=actor, on=current.booked_on,
        )  # fmt: skip
        raised = LedgerEntry.objects.filter(pot=pot, kind=LedgerEntry.Kind.ALLOT).latest("pk")
    return _match(current, Use.SPECIAL, actor, day, pot=pot, raised=raised)


@transaction.atomic
def tick_repayment(
    entry: StatementEntry,
    *,
    application: Application,
    actor: User,
    reason: str = "",
    key: str | None = None,
    on: date | None = None,
) -> StatementEntry:
    """Match the entry with the grant of which it is repaid, and book that; a grant of two people asks the second one.

    Raises TransitionNotAllowed, ConflictOfInterest, YearNotOpen or AlreadyDone.
    """
    day = value_date(on)
    current = _open(entry, key, actor, day)
    _require_in(current)
    because = reason.strip() or f"Zurückgezahlt, {current.statement}"
    grant = Application.objects.get(pk=application.pk)
    if core.needs_second_person(Step.REPAY, grant, current.amount):
        assert grant.granted is not None
        change = core.request_change(
            application, what=GrantChange.What.REPAY, to=grant.granted - current.amount, reason=because, actor=actor,
        )  # fmt: skip
        return _match(current, Use.REPAYMENT, actor, day, change=change)
    core.repay(application, amount=current.amount, reason=because, actor=actor, on=current.booked_on)
    decision = Decision.objects.filter(application=application, step=Step.REPAY).latest("pk")
    return _match(current, Use.REPAYMENT, actor, day, decision=decision)


@transaction.atomic
def tick_interest(
    entry: StatementEntry,
    *,
    application: Application,
    actor: User,
    reason: str = "",
    key: str | None = None,
    on: date | None = None,
) -> StatementEntry:
    """Match the entry with interest of the grant, and book it. What is still claimed back is repaid first.

    Raises TransitionNotAllowed, for more than is computed too, ConflictOfInterest, YearNotOpen or AlreadyDone.
    """
    day = value_date(on)
    current = _open(entry, key, actor, day)
    _require_in(current)
    core.lock(application, actor=actor, on=on)
    grant = Application.objects.get(pk=application.pk)
    owed, links = grant.reclaimed, {}
    if current.amount <= owed:
        raise TransitionNotAllowed(
            f"Zurückgefordert und noch offen sind {format_euro(owed)}; das kommt vor den Zinsen. Bitte buchen Sie den Eingang als "
            "Rückzahlung."
        )
    booked: dict[str, Any] = {
        "reason": reason.strip() or str(current.statement),
        "actor": actor,
        "on": current.booked_on,
    }
    decisions = Decision.objects.filter(application=grant)
    if owed:
        core.repay(grant, amount=owed, **booked)
        links["decision"] = decisions.filter(step=Step.REPAY).latest("pk")
    core.book_interest(grant, amount=current.amount - owed, **booked)
    links["interest"] = decisions.filter(step=Step.INTEREST).latest("pk")
    return _match(current, Use.REPAYMENT if owed else Use.INTEREST, actor, day, **links)


@transaction.atomic
def tick_expense(
    entry: StatementEntry,
    *,
    year: FiscalYear,
    actor: User,
    purpose: str = "",
    payee: str = "",
    key: str | None = None,
    on: date | None = None,
) -> StatementEntry:
    """Book the entry as an expense of the year's overhead pot, committed and paid at once: the bank has taken it.

    Without ``purpose`` and ``payee`` it is what the bank says, a fee of the bank.
    Raises TransitionNotAllowed, ConflictOfInterest, YearNotOpen, PotExhausted or AlreadyDone.
    """
    day = value_date(on)
    current = _open(entry, key, actor, day)
    if current.comes_in:
        raise TransitionNotAllowed("Das Geld ist eingegangen; eine Ausgabe ist das nicht.")
    expense = _overhead(
        current, -current.amount, year=year, purpose=purpose or current.text or "Entgelt der Bank",
        payee=payee or current.name, actor=actor,
    )  # fmt: skip
    return _match(current, Use.EXPENSE, actor, day, expense=expense)


def _overhead(
    entry: StatementEntry,
    amount: Decimal,
    *,
    purpose: str,
    actor: User,
    year: FiscalYear | None = None,
    payee: str = "",
) -> Expense:
    """Book what the bank has taken as an expense, paid to the bank where no payee is named."""
    return core.book_expense(
        year.year if year else entry.booked_on.year, amount=amount, purpose=purpose,
        payee=payee or checked_iban(entry.statement.account.iban).bank or "Bank",
        voucher=f"Auszug {entry.statement.number}"[:40] if entry.statement.number else "",
        dated=entry.booked_on, paid=True, actor=actor, on=entry.booked_on,
    )  # fmt: skip


@transaction.atomic
def tick_booked_expense(
    entry: StatementEntry, *, expense: Expense, actor: User, key: str | None = None, on: date | None = None
) -> StatementEntry:
    """Match the entry with an expense that the books have already, and pay it if it is only committed.

    Raises TransitionNotAllowed, ConflictOfInterest, YearNotOpen or AlreadyDone.
    """
    day = value_date(on)
    current = _open(entry, key, actor, day)
    lock_pot(expense.pot_id)
    found = Expense.objects.get(pk=expense.pk)
    if found.amount != -current.amount:
        raise TransitionNotAllowed(
            f"Die {found} hat den Betrag {format_euro(found.amount)}, die Bank hat {format_euro(-current.amount)} gebucht."
        )
    if found.reverses_id or Expense.objects.filter(reverses=found).exists():
        raise TransitionNotAllowed(f"Die {found} ist storniert; dafür ist kein Geld abgegangen.")
    if hasattr(found, "call"):
        raise TransitionNotAllowed(
            f"Die {found} wird in einem Zahlungslauf bezahlt; bitte ordnen Sie diesen zu."
        )
    if StatementEntry.objects.filter(expense=found).exists():
        raise TransitionNotAllowed(f"Die {found} ist schon mit einer anderen Buchung der Bank zugeordnet.")
    if found.paid_on is None:
        core.pay_expense(found, actor=actor, on=current.booked_on)
    return _match(current, Use.EXPENSE, actor, day, expense=found)


@transaction.atomic
def tick_refund(
    entry: StatementEntry, *, expense: Expense, actor: User, key: str | None = None, on: date | None = None
) -> StatementEntry:
    """Match the entry with an expense that was paid and is given back, and reverse that if it is not yet.

    Raises TransitionNotAllowed, ConflictOfInterest, YearNotOpen or AlreadyDone.
    """
    day = value_date(on)
    current = _open(entry, key, actor, day)
    _require_in(current)
    lock_pot(expense.pot_id)
    found = Expense.objects.get(pk=expense.pk)
    if found.amount != current.amount:
        raise TransitionNotAllowed(
            f"Die {found} hat den Betrag {format_euro(found.amount)}; zurückgekommen sind {format_euro(current.amount)}."
        )
    if not found.entries.filter(kind=LedgerEntry.Kind.PAY).exists():
        raise TransitionNotAllowed(f"Die {found} ist nicht bezahlt; zurückkommen kann nur, was bezahlt war.")
    reversal = Expense.objects.filter(reverses=found).first()
    if reversal is None:
        because = f"Zurückgekommen, {current.statement}"
        reversal = core.reverse_expense(found, reason=because, actor=actor, on=current.booked_on)
    elif not reversal.entries.filter(kind=LedgerEntry.Kind.PAY_BACK).exists():
        raise TransitionNotAllowed(f"Die {found} wurde storniert, ohne dass Geld zurückkam.")
    if StatementEntry.objects.filter(expense=reversal).exists():
        raise TransitionNotAllowed(f"Die {reversal} ist schon mit einer anderen Buchung der Bank zugeordnet.")
    return _match(current, Use.EXPENSE, actor, day, expense=reversal)


@transaction.atomic
def tell_apart(
    entry: StatementEntry, *, reason: str, actor: User, key: str | None = None, on: date | None = None
) -> StatementEntry:
    """Count an entry that was taken for one of another statement: it is a further one, and ``reason`` says why.

    Raises TransitionNotAllowed, ConflictOfInterest or AlreadyDone.
    """
    day = value_date(on)
    current = _locked(entry, key, actor, day)
    if not current.is_again:
        raise TransitionNotAllowed("Diese Buchung der Bank zählt schon selbst. Jetzt wurde nichts geändert.")
    current.further = require_reason(reason, "Bitte begründen Sie, warum es eine weitere Buchung ist.")
    current.further_by, current.further_on = actor, day
    return _reopen(current)


@transaction.atomic
def take_for_same(
    entry: StatementEntry,
    *,
    same_as: StatementEntry,
    actor: User,
    key: str | None = None,
    on: date | None = None,
) -> StatementEntry:
    """Say that the entry is one of another statement, where it is counted.

    Raises TransitionNotAllowed, ConflictOfInterest or AlreadyDone.
    """
    day = value_date(on)
    current = _locked(entry, key, actor, day)
    check_entry(current, State.AGAIN)
    if not StatementEntry.objects.same_as(current).filter(pk=same_as.pk).exists():
        raise TransitionNotAllowed(
            "Dieselbe Buchung steht mit demselben Betrag auf einem anderen Auszug desselben Kontos."
        )
    if current.repeated.filter(state=State.AGAIN).exists():
        raise TransitionNotAllowed(
            "Eine andere Buchung gilt als dieselbe wie diese. Bitte ordnen Sie jene zu."
        )
    current.same_as, current.further, current.further_by, current.further_on = same_as, "", None, None
    current.state, current.done_by, current.done_on = State.AGAIN, actor, day
    current.save()
    return current


@transaction.atomic
def set_aside(
    entry: StatementEntry, *, reason: str, actor: User, key: str | None = None, on: date | None = None
) -> StatementEntry:
    """Put the entry aside: it belongs to nothing here, and ``reason`` says why.

    Raises TransitionNotAllowed, ConflictOfInterest or AlreadyDone.
    """
    day = value_date(on)
    current = _open(entry, key, actor, day)
    current.reason = require_reason(reason, "Bitte begründen Sie, warum hier nichts zu buchen ist.")
    current.state, current.done_by, current.done_on = State.ASIDE, actor, day
    current.save()
    return current


@transaction.atomic
def take_up(
    entry: StatementEntry, *, actor: User, key: str | None = None, on: date | None = None
) -> StatementEntry:
    """Take an entry up again that was put aside. Raises TransitionNotAllowed, ConflictOfInterest or AlreadyDone."""
    day = value_date(on)
    current = _locked(entry, key, actor, day)
    if current.state != State.ASIDE:
        raise TransitionNotAllowed(
            "Diese Buchung der Bank liegt nicht zur Seite. Jetzt wurde nichts geändert."
        )
    return _reopen(current)


def _require_in(entry: StatementEntry) -> None:
    if not entry.comes_in:
        raise TransitionNotAllowed("Das Geld ist abgegangen, nicht eingegangen.")


def _open(entry: StatementEntry, key: str | None, actor: User, day: date) -> StatementEntry:
    """Lock the entry. Raises TransitionNotAllowed unless it waits to be matched."""
    current = _locked(entry, key, actor, day)
    check_entry(current, State.OPEN if current.state == State.MATCHED else State.MATCHED)
    if current.state == State.MATCHED:
        _reopen(current)
    return current


def _locked(entry: StatementEntry, key: str | None, actor: User, day: date) -> StatementEntry:
    if key is not None:
        spend(key, actor)
    if objection := permissions.objection_to_handle(Roles(actor, day)):
        raise objection
    rows = StatementEntry.objects.select_for_update(of=("self",)).select_related(
        "statement__account", "change"
    )
    return rows.get(pk=entry.pk)


def _reopen(entry: StatementEntry) -> StatementEntry:
    entry.state, entry.use, entry.reason, entry.change = State.OPEN, "", "", None
    entry.done_by = entry.done_on = None
    entry.save()
    return entry


def _match(entry: StatementEntry, use: str, actor: User, day: date, **links: Any) -> StatementEntry:
    for name, row in links.items():
        setattr(entry, name, row)
    entry.state, entry.use, entry.done_by, entry.done_on = State.MATCHED, use, actor, day
    entry.save()
    return entry
