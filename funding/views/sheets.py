"""Printed pages: the decision sheet of an application, and what waits for a Lenkungsgremium."""

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from funding import eligibility, permissions
from funding.models import DECIDES, Application
from funding.replay import retrace
from funding.services import needs_second_signature
from funding.sheets import DECIDED, Taken, sheets_of, waiting_in
from funding.views.access import readers_only
from members.common.money import ZERO
from members.models import District
from members.roles.request import Request

#: How many projects an agenda shows, more than any needs. If there are more, the page says so.
AGENDA = 60


@require_safe
@readers_only
def decision_sheet(request: Request, pk: int) -> HttpResponse:
    """Show on paper what was asked, why, and what was decided.

    An undecided application gets room for the signatures that are missing, a decided one for those that decided.
    """
    application = get_object_or_404(
        Application.objects.visible_to(request.roles).select_related(
            "project__lead_district", "project__organiser", "project__main_field", "pot__year__model",
            "pot__district", "submitted_by__person", "first_signer__person", "second_signer__person",
        ),
        pk=pk,
    )  # fmt: skip
    steps = list(application.decisions.with_names())
    retrace(application, steps)
    project = application.project
    pending = application.state in Application.PENDING
    application.lapsed = permissions.lapsed_signature(application, timezone.localdate())
    decisions = [s for s in steps if s.step in DECIDES]
    return render(
        request,
        "funding/decision_sheet.html",
        {
            "application": application,
            "project": project,
            "pot": application.pot,
            "conditions": eligibility.conditions(application, first_signature=True),
            "costs": project.cost_items.all(),
            "financing": project.financing_items.select_related("district"),
            "participations": project.participations.select_related("district"),
            "steps": steps,
            "taken": Taken(application, decisions) if decisions and application.state in DECIDED else None,
            "pending": pending,
            "free": application.available,
            "after": application.available - application.requested,
            "two_signatures": pending and needs_second_signature(application, application.requested),
            "jury": not application.is_pillar_1 and eligibility.resolved_by(application.pot),
            "today": timezone.localdate(),
        },
    )


@require_safe
@readers_only
def agenda(request: Request, slug: str) -> HttpResponse:
    """Show on paper what waits for the district's Lenkungsgremium: a list, and one sheet per project."""
    district = get_object_or_404(District, slug=slug)
    if not request.roles.reads_all and not request.roles.directs(district.pk):
        raise PermissionDenied
    waiting = waiting_in(district.pk, AGENDA + 1)
    more, waiting = len(waiting) > AGENDA, waiting[:AGENDA]
    return render(
        request,
        "funding/agenda.html",
        {
            "district": district,
            "waiting": waiting,
            "sheets": sheets_of(waiting) if waiting else [],
            "asked": sum((a.requested for a in waiting), ZERO),
            "pots": sorted({a.pot for a in waiting}, key=lambda pot: pot.year.year),
            "more": more,
            "today": timezone.localdate(),
        },
    )
