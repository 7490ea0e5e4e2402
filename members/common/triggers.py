"""Sets of triggers, and how they are lifted and installed.

A migrate that changes something first lifts all triggers and installs them again in the same transaction.
SQLite loses the triggers of a table that it rebuilds, and rebuilds no table that another table's trigger
names.
"""

import logging
import re
from collections.abc import Callable, Collection
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.db import DatabaseError, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

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


class TriggerSet:
    """The triggers that must exist on each database.

    ``functions`` is the SQL of the functions PostgreSQL's triggers call.
    ``lift`` is only for migrations and for the flush of the test suite.
    """

    def __init__(
        self,
        tables: Collection[str],
        *,
        sqlite: Callable[[], Triggers],
        postgresql: Callable[[], Triggers],
        functions: str = "",
    ) -> None:
        self.tables = set(tables)
        self._make = {"sqlite": sqlite, "postgresql": postgresql}
        self._functions = functions

    def triggers(self, using: str = "default") -> Triggers:
        """Return the triggers for this connection's database."""
        return self.triggers_for(connections[using].vendor)

    def triggers_for(self, vendor: str) -> Triggers:
        """Return the triggers for this kind of database: "sqlite" or "postgresql"."""
        return self._make[vendor]()

    def functions_for(self, vendor: str) -> str:
        """Return the SQL that must run before the triggers are created."""
        return self._functions if vendor == "postgresql" else ""

    def names(self, using: str = "default") -> set[str]:
        """Return the names of the triggers that must exist."""
        return set(self.triggers(using))

    def tables_there(self, connection: BaseDatabaseWrapper) -> bool:
        """Return whether all tables of the set exist. Early in the migrations they do not."""
        return self.tables <= set(connection.introspection.table_names())

    def lift(self, using: str = "default") -> None:
        """Drop the triggers of the set."""
        for name, (table, _) in self.triggers(using).items():
            _drop(name, table, using)

    def install(self, using: str = "default") -> None:
        """Create the triggers anew. Early in the migrations, only those that the present tables can hold."""
        connection = connections[using]
        if not self.tables_there(connection):
            return
        self.lift(using)
        try:
            with transaction.atomic(using=using), connection.cursor() as cursor:
                if functions := self.functions_for(connection.vendor):
                    cursor.execute(functions)
                for _, statement in self.triggers(using).values():
                    cursor.execute(statement)
        except DatabaseError:
            if not unapplied(using):
                raise
            self._install_singly(using)

    def _install_singly(self, using: str) -> None:
        """Create the triggers one by one and log those that fail.

        PostgreSQL refuses a trigger that names a column of a later migration. That migration installs it,
        too.
        """
        functions = self.functions_for(connections[using].vendor)
        for name, (table, statement) in self.triggers(using).items():
            try:
                with transaction.atomic(using=using), connections[using].cursor() as cursor:
                    if functions:
                        cursor.execute(functions)
                    cursor.execute(statement)
            except DatabaseError:
                logger.warning(
                    "Der Trigger %s auf %s fehlt, bis alle Migrationen angewendet sind.", name, table
                )


def _drop(name: str, table: str, using: str) -> None:
    connection = connections[using]
    on = "" if connection.vendor == "sqlite" else f" ON {table}"
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER IF EXISTS {name}{on}")


def drop_former(using: str = "default") -> None:
    """Drop the triggers and functions of earlier versions.

    These are the ones that carry our app's prefix and are in no set.
    """
    vendor = connections[using].vendor
    known = {name for each in SETS for name in each.names(using)}
    ours = tuple(f"{label}_" for label in labels())
    with connections[using].cursor() as cursor:
        cursor.execute(_INSTALLED[vendor])
        found = cursor.fetchall()
    for name, table in found:
        if name.startswith(ours) and name not in known:
            _drop(name, table, using)
    if vendor == "postgresql":
        called = functions(script(vendor))
        with connections[using].cursor() as cursor:
            cursor.execute(_FUNCTIONS)
            for (name,) in cursor.fetchall():
                if name.startswith(ours) and name not in called:
                    cursor.execute(f"DROP FUNCTION {name}()")


def script(vendor: str) -> str:
    """Return the SQL of all sets for this kind of database."""
    statements = []
    for each in SETS:
        statements.append(f"{each.functions_for(vendor)};")
        statements += [f"{statement};" for _, statement in each.triggers_for(vendor).values()]
    return "\n".join(statements)


def functions(sql: str) -> set[str]:
    """Return the names of the functions that this SQL creates."""
    return set(re.findall(r"CREATE OR REPLACE FUNCTION (\w+)\(", sql))


def labels() -> set[str]:
    """Return the labels of our own apps: those whose folder lies in this project."""
    return {app.label for app in apps.get_app_configs() if Path(app.path).parent == settings.BASE_DIR}
