"""The command that sends what waits in the outbox."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse
from django.utils import timezone

from members.post import outbox as mail


class Command(BaseCommand):
    help = (
        "Versendet fällige Nachrichten aus dem Postausgang und einmal am Tag die gesammelten (alle paar Minuten "
        "per Cron aufrufen). Löscht alte Texte. Endet mit Fehler, wenn der Mailserver nicht antwortet oder nichts "
        "annimmt, oder ein Versand abbrach."
    )

    def handle(self, *args: Any, verbosity: int, **options: Any) -> None:
        down = ""
        mail.forget_texts()
        try:
            sent, failed = mail.send_queue()
        except mail.NoServer as error:
            raise CommandError(
                "Es ist kein Mailserver eingestellt: Verschickt wurde nichts, alle Nachrichten bleiben im Postausgang. "
                "Bitte EMAIL_URL setzen, zum Beispiel smtp+tls://benutzer:passwort@rechner:587 (siehe README)."
            ) from error
        except mail.ServerRefuses as error:
            sent, failed = error.sent, error.failed
            down = (
                f"Der Mailserver nimmt keine Nachricht an ({error}): Alle bleiben im Postausgang; bitte Zugang und Absender "
                "prüfen (EMAIL_URL, DEFAULT_FROM_EMAIL)."
            )
        except mail.ServerDown as error:
            sent, failed = error.sent, error.failed
            down = f"Der Mailserver antwortet nicht ({error}). Was wartet, versucht der nächste Aufruf."
        if sent or failed or verbosity:
            self.stdout.write(f"{sent} gesendet, {failed} nicht")
        broken_off = list(mail.to_report())
        for row in broken_off:
            since = (
                f"{timezone.localtime(row.claimed_at):%d.%m.%Y, %H:%M} Uhr" if row.claimed_at else "langem"
            )
            self.stdout.write(
                f"Beim Versand abgebrochen, seit {since}: Nr. {row.pk} „{row.occasion}“ → "
                f"{settings.SITE_URL}{reverse('admin:members_outboxmail_change', args=[row.pk])}"
            )
        troubles = [down] if down else []
        if broken_off:
            troubles.append(
                "Bitte nachsehen, ob diese Nachrichten angekommen sind, und sie in der Verwaltung erneut senden "
                "oder abhaken."
            )
        if troubles:
            raise CommandError(" ".join(troubles))
