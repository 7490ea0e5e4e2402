"""Rows of the list of applications, each filled in one go (as ``projects.templatetags.rows``)."""

from collections.abc import Iterable, Iterator
from typing import Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from funding.models import Application
from projects.early_start import early_start
from projects.money import format_euro
from projects.templatetags.look import addresses, badge, icon

register = template.Library()

_ROW = (
    '<tr{}><th scope="row"><a href="{}">{}</a><br><small class="soft">{}</small>{}{}</th>'
    '<td data-l="Stadtbezirke"><span>{}</span></td>'
    '<td data-l="Topf"><span>{} <small class="soft">{}</small></span></td>'
    '<td class="num" data-l="beantragt">{}</td>'
    '<td data-l="Stand"><span>{}{}</span></td>'
    '<td class="num" data-l="wartet seit">{}</td></tr>'
)
_OWN = mark_safe(' class="own"')
_NOT_WAITING = mark_safe('<span class="soft">–</span>')


@register.simple_tag
def application_rows(applications: Iterable[Any]) -> SafeString:
    """``{% application_rows page.object_list %}``: after ``funding.views.queue.complete``, no query."""
    return format_html_join("\n", _ROW, _cells(applications))


def _cells(applications: Iterable[Any]) -> Iterator[tuple[Any, ...]]:
    address = addresses("funding:application")
    waits = format_html('<br><span class="badge wait">{}wartet auf Sie</span>', icon("pen"))
    for application in applications:
        project, pot = application.project, application.pot
        yield (
            _OWN if application.mine else "",
            address(application.pk),
            project.display_title,
            project.number,
            waits if application.mine else "",
            _warning(application),
            ", ".join(district.name for district in application.districts),
            pot.name,
            pot.year,
            format_euro(application.requested),
            badge(application),
            _amount(application),
            _NOT_WAITING if application.days is None else _waiting(application.days),
        )


def _warning(application: Any) -> SafeString | str:
    """That the project begins before its money is approved."""
    early = early_start(application.project) if application.days is not None else None
    if early is None:
        return ""
    return format_html(
        '<br><span class="badge {}">{}{}</span>',
        "bad" if early.begun else "wait",
        icon("exclamation-triangle"),
        early.short,
    )


def _amount(application: Application) -> SafeString | str:
    """What is signed for or granted, under the state."""
    if application.state == Application.State.RESERVED:
        said = f"{application.first_signer} hat {format_euro(application.reserved)} gezeichnet"
    elif application.granted:
        said = format_euro(application.granted)
    else:
        return ""
    return format_html('<br><small class="soft">{}</small>', said)


def _waiting(days: int) -> str:
    return "heute" if days == 0 else "1 Tag" if days == 1 else f"{days} Tagen"
