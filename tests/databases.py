"""A copy of the test's database, with what the test has committed, for processes that change its tables."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.db import connection
from django.db.utils import ConnectionHandler


def url_of(name: str) -> str:
    """``DATABASE_URL`` of another process that shall use the database of this name, on the test's server."""
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()


def url_of_test() -> str:
    """The same for the test's own database."""
    return url_of(str(connection.settings_dict["NAME"]))


class Copy:
    def __init__(self, name: str) -> None:
        self.settings = {**connection.settings_dict, "NAME": name}
        self.connection: Any = ConnectionHandler({"default": self.settings})["default"]

    @property
    def url(self) -> str:
        """For ``DATABASE_URL`` of another process."""
        return url_of(str(self.settings["NAME"]))

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with self.connection.cursor() as cursor:
            cursor.execute(sql)
            return list(cursor.fetchall())

    def run(self, sql: str) -> int:
        with self.connection.cursor() as cursor:
            cursor.execute(sql)
            return int(cursor.rowcount)

    @property
    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "APP_ENV": "test",
            "DATABASE_URL": self.url,
            "DJANGO_SETTINGS_MODULE": "stadtbezirk.settings",
        }


@contextmanager
def copied(folder: Path) -> Iterator[Copy]:
    if connection.vendor == "sqlite":
        copy = Copy(str(folder / "copy.sqlite3"))
        with connection.cursor() as cursor:
            cursor.execute("VACUUM INTO %s", [copy.settings["NAME"]])
        try:
            yield copy
        finally:
            copy.connection.close()
        return
    original = str(connection.settings_dict["NAME"])
    name = f"{original}_copy"
    connection.close()
    try:
        _administrate(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            f"WHERE datname = '{original}' AND pid <> pg_backend_pid()",
            f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)',
            f'CREATE DATABASE "{name}" TEMPLATE "{original}"',
        )
        copy = Copy(name)
        try:
            yield copy
        finally:
            copy.connection.close()
    finally:
        _administrate(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _administrate(*statements: str) -> None:
    maintenance: Any = ConnectionHandler({"default": {**connection.settings_dict, "NAME": "postgres"}})[
        "default"
    ]
    try:
        with maintenance.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
    finally:
        maintenance.close()
