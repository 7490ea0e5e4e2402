"""Writes ledger entries and pot counters, always together. Nothing else writes them."""

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import IntegrityError
from django.db.models import F, Q, QuerySet, Sum

from funding import chains
from funding.models import Application, Decision, Expense, LedgerEntry, Pot, Transfer
from members.common.money import ZERO, money
from members.models import User

K = LedgerEntry.Kind

#: Kind of entry -> the pot's counter that it moves, and the direction.
MOVES: dict[str, tuple[str, int]] = {
    K.ALLOT: ("allotted", +1),
    K.RESERVE: ("reserved", +1),
    K.UNRESERVE: ("reserved", -1),
    K.COMMIT: ("committed", +1),
    K.RELEASE: ("committed", -1),
    K.PAY: ("paid", +1),
    K.PAY_BACK: ("paid", -1),
    K.TRANSFER_OUT: ("allotted", -1),
    K.TRANSFER_IN: ("allotted", +1),
    K.CARRY_OUT: ("allotted", -1),
    K.CARRY_IN: ("allotted", +1),
    K.LATE_REPAYMENT: ("allotted", +1),
    K.SUPPLEMENT: ("allotted", +1),
    K.LAPSE: ("allotted", -1),
}
COUNTERS = ("allotted", "reserved", "committed", "paid")

#: Cause -> the kinds of entry that it can have (``LedgerEntry``); "year", "pot" and "closing" are occasions.
KINDS: dict[str, tuple[str, ...]] = {
    "decision": (
        K.RESERVE, K.UNRESERVE, K.COMMIT, K.RELEASE, K.PAY, K.PAY_BACK, K.CARRY_OUT, K.CARRY_IN, K.LATE_REPAYMENT,
        K.SUPPLEMENT,
    ),
    "expense": (K.COMMIT, K.PAY, K.PAY_BACK, K.RELEASE),
    "transfer": (K.RESERVE, K.UNRESERVE, K.TRANSFER_OUT, K.TRANSFER_IN),
    "year": (K.ALLOT,),
    "pot": (K.ALLOT, K.TRANSFER_OUT),
    "closing": (K.LAPSE, K.CARRY_OUT, K.CARRY_IN, K.SUPPLEMENT),
}  # fmt: skip


def lock_pots(pots: "QuerySet[Pot]") -> "QuerySet[Pot]":
    """Return the pots, to be locked in the order of their keys when they are read.

    The last lock that a transaction takes.
    The lock leaves keys out, so handing in, which refers to pots by foreign key, does not wait for a booking.
    """
    return pots.select_for_update(of=("self",), no_key=True).order_by("pk")


def lock_pot(pk: int) -> Pot:
    return lock_pots(Pot.objects.filter(pk=pk)).get()


def post(
    pot: Pot,
    kind: str,
    amount: Decimal,
    *,
    actor: User,
    value_date: date,
    decision: Decision | None = None,
    expense: Expense | None = None,
    transfer: Transfer | None = None,
    occasion: str = "",
    text: str = "",
) -> LedgerEntry:
    """Write one ledger entry of ``amount`` euro with its one cause and its link, and move the pot's counter.

    The cause is a stored decision, an expense, a transfer, or a ``LedgerEntry.Occasion``.
    The caller holds the pot's lock, has read ``pot`` after it, and has checked the amount.
    Raises IntegrityError where a constraint of the pot refuses it, or the pot was read before somebody else booked.
    """
    counter, sign = MOVES[kind]
    entry = LedgerEntry.objects.create(
        pot=pot,
        kind=kind,
        amount=amount,
        application=decision.application if decision else None,
        decision=decision,
        expense=expense,
        transfer=transfer,
        occasion=occasion,
        actor=actor,
        value_date=value_date,
        text=text,
    )
    end = pot.chain_end
    chains.lengthen(pot, entry)
    moved = {counter: F(counter) + money(sign * amount), "chain_length": F("chain_length") + 1}
    if not Pot.objects.filter(pk=pot.pk, chain_end=end).update(**moved, chain_end=pot.chain_end):
        raise IntegrityError(f"{pot} was read before it was locked.")
    setattr(pot, counter, getattr(pot, counter) + sign * amount)
    return entry


#: The same for an application. Money of earlier years is neither paid nor committed any more, in whatever pot.
MOVES_OF_APPLICATION: list[tuple[str, str, int]] = [
    *((kind, counter, sign) for kind, (counter, sign) in MOVES.items() if counter != "allotted"),
    (K.LATE_REPAYMENT, "committed", -1),
    (K.LATE_REPAYMENT, "paid", -1),
]


def _recomputed(
    rows: "QuerySet[Any]", moves: Iterable[tuple[str, str, int]]
) -> Iterator[tuple[Any, dict[str, Decimal]]]:
    """Yield each row with its counters in euro, recomputed from its entries by these moves.

    One statement reads rows and entries, because bookings go on meanwhile.
    """

    def total(counter: str, sign: int) -> Sum:
        kinds = [kind for kind, moved, by in moves if (moved, by) == (counter, sign)]
        return Sum("entries__amount", filter=Q(entries__kind__in=kinds))

    sums = {f"{c}_up": total(c, +1) for c in COUNTERS} | {f"{c}_down": total(c, -1) for c in COUNTERS}
    for row in rows.annotate(**sums).order_by("pk").iterator(2000):
        yield (
            row,
            {c: (getattr(row, f"{c}_up") or ZERO) - (getattr(row, f"{c}_down") or ZERO) for c in COUNTERS},
        )


def differences() -> Iterator[tuple[str, str, Decimal, Decimal]]:
    """Yield (what, counter, stored euro, computed euro) for every counter that differs from its entries.

    A pot is compared with all its entries, an application with its entries in all pots.
    """
    of_pot = [(kind, *move) for kind, move in MOVES.items()]
    for pot, computed in _recomputed(Pot.objects.all(), of_pot):
        yield from _compared(pot, {c: getattr(pot, c) for c in COUNTERS}, computed)
    for application, computed in _recomputed(Application.objects.all(), MOVES_OF_APPLICATION):
        stored = {
            "reserved": application.reserved,
            "committed": application.granted if application.granted is not None else ZERO,
            "paid": application.paid,
        }
        yield from _compared(application, stored, computed)


def _compared(
    row: Any, stored: dict[str, Decimal], computed: dict[str, Decimal]
) -> Iterator[tuple[str, str, Decimal, Decimal]]:
    for counter, value in stored.items():
        if value != computed[counter]:
            what = f"Antrag {row.pk}" if isinstance(row, Application) else str(row)
            yield what, counter, value, computed[counter]
