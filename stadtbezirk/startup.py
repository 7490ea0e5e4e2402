"""Say in one German sentence why ``manage.py`` or the web server cannot go on."""

import sqlite3
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError

from members.common.disk import is_full

DISK_FULL = (
    "Der Datenträger ist voll. Geschrieben wurde nichts; bitte Platz schaffen und den Befehl wiederholen."
)
MISSING_TABLES = (
    "In der Datenbank fehlen Tabellen: Sie ist leer oder älter als die Software. Bitte zuerst einrichten mit: "
    "manage.py migrate"
)
#: PostgreSQL's error codes for a missing table and a missing column.
UNDEFINED = {"42P01", "42703"}


def sentence(error: BaseException) -> str | None:
    """Return the German sentence for this error. None for an unforeseen error, whose traceback is needed."""
    if isinstance(error, ImproperlyConfigured):
        return str(error)
    if is_full(error):
        return DISK_FULL
    if not isinstance(error, DatabaseError):
        return None
    cause, text = error.__cause__, str(error)
    first_line = text.strip().partition("\n")[0]
    code = getattr(cause, "sqlstate", None)
    if code in UNDEFINED or text.startswith(("no such table", "no such column")):
        return MISSING_TABLES
    if getattr(cause, "sqlite_errorcode", None) in {sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT}:
        return (
            f"Die Datei der Datenbank ist beschädigt oder keine SQLite-Datei ({first_line}). Bitte die letzte Sicherung "
            "zurückholen: manage.py restore"
        )
    if "database is locked" in text:
        return "Ein anderer Vorgang hält die Datenbank fest. Bitte in einer Minute noch einmal versuchen."
    if type(error).__name__ == "OperationalError" and code is None:
        return f"Die Datenbank ist nicht zu erreichen: {first_line}. Bitte DATABASE_URL und den Datenbankserver prüfen."
    return None


def require_static_files(folder: Path) -> None:
    """Raise ImproperlyConfigured without the list of static files: no page works in production then."""
    if not (folder / "staticfiles.json").exists():
        raise ImproperlyConfigured(
            f"Im Ordner {folder} fehlen Stile, Skripte und Bilder der Seiten. Bitte zuerst: "
            "manage.py collectstatic --noinput"
        )


def limit_waiting() -> None:
    """Let no page wait for the database for ever. For the web server alone: a command may take its time.

    PostgreSQL gets the limits with each new connection, so that they cost no question.
    """
    options = settings.DATABASES["default"].setdefault("OPTIONS", {})
    lock, statement = settings.WEB_LOCK_TIMEOUT, settings.WEB_STATEMENT_TIMEOUT
    if settings.DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
        options["timeout"] = lock or options["timeout"]
        return
    limits = {
        "lock_timeout": lock,
        "statement_timeout": statement,
        # A process that stands still in a transaction holds its locks.
        "idle_in_transaction_session_timeout": statement,
    }
    given = [f"-c {name}={value}s" for name, value in limits.items() if value]
    if given:
        options["options"] = " ".join([options.get("options", ""), *given]).strip()
        options.setdefault("connect_timeout", lock or statement)
