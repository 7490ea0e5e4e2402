"""What pages of the core show of letters."""

from collections.abc import Sequence
from typing import Any

from django import template
from django.db.models import OuterRef, Q, Subquery
from django.template.context import Context

from funding.letters.models import Letter, Sending
from funding.letters.permissions import may_read_letters
from funding.letters.services import lacking
from funding.models import DECIDES, Application, Decision

register = template.Library()

#: What the card shows of a letter.
COLUMNS = ("number", "kind", "form", "sha256", "answer", "answered_on", "drawn_on")


@register.simple_tag(takes_context=True)
def letters_of(context: Context, applications: Application | Sequence[Application]) -> Sequence[Decision]:
    """Return the decisions on these applications with their letters, or that lack one, oldest first. One query.

    Each has ``letter``, the current one with ``sent``, the day of its latest sending; None where it is lacking.
    Whoever sees an application and reads letters at all reads those about it.
    """
    of = [applications] if isinstance(applications, Application) else applications
    if not of or not may_read_letters(context["request"].roles):
        return []
    latest = Sending.objects.filter(letter=OuterRef("letters")).order_by("-pk").values("on")[:1]
    without = lacking().filter(application__in=of, letters=None).values("pk")
    rows = (
        Decision.objects.filter(step__in=DECIDES, application__in=of)
        .filter(Q(letters__isnull=False) | Q(pk__in=without))
        .order_by("pk", "letters__pk")
        .annotate(sent=Subquery(latest))
        .values("pk", "step", "on", "application_id", "sent", *(f"letters__{name}" for name in COLUMNS))
    )
    # A corrected letter comes after the one that it replaces.
    return list({row["pk"]: _shown(row) for row in rows}.values())


def _shown(row: dict[str, Any]) -> Decision:
    decision: Any = Decision(
        pk=row["pk"], step=row["step"], on=row["on"], application_id=row["application_id"]
    )
    decision.letter = None
    if row["letters__number"]:
        decision.letter = Letter(**{name: row[f"letters__{name}"] for name in COLUMNS})
        decision.letter.sent = row["sent"]
    return decision


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
    elif sent and letter.waits_for_answer:
        look = ("wait", "hourglass-split", "wartet auf Annahme")
    elif letter.is_internal:
        look = ("good", "check-circle", "erstellt")
    elif sent:
        look = ("good", "check-circle", "versandt")
    else:
        look = ("wait", "pen", "zu versenden")
    return dict(zip(("look", "symbol", "label"), look, strict=True))
