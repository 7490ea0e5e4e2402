"""The list of projects, its totals and what may be seen of it, at a cost that does not grow with the rows."""

from typing import Any

from django.db.models import Count, QuerySet, Sum
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from members.http import Request
from members.paging import COUNTED, ListPaginator
from projects import permissions, search
from projects.export import Column, download
from projects.filters import ProjectFilter, in_words
from projects.models import Project

PER_PAGE = 50
#: Long texts that no row of a list shows.
UNSEEN = ("summary", "aims", "value_creation", "special_importance", "provenance")


def totals(rows: "QuerySet[Project]", *, at_most: int | None = None) -> dict[str, Any]:
    """Count and sums in euro of the set; with ``at_most``, no more than one row beyond it is looked at.

    Those rows are taken in the list's order: so they are found by the list's index.
    """
    rows = rows[: at_most + 1] if at_most else rows.order_by()
    return rows.aggregate(count=Count("pk"), costs=Sum("cost_total"), granted=Sum("granted_total"))


def _filter(request: Request) -> ProjectFilter:
    return ProjectFilter(request.GET, queryset=Project.objects.visible_to(request.roles))


def _best_hits(filterset: ProjectFilter) -> tuple["QuerySet[Project]", bool]:
    """What the search finds, best first (or as sorted), and whether only the newest hits were looked at."""
    chosen = filterset.form.cleaned_data
    narrowed = any(v for k, v in chosen.items() if k not in ("suche", "sortierung"))
    found = search.newest_hits(filterset.narrowed, filterset.query, narrowed=narrowed)
    rows: QuerySet[Project] = Project.objects.filter(pk__in=found[: search.RANKED])
    if filterset.sorted_by:
        rows = filterset.sort(rows, "sortierung", filterset.sorted_by)
    else:
        rows = rows.alias(points=search.rank(filterset.query)).order_by("-points", "-year", "-pk")
    return rows, len(found) > search.RANKED


@require_safe
def project_list(request: Request) -> HttpResponse:
    filterset = _filter(request)
    everything = filterset.qs
    rows, capped = _best_hits(filterset) if filterset.query else (everything, False)
    sums = totals(rows, at_most=COUNTED)
    # Not joined: SQLite would begin with the twelve districts and sort all their projects.
    rows = rows.prefetch_related("lead_district").defer(*UNSEEN)
    paginator = ListPaginator(rows, PER_PAGE, count=sums["count"])
    return render(
        request,
        "projects/list.html",
        {
            "filter": filterset,
            "page": paginator.get_page(request.GET.get("page")),
            "totals": None if capped or paginator.is_long else sums,
            "shown": paginator.count,
            "counted": COUNTED,
            "capped": capped,
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
    Column("Nummer", lambda p: p.number, 15),
    Column("Titel", lambda p: p.title, 40),
    Column("Haushaltsjahr", lambda p: p.year, 14),
    Column("Stadtbezirk", lambda p: p.lead_district.name, 20),
    Column("stadtbezirksübergreifend", lambda p: "ja" if p.is_cross_district else "nein", 12),
    Column("Handlungsschwerpunkt", lambda p: p.main_field.name if p.main_field else None, 30),
    Column("Stand", lambda p: p.get_state_display(), 18),
    Column("Ort", lambda p: p.place, 30),
    Column("Veranstalter", lambda p: p.organiser.name if p.organiser else None, 30),
    Column("Beginn", lambda p: p.starts_on, 12),
    Column("Ende", lambda p: p.ends_on, 12),
    Column("mit Drittmitteln", lambda p: "ja" if p.has_third_party else "nein", 12),
    Column("Kosten", lambda p: p.cost_total, 16, summed=True),
    Column("bewilligt", lambda p: p.granted_total, 16, summed=True),
)


@require_safe
def project_export(request: Request, kind: str) -> HttpResponseBase:
    """The whole selection of the list as a file, with its sums."""
    filterset = _filter(request)
    rows = filterset.qs.select_related("lead_district", "main_field", "organiser").defer(*UNSEEN)
    return download(
        kind, "projekte", COLUMNS, rows.iterator(chunk_size=2000), in_words(filterset, "Projekte")
    )
