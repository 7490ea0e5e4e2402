"""The page of a request to change a grant that two people signed."""

from decimal import Decimal

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from funding import permissions, services
from funding.forms import BookingForm, ConfirmChangeForm, RefuseChangeForm
from funding.models import GrantChange, Step
from funding.views.access import readers_only
from funding.views.two_people import decided
from members.common.money import format_euro
from members.roles.request import Request


@readers_only
@require_http_methods(["GET", "HEAD", "POST"])
def grant_change(request: Request, pk: int) -> HttpResponse:
    """Show the request; with POST, confirm or refuse it as the second person."""
    change = get_object_or_404(
        GrantChange.objects.visible_to(request.roles).select_related(
            "application__project__lead_district", "application__pot__year", "application__pot__district",
            "requested_by__person", "decided_by__person",
        ),
        pk=pk,
    )  # fmt: skip
    application = change.application
    shown, status = decided(
        request,
        change,
        {
            ConfirmChangeForm: permissions.objection_to_confirm_change(request.roles, change),
            RefuseChangeForm: permissions.objection_to(Step(change.what), request.roles, application),
        },
        act=lambda form: _decide(request, change, form),
    )
    if not status:
        return redirect(change)
    pot, released = application.pot, change.released if change.waits else Decimal(0)
    return render(
        request,
        "funding/grant_change.html",
        {
            "change": change,
            "application": application,
            "project": application.project,
            "pot": pot,
            "free_afterwards": pot.available + released,
            "mine": change.requested_by_id == request.user.pk,
            **shown,
        },
        status=status,
    )


def _decide(request: Request, change: GrantChange, form: BookingForm) -> str:
    if isinstance(form, RefuseChangeForm):
        services.refuse_change(change, reason=form.cleaned_data["reason"], actor=request.user)
        return f"Es bleibt bei {format_euro(change.granted)}. Gebucht wurde nichts."
    done = services.confirm_change(change, actor=request.user)
    return (
        f"Gebucht: Bewilligt sind jetzt {format_euro(done.amount)}, in {change.application.pot} sind "
        f"{format_euro(done.released)} wieder frei."
    )
