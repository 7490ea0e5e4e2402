"""The list of letters: what is to be sent, to be accepted, and what is lacking."""

from typing import Any

from django.core.exceptions import BadRequest
from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from funding.letters import content, services
from funding.letters.forms import SendForm
from funding.letters.models import Letter
from funding.letters.views.access import pdf_response, readers_only
from funding.models import Application
from funding.views.access import PER_PAGE
from funding.views.booking import carry_out
from members.common.counting import counted
from members.common.kept import posted
from members.common.keys import is_key
from members.roles.request import Request

#: The most letters of one PDF: 100 take two seconds.
MOST = 100
STATES = {"senden": "zu versenden", "annehmen": "anzunehmen", "fehlen": "fehlen", "alle": "alle"}


@readers_only
@require_http_methods(["GET", "HEAD", "POST"])
def letters(request: Request) -> HttpResponse:
    """Show the letters in one state; with POST, record that the chosen ones were sent."""
    state = request.GET.get("stand", "senden")
    state = state if state in STATES else "senden"
    form = SendForm(posted(request))
    status = 200
    if request.method == "POST":
        status = carry_out(request, form, lambda: _send(request, form))
        if not status:
            return redirect(f"{reverse('letters:letters')}?stand={state}")
    found = Letter.objects.visible_to(request.roles)
    rows: Any = {"senden": found.to_send, "annehmen": found.to_accept}.get(state, found.all)()
    if state == "fehlen":
        seen = Application.objects.visible_to(request.roles)
        rows = services.lacking().filter(application__in=seen).order_by("pk")
        rows = rows.select_related(
            "application__project__organiser", "application__pot__year", "application__pot__district"
        )
    else:
        rows = rows.select_related("decision__application__project__organiser").prefetch_related("sendings")
        rows = rows.select_related("decision__application__project", "replaced_by")
    return render(
        request,
        "letters/list.html",
        {
            "states": STATES.items(),
            "state": state,
            "page": Paginator(rows, PER_PAGE).get_page(request.GET.get("page")),
            "form": form,
            "chosen": request.POST.getlist("letter"),
        },
        status=status,
    )


def _chosen(request: Request) -> list[Letter]:
    keys = request.POST.getlist("letter")
    if not all(map(is_key, keys)):
        raise BadRequest
    return list(Letter.objects.visible_to(request.roles).filter(pk__in=keys).order_by("pk"))


def _send(request: Request, form: SendForm) -> str:
    sent = services.send(
        _chosen(request), way=form.cleaned_data["way"], on=form.cleaned_data["on"], actor=request.user
    )
    return f"{counted(len(sent), 'Schreiben', 'Schreiben')} als versandt eingetragen ({sent[0].get_way_display()})."


@readers_only
@require_POST
def together(request: Request) -> HttpResponseBase:
    """Send the chosen letters as one PDF, for the printer."""
    chosen = [letter for letter in _chosen(request) if letter.is_made][:MOST]
    if not chosen:
        return redirect("letters:letters")
    return pdf_response(content.render(*(each.inputs for each in chosen), title="Schreiben"), "Schreiben.pdf")
