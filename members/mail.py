"""The outbox: every mail is a row first, written in the transaction of what it tells about."""

from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection, transaction
from django.utils import timezone

from members.models import OutboxMail

RETRY_AFTER = (timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=4), timedelta(days=1))


class OutboxBackend(BaseEmailBackend):
    """Django's mail backend of this project: one outbox row per recipient, nothing is sent here."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        rows = [
            OutboxMail(
                recipient=recipient,
                subject=" ".join(message.subject.split())[:200],
                body=str(message.body),
                html=next(
                    (a.content for a in getattr(message, "alternatives", []) if a.mimetype == "text/html"), ""
                ),
                sender=message.from_email,
            )
            for message in email_messages
            for recipient in message.recipients()
        ]
        OutboxMail.objects.bulk_create(rows)
        return len(email_messages)


def _claim() -> OutboxMail | None:
    """Take the next due row and mark it, in a transaction of its own."""
    with transaction.atomic():
        due = OutboxMail.objects.filter(state=OutboxMail.State.WAITING, not_before__lte=timezone.now())
        if connection.features.has_select_for_update_skip_locked:
            due = due.select_for_update(skip_locked=True)
        mail = due.first()
        if mail:
            mail.state = OutboxMail.State.SENDING
            mail.attempts += 1
            mail.save(update_fields=["state", "attempts"])
        return mail


def send_queue() -> tuple[int, int]:
    """Send every due mail; return how many went out and how many failed.

    A row is claimed before delivery. If the process dies in between, the row stays "wird gesendet" and is
    not sent again by itself: a second copy of a decision does more harm than a notice that somebody looks up.
    What the mail server or the network refuses is tried again after RETRY_AFTER; a mail that cannot be put
    together at all is given up at once. Neither holds up the mails behind it.
    """
    sent = failed = 0
    backend = settings.MAIL_DELIVERY
    delivery = get_connection(
        backend=backend["EMAIL_BACKEND"],
        host=backend.get("EMAIL_HOST"),
        port=backend.get("EMAIL_PORT"),
        username=backend.get("EMAIL_HOST_USER"),
        password=backend.get("EMAIL_HOST_PASSWORD"),
        use_tls=backend.get("EMAIL_USE_TLS", False),
        use_ssl=backend.get("EMAIL_USE_SSL", False),
        timeout=60,
        file_path=backend.get("EMAIL_FILE_PATH"),
    )
    while mail := _claim():
        try:
            message = EmailMultiAlternatives(
                mail.subject, mail.body, mail.sender or None, [mail.recipient], connection=delivery
            )
            if mail.html:
                message.attach_alternative(mail.html, "text/html")
            message.send()
        except Exception as error:
            failed += 1
            # Network and SMTP errors are OSErrors and may pass; others are in the mail and stay.
            if isinstance(error, OSError) and mail.attempts <= len(RETRY_AFTER):
                mail.state = OutboxMail.State.WAITING
                mail.not_before = timezone.now() + RETRY_AFTER[mail.attempts - 1]
            else:
                mail.state = OutboxMail.State.FAILED
            mail.error = f"{type(error).__name__}: {error}"[:300]
        else:
            sent += 1
            mail.state = OutboxMail.State.SENT
            mail.sent_at = timezone.now()
            mail.error = ""
        mail.save(update_fields=["state", "not_before", "error", "sent_at"])
    return sent, failed
