"""The Kassenbericht of a year: page, PDF, workbook, and the report of the Kassenprüfung to fill in."""

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from funding.closing import cash, cash_papers
from funding.closing.views.access import figures_only, pdf, require_past
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
    form = cash_papers.audit_form(cash.report(year, today), [], today)
    return pdf(form, f"kassenpruefung-{year}", today)
