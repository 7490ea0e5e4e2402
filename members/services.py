"""Changes of the association that carry a rule: seats, memberships, mandates and resolutions."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, TypeVar, cast

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from members import guards
from members.models import Mandate, Person, Resolution, Seat, Tenure, User
from members.roles.permissions import OWN_MANDATE, may_change_mandate

T = TypeVar("T", bound=Tenure)


def require_room(row: Any, besides: Sequence[Any] = ()) -> None:
    """Raise ValidationError where the row would be one too many on a day, naming those who are there.

    Also raised for a seat on a day on which its body does not exist.
    Call it inside the transaction that saves: until it ends nobody else counts in the same group.
    ``besides`` are unsaved rows of the same form.
    """
    guards.hold(row)
    if found := guards.crowd(row, besides):
        rule, others = found
        names = "; ".join(f"{getattr(other, 'holder', other)}, {other.period}" for other in others)
        raise ValidationError(f"{rule.sentence} Eingetragen: {names}. Bitte zuerst dort das Ende eintragen.")
    if isinstance(row, Seat):
        body, end = row.body, row.until or date.max
        if row.since < body.since or (body.until and end > body.until):
            raise ValidationError(
                f"Das Gremium „{body}“ besteht {body.period}. Der Sitz muss in dieser Zeit liegen."
            )


@transaction.atomic
def enter(row: T, *, actor: User) -> T:
    """Store a mandate, a membership or a seat.

    Raises ValidationError for the actor's own mandate, and where there is no room for the row.
    """
    if isinstance(row, Mandate) and not may_change_mandate(actor, row.person_id):
        raise ValidationError(OWN_MANDATE)
    row.full_clean(validate_unique=False)
    require_room(row)
    row._history_user = actor  # type: ignore[attr-defined]
    row.save()
    return row


@transaction.atomic
def end(tenure: T, *, on: date, reason: str, actor: User) -> T:
    """Set the last day of a tenure, and the reason.

    Raises ValidationError without a reason, before the first day, on or after an end that is entered already,
    and for the actor's own mandate.
    """
    row = _locked(tenure)
    if not reason.strip():
        raise ValidationError("Bitte den Grund des Austritts nennen.")
    if on < row.since:
        raise ValidationError(
            f"{row} beginnt erst am {row.since:%d.%m.%Y}. Das Ende darf nicht vor dem Beginn liegen."
        )
    if row.until and on >= row.until:
        raise ValidationError(f"{row} endet schon am {row.until:%d.%m.%Y}.")
    row.until, row.exit_reason = on, reason.strip()
    return enter(row, actor=actor)


@transaction.atomic
def succeed(tenure: T, *, person: Person, on: date, reason: str, actor: User, entry_reason: str = "") -> T:
    """End the tenure with its last day ``on``, and enter ``person`` in the same place from the next day.

    Return the new row.
    A tenure that ends on that day anyway keeps its reason.
    Raises ValidationError like ``end``, and where the new person does not fit.
    """
    row = _locked(tenure)
    if row.until != on:
        row = end(row, on=on, reason=reason, actor=actor)
    place = {name: getattr(row, name) for name in row.PLACE}
    new = type(row)(
        **place,
        person=person,
        since=on + timedelta(days=1),
        entry_reason=entry_reason or "Nachfolge",
    )
    return enter(new, actor=actor)


def _locked(tenure: T) -> T:
    """Return the stored row, locked: somebody else may have ended it meanwhile."""
    return cast(T, type(tenure)._default_manager.select_for_update().get(pk=tenure.pk))


def save_resolution(resolution: Resolution, *, actor: User, on: date | None = None) -> Resolution:
    """Store a new Beschluss.

    Raises ValidationError where the meeting lies in the future (local date ``on``, default today) or nobody
    voted. It backs a decision on money, so it must have been taken.
    """
    if resolution.date > (on or timezone.localdate()):
        raise ValidationError({"date": "Die Sitzung liegt in der Zukunft. Bitte das Datum prüfen."})
    if resolution.votes_yes + resolution.votes_no + resolution.votes_abstained == 0:
        raise ValidationError({"votes_yes": "Bitte die abgegebenen Stimmen eintragen."})
    resolution.recorded_by = actor
    resolution.save()
    return resolution
