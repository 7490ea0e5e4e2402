import re
import time
from argparse import ArgumentParser, ArgumentTypeError
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.utils import timezone

from funding.errors import YearNotOpen
from funding.models import FundingModel
from funding.services import remember_decisions
from stadtbezirk.demo.load import holds_other_data
from tests.load.generate import generate

#: Characters of the progress bar.
WIDTH = 40


def year_range(text: str) -> range:
    match = re.fullmatch(r"([0-9]{4})-([0-9]{4})", text)
    if not match or int(match[1]) > int(match[2]):
        raise ArgumentTypeError("Bitte zwei Jahre angeben, zum Beispiel 2003-2026.")
    return range(int(match[1]), int(match[2]) + 1)


def positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError("Bitte eine Zahl ab 1 angeben.")
    return int(text)


class Command(BaseCommand):
    help = (
        "Lädt beliebig viele erfundene Projekte mit Plänen, Anträgen, Entscheidungen und Buchungen, um die "
        "Geschwindigkeit zu prüfen. Gleicher Seed ergibt gleiche Daten (im laufenden Jahr: am selben Tag)."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        this_year = timezone.localdate().year
        parser.add_argument("--projects", type=positive, required=True, help="wie viele Projekte")
        parser.add_argument(
            "--years", type=year_range, default=range(2003, this_year + 1), help=f"von-bis (2003-{this_year})"
        )
        parser.add_argument("--seed", type=int, default=1, help="Anfang der Zufallszahlen (1)")
        parser.add_argument("--yes", action="store_true", help="auch neben schon vorhandene Daten laden")
        parser.add_argument(
            "--in-production", action="store_true", help="auch mit APP_ENV=production; Konten ohne Passwort"
        )

    def handle(
        self,
        *args: Any,
        projects: int,
        years: range,
        seed: int,
        yes: bool,
        in_production: bool,
        **options: Any,
    ) -> None:
        if settings.PRODUCTION and not in_production:
            raise CommandError(
                "Das sind erfundene Daten; in der Produktion nur mit --in-production und nur zum Messen."
            )
        if holds_other_data() and not yes:
            raise CommandError(
                "Die Datenbank enthält schon Daten, und Geladenes lässt sich nicht wieder entfernen. Bitte mit "
                "DATABASE_URL eine leere Datenbank nennen, oder mit --yes bestätigen."
            )
        self.check_range(years)
        self.projects, self.started, self.shown = projects, time.monotonic(), -1
        try:
            writer = generate(projects, years=years, seed=seed, report=self.report)
        except YearNotOpen as error:
            raise CommandError(str(error)) from error
        if connection.vendor == "postgresql":
            # Uncounted, the planner reads every decision once per project: 200 s instead of 2 for 25,000.
            with connection.cursor() as cursor:
                cursor.execute("ANALYZE")
        remember_decisions()
        took = time.monotonic() - self.started
        rows = sum(writer.written.values())
        self.stdout.write(
            f"{projects} Projekte, {rows} Zeilen in {took:.1f} s ({rows / took:.0f} je Sekunde)."
        )
        call_command("verify_ledger", stdout=self.stdout)

    def check_range(self, years: range) -> None:
        first = FundingModel.objects.order_by("first_year").values_list("first_year", flat=True).first()
        this_year = timezone.localdate().year
        if first is None or years[0] < first or years[-1] > this_year:
            raise CommandError(f"Bitte Jahre zwischen {first} und {this_year} wählen.")

    def report(self, done: int) -> None:
        """A bar that overwrites itself on a terminal, and a line per tenth elsewhere."""
        terminal = self.stdout.isatty()
        step = done * (100 if terminal else 10) // self.projects
        if step == self.shown:
            return
        self.shown = step
        full = WIDTH * done // self.projects
        line = f"[{'#' * full}{'.' * (WIDTH - full)}] {done} von {self.projects}, {time.monotonic() - self.started:.0f} s"
        self.stdout.write(
            f"\r{line}" if terminal else line, ending="\n" if not terminal or done == self.projects else ""
        )
        self.stdout.flush()
