"""Keep what was typed into a form after the session ended, until the same person has signed in again.

A form carries a signed mark with the person and the page that showed it (``{% typed_here %}``). Where its
POST comes without a valid sign-in, or with a token from before a new sign-in, the typed fields stay in the
session for an hour. Then that page shows them again, unsaved (``posted``), or offers to send them again
(``waiting``). They are never saved by themselves. Nobody but the person of the mark sees them. Files, passwords and
bank accounts are not kept.

A page can also keep what was typed while the user enters something else on another page (``left_here``).
"""

import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core import signing
from django.http import HttpRequest, QueryDict
from django.shortcuts import redirect, resolve_url
from django_htmx.http import HttpResponseClientRedirect

from members.common.middleware import LARGEST_BODY, body_size, checks_body_size

MARK = "typed_by"
#: Fields with one of these in their name are never kept: passwords and bank accounts.
NEVER_KEPT = ("pass", "iban")
DISCARD = "discard_typed"
#: Characters of typed text that one session keeps. Beyond it the oldest forms are dropped.
LIMIT = 200_000
KEPT_FOR = 60 * 60
#: Seconds for which a form's mark is valid.
MARK_VALID = 14 * 24 * 60 * 60
SESSION_KEY = "kept_input"
SALT = "members.common.kept"

SIGN_IN = "Ihre Sitzung ist abgelaufen. Bitte melden Sie sich wieder an; was Sie eingetragen haben, ist danach noch da."
NOTHING_DONE = "Ihre Sitzung war abgelaufen, ausgeführt wurde nichts. Bitte senden Sie noch einmal, sobald Sie angemeldet sind."
STALE = "Diese Seite war schon etwas älter, ausgeführt wurde nichts. Bitte senden Sie noch einmal."
WITHOUT_IBAN = f"{SIGN_IN} Nur die IBAN heben wir nicht auf; bitte tragen Sie sie dann neu ein."
TOO_LARGE = (
    "Ihre Sitzung ist abgelaufen, und Ihre Eingaben sind zu lang, um sie aufzuheben. Melden Sie sich wieder an, gehen "
    "Sie dann im Browser zurück bis zu Ihrem Formular und kopieren Sie lange Texte heraus."
)


def mark(request: HttpRequest, page: str = "", *, typed: bool = True) -> str:
    """Return the signed mark of a form: who is shown it, on which page of ours, and whether it has inputs.

    ``page`` is this request's page by default.
    """
    shown = {"person": request.user.pk, "page": page or request.get_full_path(), "typed": typed}
    return signing.dumps(shown, salt=SALT)


def keep(request: HttpRequest, *, left: bool = False) -> str | None:
    """Keep what this POST brought, and return the page that will show it again.

    ``left`` says that the user goes elsewhere for a while; the page shows it by ``left_here``.
    Returns None where the form has no valid mark, or the mark of another person than is signed in now.
    """
    marked = _marked(request)
    signed_in = request.user.is_authenticated
    if marked is None or (signed_in and marked["person"] not in (None, request.user.pk)):
        return None
    page: str = marked["page"]
    if not marked["typed"]:
        messages.info(request, STALE if signed_in or marked["person"] is None else NOTHING_DONE)
        return page
    typed = {
        name: values
        for name, values in request.POST.lists()
        if name not in (MARK, "csrfmiddlewaretoken") and not any(word in name.lower() for word in NEVER_KEPT)
    }
    if _length(typed) > LIMIT:
        messages.error(request, TOO_LARGE)
        return page
    entry = {
        "person": marked["person"],
        "page": urlsplit(page).path,
        "form": _form_of(request),
        "typed": typed,
        "files": bool(request.FILES),
        "iban": any("iban" in name.lower() and any(values) for name, values in request.POST.lists()),
        "at": int(time.time()),
        "left": left,
    }
    kept = [e for e in _kept(request) if (e["page"], e["form"]) != (entry["page"], entry["form"])]
    kept.append(entry)
    while sum(_length(e["typed"]) for e in kept) > LIMIT:
        kept.pop(0)
    request.session[SESSION_KEY] = kept
    if not signed_in:
        request.session.set_expiry(KEPT_FOR)
        messages.info(request, WITHOUT_IBAN if entry["iban"] else SIGN_IN)
    return page


def shown_before(request: HttpRequest) -> bool:
    """Return whether this POST comes from a form that we showed to this person on this very page."""
    marked = _marked(request)
    return (
        marked is not None
        and request.user.pk == marked["person"]
        and request.path == urlsplit(marked["page"]).path
    )


def _marked(request: HttpRequest) -> dict[str, Any] | None:
    try:
        marked: dict[str, Any] = signing.loads(request.POST.get(MARK, ""), salt=SALT, max_age=MARK_VALID)
    except signing.BadSignature:
        return None
    return marked


def posted(request: HttpRequest, action: str = "") -> QueryDict | None:
    """Return the data for this request's form: what is posted now, or what was kept for this page.

    ``action`` is the form's address where it differs from the page's. Returns None for a plain view of the
    page.
    """
    if request.method == "POST":
        _forget(request, _form_of(request))
        return request.POST
    if not request.user.is_authenticated:
        return None
    for entry in _kept_here(request):
        if entry["form"].split("#")[0] == (action or request.path):
            request.kept_input = entry  # type: ignore[attr-defined]
            typed = QueryDict(mutable=True)
            for name, values in entry["typed"].items():
                typed.setlist(name, values)
            return typed
    return None


def left_here(request: HttpRequest) -> dict[str, str]:
    """Return what was typed into this page's form before its user went elsewhere: name -> text."""
    for entry in _kept_here(request, left=True):
        request.kept_input = entry  # type: ignore[attr-defined]
        return {name: values[-1] for name, values in entry["typed"].items() if values and name != "key"}
    return {}


def waiting(request: HttpRequest) -> dict[str, Any] | None:
    """Return what was kept for this page and stands in none of its forms, or None.

    ``fields`` are the names and values, ``action`` is where they go.
    """
    user = getattr(request, "user", None)  # a page of errors may be made before anybody knows who asks
    if getattr(request, "kept_input", None) or user is None or not user.is_authenticated:
        return None
    for entry in _kept_here(request):
        fields = [(name, value) for name, values in entry["typed"].items() for value in values]
        return {**entry, "fields": fields, "action": entry["form"].split("#")[0]}
    return None


def _kept_here(request: HttpRequest, *, left: bool = False) -> Iterator[dict[str, Any]]:
    """Yield what was kept for this person and page, newest first."""
    for entry in reversed(_kept(request)):
        here = entry["person"] == request.user.pk and entry["page"] == request.path
        if here and entry.get("left", False) == left:
            yield entry


def _forget(request: HttpRequest, form: str) -> None:
    if kept := _kept(request):
        request.session[SESSION_KEY] = [e for e in kept if e["form"] != form]


def forget_others(*, request: HttpRequest, user: Any, **kwargs: Any) -> None:
    """Delete what other people typed in this session. Called when somebody signs in."""
    if SESSION_KEY in request.session:
        request.session[SESSION_KEY] = [e for e in _kept(request) if e["person"] == user.pk]


def _kept(request: HttpRequest) -> list[dict[str, Any]]:
    oldest = time.time() - KEPT_FOR
    return [e for e in request.session.get(SESSION_KEY, []) if e["at"] >= oldest]


def _form_of(request: HttpRequest) -> str:
    """Return which form of a page was sent: its address, and its step where forms share the address."""
    return f"{request.path}#{request.POST.get('step', '')}"


def _length(typed: dict[str, list[str]]) -> int:
    return sum(len(name) + len(value) for name, values in typed.items() for value in values)


def _asks_to_sign_in(response: Any) -> bool:
    doors = (resolve_url("account_login"), resolve_url("admin:login"))
    return response.status_code == 302 and urlsplit(response.url).path in doors


class KeptInputMiddleware:
    """Keeps the POST of a person whose session has ended.

    A newer POST, or the person's wish, deletes what was kept.
    """

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> Any:
        response = self.get_response(request)
        if not _asks_to_sign_in(response) or request.user.is_authenticated:
            return response
        if request.htmx:
            # The sign-in page replaces the whole window, not only the part that htmx asked for.
            back = redirect_to_login(request.htmx.current_url_abs_path or request.get_full_path())
            return HttpResponseClientRedirect(back.url)
        if request.method == "POST" and body_size(request) > LARGEST_BODY:
            # Such a body holds files. They are not kept, and nothing is read without a sign-in.
            messages.info(request, NOTHING_DONE)
        elif request.method == "POST" and (page := keep(request)):
            return redirect_to_login(page)
        return response

    def process_view(self, request: Any, view: Any, args: Any, kwargs: Any) -> Any:
        """Delete the older state of a form that is posted now. Runs after the CSRF check.

        A form with files is left to its view, which reads them and then asks for ``posted``.
        """
        files = checks_body_size(view) and request.content_type == "multipart/form-data"
        if request.method != "POST" or not request.user.is_authenticated or files:
            return None
        _forget(request, request.POST.get(DISCARD) or _form_of(request))
        if DISCARD in request.POST:
            return redirect(request.get_full_path())
        return None
