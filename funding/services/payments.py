from datetime import date
from decimal import Decimal

from django.db import transaction

from funding.errors import TransitionNotAllowed
from funding.models import Application, Step
from funding.services.case import Case, checked_amount, require_closed_gap
from members.models import User
from projects.money import ZERO, format_euro


@transaction.atomic
def pay(application: Application, *, amount: Decimal, actor: User, on: date | None = None) -> Application:
    """Book a payment of ``amount`` euro on a grant. Not while the project's financing is open."""
    case = Case.open(Step.PAY, application, actor=actor, on=on)
    app = case.application
    case.require_open_year()
    require_closed_gap(case.project)
    amount = checked_amount(amount)
    rest = (app.granted or ZERO) - app.paid
    if amount > rest:
        raise TransitionNotAllowed(
            f"Von der Bewilligung sind noch {format_euro(rest)} auszuzahlen, gefragt waren {format_euro(amount)}."
        )
    case.book("pay", amount)
    app.paid += amount
    return case.finish(Step.PAY, amount=amount)


@transaction.atomic
def repay(
    application: Application, *, amount: Decimal, actor: User, reason: str = "", on: date | None = None
) -> Application:
    """Book money that came back: it leaves paid and committed, and is free in the pot again."""
    case = Case.open(Step.REPAY, application, actor=actor, on=on)
    app = case.application
    case.require_open_year()
    amount = checked_amount(amount)
    if amount > app.paid:
        raise TransitionNotAllowed(
            f"Ausgezahlt sind {format_euro(app.paid)}; mehr kann nicht zurückgezahlt werden."
        )
    assert app.granted is not None
    if app.state != Application.State.REVOKED and amount == app.granted:
        raise TransitionNotAllowed(
            "Kommt der ganze Betrag zurück, widerrufen Sie bitte zuerst die Bewilligung mit einer Begründung."
        )
    case.book("pay_back", amount)
    case.book("release", amount)
    app.paid -= amount
    app.granted -= amount
    if app.state != Application.State.REVOKED:
        case.mark_row(locked=True, granted=app.granted)
    return case.finish(Step.REPAY, amount=amount, reason=reason.strip())


@transaction.atomic
def settle(application: Application, *, actor: User, reason: str = "", on: date | None = None) -> Application:
    """Close a grant after its proof of use; what was not paid is released."""
    case = Case.open(Step.SETTLE, application, actor=actor, on=on)
    app = case.application
    case.require_open_year()
    if app.paid == 0:
        raise TransitionNotAllowed(
            "Es wurde noch nichts ausgezahlt. Wird das Geld nicht gebraucht, widerrufen Sie bitte die Bewilligung."
        )
    assert app.granted is not None
    if app.granted > app.paid:
        case.book("release", app.granted - app.paid)
        app.granted = app.paid
        case.mark_row(locked=True, granted=app.granted)
    return case.finish(Step.SETTLE, amount=app.granted, reason=reason.strip())
