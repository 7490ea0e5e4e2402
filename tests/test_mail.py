"""The outbox: written with what it tells about, delivered once, retried, and never stopped by one mail."""

import smtplib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core import mail as django_mail
from django.core.mail import EmailMultiAlternatives, send_mail
from django.core.mail.backends.base import BaseEmailBackend
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from members.models import OutboxMail
from members.post import outbox as mail
from members.post import words

State = OutboxMail.State


class Delivery(BaseEmailBackend):
    """Stands for the mail server: notes what it took, or fails as the test says."""

    taken: list[str] = []
    behave: Callable[[Any], None] = staticmethod(lambda message: None)

    def send_messages(self, email_messages: Any) -> int:
        for message in email_messages:
            message.message()  # what SMTP would send; refuses bad headers
            Delivery.behave(message)
            Delivery.taken.append(message.to[0])
        return len(email_messages)


@pytest.fixture(autouse=True)
def outbox(settings, monkeypatch):
    settings.EMAIL_BACKEND = "members.post.outbox.OutboxBackend"
    settings.MAIL_DELIVERY = {"EMAIL_BACKEND": "tests.test_mail.Delivery"}
    monkeypatch.setattr(Delivery, "taken", [])
    monkeypatch.setattr(Delivery, "behave", staticmethod(lambda message: None))


def waiting(recipient: str = "a@example.org", **fields: Any) -> OutboxMail:
    return OutboxMail.objects.create(recipient=recipient, subject="Betreff", body="Text", **fields)


def failing(monkeypatch: pytest.MonkeyPatch, error: Exception, only: str = "") -> None:
    def behave(message: Any) -> None:
        if not only or message.to[0] == only:
            raise error

    monkeypatch.setattr(Delivery, "behave", staticmethod(behave))


@pytest.mark.django_db
def test_a_mail_is_a_row_per_recipient_and_nothing_leaves():
    message = EmailMultiAlternatives(
        "Bescheid",
        "Guten Tag",
        "verein@example.org",
        ["a@example.org", "b@example.org"],
        bcc=["c@example.org"],
    )
    message.attach_alternative("<p>Guten Tag</p>", "text/html")
    assert message.send() == 1
    rows = OutboxMail.objects.order_by("recipient")
    assert [row.recipient for row in rows] == ["a@example.org", "b@example.org", "c@example.org"]
    assert {(row.state, row.subject, row.body, row.html, row.sender) for row in rows} == {
        (State.WAITING, "Bescheid", "Guten Tag", "<p>Guten Tag</p>", "verein@example.org")
    }
    assert Delivery.taken == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("subject", "kept"),
    [
        ("Antrag\nBcc: x@example.org", "Antrag Bcc: x@example.org"),
        ("Antrag\r\n  2016-APL-001", "Antrag 2016-APL-001"),
        ("x" * 300, "x" * 200),
    ],
)
def test_a_subject_is_one_line(subject, kept):
    send_mail(subject, "Text", None, ["a@example.org"])
    assert OutboxMail.objects.get().subject == kept
    mail.send_queue()
    assert OutboxMail.objects.get().state == State.SENT


@pytest.mark.django_db
def test_a_mail_goes_back_with_its_transaction():
    with pytest.raises(RuntimeError), transaction.atomic():
        send_mail("Bewilligt", "Text", None, ["a@example.org"])
        assert OutboxMail.objects.exists()
        raise RuntimeError
    assert not OutboxMail.objects.exists()


@pytest.mark.django_db
def test_the_queue_is_sent_once_in_order(settings, capsys):
    settings.MAIL_DELIVERY = {"EMAIL_BACKEND": "django.core.mail.backends.locmem.EmailBackend"}
    send_mail("Erste", "Text", "", ["a@example.org"], html_message="<p>Text</p>")
    send_mail("Zweite", "Text", "verein@example.org", ["b@example.org"])
    waiting("spaeter@example.org", not_before=timezone.now() + timedelta(minutes=1))
    call_command("send_mail_queue")
    assert "2 gesendet, 0 nicht" in capsys.readouterr().out
    first, second = django_mail.outbox
    assert (first.subject, first.to, first.from_email) == (
        "Erste",
        ["a@example.org"],
        django_settings.DEFAULT_FROM_EMAIL,
    )
    assert first.alternatives[0].content == "<p>Text</p>"
    assert (second.subject, second.from_email) == ("Zweite", "verein@example.org")
    row = OutboxMail.objects.get(subject="Erste")
    assert (row.state, row.attempts) == (State.SENT, 1)
    assert row.sent_at is not None
    call_command("send_mail_queue")
    assert len(django_mail.outbox) == 2


@pytest.mark.django_db
@pytest.mark.parametrize(
    "error",
    [
        ConnectionRefusedError("kein Anschluss"),
        TimeoutError("keine Antwort"),
        smtplib.SMTPException("Server klagt"),
        smtplib.SMTPRecipientsRefused({"a@example.org": (450, b"spaeter")}),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_may_pass_is_tried_again_ever_later_and_given_up_at_last(monkeypatch, error):
    failing(monkeypatch, error)
    row = waiting()
    delays = []
    for attempt in range(1, 5):
        before = timezone.now()
        assert mail.send_queue() == (0, 1)
        assert mail.send_queue() == (0, 0), "not before its time"
        row.refresh_from_db()
        assert (row.state, row.attempts) == (State.WAITING, attempt)
        assert row.error
        delays.append(row.not_before - before)
        OutboxMail.objects.update(not_before=timezone.now())
    assert delays == sorted(delays)
    assert delays[0] < timedelta(minutes=10)
    assert delays[-1] > timedelta(hours=20)
    mail.send_queue()
    row.refresh_from_db()
    assert (row.state, row.attempts) == (State.FAILED, 5)
    OutboxMail.objects.update(not_before=timezone.now())
    assert mail.send_queue() == (0, 0)


@pytest.mark.django_db
def test_a_mail_that_failed_goes_out_when_the_server_is_back(monkeypatch):
    failing(monkeypatch, OSError("weg"))
    row = waiting()
    mail.send_queue()
    failing(monkeypatch, OSError("weg"), only="niemand")
    OutboxMail.objects.update(not_before=timezone.now())
    assert mail.send_queue() == (1, 0)
    row.refresh_from_db()
    assert (row.state, row.attempts, row.error) == (State.SENT, 2, "")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "error",
    [OSError("weg"), ValueError("Kopfzeile"), UnicodeError("Zeichen"), KeyError("x")],
    ids=lambda error: type(error).__name__,
)
def test_one_broken_mail_holds_up_no_other(monkeypatch, error):
    failing(monkeypatch, error, only="kaputt@example.org")
    broken = waiting("kaputt@example.org")
    waiting("a@example.org")
    waiting("b@example.org")
    assert mail.send_queue() == (2, 1)
    assert Delivery.taken == ["a@example.org", "b@example.org"]
    broken.refresh_from_db()
    assert broken.state == (State.WAITING if isinstance(error, OSError) else State.FAILED)


@pytest.mark.django_db
def test_a_sender_with_a_line_break_is_given_up_not_sent():
    broken = waiting(sender="verein@example.org\nBcc: x@example.org")
    waiting("a@example.org")
    assert mail.send_queue() == (1, 1)
    broken.refresh_from_db()
    assert broken.state == State.FAILED
    assert "BadHeaderError" in broken.error


@pytest.mark.django_db
def test_killed_between_claim_and_delivery_nothing_goes_out_twice(monkeypatch):
    """KeyboardInterrupt stands for the kill: it passes every handler for errors."""
    failing(monkeypatch, KeyboardInterrupt(), only="a@example.org")
    row = waiting("a@example.org")
    other = waiting("b@example.org")
    with pytest.raises(KeyboardInterrupt):
        mail.send_queue()
    failing(monkeypatch, KeyboardInterrupt(), only="niemand")
    assert mail.send_queue() == (1, 0)
    assert Delivery.taken == ["b@example.org"]
    row.refresh_from_db()
    other.refresh_from_db()
    assert (row.state, other.state) == (State.SENDING, State.SENT)
    assert row.get_state_display() == "wird gesendet"


@pytest.mark.django_db
def test_a_claim_beaten_by_another_takes_the_next():
    """What the row lock or SQLite's write lock prevents: reading a row that somebody else has claimed."""
    first, second = waiting("a@example.org"), waiting("b@example.org")
    assert mail._claim() == first
    assert mail._claim() == second
    assert mail._claim() is None


@pytest.mark.django_db
def test_files_serve_as_delivery_too(settings, tmp_path):
    settings.MAIL_DELIVERY = {
        "EMAIL_BACKEND": "django.core.mail.backends.filebased.EmailBackend",
        "EMAIL_FILE_PATH": str(tmp_path),
    }
    waiting()
    assert mail.send_queue() == (1, 0)
    assert "Betreff" in next(tmp_path.iterdir()).read_text()


@pytest.mark.parametrize("can_choose", [True, False])
def test_a_letter_of_one_part(settings, can_choose):
    settings.SITE_URL = "https://example.com"
    part = words.Part(
        "Tag & Fest <1>", "Text & Fest <1>\nhttps://example.org", "<p>Text &amp; Fest &lt;1&gt;</p>"
    )
    letter = words.write_letter([part], subject=part.subject, can_choose=can_choose)
    assert (part.text in letter.text, part.html in letter.html) == (True, True)
    assert letter.html.count("Tag &amp; Fest &lt;1&gt;") == 2
    assert ("https://example.com" in letter.html) == can_choose
