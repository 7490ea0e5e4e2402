from itertools import chain
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from funding.ledger import differences
from funding.models import LedgerEntry, Pot
from members import catalogue, integrity
from projects.money import format_euro


class Command(BaseCommand):
    help = (
        "Fragt SQLite, ob seine Datei heil ist, vergleicht Trigger und Bedingungen der Datenbank mit dem, was da sein muss, und rechnet jeden Zähler aus den "
        "Buchungen nach; endet mit Fehler bei der ersten Abweichung."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        for sentence in chain(integrity.broken(connection), catalogue.differences()):
            raise CommandError(sentence)
        for what, counter, stored, computed in differences():
            raise CommandError(
                f"{what}: {counter} ist {format_euro(stored)}, die Buchungen ergeben {format_euro(computed)}."
            )
        self.stdout.write(
            self.style.SUCCESS(
                f"In Ordnung: {Pot.objects.count()} Töpfe, {LedgerEntry.objects.count()} Buchungen."
            )
        )
