from collections.abc import Iterable
from decimal import Decimal

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from funding.models import FiscalYear, LedgerEntry, Pot
from funding.permissions import sees_entries_of
from funding.statement import (
    LENSES,
    Lens,
    figure_before,
    readable_applications,
    readable_entries,
    running,
    statement,
    total,
)
from funding.views.access import PER_PAGE, default_year, readers_only
from members.deputies import Act, stood_in_for
from members.http import Request
from members.paging import COUNTED, ListPage, ListPaginator, counted
from projects.money import ZERO

#: The applications that a pot's page shows; the rest is a link away.
RECENT = 10
FIGURES = ("allotted", "paid", "outstanding", "reserved", "asked", "available")


def sums(pots: Iterable[Pot]) -> dict[str, Decimal]:
    rows = list(pots)
    return {name: sum((getattr(pot, name) for pot in rows), ZERO) for name in FIGURES}


def chosen_year(request: Request, years: list[FiscalYear]) -> FiscalYear | None:
    wanted = request.GET.get("jahr", "")
    if not wanted:
        return default_year(years)
    for year in years:
        if str(year.year) == wanted:
            return year
    raise Http404


@require_safe
@readers_only
def pots(request: Request) -> HttpResponse:
    """All pots of a year: pool, overhead, special money, and the twelve districts side by side."""
    years = list(FiscalYear.objects.select_related("model"))
    year = chosen_year(request, years)
    rows = list(year.pots.with_asked().select_related("district", "year")) if year else []
    by_kind = {kind: [pot for pot in rows if pot.kind == kind] for kind in Pot.Kind.values}
    return render(
        request,
        "funding/pots.html",
        {
            "year": year,
            "years": years,
            "total": sums(rows),
            "districts": by_kind[Pot.Kind.PILLAR_1],
            "districts_total": sums(by_kind[Pot.Kind.PILLAR_1]),
            "pool": next(iter(by_kind[Pot.Kind.PILLAR_2]), None),
            "overhead": next(iter(by_kind[Pot.Kind.OVERHEAD]), None),
            "special": by_kind[Pot.Kind.SPECIAL],
        },
    )


def _name_deputies(entries: Iterable[LedgerEntry]) -> None:
    """Each booking for an application gets ``booked_for``: whom a deputy stood in for. One query."""
    rows = [entry for entry in entries if entry.application]
    acts = [Act(e.actor, e.application.project.lead_district_id, e.value_date) for e in rows if e.application]
    for entry, head in zip(rows, stood_in_for(acts), strict=True):
        entry.booked_for = head  # type: ignore[attr-defined]


def chosen_lens(request: Request) -> tuple[str, Lens]:
    """Which figure's bookings the address asks for: all bookings are read as what moves the free money."""
    art = request.GET.get("art", "")
    if art and art not in LENSES:
        raise Http404
    return art, LENSES[art or "frei"]


def _with_balances(page: ListPage, lens: Lens, *, whole: bool) -> None:
    """Each booking of the page gets its ``effect``, and the figure ``after`` it where all are listed (``whole``).

    On a long ledger's pages from its end (numbers below zero) the older bookings are the few.
    """
    oldest_first = page.object_list[::-1]
    if whole and oldest_first:
        start = figure_before(oldest_first[0], lens, from_start=page.number < 0)
    else:
        start = ZERO
    page.object_list = list(running(oldest_first, lens, start))[::-1]


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
    page = ListPaginator(
        statement(entries, lens, moving_only=bool(art)).select_related(
            "actor__person", "application__project"
        ),
        PER_PAGE,
    ).get_page(request.GET.get("page"))
    _with_balances(page, lens, whole=sees_all)
    _name_deputies(page.object_list)
    if sees_all:
        sum_shown: Decimal | None = lens.figure(pot)
    elif page.paginator.is_long and "summe" not in request.GET:
        sum_shown = None
    else:
        sum_shown = total(entries, lens)
    applications = (
        readable_applications(request.roles, pot).select_related("project__lead_district").order_by("-pk")
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
