"""The list of applications."""

from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from funding.filters import ALL, MINE, UNDECIDED, WAITING, ApplicationFilter
from funding.four_eyes import signature_lapsed
from funding.models import Application, FiscalYear, Pot
from funding.turn import waits_for
from funding.views.access import PER_PAGE, default_year, readers_only
from members.roles.request import Request


def filters_of(request: Request) -> QueryDict:
    """Return the address's filters; by default, readers of all figures get what waits for a decision."""
    given = request.GET.copy()
    given.pop("page", None)
    if "stand" not in given:
        given["stand"] = WAITING if request.roles.reads_all and not given else ALL
    return given


#: With these choices of "Stand" the longest waiting comes first, with all others the latest.
BY_WAITING = (WAITING, MINE, UNDECIDED, *Application.PENDING)


def ordered(rows: "QuerySet[Application]", data: QueryDict) -> "QuerySet[Application]":
    if data["stand"] in BY_WAITING:
        return rows.order_by("waiting_since", "pk")
    return rows.order_by("-submitted_on", "-pk")


@require_safe
@readers_only
def applications(request: Request) -> HttpResponse:
    """Show the list of applications, with the pool's figures above it."""
    years = list(FiscalYear.objects.order_by("-year"))
    data = filters_of(request)
    visible = Application.objects.visible_to(request.roles)
    chosen = ApplicationFilter(data, queryset=visible, roles=request.roles, years=years)
    keys = ordered(chosen.qs, data).values_list("pk", flat=True)
    page: Page[Any] = Paginator(keys, PER_PAGE).get_page(request.GET.get("page"))
    # Joins and marks are for the rows of this page only: whose turn it is asks other tables for each row.
    shown = Application.objects.filter(pk__in=list(page.object_list)).for_list()
    page.object_list = ordered(
        shown.annotate(mine=waits_for(request.roles), sign_anew=signature_lapsed(timezone.localdate())),
        data,
    )
    year = next((y for y in years if str(y.year) == data.get("jahr")), default_year(years))
    return render(
        request,
        "funding/applications.html",
        {
            "filter": chosen,
            "page": page,
            "pool": Pot.objects.with_asked()
            .select_related("year")
            .filter(year=year, kind=Pot.Kind.PILLAR_2)
            .first(),
            "year": year,
            "stand": data["stand"],
            "by_waiting": data["stand"] in BY_WAITING,
        },
    )
