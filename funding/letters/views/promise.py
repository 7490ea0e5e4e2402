"""The page behind the link of a mail: the recipient reads the letter and accepts it, without an account."""

from typing import Any

from allauth.account.adapter import get_adapter
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from funding.letters import links, services
from funding.letters.errors import LetterRefused
from funding.letters.forms import LinkAnswerForm
from funding.letters.models import Letter
from funding.letters.views.access import file_of
from members.accounts.attempts import HOUR, Limit, TooMany, network_of

#: One visitor's tries: nobody needs more to read and answer, and nobody guesses a signature.
TRIES = Limit("letter links", 60, HOUR)


def _letter(request: HttpRequest, token: str) -> Letter | None:
    """Return the letter behind the link, or None. Counts the try. Raises TooMany."""
    TRIES.take(network_of(get_adapter().get_client_ip(request)))
    return links.read(token)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def promise(request: HttpRequest, token: str) -> HttpResponse:
    """Show the letter and what can be answered; with POST, take the answer, once."""
    try:
        found = _letter(request, token)
    except TooMany as refused:
        return render(request, "429.html", {"until": refused.clock}, status=429)
    if found is None:
        return _over(request)
    form = LinkAnswerForm(found, request.POST if request.method == "POST" else None)
    if form.is_valid() and _answered(found, form):
        return redirect("letters:promise", token)
    context: dict[str, Any] = {
        "letter": found,
        "project": found.decision.application.project,
        "sender": found.inputs["letter"]["sender"],
        "form": form if found.waits_for_answer and not found.is_over else None,
        "refused": form.is_bound and bool(found.answer),
        "over": services.OVER if found.is_over else "",
        "token": token,
    }
    return render(request, "letters/promise.html", context, status=422 if form.is_bound else 200)


def _over(request: HttpRequest) -> HttpResponse:
    """Say that the link opens nothing any more, and where to get a new one."""
    return render(request, "letters/link_over.html", {"days": links.VALID_FOR.days}, status=404)


def _answered(found: Letter, form: LinkAnswerForm) -> bool:
    data = form.cleaned_data
    try:
        services.answer_by_link(found, name=data["name"], function=data["function"], message=data["message"])
    except LetterRefused as refused:
        form.add_error(refused.field or None, str(refused))
        return False
    return True


@never_cache
@require_safe
def promise_pdf(request: HttpRequest, token: str) -> HttpResponseBase:
    try:
        found = _letter(request, token)
    except TooMany as refused:
        return render(request, "429.html", {"until": refused.clock}, status=429)
    if found is None:
        return _over(request)
    return file_of(request, found)
