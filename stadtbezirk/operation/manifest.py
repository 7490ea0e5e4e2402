"""The manifest of a backup: which database, tables, migrations and files it holds."""

import hashlib
import json
import tomllib
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

from funding.closing.models import DeletionItem
from funding.letters.models import Letter
from funding.payments.models import BankStatement, CallPaper, PaymentBatch
from funding.proofs.models import ProofPhoto, Voucher
from projects.models import Attachment

FORMAT = 1
NAME = "manifest.json"
#: The database's file in the folder, by vendor.
DATABASE = {"sqlite": "database.sqlite3", "postgresql": "database.dump"}
UPLOADS = "uploads"

#: Plain SQL for both databases, not through the models: a backup may be older than the software.
#: Table -> the names of the stored files that its rows name.
FILES = {
    Attachment._meta.db_table: f"SELECT file, preview FROM {Attachment._meta.db_table} WHERE removed_at IS NULL",  # noqa: S608
    # As ``members.common.stored.path_of`` says.
    **{
        model._meta.db_table: f"SELECT substr(sha256, 1, 2) || '/' || sha256 FROM {model._meta.db_table} WHERE sha256 <> ''"  # noqa: S608
        for model in (Letter, CallPaper, PaymentBatch, BankStatement, Voucher, ProofPhoto)
    },
}
#: What follows these statements for the rows whose files were deleted after their retention: they name none any more.
GONE_TABLE = DeletionItem._meta.db_table
GONE = (
    " AND id NOT IN (SELECT i.row_key FROM closing_deletionitem i JOIN closing_deletion d ON d.id = i.deletion_id "
    "WHERE i.source = '{}' AND d.state = 'confirmed')"
)
MIGRATIONS = "SELECT app, name FROM django_migrations"


class BackupError(Exception):
    """A backup could not be made or restored. The message tells in German what is wrong, and what helps."""


@dataclass
class Contents:
    """What a database holds at one moment: rows per table, migrations, and the files that its rows name."""

    tables: dict[str, int] = field(default_factory=dict)
    migrations: list[str] = field(default_factory=list)
    papers: set[str] = field(default_factory=set)


@dataclass
class Manifest:
    """What a backup holds. ``made_at`` is a local time in ISO format."""

    vendor: str
    made_at: str
    version: str
    tables: dict[str, int]
    migrations: list[str]
    #: SHA-256 of each file, by its path in the folder.
    files: dict[str, str]
    #: Files that rows name and that were missing when the backup was made.
    missing: list[str]
    format: int = FORMAT

    def write(self, folder: Path) -> None:
        """Write the manifest into the folder."""
        (folder / NAME).write_text(json.dumps(asdict(self), indent=1, ensure_ascii=False, sort_keys=True))


def read(folder: Path) -> Manifest:
    """Return the manifest in the folder. Raises BackupError where it holds no complete backup."""
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
    """Return what a database holds. ``execute`` runs one statement and returns its rows."""
    counts = {name: execute(f'SELECT count(*) FROM "{name}"')[0][0] for name in sorted(tables)}  # noqa: S608
    gone = GONE if GONE_TABLE in counts else ""
    named = (execute(sql + gone.format(table)) for table, sql in FILES.items() if table in counts)
    files = (name for rows in named for row in rows for name in row)
    return Contents(
        tables=counts,
        migrations=sorted(f"{app}.{name}" for app, name in execute(MIGRATIONS))
        if "django_migrations" in counts
        else [],
        papers={name for name in files if name},
    )


def present_contents() -> Contents:
    """Return what the site's own database holds."""

    def execute(sql: str) -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall()

    return contents(execute, connection.introspection.table_names())


def digest(file: Path) -> str:
    """Return the file's SHA-256."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def version() -> str:
    """Return the version of the software."""
    project = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text())
    return str(project["project"]["version"])
