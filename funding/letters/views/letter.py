"""The page of one letter: what it is, how it went out, what was answered."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from funding.letters import notices, permissions, services
from funding.letters.forms import AnswerForm, CorrectForm, MailForm, SendForm
from funding.letters.models import Letter, Sending
from funding.letters.views.access import file_of, readers_only
from funding.views.booking import carry_out
from members.common.kept import posted
from members.common.stored import with_gone_on
from members.roles.request import Request


def _load(request: Request, number: str) -> Letter:
    related = (
        "decision__application__project__organiser", "decision__application__project__lead_district",
        "decision__application__pot__year", "decision__application__pot__district", "replaces", "replaced_by",
        "drawn_by__person", "answer_recorded_by__person", "text",
    )  # fmt: skip
    found = Letter.objects.visible_to(request.roles).select_related(*related)
    return get_object_or_404(with_gone_on(found), number=number)


@readers_only
@require_http_methods(["GET", "HEAD", "POST"])
def letter(request: Request, number: str) -> HttpResponse:
    """Show the letter; with POST, record its sending or an answer on paper, or draw a corrected one."""
    found = _load(request, number)
    data = posted(request)
    forms = {
        each.step: each(data if data and data.get("step") == each.step else None)
        for each in _offered(request, found)
    }
    status = 200
    if request.method == "POST":
        step = request.POST.get("step", "")
        if step not in ("mail", "send", "answer", "correct"):
            raise Http404
        if step not in forms:
            raise PermissionDenied
        acts = {"mail": _mail, "send": _send, "answer": _answer, "correct": _correct}
        form: Any = forms[step]
        status = carry_out(request, form, lambda: acts[step](request, found, form.cleaned_data))
        if not status:
            newest = Letter.objects.current().get(decision=found.decision_id)
            return redirect(newest)
        found = _load(request, number)
    sendings = list(found.sendings.select_related("by__person"))
    # One primary button: first a letter is sent, by mail where that goes; then its answer comes.
    following = ("answer",) if sendings else ("mail", "send", "answer")
    first = next((step for step in following if step in forms), "")
    for step, form in forms.items():
        if step != first:
            form.css = "btn-outline-primary"
    return render(
        request,
        "letters/letter.html",
        {
            "letter": found,
            "application": found.decision.application,
            "project": found.decision.application.project,
            "sendings": sendings,
            "recipient_email": notices.recipient_of(found),
            "forms": forms,
        },
        status=status,
    )


def _offered(request: Request, found: Letter) -> list[Any]:
    """Return the forms that this user can fill in for the letter.

    One that is posted is among them in any state of the letter: what somebody did meanwhile refuses it with a sentence.
    """
    step = request.POST.get("step")
    is_there = found.is_made and not found.is_erased
    by_mail = is_there and not found.is_over and bool(notices.recipient_of(found))
    steps = (
        (MailForm, by_mail, permissions.may_record_sending),
        (SendForm, is_there, permissions.may_record_sending),
        (AnswerForm, found.waits_for_answer and not found.is_over, permissions.may_record_answer),
        (CorrectForm, not found.is_over and not found.is_erased, permissions.may_correct),
    )
    return [
        form
        for form, is_open, may in steps
        if (step == form.step or (is_open and found.is_current)) and may(request.roles, found)
    ]


def _mail(request: Request, found: Letter, data: dict[str, Any]) -> str:
    services.send([found], way=Sending.Way.LINK, actor=request.user)
    return f"E-Mail mit Link an {notices.recipient_of(found)}: Sie geht in wenigen Minuten hinaus."


def _send(request: Request, found: Letter, data: dict[str, Any]) -> str:
    [sent] = services.send([found], way=data["way"], on=data["on"], actor=request.user)
    return f"Versand eingetragen: {sent}."


def _answer(request: Request, found: Letter, data: dict[str, Any]) -> str:
    answered = services.record_answer(
        found,
        name=data["name"],
        function=data["function"],
        message=data["message"],
        on=data["on"],
        actor=request.user,
    )
    return f"{answered}: {answered.get_answer_display()} am {answered.answered_on:%d.%m.%Y}."


def _correct(request: Request, found: Letter, data: dict[str, Any]) -> str:
    corrected = services.correct(found, reason=data["reason"], actor=request.user)
    return f"{corrected} vom {timezone.localdate():%d.%m.%Y} ersetzt {found.number}. Bitte versenden Sie es."


@readers_only
@require_safe
def letter_pdf(request: Request, number: str) -> HttpResponseBase:
    return file_of(request, get_object_or_404(Letter.objects.visible_to(request.roles), number=number))
