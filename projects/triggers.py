"""Triggers that keep what is stored for lists and for the search, on both databases, whoever writes.

``Involvement`` follows a project's lead district, year, state and participations; ``SearchText`` its texts and the
names of organiser and districts; on SQLite the full-text index follows ``SearchText``. Lifted while migrations
run (SQLite renames no table that a trigger names) and put back after them; what is stored is recomputed then.
"""

import logging
from collections.abc import Sequence
from functools import cache
from typing import Any

from django.db import DatabaseError, connections, transaction

from members.triggers import Triggers, TriggerSet
from projects.search import ACCENTS, COMBINING, SEPARATORS, UMLAUTS

PROJECT, PARTICIPATION = "projects_project", "projects_participation"
ORGANISATION, DISTRICT = "members_organisation", "members_district"
INVOLVEMENT, TEXT, INDEX = "projects_involvement", "projects_searchtext", "projects_searchindex"
TABLES = {PROJECT, PARTICIPATION, ORGANISATION, DISTRICT, INVOLVEMENT, TEXT}
COLUMNS = ("number", "title", "summary", "place", "organiser_id", "lead_district_id", "year")

logger = logging.getLogger(__name__)


def _quoted(text: str) -> str:
    """A text as an SQL literal that both databases read the same."""
    if any(ord(c) < 32 or ord(c) == 127 for c in text):
        return f"char({ord(text)})"
    return "'" + text.replace("'", "''") + "'"


@cache
def _sqlite_fold() -> str:
    """``search.fold`` in SQL with ``@text@`` for what is folded.

    Steps of eight, because SQLite's parser holds no deeper nesting; each uses the one before it once, because
    SQLite puts them into one another.
    """
    pairs = [
        *UMLAUTS.items(), *ACCENTS.items(), *((c, "") for c in COMBINING), *((c, " ") for c in SEPARATORS),
        *[("  ", " ")] * 6,
    ]  # fmt: skip
    steps = ["s(t) AS (SELECT lower(@text@))"]
    last = "s"
    for at in range(0, len(pairs), 8):
        expression = "t"
        for old, new in pairs[at : at + 8]:
            expression = f"replace({expression}, {_quoted(old)}, {_quoted(new)})"
        steps.append(f"s{at}(t) AS (SELECT {expression} FROM {last})")
        last = f"s{at}"
    return f"(WITH {', '.join(steps)} SELECT t FROM {last})"


def _fold(expression: str, vendor: str) -> str:
    if vendor == "postgresql":
        return f"projects_fold({expression})"
    return "trim(" + _sqlite_fold().replace("@text@", expression) + ")"


def _refresh_involvement(which: str) -> list[str]:
    """Statements; ``which`` is a condition on the project ``p``."""
    return [
        f"DELETE FROM {INVOLVEMENT} WHERE project_id IN (SELECT p.id FROM {PROJECT} p WHERE {which})",
        f"INSERT INTO {INVOLVEMENT} (project_id, district_id, year, state) "
        f"SELECT p.id, p.lead_district_id, p.year, p.state FROM {PROJECT} p WHERE {which} "
        f"UNION SELECT p.id, a.district_id, p.year, p.state FROM {PARTICIPATION} a "
        f"JOIN {PROJECT} p ON p.id = a.project_id WHERE {which}",
    ]


def _refresh_text(which: str, vendor: str) -> str:
    gather = "string_agg(d.name, ' ')" if vendor == "postgresql" else "group_concat(d.name, ' ')"
    around = (
        f"coalesce(o.name, '') || ' ' || p.place || ' ' || coalesce((SELECT {gather} FROM {INVOLVEMENT} i "
        f"JOIN {DISTRICT} d ON d.id = i.district_id WHERE i.project_id = p.id), '')"
    )
    words, values, updated, differs = "", "", "", ""
    if vendor == "postgresql":
        words = ", document"
        values = ", to_tsvector('german', s.german)"
        updated = ", document = excluded.document"
        differs = f" OR {TEXT}.document IS DISTINCT FROM excluded.document"
    return (
        f"INSERT INTO {TEXT} (project_id, title, around, text{words}) "
        "SELECT s.id, ' ' || s.title || ' ', ' ' || s.around || ' ', "
        f"' ' || s.number || ' ' || s.title || ' ' || s.around || ' ' || s.summary || ' '{values} FROM ("
        f"SELECT p.id, {_fold('p.title', vendor)} AS title, {_fold(around, vendor)} AS around, "
        f"{_fold('coalesce(p.number, ' + chr(39) * 2 + ')', vendor)} AS number, {_fold('p.summary', vendor)} AS summary, "
        f"p.title || ' ' || p.place || ' ' || coalesce(o.name, '') || ' ' || p.summary AS german "
        f"FROM {PROJECT} p LEFT JOIN {ORGANISATION} o ON o.id = p.organiser_id WHERE {which}) s WHERE true "
        f"ON CONFLICT (project_id) DO UPDATE SET title = excluded.title, around = excluded.around, "
        f"text = excluded.text{updated} WHERE {TEXT}.text <> excluded.text OR {TEXT}.title <> excluded.title{differs}"
    )


def _changed(columns: Sequence[str], differs: str) -> str:
    return " OR ".join(f"OLD.{column} {differs} NEW.{column}" for column in columns)


def _followers(vendor: str) -> dict[str, tuple[str, str, str, list[str]]]:
    """Name -> table, event, condition and statements of each trigger that follows a change."""
    differs = "IS DISTINCT FROM" if vendor == "postgresql" else "IS NOT"

    def both(which: str) -> list[str]:
        return [*_refresh_involvement(which), _refresh_text(which, vendor)]

    clean = [f"DELETE FROM {table} WHERE project_id = OLD.id" for table in (INVOLVEMENT, TEXT)]
    joined = f"p.id IN (SELECT i.project_id FROM {INVOLVEMENT} i WHERE i.district_id = NEW.id)"
    old_or_new = "p.id IN (OLD.project_id, NEW.project_id)"
    return {
        f"{PROJECT}_stored_insert": (PROJECT, "AFTER INSERT", "", both("p.id = NEW.id")),
        f"{PROJECT}_stored_update": (
            PROJECT, f"AFTER UPDATE OF {', '.join(COLUMNS)}", _changed(COLUMNS, differs), both("p.id = NEW.id"),
        ),
        # Alone: with each decision, and no text changes with it.
        f"{PROJECT}_stored_state": (
            PROJECT, "AFTER UPDATE OF state", _changed(("state",), differs),
            [f"UPDATE {INVOLVEMENT} SET state = NEW.state WHERE project_id = NEW.id"],
        ),
        f"{PROJECT}_stored_delete": (PROJECT, "BEFORE DELETE", "", clean),
        f"{PARTICIPATION}_stored_insert": (PARTICIPATION, "AFTER INSERT", "", both("p.id = NEW.project_id")),
        f"{PARTICIPATION}_stored_delete": (PARTICIPATION, "AFTER DELETE", "", both("p.id = OLD.project_id")),
        f"{PARTICIPATION}_stored_update": (
            PARTICIPATION, "AFTER UPDATE OF project_id, district_id",
            _changed(("project_id", "district_id"), differs), both(old_or_new),
        ),
        f"{ORGANISATION}_stored_update": (
            ORGANISATION, "AFTER UPDATE OF name", _changed(("name",), differs),
            [_refresh_text("p.organiser_id = NEW.id", vendor)],
        ),
        f"{DISTRICT}_stored_update": (
            DISTRICT, "AFTER UPDATE OF name", _changed(("name",), differs), [_refresh_text(joined, vendor)],
        ),
    }  # fmt: skip


def _sqlite() -> Triggers:
    triggers: Triggers = {}
    for name, (table, event, when, statements) in _followers("sqlite").items():
        body = "; ".join(statements)
        triggers[name] = (
            table,
            f"CREATE TRIGGER {name} {event} ON {table} {f'WHEN {when}' if when else ''} BEGIN {body}; END",
        )
    remove = f"INSERT INTO {INDEX} ({INDEX}, rowid, text) VALUES ('delete', OLD.project_id, OLD.text)"
    add = f"INSERT INTO {INDEX} (rowid, text) VALUES (NEW.project_id, NEW.text)"
    for event, body in (("INSERT", add), ("DELETE", remove), ("UPDATE", f"{remove}; {add}")):
        name = f"{TEXT}_index_{event.lower()}"
        triggers[name] = (TEXT, f"CREATE TRIGGER {name} AFTER {event} ON {TEXT} BEGIN {body}; END")
    return triggers


def _postgresql() -> Triggers:
    """Function and trigger of the same name."""
    triggers: Triggers = {}
    for name, (table, event, when, statements) in _followers("postgresql").items():
        body = "; ".join(statements)
        triggers[name] = (
            table,
            f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body}; "
            f"RETURN {'OLD' if event == 'BEFORE DELETE' else 'NULL'}; END $$; "
            f"CREATE TRIGGER {name} {event} ON {table} FOR EACH ROW {f'WHEN ({when})' if when else ''} "
            f"EXECUTE FUNCTION {name}()",
        )
    return triggers


def _fold_function() -> str:
    expression = "folded"
    for old, new in UMLAUTS.items():
        expression = f"replace({expression}, {_quoted(old)}, {_quoted(new)})"
    old = "".join(ACCENTS) + "".join(c for c in SEPARATORS if ord(c) > 127) + COMBINING
    new = "".join(ACCENTS.values()) + " " * sum(ord(c) > 127 for c in SEPARATORS)
    return (
        "CREATE OR REPLACE FUNCTION projects_fold(folded text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ "
        f"SELECT btrim(regexp_replace(lower(translate({expression}, {_quoted(old)}, {_quoted(new)})), "
        r"'[\u0001-\u002f\u003a-\u0060\u007b-\u007f]+', ' ', 'g')) $$"
    )


STORED = TriggerSet(TABLES, sqlite=_sqlite, postgresql=_postgresql)
names, lift = STORED.names, STORED.lift


def install(using: str = "default", *, recompute: bool = False) -> None:
    connection = connections[using]
    if not STORED.tables_there(connection):
        return  # an early state of the migrations
    with transaction.atomic(using=using), connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(
                f"CREATE VIRTUAL TABLE IF NOT EXISTS {INDEX} USING fts5(text, content='{TEXT}', "
                "content_rowid='project_id', tokenize='trigram', columnsize=0)"
            )
        else:
            cursor.execute(_fold_function())
            _index(cursor, "project_search_words", f"{TEXT} USING gin (document)")
            # SQLite has no such order of an index; it reads the plain one in two passes.
            late = "starts_on DESC NULLS LAST, id DESC"
            _index(cursor, "project_by_late_start", f"{PROJECT} ({late})")
            _index(cursor, "project_by_late_start_in_year", f"{PROJECT} (year, {late})")
        STORED.install(using)
        if recompute:
            for statement in [*_refresh_involvement("true"), _refresh_text("true", connection.vendor)]:
                cursor.execute(statement)
    if connection.vendor == "postgresql":
        _index_trigrams(using)


def _index(cursor: Any, name: str, on: str) -> None:
    """Where it is missing: IF NOT EXISTS would ask for the table's lock all the same, and be refused after writes."""
    cursor.execute("SELECT 1 FROM pg_indexes WHERE schemaname = current_schema() AND indexname = %s", [name])
    if cursor.fetchone() is None:
        cursor.execute(f"CREATE INDEX {name} ON {on}")


def _index_trigrams(using: str) -> None:
    """The index for the inside of words. The extension comes with PostgreSQL; a database's owner may add it."""
    try:
        with transaction.atomic(using=using), connections[using].cursor() as cursor:
            cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
            _index(cursor, "project_search_trigrams", f"{TEXT} USING gin (text gin_trgm_ops)")
    except DatabaseError as error:
        logger.warning(
            "The extension pg_trgm cannot be created (%s). The search works, but reads every project; let a "
            "superuser run CREATE EXTENSION pg_trgm in this database and run migrate again.",
            str(error).strip(),
        )
