"""What to say where the disk is full, whoever met it: a page, an upload, an export, a command."""

import errno
import sqlite3

SENTENCE = (
    "Auf dem Server ist kein Speicherplatz mehr frei; gespeichert wurde nichts. Bitte sagen Sie der technischen "
    "Betreuung Bescheid und versuchen Sie es danach noch einmal."
)
FULL = {errno.ENOSPC, errno.EDQUOT}
#: PostgreSQL's "disk full".
DISK_FULL = "53100"


def is_full(error: BaseException | None) -> bool:
    """Whether files or the database could not be written for want of room; libraries wrap that in errors of theirs."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in FULL:
            return True
        if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL:
            return True
        if getattr(error, "sqlstate", None) == DISK_FULL:
            return True
        error = error.__cause__ or error.__context__
    return False
