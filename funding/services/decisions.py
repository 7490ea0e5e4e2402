"""Signing, granting, refusing, and making a grant less: each step from top to bottom."""

from datetime import date
from decimal import Decimal

from django.db import transaction

from funding import notices, rules
from funding.errors import ConflictOfInterest, NotEligible, TransitionNotAllowed
from funding.models import Application, GrantChange, Step
from funding.services.case import Case, begin
from members.common.money import ZERO, format_euro
from members.models import Resolution, User
from members.services import save_resolution
from projects import services as project_services


@transaction.atomic
def sign(
    application: Application,
    *,
    amount: Decimal,
    actor: User,
    key: str | None = None,
    seen: str | None = None,
    reason: str = "",
    financing: str = "fixed",
    on: date | None = None,
) -> Application:
    """Reserve ``amount`` euro in the pot by the first of two signatures. A former one that does not count is undone.

    Raises PotExhausted, NotEligible, ConflictOfInterest, YearNotOpen or TransitionNotAllowed.
    """
    case = begin(Step.SIGN, application, actor=actor, on=on, key=key, seen=seen)
    app = case.application
    amount, reason = rules.checked_grant(app, amount, reason)
    if not rules.needs_second_signature(app, amount, case.applications):
        raise TransitionNotAllowed(
            "Für diesen Betrag genügt eine Unterschrift. Bitte bewilligen Sie den Antrag direkt."
        )
    rules.require_eligible(app, first_signature=True)
    case.decide(amount=amount, reason=reason, financing=financing)
    case.require_available(amount)
    case.book("reserve", amount)
    app.reserved, app.financing = amount, financing
    app.first_signer, app.waiting_since = actor, case.on
    return case.finish()


@transaction.atomic
def retract_signature(
    application: Application,
    *,
    actor: User,
    key: str | None = None,
    seen: str | None = None,
    reason: str = "",
    on: date | None = None,
) -> Application:
    """Take back the first signature, which nobody has answered; the reserved euro are free again.

    Raises ConflictOfInterest, YearNotOpen or TransitionNotAllowed.
    """
    case = begin(Step.UNSIGN, application, actor=actor, on=on, key=key, seen=seen)
    app = case.application
    signature = app.decisions.filter(step=Step.SIGN).latest("pk")
    handed_in = app.decisions.filter(step__in=(Step.SUBMIT, Step.RESUBMIT)).latest("pk")
    case.decide(amount=app.reserved, reason=reason.strip())
    case.unreserve()
    app.first_signer = None
    app.waiting_since = handed_in.on
    notices.forget(signature)
    return case.finish()


@transaction.atomic
def approve(
    application: Application,
    *,
    amount: Decimal,
    actor: User,
    key: str | None = None,
    seen: str | None = None,
    resolution: Resolution | None = None,
    reason: str = "",
    financing: str = "fixed",
    on: date | None = None,
) -> Application:
    """Grant ``amount`` euro and commit them in the pot; what is free is checked under the pot's lock.

    Pillar 1 needs the resolution of the pot's own Lenkungsgremium, pillar 2 the jury's where the year's model says
    so, up to the resolved amount. A resolution without a majority records a rejection instead. One that is not
    stored yet is written here.
    Pillar 2 and special pots at or above the model's limit need a first signature by somebody else who may
    still sign; its amount is the ceiling.
    A reason is required below the amount asked for.
    Raises PotExhausted, NotEligible, ConflictOfInterest, YearNotOpen, TransitionNotAllowed; ValidationError for
    the resolution's own data. Source: council decision of 10.12.2015; the statutes for pillar 1.
    """
    case = begin(Step.APPROVE, application, actor=actor, on=on, key=key, seen=seen)
    app = case.application
    if resolution is None:
        if app.is_pillar_1:
            raise NotEligible(
                "Säule 1 wird durch einen Beschluss des Lenkungsgremiums bewilligt. Bitte erfassen Sie ihn."
            )
    else:
        if resolution.pk is None:
            save_resolution(resolution, actor=actor, on=case.on)
        rules.require_backing(case.pot, resolution, case.on)
        if not resolution.carried:
            return _reject(case, reason or f"Ohne Mehrheit: {resolution.votes}.", resolution)
    amount, reason = rules.checked_grant(app, amount, reason)
    if resolution and amount > resolution.amount:
        raise TransitionNotAllowed(
            f"Beschlossen sind {format_euro(resolution.amount)}; darüber hinaus kann nichts bewilligt werden."
        )
    _put_signature(case, amount)
    rules.require_eligible(app, resolution)
    case.decide(amount=amount, reason=reason, financing=financing, resolution=resolution)
    case.require_available(amount)
    case.unreserve()
    case.book("commit", amount)
    app.granted, app.financing, app.decided_on = amount, financing, case.on
    case.mark_row(locked=True, granted=amount)
    if app.is_pillar_1:
        _confirm_by_resolution(case)
    return case.finish()


def _put_signature(case: Case, amount: Decimal) -> None:
    """Note who signs: as the second person, or as the only one where the amount needs no more."""
    app = case.application
    if app.is_signed:
        if amount > app.reserved:
            raise TransitionNotAllowed(
                f"Die erste Unterschrift gilt für {format_euro(app.reserved)}. Die zweite kann den Betrag "
                "senken, nicht erhöhen. Für mehr geben Sie den Antrag bitte zurück."
            )
        app.second_signer = case.actor
        return
    if not rules.needs_second_signature(app, amount, case.applications):
        app.first_signer = case.actor
        return
    if app.lapsed:
        raise ConflictOfInterest(
            f"Die erste Unterschrift gilt nicht mehr: {app.first_signer} {app.lapsed}. Bitte zeichnen Sie neu "
            "als erste Person; eine zweite zeichnet dann mit."
        )
    raise TransitionNotAllowed(
        f"Ab {format_euro(case.pot.year.model.second_signature_from or ZERO)} für ein Projekt sind zwei "
        "Unterschriften nötig. Bitte leisten Sie zuerst die erste Unterschrift."
    )


def _confirm_by_resolution(case: Case) -> None:
    """A further district whose Lenkungsgremium grants its share takes part; nobody asks its director again."""
    district = case.pot.district
    asked = (p for p in case.rows.participations if p.district_id == case.pot.district_id)
    if district and any(p.confirmed_on is None for p in asked):
        project_services.confirm_participation(case.project, district=district, actor=case.actor, on=case.on)


@transaction.atomic
def reject(
    application: Application,
    *,
    reason: str,
    actor: User,
    key: str | None = None,
    seen: str | None = None,
    on: date | None = None,
) -> Application:
    """Refuse an application on pillar 2 or a special pot; the reason is sent to the district.

    For pillar 1 the Lenkungsgremium decides: ``approve`` with a resolution without majority.
    """
    case = begin(Step.REJECT, application, actor=actor, on=on, key=key, seen=seen)
    reason = rules.require_reason(
        reason, "Eine Ablehnung braucht eine Begründung; der Stadtbezirk liest sie."
    )
    return _reject(case, reason)


def _reject(case: Case, reason: str, resolution: Resolution | None = None) -> Application:
    case.step, app = Step.REJECT, case.application
    if app.lapsed:
        app.first_signer = None
    case.decide(reason=reason, resolution=resolution)
    case.unreserve()
    app.decided_on = case.on
    case.mark_row(locked=False, granted=ZERO)
    return case.finish()


@transaction.atomic
def reduce(
    application: Application,
    *,
    to: Decimal,
    reason: str,
    actor: User,
    key: str | None = None,
    seen: str | None = None,
    on: date | None = None,
    confirmed: GrantChange | None = None,
) -> Application:
    """Correct a grant downwards to ``to`` euro, not below what is paid; the rest is free again.

    What two people signed, one asks for and another confirms (``grant_changes``).
    """
    case = begin(Step.REDUCE, application, actor=actor, on=on, key=key, seen=seen)
    app = case.application
    to = rules.left_by(Step.REDUCE, app, to)
    reason = rules.require_reason(reason, "Bitte begründen Sie, warum die Bewilligung verringert wird.")
    rules.require_second_person(app, confirmed)
    case.decide(amount=to, reason=reason)
    case.book("release", (app.granted or ZERO) - to)
    app.granted = to
    case.mark_row(locked=True, granted=to)
    return case.finish()


@transaction.atomic
def revoke(
    application: Application,
    *,
    reason: str,
    actor: User,
    key: str | None = None,
    seen: str | None = None,
    on: date | None = None,
    confirmed: GrantChange | None = None,
) -> Application:
    """Take a grant back. What is not paid is free at once; what is paid stays bound until it is repaid.

    What two people signed, one asks for and another confirms (``grant_changes``).
    """
    case = begin(Step.REVOKE, application, actor=actor, on=on, key=key, seen=seen)
    app = case.application
    reason = rules.require_reason(reason, "Bitte begründen Sie, warum die Bewilligung widerrufen wird.")
    rules.require_second_person(app, confirmed)
    case.decide(reason=reason)
    unpaid = (app.granted or ZERO) - app.paid
    if unpaid:
        case.book("release", unpaid)
    app.granted, app.decided_on = app.paid, case.on
    case.mark_row(locked=False, granted=ZERO)
    return case.finish()
