from functools import cache
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from members.http import Request
from members.kept import posted
from members.prepared import Prepared
from projects import permissions, services
from projects.acts import last_save, name_deputies
from projects.completeness import missing
from projects.forms import DeclineForm
from projects.models import Participation, Project
from projects.models.project import sight_and_districts
from projects.parts import further_fields_of, with_participations, with_plan


@cache
def _found_by(name: str, sight: str) -> Prepared[tuple[int, ...], Any]:
    def build(districts: tuple[int, ...], value: Any) -> QuerySet[Project]:
        rows = Project.objects.seen_with(sight, districts).select_related(
            "lead_district", "main_field", "organiser", "project_group", "changed_by__person"
        )
        return rows.filter(**{name: value}).order_by()

    return Prepared(build)


def visible(request: Request, **lookup: Any) -> Project:
    """The project with this key or number. One query, or 404."""
    ((name, value),) = lookup.items()
    sight, districts = sight_and_districts(request.roles)
    for project in _found_by(name, sight)(districts, value):
        return project
    raise Http404


@require_safe
def draft(request: Request, pk: int) -> HttpResponse:
    """A project without a number; with one its page moved to the number's address."""
    project = visible(request, pk=pk)
    return redirect(project, permanent=True) if project.number else project_page(request, project)


@require_safe
def detail(request: Request, number: str) -> HttpResponse:
    return project_page(request, visible(request, number=number))


def project_page(
    request: Request, project: Project, *, declining: DeclineForm | None = None, status: int = 200
) -> HttpResponse:
    participations = with_participations(project)
    inside = permissions.may_read_plan(request.roles, project, participations)
    plan = with_plan(project) if inside else ([], [])
    changed_for = None
    if inside:
        (changed_for,) = name_deputies(participations, last_save(project))
    may_edit = permissions.may_edit(request.roles, project)
    declining = declining or _kept_refusal(request, project, participations)
    return render(
        request,
        "projects/detail.html",
        {
            "project": project,
            "participations": participations,
            "further_fields": further_fields_of(project.pk),
            "inside": inside,
            "changed_for": changed_for,
            "costs": plan[0],
            "financing": plan[1],
            "missing": missing(project)
            if inside and may_edit and project.state in Project.OPEN_TO_EDIT
            else {},
            "may_edit": may_edit,
            "may_publish": permissions.may_publish(request.roles, project),
            "answers": [
                (
                    p,
                    declining if declining and declining.participation == p else DeclineForm(p),
                    permissions.may_decline(request.roles, p),
                )
                for p in participations
                if permissions.may_confirm(request.roles, p)
            ],
        },
        status=status,
    )


def _kept_refusal(
    request: Request, project: Project, participations: list[Participation]
) -> DeclineForm | None:
    """The reason that was typed before the session ended."""
    typed = posted(request, reverse("projects:decline", args=[project.pk]))
    of = [p for p in participations if typed and typed.get("district") == str(p.district_id)]
    return DeclineForm(of[0], typed) if of else None


@login_required
@require_POST
def publish(request: Request, pk: int) -> HttpResponse:
    project = visible(request, pk=pk)
    if not request.roles.directs(project.lead_district_id):
        raise PermissionDenied
    if not permissions.may_publish(request.roles, project):
        messages.error(
            request,
            "Veröffentlichen ohne Förderung geht nur bei einem Entwurf mit Titel und Kurzbeschreibung, der kein "
            "Geld aus den Töpfen vorsieht.",
        )
        return redirect(project)
    project = services.publish_without_grant(project, actor=request.user)
    messages.success(request, f"Veröffentlicht als {project.number}.")
    return redirect(project)
