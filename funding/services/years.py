"""Planning and opening a fiscal year with its pots and allotments, and opening special pots."""

from collections.abc import Collection
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from funding import permissions
from funding.errors import NotEligible, TransitionNotAllowed, YearNotOpen
from funding.ledger import lock_pots, post
from funding.models import FiscalYear, FundingModel, GrantTerms, LedgerEntry, Pot
from funding.movements import Movement, tell_of_special_pot, tell_of_year
from funding.rules import checked_amount, value_date
from members.common.money import ZERO, format_euro
from members.common.texts import normal
from members.models import District, User
from members.roles.permissions import Roles


def model_for(year: int) -> FundingModel:
    """Return the latest funding model whose first year has begun by then. Raises YearNotOpen."""
    model = FundingModel.objects.filter(first_year__lte=year).order_by("-first_year").first()
    if model is None:
        raise YearNotOpen(f"Für das Haushaltsjahr {year} gibt es kein Fördermodell.")
    return model


def doubts_about(model: FundingModel, changed: Collection[str] | None = None) -> list[str]:
    """Return sentences, with figures, on what to check twice before this funding model is saved.

    ``changed`` names the fields that differ from the stored row; None stands for a new model.
    A model is frozen once a year was opened on it.
    """
    found = []
    if model.second_signature_from is None and _concerns(changed, "second_signature_from"):
        found.append(
            "Bei „zwei Unterschriften ab“ steht kein Betrag. Dann bewilligt eine Person allein jeden Betrag aus "
            f"Säule 2 ({format_euro(model.pool_allotment)} im Jahr) und aus Sondermitteln."
        )
    before = (
        FundingModel.objects.filter(first_year__lt=model.first_year)
        .exclude(pk=model.pk)
        .order_by("-first_year")
        .first()
    )
    limit = model.second_signature_from
    if limit is not None and _concerns(changed, "second_signature_from", "pool_allotment"):
        lower = before.second_signature_from if before else None
        if limit > model.pool_allotment:
            found.append(
                f"Zwei Unterschriften braucht es erst ab {format_euro(limit)}. In Säule 2 sind im Jahr nur "
                f"{format_euro(model.pool_allotment)}: Jede Bewilligung unterschreibt eine Person allein."
            )
        elif lower is not None and limit > lower:
            found.append(
                f"Zwei Unterschriften braucht es erst ab {format_euro(limit)}, im Modell davor schon ab "
                f"{format_euro(lower)}."
            )
    if before and _concerns(changed, "first_year", *Pot.ALLOTMENTS.values()):
        districts = District.objects.count()
        now, then = _total(model, districts), _total(before, districts)
        if now != then:
            shared = " + ".join(format_euro(allotment) for allotment in _shared(model))
            found.append(
                f"Die Summe eines Jahres ist {districts} × {format_euro(model.district_allotment)} + {shared} = "
                f"{format_euro(now)}. Das sind {format_euro(abs(now - then))} {'mehr' if now > then else 'weniger'} "
                f"als im Modell davor: {before} mit {format_euro(then)}."
            )
    return found


def _concerns(changed: Collection[str] | None, *names: str) -> bool:
    return changed is None or not set(names).isdisjoint(changed)


def _total(model: FundingModel, districts: int) -> Decimal:
    return districts * model.district_allotment + sum(_shared(model), ZERO)


def _shared(model: FundingModel) -> list[Decimal]:
    return [allotment(model, kind) for kind in Pot.CODES]


def allotment(model: FundingModel, kind: str) -> Decimal:
    """Return the euro with which a year of this model opens a pot of the kind."""
    amount: Decimal = getattr(model, Pot.ALLOTMENTS[Pot.Kind(kind)])
    return amount


def preview_year(year: int) -> tuple[FundingModel, list[Pot]]:
    """Return what opening the calendar year creates: its model, and its pots, allotted and not stored.

    Raises YearNotOpen if there is no model.
    """
    model = model_for(year)
    planned = FiscalYear(year=year, model=model)
    own = {"year": planned, "kind": Pot.Kind.PILLAR_1, "allotted": model.district_allotment}
    pots = [Pot(code=f"S1-{d.code}", district=d, **own) for d in District.objects.all()]
    for kind, code in Pot.CODES.items():
        if amount := allotment(model, kind):
            pots.append(Pot(year=planned, kind=kind, code=code, allotted=amount))
    return model, pots


def _require_permission(actor: User, day: date) -> None:
    refusal = "Haushaltsjahre führt die Wirtschaftsförderung."
    if objection := permissions.objection_to_staff_booking(Roles(actor, day), refusal):
        raise objection


def last_year() -> int:
    """Return the latest calendar year that can be planned: the next one."""
    return timezone.localdate().year + 1


def _require_near(year: int) -> None:
    latest = last_year()
    if year > latest:
        raise YearNotOpen(
            f"Das Haushaltsjahr {year} liegt zu weit in der Zukunft. Geöffnet werden kann bis {latest}."
        )


@transaction.atomic
def plan_year(year: int, *, actor: User, on: date | None = None) -> FiscalYear:
    """Create the calendar year with its pots at 0.00 euro; projects can be handed in from then on.

    Raises YearNotOpen beyond the next year, ConflictOfInterest or TransitionNotAllowed.
    """
    day = value_date(on)
    _require_permission(actor, day)
    _require_near(year)
    model, pots = preview_year(year)
    if not model.grant_terms.exists():
        # A new model goes on with the terms of its predecessor, from its first year or from now on.
        GrantTerms.objects.create(
            funding_model=model, since=min(date(year, 1, 1), day), **_terms_before(model)
        )
    try:
        with transaction.atomic():
            fiscal_year = FiscalYear.objects.create(year=year, model=model)
    except IntegrityError:
        raise TransitionNotAllowed(f"Das Haushaltsjahr {year} gibt es schon.") from None
    for pot in pots:
        pot.year, pot.allotted = fiscal_year, ZERO
    Pot.objects.bulk_create(pots)
    tell_of_year(Movement.YEAR_PLANNED, fiscal_year, actor=actor, day=day)
    return fiscal_year


def _terms_before(model: FundingModel) -> dict[str, Any]:
    """Return the settings of the latest terms of earlier funding models; those of a new row if there are none."""
    earlier = GrantTerms.objects.filter(funding_model__first_year__lt=model.first_year)
    latest = earlier.order_by("-funding_model__first_year", "-since").first()
    kept = ("letter_form", "letter_style", "entrustment", "call_months", "list_from", "full_from", "interest")
    return {name: getattr(latest, name) for name in kept} if latest else {}


@transaction.atomic
def open_year(year: int, *, actor: User, on: date | None = None) -> FiscalYear:
    """Open the calendar year and book the allotments of its funding model; plan it first where needed.

    Raises TransitionNotAllowed if the year is open or closed already,
    or if the actor is not Wirtschaftsförderung.
    Raises YearNotOpen beyond the next year, or ConflictOfInterest.
    """
    day = value_date(on)
    _require_permission(actor, day)
    _require_near(year)
    if not FiscalYear.objects.filter(year=year).exists():
        plan_year(year, actor=actor, on=on)
    fiscal_year = FiscalYear.objects.select_for_update().get(year=year)
    if fiscal_year.state != FiscalYear.State.PLANNED:
        raise TransitionNotAllowed(
            f"Das Haushaltsjahr {year} ist schon {fiscal_year.get_state_display()}. Es wurde nichts gebucht."
        )
    model, pots = preview_year(year)
    existing = {p.code: p for p in lock_pots(Pot.objects.filter(year=fiscal_year))}
    for planned in pots:
        # If the model was changed after planning, it may have a pot that planning did not create.
        pot = existing.get(planned.code) or Pot.objects.create(
            year=fiscal_year, kind=planned.kind, code=planned.code, district=planned.district
        )
        if planned.allotted:
            post(
                pot,
                "allot",
                planned.allotted,
                actor=actor,
                value_date=day,
                occasion=LedgerEntry.Occasion.YEAR,
                text=f"Ansatz {year}: {model.name}"[:200],
            )
    fiscal_year.model = model
    fiscal_year.state = FiscalYear.State.OPEN
    fiscal_year.opened_on, fiscal_year.opened_by = day, actor
    fiscal_year.save()
    tell_of_year(Movement.YEAR_OPENED, fiscal_year, actor=actor, day=day)
    return fiscal_year


@transaction.atomic
def open_pot(
    year: int, *, code: str, source: str, amount: Decimal, actor: User, on: date | None = None
) -> Pot:
    """Create a special pot with its named source and book its allotment of ``amount`` euro.

    Raises NotEligible without source or code, YearNotOpen, ConflictOfInterest or TransitionNotAllowed.
    """
    day = value_date(on)
    _require_permission(actor, day)
    code, source = normal(code), normal(source)
    if not source:
        raise NotEligible("Ein Sondertopf braucht eine benannte Geldquelle.")
    if not code:
        raise NotEligible("Ein Sondertopf braucht ein Kürzel, an dem der Finanzierungsplan ihn erkennt.")
    fiscal_year = (
        FiscalYear.objects.select_for_update().filter(year=year, state=FiscalYear.State.OPEN).first()
    )
    if fiscal_year is None:
        raise YearNotOpen(f"Das Haushaltsjahr {year} ist nicht geöffnet.")
    try:
        with transaction.atomic():
            pot = Pot.objects.create(
                year=fiscal_year, kind=Pot.Kind.SPECIAL, code=code, source=source, allotted=ZERO
            )
    except IntegrityError:
        raise TransitionNotAllowed(
            f"Einen Topf mit dem Kürzel {code} gibt es {year} schon.", field="code"
        ) from None
    entry = post(
        pot,
        "allot",
        checked_amount(amount),
        actor=actor,
        value_date=day,
        occasion=LedgerEntry.Occasion.POT,
        text=f"Sondermittel: {source}"[:200],
    )
    tell_of_special_pot(Movement.SPECIAL_OPENED, entry)
    return pot
