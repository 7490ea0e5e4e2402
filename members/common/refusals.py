"""Say as data what a table refuses, and write it as triggers for both databases.

    Refusal("funding_pot", "kept", "DELETE", "Ein Topf wird nicht gelöscht")
    Refusal("funding_fiscalyear", "order", "UPDATE", "...", when="NEW.state = 'planned' AND OLD.state <> 'planned'")

A condition is SQL that both databases understand. Only ``IS DISTINCT FROM`` is rewritten for SQLite.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from members.common.triggers import TriggerSet

FUNCTION = "members_refuse"
_FUNCTION = f"""
CREATE OR REPLACE FUNCTION {FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'integrity_constraint_violation'; END $$;
"""


@dataclass(frozen=True)
class Refusal:
    """One thing that a table refuses: written as one trigger, with a sentence as its error."""

    table: str
    name: str
    """The second part of the trigger's name, after the table's name."""
    event: str
    """INSERT, UPDATE, DELETE or TRUNCATE."""
    message: str
    when: str = ""
    """The condition in SQL, about OLD and NEW. Empty: always."""
    only: str = ""
    """The only database with this trigger. Empty: both."""

    @property
    def trigger(self) -> str:
        return f"{self.table}_{self.name}"


def immutable(table: str, message: str, *unique: str) -> list[Refusal]:
    """Return the refusals for a table whose rows are written once and then neither changed nor deleted.

    ``unique`` are the groups of unique columns: through one of them another row could replace the stored one.
    """
    return [
        Refusal(table, "no_update", "UPDATE", message),
        *kept(table, message),
        not_replaced(table, message, *unique),
    ]


def decided_once(
    table: str, message: str, begins: str, *asked: str, unique: tuple[str, ...] = (), besides: str = ""
) -> list[Refusal]:
    """Return the refusals for a table of ``TwoPeople``: what one person asks and another decides.

    A row begins as a request (``begins`` is the sentence), changes once, by the decision, and is never deleted.
    ``asked`` are its own columns that stay. ``unique``: as in ``not_replaced``. ``besides`` is a condition, about OLD
    and NEW, of a change that other refusals guard.
    """
    changed = (
        f"OLD.state <> 'requested' OR {differs('id', *asked, 'reason', 'requested_by_id', 'requested_on')}"
    )
    return [
        Refusal(table, "no_change", "UPDATE", message, _and(changed, besides and f"NOT ({besides})")),
        Refusal(table, "begins", "INSERT", begins, "NEW.state <> 'requested'"),
        *kept(table, message),
        not_replaced(table, message, "id", *unique),
    ]


def kept(table: str, message: str, when: str = "") -> list[Refusal]:
    """Return the refusals for rows that are never deleted: all, or those that meet ``when`` (about OLD)."""
    return [Refusal(table, "no_delete", "DELETE", message, when), not_truncated(table, message)]


def not_truncated(table: str, message: str) -> Refusal:
    """Return the refusal of TRUNCATE, which exists on PostgreSQL alone."""
    return Refusal(table, "no_truncate", "TRUNCATE", message, only="postgresql")


def fixed(table: str, name: str, message: str, columns: Iterable[str], when: str = "") -> Refusal:
    """Return the refusal of any change of these columns, always or while the condition holds."""
    return Refusal(table, name, "UPDATE", message, _and(differs(*columns), when))


def not_replaced(table: str, message: str, *unique: str) -> Refusal:
    """Return the refusal of INSERT OR REPLACE, for SQLite.

    That statement deletes the row in its way, past all other triggers.
    ``unique`` are the groups of unique columns, e.g. "year_id code". Where a group is unique among some rows
    only, the condition follows after a colon, about NEW and about the stored row "o".
    """
    there = " OR ".join(map(_same, unique))
    taken = f"EXISTS (SELECT 1 FROM {table} o WHERE {there})"
    return Refusal(table, "not_replaced", "INSERT", message, taken, only="sqlite")


def not_displaced(table: str, message: str, *unique: str) -> Refusal:
    """Return the refusal of UPDATE OR REPLACE of unique columns, for SQLite. See ``not_replaced``."""
    there = " OR ".join(map(_same, unique))
    other = f"EXISTS (SELECT 1 FROM {table} o WHERE o.id <> OLD.id AND ({there}))"
    return Refusal(table, "not_displaced", "UPDATE", message, other, only="sqlite")


def quoted(words: Iterable[str]) -> str:
    """Return the words as SQL has them in a list: "'open', 'paid'"."""
    return ", ".join(f"'{word}'" for word in words)


def differs(*columns: str) -> str:
    """Return the condition that at least one of the columns changes."""
    return " OR ".join(f"NEW.{column} IS DISTINCT FROM OLD.{column}" for column in columns)


def _same(group: str) -> str:
    columns, _, condition = group.partition(":")
    return _and(" AND ".join(f"o.{column} = NEW.{column}" for column in columns.split()), condition.strip())


def _and(*conditions: str) -> str:
    return " AND ".join(f"({condition})" for condition in conditions if condition)


def trigger_set(refusals: Sequence[Refusal], besides: Collection[str] = ()) -> TriggerSet:
    """Return the set of triggers for these refusals. ``besides``: as in ``TriggerSet``."""
    return TriggerSet(
        sqlite={r.trigger: (r.table, _sqlite(r)) for r in refusals if r.only in ("", "sqlite")},
        postgresql={r.trigger: (r.table, _postgresql(r)) for r in refusals if r.only in ("", "postgresql")},
        functions=_FUNCTION,
        besides=besides,
    )


def _sqlite(refusal: Refusal) -> str:
    when = f"WHEN {refusal.when.replace('IS DISTINCT FROM', 'IS NOT')} " if refusal.when else ""
    return (
        f"CREATE TRIGGER {refusal.trigger} BEFORE {refusal.event} ON {refusal.table} {when}"
        f"BEGIN SELECT RAISE(ABORT, '{refusal.message}'); END"
    )


def _postgresql(refusal: Refusal) -> str:
    """Return the trigger's SQL. A condition with a query needs a function: PostgreSQL's WHEN allows none."""
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
