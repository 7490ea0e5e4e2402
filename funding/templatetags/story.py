"""A project's history in one line of time: what was saved (projects) and what was decided (funding)."""

from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Any

from django import template
from django.core.paginator import Page, Paginator
from django.template.context import Context

from funding.models import Application, Decision
from funding.replay import retrace
from projects import history
from projects.models import Project, ProjectChange

register = template.Library()

PER_PAGE = 30


@dataclass(frozen=True)
class Entry:
    """A save or a step. ``act`` is its row, with actor, mandate and in_stead_of."""

    when: datetime
    act: Any
    changes: list[history.Change]
    decision: Decision | None = None


@register.simple_tag(takes_context=True)
def story(context: Context, project: Project) -> Page:
    """Return the page of the project's history that the address asks for, newest first.

    ``{% story project as page %}``. Two queries: saves, steps.
    Steps are those of applications that this reader may see.
    """
    request = context["request"]
    applications = Application.objects.visible_to(request.roles).filter(project=project)
    saves = ProjectChange.objects.filter(project=project).order_by("pk")
    saves = saves.select_related("actor__person", "mandate__district", "in_stead_of__person")
    told = Decision.objects.filter(application__in=applications).with_names()
    told = told.select_related("application__pot__district", "application__pot__year")
    steps = list(told.order_by("application_id", "pk"))
    for application, of_it in groupby(steps, attrgetter("application")):
        retrace(application, list(of_it))
    entries = [Entry(save.recorded_at, save, history.changes_of(save)) for save in saves]
    entries += [Entry(step.recorded_at, step, [], step) for step in steps]
    entries.sort(key=attrgetter("when"))
    return Paginator(entries[::-1], PER_PAGE).get_page(request.GET.get("page"))
