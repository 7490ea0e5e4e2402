"""Whose turn it is, as conditions on applications. The queue, the start pages and the filters share them."""

from collections.abc import Collection
from datetime import date
from typing import cast

from django.db.models import Exists, OuterRef, Q

from funding.four_eyes import signature_counts, worked_on_by
from funding.models import Application, FiscalYear, Pot
from funding.models.application import concerning
from funding.permissions import objection_without_person
from members.roles.permissions import Roles
from projects.models import Participation

S = Application.State
NOBODY = Q(pk__in=())


def waits_for_staff() -> Q:
    """Return the condition: asked of pillar 2 or a special pot, and not decided."""
    return Q(state__in=Application.AWAITING, pot__kind__in=Pot.CENTRAL)


def may_sign(roles: Roles) -> bool:
    """Return whether this user can sign at all: Wirtschaftsförderung, with a person behind the account."""
    return roles.is_business_development and objection_without_person(roles) is None


def waits_for_signature(roles: Roles) -> Q:
    """Return the condition on what this member of the Wirtschaftsförderung could sign or approve now.

    Nothing for anybody else.
    The same four-eyes rule as ``permissions.conflict_of_interest``, for a whole list.
    """
    if not may_sign(roles):
        return NOBODY
    waiting = waits_for_staff() & Q(pot__year__state=FiscalYear.State.OPEN) & ~waits_for_answer()
    return waiting & ~Q(state=S.RESERVED, first_signer=roles.user.pk) & of_others(roles)


def waits_for_answer(own: Collection[int] | None = None) -> Q:
    """Return the condition: a further district has to answer first, or one of these (keys).

    The same rule as ``eligibility.conditions``, for a whole list.
    """
    further = Participation.objects.filter(project=OuterRef("project_id"))
    asked = further.asked() if own is None else further.asked().filter(district__in=own)
    return Q(
        ~Exists(further.filter(confirmed_on__isnull=False)),
        Exists(asked),
        state__in=Application.AWAITING,
        pot__kind=Pot.Kind.PILLAR_2,
        project__special_importance="",
    )


def waits_for_second_signature(roles: Roles, day: date) -> Q:
    """Return the condition on what this user could sign as the second person on the day."""
    return Q(state=S.RESERVED) & waits_for_signature(roles) & signature_counts(day)


def of_others(roles: Roles) -> Q:
    """Return the condition on applications that four eyes allow this user to decide on.

    The same rule as ``permissions.took_part``, for a whole list.
    """
    districts = {mandate.district_id for mandate in roles.mandates}
    return ~worked_on_by(cast(int, roles.user.pk)) & ~concerning(districts)


def waits_for_director(own: Collection[int]) -> Q:
    """Return the condition on what waits for the directors of these districts (keys).

    That is a resolution to record on their own pot, or a question on a project that they lead.
    """
    resolution = Q(state=S.SUBMITTED, pot__district__in=own, pot__year__state=FiscalYear.State.OPEN)
    question = Q(state=S.RETURNED, project__lead_district__in=own)
    return resolution | question


def waits_for(roles: Roles) -> Q:
    """Return the condition on what waits for this user, whatever their role."""
    own = roles.district_ids
    return waits_for_signature(roles) | waits_for_director(own) | waits_for_answer(own)
