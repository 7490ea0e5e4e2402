"""Template tags of paying: the states of batches and payments, what waits, and our own IBAN in groups of four."""

from collections.abc import Iterable
from typing import Any

from django import template
from django.db.models import Q
from django.template.context import Context
from django.urls import reverse
from django.utils import timezone

from funding.models import Expense
from funding.payments.batch_permissions import may_see_batches
from funding.payments.models import Payment, PaymentBatch, StatementEntry
from funding.payments.turn import waiting
from members.common.iban import grouped
from members.common.templatetags.look import state_badge
from members.roles.permissions import Roles

register = template.Library()

register.filter("grouped", grouped)

#: State -> colour class, and icon for those who do not see the colour.
BATCH = {
    PaymentBatch.State.OPEN: ("wait", "hourglass-split"),
    PaymentBatch.State.RELEASED: ("wait", "pen"),
    PaymentBatch.State.EXECUTED: ("good", "check-circle"),
    PaymentBatch.State.DISSOLVED: ("plain", "x-circle"),
}
PAYMENT = {
    Payment.State.PLANNED: ("wait", "hourglass-split"),
    Payment.State.EXECUTED: ("good", "check-circle"),
    Payment.State.RETURNED: ("bad", "arrow-return-left"),
    Payment.State.DROPPED: ("plain", "x-circle"),
}
ANSWER = {
    "": ("plain", "dash-circle"),
    Payment.Verified.MATCH: ("good", "check-circle"),
    Payment.Verified.CLOSE: ("wait", "exclamation-triangle"),
    Payment.Verified.NO_MATCH: ("bad", "exclamation-triangle"),
    Payment.Verified.UNKNOWN: ("plain", "info-circle"),
}


@register.inclusion_tag("parts/badge.html")
def batch_badge(batch: PaymentBatch) -> dict[str, Any]:
    """Show where a batch stands, in words and with an icon."""
    return state_badge(batch, BATCH)


@register.inclusion_tag("parts/badge.html")
def payment_badge(payment: Payment) -> dict[str, Any]:
    """Show where a payment stands, in words and with an icon."""
    return state_badge(payment, PAYMENT)


@register.inclusion_tag("parts/badge.html")
def answer_badge(payment: Payment) -> dict[str, Any]:
    """Show what the bank answered about the payee."""
    look, symbol = ANSWER[payment.verified]
    return {"look": look, "symbol": symbol, "label": payment.get_verified_display() or "nicht erfasst"}


@register.simple_tag(takes_context=True)
def with_payments(context: Context, expenses: Iterable[Any]) -> list[tuple[Any, str, str]]:
    """Return each overhead expense with what paid it, in words, and its address; empty for who may not see it. One query."""
    roles: Roles = context["roles"]
    paid: dict[int, tuple[str, str]] = {}
    if may_see_batches(roles):
        executed = Q(payments__state=Payment.State.EXECUTED) | Q(statement_entry__isnull=False)
        rows = Expense.objects.filter(executed, pk__in=[expense.pk for expense in expenses])
        for expense, payment, entry in rows.values_list("pk", "payments", "statement_entry"):
            paid[expense] = (
                (f"Zahlung Nr. {payment}", reverse("payments:payment", args=[payment]))
                if payment
                else (f"Buchung der Bank Nr. {entry}", reverse("payments:entry", args=[entry]))
            )
    return [(expense, *paid.get(expense.pk, ("", ""))) for expense in expenses]


@register.simple_tag(takes_context=True)
def money_to_do(context: Context) -> dict[str, Any]:
    """Return what of letters and paying waits for this user of the Wirtschaftsförderung: see ``turn.waiting``. Two queries.

    ``batches`` are those to release and those to book.
    """
    roles: Roles = context["roles"]
    if not roles.is_business_development:
        return {}
    today = timezone.localdate()
    under_way = PaymentBatch.objects.filter(state__in=(PaymentBatch.State.OPEN, PaymentBatch.State.RELEASED))
    batches = [
        batch
        for batch in under_way.order_by("pk")
        if (batch.is_open and batch.created_by_id != roles.user.pk)
        or (batch.is_released and batch.execution_day <= today)
    ]
    return {**waiting(roles), "batches": batches}


ENTRY = {
    StatementEntry.State.OPEN: ("wait", "hourglass-split"),
    StatementEntry.State.MATCHED: ("good", "check-circle"),
    StatementEntry.State.ASIDE: ("plain", "dash-circle"),
    StatementEntry.State.AGAIN: ("plain", "dash-circle"),
}


@register.inclusion_tag("parts/badge.html")
def entry_badge(entry: StatementEntry) -> dict[str, Any]:
    """Show where an entry of a statement stands: what it was, or that it is open or put aside."""
    if entry.is_waiting:
        look, symbol = ENTRY[StatementEntry.State.OPEN]
        return {"look": look, "symbol": symbol, "label": "offen"}
    if entry.waits_for_second:
        return {"look": "wait", "symbol": "people", "label": "wartet auf zweite Person"}
    look, symbol = ENTRY[StatementEntry.State(entry.state)]
    return {"look": look, "symbol": symbol, "label": entry.get_use_display() or entry.get_state_display()}
