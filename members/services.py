"""Changes of the association that carry a rule: seats, memberships, mandates and resolutions."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, TypeVar, cast

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from members import guards
from members.common.counting import counted
from members.common.texts import normal
from members.models import Body, Mandate, Person, Resolution, Seat, Tenure, User
from members.roles import groups
from members.roles.permissions import OWN_AUDIT, OWN_MANDATE, may_change_mandate, may_change_seat

T = TypeVar("T", bound=Tenure)

#: The largest Lenkungsgremium that is known has 30 members (press).
LARGEST_BODY = 30
NO_DECIDER = "Niemand ist zugleich in der Kassenprüfung und in der Gruppe Wirtschaftsförderung."
NO_VOTES = "Bitte die abgegebenen Stimmen eintragen."


def require_room(row: Any, besides: Sequence[Any] = ()) -> None:
    """Raise ValidationError where the row would be one too many on a day, naming those who are there.

    Also raised for a seat on a day on which its body does not exist, for a seat in the Kassenprüfung of somebody
    who decides, and for a body with seats that becomes the Kassenprüfung or the Vorstand. The error's code is the
    field that it concerns, where it is one.
    Call it inside the transaction that saves: until it ends nobody else counts in the same group.
    ``besides`` are unsaved rows of the same form.
    """
    guards.hold(row)
    if found := guards.crowd(row, besides):
        rule, others = found
        names = "; ".join(f"{rule.told(other)}, {other.period}" for other in others)
        raise ValidationError(
            f"{rule.sentence} Eingetragen: {names}. Bitte zuerst dort das Ende eintragen.",
            code="person" if isinstance(rule, guards.Apart) else None,
        )
    if isinstance(row, Body):
        _require_kind(row)
    if isinstance(row, Seat):
        _require_no_decider(row)
        body, end = row.body, row.until or date.max
        if row.since < body.since or (body.until and end > body.until):
            raise ValidationError(
                f"Das Gremium „{body}“ besteht {body.period}. Der Sitz muss in dieser Zeit liegen."
            )


def _require_kind(body: Body) -> None:
    """Raise ValidationError where a body with seats becomes one whose seats exclude other tasks."""
    apart = (Body.Kind.CASH_AUDIT, Body.Kind.BOARD)
    if body.kind in apart and body.seats.exclude(body__kind=body.kind).exists():
        raise ValidationError(f"{guards.KIND_STAYS}. Bitte dafür ein neues Gremium anlegen.", code="kind")


def _require_no_decider(seat: Seat) -> None:
    """Raise ValidationError for a seat in the Kassenprüfung, present or to come, of somebody who decides.

    Groups have no dates and count as they are today.
    """
    over = seat.until is not None and seat.until < timezone.localdate()
    if not guards.AUDITORS.has(seat) or over:
        return
    if User.objects.filter(person=seat.person, groups__name=groups.BUSINESS_DEVELOPMENT).exists():
        raise ValidationError(
            f"{NO_DECIDER} {seat.person} ist heute in dieser Gruppe.",
            code="person",
        )


def require_no_auditor(person: Person) -> None:
    """Raise ValidationError where the person sits in the Kassenprüfung or will: nobody who decides does.

    Call it inside the transaction that puts the person's account into the group Wirtschaftsförderung.
    """
    guards.hold_person(person.pk)
    seat = guards.AUDITORS.of(person.pk).not_over_on(timezone.localdate()).first()  # type: ignore[attr-defined]
    if seat:
        raise ValidationError(f"{NO_DECIDER} Eingetragen: {seat}, {seat.period}.")


def shared_with(row: Any, besides: Sequence[Any] = ()) -> str:
    """Return a sentence about who has the same place on one of the row's days, where mostly one person has it.

    These are a district's mandates of each kind, and a body's seats with a task. Nothing forbids two.
    ``besides`` are unsaved rows of the same form.
    """
    alike = ("district_id", "kind") if isinstance(row, Mandate) else ("body_id", "role")
    if not isinstance(row, Mandate) and not (isinstance(row, Seat) and row.role != Seat.Role.MEMBER):
        return ""
    place = {name: getattr(row, name) for name in alike}
    if None in place.values() or row.since is None:
        return ""
    stored = type(row).objects.filter(**place).select_related("person").order_by("since", "pk")
    found = [
        other
        for other in guards.beside(row, stored, besides)
        if all(getattr(other, name) == value for name, value in place.items())
        and other.since
        and other.since <= (row.until or date.max)
        and row.since <= (other.until or date.max)
    ]
    if not found:
        return ""
    names = "; ".join(f"{other}, {other.period}" for other in found)
    return (
        f"In dieser Zeit ist schon eingetragen: {names}. Bitte dort zuerst das Ende eintragen, oder hier bestätigen, "
        "dass es beide zugleich sind."
    )


@transaction.atomic
def enter(row: T, *, actor: User) -> T:
    """Store a mandate, a membership or a seat.

    Raises ValidationError for the actor's own mandate or seat in the Kassenprüfung, and where there is no room
    for the row.
    """
    if isinstance(row, Mandate) and not may_change_mandate(actor, row.person_id):
        raise ValidationError(OWN_MANDATE)
    if isinstance(row, Seat) and not may_change_seat(actor, row):
        raise ValidationError(OWN_AUDIT, code="person")
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
    reason = normal(reason)
    if not reason:
        raise ValidationError("Bitte den Grund des Austritts nennen.")
    if on < row.since:
        raise ValidationError(
            f"{row} beginnt erst am {row.since:%d.%m.%Y}. Das Ende darf nicht vor dem Beginn liegen."
        )
    if row.until and on >= row.until:
        raise ValidationError(f"{row} endet schon am {row.until:%d.%m.%Y}.")
    row.until, row.exit_reason = on, reason
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


def objections_to_resolution(resolution: Resolution, *, on: date | None = None) -> dict[str, str]:
    """Return what stands against a new Beschluss, each sentence by its field.

    The meeting lies in the future (local date ``on``, default today), or nobody voted.
    It backs a decision on money, so it must have been taken.
    """
    found = {}
    if resolution.date > (on or timezone.localdate()):
        found["date"] = "Die Sitzung liegt in der Zukunft. Bitte das Datum prüfen."
    if resolution.votes_cast == 0:
        found["votes_yes"] = NO_VOTES
    return found


def doubt_about_votes(resolution: Resolution) -> str:
    """Return what to confirm before the Beschluss is stored: more votes than seats, or nothing.

    It is asked and not refused: seats may not all be entered. Where none are, ``LARGEST_BODY`` stands for them.
    """
    seats = resolution.body.seats.active_on(resolution.date).count()
    if resolution.votes_cast <= (seats or LARGEST_BODY):
        return ""
    if seats:
        return (
            f"Das sind zusammen {resolution.votes_cast} Stimmen. Für „{resolution.body}“ sind am "
            f"{resolution.date:%d.%m.%Y} nur {counted(seats, 'Sitz', 'Sitze')} eingetragen. Bitte prüfen Sie Stimmen "
            "und Datum und bestätigen Sie sie. Fehlende Sitze trägt die Vereinsverwaltung ein."
        )
    return (
        f"Das sind zusammen {resolution.votes_cast} Stimmen; in einem Gremium sitzen sonst höchstens {LARGEST_BODY} "
        "Personen. Bitte prüfen Sie die Zahlen und bestätigen Sie sie."
    )


def save_resolution(resolution: Resolution, *, actor: User, on: date | None = None) -> Resolution:
    """Store a new Beschluss.

    Raises ValidationError for what ``objections_to_resolution`` finds.
    """
    if objections := objections_to_resolution(resolution, on=on):
        raise ValidationError(objections)
    resolution.recorded_by = actor
    resolution.save()
    return resolution
