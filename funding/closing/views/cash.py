"""The Kassenbericht of a year: page, PDF, workbook, and the report of the Kassenprüfung to fill in."""

from datetime import date

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from funding.closing import cash, cash_papers
from funding.closing.views.access import figures_only, pdf, require_past
from members.models import Body, Seat
from members.models.tenure import counts_on
from members.roles.request import Request


@require_safe
@figures_only
def cash_report(request: Request, year: int) -> HttpResponse:
    """Show the Kassenbericht of the calendar year."""
    today = timezone.localdate()
    require_past(year, today)
    report = cash.report(year, today)
    return render(
        request,
        "closing/cash.html",
        {
            "report": report,
            "year": year,
            "is_running": year == today.year,
            "verdict": cash_papers.verdict(report),
            "missing": cash_papers.missing_in_words(report),
            "rest": report.books.difference - report.explained,
        },
    )


@require_safe
@figures_only
def cash_file(request: Request, year: int, kind: str) -> HttpResponseBase:
    """Send the Kassenbericht as a workbook or a PDF."""
    today = timezone.localdate()
    require_past(year, today)
    report = cash.report(year, today)
    if kind == "xlsx":
        return cash_papers.workbook(report)
    return pdf(cash_papers.as_pdf(report), f"kassenbericht-{year}", today)


@require_safe
@figures_only
def audit_form(request: Request, year: int) -> HttpResponse:
    """Send the report of the Kassenprüfung, with the year's figures and lines to write on."""
    today = timezone.localdate()
    require_past(year, today)
    form = cash_papers.audit_form(cash.report(year, today), _auditors(today), today)
    return pdf(form, f"kassenpruefung-{year}", today)


def _auditors(day: date) -> list[str]:
    """Return who sits in the association's Kassenprüfung on the local date, by name."""
    seats = Seat.objects.active_on(day).filter(
        counts_on(day, "body__"), body__kind=Body.Kind.CASH_AUDIT, person__isnull=False
    )
    return [str(seat.person) for seat in seats.select_related("person").order_by("person__folded_name", "pk")]
