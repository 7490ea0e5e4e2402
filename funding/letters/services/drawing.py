"""From a decision to its letter, in steps that can each be taken again.

A short transaction draws the number and keeps the inputs. Outside any transaction the PDF is made and stored under its
hash. A second short transaction enters the hash where it is empty. Whatever is interrupted is found by ``lacking``.
"""

import logging
from collections.abc import Iterator
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from funding.letters import content
from funding.letters.errors import LetterRefused, NotYet
from funding.letters.models import Form, Letter, LetterSeries
from funding.letters.permissions import may_correct
from funding.letters.services.answers import GONE, OVER
from funding.models import DECIDES, Decision, GrantTerms, Step
from funding.public_words import REFUSED, says_public_words
from funding.rules import value_date
from members.common import stored
from members.models import User
from members.roles.permissions import Roles
from projects import services as project_services
from projects.models import Project

logger = logging.getLogger(__name__)


def note(decision: Decision) -> None:
    """Let the letter of a decision be written after its transaction. The decision never fails by it."""
    if decision.step in DECIDES:
        transaction.on_commit(lambda: _draw_if_lacking(decision.pk), robust=True)


def _draw_if_lacking(key: int) -> None:
    if lacking().filter(pk=key).exists():
        _draw_and_make(key)


def begun() -> "QuerySet[GrantTerms]":
    """Return the settings of letters that there were on the day of the outer decision."""
    return GrantTerms.objects.filter(
        funding_model=OuterRef("application__pot__year__model"), since__lte=OuterRef("on")
    )


def _unwritten() -> Any:
    """Return the condition that a decision has no letter and can get one.

    What was granted and revoked before there was a letter gets none any more. Where a grant is lessened and money claimed
    back on one day for one reason, the letter of the claim says both (``content.Matter.released`` and ``ends``).
    """
    written = Letter.objects.filter(decision=OuterRef("pk"))
    revoked = Decision.objects.filter(
        application=OuterRef("application"), step=Step.REVOKE, pk__gt=OuterRef("pk")
    )
    over = Q(step__in=(Step.APPROVE, Step.REDUCE, Step.INCREASE, Step.CHANGE)) & Exists(revoked)
    # What comes back of the association's own measures stays in its own hands.
    own = Q(application__project__measure=Project.Measure.OWN)
    claimed = Decision.objects.filter(
        application=OuterRef("application"), step=Step.RECLAIM, pk__gt=OuterRef("pk"), on=OuterRef("on"),
        reason=OuterRef("reason"),
    )  # fmt: skip
    told_there = Q(step__in=content.TOLD_WITH_CLAIM) & ~own & Exists(claimed)
    return ~Exists(written) & ~over & ~(Q(step=Step.RECLAIM) & own) & ~told_there


def unwritten() -> "QuerySet[Decision]":
    """Return the decisions that can get a letter, of any day. ``begun`` says if there were letters on theirs."""
    return Decision.objects.filter(_unwritten(), step__in=DECIDES).annotate(begun=Exists(begun()))


def lacking() -> "QuerySet[Decision]":
    """Return the decisions without a letter, or whose letter has no PDF yet. One query.

    Letters are written from the first day on for which the funding model has settings.
    """
    unmade = Exists(Letter.objects.filter(decision=OuterRef("pk"), sha256=""))
    return Decision.objects.filter(Exists(begun()) & _unwritten() | unmade, step__in=DECIDES)


def repair(limit: int = 100) -> int:
    """Write up to ``limit`` letters that are lacking, and return how many. What cannot be written yet is left out."""
    done = 0
    for key in lacking().order_by("pk").values_list("pk", flat=True):
        if done == limit:
            break
        try:
            done += _draw_and_make(key)
        except Exception:
            logger.exception("The letter of decision %s could not be written.", key)
    return done


def _draw_and_make(key: int) -> bool:
    """Write the letter of the decision with this key, and return whether it is there."""
    try:
        letter = draw(Decision(pk=key))
    except NotYet:
        return False
    for each in (letter, *Letter.objects.filter(decision=key, sha256="").exclude(pk=letter.pk)):
        make(each)
    return True


@transaction.atomic
def draw(decision: Decision, *, actor: User | None = None, on: date | None = None) -> Letter:
    """Return the current letter of the decision; give it its number and keep its inputs, if there is none.

    Nobody need ask for it: the approval does, and the timer. It is of the local date ``on``.
    Raises NotYet with what is missing, LetterRefused where it granted what was revoked since, TransitionNotAllowed for a
    day to come.
    """
    decision = _locked(decision)
    if found := Letter.objects.current().filter(decision=decision).first():
        return found
    if not unwritten().filter(pk=decision.pk).exists():
        raise LetterRefused(OVER)
    return _drawn(decision, actor=actor, on=value_date(on))


@transaction.atomic
def correct(letter: Letter, *, reason: str, actor: User, on: date | None = None) -> Letter:
    """Draw a new letter that names the one before and says why. The text is of the local date, the address today's.

    Raises LetterRefused where it is not the current one or its words are deleted, NotYet with what is missing.
    """
    day = value_date(on)
    decision = _locked(letter.decision)
    if not may_correct(Roles(actor, day), letter):
        raise LetterRefused("Schreiben berichtigt die Wirtschaftsförderung.")
    letter = Letter.objects.select_related("decision__application").get(pk=letter.pk)
    if not letter.is_current:
        raise LetterRefused("Dieses Schreiben wurde schon berichtigt. Bitte berichtigen Sie das neuere.")
    if letter.is_over or letter.is_erased:
        raise LetterRefused(OVER if letter.is_over else GONE)
    if not reason.strip():
        raise LetterRefused(
            "Bitte eintragen, was berichtigt wird; es steht auf dem neuen Schreiben.", field="reason"
        )
    if day < letter.drawn_on:
        raise LetterRefused(f"Das Schreiben ist vom {letter.drawn_on:%d.%m.%Y}; berichtigt wird es danach.")
    corrected = _drawn(decision, actor=actor, on=day, replaces=letter, correction=reason.strip())
    transaction.on_commit(lambda: _draw_and_make(decision.pk), robust=True)
    return corrected


def _locked(decision: Decision) -> Decision:
    """Return the decision with all that a letter reads, under the lock of its project."""
    key = Decision.objects.values_list("application__project", flat=True).get(pk=decision.pk)
    project_services.lock(Project(pk=key))
    related = ("application__project__organiser", "application__project__lead_district", "application__pot__year__model",
               "application__pot__district")  # fmt: skip
    return Decision.objects.select_related(*related).get(pk=decision.pk)


def _drawn(
    decision: Decision,
    *,
    actor: User | None,
    on: date,
    replaces: Letter | None = None,
    correction: str = "",
) -> Letter:
    about = content.matter(decision, on)
    if lacks := content.missing(about):
        raise NotYet(lacks)
    assert about.text is not None
    if about.form != Form.PUBLIC and says_public_words(correction):
        raise LetterRefused(REFUSED, field="reason")
    number = f"{on.year}-S-{LetterSeries.take(year=on.year):04}"
    before = f"{replaces.number} vom {replaces.drawn_on:%d.%m.%Y}" if replaces else ""
    return Letter.objects.create(
        number=number,
        decision=decision,
        replaces=replaces,
        correction=correction,
        form=about.form,
        kind=about.kind,
        text=about.text,
        inputs=content.inputs(about, number=number, replaces=before, correction=correction),
        drawn_on=on,
        drawn_by=actor,
    )


def make(letter: Letter) -> Letter:
    """Make the letter's PDF, store it under its hash, and enter the hash where it is empty. Outside a transaction.

    Raises PdfError. Made again, it has the same bytes.
    """
    if not letter.sha256:
        file = content.render(letter.inputs)
        sha256 = stored.put(file)
        Letter.objects.filter(pk=letter.pk, sha256="").update(sha256=sha256, size=len(file))
        letter.refresh_from_db(fields=["sha256", "size"])
    return letter


def files() -> Iterator[tuple[str, str]]:
    """Yield hash and name of the file of each letter."""
    for sha256, number in (
        stored.kept(Letter.objects.exclude(sha256=""))
        .order_by("pk")
        .values_list("sha256", "number")
        .iterator()
    ):
        yield sha256, f"Schreiben {number}"
