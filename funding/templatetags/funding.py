"""What project pages and start pages show of the money. ``projects`` imports nothing of ``funding``."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django import template
from django.db.models import Exists, OuterRef, Q, Subquery
from django.template.context import Context
from django.utils import timezone

from funding import permissions, transitions
from funding.four_eyes import signature_lapsed
from funding.models import Application, Decision, FiscalYear, GrantChange, Pot, Step, Transfer
from funding.turn import may_sign, of_others, waits_for
from funding.who_acts_next import next_step, read_turns
from members.common.keys import is_key
from members.common.money import ZERO
from members.common.templatetags.look import badge
from members.models import District
from members.roles.permissions import Roles
from projects.models import FinancingItem, Project

register = template.Library()


@register.inclusion_tag("parts/badge.html")
def application_badge(application: Any) -> dict[str, str]:
    """Show the badge of an application's state, or that its first signature has lapsed (``sign_anew``)."""
    if application.sign_anew:
        return {"look": "wait", "symbol": "pen", "label": "neu zu zeichnen"}
    return badge(application)


@dataclass
class Remainders:
    """The free euro in the pots of a year. ``state`` is the fiscal year's; None if there is none."""

    state: str | None = None
    by_district: dict[int, Decimal] = field(default_factory=dict)
    #: What is free in the pots that a year has once, by their kind.
    shared: dict[str, Decimal] = field(default_factory=dict)
    special: list[Pot] = field(default_factory=list)

    @property
    def special_codes(self) -> list[str]:
        return [pot.code for pot in self.special]


@register.simple_tag
def pot_remainders(year: int | str | None, districts: Iterable[District]) -> Remainders:
    """Return what is free in the pots of these districts, and in the pots of no district.

    ``{% pot_remainders 2026 pots.districts as free %}``. One query.
    Anything but a calendar year has no pots.
    """
    free = Remainders()
    if not is_key(year):
        return free
    shown = Q(district=None) | Q(district__in=[district.pk for district in districts])
    pots = Pot.objects.filter(shown, year__year=int(year or 0)).select_related("year")
    for pot in pots:
        free.state = pot.year.state
        if pot.is_pillar_1 and pot.district_id:
            free.by_district[pot.district_id] = pot.available
        elif pot.is_special:
            free.special.append(pot)
        else:
            free.shared[pot.kind] = pot.available
    return free


@register.simple_tag(takes_context=True)
def applications_of(context: Context, project: Project) -> Sequence[Application]:
    """Return the project's applications that this reader may see, oldest first. Two queries.

    Each has ``next_step``, the sentence of what happens next.
    Each has ``mine``: whether it waits for this user.
    Each has ``acts``, what this user can do: (label, address).
    Each has ``last``, the step and the reason of its latest decision.
    """
    roles = _roles(context)
    latest = Decision.objects.filter(application=OuterRef("pk")).order_by("-pk")
    found: list[Any] = list(
        Application.objects.visible_to(roles)
        .filter(project=project)
        .select_related("pot__year__model", "pot__district")
        .annotate(
            last_step=Subquery(latest.values("step")[:1]),
            last_reason=Subquery(latest.values("reason")[:1]),
            sign_anew=signature_lapsed(timezone.localdate()),
            mine=waits_for(roles),
        )
        .order_by("pk")
    )
    for application in found:
        application.project = project
    read_turns(found)
    for application in found:
        application.last = Decision(step=application.last_step or "", reason=application.last_reason or "")
        application.lapsed = application.sign_anew
        application.next_step = next_step(application)
        application.acts = _acts(roles, application)
    return found


def _acts(roles: Roles, application: Any) -> list[tuple[str, str]]:
    """Return (label, address) of what this user can do on the application's page."""
    url, acts = application.get_absolute_url(), []
    decides = application.awaits_decision and permissions.objection_to_carry_out(roles, application) is None
    if application.mine and decides:
        acts.append((_act(application), f"{url}#a-decide"))
    if (
        transitions.allowed(Step.WITHDRAW, application.state)
        and permissions.objection_to_withdraw(roles, application) is None
    ):
        acts.append(("Antrag zurückziehen", f"{url}#a-other"))
    return acts


def _act(application: Any) -> str:
    """Return what whoever decides does next."""
    if application.is_pillar_1:
        return "Beschluss erfassen"
    if application.sign_anew:
        return "Neu zeichnen"
    return "Zweite Unterschrift leisten" if application.is_signed else "Prüfen und entscheiden"


@dataclass
class Sources:
    """The applications of one project on several pots. Amounts in euro."""

    applications: list[Application]
    #: What the plan has besides the pots: own funds, third-party funds, in-kind contributions.
    others: Decimal = ZERO

    @property
    def requested(self) -> Decimal:
        return sum((a.requested for a in self.applications), ZERO)

    @property
    def granted(self) -> Decimal:
        return sum((a.granted or ZERO for a in self.applications), ZERO)

    @property
    def paid(self) -> Decimal:
        return sum((a.paid for a in self.applications), ZERO)

    @property
    def districts(self) -> list[Application]:
        return [a for a in self.applications if a.is_pillar_1]

    @property
    def pool(self) -> Application | None:
        return next((a for a in self.applications if a.pot.is_pillar_2), None)

    @property
    def special(self) -> list[Application]:
        return [a for a in self.applications if a.pot.is_special]

    @property
    def central(self) -> Decimal:
        """Return the euro that are asked of pillar 2 and special pots together."""
        return sum((a.requested for a in self.applications if a.pot.kind in Pot.CENTRAL), ZERO)

    @property
    def pool_part(self) -> Decimal:
        return _part(self.pool) if self.pool else ZERO

    @property
    def special_part(self) -> Decimal:
        return sum((_part(a) for a in self.special), ZERO)

    @property
    def decided(self) -> bool:
        return all(a.granted is not None for a in self.applications)

    @property
    def beyond_pool(self) -> bool:
        """Return whether more is asked from pillar 2 and special pots together than the year's whole pool.

        Only for a project that draws on both.
        """
        return self.pool is not None and bool(self.special) and self.central > self.pool.pot.allotted > 0


def _part(application: Application) -> Decimal:
    """Return the euro that come from the pot: what is granted, or asked for while undecided."""
    return application.requested if application.granted is None else application.granted


@register.simple_tag
def money_sources(
    applications: Sequence[Application], financing: Sequence[FinancingItem] = ()
) -> Sources | None:
    """Return the live applications if they are on more than one pot, otherwise None. No query.

    ``{% money_sources applications financing as sources %}``
    """
    live = [a for a in applications if a.state in Application.LIVE]
    if len({a.pot_id for a in live}) < 2:
        return None
    others = [row.amount or ZERO for row in financing if not row.from_pot]
    return Sources(sorted(live, key=lambda a: (a.pot.kind, a.pot_id)), sum(others, ZERO))


@register.simple_tag(takes_context=True)
def shared_projects(
    context: Context, applications: Sequence[Application]
) -> Sequence[tuple[Project, Sources]]:
    """Return those of the applications' projects that draw on several pots, with their sources. One query."""
    together: dict[Project, list[Application]] = {}
    for application in (
        Application.objects.visible_to(_roles(context))
        .filter(project__in=[a.project_id for a in applications])
        .select_related("project", "pot__year", "pot__district")
        .order_by("-project_id", "pk")
    ):
        together.setdefault(application.project, []).append(application)
    found = ((project, money_sources(each)) for project, each in together.items())
    return [(project, sources) for project, sources in found if sources]


@register.simple_tag(takes_context=True)
def transfers_to_confirm(context: Context) -> Sequence[Transfer]:
    """Return the transfers that this member of the Wirtschaftsförderung can confirm as the second person."""
    roles = _roles(context)
    if not roles.is_business_development:
        return []
    waiting = (
        Transfer.objects.filter(state=Transfer.State.REQUESTED, from_pot__year__state=FiscalYear.State.OPEN)
        .exclude(requested_by=roles.user.pk)
        .select_related("from_pot__district", "from_pot__year", "to_pot__district", "to_pot__year")
        .order_by("pk")
    )
    return [t for t in waiting if permissions.objection_to_confirm_transfer(roles, t) is None]


@register.simple_tag(takes_context=True)
def changes_to_confirm(context: Context) -> Sequence[GrantChange]:
    """Return the changes of grants that this user can confirm as the second person. One query."""
    roles = _roles(context)
    if not may_sign(roles):
        return []
    # Four eyes are asked only of the waiting changes, which are few, not of all applications.
    theirs = Application.objects.filter(
        of_others(roles), pk=OuterRef("application"), pot__year__state=FiscalYear.State.OPEN
    )
    waiting = GrantChange.objects.filter(Exists(theirs), state=GrantChange.State.REQUESTED)
    return list(
        waiting.exclude(requested_by=roles.user.pk).select_related("application__project").order_by("pk")
    )


@register.simple_tag(takes_context=True)
def may_hand_in(context: Context, project: Project) -> bool:
    """Return whether the user directs the lead district, and the plan is open or has a free pot row."""
    if permissions.objection_to_hand_in(_roles(context), project):
        return False
    return project.is_open_to_edit or any(
        row.from_pot and not row.locked and row.amount for row in project.financing_items.all()
    )


def _roles(context: Context) -> Roles:
    return context["request"].roles
