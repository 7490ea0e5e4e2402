"""The page of a project's history: what was saved and what was decided."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from members.roles.request import Request
from projects import permissions
from projects.models import Participation, Project


@require_safe
@login_required
def history(request: Request, pk: int) -> HttpResponse:
    """Show who saved what when, and what was decided. Only for readers of the plan."""
    project = insiders_project(request, pk=pk)
    return render(request, "projects/history.html", {"project": project})


def insiders_project(request: Request, **lookup: Any) -> Project:
    """Return the project with its districts, for readers of its plan.

    Raises Http404 if the user may not see it, PermissionDenied if they see only what is public.
    """
    project = get_object_or_404(
        Project.objects.visible_to(request.roles)
        .select_related("lead_district", "main_field", "organiser", "project_group")
        .prefetch_related(Prefetch("participations", Participation.objects.select_related("district"))),
        **lookup,
    )
    if not permissions.may_read_plan(request.roles, project, list(project.participations.all())):
        raise PermissionDenied
    return project
