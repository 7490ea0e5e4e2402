"""What a table refuses, said once as data and written as triggers for both databases.

    Refusal("funding_pot", "kept", "DELETE", "Ein Topf wird nicht gelöscht")
    Refusal("funding_fiscalyear", "order", "UPDATE", "...", when="NEW.state = 'planned' AND OLD.state <> 'planned'")

A condition is SQL that both databases read; ``IS DISTINCT FROM`` is written for SQLite as it knows it.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from members.common.triggers import Triggers, TriggerSet

FUNCTION = "members_refuse"
_FUNCTION = f"""
CREATE OR REPLACE FUNCTION {FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'integrity_constraint_violation'; END $$;
"""


@dataclass(frozen=True)
class Refusal:
    table: str
    name: str
    """What comes after the table's name in the trigger's."""
    event: str
    """INSERT, UPDATE, DELETE or TRUNCATE."""
    message: str
    when: str = ""
    """SQL over OLD and NEW; always where it is empty."""
    only: str = ""
    """The one database that has this way in."""

    @property
    def trigger(self) -> str:
        return f"{self.table}_{self.name}"


def immutable(table: str, message: str, *unique: str) -> list[Refusal]:
    """A row is written once; ``unique`` are the groups of columns by which another could take its place."""
    return [
        Refusal(table, "no_update", "UPDATE", message),
        *kept(table, message),
        not_replaced(table, message, *unique),
    ]


def kept(table: str, message: str, when: str = "") -> list[Refusal]:
    """No row is deleted, or none of those that the condition on OLD holds for."""
    return [Refusal(table, "no_delete", "DELETE", message, when), not_truncated(table, message)]


def not_truncated(table: str, message: str) -> Refusal:
    return Refusal(table, "no_truncate", "TRUNCATE", message, only="postgresql")


def fixed(table: str, name: str, message: str, columns: Iterable[str], when: str = "") -> Refusal:
    """These columns keep their values, always or while the condition holds."""
    return Refusal(table, name, "UPDATE", message, _and(differs(*columns), when))


def not_replaced(table: str, message: str, *unique: str) -> Refusal:
    """SQLite's INSERT OR REPLACE removes the row that is in the way, past every other trigger.

    ``unique`` are the groups of columns that are unique, e.g. "year_id code". A group that is so in some rows alone says
    in which after a colon, by NEW and the row "o" that is there.
    """
    there = " OR ".join(map(_same, unique))
    taken = f"EXISTS (SELECT 1 FROM {table} o WHERE {there})"
    return Refusal(table, "not_replaced", "INSERT", message, taken, only="sqlite")


def not_displaced(table: str, message: str, *unique: str) -> Refusal:
    """As ``not_replaced``, for UPDATE OR REPLACE of unique columns that may change."""
    there = " OR ".join(map(_same, unique))
    other = f"EXISTS (SELECT 1 FROM {table} o WHERE o.id <> OLD.id AND ({there}))"
    return Refusal(table, "not_displaced", "UPDATE", message, other, only="sqlite")


def differs(*columns: str) -> str:
    return " OR ".join(f"NEW.{column} IS DISTINCT FROM OLD.{column}" for column in columns)


def _same(group: str) -> str:
    columns, _, condition = group.partition(":")
    return _and(" AND ".join(f"o.{column} = NEW.{column}" for column in columns.split()), condition.strip())


def _and(*conditions: str) -> str:
    return " AND ".join(f"({condition})" for condition in conditions if condition)


def trigger_set(refusals: Sequence[Refusal], besides: Collection[str] = ()) -> TriggerSet:
    """``besides`` are the tables that conditions look at, where they refuse nothing themselves."""
    return TriggerSet(
        {refusal.table for refusal in refusals} | set(besides),
        sqlite=partial(_triggers, refusals, "sqlite"),
        postgresql=partial(_triggers, refusals, "postgresql"),
        functions=_FUNCTION,
    )


def _triggers(refusals: Sequence[Refusal], vendor: str) -> Triggers:
    write = _sqlite if vendor == "sqlite" else _postgresql
    return {r.trigger: (r.table, write(r)) for r in refusals if r.only in ("", vendor)}


def _sqlite(refusal: Refusal) -> str:
    when = f"WHEN {refusal.when.replace('IS DISTINCT FROM', 'IS NOT')} " if refusal.when else ""
    return (
        f"CREATE TRIGGER {refusal.trigger} BEFORE {refusal.event} ON {refusal.table} {when}"
        f"BEGIN SELECT RAISE(ABORT, '{refusal.message}'); END"
    )


def _postgresql(refusal: Refusal) -> str:
    """A trigger's own condition asks no other rows: for that it needs a function of its own."""
    begin = f"CREATE TRIGGER {refusal.trigger} BEFORE {refusal.event} ON {refusal.table} FOR EACH "
    if "SELECT" not in refusal.when:
        each = "STATEMENT" if refusal.event == "TRUNCATE" else "ROW"
        when = f" WHEN ({refusal.when})" if refusal.when else ""
        return f"{begin}{each}{when} EXECUTE FUNCTION {FUNCTION}('{refusal.message}')"
    row = "OLD" if refusal.event == "DELETE" else "NEW"
    return f"""
CREATE OR REPLACE FUNCTION {refusal.trigger}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF {refusal.when} THEN
    RAISE EXCEPTION '{refusal.message}' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN {row};
END $$;
{begin}ROW EXECUTE FUNCTION {refusal.trigger}()"""
