"""Who reads the accounts of a year, and how a report is sent as PDF."""

from datetime import date

from django.http import Http404, HttpResponse

from funding.letters.views.access import pdf_response
from funding.views.access import only_for
from members.common.days import FIRST_YEAR
from members.common.pdf.reports import Report, render_report

#: Lets only users in who read all figures.
figures_only = only_for(lambda roles: roles.reads_all)


def require_past(year: int, today: date) -> None:
    """Raise Http404 for a year before the founding, or one to come."""
    if not FIRST_YEAR <= year <= today.year:
        raise Http404


def pdf(report: Report, name: str, day: date) -> HttpResponse:
    """Send the report as a PDF to show. No cache may keep it."""
    return pdf_response(render_report(report, day=day), f"{name}.pdf")
