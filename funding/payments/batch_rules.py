"""The rules for batches of payments, asked by services and forms. A broken one raises TransitionNotAllowed."""

from collections.abc import Collection, Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from funding.errors import TransitionNotAllowed
from funding.models import Application, Step
from funding.payments.models import (
    Balance,
    BankStatement,
    OwnAccount,
    PayeeAccount,
    Payment,
    PaymentBatch,
    PaymentCall,
    StatementEntry,
)
from funding.transitions import STATE_IN_A_SENTENCE, allowed
from members.common.counting import counted
from members.common.money import format_euro
from members.common.target_days import is_target_day, next_target_day

#: So far ahead lies an execution day at most. Money is called when it is due within two months.
FARTHEST = timedelta(days=90)
#: A bank keeps no more (euro) of what it sends back.
LARGEST_FEE = Decimal(50)


def require_execution_day(account: OwnAccount, day: date, *, by_file: bool, today: date) -> None:
    """The local date is not past, banks carry files out on it, and the account is the association's then."""
    if day < today:
        raise TransitionNotAllowed(
            f"Der {day:%d.%m.%Y} ist vorbei. Möglich ist ab dem {next_target_day(today):%d.%m.%Y}.",
            field="execution_day",
        )
    if by_file and not is_target_day(day):
        raise TransitionNotAllowed(
            f"Am {day:%d.%m.%Y} führen Banken keine Überweisungen aus; der nächste Banktag ist der "
            f"{next_target_day(day):%d.%m.%Y}.",
            field="execution_day",
        )
    if day > today + FARTHEST:
        raise TransitionNotAllowed(
            f"Der {day:%d.%m.%Y} liegt mehr als {FARTHEST.days} Tage voraus; so früh wird kein Geld abgerufen. Bitte den Tag prüfen.",
            field="execution_day",
        )
    if not account.is_active_on(day):
        raise TransitionNotAllowed(f"Am {day:%d.%m.%Y} gilt das Konto {account} nicht.", field="account")


def require_limits(batch: PaymentBatch) -> None:
    """The file is not larger than the account's bank takes. What is typed by hand has no limit."""
    if not batch.by_file:
        return
    account, figures = batch.account, figures_of(batch)
    if figures.number > account.most_payments:
        raise TransitionNotAllowed(
            f"Die Bank nimmt höchstens {counted(account.most_payments, 'Zahlung', 'Zahlungen')} in einer Datei; hier wären "
            f"es {figures.number}. Bitte verteilen Sie sie auf mehrere Zahlungsläufe.",
            field="calls",
        )
    if account.most_amount is not None and figures.total > account.most_amount:
        raise TransitionNotAllowed(
            f"Die Bank nimmt höchstens {format_euro(account.most_amount)} in einer Datei; hier wären es "
            f"{format_euro(figures.total)}. Bitte verteilen Sie die Zahlungen auf mehrere Zahlungsläufe.",
            field="calls",
        )


def accounts_of(calls: Collection[PaymentCall], day: date) -> dict[int, PayeeAccount]:
    """Return the account to which each call is paid on the local date, by key of the call. One query.

    Refused where a payee has none that a second person has confirmed.
    """
    found = {
        account.payee_id: account
        for account in PayeeAccount.objects.active_on(day).filter(payee__in={call.payee_id for call in calls})
    }
    red = sorted({str(call.payee) for call in calls if call.payee_id not in found})
    if red:
        raise TransitionNotAllowed(
            f"Für {', '.join(red)} ist keine Bankverbindung bestätigt, die am {day:%d.%m.%Y} gilt. Bitte lassen Sie sie "
            "zuerst bestätigen.",
            field="calls",
        )
    return {call.pk: found[call.payee_id] for call in calls}


def figures_of(batch: PaymentBatch) -> Any:
    """Return the batch with its figures: ``number`` and ``total`` (euro) of its payments. One query."""
    return PaymentBatch.objects.with_figures().get(pk=batch.pk)


def left_on(account: OwnAccount) -> tuple[Balance | BankStatement, Decimal] | None:
    """Return the account's last balance, and what is left of it (euro): payments that left since are off.

    It is the last statement's, or a later one that two people entered. None where there is neither. Three queries.
    """
    statement = BankStatement.objects.filter(account=account).newest()
    entered = Balance.objects.latest().filter(account=account).first()
    known = [each for each in (statement, entered) if each is not None]
    if not known:
        return None
    balance = max(known, key=lambda each: each.day)
    off = Payment.objects.off_since(account, balance.day, read_on=balance.read_on)
    return balance, balance.amount - off


def shortage(account: OwnAccount, total: Decimal) -> str:
    """Return in German why the account does not hold ``total`` euro beside all that was released; empty where it does."""
    found = left_on(account)
    if found is None:
        return (
            f"Für das Konto {account} ist noch kein Kontostand bestätigt. Bitte laden Sie einen Kontoauszug, oder tragen Sie ihn "
            "ein; eine zweite Person bestätigt ihn."
        )
    balance, left = found
    if total <= left:
        return ""
    return (
        f"Der Zahlungslauf braucht {format_euro(total)}. Auf dem Konto waren am {balance.day:%d.%m.%Y} "
        f"{format_euro(balance.amount)}; nach allem, was seither freigegeben ist, bleiben {format_euro(left)}. Bitte "
        "nehmen Sie Zahlungen heraus oder tragen Sie einen neueren Kontostand ein."
    )


def require_covered(account: OwnAccount, total: Decimal) -> None:
    """The account holds ``total`` euro beside all that was released. It stays locked: two releases come one by one."""
    OwnAccount.objects.select_for_update().get(pk=account.pk)
    if short := shortage(account, total):
        raise TransitionNotAllowed(short)


def require_executed_day(batch: PaymentBatch, day: date) -> None:
    """The bank executed the batch neither before its release nor before its day."""
    assert batch.released_on is not None
    first = max(batch.released_on, batch.execution_day)
    if day < first:
        raise TransitionNotAllowed(
            f"Freigegeben wurde am {batch.released_on:%d.%m.%Y} für den {batch.execution_day:%d.%m.%Y}: Ausgeführt haben "
            f"kann die Bank frühestens am {first:%d.%m.%Y}.",
            field="executed_on",
        )


def require_not_on_statement(batch: PaymentBatch) -> None:
    """No statement has the batch as one sum: what the bank booked, it executed."""
    if StatementEntry.objects.filter(batch=batch).exists():
        raise TransitionNotAllowed(
            f"{batch} steht als eine Summe auf dem Kontoauszug; die Bank hat alle seine Zahlungen ausgeführt. Kam eine zurück, "
            "buchen Sie sie bitte zuerst als ausgeführt und dann zurück."
        )


def fee_kept(payment: Payment, came_back: Decimal) -> Decimal | None:
    """Return the fee (euro) that the bank kept of a payment that came back; None where it is too much for one."""
    fee = payment.amount - came_back
    return fee if 0 <= fee <= LARGEST_FEE else None


def objection_to_return(application: Application | None) -> str:
    """Return why a payment of the grant cannot be booked back to be paid again, in German; empty if it can."""
    if application is None or allowed(Step.BOUNCE, application.state):
        return ""
    return (
        f"Die Bewilligung ist {STATE_IN_A_SENTENCE[application.state]}; was jetzt zurückkommt, wird nicht noch einmal gezahlt, "
        "sondern als Rückzahlung gebucht: auf dem Kontoauszug unter „Rückzahlung einer Bewilligung“ mit der Projektnummer "
        f"{application.project.number}, ohne Kontoauszug auf der Seite des Antrags."
    )


def require_returned_day(payment: Payment, day: date) -> None:
    """The money did not come back before it went."""
    assert payment.executed_on is not None
    if day < payment.executed_on:
        raise TransitionNotAllowed(
            f"Bezahlt wurde am {payment.executed_on:%d.%m.%Y}; vorher kann nichts zurückgekommen sein.",
            field="returned_on",
        )


def require_looked_at(payments: Iterable[Payment]) -> None:
    """A second person has confirmed each payment whose payee the bank knows by another name."""
    found = [payment.end_to_end for payment in payments if payment.needs_second_look]
    if found:
        raise TransitionNotAllowed(
            "Bei diesen Zahlungen passt nach Auskunft der Bank der Name nicht zum Konto, und niemand hat sie bestätigt: "
            f"{', '.join(found)}. Bitte lassen Sie das zuerst von einer zweiten Person ansehen."
        )
