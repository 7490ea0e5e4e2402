"""The command that says what stands against closing a year, and asks to close it."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from funding.closing.lights import in_words, lights_of
from funding.closing.services import request_closing
from funding.errors import FundingError
from funding.models import FiscalYear
from members.common.counting import counted
from members.models import User


class Command(BaseCommand):
    help = (
        "Zeigt die Ampeln eines Haushaltsjahres und beantragt seinen Abschluss; eine zweite Person bestätigt ihn auf der "
        "Seite des Jahresabschlusses. Endet mit Fehler, wenn etwas entgegensteht."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("year", type=int, help="das Haushaltsjahr, zum Beispiel 2025")
        parser.add_argument("--dry-run", action="store_true", help="nur zeigen, nichts beantragen")
        parser.add_argument(
            "--by", metavar="E-MAIL", help="wer aus der Wirtschaftsförderung den Abschluss beantragt"
        )
        parser.add_argument("--reason", default="", help="worauf sich der Abschluss stützt")

    def handle(
        self, *args: Any, year: int, dry_run: bool, by: str | None, reason: str, **options: Any
    ) -> None:
        fiscal_year = FiscalYear.objects.select_related("model").filter(year=year).first()
        if fiscal_year is None:
            raise CommandError(f"Das Haushaltsjahr {year} gibt es nicht.")
        if fiscal_year.is_closed:
            self.stdout.write(f"Das Haushaltsjahr {year} ist abgeschlossen.")
            if not dry_run:
                raise CommandError("Beantragt wurde nichts.")
            return
        today = timezone.localdate()
        [found] = lights_of([fiscal_year], today)
        for line in in_words(found):
            self.stdout.write(line)
        if found.against:
            raise CommandError(
                f"Dem Abschluss {year} steht etwas entgegen: {counted(len(found.against), 'Grund', 'Gründe')}."
            )
        if year >= today.year:
            still = f"Bisher steht dem Abschluss {year} nichts entgegen. Das Jahr läuft noch bis zum 31.12.{year}."
            self.stdout.write(still)
        else:
            self.stdout.write(self.style.SUCCESS(f"Dem Abschluss {year} steht nichts entgegen."))
        if not dry_run:
            self._request(fiscal_year, by, reason)

    def _request(self, year: FiscalYear, by: str | None, reason: str) -> None:
        actor = User.objects.filter(email__iexact=by or "").first()
        if actor is None:
            raise CommandError(
                "Beantragt wurde nichts: Bitte mit --by die E-Mail-Adresse von jemandem aus der Wirtschaftsförderung nennen, "
                "und mit --reason, worauf sich der Abschluss stützt."
            )
        try:
            request_closing(year, actor=actor, reason=reason)
        except FundingError as error:
            raise CommandError(f"Beantragt wurde nichts: {error}") from error
        self.stdout.write(
            f"{actor} beantragt den Abschluss {year}. Eine andere Person der Wirtschaftsförderung bestätigt ihn auf der Seite "
            f"„Jahresabschluss {year}“."
        )
