"""Restore a backup: check it first, keep the old state aside, and compare afterwards."""

import os
import shutil
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from django.conf import settings
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import connection, connections
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone

from members.common.counting import counted
from members.common.migrated import unapplied
from members.models import OutboxMail
from stadtbezirk.operation import backup, manifest, postgresql, sqlite
from stadtbezirk.operation.manifest import BackupError, Contents, Manifest

Say = Callable[[str], None]


def check(folder: Path) -> Manifest:
    """Return the manifest of a backup that can be restored. Raises BackupError.

    It must be complete, unchanged, of this kind of database and not newer than the software.
    """
    found = manifest.read(folder)
    if found.vendor != connection.vendor:
        raise BackupError(
            f"Die Sicherung ist von {found.vendor}, eingestellt ist {connection.vendor}. Bitte DATABASE_URL prüfen."
        )
    for name, expected in found.files.items():
        file = folder / name
        if not file.is_file():
            raise BackupError(f"Die Sicherung ist unvollständig: {file} fehlt. Geändert wurde nichts.")
        if manifest.digest(file) != expected:
            raise BackupError(
                f"Die Sicherung ist beschädigt: {file} ist nicht mehr, was gesichert wurde. Geändert wurde nichts."
            )
    ours = {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations}
    unknown = set(found.migrations) - ours
    if unknown:
        raise BackupError(
            f"Die Sicherung ist von einer neueren Version der Software ({', '.join(sorted(unknown)[:3])}). Bitte diese "
            "zuerst installieren. Geändert wurde nichts."
        )
    return found


def present() -> Contents:
    """Return what the database holds now. One that cannot be read counts as not empty."""
    if connection.vendor == "sqlite":
        file = sqlite.database_file()
        try:
            return sqlite.look_into(file) if file.exists() and file.stat().st_size else Contents()
        except BackupError:
            return Contents(tables={"?": 1})
    return manifest.present_contents()


def restore(folder: Path, found: Manifest, say: Say) -> None:
    """Replace the present state by the backup. ``say`` gets a German sentence on where the old database lies.

    Uploads come first, and none is deleted. So whichever database is in place has its files.
    Raises BackupError.
    """
    copy_uploads(folder, found)
    if connection.vendor == "sqlite":
        restore_sqlite(folder, found, say)
    else:
        restore_postgresql(folder, found)
    quiet()


def restore_sqlite(folder: Path, found: Manifest, say: Say) -> None:
    """Replace the SQLite database by the backup's. The old one stays beside it."""
    file = sqlite.database_file()
    copy = file.with_name(f"{file.name}.wird-zurueckgeholt")
    connections.close_all()
    try:
        copy.unlink(missing_ok=True)
        os.close(os.open(copy, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        shutil.copyfile(folder / manifest.DATABASE["sqlite"], copy)
        compare(found, sqlite.look_into(copy))
        sqlite.sync(copy)
        aside = sqlite.replace(file, copy, timezone.localtime())
    finally:
        copy.unlink(missing_ok=True)
    if aside.stat().st_size:
        say(f"Die bisherige Datenbank liegt unter {aside}.")
    else:
        aside.unlink()


def restore_postgresql(folder: Path, found: Manifest) -> None:
    """Replace the PostgreSQL database by the backup's."""
    script = folder / f".wird-zurueckgeholt-{os.getpid()}.sql"
    try:
        postgresql.replace(folder / manifest.DATABASE["postgresql"], script)
    finally:
        script.unlink(missing_ok=True)
    compare(found, manifest.present_contents())


def compare(found: Manifest, contents: Contents) -> None:
    """Raise BackupError where the database holds other numbers of rows than the backup."""
    expected, there = found.tables, contents.tables
    different = [
        f"Tabelle {name}: {there.get(name, 'fehlt')} statt {expected.get(name, 'nicht vorhanden')}"
        for name in sorted(expected.keys() | there.keys())
        if expected.get(name) != there.get(name)
    ]
    if different:
        raise BackupError(f"Nicht wie gesichert: {'; '.join(different[:5])}.")


def copy_uploads(folder: Path, found: Manifest) -> None:
    """Copy each file of the backup that is missing or different. It gets its name when it is complete."""
    target = backup.upload_dir()
    for name, expected in found.files.items():
        if not name.startswith(f"{manifest.UPLOADS}/"):
            continue
        file = target / name.removeprefix(f"{manifest.UPLOADS}/")
        if file.is_file() and manifest.digest(file) == expected:
            continue
        file.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
        half = file.with_name(f"{file.name}.halb")
        try:
            shutil.copyfile(folder / name, half)
            half.chmod(0o640)
            half.replace(file)
        finally:
            half.unlink(missing_ok=True)


def quiet() -> None:
    """Sign everybody out, and mark the mails that waited as broken off.

    Whoever was locked out after the backup must not come back with an old session. Mails that waited at the
    time of the backup may have gone out since; a person looks at them (``members.post.outbox``).
    Does nothing where migrations are missing.
    """
    if unapplied():
        return
    store = import_module(settings.SESSION_ENGINE).SessionStore
    store.get_model_class().objects.all().delete()
    waiting = (OutboxMail.State.WAITING, OutboxMail.State.GATHERED)
    OutboxMail.objects.filter(state__in=waiting).update(state=OutboxMail.State.SENDING, claimed_at=None)


def verify(found: Manifest, say: Say) -> None:
    """Verify the ledger, and that the file of every paper is there.

    Raises BackupError, and what ``verify_ledger`` raises.
    """
    call_command("verify_ledger")
    named = manifest.present_contents().papers - set(found.missing)
    missing = sorted(name for name in named if not default_storage.exists(name))
    if missing:
        raise BackupError(
            f"{counted(len(missing), 'Datei fehlt', 'Dateien fehlen')} zu Unterlagen: {', '.join(missing[:3])}{' …' if len(missing) > 3 else ''}"
        )
    if found.missing:
        say(f"{counted(len(found.missing), 'Datei fehlte', 'Dateien fehlten')} schon, als gesichert wurde.")
