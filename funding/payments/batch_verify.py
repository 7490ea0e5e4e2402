"""What ``verify_ledger`` finds in batches and payments: paid is what was executed, less what came back."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Exists, F, OuterRef, Q

from funding.models import Decision, Step
from funding.payments.models import Balance, Payment, PaymentBatch, PaymentCall
from members.common.money import format_euro

P, B, C = Payment.State, PaymentBatch.State, PaymentCall.State


def booked() -> Iterator[str]:
    """Yield a German sentence for each booking in the core without its payment, and each payment without its booking."""
    for step, name, what in (
        (Step.PAY, "payment", "Auszahlung"),
        (Step.BOUNCE, "returned_payment", "Rückbuchung"),
    ):
        without = Decision.objects.filter(step=step, **{f"{name}__isnull": True})
        for decision in without.order_by("pk"):
            amount = format_euro(decision.amount) if decision.amount is not None else "ohne Betrag"
            yield f"Antrag Nr. {decision.application_id}: Zur {what} vom {decision.on:%d.%m.%Y} ({amount}) fehlt die Zahlung."
    for field, step in (("decision", Step.PAY), ("bounce", Step.BOUNCE)):
        other: Any = ~Q(**{f"{field}__step": step}) | ~Q(**{f"{field}__amount": F("amount")})
        other |= Q(call__isnull=False) & ~Q(**{f"{field}__application": F("call__application")})
        for payment in Payment.objects.filter(other, **{f"{field}__isnull": False}).order_by("pk"):
            yield f"{payment}: Ihre Buchung hat einen anderen Betrag, Schritt oder Antrag."
    other_day = Q(decision__isnull=False) & ~Q(decision__on=F("executed_on"))
    other_day |= Q(bounce__isnull=False) & ~Q(bounce__on=F("returned_on"))
    for payment in Payment.objects.filter(other_day).order_by("pk"):
        yield f"{payment}: Die Tage von Zahlung und Buchung passen nicht zusammen."


def calls() -> Iterator[str]:
    """Yield a sentence for each call whose state is not what its payments say."""
    of_call = Payment.objects.filter(call=OuterRef("pk"))
    for state, paying in ((C.BATCH, P.PLANNED), (C.PAID, P.EXECUTED)):
        rows = PaymentCall.objects.annotate(there=Exists(of_call.filter(state=paying)))
        for call in rows.filter(Q(state=state, there=False) | (~Q(state=state) & Q(there=True))).order_by(
            "pk"
        ):
            yield f"{call}: Sein Stand ist „{call.get_state_display()}“, seine Zahlungen sagen etwas anderes."
    for payment in (
        Payment.objects.filter(call__isnull=False).exclude(amount=F("call__amount")).order_by("pk")
    ):
        yield f"{payment}: Ihr Betrag ist nicht der ihres Abrufs."


def batches() -> Iterator[str]:
    """Yield a sentence for each batch that does not fit its payments, or was released by one."""
    allowed = {B.OPEN: (P.PLANNED,), B.RELEASED: (P.PLANNED, P.EXECUTED, P.RETURNED, P.DROPPED),
               B.EXECUTED: (P.EXECUTED, P.RETURNED, P.DROPPED), B.DISSOLVED: (P.DROPPED,)}  # fmt: skip
    for state, states in allowed.items():
        wrong = Payment.objects.filter(batch=OuterRef("pk")).exclude(state__in=states)
        for batch in PaymentBatch.objects.filter(Exists(wrong), state=state).order_by("pk"):
            yield f"{batch}: Er ist „{batch.get_state_display()}“, seine Zahlungen sagen etwas anderes."
    for batch in PaymentBatch.objects.filter(released_by=F("created_by")).order_by("pk"):
        yield f"{batch}: Freigegeben hat ihn, wer ihn zusammengestellt hat."
    for payment in Payment.objects.filter(accepted_by=F("verified_by")).order_by("pk"):
        yield f"{payment}: Den abweichenden Namen hat bestätigt, wer ihn erfasst hat."


def balances() -> Iterator[str]:
    """Yield a sentence for each balance that the same person entered and confirmed."""
    alone = Balance.objects.filter(state=Balance.State.CONFIRMED, decided_by=F("requested_by"))
    for balance in alone.order_by("pk"):
        yield f"{balance}: Bestätigt hat ihn, wer ihn eingetragen hat."


VERIFIERS = (booked, calls, batches, balances)
