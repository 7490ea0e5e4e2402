from collections.abc import Collection, Iterable
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet, Sum
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from funding.ledger import COUNTERS
from funding.models import Application, FiscalYear, Pot
from funding.permissions import sees_entries_of
from funding.statement import (
    LENSES,
    Lens,
    Line,
    figure_before,
    readable_entries,
    running,
    statement,
    total,
)
from funding.views.access import PER_PAGE, default_year, readers_only
from members.deputies import Act, stood_in_for
from members.districts import AT_ONCE, named_like
from members.http import Request
from members.models import User
from members.paging import COUNTED, ListPage, ListPaginator, counted
from members.prepared import prepared
from projects.money import ZERO

#: The applications that a pot's page shows; the rest is a link away.
RECENT = 10
#: What a row of theirs is made of.
APPLICATION_ROW = (
    "state", "requested", "granted", "project__number", "project__title", "project__lead_district__name",
)  # fmt: skip
FIGURES = ("allotted", "paid", "outstanding", "reserved", "asked", "available")


def sums(pots: Iterable[Pot]) -> dict[str, Decimal]:
    rows = list(pots)
    return {name: sum((getattr(pot, name) for pot in rows), ZERO) for name in FIGURES}


def sums_of_many(year: FiscalYear, rows: Iterable[Any]) -> tuple[dict[str, Decimal], dict[str, Decimal]]:
    """What the districts' pots have together, and all pots; ``rows`` has those of no district. Two queries."""
    pots = year.pots.filter(kind=Pot.Kind.PILLAR_1)
    waiting = Application.objects.filter(pot__in=pots.order_by(), state=Application.State.SUBMITTED)
    together = Pot(year=year, **pots.aggregate(**{name: Sum(name) for name in COUNTERS}))
    together.asked = waiting.aggregate(asked=Sum("requested"))["asked"] or ZERO  # type: ignore[attr-defined]
    return sums([together]), sums([together, *(pot for pot in rows if pot.district_id is None)])


def chosen_year(request: Request, years: list[FiscalYear]) -> FiscalYear | None:
    wanted = request.GET.get("jahr", "")
    if not wanted:
        return default_year(years)
    for year in years:
        if str(year.year) == wanted:
            return year
    raise Http404


@prepared
def _pots_to_show(year: int, own: Collection[int]) -> "QuerySet[Pot]":
    shown = Pot.objects.filter(year=year).to_show(own).with_asked().with_waiting()
    return shown.select_related("district", "year")


@require_safe
@readers_only
def pots(request: Request) -> HttpResponse:
    """All pots of a year: pool, overhead, special money, and the twelve districts side by side.

    Of too many districts one's own come first, and then a page of those that are searched for.
    """
    years = list(FiscalYear.objects.select_related("model"))
    year = chosen_year(request, years)
    rows: list[Any] = []
    if year:
        rows = _pots_to_show(year.pk, request.roles.district_ids)
    by_kind = {kind: [pot for pot in rows if pot.kind == kind] for kind in Pot.Kind.values}
    districts_total, total = sums(by_kind[Pot.Kind.PILLAR_1]), sums(rows)
    page, typed = None, request.GET.get("name", "")
    if year and any(pot.one_of_many for pot in rows):
        districts_total, total = sums_of_many(year, rows)
        searched = year.pots.filter(kind=Pot.Kind.PILLAR_1, district__in=named_like(typed).order_by())
        page = ListPaginator(
            searched.with_asked().select_related("district", "year").order_by("district__name"),
            AT_ONCE,
            count=counted(searched),
        ).get_page(request.GET.get("page"))
    return render(
        request,
        "funding/pots.html",
        {
            "year": year,
            "years": years,
            "total": total,
            "districts": by_kind[Pot.Kind.PILLAR_1],
            "districts_total": districts_total,
            "page": page,
            "typed": typed,
            "pool": next(iter(by_kind[Pot.Kind.PILLAR_2]), None),
            "overhead": next(iter(by_kind[Pot.Kind.OVERHEAD]), None),
            "special": by_kind[Pot.Kind.SPECIAL],
        },
    )


def chosen_lens(request: Request) -> tuple[str, Lens]:
    """Which figure's bookings the address asks for: all bookings are read as what moves the free money."""
    art = request.GET.get("art", "")
    if art and art not in LENSES:
        raise Http404
    return art, LENSES[art or "frei"]


def _fill(page: ListPage, pot: Pot, lens: Lens, *, whole: bool) -> None:
    """Rows of values become bookings, with the figure after each where all are listed (``whole``).

    At most three queries. On a long ledger's pages from its end (numbers below zero) the older bookings are
    the few.
    """
    lines = [Line(*row) for row in page.object_list]
    oldest_first = lines[::-1]
    start = ZERO
    if whole and lines:
        start = figure_before(pot, oldest_first[0].pk, lens, from_start=page.number < 0)
    running(oldest_first, lens, start)
    actors = User.objects.select_related("person").in_bulk({line.actor_id for line in lines})
    for line in lines:
        line.actor = actors[line.actor_id]
    # Only what concerns a district's project can have been done in somebody's stead.
    acts = {
        line.pk: Act(line.actor, line.lead_district_id, line.value_date)
        for line in lines
        if line.lead_district_id
    }
    heads = dict(zip(acts, stood_in_for(list(acts.values())), strict=True))
    for line in lines:
        line.booked_for = heads.get(line.pk)
    page.object_list = lines


@require_safe
@readers_only
def pot(request: Request, pk: int) -> HttpResponse:
    """One pot with its latest applications and its bookings; ``?art=`` shows what a figure is made of.

    A reader of some of the bookings gets their sum; of very many only where it is asked for (``?summe=ja``).
    """
    pot = get_object_or_404(Pot.objects.with_asked().select_related("year", "district"), pk=pk)
    art, lens = chosen_lens(request)
    sees_all = sees_entries_of(request.roles, pot)
    entries = readable_entries(request.roles, pot)
    lines = statement(entries, lens, moving_only=bool(art))
    # Counted without what a row shows: an index has the bookings alone.
    page = ListPaginator(lines.values_list(*Line.FIELDS), PER_PAGE, count=counted(lines)).get_page(
        request.GET.get("page")
    )
    _fill(page, pot, lens, whole=sees_all)
    if sees_all:
        sum_shown: Decimal | None = lens.figure(pot)
    elif page.paginator.is_long and "summe" not in request.GET:
        sum_shown = None
    else:
        sum_shown = total(entries, lens)
    applications = (
        Application.objects.visible_to(request.roles)
        .filter(pot=pot)
        .select_related("project__lead_district")
        .only(*APPLICATION_ROW)
        .order_by("-pk")
    )
    first_look = not art and page.number == 1
    return render(
        request,
        "funding/pot.html",
        {
            "pot": pot,
            "art": art,
            "lens": lens,
            "lenses": LENSES,
            "page": page,
            "sum": sum_shown,
            "sees_all": sees_all,
            "first_look": first_look,
            "applications": applications[:RECENT] if first_look else [],
            "application_count": counted(applications) if first_look else 0,
            "counted": COUNTED,
        },
    )
