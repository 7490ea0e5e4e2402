"""The page in place of a file that two people deleted after its retention."""

from django.db.models import Model
from django.http import HttpResponse
from django.shortcuts import render

from members.common import stored
from members.roles.request import Request


def gone_page(request: Request, row: Model) -> HttpResponse | None:
    """Return the page that says when the row's file was deleted, or None where it was not. One query."""
    day = stored.gone_on(row)
    if day is None:
        return None
    return render(request, "funding/file_gone.html", {"what": row, "day": day}, status=410)
