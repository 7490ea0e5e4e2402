from collections.abc import Collection, Sequence
from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Coalesce
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from funding.filters import ALL, MINE, UNDECIDED, WAITING, ApplicationFilter
from funding.models import Application, FiscalYear, Pot
from funding.queue import turn_of, whose_turn
from funding.views.access import PER_PAGE, default_year, readers_only
from members.http import Request
from members.paging import COUNTED, ListPaginator
from members.permissions import Roles
from members.prepared import prepared
from projects.filters import NOTHING
from projects.models import Participation


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


@prepared
def _listed(applications: Collection[int]) -> "QuerySet[Application]":
    """What ``application_rows`` shows of them."""
    return (
        Application.objects.filter(pk__in=applications)
        .select_related("project", "pot", "first_signer__person")
        .only(
            "state", "requested", "reserved", "granted", "waiting_since",
            "project__number", "project__year", "project__state", "project__title", "project__lead_district",
            "project__requested_total", "project__starts_on", "project__ends_on",
            "pot__year", "pot__kind", "pot__district", "pot__source",
            "first_signer__email", "first_signer__person__given_name", "first_signer__person__family_name",
        )
        .order_by()
    )  # fmt: skip


@prepared
def _waiting(
    applications: Collection[int],
    signs: int | None,
    mandates: Collection[int] | None,
    own: Collection[int] | None,
) -> "QuerySet[Application, int]":
    """Which of these wait for one user."""
    waiting = Application.objects.filter(whose_turn(signs, mandates, own), pk__in=applications)
    return waiting.order_by().values_list("pk", flat=True)


@prepared
def _taking_part(projects: Collection[int]) -> "QuerySet[Participation, tuple[int, int]]":
    return Participation.objects.filter(project__in=projects).values_list("project", "district")


def complete(
    rows: Sequence[Any], filterset: ApplicationFilter, years: list[FiscalYear], roles: Roles
) -> None:
    """What a row shows besides itself: whether it waits for this user, since when, and its districts.

    Two queries, for the rows of the page alone: whose turn it is asks other tables for each row that it judges.
    """
    mine = set(_waiting([row.pk for row in rows] or NOTHING, *turn_of(roles)))
    further: dict[int, list[int]] = {}
    for project, district in _taking_part([row.project_id for row in rows] or NOTHING):
        further.setdefault(project, []).append(district)
    of_year = {year.pk: year for year in years}
    keys = {key for row in rows for key in (row.project.lead_district_id, row.pot.district_id)}
    districts = filterset.districts_of(keys.union(*further.values()))
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
    count = chosen.keys_to_count(request.roles)[: COUNTED + 1].count()
    # Found by their keys alone: what is not in their index is read for the rows of the page only.
    page = ListPaginator(rows.values_list("pk", flat=True), PER_PAGE, count=count).get_page(
        request.GET.get("page")
    )
    shown = {application.pk: application for application in _listed(page.object_list or NOTHING)}
    page.object_list = [shown[pk] for pk in page.object_list if pk in shown]
    complete(page, filterset, years, request.roles)
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
