"""The page of one project, and publishing it without a grant."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from members.common.kept import posted
from members.roles.request import Request
from projects import permissions, services
from projects.forms import DeclineForm
from projects.missing import missing
from projects.models import Participation, Project
from projects.stand_ins import last_save, name_deputies
from projects.views.access import own, visible


@require_safe
def draft(request: Request, pk: int) -> HttpResponse:
    """Show a project without a number; once it has one, redirect to its address with the number."""
    project = visible(request, pk=pk)
    return redirect(project, permanent=True) if project.number else project_page(request, project)


@require_safe
def detail(request: Request, number: str) -> HttpResponse:
    return project_page(request, visible(request, number=number))


def project_page(
    request: Request, project: Project, *, declining: DeclineForm | None = None, status: int = 200
) -> HttpResponse:
    """Show the project, as far as this reader may see it."""
    participations = list(project.participations.all())
    inside = permissions.may_read_plan(request.roles, project, participations)
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
            "inside": inside,
            "costs": project.cost_items.all(),
            "financing": project.financing_items.all(),
            "changed_for": changed_for,
            "missing": missing(project) if inside and may_edit and project.is_open_to_edit else {},
            "may_edit": may_edit,
            "maintains_organiser": permissions.may_maintain_organiser_of(request.roles, project),
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
    """Return the form with the reason that was typed when the session had ended; None if there is none."""
    typed = posted(request, reverse("projects:decline", args=[project.pk]))
    of = [p for p in participations if typed and typed.get("district") == str(p.district_id)]
    return DeclineForm(of[0], typed) if of else None


@login_required
@require_POST
def publish(request: Request, pk: int) -> HttpResponse:
    project = own(request, pk)
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
