from typing import Any

from django.core.management.base import BaseCommand

from members import events


class Command(BaseCommand):
    help = "Löscht falsche Passwörter, die länger als 90 Tage zurückliegen, aus den Ereignissen der Konten (täglich per Cron)."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{events.sweep()} falsche Passwörter gelöscht.")
