"""The letters that an application lacks, drawn on demand; and a letter as it would be, before the decision."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from funding.letters import content, services
from funding.letters.errors import NotYet
from funding.letters.models import Letter
from funding.letters.permissions import may_draw
from funding.letters.preview import as_typed
from funding.letters.views.access import pdf_response, readers_only
from funding.models import DECIDES, Application, Decision
from funding.views.access import readers_only as money_readers_only
from members.roles.request import Request


@readers_only
@require_http_methods(["GET", "HEAD", "POST"])
def of_application(request: Request, pk: int) -> HttpResponse:
    """Show which decisions have no letter and what each lacks; with POST, draw them now."""
    related = ("project__organiser", "project__lead_district", "pot__year__model", "pot__district")
    application = get_object_or_404(
        Application.objects.visible_to(request.roles).select_related(*related), pk=pk
    )
    decisions = list(application.decisions.filter(step__in=DECIDES, letters=None).order_by("pk"))
    if request.method == "POST":
        if not may_draw(request.roles):
            raise PermissionDenied
        return _draw(request, application, decisions)
    rows = []
    for decision in decisions:
        decision.application = application
        rows.append((decision, content.missing(content.matter(decision, timezone.localdate()))))
    context = {
        "application": application,
        "project": application.project,
        "rows": rows,
        "may_draw": may_draw(request.roles) and any(not missing for _, missing in rows),
    }
    return render(request, "letters/of_application.html", context)


def _draw(request: Request, application: Application, decisions: list[Decision]) -> HttpResponse:
    """Draw what can be drawn. Drawn twice, it is the same letter, so no one-time key is needed."""
    drawn: list[Letter] = []
    for decision in decisions:
        try:
            drawn.append(services.make(services.draw(decision, actor=request.user)))
        except NotYet as lacks:
            messages.warning(request, str(lacks))
    if drawn:
        messages.success(request, f"Gezeichnet: {', '.join(map(str, drawn))}.")
        return redirect(drawn[-1])
    return redirect("letters:of_application", application.pk)


@money_readers_only
@require_POST
def preview(request: Request, pk: int) -> HttpResponseBase:
    """Show the letter that the decision form, as it is typed, would make. Nothing is stored."""
    result = as_typed(request, pk)
    if isinstance(result, HttpResponse):
        return result
    return pdf_response(
        content.render(content.inputs(result, number="", watermark=content.DRAFT)), "Entwurf.pdf"
    )
