"""The papers of a project: the page with the upload form, and the files for readers of the plan."""

import logging
from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.files import File
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_safe

from members.common.counting import counted
from members.common.uploading import trouble_reading
from members.common.uploads import MIME_TYPES, UploadRefused
from members.roles.request import Request
from projects import attachments as service
from projects import permissions
from projects.models import Attachment, Participation, Project

logger = logging.getLogger(__name__)

NOTHING_CHOSEN = "Bitte wählen Sie mindestens eine Datei aus."


@dataclass
class Refusal:
    """A file that was not kept, and why. Without a name the sentence is about the whole form."""

    name: str
    sentence: str


@dataclass
class Outcome:
    added: list[Attachment] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)


def _project(request: Request, pk: int) -> tuple[Project, list[Participation]]:
    """Return the project and who takes part, for readers of its plan. Raises Http404 for others."""
    rows = Project.objects.visible_to(request.roles).select_related("lead_district")
    project = get_object_or_404(rows, pk=pk)
    participations = list(project.participations.select_related("district"))
    if not permissions.may_read_plan(request.roles, project, participations):
        raise Http404
    return project, participations


def _attachment(request: Request, pk: int) -> Attachment:
    attachment = get_object_or_404(Attachment.objects.present(), pk=pk)
    attachment.project, _ = _project(request, attachment.project_id)
    return attachment


@csrf_exempt  # ``_receive`` checks the token: reading it means reading the files
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def attachments(request: Request, pk: int) -> HttpResponse:
    """Show the papers; with POST, add some. Too large a request is refused before a byte of it is read."""
    project, participations = _project(request, pk)
    if request.method != "POST":
        return _page(request, project, participations)
    if not permissions.may_add_papers(request.roles, project, participations):
        raise PermissionDenied
    if trouble := trouble_reading(request):
        sentence, status = trouble
        return _answer(request, project, participations, Outcome(refused=[Refusal("", sentence)]), status)
    return _receive(request, project, participations)


# The middleware that limits the size of a request leaves it to a view with this mark.
attachments.checks_body_size = True  # type: ignore[attr-defined]


@csrf_protect
def _receive(request: Request, project: Project, participations: list[Participation]) -> HttpResponse:
    outcome = Outcome()
    note = request.POST.get("note", "")[: service.Papers.note_length]
    for upload in request.FILES.getlist("files"):
        try:
            outcome.added.append(service.add(project, upload=upload, actor=request.user, note=note))
        except UploadRefused as refused:
            outcome.refused.append(Refusal(upload.name or "", str(refused)))
    if not outcome.added and not outcome.refused:
        outcome.refused.append(Refusal("", NOTHING_CHOSEN))
    return _answer(request, project, participations, outcome, 422 if outcome.refused else 200)


def _answer(
    request: Request, project: Project, participations: list[Participation], outcome: Outcome, status: int
) -> HttpResponse:
    """Answer an upload: with JSON to the script, with the page where a file was refused, else go back."""
    if "application/json" in request.headers.get("Accept", ""):
        return JsonResponse(
            {
                "added": [a.name for a in outcome.added],
                "refused": [{"name": r.name, "sentence": r.sentence} for r in outcome.refused],
            },
            status=status,
        )
    if outcome.refused:
        return _page(request, project, participations, outcome, status)
    count = len(outcome.added)
    messages.success(request, f"{counted(count, 'Unterlage', 'Unterlagen')} hinzugefügt.")
    return redirect(_back(request, project))


def _back(request: Request, project: Project) -> str:
    """Return the address of the project's page if the form stood there, else of the page of the papers."""
    if request.POST.get("from") == "project":
        return f"{project.get_absolute_url()}#unterlagen"
    return reverse("projects:attachments", args=[project.pk])


def _page(
    request: Request,
    project: Project,
    participations: list[Participation],
    outcome: Outcome | None = None,
    status: int = 200,
) -> HttpResponse:
    return render(
        request,
        "projects/attachments.html",
        {
            "project": project,
            "papers": service.papers(project, request.roles, participations),
            "outcome": outcome,
        },
        status=status,
    )


@require_safe
def attachment(request: Request, pk: int) -> FileResponse:
    """Send the file. Images, drawn anew on upload, are shown; everything else is saved, never opened."""
    found = _attachment(request, pk)
    mime = MIME_TYPES[Attachment.Kind(found.kind)]
    return stored_file(found.file.name, mime, filename=found.name, as_attachment=not found.is_image)


@require_safe
def attachment_preview(request: Request, pk: int) -> FileResponse:
    found = _attachment(request, pk)
    if not found.preview:
        raise Http404
    return stored_file(
        found.preview.name, "image/jpeg", filename="vorschau.jpg", cache="private, max-age=3600"
    )


def stored_file(
    stored: str | None,
    mime: str,
    *,
    filename: str,
    as_attachment: bool = False,
    cache: str = "private, no-store",
) -> FileResponse:
    """Send a stored file as ``file_response`` does. Raises Http404 where it is missing."""
    content = opened_file(stored)
    return file_response(content, mime, filename=filename, as_attachment=as_attachment, cache=cache)


def opened_file(stored: str | None) -> File:
    """Return a stored file, opened. Raises Http404 where it is missing."""
    try:
        return default_storage.open(stored or "")
    except FileNotFoundError as error:
        # The database was restored without its uploads; ``sweep_uploads`` lists what is missing.
        logger.error("The stored file %s is missing.", stored)
        raise Http404 from error


def file_response(
    content: Any, mime: str, *, filename: str, as_attachment: bool = False, cache: str = "private, no-store"
) -> FileResponse:
    """Send an opened file under a policy in which nothing runs and nothing is loaded."""
    response = FileResponse(content, as_attachment=as_attachment, filename=filename, content_type=mime)
    # The browser adds a style of its own to a picture that is shown alone.
    style = "" if as_attachment else "style-src 'unsafe-inline'; "
    response.headers["Content-Security-Policy"] = f"default-src 'none'; {style}sandbox"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    response.headers["Cache-Control"] = cache
    return response


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def remove_attachment(request: Request, pk: int) -> HttpResponse:
    """Ask whether to remove the paper; with POST, remove it."""
    found = _attachment(request, pk)
    if not permissions.may_remove_paper(request.roles, found):
        raise PermissionDenied
    if request.method != "POST":
        return render(request, "projects/attachment_remove.html", {"project": found.project, "paper": found})
    service.remove(found, actor=request.user)
    messages.success(request, f"„{found.name}“ ist entfernt.")
    return redirect(f"{found.project.get_absolute_url()}#unterlagen")
