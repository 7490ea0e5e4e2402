"""The command that recomputes every figure and reports where one differs."""

from itertools import islice
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from funding.models import LedgerEntry, Pot
from funding.verify import findings
from members.common.counting import counted

#: How many sentences are shown: one cause often makes many.
SHOWN = 200


class Command(BaseCommand):
    help = (
        "Fragt SQLite, ob seine Datei heil ist, vergleicht Trigger und Bedingungen der Datenbank mit dem, was da sein "
        "muss, prüft jede gespeicherte Zeile daran und rechnet jeden Zähler aus den Buchungen nach; endet mit Fehler, "
        "wenn etwas abweicht."
    )

    def handle(self, *args: Any, verbosity: int, **options: Any) -> None:
        found = list(islice(findings(), SHOWN + 1))
        if found:
            more = ["Es gibt weitere Abweichungen."] if len(found) > SHOWN else []
            raise CommandError("\n".join([*found[:SHOWN], *more]))
        if not verbosity:
            return
        pots = counted(Pot.objects.count(), "Topf", "Töpfe")
        entries = counted(LedgerEntry.objects.count(), "Buchung", "Buchungen")
        self.stdout.write(self.style.SUCCESS(f"In Ordnung: {pots}, {entries}."))
