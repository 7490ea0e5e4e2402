"""The lists of calls, payments and payees as files: the same rows and filters as on the page. None holds a whole IBAN."""

from typing import Any

from django.db.models import Prefetch
from django.http import HttpResponseBase
from django.views.decorators.http import require_safe

from funding.payments.call_filters import CallFilter
from funding.payments.filters import PayeeFilter
from funding.payments.models import Payee, PayeeAccount, Payment, PaymentCall
from funding.payments.views.batches import batches_only
from funding.payments.views.calls import callers_only
from funding.payments.views.payees import payees_only
from members.common.export import CHUNK, Column, download
from members.common.iban import masked
from members.roles.request import Request
from projects.filters import in_words


def _district(call: PaymentCall) -> Any:
    return call.application.calling_district if call.application else None


CALLS = (
    Column("Abruf Nr.", "pk", 10),
    Column("Nummer", "number", 16),
    Column("Wofür", lambda call: call.application.project.display_title if call.application else call.overhead.purpose, 40),
    Column("Topf", "pot", 30),
    Column("Stadtbezirk", _district, 18),
    Column("Empfänger", "payee", 30),
    Column("Art", PaymentCall.get_kind_display, 26),
    Column("Verwendungszweck", "purpose", 40),
    Column("Rechnung", "invoice_number", 18),
    Column("Rechnung vom", "invoice_on", 12),
    Column("abgerufen am", "called_on", 12),
    Column("fällig am", "due_on", 12),
    Column("Stand", PaymentCall.get_state_display, 20),
    Column("Betrag", "amount", summed=True),
)  # fmt: skip


@require_safe
@callers_only
def calls_export(request: Request, kind: str) -> HttpResponseBase:
    """Send the whole list of calls that the page shows under the same address."""
    visible = PaymentCall.objects.visible_to(request.roles)
    chosen = CallFilter(request.GET, queryset=visible, roles=request.roles)
    rows = chosen.qs.with_names().order_by("due_on", "pk").iterator(CHUNK)
    return download(kind, "abrufe", CALLS, rows, in_words(chosen, "Abrufe"))


def _of_call(name: str) -> Any:
    """Return the function that reads an attribute of a payment's call; empty for one "vor Einführung"."""
    return lambda payment: getattr(payment.call, name) if payment.call else None


def _account(payment: Payment) -> str:
    return masked(payment.account.iban) if payment.account else ""


def _number(payment: Payment) -> str:
    if payment.call:
        return payment.call.number
    return str(payment.decision.application.project.number) if payment.decision else ""


PAYMENTS = (
    Column("Zahlung Nr.", "pk", 12),
    Column("Zahlungslauf", lambda payment: payment.batch or "vor Einführung", 22),
    Column("Ausführung am", lambda payment: payment.batch and payment.batch.execution_day, 14),
    Column("Stand des Laufs", lambda payment: payment.batch.get_state_display() if payment.batch else "", 18),
    Column("Abruf Nr.", "call_id", 10),
    Column("Nummer", _number, 16),
    Column("Wofür", _of_call("reference"), 40),
    Column("Empfänger", _of_call("payee"), 30),
    Column("Konto", _account, 16),
    Column("Referenz", "end_to_end", 20),
    Column("Stand", Payment.get_state_display, 18),
    Column("bezahlt am", "executed_on", 12),
    Column("zurückgekommen am", "returned_on", 12),
    Column("Grund der Bank", "returned_because", 30),
    Column("Betrag", "amount", summed=True),
)


@require_safe
@batches_only
def payments_export(request: Request, kind: str) -> HttpResponseBase:
    """Send all payments with their batches, in their order; of accounts the last four digits."""
    rows = Payment.objects.for_work().select_related("batch", "decision__application__project")
    return download(kind, "zahlungen", PAYMENTS, rows.iterator(CHUNK), "Zahlungen und Zahlungsläufe")


def _newest(read: Any) -> Any:
    """Return the function that reads the account that was entered last; empty without one."""
    return lambda payee: read(payee.newest_accounts[0]) if payee.newest_accounts else None


PAYEES = (
    Column("Empfänger", str, 40),
    Column("Konto", _newest(lambda account: masked(account.iban)), 16),
    Column("Bank", _newest(lambda account: account.bank), 30),
    Column("Inhaber", _newest(lambda account: account.holder), 30),
    Column("gilt ab", _newest(lambda account: account.since), 12),
    Column("Stand", _newest(lambda account: account.get_state_display()), 22),
)


@require_safe
@payees_only
def payees_export(request: Request, kind: str) -> HttpResponseBase:
    """Send the whole list of payees that the page shows under the same address; of accounts the last four digits."""
    chosen = PayeeFilter(request.GET, queryset=Payee.objects.visible_to(request.roles))
    newest = PayeeAccount.objects.newest()
    rows = chosen.qs.with_names().prefetch_related(Prefetch("accounts", newest, to_attr="newest_accounts"))
    return download(kind, "empfaenger", PAYEES, rows.iterator(CHUNK), in_words(chosen, "Empfänger"))
