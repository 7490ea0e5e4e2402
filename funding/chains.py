"""Bookings are chained per pot and decisions per application, so that whoever changes one is found.

The digest of a link is the SHA-256 of the digest before it (nothing before the first), a line feed, and the row as
a JSON list in UTF-8 without blanks: the version, the row's columns in the order of ``COLUMNS``, and for a decision the
lists of the plan's rows and of the conditions that it keeps. Money is in cents, moments are in UTC.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from itertools import groupby
from operator import attrgetter
from typing import Any

from django.apps import apps as installed
from django.db.models import Prefetch, QuerySet

from funding.models import Application, ChainLink, ChosenCondition, Decision, LedgerEntry, PlanRow, Pot
from members.common.counting import counted, one_or_many

#: What new links are made with.
VERSION = 1
#: Version -> model -> the columns that a digest covers. A column that comes later needs a version of its own.
COLUMNS: dict[int, dict[str, tuple[str, ...]]] = {
    1: {
        "ledgerentry": (
            "id", "pot", "kind", "amount", "application", "decision", "expense", "transfer", "occasion", "actor",
            "value_date", "recorded_at", "text",
        ),
        "decision": (
            "id", "application", "step", "amount", "reason", "financing", "resolution", "into", "eligible_costs",
            "carried_out_from", "carried_out_until", "callable_until", "proof_due_on", "proof_depth", "actor", "mandate",
            "in_stead_of", "on", "recorded_at",
        ),
        "planrow": ("position", "side", "kind", "label", "amount", "is_grant"),
        "chosencondition": ("position", "condition", "title", "text"),
    },
}  # fmt: skip
#: What a decision keeps: related rows, and the attribute that a row which is read has them in.
KEPT = {"plan_rows": "kept_rows", "chosen_conditions": "kept_conditions"}
#: Pots or applications whose chains are made at once.
PORTION = 500


def lengthen(
    owner: Pot | Application,
    row: LedgerEntry | Decision,
    plan_rows: Iterable[PlanRow] = (),
    conditions: Iterable[ChosenCondition] = (),
) -> None:
    """Write the link of a booking on this pot, or of a decision on this application, with what the decision keeps.

    ``owner`` was read after its lock: it knows the end of its chain, has the new one afterwards, and is saved by the
    caller. Raises IntegrityError where its place in the chain is taken.
    """
    _follow(owner, row, plan_rows, conditions).save(force_insert=True)


def _follow(
    owner: Any,
    row: Any,
    plan_rows: Iterable[Any] = (),
    conditions: Iterable[Any] = (),
    *,
    link: Any = ChainLink,
    version: int = VERSION,
) -> Any:
    """Move the owner's end to the row, and return the row's link, not stored yet."""
    owner.chain_length += 1
    owner.chain_end = _digest(owner.chain_end, _text(row, version, plan_rows, conditions))
    chain, names = (
        ("pot_id", "entry_id") if row._meta.model_name == "ledgerentry" else ("application_id", "decision_id")
    )
    place = {chain: owner.pk, names: row.pk}
    return link(position=owner.chain_length, version=version, digest=owner.chain_end, **place)


def _digest(before: str, text: str) -> str:
    return sha256(f"{before}\n{text}".encode()).hexdigest()


def _text(row: Any, version: int, plan_rows: Iterable[Any], conditions: Iterable[Any]) -> str:
    values: list[Any] = [version, *_values(row, version)]
    if row._meta.model_name == "decision":
        values += [[_values(each, version) for each in kept] for kept in (plan_rows, conditions)]
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"), default=_in_words)


def _values(row: Any, version: int) -> list[Any]:
    fields = map(row._meta.get_field, COLUMNS[version][row._meta.model_name])
    return [field.get_prep_value(getattr(row, field.attname)) for field in fields]


def _in_words(day: Any) -> str:
    if isinstance(day, datetime):
        return day.astimezone(UTC).isoformat(timespec="microseconds")
    return str(day.isoformat())


def broken() -> Iterator[str]:
    """Yield a German sentence on the first broken link of each chain that is broken.

    One statement reads rows, links and ends, because bookings go on meanwhile. Memory stays the same.
    """
    entries = LedgerEntry.objects.select_related("pot", "link").order_by("pot_id", "pk")
    for key, rows in groupby(entries.iterator(2000), attrgetter("pot_id")):
        if sentence := _first_break(rows, "pot", "Buchung"):
            yield f"{Pot.objects.select_related('year', 'district').get(pk=key)}: {sentence}"
    decisions = Decision.objects.select_related("application", "link").order_by("application_id", "pk")
    decisions = decisions.prefetch_related(*(Prefetch(rows, to_attr=name) for rows, name in KEPT.items()))
    for key, steps in groupby(decisions.iterator(2000), attrgetter("application_id")):
        if sentence := _first_break(steps, "application", "Entscheidung"):
            yield f"Antrag {key}: {sentence}"
    for pot in Pot.objects.filter(entries=None, chain_length__gt=0).select_related("year", "district"):
        yield f"{pot}: Es fehlt die ganze Kette, {counted(pot.chain_length, 'Buchung', 'Buchungen')}."
    for application in Application.objects.filter(decisions=None, chain_length__gt=0):
        missing = counted(application.chain_length, "Entscheidung", "Entscheidungen")
        yield f"Antrag {application.pk}: Es fehlt die ganze Kette, {missing}."


def _first_break(rows: Iterable[Any], chain: str, what: str) -> str:
    """Return where the chain of these rows, in the order of their keys, breaks first; an empty text if it is whole."""
    end, length = "", 0
    row: Any = None
    for row in rows:
        name, link = f"{what} {row.pk}", getattr(row, "link", None)
        if link is None or getattr(link, f"{chain}_id") != getattr(row, f"{chain}_id"):
            return (
                f"Die {name} steht nicht in der Kette: Sie kam an den Diensten vorbei, oder ihr Glied fehlt."
            )
        if link.position != length + 1:
            return _misplaced(name, link, chain, what, length + 1)
        kept = [getattr(row, name, ()) for name in KEPT.values()]
        if link.version in COLUMNS:
            end, length = _digest(end, _text(row, link.version, *kept)), length + 1
        if end != link.digest:
            return f"Die {name} oder ihr Glied in der Kette wurde geändert."
    owner = getattr(row, chain)
    if owner.chain_length > length:
        missing = owner.chain_length - length
        return f"Nach der {what} {row.pk} {one_or_many(missing, 'fehlt eine', f'fehlen {missing}')}."
    if (owner.chain_length, owner.chain_end) != (length, end):
        return f"Die Kette endet mit der {what} {row.pk}; verzeichnet ist ein anderes Ende."
    return ""


def _misplaced(name: str, link: Any, chain: str, what: str, expected: int) -> str:
    place = {chain: getattr(link, f"{chain}_id"), "position": expected}
    there = ChainLink.objects.filter(**place).first()
    if there is None:
        return f"Vor der {name} fehlt eine, oder ihr Glied: Die Kette hat dort eine Lücke."
    return f"Die {name} und die {what} {there.entry_id or there.decision_id} stehen in der Kette in anderer Reihenfolge."


def catch_up(apps: Any = installed, version: int = VERSION) -> None:
    """Chain what is not chained yet, behind the ends of its chains: rows of the past, and of loads past the services.

    No page and no command calls it. A migration gives its own ``apps``.
    """
    for owner, rows, kept in (
        ("Pot", "entries", ()),
        ("Application", "decisions", ("plan_rows", "chosen_conditions")),
    ):
        owners = apps.get_model("funding", owner).objects.order_by("pk")
        loose = owners.filter(**{f"{rows}__isnull": False, f"{rows}__link": None}).distinct()
        keys = list(loose.values_list("pk", flat=True))
        for begin in range(0, len(keys), PORTION):
            _chain(owners.filter(pk__in=keys[begin : begin + PORTION]), rows, kept, apps, version)


def _chain(owners: "QuerySet[Any]", rows: str, kept: Sequence[str], apps: Any, version: int) -> None:
    link = apps.get_model("funding", "ChainLink")
    of = owners.model._meta.get_field(rows).related_model.objects
    loose = of.filter(link=None).order_by("pk").prefetch_related(*kept)
    portion = list(owners.prefetch_related(Prefetch(rows, loose, to_attr="loose")))
    link.objects.bulk_create(
        (
            _follow(owner, row, *(getattr(row, name).all() for name in kept), link=link, version=version)
            for owner in portion
            for row in owner.loose
        ),
        batch_size=PORTION,
    )
    owners.model.objects.bulk_update(portion, ["chain_length", "chain_end"], batch_size=PORTION)
