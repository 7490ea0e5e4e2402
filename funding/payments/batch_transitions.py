"""The transition tables of batches and payments, as data. Services and triggers go by them."""

from collections.abc import Sequence
from typing import Any

from funding.errors import TransitionNotAllowed
from funding.payments.models import Payment, PaymentBatch
from funding.transitions import Transition
from members.common.money import ZERO

B, P = PaymentBatch.State, Payment.State


BATCH: dict[str, Transition] = {
    "take_out": Transition(frozenset({B.OPEN}), None, "verkleinert"),
    "release": Transition(frozenset({B.OPEN}), B.RELEASED, "freigegeben"),
    "verify": Transition(frozenset({B.RELEASED}), None, "mit Antworten der Bank ergänzt"),
    "strike": Transition(frozenset({B.RELEASED}), None, "um eine Zahlung verkleinert"),
    "execute": Transition(frozenset({B.RELEASED}), B.EXECUTED, "als ausgeführt gebucht"),
    "dissolve": Transition(frozenset({B.OPEN, B.RELEASED}), B.DISSOLVED, "aufgelöst"),
}
PAYMENT: dict[str, Transition] = {
    "execute": Transition(frozenset({P.PLANNED}), P.EXECUTED, "als bezahlt gebucht"),
    "send_back": Transition(frozenset({P.EXECUTED}), P.RETURNED, "zurückgebucht"),
    "drop": Transition(frozenset({P.PLANNED}), P.DROPPED, "gestrichen"),
}


def check_batch(move: str, batch: PaymentBatch) -> None:
    """Raise TransitionNotAllowed unless the table allows the move in the batch's state."""
    _check(BATCH[move], batch, "Dieser Zahlungslauf")


def check_payment(move: str, payment: Payment) -> None:
    """Raise TransitionNotAllowed unless the table allows the move in the payment's state."""
    _check(PAYMENT[move], payment, "Diese Zahlung")


def move_batch(move: str, batch: PaymentBatch) -> None:
    """Save the batch in the state that the move leads to."""
    check_batch(move, batch)
    batch.state = BATCH[move].after(batch.state)
    batch.save()


def move_payment(move: str, payment: Payment) -> None:
    """Save the payment in the state that the move leads to."""
    check_payment(move, payment)
    payment.state = PAYMENT[move].after(payment.state)
    payment.save()


def _check(move: Transition, row: Any, what: str) -> None:
    if row.state not in move.sources:
        raise TransitionNotAllowed(
            f"{what} ist {row.get_state_display()} und kann nicht mehr {move.done} werden. Jetzt wurde nichts geändert."
        )


def batch_seen(batch: PaymentBatch, payments: Sequence[Payment]) -> str:
    """Return what a form carries back of what its user saw: state, number, sum, and the newest payment."""
    total = sum((payment.amount for payment in payments), ZERO)
    newest = max((payment.pk for payment in payments), default=0)
    return f"{batch.state}.{len(payments)}.{total}.{newest}"
