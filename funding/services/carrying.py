"""Carrying a grant or an application over to another fiscal year, and finding a pot for money that comes late."""

from datetime import date
from decimal import Decimal

from django.db import transaction
from django.db.models import Q, Sum

from funding import rules
from funding.errors import TransitionNotAllowed, YearNotOpen
from funding.models import Application, FiscalYear, LedgerEntry, Pot, Step
from funding.services.case import begin
from members.common.money import ZERO
from members.models import User

K = LedgerEntry.Kind


def counterpart(pot: Pot, year: FiscalYear) -> Pot:
    """Return the year's pot of the same kind, district and source; a special pot is created where it is missing.

    Raises TransitionNotAllowed if the year has no such pot.
    """
    found = Pot.objects.filter(year=year, kind=pot.kind, district=pot.district_id)
    if pot.kind != Pot.Kind.SPECIAL:
        if there := found.select_related("district", "year__model").first():
            return there
        raise TransitionNotAllowed(f"Im Haushaltsjahr {year} gibt es keinen Topf wie {pot}.")
    # The row is locked, so that the year cannot be closed while it gets another pot.
    year = FiscalYear.objects.select_for_update(no_key=True).get(pk=year.pk)
    rules.require_open(year)
    there, _ = found.get_or_create(
        code=pot.code, defaults={"year": year, "kind": pot.kind, "source": pot.source}
    )
    if there.source != pot.source:
        raise TransitionNotAllowed(
            f"Der Topf {pot.code} hat {year} eine andere Geldquelle: {there.source}. Sondermittel werden nicht vermischt."
        )
    return there


def pot_for_late_money(application: Application) -> Pot:
    """Return the pot that takes money of the grant that its own pot can no longer take.

    That is the pot its bookings go to, or once that year is closed, the same pot of the next open year.
    Raises YearNotOpen if no later year is open.
    """
    pot = application.booking_pot
    if pot.year.is_open:
        return pot
    later = (
        FiscalYear.objects.filter(state=FiscalYear.State.OPEN, year__gt=pot.year.year)
        .order_by("year")
        .first()
    )
    if later is None:
        raise YearNotOpen(
            f"Das Haushaltsjahr {pot.year} ist abgeschlossen, und ein späteres ist nicht geöffnet. Was jetzt noch kommt, "
            "wird im nächsten Jahr gebucht: Bitte öffnen Sie es auf der Seite „Haushaltsjahre“."
        )
    return counterpart(pot, later)


def late_part(application: Application, amount: Decimal) -> Decimal:
    """Return how many of ``amount`` euro that come back were not paid from the pot that is booked now.

    They are booked as money of the other years. At most one query.
    """
    if application.booking_pot.year.is_closed:
        return amount
    sums = LedgerEntry.objects.filter(application=application, pot=application.booking_pot_id).aggregate(
        paid=Sum("amount", filter=Q(kind=K.PAY)), back=Sum("amount", filter=Q(kind=K.PAY_BACK))
    )
    return max(ZERO, amount - ((sums["paid"] or ZERO) - (sums["back"] or ZERO)))


@transaction.atomic
def carry(
    application: Application,
    *,
    to: FiscalYear,
    reason: str,
    actor: User,
    key: str | None = None,
    seen: str | None = None,
    on: date | None = None,
) -> Application:
    """Carry the application over to the same pot of another open year: its bookings go there from now on.

    What of a grant is not paid is released and carried out of the one pot, carried into the other and committed
    there. What was handed in and is not decided is decided from the other pot. Back to its own year undoes it.
    Raises TransitionNotAllowed, YearNotOpen, ConflictOfInterest or AlreadyDone.
    """
    case = begin(Step.CARRY, application, actor=actor, on=on, key=key, seen=seen)
    app = case.application
    reason = rules.require_reason(reason, "Bitte begründen Sie den Übertrag.")
    rules.require_no_waiting_change(app)
    rules.require_open(to)
    if to.pk == case.pot.year_id:
        raise TransitionNotAllowed(f"Der Antrag wird schon im Haushaltsjahr {to} gebucht.", field="to")
    if to.year < app.pot.year.year:
        raise TransitionNotAllowed("Übertragen wird in ein späteres Haushaltsjahr.", field="to")
    into = app.pot if to.pk == app.pot.year_id else counterpart(app.pot, to)
    left = (app.granted or ZERO) - app.paid
    case.decide(amount=left, reason=reason, into=into)
    assert case.into is not None
    rules.require_open(case.into.year)
    if left:
        case.book(K.RELEASE, left)
        case.book(K.CARRY_OUT, left)
        case.book(K.CARRY_IN, left, pot=case.into)
        case.book(K.COMMIT, left, pot=case.into)
    app.carried_to = None if case.into.pk == app.pot_id else case.into
    return case.finish()
