"""The command that restores a backup."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, connections

from members.common.counting import counted
from members.common.disk import is_full
from members.common.migrated import unapplied
from stadtbezirk.operation import backup, manifest, postgresql, sqlite
from stadtbezirk.operation import restore as service
from stadtbezirk.operation.manifest import BackupError


class Command(BaseCommand):
    help = (
        "Holt eine Sicherung zurück, prüft sie vorher und vergleicht nachher. Die Website muss angehalten sein. Der "
        "bisherige Stand wird vorher gesichert."
    )
    # No checks before: the database may be empty, or too broken for them.
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("backup", metavar="SICHERUNG", help="Ordner, den der Befehl backup angelegt hat")
        parser.add_argument("--yes", action="store_true", help="vorhandene Daten ersetzen")
        parser.add_argument(
            "--without-copy", action="store_true", help="den bisherigen Stand nicht vorher sichern"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        folder = Path(options["backup"]).absolute()
        try:
            found = service.check(folder)
            self.require_unused()
            if service.present().tables:
                self.keep_present_state(options)
            service.restore(folder, found, self.stdout.write)
            self.finish(found)
        except BackupError as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            why = "Der Datenträger ist voll" if is_full(error) else str(error)
            raise CommandError(f"{why}. Die bisherige Datenbank ist noch an ihrem Platz.") from error

    def require_unused(self) -> None:
        """Raise BackupError where another process uses the database."""
        if connection.vendor == "sqlite":
            file = sqlite.database_file()
            connections.close_all()
            if file.exists():
                with sqlite.held_alone(file):
                    pass
        else:
            postgresql.require_unused()

    def keep_present_state(self, options: dict[str, Any]) -> None:
        """Back up the present state. Raises CommandError unless ``--yes`` allows to replace it."""
        if not options["yes"]:
            raise CommandError(
                "Die Datenbank enthält schon Daten. Sollen sie ersetzt werden, bitte mit --yes wiederholen. Geändert "
                "wurde nichts."
            )
        if options["without_copy"]:
            return
        try:
            folder, _ = backup.make(settings.BACKUP_DIR / "vor-dem-zurueckholen")
        except BackupError as error:
            raise CommandError(
                f"Der bisherige Stand lässt sich nicht sichern. {error} Geändert wurde nichts. Soll er trotzdem ersetzt "
                "werden, bitte mit --without-copy wiederholen."
            ) from error
        self.stdout.write(f"Der bisherige Stand ist gesichert in {folder}.")

    def finish(self, found: manifest.Manifest) -> None:
        """Say what was restored, and verify it. Raises CommandError where ``migrate`` must come first."""
        rows = sum(found.tables.values())
        self.stdout.write(
            f"Zurückgeholt: {counted(rows, 'Zeile', 'Zeilen')}, wie gesichert am {found.made_at}."
        )
        if unapplied():
            raise CommandError(
                "Die Sicherung ist älter als die Software. Bitte jetzt: manage.py migrate, manage.py verify_ledger und "
                "manage.py sweep_uploads."
            )
        service.verify(found, self.stdout.write)
        self.stdout.write(
            self.style.SUCCESS(
                "In Ordnung. Alle sind abgemeldet; Nachrichten, die damals warteten, stehen als abgebrochen im "
                "Postausgang: Bitte erneut senden oder abhaken."
            )
        )
