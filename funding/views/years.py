"""The pages of fiscal years."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Sum
from django.db.models.functions import Coalesce
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from funding import services
from funding.errors import AlreadyDone, FundingError
from funding.forms import YearForm
from funding.ledger import COUNTERS
from funding.models import FiscalYear, Pot
from funding.permissions import may_open_years
from funding.views.access import readers_only
from funding.views.pots import sums
from members.common.money import ZERO, format_euro, money
from members.roles.request import Request

#: The association was founded in 2003.
FIRST_YEAR = 2003


def last_year() -> int:
    """Return the latest calendar year that can be planned: the next one."""
    return timezone.localdate().year + 1


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
    refusal = ""
    form = YearForm(year, request.POST if request.method == "POST" else None)
    if request.method == "POST":
        if not may_open_years(request.roles):
            raise PermissionDenied
        if form.is_valid():
            try:
                return _carry_out(request, year, form.cleaned_data["key"])
            except FundingError as error:
                refusal = str(error)
        else:
            refusal = str(next(iter(form.errors.values()))[0])
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
            "planned_sum": sum((p.allotment for p in planned), ZERO),
            "pots": pots,
            "total": sums(pots),
            "may_open": may_open_years(request.roles),
            "form": form if form.is_bound and not form.is_valid() else YearForm(year),
            "refusal": refusal,
        },
        status=422 if refusal else 200,
    )


def _carry_out(request: Request, year: int, key: str) -> HttpResponse:
    """Plan or open the year once. Raises FundingError if it is refused."""
    planning = request.POST.get("step") == "plan"
    service = services.plan_year if planning else services.open_year
    try:
        fiscal_year = services.once(key, request.user, lambda: service(year, actor=request.user))
    except AlreadyDone as done:
        messages.info(request, str(done))
        return redirect("funding:year", year=year)
    if planning:
        messages.success(
            request,
            f"Haushaltsjahr {year} geplant: {fiscal_year.pots.count()} Töpfe mit 0,00\u00a0€. Projekte können "
            "eingereicht werden.",
        )
    else:
        pots = Pot.objects.filter(year=fiscal_year).aggregate(Count("pk"), Sum("allotted"))
        messages.success(
            request,
            f"Haushaltsjahr {year} geöffnet: {pots['pk__count']} Töpfe mit zusammen "
            f"{format_euro(pots['allotted__sum'] or ZERO)}.",
        )
    return redirect("funding:year", year=year)
