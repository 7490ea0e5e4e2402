"""The page of a request to change a grant that two people signed."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from funding import eligibility, permissions, services
from funding.forms import BookingForm, ConfirmByResolutionForm, ConfirmChangeForm, RefuseChangeForm
from funding.models import GrantChange, Step
from funding.views.access import readers_only
from funding.views.two_people import decided
from members.common.money import ZERO, format_euro
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
    application, pot = change.application, change.application.pot
    confirm: Callable[[Any], BookingForm] = ConfirmChangeForm
    if change.is_increase and eligibility.resolved_by(pot):
        confirm = partial(ConfirmByResolutionForm, pot)
    shown, status = decided(
        request,
        change,
        {
            confirm: permissions.objection_to_confirm_change(request.roles, change),
            RefuseChangeForm: permissions.objection_to(Step(change.what), request.roles, application),
        },
        act=lambda form: _decide(request, change, form),
    )
    if not status:
        return redirect(change)
    released = change.released if change.waits and not change.leaves_grant else ZERO
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
        kept = "der Rückforderung" if change.is_waiver else format_euro(change.granted)
        if change.forgoes_interest:
            kept = f"{format_euro(change.released)} Zinsen"
        return f"Es bleibt bei {kept}. Gebucht wurde nichts."
    resolution = form.resolution(change.added) if isinstance(form, ConfirmByResolutionForm) else None
    done = services.confirm_change(change, actor=request.user, resolution=resolution)
    if done.is_increase:
        return f"Gebucht: Bewilligt sind jetzt {format_euro(done.amount)}, {format_euro(done.added)} mehr als bisher."
    if done.is_reclaim:
        return f"Zurückgefordert: {format_euro(done.released)}. Gebucht wird, wenn das Geld zurückkommt."
    if done.is_waiver:
        return f"Verzichtet: {format_euro(done.released)} bleiben beim Empfänger. Gebucht wurde nichts."
    if done.forgoes_interest:
        return f"Verzichtet: {format_euro(done.released)} Zinsen werden nicht mehr gefordert."
    return (
        f"Gebucht: Bewilligt sind jetzt {format_euro(done.amount)}, in {change.application.pot} sind "
        f"{format_euro(done.released)} wieder frei."
    )
