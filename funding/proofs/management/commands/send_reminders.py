"""The command that reminds districts of proofs and claims that are due soon, or overdue."""

from typing import Any

from django.core.management.base import BaseCommand

from funding.proofs import notices, services
from members.common.counting import counted


class Command(BaseCommand):
    help = (
        "Erinnert die Stadtbezirke an Verwendungsnachweise und Rückforderungen, die bald fällig oder überfällig sind; an jede einmal "
        "davor und einmal danach. Teil von run_jobs."
    )

    def handle(self, *args: Any, verbosity: int, **options: Any) -> None:
        services.close_done()
        reminded = notices.remind()
        claims = notices.remind_of_claims()
        if reminded or claims or verbosity:
            self.stdout.write(
                f"Erinnert: {counted(reminded, 'Nachweis', 'Nachweise')}, {counted(claims, 'Rückforderung', 'Rückforderungen')}"
            )
