"""The command that writes a year's audit package."""

import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from funding.models import FiscalYear
from stadtbezirk.audit.package import Package


class Command(BaseCommand):
    help = "Schreibt das Prüfpaket eines Haushaltsjahres als ZIP-Datei, lesbar nur für das eigene Konto."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("year", type=int, metavar="JAHR")
        parser.add_argument("--output", metavar="DATEI", help="wohin (sonst pruefpaket-JAHR.zip hier)")

    def handle(self, *args: Any, year: int, output: str | None, **options: Any) -> None:
        found = FiscalYear.objects.filter(year=year).exclude(state=FiscalYear.State.PLANNED).first()
        if found is None:
            raise CommandError(f"Das Haushaltsjahr {year} gibt es nicht oder es ist noch nicht geöffnet.")
        path = Path(output or f"pruefpaket-{year}.zip")
        part = path.with_name(f"{path.name}.teil")
        try:
            package = Package(found)
            try:
                with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                    for chunk in package:
                        file.write(chunk)
                part.replace(path)
            finally:
                package.close()
                part.unlink(missing_ok=True)
        except OSError as error:
            raise CommandError(f"{path} lässt sich nicht schreiben: {error.strerror}.") from error
        self.stdout.write(f"{path} ist geschrieben. LIESMICH.txt darin sagt, wie man es prüft.")
