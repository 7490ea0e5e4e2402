"""The transition tables of batches and payments, as data. Services and triggers go by them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from funding.errors import TransitionNotAllowed
from funding.payments.models import Payment, PaymentBatch
from members.common.money import ZERO

B, P = PaymentBatch.State, Payment.State


@dataclass(frozen=True)
class Move:
    """The states from which something may be done, and the state after it (None keeps it).

    ``done`` says it in a refusal: "Dieser Zahlungslauf ist ... und kann nicht mehr <done> werden."
    """

    sources: frozenset[str]
    target: str | None
    done: str


BATCH: dict[str, Move] = {
    "take_out": Move(frozenset({B.OPEN}), None, "verkleinert"),
    "release": Move(frozenset({B.OPEN}), B.RELEASED, "freigegeben"),
    "verify": Move(frozenset({B.RELEASED}), None, "mit Antworten der Bank ergänzt"),
    "strike": Move(frozenset({B.RELEASED}), None, "um eine Zahlung verkleinert"),
    "execute": Move(frozenset({B.RELEASED}), B.EXECUTED, "als ausgeführt gebucht"),
    "dissolve": Move(frozenset({B.OPEN, B.RELEASED}), B.DISSOLVED, "aufgelöst"),
}
PAYMENT: dict[str, Move] = {
    "execute": Move(frozenset({P.PLANNED}), P.EXECUTED, "als bezahlt gebucht"),
    "send_back": Move(frozenset({P.EXECUTED}), P.RETURNED, "zurückgebucht"),
    "drop": Move(frozenset({P.PLANNED}), P.DROPPED, "gestrichen"),
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
    batch.state = BATCH[move].target or batch.state
    batch.save()


def move_payment(move: str, payment: Payment) -> None:
    """Save the payment in the state that the move leads to."""
    check_payment(move, payment)
    payment.state = PAYMENT[move].target or payment.state
    payment.save()


def _check(move: Move, row: Any, what: str) -> None:
    if row.state not in move.sources:
        raise TransitionNotAllowed(
            f"{what} ist {row.get_state_display()} und kann nicht mehr {move.done} werden. Jetzt wurde nichts geändert."
        )


def batch_seen(batch: PaymentBatch, payments: Sequence[Payment]) -> str:
    """Return what a form carries back of what its user saw: state, number, sum, and the newest payment."""
    total = sum((payment.amount for payment in payments), ZERO)
    newest = max((payment.pk for payment in payments), default=0)
    return f"{batch.state}.{len(payments)}.{total}.{newest}"
