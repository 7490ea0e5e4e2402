"""The command that backs up the database and the uploads."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from members.common.counting import counted
from members.common.disk import is_full
from stadtbezirk.operation.backup import beyond, forget, make
from stadtbezirk.operation.manifest import BackupError

#: A night's backup makes one older one superfluous. More at once may be a mistyped number.
MOST_AT_ONCE = 3


class Command(BaseCommand):
    help = (
        "Sichert Datenbank und Unterlagen in einen neuen Ordner; die Website läuft dabei weiter. Die Sicherung enthält "
        "personenbezogene Daten und ist unverschlüsselt."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--to", metavar="ORDNER", help="wohin (sonst BACKUP_DIR)")
        parser.add_argument(
            "--keep", metavar="ANZAHL", help="nur so viele Sicherungen behalten, die neuesten"
        )
        parser.add_argument(
            "--yes", action="store_true", help=f"mit --keep auch mehr als {MOST_AT_ONCE} auf einmal löschen"
        )

    def handle(self, *args: Any, to: str | None, keep: str | None, yes: bool, **options: Any) -> None:
        if keep is not None and not (keep.isdecimal() and int(keep)):
            raise CommandError(f"--keep ist „{keep}“; erwartet wird eine Zahl ab 1.")
        folder = Path(to).absolute() if to else settings.BACKUP_DIR
        try:
            made_in, made = make(folder)
        except BackupError as error:
            raise CommandError(f"Nicht gesichert. {error}") from error
        except OSError as error:
            why = "Der Datenträger ist voll" if is_full(error) else str(error)
            raise CommandError(f"Nicht gesichert. {why}; zurückgelassen wurde nichts.") from error
        rows, files = sum(made.tables.values()), len(made.files) - 1
        self.stdout.write(
            self.style.SUCCESS(
                f"Gesichert: {counted(rows, 'Zeile', 'Zeilen')}, {counted(files, 'Datei', 'Dateien')} in {made_in}"
            )
        )
        if keep:
            old = beyond(folder, int(keep))
            if len(old) > MOST_AT_ONCE and not yes:
                raise CommandError(
                    f"Mit --keep {keep} würden {len(old)} ältere Sicherungen auf einmal gelöscht. Gelöscht wurde keine. Soll "
                    "es so sein, bitte mit --yes wiederholen."
                )
            forget(folder, old)
            for each in old:
                self.stdout.write(f"Gelöscht: {each}")
        if made.missing:
            raise CommandError(
                f"{counted(len(made.missing), 'Unterlage hat', 'Unterlagen haben')} einen Eintrag, aber keine Datei: "
                f"{', '.join(made.missing[:3])}. Alles andere ist gesichert. Wurde gerade eine Unterlage entfernt, "
                "bitte noch einmal sichern; sonst nennt sweep_uploads, was fehlt."
            )
