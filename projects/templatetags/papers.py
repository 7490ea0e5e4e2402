"""The papers of a project, for its pages."""

from collections.abc import Iterable

from django import template
from django.template import Context

from projects import attachments
from projects.models import Participation, Project

register = template.Library()


@register.simple_tag(takes_context=True)
def papers_of(
    context: Context, project: Project, participations: Iterable[Participation], *, people: bool = True
) -> attachments.Papers:
    """Return the project's papers, only for readers of the plan. One query."""
    return attachments.papers(project, context["roles"], list(participations), people=people)


@register.filter
def file_size(size: int) -> str:
    """Return a size in bytes as text: 1234567 -> 1,2 MB, at least 1 KB, with a non-breaking space."""
    if size >= 1024 * 1024:
        return f"{size / 1024**2:.1f}\u00a0MB".replace(".", ",")
    return f"{max(1, round(size / 1024))}\u00a0KB"
