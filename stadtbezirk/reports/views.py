"""The pages of the reports."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from funding.permissions import may_see_pots
from members.roles.request import Request
from stadtbezirk.reports import figures
from stadtbezirk.reports.chart import Series, Values, draw


def published(years: list[figures.YearRow], name: str) -> Values:
    """Return one published figure of each year."""
    return {row.year: getattr(row.published, name, None) for row in years}


def of_projects(years: list[figures.YearRow]) -> list[Series]:
    """Return the series of the chart on projects."""
    return [
        Series("c-published", "veröffentlicht", published(years, "projects")),
        Series("c-part", "davon mit Drittmitteln", published(years, "with_third_party"), inside=True),
        Series(
            "c-here",
            "hier erfasst",
            {r.year: r.counted.projects if r.counted else None for r in years},
            at=0.5,
        ),
    ]


def of_payments(years: list[figures.YearRow]) -> list[Series]:
    """Return the series of the chart on payments (euro)."""
    return [
        Series("c-published", "veröffentlicht", published(years, "paid")),
        Series("c-here", "hier gebucht", {r.year: r.paid for r in years}, at=0.5),
    ]


@require_safe
def index(request: Request) -> HttpResponse:
    """Show all years since the founding, and the applications to pillar 2.

    Everybody sees the same figures.
    """
    overview = figures.overview()
    oldest_first = overview.years[::-1]
    years = [row.year for row in oldest_first]
    return render(
        request,
        "reports/index.html",
        {
            "overview": overview,
            "charts": [
                draw("projects", "Projekte je Jahr", "Projekte", years, of_projects(oldest_first)),
                draw(
                    "paid",
                    "Ausgezahlt je Jahr, in Tausend Euro",
                    "Euro",
                    years,
                    of_payments(oldest_first),
                    per=1000,
                ),
            ],
            "sees_pots": may_see_pots(request.roles),
        },
    )


@require_safe
def year(request: Request, year: int) -> HttpResponse:
    """Show the report of one year. Raises Http404 for a year before the founding or to come."""
    if not figures.FIRST_YEAR <= year <= figures.last_year():
        raise Http404
    return render(
        request,
        "reports/year.html",
        {
            "report": figures.year_report(year),
            "previous": year - 1 if year > figures.FIRST_YEAR else None,
            "next": year + 1 if year < figures.last_year() else None,
            "is_running": year == figures.last_year(),
            "sees_pots": may_see_pots(request.roles),
        },
    )
