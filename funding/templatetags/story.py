"""A project's history in one line of time: what was saved (projects) and what was decided (funding)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import template
from django.core.paginator import Page, Paginator
from django.db.models import CharField, Value
from django.template.context import Context

from funding.models import Application, Decision
from projects import history
from projects.models import Project, ProjectChange

register = template.Library()

PER_PAGE = 30


@dataclass(frozen=True)
class Entry:
    """A save of the project or a step on an application.

    ``act`` is its row, with actor, mandate and in_stead_of.
    """

    when: datetime
    act: Any
    changes: list[history.Change]
    decision: Decision | None = None


@register.simple_tag(takes_context=True)
def story(context: Context, project: Project) -> Page:
    """Return the page of the project's history that the address asks for, newest first.

    ``{% story project as page %}``. Four queries: count, keys in order, saves, steps.
    Steps are those of applications that this reader may see.
    """
    request = context["request"]
    applications = Application.objects.visible_to(request.roles).filter(project=project)
    saves = ProjectChange.objects.filter(project=project)
    steps = Decision.objects.filter(application__in=applications)
    keys = (
        _keys(saves, "save").union(_keys(steps, "step"), all=True).order_by("-recorded_at", "-source", "-pk")
    )
    page = Paginator(keys, PER_PAGE).get_page(request.GET.get("page"))
    wanted = list(page.object_list)
    acts = ("actor__person", "mandate__district", "in_stead_of__person")
    found: dict[tuple[str, int], Entry] = {}
    for save in saves.filter(pk__in=[k for _, s, k in wanted if s == "save"]).select_related(*acts):
        found["save", save.pk] = Entry(save.recorded_at, save, history.changes_of(save))
    for step in steps.filter(pk__in=[k for _, s, k in wanted if s == "step"]).select_related(
        *acts, "application__pot__district", "application__pot__year", "resolution__body"
    ):
        found["step", step.pk] = Entry(step.recorded_at, step, [], step)
    page.object_list = [found[source, key] for _, source, key in wanted]
    return page


def _keys(rows: Any, source: str) -> Any:
    """Return (recorded_at, source, pk) of the rows, unordered as a union needs it."""
    return (
        rows.order_by()
        .annotate(source=Value(source, output_field=CharField()))
        .values_list("recorded_at", "source", "pk")
    )
