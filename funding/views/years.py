"""The pages of fiscal years."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Count, Sum
from django.db.models.functions import Coalesce
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from funding import services
from funding.forms import YearForm
from funding.ledger import COUNTERS
from funding.models import FiscalYear
from funding.services.years import last_year
from funding.views.access import readers_only
from funding.views.booking import carry_out
from funding.views.pots import sums
from members.common.counting import counted
from members.common.days import FIRST_YEAR
from members.common.money import ZERO, format_euro, money
from members.roles.request import Request


@require_safe
@readers_only
def years(request: Request) -> HttpResponse:
    """Show every fiscal year with its state and sums, and the next one to plan or open."""
    rows = list(
        FiscalYear.objects.select_related("model")
        .annotate(**{name: Coalesce(Sum(f"pots__{name}"), money(ZERO)) for name in COUNTERS})
        .order_by("-year")
    )
    for row in rows:
        row.outstanding = row.committed - row.paid  # type: ignore[attr-defined]
        row.available = row.allotted - row.reserved - row.committed  # type: ignore[attr-defined]
    state = {row.year: row.state for row in rows}
    # The first of this and the next calendar year that is not open.
    upcoming = next(
        (y for y in (last_year() - 1, last_year()) if state.get(y, "planned") == FiscalYear.State.PLANNED),
        None,
    )
    return render(request, "funding/years.html", {"years": rows, "upcoming": upcoming})


@readers_only
@require_http_methods(["GET", "HEAD", "POST"])
def year(request: Request, year: int) -> HttpResponse:
    """Show what opening the year creates, or who opened it; with POST, plan or open it."""
    if not FIRST_YEAR <= year <= last_year():
        raise Http404
    may_open = request.roles.is_business_development
    form = YearForm(year, request.POST if request.method == "POST" else None)
    if request.method == "POST":
        if not may_open:
            raise PermissionDenied
        if not carry_out(request, form, lambda: _plan_or_open(request, year)):
            return redirect("funding:year", year=year)
    refusal = next((sentence for errors in form.errors.values() for sentence in errors), "")
    fiscal_year = FiscalYear.objects.filter(year=year).select_related("model", "opened_by__person").first()
    model, planned = services.preview_year(year)
    pots: list[Any] = []
    if fiscal_year:
        pots = list(fiscal_year.pots.with_asked().select_related("district", "year"))
    return render(
        request,
        "funding/year.html",
        {
            "year": year,
            "fiscal_year": fiscal_year,
            "model": model,
            "planned": planned,
            "planned_sum": sum((pot.allotted for pot in planned), ZERO),
            "pots": pots,
            "total": sums(pots),
            "may_open": may_open,
            "form": form,
            "refusal": refusal,
        },
        status=422 if refusal else 200,
    )


def _plan_or_open(request: Request, year: int) -> str:
    if request.POST.get("step") == "plan":
        planned = services.plan_year(year, actor=request.user)
        return (
            f"Haushaltsjahr {year} geplant: {counted(planned.pots.count(), 'Topf', 'Töpfe')} mit 0,00\u00a0€. Projekte können eingereicht "
            "werden."
        )
    pots = services.open_year(year, actor=request.user).pots.aggregate(Count("pk"), Sum("allotted"))
    return (
        f"Haushaltsjahr {year} geöffnet: {counted(pots['pk__count'], 'Topf', 'Töpfe')} mit zusammen "
        f"{format_euro(pots['allotted__sum'] or ZERO)}."
    )
