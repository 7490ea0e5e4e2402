"""The page for handing a project in."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.text import get_text_list
from django.views.decorators.http import require_http_methods

from funding import services
from funding.errors import AlreadyDone, FundingError, PlanIncomplete, TransitionNotAllowed, YearNotOpen
from funding.forms import OnceForm
from funding.models import Application, FiscalYear, Pot
from funding.permissions import objection_to_hand_in
from funding.plan import pot_of
from funding.services.handing_in import complaints, require_year
from funding.who_acts_next import next_step
from members.common.money import ZERO
from members.roles.request import Request
from projects import services as project_services
from projects.models import Project


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def hand_in(request: Request, pk: int) -> HttpResponse:
    """Show what will be handed in and what stands against it; with POST, hand it in."""
    project = get_object_or_404(
        Project.objects.visible_to(request.roles).select_related("lead_district", "organiser", "main_field"),
        pk=pk,
    )
    if not request.roles.directs(project.lead_district_id):
        raise PermissionDenied
    if request.method != "POST":
        return _page(request, project, OnceForm())
    form = OnceForm(request.POST)
    if not form.is_valid():
        return _page(request, project, form, refusal=str(form.errors["key"][0]))
    read = request.POST.get("version", "")

    def submit() -> list[Application]:
        current = project_services.lock(project)
        unchanged = not read or read == str(current.version)
        if not unchanged and objection_to_hand_in(request.roles, current) is None:
            raise TransitionNotAllowed(
                "Das Projekt wurde geändert, nachdem Sie diese Seite geöffnet hatten. Eingereicht wurde nichts. "
                "Bitte prüfen Sie die Beträge unten und reichen Sie dann ein."
            )
        return services.submit(current, actor=request.user)

    try:
        handed_in = services.once(form.cleaned_data["key"], request.user, submit)
    except AlreadyDone as done:
        messages.info(request, str(done))
        return redirect(Project.objects.get(pk=pk))
    except PlanIncomplete:
        return _page(request, project, form)
    except FundingError as error:
        project.refresh_from_db()
        return _page(request, project, form, refusal=str(error))
    project = Project.objects.get(pk=pk)
    steps = dict.fromkeys(next_step(application) for application in handed_in)
    messages.success(request, f"Eingereicht als {project.number}. {' '.join(steps)}".strip())
    return redirect(project)


def _page(request: Request, project: Project, form: OnceForm, refusal: str = "") -> HttpResponse:
    if objection := objection_to_hand_in(request.roles, project):
        # It was handed in from another tab, or is no longer the user's: there is nothing to do here.
        messages.info(request, str(objection))
        return redirect(project)
    year: FiscalYear | None = None
    pots: list[Pot] = []
    try:
        year = require_year(project)
        pots = list(year.pots.select_related("district", "year"))
    except YearNotOpen as error:
        refusal = refusal or str(error)
    missing = complaints(project)
    financing = list(project.financing_items.select_related("district"))
    rows = [row for row in financing if row.from_pot and not row.locked]
    participations = list(project.participations.select_related("district"))
    unconfirmed = [p.district.name for p in participations if p.is_asked]
    return render(
        request,
        "funding/hand_in.html",
        {
            "project": project,
            "year": year,
            "financing": financing,
            "asked": [(row, pot_of(row, pots)) for row in rows],
            "asks_pillar_1": any(row.is_pillar_1 for row in rows),
            "asked_sum": sum((row.amount or ZERO for row in rows), ZERO),
            "missing": missing,
            "unconfirmed": unconfirmed,
            "unconfirmed_names": get_text_list(unconfirmed, "und"),
            "participations": participations,
            "form": form,
            "refusal": refusal,
            "ready": not missing and year is not None,
        },
        status=422 if form.is_bound else 200,
    )
