"""Sets of triggers, and how they are lifted and installed.

A migrate that changes something first lifts all triggers and installs them again in the same transaction.
SQLite loses the triggers of a table that it rebuilds, and rebuilds no table that another table's trigger
names.
"""

import logging
import re
from collections.abc import Collection
from dataclasses import dataclass

from django.apps import apps
from django.conf import settings
from django.db import DatabaseError, connections, transaction

from members.common.migrated import unapplied

#: Name of each trigger -> its table, and the SQL that creates it.
Triggers = dict[str, tuple[str, str]]

logger = logging.getLogger(__name__)

#: All sets. Each app adds its own in ``ready``. ``members.common.catalogue`` expects them in the database.
SETS: "list[TriggerSet]" = []

_INSTALLED = {
    "sqlite": "SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": "SELECT t.tgname, c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
    "WHERE NOT t.tgisinternal AND c.relnamespace = current_schema()::regnamespace",
}
#: PostgreSQL's functions for triggers.
_FUNCTIONS = (
    "SELECT proname FROM pg_proc WHERE pronamespace = current_schema()::regnamespace "
    "AND prorettype = 'trigger'::regtype"
)


@dataclass(frozen=True)
class TriggerSet:
    """The triggers that must exist on each database.

    ``functions`` is the SQL of the functions that PostgreSQL's triggers call.
    ``besides`` are tables that triggers read and that have none in this set.
    """

    sqlite: Triggers
    postgresql: Triggers
    functions: str = ""
    besides: Collection[str] = ()

    def triggers(self, using: str = "default") -> Triggers:
        """Return the triggers for this connection's database."""
        return self.sqlite if connections[using].vendor == "sqlite" else self.postgresql

    def names(self, using: str = "default") -> set[str]:
        """Return the names of the triggers that must exist."""
        return set(self.triggers(using))

    def lift(self, using: str = "default") -> None:
        """Drop the triggers of the set. Only for migrations and for the flush of the test suite."""
        for name, (table, _) in self.triggers(using).items():
            _drop(name, table, using)

    def install(self, using: str = "default") -> None:
        """Create the triggers anew. Early in the migrations, only those that the present tables can hold."""
        connection, triggers = connections[using], self.triggers(using)
        tables = {table for table, _ in triggers.values()} | set(self.besides)
        if not tables <= set(connection.introspection.table_names()):
            return
        self.lift(using)
        with connection.cursor() as cursor:
            if self.functions and connection.vendor == "postgresql":
                cursor.execute(self.functions)
            for name, (table, statement) in triggers.items():
                try:
                    with transaction.atomic(using=using):
                        cursor.execute(statement)
                except DatabaseError:
                    # PostgreSQL refuses one that names a column of a later migration, which installs it, too.
                    if not unapplied(using):
                        raise
                    logger.warning(
                        "Der Trigger %s auf %s fehlt, bis alle Migrationen angewendet sind.", name, table
                    )


def _drop(name: str, table: str, using: str) -> None:
    connection = connections[using]
    on = "" if connection.vendor == "sqlite" else f" ON {table}"
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER IF EXISTS {name}{on}")


def drop_former(using: str = "default") -> None:
    """Drop the triggers and functions of earlier versions: they carry our app's prefix and are in no set."""
    vendor = connections[using].vendor
    known = {name for each in SETS for name in each.names(using)}
    ours = tuple(f"{label}_" for label in labels())
    with connections[using].cursor() as cursor:
        cursor.execute(_INSTALLED[vendor])
        for name, table in cursor.fetchall():
            if name.startswith(ours) and name not in known:
                _drop(name, table, using)
        if vendor == "postgresql":
            called = functions(script())
            cursor.execute(_FUNCTIONS)
            for (name,) in cursor.fetchall():
                if name.startswith(ours) and name not in called:
                    cursor.execute(f"DROP FUNCTION {name}()")


def script() -> str:
    """Return the SQL of all sets for PostgreSQL."""
    statements = []
    for each in SETS:
        statements += [each.functions, *(statement for _, statement in each.postgresql.values())]
    return "\n".join(f"{statement};" for statement in statements)


def functions(sql: str) -> set[str]:
    """Return the names of the functions that this SQL creates."""
    return set(re.findall(r"CREATE OR REPLACE FUNCTION (\w+)\(", sql))


def labels() -> set[str]:
    """Return the labels of our own apps: those whose outermost folder lies in this project."""
    ours = (
        each for each in apps.get_app_configs() if (settings.BASE_DIR / each.name.partition(".")[0]).is_dir()
    )
    return {app.label for app in ours}
