from datetime import date
from decimal import Decimal

from funding.errors import TransitionNotAllowed
from funding.models import Application, GrantChange, Step
from funding.services.case import Case, checked_amount, proved, require_closed_gap
from funding.services.lessening import (
    checked_repayment,
    left_by,
    require_no_waiting_change,
    require_second_person,
)
from members.models import User
from projects.money import ZERO, format_euro


@proved
def pay(application: Application, *, amount: Decimal, actor: User, on: date | None = None) -> Application:
    """Book a payment of ``amount`` euro on a grant. Not while the project's financing is open."""
    case = Case.read(Step.PAY, application, actor=actor, on=on)
    app = case.application
    case.require_open_year()
    require_closed_gap(case.project)
    amount = checked_amount(amount)
    rest = (app.granted or ZERO) - app.paid
    if amount > rest:
        raise TransitionNotAllowed(
            f"Von der Bewilligung sind noch {format_euro(rest)} auszuzahlen, gefragt waren {format_euro(amount)}."
        )
    app.paid += amount  # the letter says what is paid altogether
    with case.locked(amount=amount):
        require_no_waiting_change(app)
        case.book("pay", amount)
        return case.finish()


@proved
def repay(
    application: Application,
    *,
    amount: Decimal,
    actor: User,
    reason: str = "",
    on: date | None = None,
    confirmed: GrantChange | None = None,
) -> Application:
    """Book ``amount`` euro that came back: they leave paid and committed, and are free in the pot again.

    What two people signed becomes less by two: one asks, another confirms (``grant_changes``). Once the grant is revoked,
    one person books what comes back.
    """
    case = Case.read(Step.REPAY, application, actor=actor, on=on)
    app = case.application
    case.require_open_year()
    amount = checked_repayment(app, amount)
    assert app.granted is not None
    revoked = app.state == Application.State.REVOKED
    if not revoked:
        require_second_person(app, confirmed)
    app.paid -= amount
    app.granted -= amount
    with case.locked(amount=amount, reason=reason.strip()):
        if confirmed is None:
            require_no_waiting_change(app)
        case.book("pay_back", amount)
        case.book("release", amount)
        if not revoked:
            case.mark_row(locked=True, granted=app.granted)
        return case.finish()


@proved
def settle(
    application: Application,
    *,
    actor: User,
    reason: str = "",
    on: date | None = None,
    confirmed: GrantChange | None = None,
) -> Application:
    """Close a grant after its proof of use; what was not paid is released.

    A rest of what two people signed is released by two: one asks, another confirms (``grant_changes``).
    """
    case = Case.read(Step.SETTLE, application, actor=actor, on=on)
    app = case.application
    case.require_open_year()
    left = left_by(Step.SETTLE, app)
    assert app.granted is not None
    if left < app.granted:
        require_second_person(app, confirmed)
    with case.locked(amount=left, reason=reason.strip()):
        if confirmed is None:
            require_no_waiting_change(app)
        case.require_open_year()  # what is paid in full books nothing, which would ask for it
        if app.granted > app.paid:
            case.book("release", app.granted - app.paid)
            app.granted = app.paid
            case.mark_row(locked=True, granted=app.granted)
        return case.finish()
