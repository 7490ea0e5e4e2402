"""Calling a grant's money, paying it, booking what comes back, and settling."""

from datetime import date
from decimal import Decimal

from django.db import transaction

from funding import rules
from funding.errors import TransitionNotAllowed
from funding.models import Application, Decision, GrantChange, Step
from funding.services.carrying import late_part, pot_for_late_money
from funding.services.case import Locked, begin
from members.common.money import ZERO, format_euro
from members.models import User


@transaction.atomic
def earmark(
    application: Application,
    *,
    amount: Decimal,
    actor: User,
    key: str | None = None,
    seen: str | None = None,
    reason: str = "",
    on: date | None = None,
) -> Application:
    """Set ``amount`` euro of a grant aside for a call, so that no other call or change of the grant takes them.

    The pot's counters stay: what is called is committed already.
    Refused while the project's financing is open, a change of the grant waits for its second person, or some of it is
    claimed back.
    Raises TransitionNotAllowed, YearNotOpen or AlreadyDone.
    """
    case = begin(Step.EARMARK, application, actor=actor, on=on, key=key, seen=seen)
    app = case.application
    rules.require_closed_gap(case.project)
    rules.require_nothing_reclaimed(app, "wird nichts abgerufen")
    amount = rules.checked_call(app, amount)
    rules.require_no_waiting_change(app)
    case.decide(amount=amount, reason=reason.strip())
    app.called += amount
    return case.finish()


@transaction.atomic
def release_call(
    application: Application,
    *,
    amount: Decimal,
    actor: User,
    reason: str,
    key: str | None = None,
    seen: str | None = None,
    on: date | None = None,
) -> Application:
    """Give ``amount`` called euro back to the rest of the grant: the call is withdrawn.

    Raises TransitionNotAllowed, YearNotOpen or AlreadyDone.
    """
    case = begin(Step.RELEASE_CALL, application, actor=actor, on=on, key=key, seen=seen)
    app = case.application
    amount = rules.checked_called(app, amount)
    case.decide(amount=amount, reason=reason.strip())
    app.called -= amount
    return case.finish()


@transaction.atomic
def pay(
    application: Application,
    *,
    amount: Decimal,
    actor: User,
    key: str | None = None,
    seen: str | None = None,
    on: date | None = None,
    locked: Locked | None = None,
) -> Decision:
    """Book a payment of ``amount`` euro on a grant, and return its decision; they were called before.

    ``locked``: the project, if the caller has locked it before (``lock``).
    Refused while the project's financing is open or a change of the grant waits for its second person.
    Raises TransitionNotAllowed, ConflictOfInterest, YearNotOpen or AlreadyDone.
    """
    case = begin(Step.PAY, application, actor=actor, on=on, key=key, seen=seen, locked=locked)
    app = case.application
    rules.require_closed_gap(case.project)
    amount = rules.checked_called(app, amount)
    rules.require_no_waiting_change(app)
    case.decide(amount=amount)
    case.book("pay", amount)
    app.called -= amount
    app.paid += amount
    case.finish()
    return case.decision


@transaction.atomic
def bounce(
    application: Application,
    *,
    amount: Decimal,
    actor: User,
    reason: str,
    key: str | None = None,
    seen: str | None = None,
    on: date | None = None,
    locked: Locked | None = None,
) -> Decision:
    """Book back a payment that the bank sent back: it is called again, and can be paid to another account.

    The pot keeps the commitment. What is claimed back is at most what is still paid. Returns the decision.
    What was paid from a pot of an earlier year is booked as its money and committed in the present one.
    ``locked``: the project, if the caller has locked it before (``lock``).
    Raises TransitionNotAllowed, ConflictOfInterest, YearNotOpen or AlreadyDone.
    """
    case = begin(Step.BOUNCE, application, actor=actor, on=on, key=key, seen=seen, locked=locked)
    app = case.application
    amount = rules.checked_amount(amount)
    if amount > app.paid:
        raise TransitionNotAllowed(f"Ausgezahlt sind {format_euro(app.paid)}; mehr kann nicht zurückkommen.")
    late = late_part(app, amount)
    case.decide(amount=amount, reason=reason.strip(), into=pot_for_late_money(app) if late else None)
    if amount > late:
        case.book("pay_back", amount - late)
    if late:
        case.book("late_repayment", late, pot=case.into)
        case.book("commit", late, pot=case.into)
        app.carried_to = case.into
    app.paid -= amount
    app.called += amount
    app.reclaimed = min(app.reclaimed, app.paid)
    case.finish()
    return case.decision


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

    What is claimed back becomes less first.
    A grant that two people signed is made smaller by two: ``confirmed`` is their request (``grant_changes``).
    Once the grant is revoked, and up to what is claimed back, one person is enough.
    What was paid from a pot of an earlier year is booked as money of earlier years in the present one.
    Raises TransitionNotAllowed, ConflictOfInterest, YearNotOpen or AlreadyDone.
    """
    case = begin(Step.REPAY, application, actor=actor, on=on, key=key, seen=seen)
    app = case.application
    amount = rules.checked_repayment(app, amount)
    rules.require_second_person(Step.REPAY, app, confirmed, amount)
    late = late_part(app, amount)
    case.decide(amount=amount, reason=reason.strip(), into=pot_for_late_money(app) if late else None)
    if amount > late:
        case.book("pay_back", amount - late)
        case.book("release", amount - late)
    if late:
        case.book("late_repayment", late, pot=case.into)
    app.paid -= amount
    app.reclaimed = max(app.reclaimed - amount, ZERO)
    app.granted = (app.granted or ZERO) - amount
    if not app.is_revoked:
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

    Refused while something is claimed back, or interest on that is asked for.
    If money is released of a grant that two people signed, two settle it:
    ``confirmed`` is their request (``grant_changes``).
    Raises TransitionNotAllowed, ConflictOfInterest, YearNotOpen or AlreadyDone.
    """
    case = begin(Step.SETTLE, application, actor=actor, on=on, key=key, seen=seen)
    app = case.application
    left = rules.left_by(Step.SETTLE, app, case.on)
    released = (app.granted or ZERO) - left
    rules.require_second_person(Step.SETTLE, app, confirmed)
    case.decide(amount=left, reason=reason.strip())
    if released:
        case.book("release", released)
        app.granted = left
        case.mark_row(locked=True, granted=left)
    return case.finish()
