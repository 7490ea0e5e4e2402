"""The command that finds files without a row, deletes them, and lists rows without their file."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.template.defaultfilters import filesizeformat

from members.common.counting import counted
from projects.attachments import strays, sweep


class Command(BaseCommand):
    help = (
        "Nennt abgelegte Dateien, zu denen kein Eintrag gehört (abgebrochene Uploads, gelöschte Entwürfe), und "
        "Unterlagen und Schreiben, deren Datei fehlt; endet dann mit einem Fehler. Gelöscht wird nur mit --delete, und mehr als ein "
        "Zehntel aller Dateien nur mit --delete --yes."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--delete", action="store_true", help="die Dateien ohne Eintrag löschen")
        parser.add_argument(
            "--yes", action="store_true", help="auch löschen, wenn es mehr als ein Zehntel aller Dateien ist"
        )

    def handle(self, *args: Any, delete: bool, yes: bool, verbosity: int, **options: Any) -> None:
        found = strays()
        count, stored = len(found.names), found.stored
        files = f"{counted(count, 'Datei', 'Dateien')} ohne Eintrag"
        of_all = f"{files} ({filesizeformat(found.size)}) von {stored} abgelegten"
        troubles = []
        if not count:
            if verbosity:
                self.stdout.write("Keine Datei ohne Eintrag.")
        elif delete and found.many and not yes:
            troubles.append(
                f"{of_all}: Das ist mehr als ein Zehntel. Gelöscht wurde nichts. Ist vielleicht eine ältere Sicherung "
                "der Datenbank zurückgeholt worden, oder stimmt UPLOAD_DIR nicht? Sollen sie wirklich weg, bitte mit "
                "--delete --yes wiederholen."
            )
        elif delete:
            sweep(found, also_many=yes)
            self.stdout.write(f"Gelöscht: {of_all}.")
        else:
            for name in found.names:
                self.stdout.write(name)
            self.stdout.write(f"{of_all}. Gelöscht wurde nichts; mit --delete würden sie gelöscht.")
        for what in found.missing:
            self.stderr.write(f"Die Datei fehlt: {what}")
        if missing := len(found.missing):
            troubles.append(
                f"{counted(missing, 'Eintrag', 'Einträge')} ohne Datei. Bitte aus der Sicherung zurückholen."
            )
        if troubles:
            raise CommandError(" ".join(troubles))
