"""The list of projects with its totals, and the same selection as a file."""

from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, Sum
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from members.common.export import CHUNK, Column, download
from members.roles.request import Request
from projects import permissions, search
from projects.filters import ProjectFilter, in_words
from projects.models import Project

PER_PAGE = 50


def _filter(request: Request) -> ProjectFilter:
    return ProjectFilter(request.GET, queryset=Project.objects.visible_to(request.roles))


@require_safe
def project_list(request: Request) -> HttpResponse:
    """Show the projects that the filters choose, with their totals."""
    chosen = _filter(request)
    totals = chosen.qs.aggregate(count=Count("pk"), costs=Sum("cost_total"), granted=Sum("granted_total"))
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
    Column("Beginn", "starts_on", 12),
    Column("Ende", "ends_on", 12),
    Column("mit Drittmitteln", "has_third_party", 12),
    Column("Kosten", "cost_total", summed=True),
    Column("bewilligt", "granted_total", summed=True),
)


@require_safe
def project_export(request: Request, kind: str) -> HttpResponseBase:
    """Send the whole selection of the list as a file, with its sums."""
    chosen = _filter(request)
    rows = chosen.qs.select_related("lead_district", "main_field", "organiser").iterator(CHUNK)
    return download(kind, "projekte", COLUMNS, rows, in_words(chosen, "Projekte"))
