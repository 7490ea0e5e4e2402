"""Recognise a full disk, and say so in one German sentence on pages, in uploads, exports and commands."""

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
    """Return whether the disk is full, also where a library wrapped that error in one of its own."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in FULL:
            return True
        if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL:
            return True
        if getattr(error, "sqlstate", None) == DISK_FULL:
            return True
        error = error.__cause__ or error.__context__
    return False
