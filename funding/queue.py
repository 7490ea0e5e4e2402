"""Whose turn it is, as conditions on applications: the queue, the start pages and the filters share them."""

from typing import cast

from django.db.models import Q

from funding.four_eyes import takes_part, worked_on_by
from funding.models import Application, FiscalYear, Pot
from members.models import User
from members.permissions import Roles

S = Application.State


def waits_for_staff() -> Q:
    """Asked for from pillar 2 or a special pot and not decided yet."""
    return Q(state__in=(S.SUBMITTED, S.RESERVED), pot__kind__in=Pot.CENTRAL)


def waits_for_signature_of(roles: Roles) -> Q:
    """What this member of the Wirtschaftsförderung could sign or approve now.

    The same four-eyes rule as ``permissions.conflict_of_interest``, for a whole list in one query.
    """
    if not roles.is_business_development:
        return Q(pk__in=())
    mine = (
        waits_for_staff()
        & Q(pot__year__state=FiscalYear.State.OPEN)
        & ~Q(state=S.RESERVED, first_signer=roles.user.pk)
        & ~worked_on_by(cast(User, roles.user))
    )
    if mandates := {m.district_id for m in roles.mandates}:
        mine &= ~takes_part(mandates)
    return mine


def waits_for_director(roles: Roles) -> Q:
    """A resolution to record on one's own pot, or a question to answer on one's own project."""
    ours = Q(
        state=S.SUBMITTED,
        pot__district_id__in=roles.district_ids,
        pot__year__state=FiscalYear.State.OPEN,
    ) | Q(state=S.RETURNED, project__lead_district_id__in=roles.district_ids)
    # Said before the alternatives, each of which asks another table: so the index of the queue finds the few.
    return Q(state__in=(S.SUBMITTED, S.RETURNED)) & ours


def waits_for(roles: Roles) -> Q:
    """What waits for this user, whatever their role."""
    return waits_for_signature_of(roles) | waits_for_director(roles)
