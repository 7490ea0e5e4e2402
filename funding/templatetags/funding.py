"""What project pages and start pages show of the money; ``projects`` itself imports nothing from here."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django import template
from django.db.models import Prefetch
from django.template.context import Context

from funding import permissions
from funding.models import Application, Decision, Pot
from funding.next_step import next_step
from funding.services.case import pot_rows
from members.permissions import Roles
from projects.models import Project

register = template.Library()


@dataclass
class Remainders:
    """What is free in the pots of a year, in euro. ``state`` is the year's, None where it does not exist."""

    state: str | None = None
    by_district: dict[int, Decimal] = field(default_factory=dict)
    pillar_2: Decimal | None = None
    special: list[Pot] = field(default_factory=list)


@register.simple_tag
def pot_remainders(year: int | str | None) -> Remainders:
    """``{% pot_remainders 2026 as free %}``; one query. Anything but a calendar year has no pots."""
    free = Remainders()
    if not str(year or "").isdecimal():
        return free
    pots = Pot.objects.filter(year__year=int(year or 0)).select_related("year").order_by("code")
    for pot in pots:
        free.state = pot.year.state
        if pot.kind == Pot.Kind.PILLAR_1 and pot.district_id:
            free.by_district[pot.district_id] = pot.available
        elif pot.kind == Pot.Kind.PILLAR_2:
            free.pillar_2 = pot.available
        elif pot.kind == Pot.Kind.SPECIAL:
            free.special.append(pot)
    return free


@register.simple_tag(takes_context=True)
def applications_of(context: Context, project: Project) -> Sequence[Application]:
    """The project's applications that this reader may see, oldest first.

    Each has its ``next_step`` and the ``last_reason`` that was given for where it stands.
    Two queries: the applications with their pots, and their decisions.
    """
    found = list(
        Application.objects.visible_to(_roles(context))
        .filter(project=project)
        .select_related("project__lead_district", "pot__year__model", "pot__district", "first_signer__person")
        .prefetch_related(
            Prefetch("decisions", Decision.objects.select_related("actor__person", "resolution__body"))
        )
        .order_by("pk")
    )
    for application in found:
        application.next_step = next_step(application)  # type: ignore[attr-defined]
        last = max(application.decisions.all(), key=lambda d: d.pk, default=None)
        application.last_reason = last.reason if last else ""  # type: ignore[attr-defined]
    return found


@register.simple_tag(takes_context=True)
def may_hand_in(context: Context, project: Project) -> bool:
    """Whether to offer handing in: the lead district's director, and a row of the plan that is still free."""
    if permissions.objection_to_hand_in(_roles(context), project):
        return False
    return (
        project.state in Project.OPEN_TO_EDIT or pot_rows(project).filter(locked=False, amount__gt=0).exists()
    )


def _roles(context: Context) -> Roles:
    return context["request"].roles
