"""Changing the allotment of a special pot: more money from its source, or unused money back to it."""

from datetime import date
from decimal import Decimal

from django.db import transaction

from funding import permissions
from funding.errors import NotEligible
from funding.ledger import post
from funding.models import LedgerEntry, Pot
from funding.movements import Movement, tell_of_special_pot
from funding.rules import checked_amount, require_free, require_reason, value_date
from funding.services.case import lock_open
from members.models import User
from members.roles.permissions import Roles


def _change(
    pot: Pot, kind: str, amount: Decimal, *, prefix: str, reason: str, actor: User, on: date | None
) -> Pot:
    day = value_date(on)
    refusal = "Sondermittel führt die Wirtschaftsförderung."
    if objection := permissions.objection_to_staff_booking(Roles(actor, day), refusal):
        raise objection
    amount = checked_amount(amount)
    reason = require_reason(reason, "Bitte begründen Sie die Änderung.")
    (current,) = lock_open(Pot.objects.filter(pk=pot.pk))
    if current.kind != Pot.Kind.SPECIAL:
        raise NotEligible("Der Ansatz der Säulen und der Gemeinkosten steht im Fördermodell.")
    returned = kind == LedgerEntry.Kind.TRANSFER_OUT
    if returned:
        require_free(current, amount, remedy="Gebundenes und vorgemerktes Geld bleibt im Topf.")
    entry = post(
        current, kind, amount, actor=actor, value_date=day, occasion=LedgerEntry.Occasion.POT,
        text=f"{prefix}: {reason}"[:200],
    )  # fmt: skip
    tell_of_special_pot(
        Movement.SPECIAL_RETURNED if returned else Movement.SPECIAL_RAISED, entry, reason=reason
    )
    return current


@transaction.atomic
def raise_pot(pot: Pot, *, amount: Decimal, reason: str, actor: User, on: date | None = None) -> Pot:
    """Book ``amount`` euro more from the special pot's source, and return the pot.

    Raises NotEligible for any other kind of pot, ConflictOfInterest, YearNotOpen or TransitionNotAllowed.
    """
    return _change(
        pot, "allot", amount, prefix="Weitere Sondermittel", reason=reason, actor=actor, on=on
    )  # fmt: skip


@transaction.atomic
def return_unused(pot: Pot, *, amount: Decimal, reason: str, actor: User, on: date | None = None) -> Pot:
    """Book ``amount`` euro back to its source. Raises PotExhausted if less is free, and as ``raise_pot``."""
    return _change(
        pot, "transfer_out", amount, prefix="Zurück an die Geldquelle", reason=reason, actor=actor, on=on
    )  # fmt: skip
