from datetime import date
from decimal import Decimal

from funding import eligibility, notices
from funding.errors import ConflictOfInterest, NotEligible, TransitionNotAllowed
from funding.models import Application, Decision, GrantChange, Pot, Step
from funding.services.case import Case, First, checked_amount, proved, require_reason
from funding.services.lessening import left_by, require_second_person
from members.models import Resolution, User
from projects import services as project_services
from projects.money import ZERO, format_euro


def granted_centrally(application: Application, siblings: list[Application]) -> Decimal:
    """What the project was granted (or has reserved) from pillar 2 and special pots besides this, in euro."""
    others = (a for a in siblings if a.pk != application.pk and a.pot.kind in Pot.CENTRAL)
    return sum(((a.granted or ZERO) + a.reserved for a in others), ZERO)


def needs_second_signature(
    application: Application, amount: Decimal, siblings: list[Application] | None = None
) -> bool:
    """At or above the model's amount for the project's whole sum from pillar 2 and special pots."""
    limit = application.pot.year.model.second_signature_from
    if limit is None or application.pot.kind not in Pot.CENTRAL:
        return False
    if siblings is None:
        siblings = list(application.project.applications.select_related("pot"))
    return granted_centrally(application, siblings) + amount >= limit


def _check_amount(application: Application, amount: Decimal, reason: str) -> tuple[Decimal, str]:
    amount = checked_amount(amount)
    if amount > application.requested:
        raise TransitionNotAllowed(
            f"Beantragt sind {format_euro(application.requested)}; mehr als beantragt kann nicht bewilligt werden."
        )
    reason = reason.strip()
    if amount < application.requested:
        reason = require_reason(
            reason, "Sie bewilligen weniger als beantragt. Bitte begründen Sie das; der Stadtbezirk liest es."
        )
    return amount, reason


def _require_eligible(case: Case, resolution: Resolution | None, *, first_signature: bool = False) -> None:
    for item in eligibility.conditions(
        case.application, resolution=resolution, first_signature=first_signature
    ):
        if not item.met:
            raise NotEligible(f"Noch nicht förderfähig: {item.text} {item.remedy}")


def _check_resolution(case: Case, resolution: Resolution) -> None:
    if objection := eligibility.objection_to_body(case.pot, resolution.body):
        raise NotEligible(objection)
    if resolution.date > case.on:
        raise NotEligible("Die Sitzung liegt nach dem Tag der Entscheidung. Bitte das Datum prüfen.")
    objection = eligibility.objection_to_meeting(resolution.body, resolution.date, case.pot.year.year)
    if objection:
        raise NotEligible(objection)
    if Decision.objects.filter(resolution=resolution).exists():
        raise NotEligible(
            "Dieser Beschluss trägt schon eine andere Entscheidung. Bitte einen neuen erfassen."
        )


@proved
def sign(
    application: Application,
    *,
    amount: Decimal,
    actor: User,
    reason: str = "",
    financing: str = "fixed",
    on: date | None = None,
    first: First | None = None,
) -> Application:
    """First of two signatures: reserves ``amount`` euro in the pot. A former one that does not count is undone.

    Raises PotExhausted, NotEligible, ConflictOfInterest, YearNotOpen or TransitionNotAllowed.
    """
    case = Case.read(Step.SIGN, application, actor=actor, on=on, first=first)
    case.require_open_year()
    amount, reason = _check_amount(case.application, amount, reason)
    if not needs_second_signature(case.application, amount, case.siblings):
        raise TransitionNotAllowed(
            "Für diesen Betrag genügt eine Unterschrift. Bitte bewilligen Sie den Antrag direkt."
        )
    _require_eligible(case, None, first_signature=True)
    with case.locked(amount=amount, reason=reason, financing=financing):
        case.require_available(amount)
        case.book("reserve", amount)
        case.application.reserved = amount
        case.application.first_signer = actor
        case.application.financing = financing
        case.application.waiting_since = case.on
        return case.finish()


@proved
def retract_signature(
    application: Application,
    *,
    actor: User,
    reason: str = "",
    on: date | None = None,
    first: First | None = None,
) -> Application:
    """The first signer takes back a signature that nobody has answered; the reserved euro are free again.

    Raises ConflictOfInterest, YearNotOpen or TransitionNotAllowed.
    """
    case = Case.read(Step.UNSIGN, application, actor=actor, on=on, first=first)
    app = case.application
    signature = app.decisions.filter(step=Step.SIGN).latest("pk")
    handed_in = app.decisions.filter(step__in=(Step.SUBMIT, Step.RESUBMIT)).latest("pk")
    with case.locked(amount=app.reserved, reason=reason.strip()):
        case.unreserve()
        app.first_signer = None
        app.waiting_since = handed_in.on
        notices.forget(signature)
        return case.finish()


@proved
def approve(
    application: Application,
    *,
    amount: Decimal,
    actor: User,
    resolution: Resolution | None = None,
    reason: str = "",
    financing: str = "fixed",
    on: date | None = None,
    first: First | None = None,
) -> Application:
    """Grant ``amount`` euro and commit it in the pot; what is free is checked under the pot's lock.

    Pillar 1 needs the resolution of the pot's own Lenkungsgremium, pillar 2 the jury's where the year's model
    says so, up to the resolved amount; a resolution without a majority records a rejection instead. Pillar 2 and special pots at or above the model's limit
    need a first signature by somebody else, who may still sign, and whose amount is the ceiling. A reason is
    required below the amount asked for. Raises PotExhausted, NotEligible, ConflictOfInterest, YearNotOpen, TransitionNotAllowed.
    """
    case = Case.read(Step.APPROVE, application, actor=actor, on=on, first=first)
    app = case.application
    case.require_open_year()
    if resolution:
        _check_resolution(case, resolution)
        if not resolution.carried:
            return _reject(case, reason or f"Ohne Mehrheit: {resolution.votes}.", resolution)
    elif app.is_pillar_1:
        raise NotEligible(
            "Säule 1 wird durch einen Beschluss des Lenkungsgremiums bewilligt. Bitte erfassen Sie ihn."
        )
    amount, reason = _check_amount(app, amount, reason)
    if resolution and amount > resolution.amount:
        raise TransitionNotAllowed(
            f"Beschlossen sind {format_euro(resolution.amount)}; darüber hinaus kann nichts bewilligt werden."
        )
    if app.is_signed:
        if amount > app.reserved:
            raise TransitionNotAllowed(
                f"Die erste Unterschrift gilt für {format_euro(app.reserved)}. Die zweite kann den Betrag "
                "senken, nicht erhöhen. Für mehr geben Sie den Antrag bitte zurück."
            )
        app.second_signer = actor
    elif needs_second_signature(app, amount, case.siblings):
        if app.lapsed:
            raise ConflictOfInterest(
                f"Die erste Unterschrift gilt nicht mehr: {app.first_signer} {app.lapsed}. Bitte zeichnen Sie neu "
                "als erste Person; eine zweite zeichnet dann mit."
            )
        raise TransitionNotAllowed(
            f"Ab {format_euro(case.pot.year.model.second_signature_from or ZERO)} für ein Projekt sind zwei "
            "Unterschriften nötig. Bitte leisten Sie zuerst die erste Unterschrift."
        )
    else:
        app.first_signer = actor
    _require_eligible(case, resolution)
    with case.locked(amount=amount, reason=reason, financing=financing, resolution=resolution):
        case.require_available(amount)
        case.unreserve()
        case.book("commit", amount)
        app.granted, app.financing, app.decided_on = amount, financing, case.on
        case.mark_row(locked=True, granted=amount)
        if app.is_pillar_1:
            _confirm_by_resolution(case)
        return case.finish()


def _confirm_by_resolution(case: Case) -> None:
    """A further district whose Lenkungsgremium grants its share takes part; nobody asks its director again."""
    district = case.pot.district
    asked = (p for p in case.rows.participations if p.district_id == case.pot.district_id)
    if district and any(p.confirmed_on is None for p in asked):
        project_services.confirm_participation(case.project, district=district, actor=case.actor, on=case.on)


def _reject(case: Case, reason: str, resolution: Resolution | None = None) -> Application:
    case.step = Step.REJECT
    if case.application.lapsed:
        case.application.first_signer = None
    with case.locked(reason=reason, resolution=resolution):
        case.unreserve()
        case.application.decided_on = case.on
        case.mark_row(locked=False, granted=ZERO)
        return case.finish()


@proved
def reject(
    application: Application, *, reason: str, actor: User, on: date | None = None, first: First | None = None
) -> Application:
    """Refuse an application on pillar 2 or a special pot; the reason is sent to the district.

    For pillar 1 the Lenkungsgremium decides: ``approve`` with a resolution without majority.
    """
    case = Case.read(Step.REJECT, application, actor=actor, on=on, first=first)
    case.require_open_year()
    reason = require_reason(reason, "Eine Ablehnung braucht eine Begründung; der Stadtbezirk liest sie.")
    return _reject(case, reason)


@proved
def reduce(
    application: Application,
    *,
    to: Decimal,
    reason: str,
    actor: User,
    on: date | None = None,
    first: First | None = None,
    confirmed: GrantChange | None = None,
) -> Application:
    """Correct a grant downwards to ``to`` euro, not below what is paid; the rest is free again.

    What two people signed, one asks for and another confirms (``grant_changes``).
    """
    case = Case.read(Step.REDUCE, application, actor=actor, on=on, first=first)
    app = case.application
    case.require_open_year()
    to = left_by(Step.REDUCE, app, to)
    assert app.granted is not None
    reason = require_reason(reason, "Bitte begründen Sie, warum die Bewilligung verringert wird.")
    require_second_person(app, confirmed)
    with case.locked(amount=to, reason=reason):
        case.book("release", app.granted - to)
        app.granted = to
        case.mark_row(locked=True, granted=to)
        return case.finish()


@proved
def revoke(
    application: Application,
    *,
    reason: str,
    actor: User,
    on: date | None = None,
    first: First | None = None,
    confirmed: GrantChange | None = None,
) -> Application:
    """Take a grant back. What is not paid is free at once; what is paid stays bound until it is repaid.

    What two people signed, one asks for and another confirms (``grant_changes``).
    """
    case = Case.read(Step.REVOKE, application, actor=actor, on=on, first=first)
    app = case.application
    case.require_open_year()
    reason = require_reason(reason, "Bitte begründen Sie, warum die Bewilligung widerrufen wird.")
    require_second_person(app, confirmed)
    assert app.granted is not None
    with case.locked(reason=reason):
        case.require_open_year()  # what is paid in full books nothing, which would ask for it
        if app.granted > app.paid:
            case.book("release", app.granted - app.paid)
        app.granted = app.paid
        app.decided_on = case.on
        case.mark_row(locked=False, granted=ZERO)
        return case.finish()
