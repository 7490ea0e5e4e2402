"""Who reads the accounts of a year, and how a report is sent as PDF."""

from collections.abc import Callable
from datetime import date
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseBase

from members.common.days import FIRST_YEAR
from members.common.pdf.reports import Report, render_report
from members.roles.request import Request


def figures_only(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Let only users in who read all figures: visitors sign in, everybody else gets a 403."""

    @login_required
    @wraps(view)
    def checked(request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.roles.reads_all:
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return checked


def require_past(year: int, today: date) -> None:
    """Raise Http404 for a year before the founding, or one to come."""
    if not FIRST_YEAR <= year <= today.year:
        raise Http404


def pdf(report: Report, name: str, day: date) -> HttpResponse:
    """Send the report as a PDF to show. No cache may keep it."""
    answer = HttpResponse(render_report(report, day=day), content_type="application/pdf")
    answer.headers["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    answer.headers["Cache-Control"] = "private, no-store"
    return answer
