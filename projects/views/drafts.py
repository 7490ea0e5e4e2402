"""Copying a project, and deleting a draft."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.formats import date_format
from django.views.decorators.http import require_http_methods, require_POST

from members.roles.request import Request
from projects import drafts, permissions, services
from projects.stand_ins import saved_for
from projects.views.access import own, version_read


@login_required
@require_POST
def copy(request: Request, pk: int) -> HttpResponse:
    """Copy a project as a new draft, and say what was moved and left out."""
    project = own(request, pk)
    year = request.POST.get("year", "")
    years = drafts.years_for_copy(project)
    if year not in map(str, years):
        messages.error(request, f"Bitte ein Jahr wählen, das jetzt geplant werden kann: {years[0]}.")
        return redirect(project)
    key = request.POST.get("key", "")
    made = drafts.copy_project(project, actor=request.user, year=int(year), key=key)
    sentences = [f"Kopiert als Entwurf für {year}."]
    old, new = project.starts_on or project.ends_on, made.starts_on or made.ends_on
    if old and new:
        weekday = drafts.period_for(project, int(year)).by_weekday
        sentences.append(
            f"{'Beginn' if project.starts_on else 'Ende'} jetzt {date_format(new, 'l, d.m.Y')} (vorher "
            f"{date_format(old, 'l, d.m.Y')}"
            f"{'; der Wochentag blieb' if weekday else '; der Kalendertag blieb'}). Bitte prüfen."
        )
    rows = list(project.financing_items.all())
    if any(r.is_third_party for r in rows):
        sentences.append("Drittmittel stehen wieder auf „angefragt“.")
    if any(r.is_special for r in rows):
        sentences.append("Sondermittel wurden nicht übernommen: Sondertöpfe gelten nur für ein Jahr.")
    if made.is_cross_district:
        sentences.append("Die weiteren Stadtbezirke bestätigen neu.")
    messages.success(request, " ".join(sentences))
    return redirect("projects:edit", pk=made.pk)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: Request, pk: int) -> HttpResponse:
    """Ask whether to delete the draft, and say what will be gone; with POST, delete it."""
    project = own(request, pk)
    if not permissions.may_delete(request.roles, project):
        messages.info(
            request, "Gelöscht werden kann nur ein Entwurf, der noch nie eingereicht oder veröffentlicht war."
        )
        return redirect(project)
    changed = False
    if request.method == "POST":
        try:
            drafts.delete_draft(project, actor=request.user, version=version_read(request))
        except services.StaleProject:
            project = own(request, pk)
            changed = True
        else:
            messages.success(request, f"Der Entwurf „{project.display_title}“ ist gelöscht.")
            return redirect("projects:list")
    return render(
        request,
        "projects/delete.html",
        {
            "project": project,
            "changed": changed,
            "saved_for": saved_for(project),
            "costs": project.cost_items.count(),
            "financing": project.financing_items.count(),
            "saves": project.changes.count(),
            "participations": project.participations.all(),
        },
        status=409 if changed else 200,
    )
