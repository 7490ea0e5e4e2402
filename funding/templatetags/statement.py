"""Rows of a pot's page, its bookings and its applications, filled in one go (as ``projects.templatetags.rows``)."""

from collections.abc import Iterable, Iterator
from typing import Any

from django import template
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString

from funding.models import Application, LedgerEntry
from funding.statement import Lens, Line
from members.addresses import address
from projects.money import format_euro
from projects.templatetags.look import badge

register = template.Library()

_LINE = (
    '<tr><td class="nowrap" data-l="Tag">{}</td><td data-l="Bewegung">{}</td><td data-l="Wofür">{}</td>'
    '<td data-l="gebucht von">{}</td><td class="num" data-l="Betrag">{}</td>{}</tr>'
)
_APPLICATION = (
    '<tr><th scope="row"><a href="{}">{}</a><br><small class="soft">{}</small></th>'
    '<td data-l="Stadtbezirk">{}</td><td data-l="Stand">{}</td>'
    '<td class="num" data-l="beantragt">{}</td><td class="num" data-l="bewilligt">{}</td></tr>'
)
_KINDS = dict(LedgerEntry.Kind.choices)


@register.simple_tag
def statement_rows(lines: Iterable[Line], lens: Lens, sees_all: bool) -> SafeString:
    """``{% statement_rows page.object_list lens sees_all %}``; no query.

    Only who sees all bookings reads what was left after each, and what stands behind expenses and transfers.
    """
    return format_html_join("\n", _LINE, _line_cells(lines, lens, sees_all))


def _line_cells(lines: Iterable[Line], lens: Lens, sees_all: bool) -> Iterator[tuple[Any, ...]]:
    after = f'<td class="num" data-l="{escape(lens.name)} danach">{{}}</td>'
    for line in lines:
        day = line.value_date
        if line.application_id:
            cause: SafeString | str = _linked(
                address("funding:application", line.application_id), f"{line.number} {line.title}"
            )
        elif line.expense_id and sees_all:
            cause = _linked(address("funding:expense", line.expense_id), line.text)
        elif line.transfer_id and sees_all:
            cause = _linked(address("funding:transfer", line.transfer_id), line.text)
        else:
            cause = line.text or "–"
        yield (
            f"{day.day:02}.{day.month:02}.{day.year:04}",
            _KINDS[line.kind],
            cause,
            f"{line.actor}, in Vertretung für {line.booked_for}" if line.booked_for else line.actor,
            f"{'+' if line.effect > 0 else ''}{format_euro(line.effect)}"
            if line.effect
            else format_html('<span class="soft">{}</span>', format_euro(line.amount)),
            format_html(after, format_euro(line.after)) if sees_all else "",
        )


def _linked(address: str, text: object) -> SafeString:
    return format_html('<a href="{}">{}</a>', address, text)


@register.simple_tag
def pot_application_rows(applications: Iterable[Application]) -> SafeString:
    """``{% pot_application_rows applications %}``: needs the projects and their districts at hand."""
    return format_html_join(
        "\n",
        _APPLICATION,
        (
            (
                address("funding:application", application.pk),
                application.project.display_title,
                application.project.number,
                application.project.lead_district.name,
                badge(application),
                format_euro(application.requested),
                "–" if application.granted is None else format_euro(application.granted),
            )
            for application in applications
        ),
    )
