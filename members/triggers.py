"""Sets of triggers that are put back after every migrate, because SQLite drops them with a table rebuild."""

from collections.abc import Callable, Collection

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

#: Name of each trigger -> its table, and the SQL that creates it.
Triggers = dict[str, tuple[str, str]]


class TriggerSet:
    """What has to be there on each database. ``functions`` is the SQL that PostgreSQL's triggers call.

    ``lift`` is for migrations and the test suite's flush alone.
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
        return self._make[connections[using].vendor]()

    def names(self, using: str = "default") -> set[str]:
        """The triggers that have to be there."""
        return set(self.triggers(using))

    def tables_there(self, connection: BaseDatabaseWrapper) -> bool:
        """False in an early state of the migrations."""
        return self.tables <= set(connection.introspection.table_names())

    def lift(self, using: str = "default") -> None:
        connection = connections[using]
        with connection.cursor() as cursor:
            for name, (table, _) in self.triggers(using).items():
                on = "" if connection.vendor == "sqlite" else f" ON {table}"
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}{on}")

    def install(self, using: str = "default") -> None:
        connection = connections[using]
        if not self.tables_there(connection):
            return
        self.lift(using)
        with connection.cursor() as cursor:
            if self._functions and connection.vendor == "postgresql":
                cursor.execute(self._functions)
            for _, statement in self.triggers(using).values():
                cursor.execute(statement)
