"""The command that the timer calls: it does what is due."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from stadtbezirk.operation import jobs


class Command(BaseCommand):
    help = (
        "Erledigt, was fällig ist: Nachrichten bei jedem Aufruf, Aufräumen und Nachprüfen einmal am Tag (alle fünf "
        "Minuten per Cron aufrufen). Schweigt, wenn nichts zu tun war. Scheitert eine Aufgabe, laufen die anderen "
        "trotzdem; der Befehl nennt sie und endet mit Fehler."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--list", action="store_true", help="nennt jede Aufgabe und wann sie zuletzt lief"
        )
        parser.add_argument(
            "--only",
            metavar="NAME",
            action="append",
            help="nur diese Aufgabe, auch wenn sie heute schon lief (mehrmals möglich)",
        )

    def handle(self, *args: Any, only: list[str] | None, **options: Any) -> None:
        known = [job.name for job in jobs.JOBS]
        if unknown := [name for name in only or () if name not in known]:
            raise CommandError(f"Diese Aufgabe gibt es nicht: {unknown[0]}. Es gibt: {', '.join(known)}.")
        if options["list"]:
            for line in jobs.listed():
                self.stdout.write(line)
            return
        if troubles := jobs.run_due(self.stdout, only or ()):
            raise CommandError("\n".join(troubles))
