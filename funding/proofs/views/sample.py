"""The page of a year's sample: which grants were drawn to show their vouchers, and how anybody can draw them again."""

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from funding.forms import BookingForm
from funding.models import FiscalYear
from funding.permissions import objection_to_staff_booking
from funding.proofs import due, services
from funding.proofs.views.access import proof_readers_only
from funding.views.booking import carry_out
from members.common.counting import counted
from members.common.kept import posted
from members.roles.request import Request

DRAWN_BY = "Die Stichprobe zieht die Wirtschaftsförderung."


class DrawForm(BookingForm):
    title = "Stichprobe ziehen"
    button = "Stichprobe ziehen"


@proof_readers_only
@require_http_methods(["GET", "HEAD", "POST"])
def sample(request: Request, year: int) -> HttpResponse:
    """Show the sample of a calendar year; with POST, draw it."""
    if not request.roles.reads_all:
        raise PermissionDenied
    fiscal_year = get_object_or_404(FiscalYear, year=year)
    objection = objection_to_staff_booking(request.roles, DRAWN_BY)
    status, form = 200, DrawForm(posted(request))
    if request.method == "POST":
        if objection:
            raise PermissionDenied(str(objection))

        def act() -> str:
            made = services.draw_sample(year, actor=request.user)
            return f"Gezogen: {counted(made.picks.count(), 'Bewilligung', 'Bewilligungen')}."

        status = carry_out(request, form, act)
        if not status:
            return redirect("proofs:sample", year)
    drawn = due.last_sample(year)
    return render(
        request,
        "proofs/sample.html",
        {
            "year": fiscal_year,
            "years": FiscalYear.objects.order_by("-year"),
            "sample": drawn,
            "form": form if drawn is None and objection is None else None,
            "refused": form if drawn and form.errors else None,
        },
        status=status,
    )
