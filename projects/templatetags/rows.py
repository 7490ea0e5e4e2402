"""Rows of a table of projects, each filled in one go: in a list of fifty, what is asked per value adds up."""

from collections.abc import Iterable, Iterator
from typing import Any

from django import template
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from projects.models import Project
from projects.money import format_euro
from projects.templatetags.look import badge

register = template.Library()

_ROW = (
    '<tr><td data-l="Projekt"><span><a href="{}">{}</a>{}</span></td>'
    '<td data-l="Stadtbezirk"><span>{}{}</span></td>'
    '<td class="nowrap" data-l="Beginn">{}</td>'
    '<td data-l="Stand">{}</td>'
    '<td class="num" data-l="Kosten">{}</td>'
    '<td class="num" data-l="bewilligt">{}</td></tr>'
)
_FURTHER = mark_safe(' <small class="soft">und weitere</small>')
#: A number to find an address by.
_SAMPLE = "0000-AAA-000"


@register.simple_tag
def project_rows(projects: Iterable[Project]) -> SafeString:
    """``{% project_rows projects %}``: the rows of ``projects/_table.html``; needs the districts at hand."""
    return format_html_join("\n", _ROW, _cells(projects))


def _cells(projects: Iterable[Project]) -> Iterator[tuple[Any, ...]]:
    address = reverse("projects:detail", args=[_SAMPLE])
    for project in projects:
        number = project.number
        day = project.starts_on
        archived = project.state == Project.State.ARCHIVED
        yield (
            address.replace(_SAMPLE, number) if number else project.get_absolute_url(),
            project.display_title,
            format_html('<br><small class="soft">{}</small>', number) if number else "",
            project.lead_district.name,
            _FURTHER if project.is_cross_district else "",
            f"{day.day:02}.{day.month:02}.{day.year:04}" if day else "–",
            badge(project),
            "–" if archived else format_euro(project.cost_total),
            "–" if archived else format_euro(project.granted_total),
        )
