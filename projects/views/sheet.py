"""A project on paper."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from members.roles.request import Request
from projects.views.access import insiders_project


@require_safe
@login_required
def sheet(request: Request, pk: int | None = None, number: str | None = None) -> HttpResponse:
    """Show aims, plan and what is free in the pots, with room for the Lenkungsgremium's resolution."""
    lookup: dict[str, Any] = {"pk": pk} if number is None else {"number": number}
    project = insiders_project(request, with_plan=True, **lookup)
    return render(
        request,
        "projects/sheet.html",
        {
            "project": project,
            "costs": project.cost_items.all(),
            "financing": project.financing_items.all(),
            "today": timezone.localdate(),
        },
    )
