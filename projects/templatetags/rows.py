"""Rows of a table of projects, each filled in one go: in a list of fifty, what is asked per value adds up."""

from collections.abc import Iterable
from html import escape

from django import template
from django.utils.safestring import SafeString, mark_safe

from projects.models import Project
from projects.money import format_euro
from projects.templatetags.look import badge

register = template.Library()

_FURTHER = ' <small class="soft">und weitere</small>'


@register.simple_tag
def project_rows(projects: Iterable[Project]) -> SafeString:
    """``{% project_rows projects %}``: the rows of ``projects/_table.html``; needs the districts at hand."""
    return mark_safe("\n".join(map(_row, projects)))  # noqa: S308 - see _row


def _row(project: Project) -> str:
    """Texts that somebody wrote are escaped one by one: the rest of fifty rows needs no look at each value."""
    number = escape(project.number or "")
    under = f'<br><small class="soft">{number}</small>' if number else ""
    further = _FURTHER if project.is_cross_district else ""
    day = project.starts_on
    begin = f"{day.day:02}.{day.month:02}.{day.year:04}" if day else "–"
    archived = project.state == Project.State.ARCHIVED
    return (
        f'<tr><td data-l="Projekt"><span><a href="{project.get_absolute_url()}">{escape(project.display_title)}</a>{under}</span></td>'
        f'<td data-l="Stadtbezirk"><span>{escape(project.lead_district.name)}{further}</span></td>'
        f'<td class="nowrap" data-l="Beginn">{begin}</td>'
        f'<td data-l="Stand">{badge(project)}</td>'
        f'<td class="num" data-l="Kosten">{"–" if archived else format_euro(project.cost_total)}</td>'
        f'<td class="num" data-l="bewilligt">{"–" if archived else format_euro(project.granted_total)}</td></tr>'
    )
