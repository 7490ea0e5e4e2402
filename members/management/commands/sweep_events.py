"""The command that deletes events of accounts and changes of addresses when their time is over."""

from typing import Any

from django.core.management.base import BaseCommand

from members.accounts import address_changes, events
from members.common.counting import counted


class Command(BaseCommand):
    help = (
        "Löscht aus den Ereignissen der Konten falsche Passwörter nach 90 Tagen, und Änderungen von Adressen nach 30 "
        "Tagen (täglich per Cron)."
    )

    def handle(self, *args: Any, verbosity: int, **options: Any) -> None:
        passwords, changes = events.sweep(), address_changes.sweep()
        if passwords or changes or verbosity:
            self.stdout.write(
                f"Gelöscht: {counted(passwords, 'falsches Passwort', 'falsche Passwörter')}, "
                f"{counted(changes, 'Änderung einer Adresse', 'Änderungen von Adressen')}."
            )
