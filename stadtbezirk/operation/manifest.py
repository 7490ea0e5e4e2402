"""What a backup says about itself: a folder with the database, the uploads and this list of both."""

import hashlib
import json
import tomllib
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

from projects.models import Attachment

FORMAT = 1
NAME = "manifest.json"
#: The database's file in the folder, by vendor.
DATABASE = {"sqlite": "database.sqlite3", "postgresql": "database.dump"}
UPLOADS = "uploads"

#: The same for both databases, and independent of what models know: a backup is older than the software some day.
PAPERS = f"SELECT file, preview FROM {Attachment._meta.db_table} WHERE removed_at IS NULL"  # noqa: S608
MIGRATIONS = "SELECT app, name FROM django_migrations"


class BackupError(Exception):
    """The message is for whoever runs the command: what is wrong and what helps."""


@dataclass
class Contents:
    """What a database holds at one moment."""

    tables: dict[str, int] = field(default_factory=dict)
    migrations: list[str] = field(default_factory=list)
    papers: set[str] = field(default_factory=set)


@dataclass
class Manifest:
    vendor: str
    made_at: str
    version: str
    tables: dict[str, int]
    migrations: list[str]
    #: SHA-256 of each file, by its path in the folder.
    files: dict[str, str]
    #: Files that rows named and that were not there.
    missing: list[str]
    format: int = FORMAT

    def write(self, folder: Path) -> None:
        (folder / NAME).write_text(json.dumps(asdict(self), indent=1, ensure_ascii=False, sort_keys=True))


def read(folder: Path) -> Manifest:
    """Raises BackupError where the folder holds no complete backup."""
    try:
        found: dict[str, Any] = json.loads((folder / NAME).read_text())
        manifest = Manifest(**found)
    except FileNotFoundError:
        raise BackupError(
            f"{folder} ist keine vollständige Sicherung: Die Datei {NAME} fehlt. Sie wird als letzte geschrieben."
        ) from None
    except (OSError, ValueError, TypeError) as error:
        raise BackupError(f"{folder / NAME} ist nicht zu lesen ({error}).") from None
    if manifest.format != FORMAT:
        raise BackupError(
            "Die Sicherung stammt von einer neueren Version der Software. Bitte diese installieren."
        )
    return manifest


def contents(execute: Any, tables: list[str]) -> Contents:
    """Count every table. ``execute`` runs one statement and returns its rows."""
    counts = {name: execute(f'SELECT count(*) FROM "{name}"')[0][0] for name in sorted(tables)}  # noqa: S608
    has_papers = Attachment._meta.db_table in counts
    return Contents(
        tables=counts,
        migrations=sorted(f"{app}.{name}" for app, name in execute(MIGRATIONS))
        if "django_migrations" in counts
        else [],
        papers={name for row in execute(PAPERS) for name in row if name} if has_papers else set(),
    )


def present_contents() -> Contents:
    """Of the site's own database, by Django's connection."""

    def execute(sql: str) -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall()

    return contents(execute, connection.introspection.table_names())


def digest(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def version() -> str:
    project = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text())
    return str(project["project"]["version"])


def differences(expected: dict[str, int], found: dict[str, int]) -> list[str]:
    """Tables whose number of rows is another one, as sentences."""
    return [
        f"Tabelle {name}: {found.get(name, 'fehlt')} statt {expected.get(name, 'nicht vorhanden')}"
        for name in sorted(expected.keys() | found.keys())
        if expected.get(name) != found.get(name)
    ]
