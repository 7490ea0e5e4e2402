"""Paying a grant, booking repayments, and settling."""

from datetime import date
from decimal import Decimal

from django.db import transaction

from funding import rules
from funding.errors import TransitionNotAllowed
from funding.models import Application, GrantChange, Step
from funding.services.case import begin
from members.common.money import ZERO, format_euro
from members.models import User


@transaction.atomic
def pay(
    application: Application,
    *,
    amount: Decimal,
    actor: User,
    key: str | None = None,
    seen: str | None = None,
    on: date | None = None,
) -> Application:
    """Book a payment of ``amount`` euro on a grant.

    Refused while the project's financing is open or a change of the grant waits for its second person.
    Raises TransitionNotAllowed, ConflictOfInterest, YearNotOpen or AlreadyDone.
    """
    case = begin(Step.PAY, application, actor=actor, on=on, key=key, seen=seen)
    app = case.application
    rules.require_closed_gap(case.project)
    amount = rules.checked_amount(amount)
    rest = (app.granted or ZERO) - app.paid
    if amount > rest:
        raise TransitionNotAllowed(
            f"Von der Bewilligung sind noch {format_euro(rest)} auszuzahlen, gefragt waren {format_euro(amount)}."
        )
    rules.require_no_waiting_change(app)
    case.decide(amount=amount)
    case.book("pay", amount)
    app.paid += amount
    return case.finish()


@transaction.atomic
def repay(
    application: Application,
    *,
    amount: Decimal,
    actor: User,
    key: str | None = None,
    seen: str | None = None,
    reason: str = "",
    on: date | None = None,
    confirmed: GrantChange | None = None,
) -> Application:
    """Book a repayment of ``amount`` euro: no longer paid nor committed, but free in the pot again.

    A grant that two people signed is made smaller by two: ``confirmed`` is their request (``grant_changes``).
    Once the grant is revoked, one person is enough.
    Raises TransitionNotAllowed, ConflictOfInterest, YearNotOpen or AlreadyDone.
    """
    case = begin(Step.REPAY, application, actor=actor, on=on, key=key, seen=seen)
    app = case.application
    amount = rules.checked_repayment(app, amount)
    revoked = app.state == Application.State.REVOKED
    if not revoked:
        rules.require_second_person(app, confirmed)
    if confirmed is None:
        rules.require_no_waiting_change(app)
    case.decide(amount=amount, reason=reason.strip())
    case.book("pay_back", amount)
    case.book("release", amount)
    app.paid -= amount
    app.granted = (app.granted or ZERO) - amount
    if not revoked:
        case.mark_row(locked=True, granted=app.granted)
    return case.finish()


@transaction.atomic
def settle(
    application: Application,
    *,
    actor: User,
    key: str | None = None,
    seen: str | None = None,
    reason: str = "",
    on: date | None = None,
    confirmed: GrantChange | None = None,
) -> Application:
    """Settle a grant after its proof of use; what was not paid is free in the pot again.

    If money is released of a grant that two people signed, two settle it:
    ``confirmed`` is their request (``grant_changes``).
    Raises TransitionNotAllowed, ConflictOfInterest, YearNotOpen or AlreadyDone.
    """
    case = begin(Step.SETTLE, application, actor=actor, on=on, key=key, seen=seen)
    app = case.application
    left = rules.left_by(Step.SETTLE, app)
    released = (app.granted or ZERO) - left
    if released:
        rules.require_second_person(app, confirmed)
    if confirmed is None:
        rules.require_no_waiting_change(app)
    case.decide(amount=left, reason=reason.strip())
    if released:
        case.book("release", released)
        app.granted = left
        case.mark_row(locked=True, granted=left)
    return case.finish()
