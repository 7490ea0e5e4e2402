"""Rows of the list of applications, each filled in one go (as ``projects.templatetags.rows``)."""

from collections.abc import Iterable
from html import escape

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from funding.models import Application
from funding.queue_rows import Row
from funding.templatetags.funding import application_badge
from members.addresses import address
from projects.early_start import EarlyStart
from projects.money import format_euro
from projects.templatetags.look import icon

register = template.Library()

_NOT_WAITING = '<span class="soft">–</span>'


@register.simple_tag
def application_rows(rows: Iterable[Row]) -> SafeString:
    """``{% application_rows rows %}``: no query. Texts that somebody wrote are escaped one by one."""
    waits = format_html('<br><span class="badge wait">{}wartet auf Sie</span>', icon("pen"))
    today = timezone.localdate()
    drawn = (_row(row, waits if row.mine else "", _warning(row.early_start(today))) for row in rows)
    return mark_safe("\n".join(drawn))  # noqa: S308 - see _row


def _row(row: Row, waits: str, warning: str) -> str:
    own = ' class="own"' if row.mine else ""
    return (
        f'<tr{own}><th scope="row"><a href="{address("funding:application", row.pk)}">{escape(row.display_title)}</a>'
        f'<br><small class="soft">{escape(row.number)}</small>{waits}{warning}</th>'
        f'<td data-l="Stadtbezirke"><span>{escape(row.districts)}</span></td>'
        f'<td data-l="Topf"><span>{escape(row.pot_name)} <small class="soft">{row.year}</small></span></td>'
        f'<td class="num" data-l="beantragt">{format_euro(row.requested)}</td>'
        f'<td data-l="Stand"><span>{application_badge(row)}{_amount(row)}</span></td>'
        f'<td class="num" data-l="wartet seit">{_NOT_WAITING if row.days is None else _waiting(row.days)}</td></tr>'
    )


def _warning(early: EarlyStart | None) -> str:
    """That the project begins before its money is approved."""
    if early is None:
        return ""
    look = "bad" if early.begun else "wait"
    return f'<br><span class="badge {look}">{icon("exclamation-triangle")}{early.short}</span>'


def _amount(row: Row) -> str:
    """What is signed for or granted, under the state."""
    if row.sign_anew:
        said = "erste Unterschrift gilt nicht mehr, bitte neu zeichnen"
    elif row.state == Application.State.RESERVED:
        said = f"{row.first_signer} hat {format_euro(row.reserved)} gezeichnet"
    elif row.granted:
        said = format_euro(row.granted)
    else:
        return ""
    return f'<br><small class="soft">{escape(said)}</small>'


def _waiting(days: int) -> str:
    return "heute" if days == 0 else "1 Tag" if days == 1 else f"{days} Tagen"
