"""Overhead: expenses commit money of the year's own pot, are paid, come back from the bank, and are reversed."""

from datetime import date
from decimal import Decimal

from django.db import transaction

from funding import hooks, permissions
from funding.errors import TransitionNotAllowed, YearNotOpen
from funding.ledger import post
from funding.models import Expense, Pot
from funding.rules import checked_amount, require_free, require_reason, value_date
from funding.services.case import lock_open
from members.models import User
from members.roles.permissions import Roles

REMEDY = "Bitte prüfen Sie den Betrag; aus den Gemeinkosten kann höchstens ausgegeben werden, was frei ist."


def _locked(expense: Expense) -> Pot:
    """Lock the expense's pot and return it. Raises YearNotOpen, or TransitionNotAllowed if it cannot move any more."""
    (pot,) = lock_open(Pot.objects.filter(pk=expense.pot_id))
    if expense.reverses_id:
        raise TransitionNotAllowed(
            "Ein Storno wird nicht bezahlt und nicht storniert. Bitte buchen Sie die Ausgabe neu."
        )
    if Expense.objects.filter(reverses=expense).exists():
        raise TransitionNotAllowed(f"Die {expense} ist schon storniert. Es wurde nichts gebucht.")
    return pot


def held(expense: Expense) -> str:
    """Return why the expense cannot be reversed for now, by what the rooms above say; or an empty text."""
    return next(filter(None, (hold(expense) for hold in hooks.holds)), "")


def _paid_on(expense: Expense) -> date | None:
    """Return the day of its payment that stands, read anew: call it under the pot's lock."""
    return Expense.objects.get(pk=expense.pk).paid_on


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
    paid: bool = False,
    on: date | None = None,
) -> Expense:
    """Commit ``amount`` euro of the calendar year's overhead pot for an expense. Where it is ``paid``, pay it at once.

    ``dated`` is the date on the voucher (default: the value date ``on``).
    Raises TransitionNotAllowed, ConflictOfInterest, YearNotOpen or PotExhausted.
    """
    day = value_date(on)
    _require_permission(actor, day)
    amount = checked_amount(amount)
    purpose = require_reason(purpose, "Bitte eintragen, wofür das Geld ausgegeben wird.", field="purpose")
    payee = require_reason(payee, "Bitte eintragen, an wen gezahlt wird.", field="payee")
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
    for kind in ("commit", "pay") if paid else ("commit",):
        post(pot, kind, amount, actor=actor, value_date=day, expense=expense, text=str(expense))
    return expense


@transaction.atomic
def pay_expense(expense: Expense, *, actor: User, on: date | None = None) -> Expense:
    """Pay a committed expense, all of it and once. Raises TransitionNotAllowed, ConflictOfInterest or YearNotOpen."""
    day = value_date(on)
    _require_permission(actor, day)
    pot = _locked(expense)
    if paid_on := _paid_on(expense):
        raise TransitionNotAllowed(
            f"Die {expense} ist schon bezahlt, am {paid_on:%d.%m.%Y}. Es wurde nichts gebucht."
        )
    if day < expense.on:
        raise TransitionNotAllowed("Eine Zahlung kann nicht vor der Ausgabe liegen.")
    post(pot, "pay", expense.amount, actor=actor, value_date=day, expense=expense, text=str(expense))
    return expense


@transaction.atomic
def bounce_expense(expense: Expense, *, actor: User, reason: str, on: date | None = None) -> Expense:
    """Book back a payment that the bank sent back. The money stays committed, and can be paid again.

    Raises TransitionNotAllowed, ConflictOfInterest or YearNotOpen.
    """
    day = value_date(on)
    _require_permission(actor, day)
    reason = require_reason(reason, "Bitte eintragen, warum die Bank das Geld zurückgeschickt hat.")
    pot = _locked(expense)
    paid_on = _paid_on(expense)
    if paid_on is None:
        raise TransitionNotAllowed(f"Die {expense} ist nicht bezahlt. Es wurde nichts gebucht.")
    if day < paid_on:
        raise TransitionNotAllowed("Das Geld kann nicht vor der Zahlung zurückgekommen sein.")
    text = f"{expense}, von der Bank zurück: {reason}"[:200]
    post(pot, "pay_back", expense.amount, actor=actor, value_date=day, expense=expense, text=text)
    return expense


@transaction.atomic
def reverse_expense(expense: Expense, *, reason: str, actor: User, on: date | None = None) -> Expense:
    """Reverse an expense by a counter-booking and return that; the money is free in the pot again.

    What was paid for it is booked as paid back.
    An expense is reversed once, and a reversal never.
    Raises TransitionNotAllowed, ConflictOfInterest or YearNotOpen.
    """
    day = value_date(on)
    _require_permission(actor, day)
    reason = require_reason(reason, "Bitte begründen Sie, warum die Ausgabe zurückgenommen wird.")
    pot = _locked(expense)
    if sentence := held(expense):
        raise TransitionNotAllowed(sentence)
    paid_on = _paid_on(expense)
    if day < (paid_on or expense.on):
        raise TransitionNotAllowed("Ein Storno kann nicht vor der Ausgabe und ihrer Zahlung liegen.")
    reversal = Expense.objects.create(
        pot=pot, amount=expense.amount, purpose=expense.purpose, payee=expense.payee, voucher=expense.voucher,
        dated=expense.dated, reverses=expense, reason=reason, actor=actor, on=day,
    )  # fmt: skip
    for kind in ("pay_back", "release") if paid_on else ("release",):
        post(pot, kind, expense.amount, actor=actor, value_date=day, expense=reversal, text=str(reversal))
    return reversal
