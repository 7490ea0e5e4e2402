"""Deleting what is no longer kept, as one person asks and another confirms; and holding something longer."""

from datetime import date
from typing import Any

from django.db import transaction

from funding.closing.models import Deletion, DeletionItem, RetentionHold
from funding.closing.permissions import objection_to_confirm_deletion, objection_to_delete
from funding.closing.retention import files, notices, periods
from funding.closing.retention.listing import judged, stored_size
from funding.closing.retention.sources import BY_WHAT, Source, reopened_years
from funding.errors import TransitionNotAllowed
from funding.rules import require_first_person, require_reason, value_date
from members.common.counting import counted
from members.common.days import FIRST_DAY
from members.models import User
from members.roles.permissions import Roles
from projects.models import Project

#: The most files of one request: it is confirmed in one transaction.
MOST = 20_000
CHANGED = (
    "Seit dem Antrag hat sich etwas geändert: {}. Jetzt wurde nichts gelöscht. Bitte lehnen Sie ab und beantragen Sie die Löschung "
    "neu."
)


@transaction.atomic
def request_deletion(
    year: int, what: str, *, actor: User, reason: str, seen: int | None = None, on: date | None = None
) -> Deletion:
    """Ask to delete all files of the kind that arose in the calendar year and may go now. Nothing is deleted.

    ``seen`` is how many the page showed. Raises TransitionNotAllowed or ConflictOfInterest.
    """
    day = value_date(on)
    if objection := objection_to_delete(Roles(actor, day)):
        raise objection
    reason = require_reason(reason, "Bitte schreiben Sie, worauf sich die Löschung stützt.")
    periods.lock()
    if Deletion.objects.filter(year=year, what=what, state=Deletion.State.REQUESTED).exists():
        raise TransitionNotAllowed("Dazu wartet schon ein Antrag auf eine zweite Person.")
    items = _items(BY_WHAT[what], year, day)
    if not items:
        raise TransitionNotAllowed("Davon darf jetzt nichts gelöscht werden.")
    if seen is not None and min(seen, MOST) != len(items):
        raise TransitionNotAllowed(
            f"Inzwischen sind es {counted(len(items), *Deletion.What(what).nouns)}. Bitte sehen Sie die Liste noch einmal an."
        )
    deletion = Deletion.objects.create(
        year=year, what=what, reason=reason, requested_by=actor, requested_on=day
    )
    for item in items:
        item.deletion = deletion
    DeletionItem.objects.bulk_create(items, batch_size=500)
    notices.tell_of_request(deletion)
    return deletion


def _items(source: Source, year: int, day: date) -> list[DeletionItem]:
    """Return the files of the source that may go on the local date, not stored, at most ``MOST``."""
    found = periods.Periods(day)
    items = []
    for row in source.rows(year, reopened_years()).filter(matter="").order_by("pk")[:MOST]:
        kept = found.kept(source.kind, row.of_year)
        first_day, rule = judged(kept, row.matter, year)
        if kept is None or first_day is None or first_day > day:
            continue
        items.append(
            DeletionItem(
                source=source.table, row_key=row.pk, project_id=row.of_project, name=str(row)[:200],
                sha256=source.hash_of(row), size=_size(source, row), years=kept.years, rule=rule,
            )
        )  # fmt: skip
    return items


def _size(source: Source, row: Any) -> int:
    if source.content:
        return 0
    return int(row.size) if source.size else stored_size(row.sha256)


def _open(deletion: Deletion, on: date | None) -> tuple[Deletion, date]:
    """Lock the projects concerned, then what a deletion rests on, then the request.

    Raises TransitionNotAllowed unless it waits for a decision.
    """
    day = value_date(on)
    projects = DeletionItem.objects.filter(deletion=deletion, project__isnull=False).values("project")
    list(
        Project.objects.select_for_update(no_key=True)
        .filter(pk__in=projects)
        .order_by("pk")
        .values_list("pk")
    )
    periods.lock()
    current = (
        Deletion.objects.select_for_update(of=("self",)).select_related("requested_by").get(pk=deletion.pk)
    )
    if sentence := current.objection_on(day):
        raise TransitionNotAllowed(sentence)
    return current, day


@transaction.atomic
def confirm_deletion(deletion: Deletion, *, actor: User, on: date | None = None) -> Deletion:
    """Delete the files, as the second person. Each is judged again; they go once this is committed.

    Refused where one of them may no longer go.
    Raises TransitionNotAllowed or ConflictOfInterest.
    """
    current, day = _open(deletion, on)
    if objection := objection_to_confirm_deletion(Roles(actor, day), current):
        raise objection
    require_first_person(
        current.requested_by,
        objection_to_delete(Roles(current.requested_by, day)),
        what="nichts mehr löschen",
        instead="lehnen Sie ab und beantragen Sie die Löschung neu.",
    )
    _require_still(current, day)
    current.decide(Deletion.State.CONFIRMED, actor=actor, on=day)
    files.let_go(current, actor=actor)
    notices.tell_of_decision(current)
    transaction.on_commit(lambda: files.finish(current.pk))
    return current


def _require_still(deletion: Deletion, day: date) -> None:
    """Raise TransitionNotAllowed unless each file of the request may still go, by the same rule."""
    source = BY_WHAT[deletion.what]
    now = {item.row_key: item for item in _items(source, deletion.year, day)}
    for asked in deletion.items.all():
        item = now.get(asked.row_key)
        if item is None:
            raise TransitionNotAllowed(CHANGED.format(f"„{asked.name}“ muss noch bleiben"))
        if (item.sha256, item.years) != (asked.sha256, asked.years):
            raise TransitionNotAllowed(CHANGED.format(f"für „{asked.name}“ gilt eine andere Frist"))


@transaction.atomic
def refuse_deletion(deletion: Deletion, *, reason: str, actor: User, on: date | None = None) -> Deletion:
    """Refuse the request; whoever asked takes it back this way. Raises TransitionNotAllowed or ConflictOfInterest."""
    current, day = _open(deletion, on)
    if objection := objection_to_delete(Roles(actor, day)):
        raise objection
    reason = require_reason(reason, "Bitte schreiben Sie, warum es bleibt, wie es ist.")
    current.decide(Deletion.State.REFUSED, actor=actor, on=day, refusal=reason)
    notices.tell_of_decision(current)
    return current


@transaction.atomic
def hold(
    *,
    actor: User,
    reason: str,
    project: Project | None = None,
    year: int | None = None,
    on: date | None = None,
) -> RetentionHold:
    """Keep everything of the project, or of the calendar year, until the hold is ended.

    Raises TransitionNotAllowed or ConflictOfInterest.
    """
    day = value_date(on)
    if objection := objection_to_delete(Roles(actor, day)):
        raise objection
    if (project is None) == (year is None):
        raise TransitionNotAllowed("Bitte nennen Sie entweder ein Projekt oder ein Kalenderjahr.")
    if year is not None and not FIRST_DAY.year <= year <= day.year:
        raise TransitionNotAllowed("Dieses Kalenderjahr gibt es hier nicht.", field="year")
    reason = require_reason(reason, "Bitte schreiben Sie, warum nichts gelöscht werden darf.")
    if project is not None:
        Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    periods.lock()
    if RetentionHold.objects.active().filter(project=project, year=year).exists():
        raise TransitionNotAllowed("Dafür gibt es schon eine Löschsperre.")
    return RetentionHold.objects.create(
        project=project, year=year, reason=reason, entered_by=actor, entered_on=day
    )


@transaction.atomic
def end_hold(hold: RetentionHold, *, actor: User, reason: str, on: date | None = None) -> RetentionHold:
    """End the hold; it stays and says who ended it and why. Raises TransitionNotAllowed or ConflictOfInterest."""
    day = value_date(on)
    if objection := objection_to_delete(Roles(actor, day)):
        raise objection
    reason = require_reason(reason, "Bitte schreiben Sie, warum die Sperre endet.")
    current = RetentionHold.objects.select_for_update().get(pk=hold.pk)
    if current.ended_on is not None or day < current.entered_on:
        raise TransitionNotAllowed("Diese Löschsperre ist schon beendet.")
    current.ended_by, current.ended_on, current.end_reason = actor, day, reason
    current.save()
    return current
