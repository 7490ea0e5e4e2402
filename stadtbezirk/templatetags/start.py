"""The lists of the start pages, each drawn in one go: a director's has up to forty things that wait.

No query; texts that somebody wrote are escaped one by one.
"""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from html import escape
from typing import TYPE_CHECKING, Any

from django import template
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import Truncator

from funding.models import Application, Decision, GrantChange, Step, Transfer
from funding.templatetags.funding import application_badge
from projects.money import format_euro
from projects.templatetags.look import icon

if TYPE_CHECKING:
    from stadtbezirk.start import Todo

register = template.Library()

#: So many characters of a reason.
REASON = 160
_LOOKS = {Step.APPROVE: "good", Step.REDUCE: "wait"}


def _drawn(items: Iterable[str]) -> SafeString:
    return mark_safe("\n".join(items))  # noqa: S308 - see the module's text


def _link(address: str, text: object) -> str:
    return f'<a href="{escape(address)}">{escape(str(text))}</a>'


def _day(word: str, day: date) -> str:
    said = f"{day.day:02}.{day.month:02}.{day.year:04}"
    return f'<time datetime="{day.isoformat()}">{word} {said}</time>'


def _tail(amount: Decimal | None, word: str, day: date) -> str:
    shown = f'<span class="num">{format_euro(amount)}</span>' if amount is not None else ""
    return f'<span class="tail">{shown}{_day(word, day)}</span>'


@register.simple_tag
def todo_rows(todos: "Iterable[Todo]") -> SafeString:
    return _drawn(
        f'<li><span class="badge {todo.kind}">{todo.label}</span>{_link(todo.url, todo.text)}'
        f"{_day('seit', todo.since) if todo.since else ''}</li>"
        for todo in todos
    )


@register.simple_tag
def queue_items(applications: Iterable[Any]) -> SafeString:
    """What waits for a decision, each with its ``project`` and whether it is ``mine`` to decide."""
    mine = f'<span class="badge wait">{icon("pen")}wartet auf Sie</span>'
    return _drawn(
        f"<li>{application_badge(a)}{_link(a.get_absolute_url(), a.project)}{mine if a.mine else ''}"
        f"{_tail(a.requested, 'seit', a.waiting_since)}</li>"
        for a in applications
    )


@register.simple_tag
def signature_items(
    applications: Iterable[Application], transfers: Iterable[Transfer], changes: Iterable[GrantChange]
) -> SafeString:
    """What waits for a second person: signatures, transfers between pots, then changes of grants."""
    signatures = [
        f'<li><span class="badge wait">zweite Unterschrift</span>{_link(a.get_absolute_url(), a.project)}'
        f"{_tail(a.reserved, 'seit', a.waiting_since)}</li>"
        for a in applications
    ]
    moved = [
        f'<li><span class="badge wait">Umbuchung</span>'
        f"{_link(t.get_absolute_url(), f'{t.from_pot.name} nach {t.to_pot.name}')}"
        f"{_tail(t.amount, 'seit', t.requested_on)}</li>"
        for t in transfers
    ]
    changed = [
        f'<li><span class="badge wait">Bewilligung {c.get_what_display()}</span>'
        f"{_link(c.get_absolute_url(), c.application.project)}{_tail(c.amount, 'seit', c.requested_on)}</li>"
        for c in changes
    ]
    return _drawn([*signatures, *moved, *changed])


@register.simple_tag
def decision_items(decisions: Iterable[Decision]) -> SafeString:
    """The latest decisions with their reasons, each with its ``application``, project and pot."""
    return _drawn(map(_decision, decisions))


def _decision(decision: Decision) -> str:
    application = decision.application
    reason = decision.reason and f"<br>Begründung: {escape(Truncator(decision.reason).chars(REASON))}"
    return (
        f'<li><span class="badge {_LOOKS.get(Step(decision.step), "bad")}">{Step(decision.step).label}</span>'
        f"{_link(application.get_absolute_url(), application.project)}"
        f"{_tail(decision.amount or None, 'am', decision.on)}"
        f'<p class="reason"><span class="soft">{escape(application.pot.name)}</span>{reason}</p></li>'
    )
