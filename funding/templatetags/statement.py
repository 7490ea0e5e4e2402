"""Rows of a pot's page, its bookings and its applications, filled in one go (as ``projects.templatetags.rows``)."""

from collections.abc import Iterable
from html import escape

from django import template
from django.utils.safestring import SafeString, mark_safe

from funding.models import Application, LedgerEntry
from funding.statement import Lens, Line
from members.addresses import address
from projects.money import format_euro
from projects.templatetags.look import badge

register = template.Library()

_KINDS = dict(LedgerEntry.Kind.choices)


@register.simple_tag
def statement_rows(lines: Iterable[Line], lens: Lens, sees_all: bool) -> SafeString:
    """``{% statement_rows page.object_list lens sees_all %}``; no query. Texts that somebody wrote are escaped one by one.

    Only who sees all bookings reads what was left after each, and what stands behind expenses and transfers.
    """
    after = f'<td class="num" data-l="{escape(lens.name)} danach">'
    return mark_safe("\n".join(_line(line, after, sees_all) for line in lines))  # noqa: S308 - see _line


def _line(line: Line, after: str, sees_all: bool) -> str:
    day = line.value_date
    actor = escape(
        f"{line.actor}, in Vertretung für {line.booked_for}" if line.booked_for else str(line.actor)
    )
    if line.effect:
        amount = f"{'+' if line.effect > 0 else ''}{format_euro(line.effect)}"
    else:
        amount = f'<span class="soft">{format_euro(line.amount)}</span>'
    return (
        f'<tr><td class="nowrap" data-l="Tag">{day.day:02}.{day.month:02}.{day.year:04}</td>'
        f'<td data-l="Bewegung">{_KINDS[line.kind]}</td><td data-l="Wofür">{_cause(line, sees_all)}</td>'
        f'<td data-l="gebucht von">{actor}</td><td class="num" data-l="Betrag">{amount}</td>'
        f"{f'{after}{format_euro(line.after)}</td>' if sees_all else ''}</tr>"
    )


def _cause(line: Line, sees_all: bool) -> str:
    if line.application_id:
        return _linked(address("funding:application", line.application_id), f"{line.number} {line.title}")
    if line.expense_id and sees_all:
        return _linked(address("funding:expense", line.expense_id), line.text)
    if line.transfer_id and sees_all:
        return _linked(address("funding:transfer", line.transfer_id), line.text)
    return escape(line.text) or "–"


def _linked(href: str, text: str) -> str:
    return f'<a href="{href}">{escape(text)}</a>'


@register.simple_tag
def pot_application_rows(applications: Iterable[Application]) -> SafeString:
    """``{% pot_application_rows applications %}``: needs the projects and their districts at hand."""
    return mark_safe("\n".join(map(_application, applications)))  # noqa: S308 - see _application


def _application(application: Application) -> str:
    project, granted = application.project, application.granted
    return (
        f'<tr><th scope="row"><a href="{application.get_absolute_url()}">{escape(project.display_title)}</a>'
        f'<br><small class="soft">{escape(project.number or "")}</small></th>'
        f'<td data-l="Stadtbezirk">{escape(project.lead_district.name)}</td>'
        f'<td data-l="Stand">{badge(application)}</td>'
        f'<td class="num" data-l="beantragt">{format_euro(application.requested)}</td>'
        f'<td class="num" data-l="bewilligt">{"–" if granted is None else format_euro(granted)}</td></tr>'
    )
