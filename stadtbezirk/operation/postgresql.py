"""Copy a PostgreSQL database while the site runs, and replace one that nobody uses by a copy."""

import os
import subprocess
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from members.common.disk import SENTENCE
from stadtbezirk.operation.manifest import BackupError, Contents, present_contents

#: Option of Django's setting -> variable that PostgreSQL's programs read.
VARIABLES = {
    "host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "dbname": "PGDATABASE",
    "sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT", "sslcert": "PGSSLCERT", "sslkey": "PGSSLKEY",
    "service": "PGSERVICE", "passfile": "PGPASSFILE",
}  # fmt: skip


def dump(target: Path) -> Contents:
    """Write one snapshot of the database into the file, while others may write. Return what it holds."""
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")
        [snapshot] = cursor.fetchone()
        found = present_contents()
        os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        run("pg_dump", "-Fc", "--no-owner", "--no-privileges", f"--snapshot={snapshot}", f"--file={target}")
    return found


def require_unused() -> None:
    """Raise BackupError where anybody else is connected to the database."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
            "AND coalesce(backend_type, 'client backend') = 'client backend'"
        )
        [others] = cursor.fetchone()
    if others:
        raise BackupError(
            f"An der Datenbank sind noch andere angemeldet ({others}): Die Website oder ein anderer Befehl läuft noch. "
            "Bitte zuerst alles anhalten (den Dienst, die Aufgaben von cron). Geändert wurde nichts."
        )


def replace(copy: Path, script: Path) -> None:
    """Replace the whole database by ``copy`` in one transaction: it is the old or the new one.

    The statements are first written to the file ``script``, so that none is executed unless all are there.
    """
    os.close(os.open(script, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    run("pg_restore", "--no-owner", "--no-privileges", f"--file={script}", str(copy))
    connection.close()
    run(
        "psql", "--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1",
        "--output=/dev/null", "--command=SET LOCAL lock_timeout = '30s'", "--command=DROP SCHEMA public CASCADE", "--command=CREATE SCHEMA public",
        f"--file={script}",
    )  # fmt: skip


def run(program: str, *arguments: str) -> None:
    """Run one of PostgreSQL's programs on the site's database. Raises BackupError.

    The password is passed in the environment, so no list of processes shows it.
    """
    path = Path(settings.POSTGRES_BIN, program) if settings.POSTGRES_BIN else Path(program)
    try:
        done = subprocess.run(  # noqa: S603 - our own arguments
            [str(path), *arguments],
            env={**os.environ, **environment()},
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError as error:
        raise BackupError(
            f"Das Programm {path} lässt sich nicht starten ({error.strerror}). Bitte die Programme von PostgreSQL "
            "installieren (Debian: postgresql-client) oder ihren Ordner in POSTGRES_BIN nennen."
        ) from error
    if done.returncode == 0:
        return
    said = " ".join(done.stderr.split())
    if "No space left on device" in said:
        raise BackupError(SENTENCE)
    if "server version mismatch" in said:
        raise BackupError(
            f"{path} ist älter als der Datenbankserver ({said}). Bitte die Programme in der Version des Servers "
            "installieren und ihren Ordner in POSTGRES_BIN nennen."
        )
    raise BackupError(f"{program} ist gescheitert: {said[-600:]}")


def environment() -> dict[str, str]:
    """Return the variables by which PostgreSQL's programs find the site's database."""
    given: dict[str, Any] = connection.settings_dict
    values = {
        "host": given["HOST"], "port": given["PORT"], "user": given["USER"], "password": given["PASSWORD"],
        "dbname": given["NAME"], **given.get("OPTIONS", {}),
    }  # fmt: skip
    return {VARIABLES[name]: str(value) for name, value in values.items() if name in VARIABLES and value}
