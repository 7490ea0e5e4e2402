"""What ``verify_ledger`` finds in the tables of payments."""

from collections.abc import Iterator

from django.db.models import Count, F, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce

from funding.models import Application
from funding.payments.models import CallStep, Payee, PayeeAccount, PaymentCall
from funding.payments.transitions import IN_A_SENTENCE, TABLE
from funding.transitions import misstep
from members.common.money import ZERO, format_euro, money


def accounts() -> Iterator[str]:
    """Yield a German sentence for each account that the second person could not have confirmed, and each broken chain.

    No sentence names an IBAN or a payee.
    """
    alone = PayeeAccount.objects.filter(state=PayeeAccount.State.CONFIRMED, decided_by=F("requested_by"))
    for account in alone.order_by("pk"):
        yield f"{account}: Bestätigt hat sie, wer sie eingetragen hat."
    for account in PayeeAccount.objects.filter(
        Q(follows__isnull=False) & (~Q(follows__payee=F("payee")) | Q(follows__gte=F("pk")))
    ).order_by("pk"):
        yield f"{account}: Sie folgt auf Bankverbindung Nr. {account.follows_id}, die nicht davor steht."
    twice = PayeeAccount.objects.filter(follows__isnull=False).values("follows").annotate(times=Count("pk"))
    for key in twice.filter(times__gt=1).order_by("follows").values_list("follows", flat=True):
        yield f"Bankverbindung Nr. {key}: Auf sie folgen mehrere."
    beginnings = Count("accounts", filter=Q(accounts__follows__isnull=True))
    for payee in Payee.objects.annotate(beginnings=beginnings).filter(beginnings__gt=1).order_by("pk"):
        yield f"Empfänger Nr. {payee.pk}: Mehrere Bankverbindungen folgen auf keine."


def calls() -> Iterator[str]:
    """Yield applications whose open calls are not what is called, and calls that differ from their steps."""
    open_calls = (
        PaymentCall.objects.open().filter(application=OuterRef("pk")).order_by().values("application")
    )
    total = Subquery(open_calls.annotate(total=Sum("amount")).values("total"))
    other = Application.objects.annotate(total=Coalesce(total, money(ZERO))).exclude(called=F("total"))
    for row in other.order_by("pk"):
        yield (
            f"Antrag {row.pk}: abgerufen ist {format_euro(row.called)}, die offenen Abrufe ergeben {format_euro(row.total)}."
        )
    for call in PaymentCall.objects.prefetch_related("steps").order_by("pk").iterator(500):
        if sentence := _walked(call):
            yield f"{call}: {sentence}"


def expenses() -> Iterator[str]:
    """Yield calls for expenses whose amount or state is not what the expense's bookings say."""
    rows = PaymentCall.objects.filter(expense__isnull=False).select_related("expense__reversal")
    for call in rows.prefetch_related("expense__entries").order_by("pk").iterator(500):
        expense = call.overhead
        if call.amount != expense.amount or expense.reverses_id:
            yield f"{call}: Betrag oder Ausgabe passen nicht zusammen ({expense})."
        elif call.is_paid != (expense.paid_on is not None):
            yield f"{call}: Er ist {IN_A_SENTENCE[call.state]}, die Buchungen der {expense} sagen etwas anderes."
        elif hasattr(expense, "reversal") != (call.state == PaymentCall.State.WITHDRAWN) and not call.is_paid:
            yield f"{call}: Er ist {IN_A_SENTENCE[call.state]}, ob die {expense} storniert ist, sagt etwas anderes."


def _walked(call: PaymentCall) -> str:
    """Return what is wrong with the call's steps, or an empty text."""
    begins: dict[str, str] = {CallStep.Step.CALL: PaymentCall.State.CALLED}
    if sentence := misstep(call, begins=begins, table=TABLE, words=IN_A_SENTENCE):
        return sentence
    first, *others = call.steps.all()
    if any(step.step == CallStep.Step.CHECK and step.actor_id == first.actor_id for step in others):
        return "Geprüft hat ihn, wer ihn abgerufen hat."
    return ""
