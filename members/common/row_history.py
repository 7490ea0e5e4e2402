"""Tell the history of a row in sentences: who changed which field when, from what to what."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import models

EMPTY = "–"


@dataclass(frozen=True)
class Change:
    """One field that changed, with its old and its new value as German text."""

    field: str
    old: str
    new: str


@dataclass(frozen=True)
class Entry:
    """One change of a row: when, by whom, what happened, and which fields changed."""

    when: datetime
    who: str
    what: str
    changes: list[Change]

    @property
    def is_first(self) -> bool:
        """Return whether the row was created by this entry."""
        return self.what == WHAT["+"]


WHAT = {"+": "angelegt", "~": "geändert", "-": "gelöscht"}


def entries(row: Any) -> list[Entry]:
    """Return the row's entries, newest first. One query for the records and one per related model."""
    records = list(row.history.select_related("history_user__person").order_by("history_date", "history_id"))
    fields = [f for f in row.history.model.tracked_fields if not f.primary_key]
    names = _names(fields, records)

    def shown(field: Any, record: Any) -> str:
        value = getattr(record, field.attname) if record else None
        if value in (None, ""):
            return EMPTY
        if field.is_relation:
            return names[field.related_model].get(value, f"gelöscht (Nr. {value})")
        if field.choices:
            return str(dict(field.flatchoices).get(value, value))
        if isinstance(value, bool):
            return "ja" if value else "nein"
        return f"{value:%d.%m.%Y}" if isinstance(value, date) else str(value)

    found = []
    before = None
    for record in records:
        changes = [
            Change(str(f.verbose_name), old, new)
            for f in fields
            for old, new in [(shown(f, before), shown(f, record))]
            if old != new
        ]
        before = record
        if changes or record.history_type != "~":
            who = str(record.history_user) if record.history_user else "ohne Anmeldung"
            found.append(Entry(record.history_date, who, WHAT[record.history_type], changes))
    return found[::-1]


def _names(fields: list[Any], records: list[Any]) -> dict[type[models.Model], dict[Any, str]]:
    keys: dict[Any, set[Any]] = defaultdict(set)
    for field in fields:
        if field.is_relation:
            keys[field.related_model] |= {getattr(record, field.attname) for record in records}
    return {model: _names_of(model, found - {None}) for model, found in keys.items()}


def _names_of(model: type[models.Model], keys: set[Any]) -> dict[Any, str]:
    """Return the rows' names. A deleted row has its last one, which is the one that erasing a person leaves."""
    names = {key: str(row) for key, row in model._default_manager.in_bulk(keys).items()}
    gone = keys - names.keys()
    if gone and hasattr(model, "history"):
        for record in model.history.filter(pk__in=_last_records(model, gone)):
            names[record.id] = f"{record.instance} (gelöscht)"
    return names


def _last_records(model: Any, keys: set[Any]) -> Any:
    return (
        model.history.filter(id__in=keys).values("id").annotate(last=models.Max("history_id")).values("last")
    )


def latest(row: Any, field: str) -> Any:
    """Return the record that gave the field its present value, or None where no record tells."""
    found = None
    for record in row.history.select_related("history_user__person").order_by("-history_date", "-history_id"):
        if getattr(record, field) != getattr(row, field):
            break
        found = record
    return found
