"""The list of projects, its totals and what may be seen of it, at a cost that does not grow with the rows."""

from typing import Any

from django.db.models import Count, QuerySet, Sum
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from members.http import Request
from members.paging import COUNTED, ListPage, ListPaginator
from projects import permissions, search
from projects.export import Column, Kind, chosen_label, download
from projects.filters import ProjectFilter, in_words
from projects.models import Project
from projects.money import ZERO

PER_PAGE = 50
#: Long texts that no row of a list shows.
UNSEEN = ("summary", "aims", "value_creation", "special_importance", "provenance")
#: No project has this key: asking for it, a list without rows costs what every list does.
NOTHING = (0,)


def totals(rows: "QuerySet[Project]", *, at_most: int | None = None) -> dict[str, Any]:
    """Count and sums in euro of the set; with ``at_most``, no more than one row beyond it is looked at.

    Those rows are taken in the order of ``rows``: the newest first are found by the index of what narrows them.
    """
    rows = rows[: at_most + 1] if at_most else rows.order_by()
    return rows.aggregate(count=Count("pk"), costs=Sum("cost_total"), granted=Sum("granted_total"))


def _filter(request: Request) -> ProjectFilter:
    return ProjectFilter(request.GET, queryset=Project.objects.visible_to(request.roles))


def _page(filterset: ProjectFilter, asked: str | None) -> tuple[ListPage, dict[str, Any] | None]:
    """The page asked for (newest first, or as sorted), and the sums of the whole selection where it is not long."""
    sums = totals(filterset.newest, at_most=COUNTED)
    rows = filterset.in_order(count=sums["count"], few=COUNTED)
    paginator = ListPaginator(rows.defer(*UNSEEN), PER_PAGE, count=sums["count"])
    return paginator.get_page(asked), None if paginator.is_long else sums


def _best_hits(filterset: ProjectFilter, asked: str | None) -> tuple[ListPage, dict[str, Any] | None]:
    """The page asked for of what the search finds, best first (or as sorted).

    And its sums, or None where only the newest hits were looked at.
    """
    narrowed = bool(filterset.chosen.keys() - {"suche", "sortierung"})
    found = search.newest_hits(filterset.narrowed, filterset.query, narrowed=narrowed)
    hits = found[: search.RANKED]
    sums = {
        "count": len(hits),
        "costs": sum((hit.costs for hit in hits), ZERO),
        "granted": sum((hit.granted for hit in hits), ZERO),
    }
    projects = Project.objects.defer(*UNSEEN)
    if filterset.sorted_by:
        rows: QuerySet[Project] = projects.filter(pk__in=[hit.pk for hit in hits] or NOTHING)
        rows = filterset.sort(rows, "sortierung", filterset.sorted_by)
        page = ListPaginator(rows, PER_PAGE, count=len(hits)).get_page(asked)
    else:
        keys = search.best_first(hits, filterset.query)
        page = ListPaginator(keys, PER_PAGE, count=len(keys)).get_page(asked)
        shown = projects.in_bulk(page.object_list or NOTHING)
        page.object_list = [shown[key] for key in page.object_list if key in shown]
    return page, None if len(found) > search.RANKED else sums


@require_safe
def project_list(request: Request) -> HttpResponse:
    filterset = _filter(request)
    find = _best_hits if filterset.query else _page
    page, sums = find(filterset, request.GET.get("page"))
    # Not joined: SQLite would begin with the twelve districts and sort all their projects.
    districts = {district.pk: district for district in filterset.districts.values()}
    for project in page:
        project.lead_district = districts[project.lead_district_id]
    return render(
        request,
        "projects/list.html",
        {
            "filter": filterset,
            "page": page,
            "totals": sums,
            "shown": page.paginator.count,
            "counted": COUNTED,
            "capped": bool(filterset.query) and sums is None,
            "filtered": filterset.filtered,
            "may_create": permissions.may_create(request.roles),
        },
    )


@require_safe
def project_totals(request: Request) -> HttpResponse:
    """How many projects the whole selection has and what they cost; a part of the list, or a page of its own."""
    filterset = _filter(request)
    template = "projects/_totals.html" if request.htmx else "projects/totals.html"  # type: ignore[attr-defined]
    return render(request, template, {"filter": filterset, "totals": totals(filterset.qs)})


#: What everybody may read of a project that they may see; the same columns as the list and the public page.
COLUMNS = (
    Column("Nummer", "number", 15),
    Column("Titel", "title", 40),
    Column("Haushaltsjahr", "year", 14, Kind.NUMBER),
    Column("Stadtbezirk", "lead_district__name", 20),
    Column("stadtbezirksübergreifend", "is_cross_district", 12, Kind.YES_NO),
    Column("Handlungsschwerpunkt", "main_field__name", 30),
    Column("Stand", "state", 18, cells=chosen_label(Project.State.choices)),
    Column("Ort", "place", 30),
    Column("Veranstalter", "organiser__name", 30),
    Column("Beginn", "starts_on", 12, Kind.DAY),
    Column("Ende", "ends_on", 12, Kind.DAY),
    Column("mit Drittmitteln", "has_third_party", 12, Kind.YES_NO),
    Column("Kosten", "cost_total", 16, Kind.EURO, summed=True),
    Column("bewilligt", "granted_total", 16, Kind.EURO, summed=True),
)


@require_safe
def project_export(request: Request, kind: str) -> HttpResponseBase:
    """The whole selection of the list as a file, with its sums."""
    filterset = _filter(request)
    return download(kind, "projekte", COLUMNS, filterset.qs, in_words(filterset, "Projekte"))
