"""Asking to close a year or to open it again, and confirming it as the second person."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from funding import services as core
from funding.closing import ends, lights, notices, permissions
from funding.closing.models import Adoption, Carryover, RemainderRule, Snapshot, YearClosing
from funding.closing.models.closing import latest_confirmed
from funding.errors import TransitionNotAllowed
from funding.models import FiscalYear, Pot
from funding.payments.models import StatementEntry
from funding.permissions import objection_to_close_year
from funding.rules import require_first_person, require_reason, value_date
from funding.services.closing import CHANGED, require_next_year
from members.common.money import ZERO, format_euro
from members.models import Body, Resolution, User
from members.roles.permissions import Roles
from members.services import save_resolution

W, S = YearClosing.What, FiscalYear.State


def remainders(year: FiscalYear, day: date, pots: Iterable[Pot] | None = None) -> list[Carryover]:
    """Return what the rules of the local date do with each pot's free money; nothing is stored. Two queries at most.

    ``pots`` are the year's, read if not given.
    """
    found = RemainderRule.objects.on(year.model, day)
    planned = []
    for pot in year.pots.select_related("district", "year") if pots is None else pots:
        if not pot.available:
            continue
        rule = found.get(pot.kind, RemainderRule(kind=pot.kind))
        carried = rule.carried(pot.available)
        planned.append(Carryover(pot=pot, carried=carried, lapsed=pot.available - carried, place=rule.where))
    return planned


def together(rows: Iterable[Carryover]) -> Carryover:
    """Return what becomes of the free money of all these pots together; nothing is stored."""
    found = list(rows)
    return Carryover(
        carried=sum((row.carried for row in found), ZERO), lapsed=sum((row.lapsed for row in found), ZERO)
    )


@transaction.atomic
def request_closing(year: FiscalYear, *, actor: User, reason: str, on: date | None = None) -> YearClosing:
    """Ask to close the year, with what then becomes of each pot's free money. Nothing is booked.

    Refused while something stands against closing (``lights``), or while the year is not open that takes a remainder.
    Raises TransitionNotAllowed, YearNotOpen or ConflictOfInterest.
    """
    return _request(year, W.CLOSE, actor=actor, reason=reason, on=on)


@transaction.atomic
def request_reopening(year: FiscalYear, *, actor: User, reason: str, on: date | None = None) -> YearClosing:
    """Ask to open a closed year again. The reason is shown for ever.

    Raises TransitionNotAllowed or ConflictOfInterest.
    """
    return _request(year, W.REOPEN, actor=actor, reason=reason, on=on)


def _request(year: FiscalYear, what: str, *, actor: User, reason: str, on: date | None) -> YearClosing:
    day = value_date(on)
    if objection := objection_to_close_year(Roles(actor, day)):
        raise objection
    current = (
        FiscalYear.objects.select_for_update(of=("self",), no_key=True)
        .select_related("model")
        .get(pk=year.pk)
    )
    _require_state(current, what)
    if current.closings.filter(state=YearClosing.State.REQUESTED).exists():
        raise TransitionNotAllowed("Dazu wartet schon ein Antrag auf eine zweite Person.")
    reason = require_reason(
        reason,
        "Bitte schreiben Sie, worauf sich der Abschluss stützt."
        if what == W.CLOSE
        else "Bitte begründen Sie, warum das Jahr wieder geöffnet wird; das bleibt für immer stehen.",
    )
    if what == W.CLOSE:
        _require_clear(current)
    else:
        _require_not_paid_back(current)
    closing = YearClosing.objects.create(
        year=current, what=what, reason=reason, requested_by=actor, requested_on=day
    )
    if what == W.CLOSE:
        rows = remainders(current, day)
        if any(row.carried for row in rows):
            require_next_year(current)
        for row in rows:
            row.closing = closing
        Carryover.objects.bulk_create(rows)
    notices.tell_of_request(closing)
    return closing


def _require_state(year: FiscalYear, what: str) -> None:
    wanted = S.OPEN if what == W.CLOSE else S.CLOSED
    if year.state != wanted:
        raise TransitionNotAllowed(
            f"Das Haushaltsjahr {year} ist {year.get_state_display()}. Es wurde nichts geändert."
        )


def _require_not_paid_back(year: FiscalYear) -> None:
    """Raise TransitionNotAllowed if what lapsed was paid back to the city: opened again, the pots would have it twice."""
    if paid := StatementEntry.objects.paid_to_city(year):
        raise TransitionNotAllowed(
            f"Von {year} sind {format_euro(paid)} an die Stadt zurückgezahlt; das Jahr bleibt abgeschlossen."
        )


def _require_clear(year: FiscalYear) -> None:
    """Raise TransitionNotAllowed while the calendar year runs, or with what stands against closing the year."""
    if year.year >= timezone.localdate().year:
        raise TransitionNotAllowed(
            f"Das Kalenderjahr {year} läuft noch. Abgeschlossen wird es, wenn es vorbei ist."
        )
    (found,) = lights.lights_of([year], timezone.localdate())
    if found.against:
        open_things = "; ".join(light.sentence for light in found.against)
        raise TransitionNotAllowed(f"Dem Abschluss steht noch entgegen: {open_things}.")


@transaction.atomic
def confirm_closing(closing: YearClosing, *, actor: User, on: date | None = None) -> YearClosing:
    """Close the year, or open it again, as the second person. Closing leaves a snapshot.

    Everything is checked again: who asked, what stands against it, and that the remainders are those of the request.
    Raises TransitionNotAllowed, ConflictOfInterest or YearNotOpen.
    """
    current, day = _open(closing, on)
    if objection := permissions.objection_to_confirm(Roles(actor, day), current):
        raise objection
    require_first_person(
        current.requested_by,
        objection_to_close_year(Roles(current.requested_by, day)),
        what="kein Haushaltsjahr mehr abschließen",
        instead="lehnen Sie ab und beantragen Sie es neu.",
    )
    year = current.year
    _require_state(year, current.what)
    if current.what == W.REOPEN:
        _require_not_paid_back(year)
        current.decide(YearClosing.State.CONFIRMED, actor=actor, on=day)
        core.reopen_year(year.year, actor=actor, on=on)
        notices.tell_of_decision(current)
        return current
    _require_clear(year)
    rows = list(current.carryovers.select_related("pot"))
    if _figures(rows) != _figures(remainders(year, current.requested_on)):
        raise TransitionNotAllowed(CHANGED)
    current.decide(YearClosing.State.CONFIRMED, actor=actor, on=day)
    core.close_year(
        year.year, actor=actor, on=on,
        carried={row.pot_id: row.carried for row in rows}, places={row.pot_id: row.place for row in rows},
        free={row.pot_id: row.remainder for row in rows},
    )  # fmt: skip
    content = snapshot_of(current, rows)
    Snapshot.objects.create(
        closing=current, content=content, digest=hashlib.sha256(content.encode()).hexdigest()
    )
    notices.tell_of_decision(current)
    return current


@transaction.atomic
def refuse_closing(closing: YearClosing, *, reason: str, actor: User, on: date | None = None) -> YearClosing:
    """Refuse the request; whoever asked takes it back this way. Raises TransitionNotAllowed or ConflictOfInterest."""
    current, day = _open(closing, on)
    if objection := objection_to_close_year(Roles(actor, day)):
        raise objection
    reason = require_reason(reason, "Bitte schreiben Sie, warum es bleibt, wie es ist.")
    current.decide(YearClosing.State.REFUSED, actor=actor, on=day, refusal=reason)
    notices.tell_of_decision(current)
    return current


def _open(closing: YearClosing, on: date | None) -> tuple[YearClosing, date]:
    """Lock the year, then the request. Raises TransitionNotAllowed unless it waits for a decision."""
    day = value_date(on)
    year = (
        FiscalYear.objects.select_for_update(of=("self",), no_key=True)
        .select_related("model")
        .get(pk=closing.year_id)
    )
    current = (
        YearClosing.objects.select_for_update(of=("self",)).select_related("requested_by").get(pk=closing.pk)
    )
    current.year = year
    if sentence := current.objection_on(day):
        raise TransitionNotAllowed(sentence)
    return current, day


def _figures(rows: Sequence[Carryover]) -> list[tuple[int, Decimal, Decimal, str]]:
    return sorted((row.pot_id, row.carried, row.lapsed, row.place) for row in rows)


def snapshot_of(closing: YearClosing, rows: Sequence[Carryover]) -> str:
    """Return what the closed year looks like now, as JSON: euro as text, days as ISO 8601."""
    left = {row.pot_id: row for row in rows}
    pots: list[dict[str, Any]] = []
    for pot in closing.year.pots.select_related("district", "year").order_by("pk"):
        row = left.get(pot.pk)
        pots.append(
            {
                "pot": pot.pk, "code": pot.code, "name": str(pot),
                "allotted": str(pot.allotted), "committed": str(pot.committed), "paid": str(pot.paid),
                "carried": str(row.carried if row else ZERO), "lapsed": str(row.lapsed if row else ZERO),
                "place": row.place if row else "", "bookings": pot.chain_length, "end_of_chain": pot.chain_end,
            }
        )  # fmt: skip
    content = {
        "year": closing.year.year,
        "requested_by": str(closing.requested_by),
        "requested_on": closing.requested_on.isoformat(),
        "confirmed_by": str(closing.decided_by),
        "confirmed_on": closing.decided_on.isoformat() if closing.decided_on else "",
        "taken_at": timezone.now().isoformat(timespec="seconds"),
        "pots": pots,
        "decisions": ends.of_decisions(closing.year),
    }
    return json.dumps(content, ensure_ascii=False, indent=1)


@transaction.atomic
def adopt(
    year: FiscalYear, *, what: str, resolution: Resolution, actor: User, on: date | None = None
) -> Adoption:
    """Enter that the general meeting adopted the closed year's accounts, or discharged the board for it.

    The resolution is stored here. It is about the latest closing, on its day or later, and the discharge follows the
    adoption. Raises TransitionNotAllowed otherwise, and unless the body is the general meeting and it agreed, ConflictOfInterest, or ValidationError for the resolution's own data.
    Source: the statutes; the general meeting decides on tasks and finances.
    """
    day = value_date(on)
    if objection := objection_to_close_year(Roles(actor, day)):
        raise objection
    current = FiscalYear.objects.select_for_update(no_key=True).get(pk=year.pk)
    if not current.is_closed:
        raise TransitionNotAllowed("Festgestellt wird ein Jahr, das abgeschlossen ist.")
    if resolution.body.kind != Body.Kind.GENERAL_MEETING:
        raise TransitionNotAllowed("Darüber beschließt die Mitgliederversammlung.")
    if not resolution.carried:
        raise TransitionNotAllowed("Ohne Mehrheit ist nichts beschlossen.", field="votes_yes")
    closing = latest_confirmed(current)
    if closing is None or not closing.is_closing:
        raise TransitionNotAllowed("Dieses Jahr ist nicht von zwei Personen abgeschlossen.")
    adopted = {each.what: each for each in closing.adoptions.select_related("resolution")}
    if what in adopted:
        raise TransitionNotAllowed("Das ist für diesen Abschluss schon eingetragen.", field="what")
    if resolution.date < closing.decided_on:
        raise TransitionNotAllowed(
            f"Abgeschlossen wurde das Jahr am {closing.decided_on:%d.%m.%Y}. Eine frühere Sitzung kannte diesen Abschluss "
            "nicht; bitte das Datum einer Sitzung ab diesem Tag eintragen.",
            field="date",
        )
    if what == Adoption.What.DISCHARGE:
        accounts = adopted.get(Adoption.What.ACCOUNTS)
        if accounts is None or resolution.date < accounts.resolution.date:
            raise TransitionNotAllowed(
                "Entlastet wird, wenn der Jahresabschluss festgestellt ist. Bitte tragen Sie zuerst ein, wann das war."
                if accounts is None
                else f"Festgestellt wurde der Jahresabschluss am {accounts.resolution.date:%d.%m.%Y}; entlastet wird am selben Tag "
                "oder später.",
                field="what" if accounts is None else "date",
            )
    save_resolution(resolution, actor=actor, on=day)
    return Adoption.objects.create(closing=closing, what=what, resolution=resolution, actor=actor, on=day)
