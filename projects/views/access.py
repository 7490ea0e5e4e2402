"""The project that a page shows, for whoever may see it."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch
from django.shortcuts import get_object_or_404

from members.common.keys import is_key
from members.common.stored import with_gone_on
from members.roles.request import Request
from projects import permissions
from projects.models import FinancingItem, Participation, Project

#: What a page with the plan reads besides the project and who takes part.
PLAN = (
    "cost_items",
    "further_fields",
    Prefetch("financing_items", FinancingItem.objects.select_related("district")),
)


def visible(request: Request, *, with_plan: bool = True, **lookup: Any) -> Project:
    """Return the project with this key or number and what its pages show. Raises Http404."""
    people = ("district", "confirmed_by__person", "declined_by__person")
    partners = Prefetch("participations", Participation.objects.select_related(*people))
    found = (
        Project.objects.visible_to(request.roles)
        .select_related("lead_district", "main_field", "organiser", "project_group", "changed_by__person")
        .prefetch_related(partners, *(PLAN if with_plan else ()))
    )
    return get_object_or_404(with_gone_on(found), **lookup)


def own(request: Request, pk: int) -> Project:
    """Return the user's own project. Raises Http404 if it may not be seen, PermissionDenied if not theirs."""
    project = visible(request, pk=pk)
    if not request.roles.directs(project.lead_district_id):
        raise PermissionDenied
    return project


def insiders_project(request: Request, *, with_plan: bool = False, **lookup: Any) -> Project:
    """Return the project for readers of its plan.

    Raises Http404 if the user may not see it, PermissionDenied if they see only what is public.
    """
    project = visible(request, with_plan=with_plan, **lookup)
    if not permissions.may_read_plan(request.roles, project, list(project.participations.all())):
        raise PermissionDenied
    return project


def version_read(request: Request) -> int:
    """Return the version of the project that the form was opened on; 0 for none."""
    read = request.POST.get("version", "")
    return int(read) if is_key(read) else 0
