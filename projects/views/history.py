"""The page of a project's history: what was saved and what was decided."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from members.roles.request import Request
from projects.views.access import insiders_project


@require_safe
@login_required
def history(request: Request, pk: int) -> HttpResponse:
    """Show who saved what when, and what was decided. Only for readers of the plan."""
    project = insiders_project(request, pk=pk)
    return render(request, "projects/history.html", {"project": project})
