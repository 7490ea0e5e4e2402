"""Recognise a full disk, and say so in one German sentence on pages, in uploads, exports and commands."""

import errno
import sqlite3
from collections.abc import Iterator

SENTENCE = (
    "Auf dem Server ist kein Speicherplatz mehr frei; gespeichert wurde nichts. Bitte sagen Sie der technischen "
    "Betreuung Bescheid und versuchen Sie es danach noch einmal."
)
FULL = {errno.ENOSPC, errno.EDQUOT}
#: PostgreSQL's "disk full".
DISK_FULL = "53100"


def with_causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield the error and those that it came from: libraries wrap errors in their own."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def is_full(error: BaseException | None) -> bool:
    """Return whether the disk is full, also where a library wrapped that error in one of its own."""
    return any(
        (isinstance(each, OSError) and each.errno in FULL)
        or getattr(each, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
        or getattr(each, "sqlstate", None) == DISK_FULL
        for each in with_causes(error)
    )
