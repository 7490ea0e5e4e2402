"""The letters of applications, for pages of the core and for what is next."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Exists, OuterRef, Subquery

from funding.letters.models import Letter, Sending
from funding.letters.services.drawing import begun, unwritten
from funding.models import DECIDES, Application, Decision

#: What is read of a letter.
OF_LETTER = ("number", "kind", "form", "sha256", "answer", "answered_on", "drawn_on")
#: What is read of its decision.
OF_DECISION = ("pk", "step", "on", "amount", "application_id", "callable_until")


def read_letters(applications: Iterable[Application], **more: Any) -> None:
    """Set ``letters`` on these applications: the decisions on them, oldest first. One query.

    Each has ``letter``, the current one with ``sent``, the day of its latest sending; or None.
    Each has ``begun``, whether there were letters on its day, ``lacks``, whether its letter is still to be written, and
    ``on_demand``, whether it is written only if somebody asks for it.
    ``more`` are further annotations of the decisions, which each then has.
    """
    found: dict[int, Any] = {application.pk: application for application in applications}
    more = {
        "begun": Exists(begun()),
        "unwritten": Exists(unwritten().filter(pk=OuterRef("pk"))),
        "sent": Subquery(Sending.objects.filter(letter=OuterRef("letters")).order_by("-pk").values("on")[:1]),
        **more,
    }
    rows = (
        Decision.objects.filter(step__in=DECIDES, application__in=list(found))
        .order_by("pk", "letters__pk")
        .annotate(**more)
        .values(*OF_DECISION, *more, *(f"letters__{name}" for name in OF_LETTER))
    )
    for application in found.values():
        application.letters = []
    # A corrected letter comes after the one that it replaces.
    for row in {row["pk"]: row for row in rows}.values():
        application = found[row["application_id"]]
        application.letters.append(_decision(row, more, application))


def _decision(row: dict[str, Any], more: Iterable[str], application: Application) -> Any:
    decision: Any = Decision(**{name: row[name] for name in OF_DECISION})
    decision.application = application
    for name in more:
        setattr(decision, name, row[name])
    decision.lacks = decision.unwritten and decision.begun
    decision.on_demand = decision.unwritten and not decision.begun
    decision.letter = None
    if row["letters__number"]:
        decision.letter = Letter(decision=decision, **{name: row[f"letters__{name}"] for name in OF_LETTER})
        decision.letter.sent = row["sent"]
    return decision
