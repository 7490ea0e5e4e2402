"""The one place that writes ledger entries and pot counters, always together."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from django.db.models import F, QuerySet, Sum

from funding.models import Application, LedgerEntry, Pot
from members.models import User
from projects.money import ZERO, money

K = LedgerEntry.Kind

#: Which kind moves which counter of the pot how.
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
}
COUNTERS = ("allotted", "reserved", "committed", "paid")


def lock_pots(pots: "QuerySet[Pot]") -> "QuerySet[Pot]":
    """Lock pots in the order of their keys; the last lock taken in a transaction."""
    return pots.select_for_update(of=("self",)).order_by("pk")


def post(
    pot: Pot,
    kind: str,
    amount: Decimal,
    *,
    actor: User,
    value_date: date,
    application: Application | None = None,
    text: str = "",
) -> LedgerEntry:
    """Write one movement of ``amount`` euro and move the pot's counter by a relative UPDATE.

    The caller holds the pot's lock and has checked; the pot's constraints are the last guard
    (IntegrityError).
    """
    counter, sign = MOVES[kind]
    entry = LedgerEntry.objects.create(
        pot=pot,
        kind=kind,
        amount=amount,
        application=application,
        actor=actor,
        value_date=value_date,
        text=text,
    )
    change = F(counter) + money(amount) if sign > 0 else F(counter) - money(amount)
    Pot.objects.filter(pk=pot.pk).update(**{counter: change})
    setattr(pot, counter, getattr(pot, counter) + sign * amount)
    return entry


def differences() -> Iterator[tuple[str, str, Decimal, Decimal]]:
    """Recompute every counter from the entries: yields (what, counter, stored, computed) where they differ.

    Pots are compared with all their entries, applications with the entries that name them.
    """
    sums: dict[int, dict[str, Decimal]] = defaultdict(lambda: dict.fromkeys(COUNTERS, ZERO))
    for pot_id, kind, total in (
        LedgerEntry.objects.values_list("pot_id", "kind").annotate(Sum("amount")).order_by()
    ):
        counter, sign = MOVES[kind]
        sums[pot_id][counter] += sign * total
    for pot in Pot.objects.select_related("year", "district").order_by("pk").iterator(2000):
        for counter in COUNTERS:
            if getattr(pot, counter) != sums[pot.pk][counter]:
                yield str(pot), counter, getattr(pot, counter), sums[pot.pk][counter]

    by_application: dict[int, dict[str, Decimal]] = defaultdict(lambda: dict.fromkeys(COUNTERS, ZERO))
    booked = LedgerEntry.objects.filter(application__isnull=False)
    for pk, kind, total in booked.values_list("application_id", "kind").annotate(Sum("amount")).order_by():
        counter, sign = MOVES[kind]
        by_application[pk][counter] += sign * total
    for application in Application.objects.order_by("pk").iterator(2000):
        stored = {
            "reserved": application.reserved,
            "committed": application.granted if application.granted is not None else ZERO,
            "paid": application.paid,
        }
        for counter, value in stored.items():
            if value != by_application[application.pk][counter]:
                yield f"Antrag {application.pk}", counter, value, by_application[application.pk][counter]
