"""The form of a project: creating, changing, and what happens when somebody else was faster."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from members.common.kept import posted, shown_before
from members.common.keys import KeySpent
from members.roles.request import Request
from projects import conflict, organisers, permissions, services
from projects.forms import ProjectEditor
from projects.forms.problems import problems
from projects.missing import missing
from projects.models import Project
from projects.stand_ins import saved_for
from projects.views.access import own


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def create(request: Request) -> HttpResponse:
    """Show the form of a new project; with POST, save it."""
    if not permissions.may_create(request.roles):
        raise PermissionDenied
    sent = request.method == "POST" and request.POST.get("action", "save") in ("save", "hand_in")
    if sent and (made := services.made_by(request.POST.get("key", ""), request.user)):
        return _sent_again(request, own(request, made.pk))
    return _edit(request, None)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: Request, pk: int) -> HttpResponse:
    """Show the form of a project; with POST, save it."""
    try:
        project = own(request, pk)
    except Http404:
        if request.method == "POST" and shown_before(request) and permissions.may_create(request.roles):
            return _gone(request)
        raise
    if permissions.may_edit(request.roles, project):
        return _edit(request, project)
    typed = posted(request)
    if typed is not None:
        return _overtaken(request, project, typed)
    messages.info(
        request,
        f"Das Projekt ist „{project.get_state_display()}“ und kann gerade nicht geändert werden. "
        "Solange nicht entschieden ist, können Sie den Antrag zurückziehen.",
    )
    return redirect(project)


def _sent_again(request: Request, project: Project) -> HttpResponse:
    """Take the form that made this draft, which arrived once more, as a change of the draft.

    What was typed after going back counts, unless the draft was saved since: then the form asks.
    """
    stored = ProjectEditor(roles=request.roles, project=project)
    data = conflict.sent_again(request.POST, stored)
    if not permissions.may_edit(request.roles, project):
        return _overtaken(request, project, data)
    if project.version != services.FIRST_VERSION and conflict.differs(
        ProjectEditor(roles=request.roles, project=own(request, project.pk), data=data, keep_typed=True),
        stored,
    ):
        return _overtaken(request, project, data)
    return _edit(request, project, data)


def _edit(request: Request, project: Project | None, again: QueryDict | None = None) -> HttpResponse:
    """Show the form, or save it. ``again`` is what ``_sent_again`` made of a form that arrived once more."""
    data = again or posted(request)
    sent = data if request.method == "POST" else None
    if sent is not None and project:
        data = sent = _with_choices(request, project, sent)
    action = "show" if sent is None else sent.get("action", "save")
    editor = ProjectEditor(
        roles=request.roles, project=project, data=data, add_row_to=action.removeprefix("add-")
    )
    if sent is None or action.startswith("add-"):
        if project and data is None and "pruefen" in request.GET:
            editor.show_missing(missing(project))
        return _form_page(request, editor)
    if not editor.is_valid():
        return _form_page(request, editor, status=422)
    if action == "hand_in" and project is None and editor.is_blank:
        editor.show_missing(missing(editor.form.instance))
        return _form_page(request, editor, status=422)
    try:
        saved = _save(request, editor, project)
    except KeySpent:
        # The same form at the same moment: what the other arrival has made is there now.
        made = services.made_by(request.POST.get("key", ""), request.user)
        if made is None:
            raise
        return _sent_again(request, own(request, made.pk))
    except services.StaleProject as stale:
        now = own(request, stale.project.pk)
        return _sent_again(request, now) if again else _overtaken(request, now, sent)
    except ValidationError as error:
        editor.form.add_error(None, error)
        return _form_page(request, editor, status=422)
    if action == "hand_in":
        if missing(saved):
            return redirect(f"{_edit_url(saved)}?pruefen=1")
        return redirect("handing_in:hand_in", pk=saved.pk)
    messages.success(request, "Gespeichert.")
    # The page of a decided project says what its plan lacks, or that it balances now.
    return redirect(saved if saved.is_open_to_balance else _edit_url(saved))


def _edit_url(project: Project) -> str:
    return reverse("projects:edit", args=[project.pk])


def _save(request: Request, editor: ProjectEditor, project: Project | None) -> Project:
    fields, plan = editor.form.values(), editor.plan()
    if project is None:
        key = editor.data.get("key", "")
        return services.create_project(actor=request.user, fields=fields, plan=plan, key=key)
    return services.update_project(
        project,
        actor=request.user,
        fields=fields,
        plan=plan,
        version=editor.form.cleaned_data["version"] or 0,
    )


def _with_choices(request: Request, project: Project, data: QueryDict) -> QueryDict:
    """Return the form's data with the stored values that the user chose on the page of differences."""
    if not any(name.startswith(conflict.TAKE) for name in data):
        return data
    typed = ProjectEditor(roles=request.roles, project=own(request, project.pk), data=data, keep_typed=True)
    return conflict.take(data, conflict.chosen(typed), ProjectEditor(roles=request.roles, project=project))


def _overtaken(request: Request, project: Project, data: QueryDict) -> HttpResponse:
    """Show what somebody else saved or handed in meanwhile, and the form as it goes on. Nothing is saved."""
    may_edit = permissions.may_edit(request.roles, project)
    stored = ProjectEditor(roles=request.roles, project=project)
    # Validating a form writes what was typed into its project, so each editor has a project of its own.
    again = own(request, project.pk)
    typed = ProjectEditor(roles=request.roles, project=again, data=data, keep_typed=True)
    comparison = conflict.compare(typed, stored, may_edit=may_edit)
    if may_edit:
        data = conflict.merged(data, comparison, stored)
        typed = ProjectEditor(roles=request.roles, project=again, data=data)
    return _form_page(request, typed, status=409, comparison=comparison, locked=not may_edit, stored=project)


def _gone(request: Request) -> HttpResponse:
    """Show the form as that of a new project: the draft was deleted while somebody typed."""
    editor = ProjectEditor(roles=request.roles, project=None, data=request.POST)
    messages.warning(
        request,
        "Diesen Entwurf gibt es nicht mehr, er wurde inzwischen gelöscht. Ihre Eingaben stehen noch im Formular; "
        "wenn Sie speichern, wird daraus ein neuer Entwurf.",
    )
    return _form_page(request, editor, status=409, address=reverse("projects:create"))


def _form_page(request: Request, editor: ProjectEditor, status: int = 200, **more: Any) -> HttpResponse:
    return render(
        request,
        "projects/form.html",
        {
            "editor": editor,
            "address": _edit_url(editor.project) if editor.project else "",
            "project": editor.project,
            "decided": editor.project is not None and editor.project.is_open_to_balance,
            "saved_for": saved_for(editor.project) if editor.project else None,
            "form": editor.form,
            "costs": editor.costs,
            "others": editor.others,
            "pots": editor.pots,
            "sums": editor.sums(),
            "missing": editor.missing,
            "base": conflict.base_of(editor),
            "key": (editor.data or {}).get("key", ""),
            "organisations": organisers.visible_to(request.roles).values_list("name", flat=True)[:500],
            "year": editor.form["year"].value(),
            "problems": list(problems(editor)) if status == 422 or editor.missing else [],
            **more,
        },
        status=status,
    )
