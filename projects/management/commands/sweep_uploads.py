"""The command that deletes files without a row and lists papers without a file."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from members.common.counting import counted
from projects.attachments import sweep


class Command(BaseCommand):
    help = (
        "Löscht abgelegte Dateien, zu denen kein Eintrag gehört (abgebrochene Uploads, gelöschte Entwürfe), und nennt "
        "Unterlagen, deren Datei fehlt. Endet dann mit einem Fehler."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        found = sweep()
        self.stdout.write(f"{counted(len(found.deleted), 'Datei', 'Dateien')} ohne Eintrag gelöscht.")
        for paper in found.missing:
            self.stderr.write(f"Die Datei fehlt: {paper.name} ({paper.project}, Unterlage {paper.pk})")
        if found.missing:
            raise CommandError(
                f"{counted(len(found.missing), 'Unterlage', 'Unterlagen')} ohne Datei. Bitte aus der Sicherung zurückholen."
            )
