"""What a mail server refuses: for good, for a while, for one person or for all; who hears of it; what is kept."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.mail import EmailMessage
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from members.accounts import address_changes, services
from members.models import AddressChange, MailedLink, OutboxMail, User
from members.post import links
from members.post import outbox as mail
from tests import personas
from tests.mailed import change_address
from tests.smtp_server import Answer, obliging

pytestmark = pytest.mark.django_db
State = OutboxMail.State


def refusing(start: str | tuple[str, ...], answer: str) -> Answer:
    """A server that answers commands beginning like this with ``answer``."""
    return lambda command, server: answer if command.startswith(start) else obliging(command, server)


def to(user: User | None = None, recipient: str = "a@example.org", **fields: object) -> OutboxMail:
    row = {"recipient": user.email if user else recipient, "subject": "Hinweis", "body": "Text", **fields}
    return OutboxMail.objects.create(user=user, **row)


def states() -> list[tuple[str, int]]:
    return list(OutboxMail.objects.order_by("pk").values_list("state", "attempts"))


def due_again() -> None:
    OutboxMail.objects.filter(state=State.WAITING).update(not_before=timezone.now())


def page(client, user: User, name: str, *arguments: object, **query: str) -> str:
    client.force_login(user)
    return " ".join(client.get(reverse(name, args=arguments), query).content.decode().split())


# One mail


@pytest.mark.parametrize(
    ("start", "answer"),
    [
        ("RCPT", "550 5.1.1 Diesen Briefkasten gibt es nicht"),
        ("RCPT", "550 5.1.1 <a@example.org>: User unknown in relay recipient table"),
        ("RCPT", "553 5.1.3 Adresse falsch geschrieben"),
        ("END OF MAIL", "554 5.6.0 Inhalt abgelehnt"),
    ],
)
def test_what_is_refused_for_good_is_not_tried_again(server, start, answer):
    server.answer = refusing(start, answer)
    row = to()
    assert mail.send_queue() == (0, 1)
    row.refresh_from_db()
    assert (row.state, row.attempts, row.error) == (State.FAILED, 1, answer)
    due_again()
    assert mail.send_queue() == (0, 0)


def test_what_is_refused_for_now_is_tried_ever_later_and_then_undelivered(server):
    server.answer = refusing("RCPT", "452 4.2.2 Briefkasten voll")
    row = to()
    pauses = []
    while row.state == State.WAITING:
        began = timezone.now()
        assert mail.send_queue() == (0, 1)
        row.refresh_from_db()
        pauses.append(row.not_before - began)
        due_again()
    assert (row.state, row.attempts, row.error) == (State.FAILED, 5, "452 4.2.2 Briefkasten voll")
    assert pauses[:4] == sorted(pauses[:4])
    assert pauses[3] > timedelta(hours=20)


def test_of_several_recipients_only_the_refused_one_is_undelivered(server, settings):
    settings.EMAIL_BACKEND = "members.post.outbox.OutboxBackend"
    server.answer = refusing("RCPT TO:<B@", "550 5.1.1 unbekannt")
    people = ["a@example.org", "b@example.org", "c@example.org"]
    EmailMessage("Hinweis", "Text", None, people).send()
    assert mail.send_queue() == (2, 1)
    assert server.recipients == ["a@example.org", "c@example.org"]
    assert server.connections == 1
    assert [state for state, _ in states()] == [State.SENT, State.FAILED, State.SENT]


def test_a_server_that_goes_away_is_called_again(server):
    answers = iter(["421 4.3.2 bis gleich"])
    server.answer = lambda command, server: (
        next(answers, "250 gut") if command.startswith("RCPT") else obliging(command, server)
    )
    to()
    to(recipient="b@example.org")
    assert mail.send_queue() == (1, 1)
    assert states() == [(State.WAITING, 1), (State.SENT, 1)]


# All of them


@pytest.mark.parametrize(
    ("start", "answer"),
    [
        ("CONNECT", "554 5.7.1 Diesen Rechner bedienen wir nicht"),
        (("EHLO", "HELO"), "550 5.7.1 Diesen Namen kennen wir nicht"),
        ("MAIL", "530 5.7.0 Authentication required"),
        ("MAIL", "553 5.7.1 Absender gehört Ihnen nicht"),
        ("MAIL", "451 4.7.1 Absender zu eifrig"),
        ("RCPT", "534 5.7.9 Ein anderes Verfahren bitte"),
        ("RCPT", "535 5.7.8 Bitte neu anmelden"),
        ("RCPT", "538 5.7.11 Nur verschlüsselt"),
        ("RCPT", "554 5.7.1 <a@example.org>: Relay access denied"),
        ("RCPT", "550 5.7.54 SMTP; Unable to relay recipient in non-accepted domain"),
        ("END OF MAIL", "530 5.7.1 Bitte erst anmelden"),
    ],
)
def test_a_server_that_takes_nothing_marks_nobody(server, client, admin_verein, wf1, start, answer):
    server.answer = refusing(start, answer)
    for _ in range(3):
        to(wf1)
    for _ in range(8):
        with pytest.raises(CommandError) as refused:
            call_command("send_mail_queue", stdout=StringIO())
        assert refused.value.returncode == 1
        assert f"nimmt keine Nachricht an ({answer})" in str(refused.value)
    assert states() == [(State.WAITING, 0)] * 3
    assert mail.undelivered_to(wf1) is None
    assert "nicht erreicht" not in page(client, admin_verein, "home")
    server.answer = obliging
    assert mail.send_queue() == (3, 0)


def test_a_wrong_password_for_the_server_marks_nobody(server, wf1, settings):
    settings.MAIL_DELIVERY = {**server.delivery, "EMAIL_HOST_USER": "verein", "EMAIL_HOST_PASSWORD": "falsch"}
    server.answer = lambda command, server: (
        "250-hier\r\n250 AUTH PLAIN"
        if command.startswith("EHLO")
        else "535 5.7.8 falsches Passwort"
        if command.startswith("AUTH")
        else obliging(command, server)
    )
    to(wf1)
    with pytest.raises(CommandError, match=r"nimmt keine Nachricht an \(535 5.7.8 falsches Passwort\)"):
        call_command("send_mail_queue", stdout=StringIO())
    assert states() == [(State.WAITING, 0)]


def test_a_sender_of_its_own_stops_only_its_mail(server):
    server.answer = refusing("MAIL FROM:<FREMD@", "553 5.7.1 Absender gehört Ihnen nicht")
    to(sender="fremd@example.org")
    to(recipient="b@example.org")
    assert mail.send_queue() == (1, 1)
    assert states() == [(State.FAILED, 1), (State.SENT, 1)]


# At the person


@pytest.fixture
def unreached(server, wf1) -> OutboxMail:
    """A mail to wf1 that the server has refused for good."""
    server.answer = refusing("RCPT", "550 5.1.1 Diesen Briefkasten gibt es nicht")
    row = to(wf1)
    mail.send_queue()
    server.answer = obliging
    return row


SAID = "Nachrichten an wf1@example.org kommen nicht an"
ANSWER = "550 5.1.1 Diesen Briefkasten gibt es nicht"


def test_it_shows_at_the_person_and_on_the_start_page(client, superuser, admin_verein, wf1, wf2, unreached):
    for name, key in (("admin:members_user_change", wf1.pk), ("admin:members_person_change", wf1.person_id)):
        shown = page(client, superuser, name, key)
        assert SAID in shown
        assert ANSWER in shown
    assert SAID not in page(client, superuser, "admin:members_user_change", wf2.pk)
    assert "1 Person nicht erreicht: Adresse prüfen" in page(client, admin_verein, "home")
    listed = page(client, admin_verein, "admin:members_user_changelist", post="kommt-nicht-an")
    assert ("aktiv, Nachrichten kommen nicht an" in listed, wf2.email in listed) == (True, False)
    own = page(client, wf1, "profile")
    assert SAID in own
    assert ANSWER in own
    assert "kommen nicht an" not in page(client, wf2, "profile")


def shows(client, admin: User, user: User) -> list[bool]:
    """Whether account, start page and the person's own page say it."""
    account = page(client, admin, "admin:members_user_change", user.pk)
    return [
        "kommen nicht an" in account,
        "zu klären" in page(client, admin, "home"),
        "kommen nicht an" in page(client, user, "profile"),
    ]


def test_another_address_ends_it(client, superuser, wf1, unreached):
    assert shows(client, superuser, wf1) == [True, True, True]
    change_address(wf1, "neu@example.org")
    assert shows(client, superuser, wf1) == [False, False, False]


def test_the_same_address_is_confirmed_anew(client, superuser, wf1, unreached):
    services.choose_password(
        links.token(wf1, MailedLink.PASSWORD), MailedLink.PASSWORD, password="ein-neues-Passwort-8"
    )
    wf1.refresh_from_db()
    assert shows(client, superuser, wf1) == [False, False, False]


def test_an_address_that_comes_back_confirmed_is_good(client, superuser, wf1, unreached):
    for email in ("neu@example.org", "wf1@example.org"):
        change = AddressChange.objects.create(
            account=wf1, email=email, former=wf1.email, requested_by=wf1, requested_at=timezone.now()
        )
        address_changes.confirm(links.token(change, MailedLink.ADDRESS))
        wf1.refresh_from_db()
    assert wf1.email == "wf1@example.org"
    assert shows(client, superuser, wf1) == [False, False, False]


def test_a_locked_account_is_nobodys_task(client, superuser, wf1, unreached):
    wf1.is_active = False
    wf1.save()
    assert "zu klären" not in page(client, superuser, "home")


def test_the_administration_ticks_it_off_and_it_stays_known_as_undelivered(
    client, superuser, admin_verein, wf1, unreached
):
    client.force_login(admin_verein)
    client.post(
        reverse("admin:members_outboxmail_changelist"),
        {"action": "tick_off", "_selected_action": [unreached.pk]},
    )
    assert states() == [(State.DONE, 1)]
    assert shows(client, superuser, wf1) == [False, False, False]


def test_a_new_address_that_does_not_exist_shows_until_the_change_is_over(server, client, superuser, wf1):
    address_changes.ask(wf1, email="tippfehler@example.org", actor=wf1)
    server.answer = refusing("RCPT TO:<TIPPFEHLER", "550 5.1.1 unbekannt")
    mail.send_queue()
    said = "Nachrichten an tippfehler@example.org kommen nicht an"
    assert said in page(client, superuser, "admin:members_user_change", wf1.pk)
    assert said in page(client, wf1, "profile")
    change = address_changes.open_change(wf1)
    assert change is not None
    address_changes.stop(change, actor=wf1)
    assert "kommen nicht an" not in page(client, wf1, "profile")


def test_what_did_not_reach_a_new_address_stays_settled_once_the_change_is_deleted(wf1):
    address_changes.ask(wf1, email="tippfehler@example.org", actor=wf1)
    OutboxMail.objects.filter(recipient="tippfehler@example.org").update(state=State.FAILED)
    change = address_changes.open_change(wf1)
    address_changes.stop(change, actor=wf1)
    assert not OutboxMail.objects.filter(mail.is_to_settle()).exists()
    AddressChange.objects.update(requested_at=timezone.now() - timedelta(days=31))
    assert address_changes.sweep() == 1
    assert not OutboxMail.objects.filter(mail.is_to_settle()).exists()


@pytest.mark.parametrize("undelivered", [1, 5])
def test_queries_are_the_same_however_many_are_unreached(
    client, superuser, admin_verein, django_assert_num_queries, undelivered
):
    for code in ("APL", "BRA", "HOE", "MEN", "HUC")[:undelivered]:
        to(personas.director(code), state=State.FAILED, error="550 unbekannt")
    client.force_login(admin_verein)
    with django_assert_num_queries(LIST_QUERIES):
        client.get(reverse("admin:members_user_changelist"))


LIST_QUERIES = 9


# What is kept


def old(days: int, **fields: object) -> OutboxMail:
    when = timezone.now() - timedelta(days=days)
    row = to(**{"html": "<p>Text</p>", "state": State.SENT, "sent_at": when, **fields})
    OutboxMail.objects.filter(pk=row.pk).update(created_at=when)
    return row


def kept() -> list[str]:
    return [row.body + row.html for row in OutboxMail.objects.order_by("pk")]


def test_texts_are_deleted_ninety_days_after_sending(server, client, admin_verein, settings):
    gone, fresh, failed, waits = (
        old(91),
        old(89),
        old(91, state=State.FAILED, sent_at=None),
        old(91, state=State.SENDING, sent_at=None, claimed_at=timezone.now()),
    )
    call_command("send_mail_queue", stdout=StringIO())
    assert kept() == ["", "Text<p>Text</p>", "", "Text<p>Text</p>"]
    gone.refresh_from_db()
    assert (gone.recipient, gone.subject, gone.state) == ("a@example.org", "Hinweis", State.SENT)
    change = "admin:members_outboxmail_change"
    assert "nach 90 Tagen gelöscht" in page(client, admin_verein, change, gone.pk)
    assert "wird 90 Tage aufbewahrt" in page(client, admin_verein, change, fresh.pk)
    assert "liegt bereit" in page(client, admin_verein, change, waits.pk)
    client.post(
        reverse("admin:members_outboxmail_changelist"),
        {"action": "send_again", "_selected_action": [failed.pk]},
    )
    failed.refresh_from_db()
    assert failed.state == State.FAILED, "there is nothing left to send"


def test_the_time_counts_from_sending_and_not_while_a_mail_waits(server):
    old(91, sent_at=timezone.now())
    old(91, state=State.WAITING, sent_at=None, not_before=timezone.now() + timedelta(days=1))
    call_command("send_mail_queue", stdout=StringIO())
    assert kept() == ["Text<p>Text</p>"] * 2


def test_how_long_texts_are_kept_is_a_setting(server, settings):
    settings.MAIL_TEXTS_KEPT_DAYS = 30
    old(31)
    old(29)
    call_command("send_mail_queue", stdout=StringIO())
    assert kept() == ["", "Text<p>Text</p>"]


def test_the_privacy_page_says_how_long_texts_are_kept(client, settings):
    settings.MAIL_TEXTS_KEPT_DAYS = 30
    shown = " ".join(client.get(reverse("privacy")).content.decode().split())
    assert "er wird 30 Tage nach dem Versand gelöscht" in shown
