"""The command that says what stands against closing a year."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from funding.closing.lights import in_words, lights_of
from funding.models import FiscalYear
from members.common.counting import counted


class Command(BaseCommand):
    help = "Zeigt mit --dry-run die Ampeln eines Haushaltsjahres; endet mit Fehler, wenn dem Abschluss etwas entgegensteht."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("year", type=int, help="das Haushaltsjahr, zum Beispiel 2025")
        parser.add_argument("--dry-run", action="store_true", help="nur zeigen, nichts abschließen")

    def handle(self, *args: Any, year: int, dry_run: bool, **options: Any) -> None:
        if not dry_run:
            raise CommandError(
                "Ein Haushaltsjahr schließen zwei Personen mit Namen ab, auf der Seite des Jahresabschlusses. Mit --dry-run "
                "zeigt dieser Befehl, was dem entgegensteht."
            )
        fiscal_year = FiscalYear.objects.filter(year=year).first()
        if fiscal_year is None:
            raise CommandError(f"Das Haushaltsjahr {year} gibt es nicht.")
        [found] = lights_of([fiscal_year], timezone.localdate())
        for line in in_words(found):
            self.stdout.write(line)
        if found.against:
            raise CommandError(
                f"Dem Abschluss {year} steht etwas entgegen: {counted(len(found.against), 'Grund', 'Gründe')}."
            )
        self.stdout.write(self.style.SUCCESS(f"Dem Abschluss {year} steht nichts entgegen."))
