"""Triggers that keep the reports' figures, on both databases, whoever writes: page, admin, command or SQL.

A trigger never recounts: it adds what the new rows count and takes away what the old ones did. What a row counts
is said once (``SOURCES``); triggers, recount and comparison are made from it. Adding waits for nobody, so that
approvals of one year and field run beside each other: on PostgreSQL it takes any row of its key that is not
locked and writes another where there is none; readers sum. SQLite has one writer, hence one row per key.

One statement may change projects or what belongs to them, not both (PostgreSQL's WITH could).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connections, models, transaction

from funding.models import Application
from members.triggers import Triggers, TriggerSet
from stadtbezirk.models import ApplicationsByPot, ProjectsByDistrict, ProjectsByField

PROJECT, PARTICIPATION, APPLICATION = "projects_project", "projects_participation", "funding_application"
#: Each table that is counted, with the unique columns by which SQLite's INSERT OR REPLACE could remove a row
#: past every trigger.
COUNTED: dict[str, list[tuple[str, ...]]] = {
    PROJECT: [("id",), ("number",)],
    PARTICIPATION: [("id",), ("project_id", "district_id")],
    APPLICATION: [("id",)],
}
MESSAGE = "Eine Zeile, die gezaehlt ist, wird geaendert und nicht ersetzt"


def _one_if(condition: str) -> str:
    return f"CASE WHEN {condition} THEN 1 ELSE 0 END"


def _in(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(str(value)) for value in values)})"


_CROSS, _SPECIAL, _THIRD_PARTY = "p.is_cross_district", "p.special_importance <> ''", "p.has_third_party"
_PUBLISHED = "p.published_on IS NOT NULL"
_GRANTED, _WAITING = _in("c.state", Application.GRANTED), _in("c.state", Application.PENDING)
_PROJECTS = {"projects": "1", "with_third_party": _one_if(_THIRD_PARTY)}


@dataclass(frozen=True)
class Source:
    """What each row adds to a figure, as SQL of the project ``p`` and its child ``c`` (a table, or none)."""

    figure: type[models.Model]
    keys: dict[str, str]
    measures: dict[str, str]
    child: str = ""
    only: str = "1 = 1"

    def contributions(self, p: str = PROJECT, c: str = "", sign: str = "") -> str:
        """A row per counted row. ``p`` and ``c`` may be other rows of the same columns; cents, as everywhere."""
        joined = f" JOIN {c or self.child} c ON c.project_id = p.id" if self.child else ""
        keys = [f"{sql} AS {name}" for name, sql in self.keys.items()]
        measures = [f"{sign}({sql}) AS {name}" for name, sql in self.measures.items()]
        return f"SELECT {', '.join(keys + measures)} FROM {p} p{joined} WHERE {self.only}"

    def columns(self, alias: str) -> list[str]:
        """What is read of the project (``p``) or its child (``c``)."""
        text = " ".join([*self.keys.values(), *self.measures.values(), self.only])
        key = "id" if alias == "p" else "project_id"
        return sorted({key, *re.findall(rf"\b{alias}\.(\w+)", text)})


SOURCES = [
    Source(
        ProjectsByField,
        {"year": "p.year", "field_id": "p.main_field_id"},
        {
            **_PROJECTS, "cross_district": _one_if(_CROSS), "special": _one_if(_SPECIAL),
            "granted": "p.granted_total",
        },
        only=_PUBLISHED,
    ),
    Source(
        ProjectsByDistrict, {"year": "p.year", "district_id": "p.lead_district_id"}, _PROJECTS, only=_PUBLISHED
    ),
    Source(
        ProjectsByDistrict,
        {"year": "p.year", "district_id": "c.district_id"},
        _PROJECTS,
        child=PARTICIPATION,
        only=_PUBLISHED,
    ),
    Source(
        ApplicationsByPot,
        {"pot_id": "c.pot_id", "field_id": "p.main_field_id"},
        {
            "asked": "1",
            "granted": _one_if(_GRANTED),
            "waiting": _one_if(_WAITING),
            "cross_district": _one_if(_CROSS),
            "cross_district_granted": _one_if(f"{_CROSS} AND {_GRANTED}"),
            "special": _one_if(_SPECIAL),
            "special_granted": _one_if(f"{_SPECIAL} AND {_GRANTED}"),
            "asked_sum": "c.requested",
            "granted_sum": f"CASE WHEN {_GRANTED} THEN coalesce(c.granted, 0) ELSE 0 END",
        },
        child=APPLICATION,
    ),
]  # fmt: skip
FIGURES = list(dict.fromkeys(source.figure for source in SOURCES))


def _summed(rows: str, source: Source) -> str:
    """By key, without what comes to nothing."""
    sums = [f"sum({name}) AS {name}" for name in source.measures]
    something = " OR ".join(f"sum({name}) <> 0" for name in source.measures)
    keys = ", ".join(source.keys)
    return f"SELECT {keys}, {', '.join(sums)} FROM ({rows}) s GROUP BY {keys} HAVING {something}"


def _same_key(source: Source, one: str, other: str, equal: str) -> str:
    """``equal`` is the operator that takes two NULLs for the same."""
    return " AND ".join(
        f"{one}.{name} {equal if source.figure._meta.get_field(name).null else '='} {other}.{name}"
        for name in source.keys
    )


def _followed() -> Iterator[tuple[str, str, Source, str]]:
    """Name of a trigger, its table, the source that it keeps, and what the table is in it."""
    for source in SOURCES:
        name = source.figure._meta.model_name
        for table, alias in ((PROJECT, "p"), (source.child, "c")):
            if table:
                yield f"{table}_{name}{'_child' if source.child else ''}", table, source, alias


def _changes(source: Source, alias: str, new: str, old: str) -> str:
    """What rows count now less what they did; either may be missing."""
    return " UNION ALL ".join(
        source.contributions(**{alias: rows}, sign=sign) for rows, sign in ((new, ""), (old, "-")) if rows
    )


EVENTS = {"INSERT": ("NEW", ""), "UPDATE": ("NEW", "OLD"), "DELETE": ("", "OLD")}


def _sqlite() -> Triggers:
    triggers: Triggers = {}
    for prefix, table, source, alias in _followed():
        figure, columns = source.figure._meta.db_table, source.columns(alias)

        def row(which: str, columns: list[str] = columns) -> str:
            return which and f"(SELECT {', '.join(f'{which}.{c} AS {c}' for c in columns)})"

        for event, (new, old) in EVENTS.items():
            name = f"{prefix}_{event.lower()}"
            rows = _changes(source, alias, row(new), row(old))
            changes = _summed(rows, source)
            of, when = "", f"EXISTS ({rows})"
            if event == "UPDATE":
                of = f" OF {', '.join(columns)}"
                when = " OR ".join(f"OLD.{c} IS NOT NEW.{c}" for c in columns)
            triggers[name] = (
                table,
                f"CREATE TRIGGER {name} AFTER {event}{of} ON {table} WHEN {when} BEGIN "
                f"INSERT INTO {figure} ({', '.join([*source.keys, *source.measures])}) "
                f"SELECT {', '.join([*(f'd.{k}' for k in source.keys), *'0' * len(source.measures)])} "
                f"FROM ({changes}) d "
                f"WHERE NOT EXISTS (SELECT 1 FROM {figure} f WHERE {_same_key(source, 'f', 'd', 'IS')}); "
                f"UPDATE {figure} SET {', '.join(f'{m} = {figure}.{m} + d.{m}' for m in source.measures)} "
                f"FROM ({changes}) d WHERE {figure}.id = "
                f"(SELECT min(f.id) FROM {figure} f WHERE {_same_key(source, 'f', 'd', 'IS')}); END",
            )
    for table, keys in COUNTED.items():
        name = f"{table}_no_replace"
        same = " OR ".join("(" + " AND ".join(f"t.{c} = NEW.{c}" for c in key) + ")" for key in keys)
        triggers[name] = (
            table,
            f"CREATE TRIGGER {name} BEFORE INSERT ON {table} WHEN EXISTS (SELECT 1 FROM {table} t WHERE {same}) "
            f"BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END",
        )
    return triggers


def _postgresql() -> Triggers:
    """Function and trigger of the same name. Per statement: many rows of one key change its figure once."""
    triggers: Triggers = {}
    for prefix, table, source, alias in _followed():
        figure = source.figure._meta.db_table
        for event, (new, old) in EVENTS.items():
            name = f"{prefix}_{event.lower()}"
            rows = {which: f"{which.lower()}_rows" for which in (new, old) if which}
            changes = _changes(source, alias, rows.get(new, ""), rows.get(old, ""))
            referencing = " ".join(f"{which} TABLE AS {rows[which]}" for which in rows)
            triggers[name] = (
                table,
                f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ DECLARE d record; BEGIN "
                f"FOR d IN {_summed(changes, source)} LOOP "
                f"UPDATE {figure} SET {', '.join(f'{m} = {figure}.{m} + d.{m}' for m in source.measures)} "
                f"WHERE id = (SELECT f.id FROM {figure} f "
                f"WHERE {_same_key(source, 'f', 'd', 'IS NOT DISTINCT FROM')} LIMIT 1 FOR UPDATE SKIP LOCKED); "
                f"IF NOT FOUND THEN INSERT INTO {figure} ({', '.join([*source.keys, *source.measures])}) "
                f"VALUES ({', '.join(f'd.{column}' for column in [*source.keys, *source.measures])}); END IF; "
                "END LOOP; RETURN NULL; END $$; "
                f"CREATE TRIGGER {name} AFTER {event} ON {table} REFERENCING {referencing} FOR EACH STATEMENT "
                f"EXECUTE FUNCTION {name}()",
            )
    for table in COUNTED:
        name = f"{table}_recount"
        triggers[name] = (
            table,
            f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"{'; '.join(_recount())}; RETURN NULL; END $$; "
            f"CREATE TRIGGER {name} AFTER TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION {name}()",
        )
    return triggers


def _counted(figure: type[models.Model]) -> tuple[Source, str]:
    """One of its sources, for the names of its columns, and what all of them count."""
    sources = [source for source in SOURCES if source.figure is figure]
    return sources[0], " UNION ALL ".join(source.contributions() for source in sources)


def _recount() -> list[str]:
    statements = []
    for figure in FIGURES:
        source, rows = _counted(figure)
        table = figure._meta.db_table
        statements += [
            f"DELETE FROM {table}",
            f"INSERT INTO {table} ({', '.join([*source.keys, *source.measures])}) {_summed(rows, source)}",
        ]
    return statements


STORED = TriggerSet(
    {*COUNTED, *(figure._meta.db_table for figure in FIGURES)}, sqlite=_sqlite, postgresql=_postgresql
)
names, lift = STORED.names, STORED.lift


def install(using: str = "default", *, recompute: bool = False) -> None:
    """Creating triggers keeps PostgreSQL's writers out until the end of the transaction, so nothing is missed."""
    connection = connections[using]
    if not STORED.tables_there(connection):
        return  # an early state of the migrations
    with transaction.atomic(using=using):
        STORED.install(using)
        if recompute:
            with connection.cursor() as cursor:
                for statement in _recount():
                    cursor.execute(statement)


@dataclass(frozen=True)
class Difference:
    """A figure that is not what its rows count; amounts in cents."""

    figure: type[models.Model]
    key: dict[str, Any]
    measure: str
    stored: int
    counted: int


def differences(using: str = "default") -> Iterator[Difference]:
    """Each figure beside its recount, in one statement per table: a write in between is no false alarm."""
    for figure in FIGURES:
        source, rows = _counted(figure)
        nothing = "".join(f", 0 AS counted_{name}" for name in source.measures)
        stored = f"SELECT {', '.join([*source.keys, *source.measures])}{nothing} FROM {figure._meta.db_table}"
        counted = f"SELECT {', '.join([*source.keys, *'0' * len(source.measures), *source.measures])} FROM ({rows}) r"
        sums = ", ".join(f"sum({name}), sum(counted_{name})" for name in source.measures)
        differs = " OR ".join(f"sum({name}) <> sum(counted_{name})" for name in source.measures)
        keys = ", ".join(source.keys)
        with connections[using].cursor() as cursor:
            cursor.execute(
                f"SELECT {keys}, {sums} FROM ({stored} UNION ALL {counted}) a GROUP BY {keys} HAVING {differs}"
            )
            found = cursor.fetchall()
        for row in found:
            key = dict(zip(source.keys, row, strict=False))
            pairs = zip(row[len(key) :: 2], row[len(key) + 1 :: 2], strict=True)
            for measure, (kept, now) in zip(source.measures, pairs, strict=True):
                if kept != now:
                    yield Difference(figure, key, measure, int(kept), int(now))
