"""Raising a grant: what is asked for and what is granted, in one step."""

from datetime import date
from decimal import Decimal

from django.db import transaction

from funding import rules, terms
from funding.errors import NotEligible, TransitionNotAllowed
from funding.models import Application, GrantChange, Step
from funding.services.case import Case, begin
from members.common.money import ZERO, format_euro
from members.models import Resolution, User
from members.services import save_resolution


@transaction.atomic
def increase(
    application: Application,
    *,
    to: Decimal,
    reason: str,
    actor: User,
    resolution: Resolution | None = None,
    key: str | None = None,
    seen: str | None = None,
    tied_to: terms.Terms | None = None,
    on: date | None = None,
    confirmed: GrantChange | None = None,
) -> Application:
    """Raise a grant to ``to`` euro, and what is asked for to as much; the difference is committed under the pot's lock.

    At most what the project costs: the district enters higher costs first. While the plan does not balance, the
    project's financing is open and nothing is called.
    Pillar 1 needs a further resolution of the pot's own Lenkungsgremium, pillar 2 one of the jury where the year's
    funding model says so. Its amount is the further euro, not the new sum, so that all resolutions add up to the grant.
    A resolution that is not stored yet is stored here.
    From the model's limit on, judged on the new sum, two people raise it: ``confirmed`` is the request of the other
    (``grant_changes``). The grant is then one of two people: who confirmed becomes the second signer of a grant that
    had one, or who asked where the first signer confirmed.
    ``tied_to`` are costs, periods, proof and conditions (default: as ``terms.raised``).
    Raises PotExhausted, NotEligible, ConflictOfInterest, YearNotOpen, TransitionNotAllowed or AlreadyDone.
    Raises ValidationError for the resolution's own data.
    """
    case = begin(Step.INCREASE, application, actor=actor, on=on, key=key, seen=seen)
    app = case.application
    to = rules.checked_increase(app, to)
    further = to - (app.granted or ZERO)
    reason = rules.require_reason(reason, "Bitte begründen Sie, warum die Bewilligung erhöht wird.")
    rules.require_second_person(Step.INCREASE, app, confirmed, to, case.applications)
    _check_resolution(case, resolution, further)
    rules.require_eligible(app, resolution)
    tied_to = tied_to or _kept_terms(case, to)
    tied_to = terms.checked(tied_to, app, to, case.on) if tied_to else None
    app.requested = max(app.requested, to)
    case.raise_row(to)
    case.decide(amount=to, reason=reason, financing=app.financing, resolution=resolution, terms=tied_to)
    rules.require_free_for_increase(app, case.pot, to)
    case.book("commit", further)
    app.granted = to
    if confirmed and not app.granted_by_two:
        app.second_signer = actor if actor.pk != app.first_signer_id else confirmed.requested_by
    return case.finish()


def _check_resolution(case: Case, resolution: Resolution | None, further: Decimal) -> None:
    """Refuse a resolution that cannot back ``further`` euro, and pillar 1 without one."""
    if resolution is None:
        if case.application.is_pillar_1:
            raise NotEligible(
                "Mehr Geld aus Säule 1 braucht einen weiteren Beschluss des Lenkungsgremiums. Bitte erfassen Sie ihn."
            )
        return
    if resolution.pk is None:
        save_resolution(resolution, actor=case.actor, on=case.on)
    rules.require_backing(case.application.pot, resolution, case.on)
    if not resolution.carried:
        raise NotEligible(
            f"Der Beschluss fand keine Mehrheit ({resolution.votes}): Die Bewilligung bleibt, wie sie ist."
        )
    if further > resolution.amount:
        raise TransitionNotAllowed(
            f"Beschlossen sind weitere {format_euro(resolution.amount)}, gefragt waren {format_euro(further)} mehr; darüber "
            "hinaus kann nichts bewilligt werden.",
            field="amount",
        )


def _kept_terms(case: Case, to: Decimal) -> terms.Terms | None:
    grant = terms.in_force(case.application)
    return terms.raised(grant, case.application, to, case.on) if grant else None
