"""Compare the database's catalogue (triggers, constraints, columns) with what the code expects.

The code expects what Django creates from our models, and what the trigger sets hold. Expected and found are
read by the same query and compared by their definitions: names of constraints, the order of migrations and
the spelling make no difference.

- SQLite: Django creates the tables in an empty database in memory. The comparison takes a few reads.
- PostgreSQL: Django creates tables and triggers in a scratch schema that is rolled back. This takes a second.
  So the catalogue that was found right is noted, and as long as catalogue and code match the note, nothing is
  compared again.
"""

import hashlib
import re
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

from django.apps import apps
from django.db import connections, models, transaction
from django.db.utils import ConnectionHandler

from members.common.counting import one_or_many
from members.common.migrated import unapplied
from members.common.triggers import SETS, functions, labels, script

SCRATCH = "stadtbezirk_expected"


class Row(NamedTuple):
    """A trigger, function, constraint, unique index, column or rule of the catalogue, with its definition."""

    kind: str
    table: str
    name: str
    definition: str


#: The German word for each kind of row.
KINDS = {
    "trigger": "der Trigger",
    "function": "die Funktion",
    "constraint": "die Bedingung",
    "unique": "der eindeutige Index",
    "column": "die Spalte",
    "rule": "die Regel",
}
#: The kinds that are compared by name, too. A constraint's name only tells which migration made it.
NAMED = {"trigger", "function", "column", "rule"}

_POSTGRESQL = """
WITH tables AS (
  SELECT c.oid, c.relname FROM pg_class c
  WHERE c.relnamespace = current_schema()::regnamespace AND c.relname = ANY(%(tables)s)
)
SELECT 'trigger', c.relname, t.tgname, concat_ws(' ', pg_get_triggerdef(t.oid, true), t.tgenabled)
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
WHERE c.relnamespace = current_schema()::regnamespace AND NOT t.tgisinternal
  AND split_part(c.relname, '_', 1) = ANY(%(labels)s)
UNION ALL
SELECT 'function', '', p.proname, p.prosrc FROM pg_proc p
WHERE p.pronamespace = current_schema()::regnamespace AND (
  p.proname = ANY(%(functions)s)
  OR p.prorettype = 'trigger'::regtype AND split_part(p.proname, '_', 1) = ANY(%(labels)s)
  OR EXISTS (SELECT 1 FROM pg_trigger t JOIN tables c ON c.oid = t.tgrelid WHERE t.tgfoid = p.oid)
)
UNION ALL
SELECT 'constraint', c.relname, k.conname, pg_get_constraintdef(k.oid) || CASE WHEN EXISTS (
  SELECT 1 FROM pg_trigger t WHERE t.tgconstraint = k.oid AND t.tgenabled NOT IN ('O', 'A')
) THEN ' DISABLED' ELSE '' END
FROM pg_constraint k JOIN tables c ON c.oid = k.conrelid WHERE k.contype <> 'n'
UNION ALL
SELECT 'unique', c.relname, i.relname, substring(pg_get_indexdef(x.indexrelid) FROM ' USING .*')
  || CASE WHEN x.indisvalid THEN '' ELSE ' INVALID' END
FROM pg_index x JOIN tables c ON c.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid
WHERE x.indisunique AND NOT EXISTS (
  SELECT 1 FROM pg_constraint k WHERE k.conindid = x.indexrelid AND k.contype IN ('p', 'u', 'x')
)
UNION ALL
SELECT 'column', c.relname, a.attname,
  format_type(a.atttypid, a.atttypmod) || CASE WHEN a.attcollation::regcollation::text = '"C"' THEN ' COLLATE "C"' ELSE '' END
  || CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END
FROM pg_attribute a JOIN tables c ON c.oid = a.attrelid WHERE a.attnum > 0 AND NOT a.attisdropped
UNION ALL
SELECT 'rule', r.tablename, r.rulename, r.definition
FROM pg_rules r WHERE r.schemaname = current_schema() AND r.tablename = ANY(%(tables)s)
"""
# A restored dump may spell a definition differently (``IN`` with texts). So every definition is created once
# more from PostgreSQL's own text, as a restore does it.
_AGAIN = """
SELECT format('ALTER TABLE %s DROP CONSTRAINT %I; ALTER TABLE %s ADD CONSTRAINT %I %s',
  k.conrelid::regclass, k.conname, k.conrelid::regclass, k.conname, pg_get_constraintdef(k.oid))
FROM pg_constraint k WHERE k.connamespace = current_schema()::regnamespace AND k.contype = 'c'
UNION ALL
SELECT format('DROP INDEX %s; %s', x.indexrelid::regclass, pg_get_indexdef(x.indexrelid))
FROM pg_index x JOIN pg_class c ON c.oid = x.indrelid
WHERE c.relnamespace = current_schema()::regnamespace AND x.indisunique AND x.indpred IS NOT NULL
UNION ALL
SELECT format('DROP TRIGGER %I ON %s; %s', t.tgname, t.tgrelid::regclass, pg_get_triggerdef(t.oid))
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
WHERE c.relnamespace = current_schema()::regnamespace AND NOT t.tgisinternal AND t.tgqual IS NOT NULL
"""
_NOTE = "SELECT obj_description(to_regclass('django_migrations'), 'pg_class')"

_SQLITE = """
SELECT 'trigger', tbl_name, name, sql FROM sqlite_master WHERE type = 'trigger'
UNION ALL
SELECT 'column', m.name, c.name, c.type || CASE WHEN c."notnull" THEN ' NOT NULL' ELSE '' END
  || CASE WHEN c.pk THEN ' PRIMARY KEY' ELSE '' END
FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table'
UNION ALL
SELECT 'constraint', m.name, f."from", 'FOREIGN KEY (' || f."from" || ') REFERENCES ' || f."table"
FROM sqlite_master m, pragma_foreign_key_list(m.name) f WHERE m.type = 'table'
UNION ALL
SELECT 'unique', m.name, i.name, coalesce(
  (SELECT substr(s.sql, instr(s.sql, ' ON ')) FROM sqlite_master s WHERE s.type = 'index' AND s.name = i.name),
  (SELECT ' ON "' || m.name || '" ("' || group_concat(c.name, '", "') || '")' FROM pragma_index_info(i.name) c)
)
FROM sqlite_master m, pragma_index_list(m.name) i WHERE m.type = 'table' AND i."unique"
UNION ALL
SELECT 'table', name, name, sql FROM sqlite_master WHERE type = 'table'
"""


def differences(using: str = "default") -> Iterator[str]:
    """Yield a German sentence for each part of the catalogue that is missing, different or unexpected.

    Where migrations are missing, only that is said: nothing else can be judged yet.
    """
    if missing := unapplied(using):
        yield (
            one_or_many(
                len(missing),
                f"Es fehlt die Migration {missing[0]}.",
                f"Es fehlen {len(missing)} Migrationen, zuerst {missing[0]}.",
            )
            + " Bitte „manage.py migrate“ ausführen."
        )
    elif not agrees(using):
        found = list(compared(using))
        yield from found
        if not found:
            note(using)  # restored from a dump, or read by a newer PostgreSQL


def agrees(using: str = "default") -> bool:
    """Return whether the catalogue is right, with a few reads. On PostgreSQL the note says so."""
    if connections[using].vendor == "sqlite":
        return not any(compared(using))
    with connections[using].cursor() as cursor:
        cursor.execute(_NOTE)
        [noted] = cursor.fetchone()
    return noted is not None and noted == _fingerprint(using)


def compared(using: str = "default") -> Iterator[str]:
    """Yield the sentences of a whole comparison, without looking at the note."""
    if connections[using].vendor == "sqlite":
        expected = restored = _expected_of_sqlite()
    else:
        expected, restored = _expected_of_postgresql(using)
    # A definition may be spelled as created or as restored.
    as_created = dict(zip(sorted(restored, key=_place), sorted(expected, key=_place), strict=True))
    found = {as_created.get(row, row) for row in _read(using)}
    wanted, there = _by_identity(expected), _by_identity(found)
    missing = sorted(wanted[key] for key in wanted.keys() - there.keys())
    astray = {(r.kind, r.table, r.name): r for key, r in there.items() if key not in wanted}
    gone = {row.table for row in expected if row.kind == "column"} - {row.table for row in found}
    for table in sorted(gone):
        yield f"Die Tabelle {table} fehlt."
    for row in missing:
        if row.table in gone:
            continue
        changed = astray.pop((row.kind, row.table, row.name), None)
        yield f"{_place(row)} {'ist geändert oder abgeschaltet' if changed else 'fehlt'}."
    for row in sorted(astray.values()):
        yield f"{_place(row)} ist nicht vorgesehen."


def note(using: str = "default") -> None:
    """Write down that the catalogue is right, for ``agrees``. Call only after ``compared`` found nothing."""
    if connections[using].vendor == "postgresql":
        with connections[using].cursor() as cursor:
            cursor.execute(f"COMMENT ON TABLE django_migrations IS '{_fingerprint(using)}'")


def _place(row: Row) -> str:
    what = f"{KINDS[row.kind]} {row.name or row.definition}"
    return f"Tabelle {row.table}: {what}" if row.table else what[0].upper() + what[1:]


def _by_identity(rows: Any) -> dict[tuple[str, ...], Row]:
    return {(row.kind, row.table, row.definition, row.name if row.kind in NAMED else ""): row for row in rows}


def _models(*, auto_created: bool) -> list[type[models.Model]]:
    found = apps.get_models(include_auto_created=auto_created)
    return [model for model in found if model._meta.managed and not model._meta.proxy]


def tables() -> list[str]:
    """Return the names of our own tables. Those of other apps are not checked."""
    ours = labels()
    return sorted(m._meta.db_table for m in _models(auto_created=True) if m._meta.app_label in ours)


def _read(using: str) -> list[Row]:
    if connections[using].vendor == "sqlite":
        return _read_sqlite(connections[using])
    with connections[using].cursor() as cursor:
        called = sorted(functions(script()))
        cursor.execute(_POSTGRESQL, {"tables": tables(), "functions": called, "labels": sorted(labels())})
        return [Row(*row) for row in cursor.fetchall()]


# SQLite


def _read_sqlite(connection: Any) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(_SQLITE)
        rows = [Row(*row) for row in cursor.fetchall()]
    created = [row for row in rows if row.kind == "table"]
    rows += [Row("constraint", row.table, *check) for row in created for check in _checks(row.definition)]
    ours, prefixes = set(tables()), labels()
    return [
        row
        for row in rows
        if (row.kind != "table" and row.table in ours)
        or (row.kind == "trigger" and row.table.partition("_")[0] in prefixes)
    ]


def _expected_of_sqlite() -> list[Row]:
    triggers = [
        Row("trigger", table, name, statement)
        for each in SETS
        for name, (table, statement) in each.sqlite.items()
    ]
    return [*_tables_of_sqlite(), *triggers]


@cache
def _tables_of_sqlite() -> list[Row]:
    """Return the rows of an empty database with our tables. Only the code decides them: once per process."""
    memory = {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}
    connection = ConnectionHandler({"default": memory})["default"]
    try:
        with connection.schema_editor() as editor:
            for model in _models(auto_created=False):
                editor.create_model(model)
        return _read_sqlite(connection)
    finally:
        connection.close()


_TOKENS = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|\w+|\S|\s+""")


def _checks(sql: str) -> Iterator[tuple[str, str]]:
    """Yield name (may be empty) and text of each CHECK in a CREATE TABLE."""
    tokens = _TOKENS.findall(sql)
    words = [at for at, token in enumerate(tokens) if not token.isspace()]
    for place, at in enumerate(words):
        if tokens[at].upper() != "CHECK":
            continue
        depth = 0
        for end in range(at + 1, len(tokens)):
            depth += {"(": 1, ")": -1}.get(tokens[end], 0)
            if tokens[end] == ")" and not depth:
                break
        before = [tokens[word] for word in words[max(place - 2, 0) : place]]
        named = len(before) == 2 and before[0].upper() == "CONSTRAINT"
        yield before[1].strip('"') if named else "", "".join(tokens[at : end + 1])


# PostgreSQL


@cache
def _tables_of_postgresql(using: str) -> list[str]:
    """Return the SQL that creates our tables. Computed once per process."""
    with connections[using].schema_editor(collect_sql=True, atomic=False) as editor:
        for model in _models(auto_created=False):
            editor.create_model(model)
    return list(editor.collected_sql)


def _script(using: str) -> str:
    """Return the SQL that creates our tables and triggers in an empty schema."""
    return "\n".join([*_tables_of_postgresql(using), script()])


def _expected_of_postgresql(using: str) -> tuple[list[Row], list[Row]]:
    """Return the rows as the code creates them, and as they look after a restored dump."""
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        before = transaction.savepoint(using)
        try:
            cursor.execute(f"CREATE SCHEMA {SCRATCH}")
            cursor.execute(f"SET LOCAL search_path TO {SCRATCH}")
            cursor.execute(_script(using))
            created = _read(using)
            cursor.execute(_AGAIN)
            for (statements,) in cursor.fetchall():
                cursor.execute(statements)
            return created, _read(using)
        finally:
            transaction.savepoint_rollback(before, using)


def _fingerprint(using: str) -> str:
    """Return a hash of what the code expects, and one of the catalogue as it is."""
    rows = sorted(_read(using))
    return ":".join(hashlib.sha256(repr(part).encode()).hexdigest() for part in (_script(using), rows))
