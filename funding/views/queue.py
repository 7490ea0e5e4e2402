from django.db.models import BooleanField, ExpressionWrapper, Prefetch, QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from funding.filters import ALL, MINE, UNDECIDED, WAITING, ApplicationFilter
from funding.models import Application, FiscalYear, Pot
from funding.queue import waits_for
from funding.views.access import PER_PAGE, default_year, readers_only
from members.http import Request
from members.paging import ListPaginator
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
    by_waiting = data["stand"] in BY_WAITING
    return rows.order_by(*(("waiting_since", "pk") if by_waiting else ("-submitted_on", "-pk")))


@require_safe
@readers_only
def applications(request: Request) -> HttpResponse:
    """The queue, longest waiting first, with the pool's remainder on top; what is decided, latest first."""
    years = list(FiscalYear.objects.all())
    data = filters_of(request)
    year = next((y for y in years if str(y.year) == data.get("jahr")), default_year(years))
    # Marked by one expression, so that a row costs no query.
    mine = ExpressionWrapper(waits_for(request.roles), output_field=BooleanField())
    filterset = ApplicationFilter(
        data,
        queryset=Application.objects.visible_to(request.roles),
        roles=request.roles,
        years=years,
    )
    rows = (
        ordered(filterset.qs, data)
        .annotate(mine=mine)
        .select_related("project__lead_district", "pot__year", "pot__district", "first_signer__person")
        .prefetch_related(
            Prefetch("project__participations", Participation.objects.select_related("district"))
        )
    )
    page = ListPaginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    today = timezone.localdate()
    for row in page.object_list:
        row.days = (today - row.waiting_since).days if row.state in Application.PENDING else None
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
