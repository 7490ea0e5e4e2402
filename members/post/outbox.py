"""The outbox: every mail is a row first, written in the transaction of what it tells about."""

import smtplib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import cache
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.core.mail import EmailMessage, EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection, transaction
from django.db.models import F, Model, Q, QuerySet
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import escape

from members.models import MailFrequency, OutboxMail
from members.post import links
from members.roles.permissions import Roles

RETRY_AFTER = (timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=4), timedelta(days=1))
#: A row that has been "wird gesendet" for so long is not in any running process's hands.
BROKEN_OFF_AFTER = timedelta(minutes=10)
REPORTED_AFTER = timedelta(hours=1)
#: What says that the server is not to be talked to, whatever the mail.
SERVER_TROUBLE = (
    smtplib.SMTPServerDisconnected,
    smtplib.SMTPConnectError,
    smtplib.SMTPHeloError,
    smtplib.SMTPAuthenticationError,
)
SMTP = "django.core.mail.backends.smtp.EmailBackend"
State = OutboxMail.State


class NoServer(Exception):
    """Production has no mail server. Nothing was touched: a mail on the screen would count as sent."""


class ServerDown(Exception):
    """The mail server does not answer. What waits is still there, for the next run."""

    def __init__(self, error: Exception, sent: int, failed: int) -> None:
        super().__init__(f"{type(error).__name__}: {error}")
        self.sent, self.failed = sent, failed


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


# Writing


@dataclass(frozen=True)
class Part:
    """What one occasion says: the middle of a letter, or one section of a collected one."""

    subject: str
    text: str
    html: str


def write_part(template: str, context: Mapping[str, Any], subject: str) -> Part:
    """Render ``email/<template>.txt`` and ``.html``; ``site`` is the address before every link."""
    values = {**context, "site": settings.SITE_URL}
    text = render_to_string(f"email/{template}.txt", values).strip()
    html = render_to_string(f"email/{template}.html", values).strip()
    return Part(" ".join(subject.split())[:200], text, html)


def write_letter(parts: Sequence[Part], *, subject: str, can_choose: bool) -> Part:
    """Greeting, parts and ending. ``can_choose`` tells where the person sets how often mails come."""
    if len(parts) > 1:
        return _letter(parts, subject, can_choose=can_choose, site=settings.SITE_URL)
    [part] = parts
    text, html = _around_one_part(can_choose=can_choose, site=settings.SITE_URL)
    return Part(subject, part.text.join(text), part.html.join(escape(subject).join(p) for p in html))


def _letter(parts: Sequence[Part], subject: str, **values: Any) -> Part:
    values |= {"parts": parts, "subject": subject}
    text = render_to_string("email/letter.txt", values).strip() + "\n"
    return Part(subject, text, render_to_string("email/letter.html", values))


@cache
def _around_one_part(**values: Any) -> tuple[list[str], list[list[str]]]:
    """The letter cut where its only part stands, of HTML the pieces cut again where the subject does.

    Rendered once, with marks of no script: all else is the same in each letter.
    """
    subject, part = "\ue000", "\ue001"
    letter = _letter([Part(subject, part, part)], subject, **values)
    return letter.text.split(part), [piece.split(subject) for piece in letter.html.split(part)]


def reference(context: Mapping[str, Any]) -> dict[str, Any]:
    """Return a template's context as it is kept with a notice: rows by model and key, lists of rows, plain values."""

    def kept(value: Any) -> Any:
        if isinstance(value, Model):
            return {"model": value._meta.label, "key": value.pk}
        return [kept(each) for each in value] if isinstance(value, list) else value

    return {name: kept(value) for name, value in context.items()}


def _context_of(about: Mapping[str, Any]) -> dict[str, Any]:
    """Return the context that ``reference`` kept, with its rows as they are now. Raises ObjectDoesNotExist."""

    def read(value: Any) -> Any:
        if isinstance(value, dict) and "model" in value:
            return apps.get_model(value["model"])._default_manager.get(pk=value["key"])
        return [read(each) for each in value] if isinstance(value, list) else value

    return {name: read(value) for name, value in about.items()}


def part_of(mail: OutboxMail) -> Part:
    """Return what a notice says, in words as of now. Raises ObjectDoesNotExist where what it is about is gone."""
    return write_part(mail.template, _context_of(mail.about), mail.subject)


def word(mail: OutboxMail) -> None:
    """Write the text of a notice that has none yet. Raises ObjectDoesNotExist where what it is about is gone."""
    if mail.template and not mail.body:
        letter = write_letter([part_of(mail)], subject=mail.subject, can_choose=True)
        mail.body, mail.html = letter.text, letter.html


def next_digest(now: datetime) -> datetime:
    """When the next collected messages go out: the coming MAIL_DIGEST_HOUR, local time."""
    local = timezone.localtime(now)
    day = local.date() if local.hour < settings.MAIL_DIGEST_HOUR else local.date() + timedelta(days=1)
    return datetime.combine(day, time(settings.MAIL_DIGEST_HOUR), tzinfo=timezone.get_current_timezone())


def still_concerns(mail: OutboxMail) -> bool:
    """Whether there still is what the mail is about, and the recipient still holds what it was written to them for."""
    if mail.template:
        try:
            _context_of(mail.about)
        except ObjectDoesNotExist:
            return False
    if mail.link:
        return links.still_opens(mail)
    if mail.user is None:
        return True
    roles = Roles(mail.user)
    if mail.district_id is not None:
        return roles.directs(mail.district_id)
    if mail.group:
        return mail.group in roles.group_names
    return roles.signed_in


def gather() -> None:
    """Put everybody's due notices into one mail each, in a transaction per person."""
    due = OutboxMail.objects.filter(state=State.GATHERED, not_before__lte=timezone.now())
    for user_id in sorted(set(due.values_list("user_id", flat=True))):
        with transaction.atomic():
            rows = list(due.filter(user_id=user_id).select_for_update().order_by("pk"))
            wanted = [
                row
                for row in rows
                if row.user and row.user.mail_frequency != MailFrequency.NEVER and still_concerns(row)
            ]
            left_out = {row.pk for row in rows} - {row.pk for row in wanted}
            OutboxMail.objects.filter(pk__in=left_out).update(state=State.SKIPPED)
            if not wanted:
                continue
            parts = [part_of(row) for row in wanted]
            subject = parts[0].subject if len(parts) == 1 else f"{len(parts)} Neuigkeiten aus Ihren Vorgängen"
            letter = write_letter(parts, subject=subject, can_choose=True)
            OutboxMail.objects.create(
                user_id=user_id,
                recipient=wanted[0].recipient,
                subject=letter.subject,
                body=letter.text,
                html=letter.html,
                key=f"digest:{wanted[0].pk}",
            )
            OutboxMail.objects.filter(pk__in=[row.pk for row in wanted]).update(state=State.MERGED)


# Sending


def has_server() -> bool:
    """Whether mails can reach anybody. In production only a mail server does that; demo and tests may print them."""
    return not settings.PRODUCTION or settings.MAIL_DELIVERY["EMAIL_BACKEND"] == SMTP


def _due() -> "QuerySet[OutboxMail]":
    return OutboxMail.objects.filter(state=State.WAITING, not_before__lte=timezone.now())


def _claim() -> OutboxMail | None:
    """Take the next due row and mark it, in a transaction of its own."""
    with transaction.atomic():
        due = _due()
        if connection.features.has_select_for_update_skip_locked:
            due = due.select_for_update(skip_locked=True)
        mail = due.first()
        if mail:
            mail.state = State.SENDING
            mail.attempts += 1
            mail.claimed_at = timezone.now()
            mail.save(update_fields=["state", "attempts", "claimed_at"])
        return mail


def _delivery() -> Any:
    chosen = settings.MAIL_DELIVERY
    backend = chosen["EMAIL_BACKEND"]
    return get_connection(
        backend="members.post.smtp.Backend" if backend == SMTP else backend,
        host=chosen.get("EMAIL_HOST"),
        port=chosen.get("EMAIL_PORT"),
        username=chosen.get("EMAIL_HOST_USER"),
        password=chosen.get("EMAIL_HOST_PASSWORD"),
        use_tls=chosen.get("EMAIL_USE_TLS", False),
        use_ssl=chosen.get("EMAIL_USE_SSL", False),
        file_path=chosen.get("EMAIL_FILE_PATH"),
    )


def _hand_over(mail: OutboxMail, delivery: Any) -> None:
    word(mail)
    text, html = links.with_link(mail)
    message = EmailMultiAlternatives(
        mail.subject,
        text,
        mail.sender or None,
        [mail.recipient],
        connection=delivery,
        headers={"Message-ID": mail.message_id, "Auto-Submitted": "auto-generated"},
    )
    if html:
        message.attach_alternative(html, "text/html")
    message.send()


def send_queue() -> tuple[int, int]:
    """Gather and send what is due; return how many mails went out and how many failed.

    A row is claimed before delivery. If the process dies in between, or the server breaks off after it was
    handed the mail, nobody knows whether it went out: the row stays "wird gesendet" and is not sent again by
    itself, because a second copy of a decision does more harm than a notice that somebody looks up. What the
    server refuses is tried again after RETRY_AFTER; a mail that cannot be put together is given up at once.
    Neither holds up the mails behind it. Raises NoServer where production has none, and ServerDown, with the rest untouched, when the server cannot
    be reached or leaves two mails in a row without an answer.
    """
    if not has_server():
        raise NoServer
    gather()
    sent = failed = 0
    if not _due().exists():
        return sent, failed
    delivery = _delivery()
    trouble: Exception | None = None
    try:
        delivery.open()
        while mail := _claim():
            if not still_concerns(mail):
                mail.state = State.SKIPPED
                mail.save(update_fields=["state"])
                continue
            if mail.user:
                mail.recipient = mail.user.email
            error = _attempt(mail, delivery)
            if error is None:
                sent, trouble = sent + 1, None
                continue
            failed += 1
            if not _is_trouble(error):
                trouble = None
                continue
            if trouble is not None:
                raise error
            trouble = error
            getattr(delivery, "hang_up", delivery.close)()
            delivery.open()
    except OSError as error:
        raise ServerDown(error, sent, failed) from error
    finally:
        getattr(delivery, "hang_up" if trouble else "close", delivery.close)()
    return sent, failed


def _attempt(mail: OutboxMail, delivery: Any) -> Exception | None:
    """Hand one claimed mail over and write down what became of it."""
    try:
        _hand_over(mail, delivery)
    except Exception as error:
        mail.error = f"{type(error).__name__}: {error}"[:300]
        # Network and SMTP errors are OSErrors and may pass; others are in the mail and stay.
        if getattr(delivery, "in_doubt", False):
            mail.state = State.SENDING
        elif not isinstance(error, OSError) or mail.attempts > len(RETRY_AFTER):
            mail.state = State.FAILED
        else:
            mail.state = State.WAITING
            mail.not_before = timezone.now() + RETRY_AFTER[mail.attempts - 1]
        failure: Exception | None = error
    else:
        mail.state, mail.sent_at, mail.error, failure = State.SENT, timezone.now(), "", None
    mail.save(update_fields=["state", "not_before", "error", "sent_at", "recipient", "body", "html"])
    return failure


def _is_trouble(error: Exception) -> bool:
    """Not this mail's fault: the connection or the server."""
    return isinstance(error, SERVER_TROUBLE) or (
        isinstance(error, OSError) and not isinstance(error, smtplib.SMTPException)
    )


# What broke off


def _broken_off(since: timedelta) -> Q:
    before = timezone.now() - since
    return Q(state=State.SENDING) & (Q(claimed_at=None) | Q(claimed_at__lte=before))


def to_report() -> "QuerySet[OutboxMail]":
    """Mails that broke off in the sending an hour ago; somebody has to look whether they arrived."""
    return OutboxMail.objects.filter(_broken_off(REPORTED_AFTER))


def is_overdue() -> Q:
    """Due for an hour and not yet tried: the sending does not run, or the server does not answer."""
    waiting = (State.WAITING, State.GATHERED)
    return Q(state__in=waiting, not_before__lte=timezone.now() - REPORTED_AFTER)


def is_stuck() -> Q:
    """Somebody has to look: overdue, or broke off in the sending an hour ago."""
    return is_overdue() | _broken_off(REPORTED_AFTER)


def is_in_question() -> Q:
    """Broke off or was given up, and nobody is sending it now."""
    return _broken_off(BROKEN_OFF_AFTER) | Q(state=State.FAILED)


def in_question(mails: "QuerySet[OutboxMail]") -> "QuerySet[OutboxMail]":
    return mails.filter(is_in_question())


def send_again(mails: "QuerySet[OutboxMail]") -> int:
    """Queue broken-off and given-up mails once more, after somebody looked; return how many."""
    again = {"state": State.WAITING, "attempts": 0, "not_before": timezone.now(), "claimed_at": None}
    return in_question(mails).update(**again)


def tick_off(mails: "QuerySet[OutboxMail]") -> int:
    """Note that broken-off and given-up mails need not be sent; return how many."""
    return in_question(mails).update(state=State.SENT, sent_at=F("claimed_at"))
