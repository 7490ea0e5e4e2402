"""The page of an organiser: address, contact, legal form and who signs."""

from copy import copy
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from members.common.kept import posted
from members.common.keys import is_key
from members.models import Organisation
from members.roles.request import Request
from projects import organisers, permissions
from projects.forms.organiser import OrganiserForm
from projects.models import Project

#: How many of the organiser's projects are listed.
SHOWN = 10


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def organiser(request: Request, pk: int) -> HttpResponse:
    """Show what is known of the organiser, in a form; with POST, save it."""
    row = get_object_or_404(organisers.visible_to(request.roles), pk=pk)
    if not permissions.may_maintain_organiser(request.roles, row):
        raise PermissionDenied
    data = posted(request)
    last = organisers.last_change(row)
    version = organisers.version_of(last) if data is None else _version_in(data)
    # Validating a form writes what was typed into its row, so it has a row of its own.
    form = OrganiserForm(data, instance=copy(row))
    if request.method != "POST":
        return _page(request, row, form, version, last)
    if not form.is_valid():
        return _page(request, row, form, version, last, status=422)
    try:
        organisers.maintain(row, actor=request.user, values=form.cleaned_data, version=version)
    except organisers.StaleOrganiser:
        row.refresh_from_db()
        last = organisers.last_change(row)
        form, undone = form.after(row, opened=organisers.record(row, version))
        version = organisers.version_of(last)
        return _page(request, row, form, version, last, status=409, stale=True, undone=undone)
    messages.success(request, "Gespeichert.")
    return redirect("projects:organiser", pk=pk)


def _version_in(data: QueryDict) -> int:
    """Return the version of the organiser that the form was opened on; without one, what fits none."""
    read = data.get("version", "")
    return int(read) if is_key(read) else -1


def _page(
    request: Request,
    row: Organisation,
    form: OrganiserForm,
    version: int,
    last: Any,
    *,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    projects = Project.objects.visible_to(request.roles).filter(organiser=row)
    context = {
        "organiser": row,
        "form": form,
        "version": version,
        "last": last,
        "projects": projects[:SHOWN],
        **more,
    }
    return render(request, "projects/organiser.html", context, status=status)
