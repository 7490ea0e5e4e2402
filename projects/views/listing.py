"""The list of projects, its totals and what may be seen of it, at a cost that does not grow with the rows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.db.models import Count, QuerySet, Sum
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from members.http import Request
from members.models import District, Organisation
from members.paging import COUNTED, ListPage, ListPaginator
from members.prepared import prepared
from projects import permissions, search
from projects.export import Column, Kind, chosen_label, download
from projects.filters import NOTHING, ProjectFilter, in_order, in_words, narrowed, to_page
from projects.models import FieldOfAction, Project
from projects.models.project import sight_of
from projects.money import from_cents

PER_PAGE = 50
#: What a row of a list shows. Reading the other columns would cost more than drawing the row.
SHOWN = (
    "number", "title", "lead_district", "is_cross_district", "starts_on", "state", "cost_total", "granted_total",
)  # fmt: skip


@dataclass(frozen=True)
class Listed:
    """All that the SQL of a list depends on, but for the values: composed once for each such list."""

    sight: str
    #: What is chosen without a value.
    flags: frozenset[str]
    order: str | None

    def _chosen(self, values: dict[str, Any]) -> dict[str, Any]:
        ordered = {"sortierung": self.order} if self.order else {}
        return dict.fromkeys(self.flags, True) | values | ordered

    @lru_cache(maxsize=100)  # noqa: B019 - frozen, and few
    def sums(self, at_most: int | None) -> Callable[..., tuple[int, ...]]:
        """Counts and sums no more rows, the newest first: so they are found by the index of what narrows them."""

        @prepared
        def summed(districts: tuple[int, ...], **values: Any) -> "QuerySet[Any, Any]":
            found = narrowed(Project.objects.seen_with(self.sight, districts), self._chosen(values))
            rows = found.values("cost_total", "granted_total")
            return rows[:at_most] if at_most else rows.order_by()

        return summed.sums("cost_total", "granted_total")

    @lru_cache(maxsize=300)  # noqa: B019 - frozen, and few
    def rows(
        self, at_most: int | None, backwards: bool, start: int, stop: int
    ) -> Callable[..., list[Project]]:
        @prepared
        def rows(districts: tuple[int, ...], **values: Any) -> "QuerySet[Project]":
            visible = Project.objects.seen_with(self.sight, districts)
            found = to_page(visible, self._chosen(values), at_most=at_most).only(*SHOWN)
            return (found.reverse() if backwards else found)[start:stop]

        return rows


class Walk:
    """What a paginator asks of rows: a part of them, from either end."""

    def __init__(self, part: Callable[[bool, int, int], list[Project]], *, backwards: bool = False) -> None:
        self.part = part
        self.backwards = backwards

    def reverse(self) -> "Walk":
        return Walk(self.part, backwards=not self.backwards)

    def __getitem__(self, asked: slice) -> list[Project]:
        return self.part(self.backwards, asked.start, asked.stop)


def _in_euro(count: int, costs: int, granted: int) -> dict[str, Any]:
    return {"count": count, "costs": from_cents(costs), "granted": from_cents(granted)}


def _filter(request: Request) -> ProjectFilter:
    return ProjectFilter(request.GET, roles=request.roles)


def _listed(filterset: ProjectFilter) -> tuple[Listed, tuple[int, ...], dict[str, Any]]:
    """The list that is chosen without a search, whose districts it is seen with, and the values chosen."""
    chosen = filterset.chosen
    values = {name: getattr(value, "pk", value) for name, value in chosen.items() if value is not True}
    order = values.pop("sortierung", None)
    listed = Listed(
        sight_of(filterset.roles), frozenset(chosen.keys() - values.keys() - {"sortierung"}), order
    )
    return listed, tuple(filterset.roles.district_ids), values


def _page(filterset: ProjectFilter, asked: str | None) -> tuple[ListPage, dict[str, Any] | None]:
    """The page asked for (newest first, or as sorted), and the sums of the whole selection where it is not long."""
    listed, districts, values = _listed(filterset)
    count, costs, granted = listed.sums(COUNTED + 1)(districts, **values)
    at_most = COUNTED if count <= COUNTED else None

    def part(backwards: bool, start: int, stop: int) -> list[Project]:
        return listed.rows(at_most, backwards, start, stop)(districts, **values)

    paginator = ListPaginator(Walk(part), PER_PAGE, count=count)
    return paginator.get_page(asked), None if paginator.is_long else _in_euro(count, costs, granted)


@prepared
def _shown(keys: Sequence[int]) -> "QuerySet[Project]":
    return Project.objects.only(*SHOWN).filter(pk__in=keys).order_by()


def _best_hits(filterset: ProjectFilter, asked: str | None) -> tuple[ListPage, dict[str, Any] | None]:
    """The page asked for of what the search finds, best first (or as sorted).

    And its sums, or None where only the newest hits were looked at.
    """
    few = bool(filterset.chosen.keys() - {"suche", "sortierung"})
    found = search.newest_hits(filterset.narrowed, filterset.query, narrowed=few)
    hits = found[: search.RANKED]
    sums = _in_euro(len(hits), sum(hit.costs for hit in hits), sum(hit.granted for hit in hits))
    if "sortierung" in filterset.chosen:
        found_rows = Project.objects.only(*SHOWN).filter(pk__in=[hit.pk for hit in hits] or NOTHING)
        rows = in_order(found_rows, filterset.chosen)
        page = ListPaginator(rows, PER_PAGE, count=len(hits)).get_page(asked)
    else:
        keys = search.best_first(hits, filterset.query)
        page = ListPaginator(keys, PER_PAGE, count=len(keys)).get_page(asked)
        shown = {project.pk: project for project in _shown(page.object_list or NOTHING)}
        page.object_list = [shown[key] for key in page.object_list if key in shown]
    return page, None if len(found) > search.RANKED else sums


@require_safe
def project_list(request: Request) -> HttpResponse:
    filterset = _filter(request)
    find = _best_hits if filterset.query else _page
    page, sums = find(filterset, request.GET.get("page"))
    # Not joined: SQLite would begin with the twelve districts and sort all their projects.
    districts = filterset.districts_of(project.lead_district_id for project in page)
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


def totals(filterset: ProjectFilter) -> dict[str, Any]:
    """Count and sums in euro of the whole selection."""
    if filterset.query:
        return filterset.qs.order_by().aggregate(
            count=Count("pk"), costs=Sum("cost_total"), granted=Sum("granted_total")
        )
    listed, districts, values = _listed(filterset)
    return _in_euro(*listed.sums(None)(districts, **values))


@require_safe
def project_totals(request: Request) -> HttpResponse:
    """How many projects the whole selection has and what they cost; a part of the list, or a page of its own."""
    filterset = _filter(request)
    template = "projects/_totals.html" if request.htmx else "projects/totals.html"  # type: ignore[attr-defined]
    return render(request, template, {"filter": filterset, "totals": totals(filterset)})


#: What everybody may read of a project that they may see; the same columns as the list and the public page.
COLUMNS = (
    Column("Nummer", "number", 15),
    Column("Titel", "title", 40),
    Column("Haushaltsjahr", "year", 14, Kind.NUMBER),
    Column("Stadtbezirk", "lead_district", 20, names=District),
    Column("stadtbezirksübergreifend", "is_cross_district", 12, Kind.YES_NO),
    Column("Handlungsschwerpunkt", "main_field", 30, names=FieldOfAction),
    Column("Stand", "state", 18, cells=chosen_label(Project.State.choices)),
    Column("Ort", "place", 30),
    Column("Veranstalter", "organiser", 30, names=Organisation),
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
