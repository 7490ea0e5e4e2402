"""Whose turn it is, as conditions on applications: the queue, the start pages and the filters share them."""

from collections.abc import Collection
from datetime import date

from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet

from funding.four_eyes import signature_counts, worked_on_by
from funding.models import Application, FiscalYear, Pot
from funding.models.application import concerning
from funding.permissions import objection_without_person
from members.permissions import Roles

S = Application.State
NOBODY = Q(pk__in=())


def waits_for_staff() -> Q:
    """Asked for from pillar 2 or a special pot and not decided yet."""
    return Q(state__in=(S.SUBMITTED, S.RESERVED), pot__kind__in=Pot.CENTRAL)


def waits_for_signature(user: int | None, mandates: Collection[int] | None) -> Q:
    """What this member of the Wirtschaftsförderung could sign or approve now; nothing for who may not sign (None).

    The same four-eyes rule as ``permissions.conflict_of_interest``, for a whole list in one query. ``mandates``: the
    districts in which they hold one, None without.
    """
    if user is None:
        return NOBODY
    waiting = waits_for_staff() & Q(pot__year__state=FiscalYear.State.OPEN)
    return waiting & ~Q(state=S.RESERVED, first_signer=user) & of_others(user, mandates)


def waits_for_second_signature(user: int | None, mandates: Collection[int] | None, day: date) -> Q:
    """What of that somebody else has signed first, who still may."""
    if user is None:
        return NOBODY
    in_open = Q(pot__kind__in=Pot.CENTRAL, pot__year__state=FiscalYear.State.OPEN)
    signed = Q(state=S.RESERVED) & in_open & ~Q(first_signer=user)
    return signed & of_others(user, mandates) & signature_counts(day)


def of_others(user: int, mandates: Collection[int] | None) -> Q:
    """Applications that four eyes leave to this user: ``permissions.took_part`` for a list."""
    return ~worked_on_by(user) if mandates is None else ~worked_on_by(user) & ~concerning(mandates)


def waits_for_director(own: Collection[int]) -> Q:
    """A resolution to record on a pot of these districts, or a question to answer on a project of theirs."""
    resolution = Q(state=S.SUBMITTED, pot__district__in=own, pot__year__state=FiscalYear.State.OPEN)
    question = Q(state=S.RETURNED, project__lead_district__in=own)
    return resolution | question


def waiting_for_director(own: Collection[int], first: int | None = None) -> "QuerySet[Application]":
    """So many of them or all, the longest waiting first."""
    return Application.objects.filter(waits_for_director(own)).order_by("waiting_since", "pk")[:first]


#: Who signs, their mandates' districts, and the districts that they direct; None where there is nothing of it.
Turn = tuple[int | None, Collection[int] | None, Collection[int] | None]


def turn_of(roles: Roles) -> Turn:
    may_sign = roles.is_business_development and objection_without_person(roles) is None
    signs = roles.user.pk if may_sign else None
    return signs, {m.district_id for m in roles.mandates} or None, roles.district_ids or None


def whose_turn(signs: int | None, mandates: Collection[int] | None, own: Collection[int] | None) -> Q:
    """What waits for one user, whatever their role: their ``turn_of``."""
    return waits_for_signature(signs, mandates) | (NOBODY if own is None else waits_for_director(own))


def waits_for(roles: Roles) -> Q:
    return whose_turn(*turn_of(roles))


def is_turn_of(roles: Roles) -> ExpressionWrapper:
    """Return ``waits_for`` as a column of each row."""
    return ExpressionWrapper(waits_for(roles), output_field=BooleanField())
