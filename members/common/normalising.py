"""Normalise what was stored before texts were normalised where they enter. For migrations."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import models

from members.common.fields import keys_of
from members.common.texts import normal

logger = logging.getLogger(__name__)
#: Rows that are written at once.
PORTION = 500


def normalise(
    model: type[models.Model], *names: str, once: Mapping[str, Sequence[str]] | None = None
) -> None:
    """Normalise these texts of every row, and write the row's keys. ``model`` is a migration's.

    ``once`` names the texts that a table has once, each with the columns within which. Where a row becomes
    equal to another, both are kept: its text gets a number behind it, and the log says so.
    """
    once = once or {}
    keys = keys_of(model)
    needed = [
        *names,
        *(name for key in keys for name in key.of),
        *(c for columns in once.values() for c in columns),
    ]
    changed: list[Any] = []
    for row in model._default_manager.order_by("pk").only(*needed).iterator():
        before = {name: getattr(row, name) for name in names}
        for name, text in before.items():
            if text:
                setattr(row, name, _fitting(row, name, text))
                if name in once and getattr(row, name) not in ("", text):
                    _keep_both(row, name, once[name])
        if keys or any(getattr(row, name) != text for name, text in before.items()):
            changed.append(row)
        if len(changed) == PORTION:
            _write(model, changed, names)
            changed = []
    _write(model, changed, names)


def _fitting(row: Any, name: str, text: str) -> str:
    """Return the text normal, and no longer than its column. What must not be empty stays as it is instead."""
    field = row._meta.get_field(name)
    fitting = normal(text, lines=isinstance(field, models.TextField))[: field.max_length]
    return fitting if fitting or field.blank else text


def _keep_both(row: Any, name: str, within: Sequence[str]) -> None:
    """Give the row's text a number where another row has the same text. Writes it at once."""
    others = type(row)._default_manager.exclude(pk=row.pk).filter(**{c: getattr(row, c) for c in within})
    wanted, number = getattr(row, name), 1
    while others.filter(**{name: getattr(row, name)}).exists():
        number += 1
        behind = f" ({number})"
        limit = row._meta.get_field(name).max_length
        setattr(row, name, (wanted if limit is None else wanted[: limit - len(behind)]) + behind)
    type(row)._default_manager.filter(pk=row.pk).update(**{name: getattr(row, name)})
    if number > 1:
        logger.warning(
            "%s %s heißt jetzt „%s“: „%s“ gibt es schon, bisher mit anderen unsichtbaren Zeichen. Bitte prüfen.",
            row._meta.verbose_name, row.pk, getattr(row, name), wanted,
        )  # fmt: skip


def _write(model: type[models.Model], rows: list[Any], names: Sequence[str]) -> None:
    if not rows:
        return
    keys = keys_of(model)
    for row in rows:
        for key in keys:
            setattr(row, key.attname, key.key(row))
    model._default_manager.bulk_update(rows, [*names, *(key.name for key in keys)], batch_size=PORTION)


def immediate(schema_editor: Any) -> None:
    """Check foreign keys now: PostgreSQL alters no table, later in the transaction, that waits for checks."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        schema_editor.execute("SET CONSTRAINTS ALL DEFERRED")
