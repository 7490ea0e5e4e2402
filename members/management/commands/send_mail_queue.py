from typing import Any

from django.core.management.base import BaseCommand

from members.mail import send_queue


class Command(BaseCommand):
    help = "Versendet fällige Nachrichten aus dem Postausgang (alle paar Minuten per Cron aufrufen)."

    def handle(self, *args: Any, **options: Any) -> None:
        sent, failed = send_queue()
        self.stdout.write(f"{sent} gesendet, {failed} zurückgestellt")
