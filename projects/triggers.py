"""Triggers that keep what is stored for lists and for the search, on both databases, whoever writes.

``Involvement`` follows a project's lead district, year, state and participations; ``SearchText`` its texts and the
names of organiser and districts; on SQLite the full-text indexes follow ``SearchText``. Lifted while migrations
run (SQLite renames no table that a trigger names) and put back after them. What is stored is recomputed then only
where it may have fallen behind: the database keeps a fingerprint of what last computed it.
"""

import logging
import zlib
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from django.db import DatabaseError, connections, transaction
from django.db.migrations import Migration, RunPython, RunSQL, SeparateDatabaseAndState
from django.db.migrations.operations.base import Operation
from django.db.migrations.operations.fields import FieldOperation
from django.db.migrations.operations.models import ModelOperation, ModelOptionOperation

from members.triggers import Triggers, TriggerSet
from projects.search import ACCENTS, COMBINING, SEPARATORS, UMLAUTS

PROJECT, PARTICIPATION = "projects_project", "projects_participation"
ORGANISATION, DISTRICT = "members_organisation", "members_district"
INVOLVEMENT, TEXT = "projects_involvement", "projects_searchtext"
#: SQLite's, of three letters each, of whole words, and of the inside of words, which has each word once.
INDEX, WORDS, VOCABULARY = "projects_searchindex", "projects_wordindex", "projects_vocabulary"
SAMPLED = 300
TABLES = {PROJECT, PARTICIPATION, ORGANISATION, DISTRICT, INVOLVEMENT, TEXT}
#: Fields of these tables that what is stored comes from.
READ = {
    "number", "title", "summary", "place", "organiser", "lead_district", "year", "state", "name", "project", "district",
}  # fmt: skip
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
    remove = "; ".join(
        f"INSERT INTO {index} ({index}, rowid, text) VALUES ('delete', OLD.project_id, OLD.text)"
        for index in (INDEX, WORDS)
    )
    add = "; ".join(
        [
            *(
                f"INSERT INTO {index} (rowid, text) VALUES (NEW.project_id, NEW.text)"
                for index in (INDEX, WORDS)
            ),
            _learn("(SELECT NEW.text AS text)"),
        ]
    )
    for event, body in (("INSERT", add), ("DELETE", remove), ("UPDATE", f"{remove}; {add}")):
        name = f"{TEXT}_index_{event.lower()}"
        triggers[name] = (TEXT, f"CREATE TRIGGER {name} AFTER {event} ON {TEXT} BEGIN {body}; END")
    name = f"{VOCABULARY}_index_insert"
    triggers[name] = (
        VOCABULARY,
        f"CREATE TRIGGER {name} AFTER INSERT ON {VOCABULARY} BEGIN "
        f"INSERT INTO {VOCABULARY}_index (rowid, word) VALUES (NEW.id, NEW.word); END",
    )
    return triggers


def _learn(texts: str) -> str:
    """SQLite: the words of folded texts into the vocabulary, between blanks. It keeps those that no text has any more.

    Folding leaves neither quotes nor backslashes, so that a text with quotes for blanks is a list in JSON.
    """
    words = """json_each('["' || replace(trim(t.text), ' ', '","') || '"]')"""
    return (
        f"INSERT INTO {VOCABULARY} (word) SELECT DISTINCT ' ' || w.value || ' ' FROM {texts} t, {words} w "
        "WHERE w.value <> '' ON CONFLICT DO NOTHING"
    )


def _sqlite_indexes() -> dict[str, tuple[str, str]]:
    """Table -> how it is created and filled from what is there. FTS5's ``ascii`` parts folded texts at blanks."""
    text = f"content='{TEXT}', content_rowid='project_id', columnsize=0"
    return {
        INDEX: (f"USING fts5(text, tokenize='trigram', {text})", _rebuild(INDEX)),
        WORDS: (f"USING fts5(text, tokenize='ascii', {text})", _rebuild(WORDS)),
        VOCABULARY: ("(id integer PRIMARY KEY, word text NOT NULL UNIQUE)", _learn(TEXT)),
        f"{VOCABULARY}_index": (
            f"USING fts5(word, tokenize='trigram', content='{VOCABULARY}', content_rowid='id', columnsize=0)",
            _rebuild(f"{VOCABULARY}_index"),
        ),
    }


def _rebuild(index: str) -> str:
    return f"INSERT INTO {index} ({index}) VALUES ('rebuild')"


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


STORED = TriggerSet(TABLES, sqlite=_sqlite, postgresql=_postgresql, functions=_fold_function())
names, lift = STORED.names, STORED.lift


def _recompute(vendor: str) -> list[str]:
    """Statements, while no trigger is there."""
    statements = [*_refresh_involvement("true"), _refresh_text("true", vendor)]
    if vendor == "sqlite":
        statements += [f"DROP TABLE IF EXISTS {table}" for table in reversed(_sqlite_indexes())]
        for table, (definition, fill) in _sqlite_indexes().items():
            kind = "VIRTUAL TABLE" if definition.startswith("USING") else "TABLE"
            statements += [f"CREATE {kind} {table} {definition}", fill]
    return statements


@cache
def _fingerprint(vendor: str) -> str:
    """Of all that says what is stored and how it is kept."""
    triggers = (_sqlite if vendor == "sqlite" else _postgresql)()
    return str(zlib.crc32(repr((triggers, _recompute(vendor), _fold_function())).encode()) % 2**31)


def _kept(cursor: Any, vendor: str) -> str:
    """The fingerprint that the database holds; where it is none, what is stored may have fallen behind."""
    if vendor == "sqlite":
        cursor.execute("PRAGMA user_version")
    else:
        cursor.execute(f"SELECT obj_description('{TEXT}'::regclass, 'pg_class')")
    return str(cursor.fetchone()[0])


def _keep(cursor: Any, vendor: str, fingerprint: str) -> None:
    if vendor == "sqlite":
        cursor.execute(f"PRAGMA user_version = {fingerprint}")
    else:
        cursor.execute(f"COMMENT ON TABLE {TEXT} IS '{fingerprint}'")


def may_leave_behind(plan: Iterable[tuple[Migration, bool]]) -> bool:
    """Whether migrations may change, unseen by any trigger, what is stored or what it comes from.

    Their own Python and SQL may write anything; a changed table is written where it is stored, or its column read.
    """
    return any(
        _may_write(operation, migration.app_label)
        for migration, _ in plan
        for operation in migration.operations
    )


def _may_write(operation: Operation, app: str) -> bool:
    match operation:
        case RunPython() | RunSQL() | SeparateDatabaseAndState():
            return True
        case FieldOperation(model_name=model, name=field):
            table = f"{app}_{model}".lower()
            return table in {INVOLVEMENT, TEXT} or (table in TABLES and f"{field}".lower() in READ)
        case ModelOperation(name=model) if not isinstance(operation, ModelOptionOperation):
            return f"{app}_{model}".lower() in TABLES
    return False


def distrust(using: str = "default") -> None:
    """Have the next ``install`` recompute what is stored, also after a migration that broke off."""
    connection = connections[using]
    if STORED.tables_there(connection):
        with connection.cursor() as cursor:
            _keep(cursor, connection.vendor, "0")


def install(using: str = "default", *, recompute: bool = False) -> None:
    """Recomputes what is stored, too, where something else computed it last."""
    connection = connections[using]
    if not STORED.tables_there(connection):
        return  # an early state of the migrations
    vendor = connection.vendor
    with transaction.atomic(using=using), connection.cursor() as cursor:
        if vendor == "postgresql":
            cursor.execute(_fold_function())
            _index(cursor, "project_search_words", f"{TEXT} USING gin (document)")
            # SQLite has no such order of an index; it reads the plain one in two passes.
            late = "starts_on DESC NULLS LAST, id DESC"
            _index(cursor, "project_by_late_start", f"{PROJECT} ({late})")
            _index(cursor, "project_by_late_start_in_year", f"{PROJECT} (year, {late})")
            _sample_texts(cursor)
        if recompute or _kept(cursor, vendor) != _fingerprint(vendor):
            lift(using)
            for statement in _recompute(vendor):
                cursor.execute(statement)
            _keep(cursor, vendor, _fingerprint(vendor))
        STORED.install(using)
    index_trigrams(using)


def _index(cursor: Any, name: str, on: str) -> None:
    """Where it is missing: IF NOT EXISTS would ask for the table's lock all the same, and be refused after writes."""
    cursor.execute("SELECT 1 FROM pg_indexes WHERE schemaname = current_schema() AND indexname = %s", [name])
    if cursor.fetchone() is None:
        cursor.execute(f"CREATE INDEX {name} ON {on}")


def _sample_texts(cursor: Any) -> None:
    """How many texts the planner looks at to guess how many hold a word.

    Of PostgreSQL's hundred, one that holds it by chance stands for a hundredth of all; for so many hits it would rather
    look through the newest than ask the index, and of 250,000 projects read every one.
    """
    cursor.execute(
        "SELECT attstattarget FROM pg_attribute WHERE attrelid = %s::regclass AND attname = 'text'", [TEXT]
    )
    if cursor.fetchone() != (SAMPLED,):
        cursor.execute(f"ALTER TABLE {TEXT} ALTER text SET STATISTICS {SAMPLED}")
        cursor.execute(f"ANALYZE {TEXT}")


def index_trigrams(using: str) -> None:
    """The index for the inside of words. The extension comes with PostgreSQL; a database's owner may add it."""
    if connections[using].vendor != "postgresql":
        return
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
