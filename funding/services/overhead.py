"""Overhead: booking expenses on the year's own pot, and reversing them."""

from datetime import date
from decimal import Decimal

from django.db import transaction

from funding import permissions
from funding.errors import TransitionNotAllowed, YearNotOpen
from funding.ledger import post
from funding.models import Expense, Pot
from funding.rules import checked_amount, require_free, require_reason, value_date
from funding.services.case import lock_open
from members.models import User
from members.roles.permissions import Roles

REMEDY = "Bitte prüfen Sie den Betrag; aus den Gemeinkosten kann höchstens ausgegeben werden, was frei ist."


def _require_permission(actor: User, day: date) -> None:
    refusal = "Gemeinkosten bucht die Wirtschaftsförderung."
    if objection := permissions.objection_to_staff_booking(Roles(actor, day), refusal):
        raise objection


def _checked_date(dated: date | None, day: date, year: int) -> date:
    """Return the voucher's date (default: the value date).

    Raises TransitionNotAllowed if it is after the booking, or before the year that precedes the fiscal year.
    """
    dated = dated or day
    if dated > day:
        raise TransitionNotAllowed(f"Das Belegdatum {dated:%d.%m.%Y} liegt in der Zukunft.", field="dated")
    if dated.year < year - 1:
        raise TransitionNotAllowed(
            f"Das Belegdatum {dated:%d.%m.%Y} liegt lange vor dem Haushaltsjahr {year}. Bitte prüfen Sie das Jahr.",
            field="dated",
        )
    return dated


@transaction.atomic
def book_expense(
    year: int,
    *,
    amount: Decimal,
    purpose: str,
    payee: str,
    actor: User,
    voucher: str = "",
    dated: date | None = None,
    on: date | None = None,
) -> Expense:
    """Book an expense of ``amount`` euro on the calendar year's overhead pot: committed and paid at once.

    ``dated`` is the date on the voucher (default: the value date ``on``).
    Raises TransitionNotAllowed, ConflictOfInterest, YearNotOpen or PotExhausted.
    """
    day = value_date(on)
    _require_permission(actor, day)
    amount = checked_amount(amount)
    purpose = require_reason(purpose, "Bitte eintragen, wofür das Geld ausgegeben wird.")
    payee = require_reason(payee, "Bitte eintragen, an wen gezahlt wird.")
    dated = _checked_date(dated, day, year)
    pots = lock_open(Pot.objects.filter(year__year=year, kind=Pot.Kind.OVERHEAD))
    if not pots:
        raise YearNotOpen(f"Für {year} gibt es keinen Topf für Gemeinkosten.")
    (pot,) = pots
    require_free(pot, amount, remedy=REMEDY)
    expense = Expense.objects.create(
        pot=pot, amount=amount, purpose=purpose, payee=payee, voucher=voucher.strip(), dated=dated, actor=actor,
        on=day,
    )  # fmt: skip
    for kind in ("commit", "pay"):
        post(pot, kind, amount, actor=actor, value_date=day, expense=expense, text=str(expense))
    return expense


@transaction.atomic
def reverse_expense(expense: Expense, *, reason: str, actor: User, on: date | None = None) -> Expense:
    """Reverse an expense by a counter-booking and return that; the money is free in the pot again.

    An expense is reversed once, and a reversal never.
    Raises TransitionNotAllowed, ConflictOfInterest or YearNotOpen.
    """
    day = value_date(on)
    _require_permission(actor, day)
    reason = require_reason(reason, "Bitte begründen Sie, warum die Ausgabe zurückgenommen wird.")
    (pot,) = lock_open(Pot.objects.filter(pk=expense.pot_id))
    if expense.reverses_id:
        raise TransitionNotAllowed("Ein Storno wird nicht storniert. Bitte buchen Sie die Ausgabe neu.")
    if Expense.objects.filter(reverses=expense).exists():
        raise TransitionNotAllowed(f"Die {expense} ist schon storniert. Es wurde nichts gebucht.")
    if day < expense.on:
        raise TransitionNotAllowed("Ein Storno kann nicht vor der Ausgabe liegen.")
    reversal = Expense.objects.create(
        pot=pot, amount=expense.amount, purpose=expense.purpose, payee=expense.payee, voucher=expense.voucher,
        dated=expense.dated, reverses=expense, reason=reason, actor=actor, on=day,
    )  # fmt: skip
    for kind in ("pay_back", "release"):
        post(pot, kind, expense.amount, actor=actor, value_date=day, expense=reversal, text=str(reversal))
    return reversal
