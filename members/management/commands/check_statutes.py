"""The command that checks the association against its statutes."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from members import statutes
from members.common.counting import counted
from members.common.days import parse

HEADINGS = {
    statutes.Level.BREACH: "Verstöße",
    statutes.Level.VACANCY: "Freie Plätze",
    statutes.Level.WARNING: "Hinweise",
}


class Command(BaseCommand):
    help = "Prüft den Verein an seiner Satzung; endet mit Fehler, wenn sie verletzt ist."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--date", metavar="JJJJ-MM-TT", help="Tag der Prüfung (sonst heute)")

    def handle(self, *args: Any, date: str | None, **options: Any) -> None:
        day = parse(date) if date else timezone.localdate()
        if day is None:
            raise CommandError(f"„{date}“ ist kein Tag; erwartet wird zum Beispiel 2026-05-01.")
        report = statutes.check(day)
        self.stdout.write(f"Satzungsprüfung zum {day:%d.%m.%Y}: {report.summary}")
        for level, findings in report.groups:
            self.stdout.write(f"\n{HEADINGS[level]} ({len(findings)})")
            for finding in findings:
                self.stdout.write(f"- {finding.text} → {finding.url}")
        breaches = sum(finding.level == statutes.Level.BREACH for finding in report.findings)
        if breaches:
            raise CommandError(f"{counted(breaches, 'Verstoß', 'Verstöße')} gegen die Satzung.")
        self.stdout.write(self.style.SUCCESS("\nKein Verstoß."))
