"""Signing, approving and rejecting an application, and reducing or revoking its grant."""

from datetime import date
from decimal import Decimal

from django.db import transaction

from funding import notices, rules, terms
from funding.errors import ConflictOfInterest, NotEligible, TransitionNotAllowed
from funding.models import Application, GrantChange, Step
from funding.models.decision import NO_MAJORITY
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
    tied_to: terms.Terms | None = None,
    on: date | None = None,
) -> Application:
    """Reserve ``amount`` euro in the pot with the first of two signatures.

    A lapsed first signature is undone before.
    ``tied_to`` are costs, periods, proof and conditions (default: as ``terms.proposed``).
    ``on`` is the value date (default: today).
    Raises PotExhausted, NotEligible, ConflictOfInterest, YearNotOpen, TransitionNotAllowed or AlreadyDone.
    Source: the limit for two signatures in the year's funding model.
    """
    case = begin(Step.SIGN, application, actor=actor, on=on, key=key, seen=seen)
    app = case.application
    amount, reason = rules.checked_grant(app, amount, reason)
    if not rules.needs_second_signature(app, amount, case.applications):
        raise TransitionNotAllowed(
            "Für diesen Betrag genügt eine Unterschrift. Bitte bewilligen Sie den Antrag direkt."
        )
    rules.require_eligible(app, first_signature=True)
    tied_to = _checked_terms(case, tied_to, amount, financing)
    case.decide(amount=amount, reason=reason, financing=financing, terms=tied_to)
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
    """Take back one's own first signature before a second person has signed.

    The reserved euro are free again. A letter about the signature that has not gone out is deleted.
    Raises NotEligible, YearNotOpen, TransitionNotAllowed or AlreadyDone.
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
    tied_to: terms.Terms | None = None,
    on: date | None = None,
) -> Application:
    """Grant ``amount`` euro and commit them in the pot, under the pot's lock.

    Pillar 1 needs a resolution of the pot's own Lenkungsgremium.
    Pillar 2 needs one of the jury where the year's funding model says so.
    No more is granted than was resolved. A resolution without a majority records a rejection instead.
    A resolution that is not stored yet is stored here.
    From the model's limit on, pillar 2 and special pots need a first signature.
    It counts if it is somebody else's who may still sign, and no more is granted than was signed for.
    Granting less than was asked for needs a ``reason``.
    ``tied_to`` are costs, periods, proof and conditions; by default what the first signature kept, or else
    what ``terms.proposed`` says.
    Raises PotExhausted, NotEligible, ConflictOfInterest, YearNotOpen, TransitionNotAllowed or AlreadyDone.
    Raises ValidationError for the resolution's own data.
    Source: council decision of 10.12.2015; the statutes for pillar 1.
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
        rules.require_backing(app.pot, resolution, case.on)
        if not resolution.carried:
            return _reject(case, reason or f"{NO_MAJORITY}{resolution.votes}.", resolution)
    amount, reason = rules.checked_grant(app, amount, reason)
    if resolution and amount > resolution.amount:
        raise TransitionNotAllowed(
            f"Beschlossen sind {format_euro(resolution.amount)}; darüber hinaus kann nichts bewilligt werden."
        )
    _put_signature(case, amount)
    rules.require_eligible(app, resolution)
    tied_to = _checked_terms(case, tied_to, amount, financing)
    case.decide(amount=amount, reason=reason, financing=financing, resolution=resolution, terms=tied_to)
    case.require_available(amount)
    case.unreserve()
    case.book("commit", amount)
    app.granted, app.financing, app.decided_on = amount, financing, case.on
    case.mark_row(locked=True, granted=amount)
    if app.is_pillar_1:
        _confirm_by_resolution(case)
    return case.finish()


def _checked_terms(
    case: Case, given: terms.Terms | None, amount: Decimal, financing: str
) -> terms.Terms | None:
    """Return what the grant is tied to, None before there are settings. Raises TransitionNotAllowed."""
    app = case.application
    if given is None and app.is_signed:
        signature = app.decisions.filter(step=Step.SIGN).latest("pk")
        given = terms.signed(signature) if signature.has_terms else None
    given = given or terms.proposed(app, amount, financing, case.on)
    return terms.checked(given, app, amount, case.on) if given else None


def _put_signature(case: Case, amount: Decimal) -> None:
    """Enter the actor as second or only signer. Raises if a first signature is missing, lapsed or too low."""
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
    """Confirm for a further district whose Lenkungsgremium grants, so its director is not asked again."""
    district = case.application.pot.district
    asked = (p for p in case.rows.participations if district and p.district_id == district.pk)
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
    """Reject an application to pillar 2 or a special pot; the district reads the reason.

    Pillar 1 is rejected by ``approve`` with a resolution without a majority.
    Raises NotEligible, ConflictOfInterest, YearNotOpen, TransitionNotAllowed or AlreadyDone.
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


def _right(proved: bool) -> Step | None:
    """Return the step whose right is enough: settling frees what is not paid, whoever's pot it is."""
    return Step.SETTLE if proved else None


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
    proved: bool = False,
) -> Application:
    """Reduce a grant to ``to`` euro, at least what is paid already; the rest is free in the pot again.

    A grant that two people signed is reduced by two: ``confirmed`` is their request (``grant_changes``).
    ``proved``: an accepted proof of use says so. Then, on every pot, who may settle the grant may do it.
    Raises ConflictOfInterest, YearNotOpen, TransitionNotAllowed or AlreadyDone.
    """
    case = begin(Step.REDUCE, application, actor=actor, on=on, key=key, seen=seen, right=_right(proved))
    app = case.application
    to = rules.left_by(Step.REDUCE, app, case.on, to)
    reason = rules.require_reason(reason, "Bitte begründen Sie, warum die Bewilligung verringert wird.")
    rules.require_second_person(Step.REDUCE, app, confirmed)
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
    proved: bool = False,
) -> Application:
    """Revoke a grant: what is not paid is free at once, what is paid stays committed until it is repaid.

    A grant that two people signed is revoked by two: ``confirmed`` is their request (``grant_changes``).
    ``proved``: an accepted proof of use says so. Then, on every pot, who may settle the grant may do it.
    Raises ConflictOfInterest, YearNotOpen, TransitionNotAllowed or AlreadyDone.
    """
    case = begin(Step.REVOKE, application, actor=actor, on=on, key=key, seen=seen, right=_right(proved))
    app = case.application
    reason = rules.require_reason(reason, "Bitte begründen Sie, warum die Bewilligung widerrufen wird.")
    rules.require_second_person(Step.REVOKE, app, confirmed)
    unpaid = (app.granted or ZERO) - rules.left_by(Step.REVOKE, app, case.on)
    case.decide(reason=reason)
    if unpaid:
        case.book("release", unpaid)
    app.granted, app.decided_on = app.paid, case.on
    case.mark_row(locked=False, granted=ZERO)
    return case.finish()
