"""The list of letters: what is to be sent, to be accepted, and what is lacking."""

from typing import Any

from django.core.exceptions import BadRequest
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from funding.letters import content, notices, services
from funding.letters.forms import MailForm, SendForm
from funding.letters.models import Letter, Sending
from funding.letters.views.access import pdf_response, readers_only
from funding.models import Application
from funding.views.access import PER_PAGE
from funding.views.booking import carry_out
from members.common.counting import counted
from members.common.export import CHUNK, Column, download
from members.common.kept import posted
from members.common.keys import is_key
from members.common.stored import with_gone_on
from members.roles.request import Request

#: The most letters of one PDF: 100 take two seconds.
MOST = 100
STATES = {"senden": "zu versenden", "annehmen": "anzunehmen", "fehlen": "fehlen", "alle": "alle"}


@readers_only
@require_http_methods(["GET", "HEAD", "POST"])
def letters(request: Request) -> HttpResponse:
    """Show the letters in one state; with POST, record that the chosen ones were sent."""
    state = _state(request)
    data = posted(request)
    mails = data is not None and data.get("step") == MailForm.step
    form: Any = MailForm(data) if mails else SendForm(data)
    status = 200
    if request.method == "POST":
        status = carry_out(request, form, lambda: _send(request, form))
        if not status:
            return redirect(f"{reverse('letters:letters')}?stand={state}")
    rows: Any
    if state == "fehlen":
        seen = Application.objects.visible_to(request.roles)
        rows = services.lacking().filter(application__in=seen).order_by("pk")
        rows = rows.select_related(
            "application__project__organiser", "application__pot__year", "application__pot__district"
        )
    else:
        rows = _letters(request, state)
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "letters/list.html",
        {
            "states": STATES.items(),
            "state": state,
            "page": page,
            "all_mails": state == "senden" and all(map(notices.recipient_of, page.object_list)),
            "form": form,
            "send": SendForm(data) if mails else form,
            "mail": MailForm(),
            "chosen": request.POST.getlist("letter"),
        },
        status=status,
    )


def _state(request: Request) -> str:
    state = request.GET.get("stand", "senden")
    return state if state in STATES else "senden"


def _letters(request: Request, state: str) -> "QuerySet[Letter]":
    """Return the letters in this state that the user may read, with what a line says of them."""
    found = Letter.objects.visible_to(request.roles)
    rows = {"senden": found.to_send, "annehmen": found.to_accept}.get(state, found.all)()
    related = ("decision__application__project__organiser", "decision__application__pot__district",
               "decision__application__pot__year", "replaced_by")  # fmt: skip
    return with_gone_on(rows.select_related(*related).prefetch_related("sendings"))


def _sent_on(letter: Letter) -> Any:
    sendings = letter.sendings.all()
    return sendings[len(sendings) - 1].on if sendings else None


LETTERS = (
    Column("Nummer", "number", 16),
    Column("Schreiben", "title", 24),
    Column("vom", "drawn_on", 12),
    Column("Projektnummer", "decision.application.project.number", 15),
    Column("Projekt", "decision.application.project.display_title", 40),
    Column("Topf", "decision.application.pot", 30),
    Column("Empfänger", lambda letter: letter.decision.application.project.organiser, 30),
    Column("versandt am", _sent_on, 12),
    Column("Antwort", Letter.get_answer_display, 20),
    Column("beantwortet am", "answered_on", 14),
    Column("ersetzt", lambda letter: not letter.is_current, 10),
)


@readers_only
@require_safe
def letters_export(request: Request, kind: str) -> HttpResponseBase:
    """Send the letters that the page shows under the same address; where it shows what lacks one, all of them."""
    state = _state(request)
    chosen = "alle" if state == "fehlen" else STATES[state]
    rows = _letters(request, state).iterator(CHUNK)
    return download(kind, "schreiben", LETTERS, rows, f"Schreiben: {chosen}")


def _chosen(request: Request) -> list[Letter]:
    keys = request.POST.getlist("letter")
    if not all(map(is_key, keys)):
        raise BadRequest
    return list(Letter.objects.visible_to(request.roles).filter(pk__in=keys).order_by("pk"))


def _send(request: Request, form: MailForm | SendForm) -> str:
    """Send the link of the chosen letters, or record that they went out on paper. Return what was done."""
    way, on = form.cleaned_data.get("way", Sending.Way.LINK), form.cleaned_data.get("on")
    sent = services.send(_chosen(request), way=way, on=on, actor=request.user)
    if way == Sending.Way.LINK:
        return f"{counted(len(sent), 'E-Mail mit Link', 'E-Mails mit Link')}: Der Versand beginnt in wenigen Minuten."
    return f"{counted(len(sent), 'Schreiben', 'Schreiben')} als versandt eingetragen ({sent[0].get_way_display()})."


@readers_only
@require_POST
def together(request: Request) -> HttpResponseBase:
    """Send the chosen letters as one PDF, for the printer."""
    chosen = [letter for letter in _chosen(request) if letter.is_made and not letter.is_erased][:MOST]
    if not chosen:
        return redirect("letters:letters")
    return pdf_response(content.render(*(each.inputs for each in chosen), title="Schreiben"), "Schreiben.pdf")
