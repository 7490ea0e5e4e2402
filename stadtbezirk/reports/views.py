"""The pages of the reports."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from funding.permissions import may_see_pots
from members.common.days import FIRST_YEAR
from members.roles.request import Request
from stadtbezirk.reports import figures
from stadtbezirk.reports.chart import Series, draw


@require_safe
def index(request: Request) -> HttpResponse:
    """Show all years since the founding, and the applications to pillar 2.

    Everybody sees the same figures.
    """
    overview = figures.overview()
    rows = overview["years"][::-1]
    years = [row["year"] for row in rows]

    def published(name: str) -> dict[int, Any]:
        return {row["year"]: getattr(row["published"], name, None) for row in rows}

    counted = {row["year"]: row["counted"]["projects"] if row["counted"] else None for row in rows}
    projects = [
        Series("c-published", "veröffentlicht", published("projects")),
        Series("c-part", "davon mit Drittmitteln", published("with_third_party"), inside=True),
        Series("c-here", "hier erfasst", counted, at=0.5),
    ]
    paid = [
        Series("c-published", "veröffentlicht", published("paid")),
        Series("c-here", "hier gebucht", {row["year"]: row["paid"] for row in rows}, at=0.5),
    ]
    return render(
        request,
        "reports/index.html",
        {
            "overview": overview,
            "charts": [
                draw("projects", "Projekte je Jahr", "Projekte", years, projects),
                draw("paid", "Ausgezahlt je Jahr, in Tausend Euro", "Euro", years, paid, per=1000),
            ],
            "sees_pots": may_see_pots(request.roles),
        },
    )


@require_safe
def year(request: Request, year: int) -> HttpResponse:
    """Show the report of one year. Raises Http404 for a year before the founding or to come."""
    if not FIRST_YEAR <= year <= figures.last_year():
        raise Http404
    return render(
        request,
        "reports/year.html",
        {
            "report": figures.year_report(year),
            "previous": year - 1 if year > FIRST_YEAR else None,
            "next": year + 1 if year < figures.last_year() else None,
            "is_running": year == figures.last_year(),
            "sees_pots": may_see_pots(request.roles),
        },
    )
