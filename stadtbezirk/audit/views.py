"""The page of the audit package, and its download."""

import logging

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from funding.models import FiscalYear
from members.common import disk
from members.roles.request import Request
from stadtbezirk.audit import turn
from stadtbezirk.audit.forms import YearForm
from stadtbezirk.audit.package import Package
from stadtbezirk.audit.permissions import may_take
from stadtbezirk.models import AuditExport

PER_PAGE = 20
BUSY = (
    "Gerade wird schon ein Prüfpaket erstellt oder heruntergeladen. Bitte versuchen Sie es in einigen Minuten noch einmal; "
    "es ist nichts verloren."
)

logger = logging.getLogger(__name__)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def package(request: Request) -> HttpResponseBase:
    """Show what the package is and who took one; send that of the chosen year."""
    if not may_take(request.roles):
        raise PermissionDenied
    form = YearForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        token = turn.take()
        if token is None:
            form.add_error(None, BUSY)
        else:
            return _download(request, form, token)
    return _page(request, form)


def _page(request: Request, form: YearForm) -> HttpResponse:
    taken = AuditExport.objects.select_related("by__person")
    page = Paginator(taken, PER_PAGE).get_page(request.GET.get("page"))
    status = 422 if form.is_bound else 200
    return render(request, "audit/package.html", {"form": form, "page": page}, status=status)


def _download(request: Request, form: YearForm, token: str) -> HttpResponseBase:
    """Note who takes it, and send it. The turn is given back when the last byte is sent, or the reader goes away."""
    year: FiscalYear = form.cleaned_data["year"]
    try:
        AuditExport.objects.create(year=year.year, by=request.user)
        content = Package(year, when_closed=lambda: turn.give_back(token))
    except OSError as error:
        turn.give_back(token)
        if not disk.is_full(error):
            raise
        form.add_error(None, disk.SENTENCE)
        return _page(request, form)
    except BaseException:
        turn.give_back(token)
        raise
    response = StreamingHttpResponse(content, content_type="application/zip")
    response.headers["Content-Disposition"] = f'attachment; filename="pruefpaket-{year}.zip"'
    response.headers["Cache-Control"] = "private, no-store"
    # A proxy that collects the whole package first would keep it on its disk.
    response.headers["X-Accel-Buffering"] = "no"
    return response
