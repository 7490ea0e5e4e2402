"""Claiming paid money back, waiving a claim, and booking interest on it."""

from datetime import date
from decimal import Decimal

from django.db import transaction

from funding import rules
from funding.models import Application, GrantChange, Step
from funding.services.carrying import pot_for_late_money
from funding.services.case import begin
from members.models import User


@transaction.atomic
def reclaim(
    application: Application,
    *,
    amount: Decimal,
    reason: str,
    actor: User,
    key: str | None = None,
    seen: str | None = None,
    on: date | None = None,
    confirmed: GrantChange | None = None,
) -> Application:
    """Decide that ``amount`` of the paid euro must come back. Nothing is booked before they do (``repay``).

    Until then the grant is neither settled nor raised, and nothing more of it is called.
    Of a grant that two people signed two claim back: ``confirmed`` is the request of the other (``grant_changes``).
    Once it is revoked one is enough.
    Raises ConflictOfInterest, YearNotOpen, TransitionNotAllowed or AlreadyDone.
    """
    case = begin(Step.RECLAIM, application, actor=actor, on=on, key=key, seen=seen)
    app = case.application
    amount = rules.checked_claim(app, amount)
    reason = rules.require_reason(reason, "Bitte begründen Sie, warum Geld zurückgefordert wird.")
    rules.require_second_person(Step.RECLAIM, app, confirmed)
    case.decide(amount=amount, reason=reason)
    app.reclaimed += amount
    return case.finish()


@transaction.atomic
def waive(
    application: Application,
    *,
    amount: Decimal,
    reason: str,
    actor: User,
    key: str | None = None,
    seen: str | None = None,
    on: date | None = None,
    confirmed: GrantChange | None = None,
) -> Application:
    """Waive ``amount`` euro of what is claimed back: they stay with the recipient, and nothing is booked.

    Always two people: ``confirmed`` is the request of the other (``grant_changes``).
    Raises ConflictOfInterest, YearNotOpen, TransitionNotAllowed or AlreadyDone.
    """
    case = begin(Step.WAIVE, application, actor=actor, on=on, key=key, seen=seen)
    app = case.application
    amount = rules.checked_waiver(app, amount)
    reason = rules.require_reason(reason, "Bitte begründen Sie, warum auf die Rückforderung verzichtet wird.")
    rules.require_second_person(Step.WAIVE, app, confirmed)
    case.decide(amount=amount, reason=reason)
    app.reclaimed -= amount
    return case.finish()


@transaction.atomic
def book_interest(
    application: Application,
    *,
    amount: Decimal,
    actor: User,
    reason: str = "",
    key: str | None = None,
    seen: str | None = None,
    on: date | None = None,
) -> Application:
    """Book ``amount`` euro of interest that came in: the pot has so much more to spend; the grant stays as it is.

    Once the year of the pot is closed, the same pot of the next open year has it.
    It is at most what the rooms that compute interest say (``hooks.interest``).
    Raises ConflictOfInterest, YearNotOpen, TransitionNotAllowed or AlreadyDone.
    """
    case = begin(Step.INTEREST, application, actor=actor, on=on, key=key, seen=seen)
    app = case.application
    amount = rules.checked_interest(app, amount, case.on)
    into = pot_for_late_money(app) if app.booking_pot.year.is_closed else None
    case.decide(amount=amount, reason=reason.strip(), into=into)
    case.book("supplement", amount, pot=case.into)
    return case.finish()


@transaction.atomic
def forgo_interest(
    application: Application,
    *,
    amount: Decimal,
    reason: str,
    actor: User,
    key: str | None = None,
    seen: str | None = None,
    on: date | None = None,
    confirmed: GrantChange | None = None,
) -> Application:
    """Waive ``amount`` euro of the interest that is computed and open. Nothing is booked.

    Always two people: ``confirmed`` is the request of the other (``grant_changes``).
    Raises ConflictOfInterest, YearNotOpen, TransitionNotAllowed or AlreadyDone.
    """
    case = begin(Step.FORGO, application, actor=actor, on=on, key=key, seen=seen)
    app = case.application
    amount = rules.checked_interest(app, amount, case.on)
    reason = rules.require_reason(reason, "Bitte begründen Sie, warum auf die Zinsen verzichtet wird.")
    rules.require_second_person(Step.FORGO, app, confirmed)
    case.decide(amount=amount, reason=reason)
    return case.finish()
