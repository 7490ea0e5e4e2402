"""Transfers between pots of one year: one person asks with a reason, another confirms."""

from datetime import date
from decimal import Decimal

from django.db import transaction

from funding import permissions
from funding.errors import NotEligible, TransitionNotAllowed
from funding.ledger import post
from funding.models import FundingModel, Pot, Transfer
from funding.movements import Movement, tell_of_transfer
from funding.rules import checked_amount, require_first_person, require_free, require_reason, value_date
from funding.services.case import lock_open
from members.models import User
from members.roles.permissions import Roles

K = Pot.Kind

#: (from kind, to kind) -> the setting of the funding model that allows it.
#: Special pots are missing on purpose: their money is never mixed with the pillars.
ROUTES: dict[tuple[str, str], str] = {
    (K.PILLAR_1, K.PILLAR_2): "transfer_pillar_1_to_2",
    (K.PILLAR_2, K.PILLAR_1): "transfer_pillar_2_to_1",
    (K.OVERHEAD, K.PILLAR_2): "transfer_overhead_to_pillar_2",
    (K.PILLAR_2, K.OVERHEAD): "transfer_pillar_2_to_overhead",
}


def routes(model: FundingModel) -> list[tuple[str, str]]:
    """Return the pairs of kinds (from, to) between which the year's funding model allows transfers."""
    return [route for route, setting in ROUTES.items() if getattr(model, setting)]


def _require_route(from_pot: Pot, to_pot: Pot) -> None:
    if from_pot.year_id != to_pot.year_id:
        raise NotEligible("Umgebucht wird nur zwischen Töpfen desselben Haushaltsjahres.")
    if K.SPECIAL in (from_pot.kind, to_pot.kind):
        raise NotEligible("Sondermittel sind zweckgebunden und werden nie mit anderen Töpfen vermischt.")
    model = from_pot.year.model
    if (from_pot.kind, to_pot.kind) not in routes(model):
        raise NotEligible(
            f"Das Fördermodell „{model.name}“ erlaubt keine Umbuchung von {from_pot.get_kind_display()} nach "
            f"{to_pot.get_kind_display()}."
        )


@transaction.atomic
def request_transfer(
    from_pot: Pot, to_pot: Pot, *, amount: Decimal, reason: str, actor: User, on: date | None = None
) -> Transfer:
    """Ask for a transfer of ``amount`` euro; they are reserved in ``from_pot`` until a second person decides.

    Raises NotEligible, PotExhausted, ConflictOfInterest, YearNotOpen or TransitionNotAllowed.
    """
    day = value_date(on)
    amount = checked_amount(amount)
    reason = require_reason(reason, "Bitte begründen Sie die Umbuchung.")
    pots = {pot.pk: pot for pot in lock_open(Pot.objects.filter(pk__in=(from_pot.pk, to_pot.pk)))}
    source, target = pots[from_pot.pk], pots[to_pot.pk]
    if objection := permissions.objection_to_transfer(Roles(actor, day), source, target):
        raise objection
    _require_route(source, target)
    require_free(source, amount, remedy="Bitte einen kleineren Betrag umbuchen.")
    transfer = Transfer.objects.create(
        from_pot=source, to_pot=target, amount=amount, reason=reason, requested_by=actor, requested_on=day
    )
    _post(source, "reserve", transfer, actor, day, f"nach {target}, wartet auf zweite Person")
    tell_of_transfer(Movement.TRANSFER_ASKED, transfer, actor=actor, day=day)
    return transfer


@transaction.atomic
def confirm_transfer(transfer: Transfer, *, actor: User, on: date | None = None) -> Transfer:
    """Confirm a transfer as the second person and book it in both pots.

    Raises ConflictOfInterest for whoever asked, and if that person may no longer transfer.
    Raises YearNotOpen or TransitionNotAllowed.
    """
    current, source, target, day = _open(transfer, on)
    if objection := permissions.objection_to_confirm_transfer(Roles(actor, day), current):
        raise objection
    require_first_person(
        current.requested_by,
        permissions.objection_to_transfer(Roles(current.requested_by, day), source, target),
        what="nicht mehr umbuchen",
        instead="lehnen Sie diese Umbuchung ab und beantragen Sie sie neu.",
    )
    _post(source, "unreserve", current, actor, day, f"nach {target}")
    _post(source, "transfer_out", current, actor, day, f"nach {target}")
    _post(target, "transfer_in", current, actor, day, f"von {source}")
    current.decide(Transfer.State.CONFIRMED, actor=actor, on=day)
    tell_of_transfer(Movement.TRANSFERRED, current, actor=actor, day=day)
    return current


@transaction.atomic
def refuse_transfer(transfer: Transfer, *, reason: str, actor: User, on: date | None = None) -> Transfer:
    """Refuse a transfer; its euro are free again. Whoever asked takes it back this way.

    Raises ConflictOfInterest, YearNotOpen or TransitionNotAllowed.
    """
    current, source, target, day = _open(transfer, on)
    if objection := permissions.objection_to_transfer(Roles(actor, day), source, target):
        raise objection
    reason = require_reason(reason, "Bitte begründen Sie, warum nicht umgebucht wird.")
    _post(source, "unreserve", current, actor, day, f"nach {target}, nicht gebucht")
    current.decide(Transfer.State.REFUSED, actor=actor, on=day, refusal=reason)
    tell_of_transfer(Movement.TRANSFER_REFUSED, current, actor=actor, day=day)
    return current


def _open(transfer: Transfer, on: date | None) -> tuple[Transfer, Pot, Pot, date]:
    """Lock the transfer, then both pots in the order of their keys; return them and the value date.

    Raises TransitionNotAllowed unless the transfer waits for a decision, YearNotOpen unless its year is open.
    """
    day = value_date(on)
    current = (
        Transfer.objects.select_for_update(of=("self",)).select_related("requested_by").get(pk=transfer.pk)
    )
    pots = {p.pk: p for p in lock_open(Pot.objects.filter(pk__in=(current.from_pot_id, current.to_pot_id)))}
    current.from_pot, current.to_pot = pots[current.from_pot_id], pots[current.to_pot_id]
    if sentence := current.objection_on(day):
        raise TransitionNotAllowed(sentence)
    return current, current.from_pot, current.to_pot, day


def _post(pot: Pot, kind: str, transfer: Transfer, actor: User, day: date, text: str) -> None:
    post(
        pot,
        kind,
        transfer.amount,
        actor=actor,
        value_date=day,
        transfer=transfer,
        text=f"{transfer} {text}"[:200],
    )
