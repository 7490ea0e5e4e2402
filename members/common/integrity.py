"""Check the file of an SQLite database. PostgreSQL reports an unreadable page by itself."""

from collections.abc import Iterator
from typing import Any

#: Findings that are shown of each kind: a few say enough about a broken file.
SHOWN = 5


def broken(connection: Any) -> Iterator[str]:
    """Yield a German sentence for each damage of an SQLite file and each key that leads nowhere."""
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
