"""The mail server down, slow, and killed between send and mark: delayed, reported, never lost, never twice."""

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from members.models import OutboxMail
from members.post import outbox as mail
from tests import smtp_server
from tests.databases import url_of_test
from tests.smtp_server import MailServer, obliging

ROOT = Path(__file__).resolve().parent.parent
State = OutboxMail.State


def waiting(count: int) -> list[OutboxMail]:
    return [
        OutboxMail.objects.create(recipient=f"p{number}@example.org", subject="Hinweis", body="Text")
        for number in range(count)
    ]


def states() -> list[tuple[str, int]]:
    return list(OutboxMail.objects.order_by("pk").values_list("state", "attempts"))


@pytest.mark.django_db
def test_one_connection_carries_the_whole_queue(server):
    waiting(5)
    assert mail.send_queue() == (5, 0)
    assert server.connections == 1
    assert server.recipients == [f"p{number}@example.org" for number in range(5)]


@pytest.mark.django_db
def test_nothing_to_send_disturbs_no_server(server):
    assert mail.send_queue() == (0, 0)
    assert server.connections == 0


@pytest.mark.django_db
def test_a_server_that_is_down_is_asked_once_and_delays_all(server):
    server.answer = lambda command, server: ""
    waiting(50)
    with pytest.raises(CommandError, match="Der Mailserver antwortet nicht"):
        call_command("send_mail_queue", stdout=StringIO())
    assert server.connections == 1
    assert states() == [(State.WAITING, 0)] * 50
    server.answer = obliging
    assert mail.send_queue() == (50, 0)
    assert len(server.received) == 50


@pytest.mark.django_db
def test_nobody_listens_at_all(settings):
    with smtp_server.running() as gone:
        settings.MAIL_DELIVERY = gone.delivery
    waiting(3)
    with pytest.raises(mail.ServerDown):
        mail.send_queue()
    assert states() == [(State.WAITING, 0)] * 3


@pytest.mark.django_db
def test_a_slow_server_costs_two_waits_and_not_one_per_mail(server):
    server.answer = lambda command, server: None if command.startswith("MAIL") else obliging(command, server)
    waiting(20)
    began = time.monotonic()
    with pytest.raises(mail.ServerDown):
        mail.send_queue()
    assert time.monotonic() - began < 10
    assert states() == [(State.WAITING, 1)] * 2 + [(State.WAITING, 0)] * 18
    server.answer = obliging
    OutboxMail.objects.update(not_before=timezone.now())
    assert mail.send_queue() == (20, 0)
    assert sorted(server.recipients) == sorted(set(server.recipients))


@pytest.mark.django_db
def test_a_server_that_falls_silent_with_the_mail_in_hand_gets_it_no_second_time(server):
    server.answer = lambda command, server: None if command == "END OF MAIL" else obliging(command, server)
    waiting(4)
    with pytest.raises(mail.ServerDown):
        mail.send_queue()
    assert states() == [(State.SENDING, 1)] * 2 + [(State.WAITING, 0)] * 2
    server.answer = obliging
    OutboxMail.objects.update(not_before=timezone.now())
    assert mail.send_queue() == (2, 0)
    assert sorted(server.recipients) == [f"p{number}@example.org" for number in range(4)]


@pytest.mark.django_db
def test_one_lost_connection_holds_up_no_other_mail(server):
    def drop_first(command: str, server: MailServer) -> str | None:
        return "" if command == "MAIL FROM:<P0@EXAMPLE.ORG>" else obliging(command, server)

    server.answer = drop_first
    OutboxMail.objects.create(recipient="a@example.org", subject="x", body="x", sender="p0@example.org")
    waiting(2)
    assert mail.send_queue() == (2, 1)
    assert server.connections == 2
    assert states() == [(State.WAITING, 1), (State.SENT, 1), (State.SENT, 1)]


@pytest.mark.django_db
def test_every_attempt_has_the_same_message_id(server):
    server.answer = lambda command, server: (
        "451 noch nicht"
        if command == "END OF MAIL" and len(server.received) == 1
        else obliging(command, server)
    )
    waiting(2)
    assert mail.send_queue() == (1, 1)
    OutboxMail.objects.update(not_before=timezone.now())
    assert mail.send_queue() == (1, 0)
    first, other, again = (message["Message-ID"] for message in server.received)
    assert first == again != other
    assert first.startswith("<")


def start_command(server: MailServer) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "manage.py", "send_mail_queue"],
        cwd=ROOT,
        env={
            **os.environ,
            "APP_ENV": "test",
            "DATABASE_URL": url_of_test(),
            "EMAIL_URL": f"smtp://127.0.0.1:{server.port}",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.django_db(transaction=True)
def test_killed_between_send_and_mark_it_is_reported_and_not_sent_again(server):
    process: subprocess.Popen[str]

    def kill(command: str, server: MailServer) -> str | None:
        if command == "END OF MAIL" and len(server.received) == 2:
            os.kill(process.pid, signal.SIGKILL)
        return obliging(command, server)

    server.answer = kill
    waiting(3)
    process = start_command(server)
    process.communicate(timeout=90)
    assert process.returncode == -signal.SIGKILL
    assert states() == [(State.SENT, 1), (State.SENDING, 1), (State.WAITING, 0)]

    server.answer = obliging
    process = start_command(server)
    out, _ = process.communicate(timeout=90)
    assert process.returncode == 0, "not reported at once: another process may be sending it"
    assert "1 gesendet" in out
    assert sorted(server.recipients) == [f"p{number}@example.org" for number in range(3)]

    OutboxMail.objects.filter(state=State.SENDING).update(claimed_at=timezone.now() - timedelta(hours=2))
    process = start_command(server)
    out, errors = process.communicate(timeout=90)
    assert process.returncode == 1
    assert "Beim Versand abgebrochen" in out
    assert "erneut senden oder abhaken" in errors
    assert len(server.received) == 3


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("action", "broke_off", "undelivered"),
    [("send_again", State.WAITING, State.WAITING), ("tick_off", State.SENT, State.DONE)],
    ids=["again", "ticked off"],
)
def test_the_administration_settles_what_broke_off(client, admin_verein, action, broke_off, undelivered):
    broken, in_hand, given_up, sent = waiting(4)
    OutboxMail.objects.filter(pk=broken.pk).update(
        state=State.SENDING, claimed_at=timezone.now() - timedelta(hours=2)
    )
    OutboxMail.objects.filter(pk=in_hand.pk).update(state=State.SENDING, claimed_at=timezone.now())
    OutboxMail.objects.filter(pk=given_up.pk).update(state=State.FAILED)
    OutboxMail.objects.filter(pk=sent.pk).update(state=State.SENT)
    client.force_login(admin_verein)
    assert "2\xa0Nachrichten sind zu klären." in client.get(reverse("home")).content.decode()
    listed = client.get(reverse("admin:members_outboxmail_changelist"), {"klaeren": "ja"}).content.decode()
    assert [row.recipient in listed for row in (broken, in_hand, given_up, sent)] == [
        True,
        False,
        True,
        False,
    ]
    page = client.post(
        reverse("admin:members_outboxmail_changelist"),
        {"action": action, "_selected_action": [row.pk for row in (broken, in_hand, given_up, sent)]},
        follow=True,
    ).content.decode()
    assert [s for s, _ in states()] == [broke_off, State.SENDING, undelivered, State.SENT]
    assert "2\xa0Nachrichten sind" in page
    assert "Nur abgebrochene und nicht zugestellte" in page
    assert not mail.to_report().exists()
    assert "zu klären" not in client.get(reverse("home")).content.decode()


@pytest.mark.django_db
def test_nobody_else_settles_anything(client, wf1):
    broken = waiting(1)[0]
    OutboxMail.objects.filter(pk=broken.pk).update(state=State.FAILED)
    client.force_login(wf1)
    answer = client.post(
        reverse("admin:members_outboxmail_changelist"),
        {"action": "send_again", "_selected_action": [broken.pk]},
    )
    assert answer.status_code == 403
    assert states() == [(State.FAILED, 0)]


@pytest.mark.django_db
def test_the_administration_hears_that_the_server_does_not_answer(client, admin_verein, wf1):
    late, fresh, put_off = waiting(3)
    long_ago = timezone.now() - timedelta(hours=2)
    OutboxMail.objects.filter(pk=late.pk).update(not_before=long_ago)
    OutboxMail.objects.filter(pk=put_off.pk).update(
        not_before=timezone.now() + timedelta(hours=4), attempts=3
    )
    client.force_login(admin_verein)
    assert "1\xa0Nachricht wartet seit über einer Stunde." in client.get(reverse("home")).content.decode()
    listed = client.get(
        reverse("admin:members_outboxmail_changelist"), {"klaeren": "warten"}
    ).content.decode()
    assert [row.recipient in listed for row in (late, fresh, put_off)] == [True, False, False]
    client.force_login(wf1)
    assert "über einer Stunde" not in client.get(reverse("home")).content.decode()
    OutboxMail.objects.filter(pk=late.pk).update(state=State.SENT)
    client.force_login(admin_verein)
    assert "über einer Stunde" not in client.get(reverse("home")).content.decode()
