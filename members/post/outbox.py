"""The outbox: every mail is first a row, written in the transaction of its occasion, and sent later."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection, transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from members.models import OutboxMail, User
from members.post import links
from members.post.answers import Meaning, in_words, meaning_of
from members.post.digest import gather
from members.post.words import still_concerns, word

RETRY_AFTER = (timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=4), timedelta(days=1))
#: After this time in the state "wird gesendet" no process is still sending the row.
BROKEN_OFF_AFTER = timedelta(minutes=10)
REPORTED_AFTER = timedelta(hours=1)
SMTP = "django.core.mail.backends.smtp.EmailBackend"
State = OutboxMail.State


class NoServer(Exception):
    """Production has no mail server. Nothing was changed: a mail printed on a screen would count as sent."""


class ServerDown(Exception):
    """The mail server does not answer. ``sent`` and ``failed`` count the mails of this run."""

    def __init__(self, error: Exception, sent: int, failed: int) -> None:
        super().__init__(in_words(error))
        self.sent, self.failed = sent, failed


class ServerRefuses(ServerDown):
    """The mail server answers and takes no mail of ours: a wrong password, a sender that it does not accept."""


class OutboxBackend(BaseEmailBackend):
    """The mail backend of this project: it writes one outbox row per recipient and sends nothing."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Write the rows, and return the number of messages."""
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


# Sending


def has_server() -> bool:
    """Return whether mails can reach anybody. Demo and tests may print them."""
    return not settings.PRODUCTION or settings.MAIL_DELIVERY["EMAIL_BACKEND"] == SMTP


def _due() -> "QuerySet[OutboxMail]":
    return OutboxMail.objects.filter(state=State.WAITING, not_before__lte=timezone.now())


def _claim() -> OutboxMail | None:
    """Take the next due row and mark it as being sent, in a transaction of its own."""
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
    """Gather and send what is due. Return how many mails went out and how many failed.

    A row is claimed before it is sent. If the process dies, or the server breaks off after it got the mail,
    nobody knows whether the mail went out. Then the row stays "wird gesendet" and is not sent again by
    itself: a second copy of a decision does more harm than a mail that somebody looks up.
    What the server refuses for good (5xx), and what cannot be put together, is given up at once. Anything else
    is tried again after RETRY_AFTER, and then given up. Neither stops the mails behind it.
    Raises NoServer in production without a mail server. Raises ServerDown where the server cannot be reached
    or leaves two mails in a row without an answer, and ServerRefuses where it takes no mail at all; the rest is
    untouched.
    """
    if not has_server():
        raise NoServer
    gather()
    sent = failed = 0
    if not _due().exists():
        return sent, failed
    delivery = _delivery()
    silent = False
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
                sent, silent = sent + 1, False
                continue
            meaning = _meaning(error, mail)
            if meaning == Meaning.TAKES_NONE:
                raise error
            failed += 1
            if meaning != Meaning.NO_ANSWER:
                silent = False
                continue
            if silent:
                raise error
            silent = True
            getattr(delivery, "hang_up", delivery.close)()
            delivery.open()
    except OSError as error:
        unreachable = meaning_of(error) == Meaning.NO_ANSWER
        raise (ServerDown if unreachable else ServerRefuses)(error, sent, failed) from error
    finally:
        getattr(delivery, "hang_up" if silent else "close", delivery.close)()
    return sent, failed


def _attempt(mail: OutboxMail, delivery: Any) -> Exception | None:
    """Send one claimed mail, store the result, and return the error or None."""
    try:
        _hand_over(mail, delivery)
    except Exception as error:
        mail.error = in_words(error)[:300]
        meaning = _meaning(error, mail)
        if getattr(delivery, "in_doubt", False):
            mail.state = State.SENDING
        elif meaning == Meaning.TAKES_NONE:
            mail.state, mail.attempts, mail.claimed_at = State.WAITING, mail.attempts - 1, None
        elif meaning == Meaning.FOR_GOOD or mail.attempts > len(RETRY_AFTER):
            mail.state = State.FAILED
        else:
            mail.state = State.WAITING
            mail.not_before = timezone.now() + RETRY_AFTER[mail.attempts - 1]
        failure: Exception | None = error
    else:
        mail.state, mail.sent_at, mail.error, failure = State.SENT, timezone.now(), "", None
    mail.save(
        update_fields=[
            "state", "attempts", "claimed_at", "not_before", "error", "sent_at", "recipient", "subject", "body", "html",
        ]
    )  # fmt: skip
    return failure


def _meaning(error: Exception, mail: OutboxMail) -> Meaning:
    return meaning_of(error, own_sender=mail.sender not in ("", settings.DEFAULT_FROM_EMAIL))


# Mails that somebody has to look at


def _broken_off(since: timedelta) -> Q:
    before = timezone.now() - since
    return Q(state=State.SENDING) & (Q(claimed_at=None) | Q(claimed_at__lte=before))


def to_report() -> "QuerySet[OutboxMail]":
    """Return the mails whose sending broke off at least an hour ago: somebody has to ask if they arrived."""
    return OutboxMail.objects.filter(_broken_off(REPORTED_AFTER))


def is_overdue() -> Q:
    """Return the condition for mails that have been due for an hour and are not sent."""
    waiting = (State.WAITING, State.GATHERED)
    return Q(state__in=waiting, not_before__lte=timezone.now() - REPORTED_AFTER)


def is_stuck() -> Q:
    """Return the condition for mails that are overdue, or whose sending broke off at least an hour ago."""
    return is_overdue() | _broken_off(REPORTED_AFTER)


def is_in_question() -> Q:
    """Return the condition for mails that broke off or were given up, and that nobody is sending now."""
    return _broken_off(BROKEN_OFF_AFTER) | Q(state=State.FAILED)


def is_undelivered() -> Q:
    """Return the condition for mails that were given up, while their address is still the one that counts.

    It counts no more once the account has another address, or is locked, or the change of address is over.
    """
    account = Q(user__is_active=True, user__email=F("recipient"))
    change = Q(user=None, address_change__confirmed_at=None, address_change__stopped_at=None)
    return Q(state=State.FAILED) & (account | change)


def is_to_settle() -> Q:
    """Return the condition for mails that somebody has to look at: broken off, or undelivered."""
    return _broken_off(BROKEN_OFF_AFTER) | is_undelivered()


def undelivered_to(account: User) -> OutboxMail | None:
    """Return the latest mail that did not reach the account's present address, or one that it asked for."""
    theirs = Q(user=account) | Q(address_change__account=account)
    return OutboxMail.objects.filter(theirs, is_undelivered()).order_by("pk").last()


def send_again(mails: "QuerySet[OutboxMail]") -> int:
    """Queue the broken-off and given-up mails once more, after somebody looked. Return how many.

    A mail whose text is deleted (``forget_texts``) stays, unless it is a notice, which is put into words anew.
    """
    again = {"state": State.WAITING, "attempts": 0, "not_before": timezone.now(), "claimed_at": None}
    return mails.filter(is_in_question()).exclude(template="", body="").update(**again)


def tick_off(mails: "QuerySet[OutboxMail]") -> int:
    """Mark the broken-off and given-up mails as done, without sending them. Return how many.

    What broke off had arrived. What was given up had not, and stays known as such.
    """
    given_up = mails.filter(state=State.FAILED).update(state=State.DONE)
    arrived = mails.filter(_broken_off(BROKEN_OFF_AFTER)).update(state=State.SENT, sent_at=F("claimed_at"))
    return given_up + arrived


def address_works(account: User) -> None:
    """Tick off what did not reach the account: its owner has just opened a link that was mailed there."""
    OutboxMail.objects.filter(user=account, state=State.FAILED).update(state=State.DONE)


# What is kept


def forget_texts() -> int:
    """Delete the texts of mails that went out, or were given up, MAIL_TEXTS_KEPT_DAYS ago. Return how many.

    Recipient, subject and state stay: they show who was told, and when.
    """
    before = timezone.now() - timedelta(days=settings.MAIL_TEXTS_KEPT_DAYS)
    over = (State.SENT, State.FAILED, State.DONE)
    ended = Coalesce("sent_at", "claimed_at", "created_at")
    old = OutboxMail.objects.annotate(ended=ended).filter(state__in=over, ended__lt=before)
    return old.exclude(body="", html="").update(body="", html="")
