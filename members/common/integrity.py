"""Whether the file of an SQLite database is whole. PostgreSQL says of itself when a page cannot be read."""

from collections.abc import Iterator
from typing import Any

#: One sentence each; of a broken file a few tell as much as all.
SHOWN = 5


def broken(connection: Any) -> Iterator[str]:
    """Yield what SQLite finds wrong in its pages, indexes and rows: bounds, empty columns, keys that lead nowhere.

    Reads the whole file.
    """
    if connection.vendor != "sqlite":
        return
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA integrity_check({SHOWN})")
        for (found,) in cursor.fetchall():
            if found != "ok":
                yield (
                    f"Die Datenbank ist beschädigt: {found}. Bitte die Website anhalten und die letzte Sicherung "
                    "zurückholen: manage.py restore"
                )
        cursor.execute("PRAGMA foreign_key_check")
        for table, row, parent, _ in cursor.fetchmany(SHOWN):
            yield f"Tabelle {table}, Zeile {row}: Sie nennt eine Zeile von {parent}, die es nicht gibt."
