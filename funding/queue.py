"""Whose turn it is, as conditions on applications: the queue, the start pages and the filters share them."""

from typing import cast

from django.db.models import Q, QuerySet

from funding.four_eyes import takes_part, worked_on_by
from funding.models import Application, FiscalYear, Pot
from members.models import User
from members.paging import among_the_first
from members.permissions import Roles

S = Application.State


def waits_for_staff() -> Q:
    """Asked for from pillar 2 or a special pot and not decided yet."""
    # The few pots first: their index has what waits in each.
    return Q(state__in=(S.SUBMITTED, S.RESERVED), pot__in=Pot.objects.filter(kind__in=Pot.CENTRAL).order_by())


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
    return Q(state__in=(S.SUBMITTED, S.RETURNED)) & (_resolutions(roles) | _questions(roles))


def _resolutions(roles: Roles) -> Q:
    own = Pot.objects.filter(district_id__in=roles.district_ids, year__state=FiscalYear.State.OPEN)
    return Q(state=S.SUBMITTED, pot__in=own.order_by())


def _questions(roles: Roles) -> Q:
    return Q(state=S.RETURNED, project__lead_district_id__in=roles.district_ids)


def waiting_for_director(roles: Roles, first: int) -> "QuerySet[Application]":
    """So many of them, the longest waiting first."""
    ordered = Application.objects.order_by("waiting_since", "pk")
    resolutions, questions = ordered.filter(_resolutions(roles)), ordered.filter(_questions(roles))
    return ordered.filter(pk__in=among_the_first(resolutions[:first], questions[:first]))[:first]


def waits_for(roles: Roles) -> Q:
    """What waits for this user, whatever their role."""
    return waits_for_signature_of(roles) | waits_for_director(roles)
