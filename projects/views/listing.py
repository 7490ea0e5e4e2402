"""The list of projects with its totals, and the same selection as a file."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import partial
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, Q, QuerySet, Sum
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from members.common.export import CHUNK, Column, download
from members.common.money import ZERO
from members.roles.permissions import Roles
from members.roles.request import Request
from projects import permissions, search
from projects.filters import ProjectFilter, in_words
from projects.models import FinancingItem, Project

PER_PAGE = 50


def _filter(request: Request) -> ProjectFilter:
    return ProjectFilter(request.GET, queryset=Project.objects.visible_to(request.roles))


@require_safe
def project_list(request: Request) -> HttpResponse:
    """Show the projects that the filters choose, with their totals."""
    chosen = _filter(request)
    totals = chosen.qs.aggregate(
        count=Count("pk"),
        money_known=Count("pk", filter=~Q(state=Project.State.ARCHIVED)),
        costs=Sum("cost_total"),
        granted=Sum("granted_total"),
    )
    if chosen.query:
        page = _best_hits(chosen, request.GET.get("page"))
    else:
        paginator = Paginator(chosen.qs.select_related("lead_district"), PER_PAGE)
        paginator.count = totals["count"]
        page = paginator.get_page(request.GET.get("page"))
    return render(
        request,
        "projects/list.html",
        {
            "filter": chosen,
            "page": page,
            "totals": totals,
            "filtered": chosen.filtered,
            "may_create": permissions.may_create(request.roles),
        },
    )


def _best_hits(chosen: ProjectFilter, number: str | None) -> Page:
    """Return a page of the newest ``search.RANKED`` hits, the best first or in the chosen order."""
    hits = search.newest_hits(chosen.qs)
    rows = chosen.qs.select_related("lead_district")
    if "sortierung" in chosen.chosen:
        return Paginator(rows.filter(pk__in=[hit.pk for hit in hits]), PER_PAGE).get_page(number)
    keys: Paginator[Any] = Paginator(search.best_first(hits, chosen.query), PER_PAGE)
    page = keys.get_page(number)
    shown = rows.in_bulk(page.object_list)
    page.object_list = [shown[key] for key in page.object_list if key in shown]
    return page


def _known(total: str) -> Callable[[Project], Decimal | None]:
    """Return a function that reads a total (euro); None where a project of the archive has none."""
    return lambda project: None if project.is_archived else getattr(project, total)


#: What everybody who sees a project may read of it, as on the list and on the public page.
COLUMNS = (
    Column("Nummer", "number", 15),
    Column("Titel", "title", 40),
    Column("Haushaltsjahr", "year", 14),
    Column("Stadtbezirk", "lead_district", 20),
    Column("stadtbezirksübergreifend", "is_cross_district", 12),
    Column("Handlungsschwerpunkt", "main_field", 30),
    Column("Stand", Project.get_state_display, 18),
    Column("Ort", "place", 30),
    Column("Veranstalter", "organiser", 30),
    Column("Durchführung", Project.get_measure_display, 28),
    Column("Beginn", "starts_on", 12),
    Column("Ende", "ends_on", 12),
    Column("mit Drittmitteln", "has_third_party", 12),
    Column("Kosten", _known("cost_total"), summed=True),
    Column("bewilligt", _known("granted_total"), summed=True),
)


def _source(kind: FinancingItem.Kind) -> str:
    return "Sondermitteln" if kind == FinancingItem.Kind.SPECIAL else kind.label


def _asked_of(kind: FinancingItem.Kind) -> str:
    return f"beantragt aus {_source(kind)}"


def _granted_by(kind: FinancingItem.Kind) -> str:
    return f"bewilligt aus {_source(kind)}"


def _sum(heading: str, project: Any) -> Decimal | None:
    return project.sums.get(heading)


#: What only those read who may read a project's plan: the sums of plan and payments, by their heading.
PLAN = (
    *(kind.label for kind in FinancingItem.FROM_OTHERS),
    "beantragt",
    *map(_asked_of, FinancingItem.FROM_POTS),
    *map(_granted_by, FinancingItem.FROM_POTS),
    "ausgezahlt",
)
PLAN_COLUMNS = tuple(Column(heading, partial(_sum, heading), summed=True) for heading in PLAN)


def _sums(project: Project, roles: Roles) -> dict[str, Decimal]:
    """Return the sums of the project's plan in euro, as on its page. Empty where they are not to be read."""
    participations = list(project.participations.all())
    if project.is_archived or not permissions.may_read_plan(roles, project, participations):
        return {}
    sums = dict.fromkeys(PLAN, ZERO)
    for row in project.financing_items.all():
        kind = FinancingItem.Kind(row.kind)
        sums[_asked_of(kind) if row.from_pot else kind.label] += row.amount or ZERO
        if row.from_pot:
            sums[_granted_by(kind)] += row.granted or ZERO
    sums["beantragt"] = project.requested_total
    sums["ausgezahlt"] = sum((each.paid for each in project.applications.all()), ZERO)
    return sums


def _with_sums(rows: "QuerySet[Project]", roles: Roles) -> Iterator[Any]:
    """Yield the projects with the sums of their plans, three queries for each ``CHUNK``."""
    with_plan: QuerySet[Any] = rows.prefetch_related("participations", "financing_items", "applications")
    for project in with_plan.iterator(CHUNK):
        project.sums = _sums(project, roles)
        yield project


@require_safe
def project_export(request: Request, kind: str) -> HttpResponseBase:
    """Send the whole selection of the list as a file, with its sums."""
    chosen, roles = _filter(request), request.roles
    rows = chosen.qs.select_related("lead_district", "main_field", "organiser")
    title = in_words(chosen, "Projekte")
    if roles.reads_all or roles.district_ids:
        return download(kind, "projekte", (*COLUMNS, *PLAN_COLUMNS), _with_sums(rows, roles), title)
    return download(kind, "projekte", COLUMNS, rows.iterator(CHUNK), title)
