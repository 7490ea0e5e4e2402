"""Recognise that the server cannot do its work for now, and which German sentence says so.

Then nothing is wrong with the request or with the program: the same request will be answered later.
"""

import socket
import sqlite3

from django.db import InterfaceError, OperationalError

from members.common import disk

SENTENCE = (
    "Die Datenbank ist gerade überlastet oder nicht zu erreichen; gespeichert wurde nichts. Bitte versuchen Sie es in "
    "einer Minute noch einmal. Bleibt es dabei, dann sagen Sie der Geschäftsstelle des Vereins bitte Bescheid."
)
#: Seconds after which it is worth another try.
RETRY_AFTER = 60
#: PostgreSQL: the database only reads (a standby), and the transaction was idle for too long. For the driver
#: these are internal errors.
FURTHER = {"25006", "25P03"}
#: A cache on another machine does not answer. Its library wraps these in errors of its own.
NO_ANSWER = (ConnectionError, TimeoutError, socket.gaierror)


def sentence(error: BaseException | None) -> str:
    """Return what the visitor reads, or nothing for an error that another try will not mend."""
    if disk.is_full(error):
        return disk.SENTENCE
    return SENTENCE if any(map(_is_outage, disk.with_causes(error))) else ""


def _is_outage(error: BaseException) -> bool:
    """Return whether the database is locked, too slow, read-only, full of connections or away, or the cache is."""
    if isinstance(error, NO_ANSWER) or getattr(error, "sqlstate", None) in FURTHER:
        return True
    # SQLite calls a wrong statement "operational", too.
    wrong = getattr(error.__cause__, "sqlite_errorcode", None) == sqlite3.SQLITE_ERROR
    return isinstance(error, OperationalError | InterfaceError) and not wrong
