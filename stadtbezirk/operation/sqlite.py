"""Copy an SQLite database while the site runs, and put a copy in the place of one that nobody holds."""

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path

from members.common.disk import is_full
from stadtbezirk.environment import beside
from stadtbezirk.operation.manifest import BackupError, Contents, contents

#: Where SQLite locks its file: the bytes from "pending" to the end of "shared". In WAL mode, which ours always is, every
#: connection holds a shared lock there for as long as it is open, even when it does nothing.
LOCK_START, LOCK_LENGTH = 0x40000000, 512
HELD = (
    "Die Datenbank {} ist noch geöffnet: Die Website oder ein anderer Befehl läuft noch. Bitte zuerst alles anhalten "
    "(den Dienst, die Aufgaben von cron). Geändert wurde nichts."
)


def file_of(name: object) -> Path:
    if str(name) == ":memory:":
        raise BackupError("Diese Datenbank liegt nur im Arbeitsspeicher; da gibt es nichts zu sichern.")
    return Path(str(name))


def dump(source: Path, target: Path) -> Contents:
    """Write all that is committed at this moment into a new file; writers go on meanwhile. Return what it holds."""
    if not source.exists():
        raise BackupError(f"Die Datenbank {source} gibt es nicht. Bitte DATA_DIR oder DATABASE_URL prüfen.")
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        with closing(sqlite3.connect(source, timeout=60)) as connection:
            connection.execute("VACUUM INTO ?", [str(target)])
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
    """Ask SQLite for the file's integrity, and count. Opens it for reading alone. Raises BackupError."""
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            [verdict, *_] = connection.execute("PRAGMA integrity_check").fetchall()
            if verdict != ("ok",):
                raise BackupError(f"Die Datenbank {file} ist beschädigt: {verdict[0]}")
            names = connection.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!'"
            )
            tables = [name for (name,) in names]
            return contents(lambda sql: connection.execute(sql).fetchall(), tables)
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
    """Raise BackupError where another process has the file open; keep everybody out until the end."""
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
    """Put what a killed process left in the -wal into the file; return False where it is too broken for that.

    The old state is then one file, whole at every moment of what follows.
    """
    try:
        with closing(sqlite3.connect(file, timeout=1, isolation_level=None)) as connection:
            connection.execute("SELECT count(*) FROM sqlite_master")
            connection.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.DatabaseError as error:
        if "locked" in str(error):
            raise BackupError(HELD.format(file)) from None
        return False
    return True


def replace(file: Path, copy: Path, now: datetime) -> Path:
    """Put ``copy`` in the place of ``file``; return where the old one lies now.

    The copy lies in the same folder already. A -wal that stayed would be replayed onto it: SQLite would show rows from
    after the backup, or a broken file. Until the last line the old database is in place.
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
