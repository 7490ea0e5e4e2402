"""Make a backup: one folder with the database, the uploads and a manifest, complete or not there at all."""

import os
import re
import shutil
from pathlib import Path

from django.core.files.storage import default_storage
from django.db import connection
from django.utils import timezone

from stadtbezirk.operation import manifest, postgresql, sqlite
from stadtbezirk.operation.manifest import BackupError, Manifest

#: A backup is named by its local time. Further ones of the same second get a number.
FOLDER = re.compile(r"\d{4}-\d\d-\d\d-\d{6}(-\d+)?")
UNFINISHED = ".unvollstaendig-"


def upload_dir() -> Path:
    """Return the folder of the uploads."""
    return Path(default_storage.path(""))


def make(to: Path) -> tuple[Path, Manifest]:
    """Make a backup in the folder ``to``. Return its own folder and its manifest.

    The database is copied before the uploads, so that the copy has the file of every paper that it names.
    Raises BackupError and OSError. Then nothing of the backup is left.
    """
    vendor = connection.vendor
    now = timezone.localtime()
    try:
        to.mkdir(mode=0o700, parents=True, exist_ok=True)
        work = to / f"{UNFINISHED}{now:%Y-%m-%d-%H%M%S}-{os.getpid()}"
        work.mkdir(mode=0o700)
    except OSError as error:
        raise BackupError(
            f"Der Ordner {to} lässt sich nicht anlegen oder beschreiben ({error.strerror}). Bitte mit --to oder "
            "BACKUP_DIR einen anderen nennen."
        ) from error
    try:
        database = work / manifest.DATABASE[vendor]
        if vendor == "sqlite":
            found = sqlite.dump(sqlite.database_file(), database)
        else:
            found = postgresql.dump(database)
        if not found.migrations:
            raise BackupError("Die Datenbank ist leer: Da gibt es nichts zu sichern.")
        uploads = copy_uploads(work / manifest.UPLOADS)
        made = Manifest(
            vendor=vendor,
            made_at=now.isoformat(timespec="seconds"),
            version=manifest.version(),
            tables=found.tables,
            migrations=found.migrations,
            files={database.name: manifest.digest(database), **uploads},
            missing=sorted(name for name in found.papers if f"{manifest.UPLOADS}/{name}" not in uploads),
        )
        made.write(work)
        for file in work.rglob("*"):
            if file.is_file():
                file.chmod(0o600)
        sqlite.sync(work / manifest.NAME)
        return named(work, to, f"{now:%Y-%m-%d-%H%M%S}"), made
    except BaseException:
        shutil.rmtree(work, ignore_errors=True)
        raise


def copy_uploads(target: Path) -> dict[str, str]:
    """Copy every stored file. Return the SHA-256 of each copy by its path in the backup."""
    source = upload_dir()
    copied = {}
    target.mkdir(mode=0o700)
    for file in sorted(source.glob("??/*")):
        name = file.relative_to(source)
        copy = target / name
        copy.parent.mkdir(mode=0o700, exist_ok=True)
        try:
            shutil.copyfile(file, copy)
        except FileNotFoundError:
            continue  # It was removed at this moment.
        copied[f"{manifest.UPLOADS}/{name}"] = manifest.digest(copy)
    return copied


def named(work: Path, to: Path, name: str) -> Path:
    """Return the folder under its final name, numbered where another backup has the same second."""
    for number in range(1, 100):
        folder = to / (name if number == 1 else f"{name}-{number}")
        if not folder.exists():
            return work.rename(folder)
    raise BackupError(f"In {to} liegen schon hundert Sicherungen dieser Sekunde.")


def beyond(to: Path, keep: int) -> list[Path]:
    """Return the complete backups but the newest ``keep``, oldest first."""
    complete = sorted(f for f in to.iterdir() if FOLDER.fullmatch(f.name) and (f / manifest.NAME).exists())
    return complete[:-keep]


def forget(to: Path, old: list[Path]) -> None:
    """Delete these backups, and unfinished ones that are a day old."""
    day_ago = timezone.now().timestamp() - 86400
    for folder in [*old, *(f for f in to.glob(f"{UNFINISHED}*") if f.stat().st_mtime < day_ago)]:
        shutil.rmtree(folder)
