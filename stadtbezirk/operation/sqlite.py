"""Copy an SQLite database while the site runs, and replace one that nobody holds by a copy."""

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path

from django.db import connection

from members.common.disk import is_full
from stadtbezirk.environment import beside
from stadtbezirk.operation.manifest import BackupError, Contents, contents

#: The bytes of the file that SQLite locks, from "pending" to the end of "shared". Our databases are in WAL
#: mode, where every open connection holds a shared lock there, even an idle one.
LOCK_START, LOCK_LENGTH = 0x40000000, 512
HELD = (
    "Die Datenbank {} ist noch geöffnet: Die Website oder ein anderer Befehl läuft noch. Bitte zuerst alles anhalten "
    "(den Dienst, die Aufgaben von cron). Geändert wurde nichts."
)


def database_file() -> Path:
    """Return the path of the site's database. Raises BackupError for a database in memory."""
    name = str(connection.settings_dict["NAME"])
    if name == ":memory:":
        raise BackupError("Diese Datenbank liegt nur im Arbeitsspeicher; da gibt es nichts zu sichern.")
    return Path(name)


def dump(source: Path, target: Path) -> Contents:
    """Write everything committed by now into a new file, while others may write. Return what it holds.

    Raises BackupError.
    """
    if not source.exists():
        raise BackupError(f"Die Datenbank {source} gibt es nicht. Bitte DATA_DIR oder DATABASE_URL prüfen.")
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        with closing(sqlite3.connect(source, timeout=60)) as opened:
            opened.execute("VACUUM INTO ?", [str(target)])
    except sqlite3.DatabaseError as error:
        if is_full(error):
            raise
        raise BackupError(
            f"Die Datenbank {source} ist nicht zu lesen ({error}). Ist sie beschädigt, bitte eine frühere Sicherung "
            "zurückholen."
        ) from error
    found = look_into(target)
    sync(target)
    return found


def look_into(file: Path) -> Contents:
    """Return what the file holds, after checking its integrity. Opens it read-only. Raises BackupError."""
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as opened:
            [verdict, *_] = opened.execute("PRAGMA integrity_check").fetchall()
            if verdict != ("ok",):
                raise BackupError(f"Die Datenbank {file} ist beschädigt: {verdict[0]}")
            names = opened.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!'"
            )
            tables = [name for (name,) in names]
            return contents(lambda sql: opened.execute(sql).fetchall(), tables)
    except sqlite3.DatabaseError as error:
        raise BackupError(f"Die Datenbank {file} ist beschädigt oder keine SQLite-Datei: {error}") from error


def sync(file: Path) -> None:
    """Have the system write file and folder to the disk before anybody relies on them."""
    for path in (file, file.parent):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@contextmanager
def held_alone(file: Path) -> Iterator[None]:
    """Lock the file until the end. Raises BackupError where another process has it open."""
    handle = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB, LOCK_LENGTH, LOCK_START)
        except OSError:
            raise BackupError(HELD.format(file)) from None
        yield
    finally:
        os.close(handle)


def write_log_back(file: Path) -> bool:
    """Write the -wal that a killed process left into the file. Return False where it is too broken for that.

    Afterwards the old state is one complete file.
    """
    try:
        with closing(sqlite3.connect(file, timeout=1, isolation_level=None)) as opened:
            opened.execute("SELECT count(*) FROM sqlite_master")
            opened.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.DatabaseError as error:
        if "locked" in str(error):
            raise BackupError(HELD.format(file)) from None
        return False
    return True


def replace(file: Path, copy: Path, now: datetime) -> Path:
    """Replace ``file`` by ``copy``, which lies in the same folder. Return where the old file lies now.

    The old -wal must go: SQLite would apply it to the copy, and show rows from after the backup or a broken
    file.
    The old database stays in place until the copy takes its name.
    """
    aside = file.with_name(f"{file.name}.vor-{now:%Y-%m-%d-%H%M%S}")
    log, index = beside(file)
    log_aside, _ = beside(aside)
    with held_alone(file):
        if log.exists():
            os.link(log, log_aside)
    if write_log_back(file):
        log_aside.unlink(missing_ok=True)
    with held_alone(file):
        os.link(file, aside)
        log.unlink(missing_ok=True)
        index.unlink(missing_ok=True)
        copy.replace(file)
        sync(file)
    return aside
