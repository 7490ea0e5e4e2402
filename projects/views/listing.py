"""The list of projects, its totals and what may be seen of it, at a cost that does not grow with the rows."""

from typing import Any

from django.db.models import Count, QuerySet, Sum
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from members.http import Request
from members.paging import COUNTED, ListPaginator
from projects import permissions, search
from projects.export import Column, Kind, chosen_label, download
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
