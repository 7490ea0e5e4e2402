"""The pages that say how far a year is from being closed: all years, one year, and the rows behind a light."""

from django.core.paginator import Paginator
from django.db.models import Prefetch, Sum
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from funding.closing.behind import RELATED, line
from funding.closing.lights import BY_KEY, lights_of, visible_pots
from funding.closing.models import Adoption, YearClosing
from funding.closing.views.acts import acts
from funding.closing.views.chosen import chosen_rows, steps_for
from funding.models import FiscalYear
from funding.views.access import PER_PAGE, readers_only
from members.common.keys import is_key
from members.common.money import ZERO
from members.roles.request import Request


@require_safe
@readers_only
def years(request: Request) -> HttpResponse:
    """Show every year with its state and its light, the newest first."""
    rows = list(FiscalYear.objects.select_related("model").order_by("-year"))
    pots = None if request.roles.reads_all else visible_pots(request.roles)
    return render(
        request,
        "closing/years.html",
        {"rows": lights_of(rows, timezone.localdate(), pots=pots)},
    )


@readers_only
@require_http_methods(["GET", "HEAD", "POST"])
def year(request: Request, year: int) -> HttpResponse:
    """Show the lights of a year and its closing; with POST, ask to close it or to open it again."""
    years = FiscalYear.objects.select_related("model").prefetch_related(
        Prefetch(
            "closings",
            YearClosing.objects.select_related("requested_by__person", "decided_by__person").prefetch_related(
                Prefetch("adoptions", Adoption.objects.select_related("resolution"))
            ),
        ),
    )
    fiscal_year = get_object_or_404(years, year=year)
    today = timezone.localdate()
    pots = None if request.roles.reads_all else visible_pots(request.roles)
    [found] = lights_of([fiscal_year], today, pots=pots)
    shown, status = acts(request, fiscal_year, found)
    if not status:
        return redirect("closing:year", year=year)
    return render(
        request,
        "closing/year.html",
        {
            "year": fiscal_year,
            "following": FiscalYear.objects.filter(year=fiscal_year.year + 1).first(),
            "lights": found,
            "is_running": fiscal_year.year >= today.year,
            **shown,
        },
        status=status,
    )


@readers_only
@require_http_methods(["GET", "HEAD", "POST"])
def rows(request: Request, year: int, key: str) -> HttpResponse:
    """Show the rows behind a light: of the whole year, or of the pot that ``?topf=`` names.

    With POST, carry the chosen applications over to another year, or free what of them is not needed.
    """
    fiscal_year = get_object_or_404(FiscalYear, year=year)
    question = BY_KEY.get(key)
    if question is None or question.rows is None or (question.of_year and not request.roles.reads_all):
        raise Http404
    pots = {pot.pk: pot for pot in visible_pots(request.roles).filter(year=fiscal_year)}
    chosen = None
    if wanted := request.GET.get("topf", ""):
        chosen = pots.get(int(wanted)) if is_key(wanted) else None
        if chosen is None:
            raise Http404
    places = [fiscal_year.year] if question.of_year else [chosen.pk] if chosen else list(pots)
    found = question.rows(places, timezone.localdate())
    page = Paginator(found.select_related(*RELATED.get(found.model, ())), PER_PAGE).get_page(
        request.GET.get("page")
    )
    form, status = chosen_rows(request, fiscal_year, key, found)
    if not status:
        return redirect(request.get_full_path())
    lines = [line(row, request.roles) for row in page]
    return render(
        request,
        "closing/rows.html",
        {
            "year": fiscal_year,
            "question": question,
            "pot": chosen,
            "page": page,
            "lines": [(each, pots.get(each.place), row) for each, row in zip(lines, page, strict=True)],
            "form": form,
            "chosen": request.POST.getlist("row"),
            "steps": steps_for(fiscal_year, key),
            "total": found.order_by().aggregate(total=Sum("euro"))["total"] or ZERO,
        },
        status=status,
    )
