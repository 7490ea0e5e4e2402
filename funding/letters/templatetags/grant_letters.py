"""What pages of the core show of letters."""

from collections.abc import Sequence
from operator import attrgetter
from typing import Any

from django import template
from django.template.context import Context

from funding.letters.of_decisions import read_letters
from funding.letters.permissions import may_draw, may_read_letters
from funding.models import Application

register = template.Library()


@register.simple_tag(takes_context=True)
def letters_of(context: Context, applications: Application | Sequence[Application]) -> Sequence[Any]:
    """Return the decisions on these applications with their letters, or that lack one, oldest first (``read_letters``).

    Who may draw letters also gets the decisions that have one on demand.
    One query, unless they were read before.
    Whoever sees an application and reads letters at all reads those about it.
    """
    of: Any = [applications] if isinstance(applications, Application) else applications
    roles = context["request"].roles
    if not may_read_letters(roles):
        return []
    if unread := [application for application in of if not hasattr(application, "letters")]:
        read_letters(unread)
    decisions = (decision for application in of for decision in application.letters)
    asked = may_draw(roles)
    shown = (each for each in decisions if each.letter or each.lacks or (asked and each.on_demand))
    return sorted(shown, key=attrgetter("pk"))


@register.inclusion_tag("parts/badge.html")
def letter_badge(letter: Any) -> dict[str, str]:
    """Show the badge with the state of a letter. ``sent`` or the prefetched sendings say if it went out."""
    sent = letter.sent if hasattr(letter, "sent") else bool(letter.sendings.all())
    if not letter.is_made:
        look = ("wait", "hourglass-split", "in Arbeit")
    elif letter.is_accepted:
        look = ("good", "check-circle", "angenommen")
    elif letter.is_declined:
        look = ("bad", "x-circle", "so nicht angenommen")
    elif letter.is_over:
        look = ("bad", "x-circle", "gilt nicht mehr")
    elif sent and letter.waits_for_answer:
        look = ("wait", "hourglass-split", "wartet auf Annahme")
    elif letter.is_internal:
        look = ("good", "check-circle", "erstellt")
    elif sent:
        look = ("good", "check-circle", "versandt")
    else:
        look = ("wait", "pen", "zu versenden")
    return dict(zip(("look", "symbol", "label"), look, strict=True))
