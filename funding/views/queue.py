from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Coalesce
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_safe

from funding.filters import ALL, MINE, UNDECIDED, WAITING, ApplicationFilter
from funding.models import Application, FiscalYear, Pot
from funding.queue_rows import rows_of
from funding.views.access import PER_PAGE, default_year, readers_only
from members.http import Request
from members.paging import COUNTED, ListPaginator
from members.prepared import prepared


def filters_of(request: Request) -> QueryDict:
    """The address's filters; without any, readers of everything look at what waits for a decision."""
    given = request.GET.copy()
    given.pop("page", None)
    if "stand" not in given:
        given["stand"] = WAITING if request.roles.reads_all and not given else ALL
    return given


#: Where waiting counts, the longest comes first; else the latest.
BY_WAITING = (WAITING, MINE, UNDECIDED, *Application.PENDING)


def ordered(rows: "QuerySet[Application]", data: QueryDict) -> "QuerySet[Application]":
    if data["stand"] in BY_WAITING:
        return rows.order_by("waiting_since", "pk")
    if data.get("jahr"):
        # Sorted out of the year's rows: an index of the day alone would be walked through all later years first.
        return rows.order_by(Coalesce("submitted_on", "submitted_on").desc(), "-pk")
    return rows.order_by("-submitted_on", "-pk")


@prepared
def _years() -> "QuerySet[FiscalYear]":
    return FiscalYear.objects.order_by("-year")


@prepared
def _pool(year: int | None) -> "QuerySet[Pot]":
    return Pot.objects.with_asked().select_related("year").filter(year=year, kind=Pot.Kind.PILLAR_2)


@require_safe
@readers_only
def applications(request: Request) -> HttpResponse:
    """The queue, longest waiting first, with the pool's remainder on top; what is decided, latest first."""
    years = _years()
    data = filters_of(request)
    year = next((y for y in years if str(y.year) == data.get("jahr")), default_year(years))
    filterset = ApplicationFilter(
        data,
        queryset=Application.objects.all(),
        roles=request.roles,
        years=years,
    )
    chosen: Any = filterset.qs
    rows = ordered(chosen.visible_to(request.roles), data)
    count = rows.order_by()[: COUNTED + 1].count()
    # Found by their keys alone: what is not in their index is read for the rows of the page only.
    page = ListPaginator(rows.values_list("pk", flat=True), PER_PAGE, count=count).get_page(
        request.GET.get("page")
    )
    page.object_list = rows_of(page.object_list, filterset, years, request.roles)
    pool = next(iter(_pool(year.pk if year else None)), None)
    return render(
        request,
        "funding/applications.html",
        {
            "filter": filterset,
            "page": page,
            "pool": pool,
            "year": year,
            "stand": data["stand"],
            "by_waiting": data["stand"] in BY_WAITING,
        },
    )
