"""The pages of a year's pots and of one pot."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from funding import hooks
from funding.models import Application, FiscalYear, Pot
from funding.models.transfer import latest_of_pot
from funding.permissions import sees_entries_of
from funding.statement import LENSES, Lens, readable_entries, run, statement, total
from funding.views.access import PER_PAGE, default_year, readers_only
from members.common.money import ZERO
from members.roles.request import Request
from members.roles.stand_ins import Act, stood_in_for

#: How many applications a pot's page shows; a link leads to the rest.
RECENT = 10
FIGURES = ("allotted", "paid", "outstanding", "reserved", "asked", "available")


def sums(pots: Iterable[Pot]) -> dict[str, Decimal]:
    rows = list(pots)
    return {name: sum((getattr(pot, name) for pot in rows), ZERO) for name in FIGURES}


def chosen_year(request: Request, years: list[FiscalYear]) -> FiscalYear | None:
    """Return the fiscal year that the address asks for, or the default. Raises Http404 for an unknown one."""
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
    """Show all pots of a year: the pool, overhead, special pots and the districts."""
    years = list(FiscalYear.objects.select_related("model"))
    year = chosen_year(request, years)
    rows: list[Any] = []
    if year:
        rows = list(year.pots.with_asked().select_related("district", "year"))
    districts = [pot for pot in rows if pot.is_pillar_1]
    pool = next((pot for pot in rows if pot.is_pillar_2), None)
    overhead = next((pot for pot in rows if pot.is_overhead), None)
    return render(
        request,
        "funding/pots.html",
        {
            "year": year,
            "years": years,
            "total": sums(rows),
            "districts": districts,
            "districts_total": sums(districts),
            "pool": pool,
            "overhead": overhead,
            "further": [pot for pot in rows if pot not in (*districts, pool, overhead)],
        },
    )


def chosen_lens(request: Request) -> tuple[str, Lens]:
    """Return the figure that ``?art=`` names, with that name; without one, the free money."""
    art = request.GET.get("art", "")
    if art and art not in LENSES:
        raise Http404
    return art, LENSES[art or "frei"]


def name_deputies(entries: Sequence[Any]) -> None:
    """Set ``booked_for`` on each booking for an application: whom a deputy stood in for. One query."""
    caused = [entry for entry in entries if entry.application]
    acts = [Act(e.actor, e.application.project.lead_district_id, e.value_date) for e in caused]
    for entry, head in zip(caused, stood_in_for(acts), strict=True):
        entry.booked_for = head


def name_sources(request: Request, entries: Sequence[Any]) -> None:
    """Set ``source`` on each booking: the payment, call or entry of a statement behind it. One query."""
    for name in hooks.sources:
        name(request.roles, entries)


@require_safe
@readers_only
def pot(request: Request, pk: int) -> HttpResponse:
    """Show a pot, its latest applications and its bookings. Only who reads all sees balances."""
    pots = Pot.objects.with_asked().select_related("year", "district")
    pots = pots.annotate(transfer=latest_of_pot("pk"), transfer_on=latest_of_pot("requested_on"))
    pot = get_object_or_404(pots, pk=pk)
    art, lens = chosen_lens(request)
    sees_all = sees_entries_of(request.roles, pot)
    entries = readable_entries(request.roles, pot)
    rows = statement(entries, lens, moving_only=bool(art)).select_related(
        "actor__person", "application__project"
    )
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    shown = list(page)
    run(shown, lens, total(entries.filter(pk__lt=shown[-1].pk), lens) if shown and sees_all else ZERO)
    name_deputies(shown)
    name_sources(request, shown)
    applications = Application.objects.visible_to(request.roles).filter(pot=pot)
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
            "sum": lens.figure(pot) if sees_all else total(entries, lens),
            "sees_all": sees_all,
            "first_look": first_look,
            "applications": applications.select_related("project__lead_district").order_by(
                "-submitted_on", "-pk"
            )[:RECENT],
            "application_count": applications.count() if first_look else 0,
        },
    )
