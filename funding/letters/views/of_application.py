"""The letters that an application lacks, or can have, drawn on demand; and a letter as it would be, before the decision."""

from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from funding.errors import FundingError
from funding.letters import content, services
from funding.letters.permissions import may_draw
from funding.letters.preview import as_typed
from funding.letters.views.access import pdf_response, readers_only
from funding.models import DECIDES, Application
from funding.views.access import readers_only as money_readers_only
from members.common.keys import is_key
from members.roles.request import Request


@readers_only
@require_http_methods(["GET", "HEAD", "POST"])
def of_application(request: Request, pk: int) -> HttpResponse:
    """Show which decisions have no letter and what each lacks; with POST, draw that of one."""
    related = ("project__organiser", "project__lead_district", "pot__year__model", "pot__district")
    application = get_object_or_404(
        Application.objects.visible_to(request.roles).select_related(*related), pk=pk
    )
    decisions = list(services.unwritten().filter(application=application).order_by("pk"))
    if request.method == "POST":
        if not may_draw(request.roles):
            raise PermissionDenied
        return _draw(request, application)
    rows = []
    for decision in decisions:
        decision.application = application
        rows.append((decision, content.missing(content.matter(decision, timezone.localdate()))))
    context = {
        "application": application,
        "project": application.project,
        "rows": rows,
        "may_draw": may_draw(request.roles),
    }
    return render(request, "letters/of_application.html", context)


def _draw(request: Request, application: Application) -> HttpResponse:
    """Draw the letter of the chosen decision. Drawn twice, it is the same letter, so no one-time key is needed."""
    key = request.POST.get("decision", "")
    if not is_key(key):
        raise BadRequest
    decision = get_object_or_404(application.decisions.filter(step__in=DECIDES), pk=key)
    try:
        letter = services.make(services.draw(decision, actor=request.user))
    except FundingError as refused:
        messages.warning(request, str(refused))
        return redirect("letters:of_application", application.pk)
    messages.success(request, f"Gezeichnet: {letter}.")
    return redirect(letter)


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
