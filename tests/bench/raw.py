"""The floor of what writes: the very statements that the services sent, sent again by the bare driver."""

import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import psycopg
from django.db import connection

Statement = tuple[str, Any]


@dataclass(frozen=True)
class KeyOf:
    """Among the parameters: the key that the database gave to what the transaction inserted there last."""

    table: str


def recorded(task: Callable[[], Any]) -> list[Statement]:
    """The statements of a task as the driver takes them, without those that begin or divide transactions."""
    found: list[Statement] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith(("BEGIN", "SAVEPOINT", "RELEASE", "ROLLBACK")):
            pass
        elif connection.vendor == "sqlite" and params:
            found.append((sql % tuple("?" * len(params)), tuple(params)))
        else:
            found.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        task()
    return found


class Driver:
    """A connection of sqlite3 or psycopg to the same database with the same settings, and nothing above it."""

    def __init__(self) -> None:
        settings = connection.settings_dict
        self.sqlite = connection.vendor == "sqlite"
        if self.sqlite:
            self.raw: Any = sqlite3.connect(
                settings["NAME"], timeout=settings["OPTIONS"]["timeout"], isolation_level=None
            )
            for pragma in settings["OPTIONS"]["init_command"].split(";"):
                self.raw.execute(pragma)
            self.raw.execute("PRAGMA foreign_keys = ON")
        else:
            self.raw = psycopg.connect(autocommit=True, **_without_django(connection.get_connection_params()))

    def transaction(self, statements: Iterable[Statement], *, keep: bool = True) -> None:
        self.raw.execute("BEGIN IMMEDIATE" if self.sqlite else "BEGIN")
        keys: dict[str, Any] = {}
        try:
            for sql, params in statements:
                given = tuple(_filled(param, keys) for param in params or ())
                cursor = self.raw.execute(sql, given)
                if cursor.description:
                    rows = cursor.fetchall()
                    if sql.startswith("INSERT INTO"):
                        keys[sql.split('"')[1]] = rows[0][0]
        except BaseException:
            self.raw.execute("ROLLBACK")
            raise
        self.raw.execute("COMMIT" if keep else "ROLLBACK")

    def close(self) -> None:
        self.raw.close()


def _filled(param: Any, keys: dict[str, Any]) -> Any:
    if isinstance(param, list):
        return [_filled(each, keys) for each in param]
    return keys[param.table] if isinstance(param, KeyOf) else param


def _without_django(params: dict[str, Any]) -> dict[str, Any]:
    """Without Django's own cursor and adapters."""
    ours = ("cursor_factory", "context", "prepare_threshold")
    return {name: value for name, value in params.items() if name not in ours}
