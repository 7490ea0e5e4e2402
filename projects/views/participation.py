"""A further district's answer: it takes part, or not."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from members.roles.request import Request
from projects import permissions, services
from projects.forms import DeclineForm
from projects.models import Participation, Project
from projects.views.access import version_read, visible
from projects.views.project import project_page


def _participation(request: Request, project: Project) -> Participation:
    """Return the participation of the form. Raises Http404, PermissionDenied to those of other districts."""
    wanted = request.POST.get("district", "")
    participation = next((p for p in project.participations.all() if str(p.district_id) == wanted), None)
    if participation is None:
        raise Http404
    if not request.roles.directs(participation.district_id):
        raise PermissionDenied
    return participation


CHANGED = "Das Projekt wurde geändert, nachdem Sie es geöffnet hatten. Bitte lesen Sie den Plan noch einmal und {then}."


@login_required
@require_POST
def confirm(request: Request, pk: int) -> HttpResponse:
    """Confirm for a further district that it takes part with its share."""
    project = visible(request, pk=pk)
    participation = _participation(request, project)
    if participation.confirmed_on:
        messages.info(request, "Die Beteiligung war schon bestätigt.")
    elif not permissions.may_confirm(request.roles, participation):
        messages.info(request, "Zurzeit gibt es hier nichts zu bestätigen.")
    else:
        try:
            services.confirm_participation(
                project, district=participation.district, actor=request.user, version=version_read(request)
            )
        except services.StaleProject:
            messages.warning(request, CHANGED.format(then="bestätigen Sie dann"))
        else:
            messages.success(request, f"{participation.district} macht mit. Danke für die Bestätigung.")
    return redirect(project)


@login_required
@require_POST
def decline(request: Request, pk: int) -> HttpResponse:
    """Decline for a further district, with a reason that the lead district reads."""
    project = visible(request, pk=pk)
    participation = _participation(request, project)
    if not permissions.may_decline(request.roles, participation):
        messages.info(request, f"Hier gibt es nichts abzusagen: {participation}.")
        return redirect(project)
    form = DeclineForm(participation, request.POST)
    if not form.is_valid():
        return project_page(request, project, declining=form, status=422)
    try:
        services.decline_participation(
            project,
            district=participation.district,
            reason=form.cleaned_data["reason"],
            actor=request.user,
            version=version_read(request),
        )
    except services.StaleProject:
        form.add_error(None, CHANGED.format(then="senden Sie dann noch einmal"))
        return project_page(request, visible(request, pk=pk), declining=form, status=409)
    messages.success(
        request, f"Abgesagt. Die Geschäftsführung {project.lead_district} liest Ihre Begründung."
    )
    return redirect(project)
