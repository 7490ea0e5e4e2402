"""The page of what was saved and decided."""

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
    """Who saved what when, and what was decided; for those who may read the plan."""
    project = insiders_project(request, pk=pk)
    return render(request, "projects/history.html", {"project": project})


def insiders_project(request: Request, **lookup: Any) -> Project:
    """With its districts. 404 for what is none of this user's business, 403 for a public one read from outside."""
    project = get_object_or_404(
        Project.objects.visible_to(request.roles)
        .select_related("lead_district", "main_field", "organiser", "project_group")
        .prefetch_related(Prefetch("participations", Participation.objects.select_related("district"))),
        **lookup,
    )
    if not permissions.may_read_plan(request.roles, project, list(project.participations.all())):
        raise PermissionDenied
    return project
