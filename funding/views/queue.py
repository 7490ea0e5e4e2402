from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from funding.filters import ALL, MINE, UNDECIDED, WAITING, ApplicationFilter
from funding.models import Application, FiscalYear, Pot
from funding.queue import waits_for
from funding.views.access import PER_PAGE, default_year, readers_only
from members.http import Request
from members.paging import COUNTED, ListPaginator
from members.permissions import Roles
from projects.models import Participation
from projects.views.listing import NOTHING, UNSEEN


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
    by_waiting = data["stand"] in BY_WAITING
    return rows.order_by(*(("waiting_since", "pk") if by_waiting else ("-submitted_on", "-pk")))


def complete(
    rows: Sequence[Any], filterset: ApplicationFilter, years: list[FiscalYear], roles: Roles
) -> None:
    """What a row shows besides itself: whether it waits for this user, since when, and its districts.

    Two queries, for the rows of the page alone: whose turn it is asks other tables for each row that it judges.
    """
    waiting = Application.objects.filter(waits_for(roles), pk__in=[row.pk for row in rows] or NOTHING)
    mine = set(waiting.values_list("pk", flat=True))
    taking_part = Participation.objects.filter(project__in=[row.project_id for row in rows] or NOTHING)
    further: dict[int, list[int]] = {}
    for project, district in taking_part.values_list("project", "district"):
        further.setdefault(project, []).append(district)
    of_year = {year.pk: year for year in years}
    districts = {district.pk: district for district in filterset.districts.values()}
    today = timezone.localdate()
    for row in rows:
        row.mine = row.pk in mine
        row.days = (today - row.waiting_since).days if row.state in Application.PENDING else None
        row.pot.year = of_year[row.pot.year_id]
        row.pot.district = districts.get(row.pot.district_id)
        row.districts = [
            districts[d] for d in (row.project.lead_district_id, *further.get(row.project_id, ()))
        ]


@require_safe
@readers_only
def applications(request: Request) -> HttpResponse:
    """The queue, longest waiting first, with the pool's remainder on top; what is decided, latest first."""
    years = list(FiscalYear.objects.all())
    data = filters_of(request)
    year = next((y for y in years if str(y.year) == data.get("jahr")), default_year(years))
    filterset = ApplicationFilter(
        data,
        queryset=Application.objects.visible_to(request.roles),
        roles=request.roles,
        years=years,
    )
    rows = ordered(filterset.qs, data)
    count = rows.order_by()[: COUNTED + 1].count()
    # Found by their keys alone: what is not in their index is read for the rows of the page only.
    page = ListPaginator(rows.values_list("pk", flat=True), PER_PAGE, count=count).get_page(
        request.GET.get("page")
    )
    listed = Application.objects.select_related("project", "pot", "first_signer__person").defer(
        *(f"project__{name}" for name in UNSEEN)
    )
    shown = listed.in_bulk(page.object_list or NOTHING)
    page.object_list = [shown[pk] for pk in page.object_list if pk in shown]
    complete(page, filterset, years, request.roles)
    pool = Pot.objects.with_asked().select_related("year").filter(year=year, kind=Pot.Kind.PILLAR_2).first()
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
