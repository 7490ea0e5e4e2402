"""What happened to an account: written by every door, changed by nobody, without an address."""

import io
import logging
import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.cache import cache
from django.core.management import call_command
from django.db import Error, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from members.accounts import events, services
from members.models import AccountEvent, Person, User
from members.roles import groups
from tests import personas
from tests.mailed import follow
from tests.test_accounts import BOTH, set_active
from tests.test_sign_in import WRONG, ask_for_password, sign_in

pytestmark = pytest.mark.django_db
Kind = AccountEvent.Kind


@pytest.fixture(autouse=True)
def outbox(settings):
    settings.EMAIL_BACKEND = "members.post.outbox.OutboxBackend"
    cache.clear()


def since(user: User) -> Any:
    """Forget nothing, look only at what comes now."""
    last = AccountEvent.objects.order_by("pk").last()
    after = last.pk if last else 0

    def now() -> list[tuple[str, str, User | None]]:
        found = AccountEvent.objects.filter(account=user, pk__gt=after).order_by("pk")
        return [(event.kind, event.detail, event.actor) for event in found]

    return now


def test_signing_in_and_out(wf1):
    now = since(wf1)
    client = sign_in(wf1.email).client
    client.post(reverse("account_logout"))
    assert now() == [("signed_in", "", wf1), ("signed_out", "", wf1)]


def test_a_wrong_password_is_counted_with_hashes_alone(wf1):
    now = since(wf1)
    sign_in(wf1.email, WRONG, client=Client(REMOTE_ADDR="198.51.100.7"))
    assert now() == [("refused", "", None)]
    sign_in("Fremd@example.org", WRONG, client=Client(REMOTE_ADDR="198.51.100.7"))
    known, unknown = AccountEvent.objects.filter(kind="refused").order_by("pk")
    assert unknown.account is None
    assert known.network_hash == unknown.network_hash == events.hash_of("198.51.100.7")
    assert known.email_hash == events.hash_of(wf1.email)
    assert unknown.email_hash == events.hash_of("fremd@example.org")
    columns = " ".join(str(value) for row in AccountEvent.objects.values() for value in row.values())
    for secret in ("198.51.100.7", "@", "example.org", WRONG):
        assert secret not in columns


def test_the_hashes_hang_on_the_secret_key(settings):
    before = events.hash_of("198.51.100.7")
    settings.SECRET_KEY = "ein-anderer-Schluessel"
    assert events.hash_of("198.51.100.7") != before
    assert events.hash_of("") == ""


def test_no_more_rows_than_tries_that_are_heard(wf1):
    for _ in range(9):
        sign_in(wf1.email, WRONG)
    assert AccountEvent.objects.filter(kind="refused").count() == 5


def test_a_password_by_every_door(wf1, admin_verein, monkeypatch):
    client = sign_in(wf1.email).client
    now = since(wf1)
    client.post(reverse("account_change_password"), {"oldpassword": personas.PASSWORD, **BOTH})
    assert now() == [("password", "", wf1)]
    ask_for_password(wf1.email)
    follow().client.post(reverse("new_password"), BOTH)
    assert now()[1:] == [("password", "", None)], "whoever opened the link was not signed in"
    monkeypatch.setattr("getpass.getpass", lambda *_, **__: "noch-ein-anderes-Wort-8")
    call_command("changepassword", wf1.email, stdout=io.StringIO())
    assert now()[2:] == [("password", "", None)]


def test_a_stronger_hash_of_the_same_password_is_no_new_password(wf1, settings):
    now = since(wf1)
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.PBKDF2PasswordHasher",
        *settings.PASSWORD_HASHERS,
    ]
    sign_in(wf1.email)
    wf1.refresh_from_db()
    assert wf1.password.startswith("pbkdf2")
    assert [kind for kind, _, _ in now()] == ["signed_in"]


def test_inviting_and_coming_in(admin_verein):
    client = Client()
    client.force_login(admin_verein)
    client.post(
        reverse("admin:members_user_add"), {"email": "neu@example.org", "is_active": "on", "invite": "on"}
    )
    user = User.objects.get(email="neu@example.org")
    follow().client.post(reverse("invitation"), BOTH)
    assert [(event.kind, event.actor) for event in user.events.order_by("pk")] == [
        ("created", admin_verein), ("invited", admin_verein), ("password", None), ("signed_in", user),
    ]  # fmt: skip


def test_locking_and_unlocking_names_who_did_it(gf_aplerbeck, admin_verein):
    now = since(gf_aplerbeck)
    set_active(gf_aplerbeck, active=False)
    set_active(gf_aplerbeck, active=True)
    assert now() == [("locked", "", admin_verein), ("unlocked", "", admin_verein)]


def test_groups_by_every_door(nobody, admin_verein):
    audit, board = (Group.objects.get(name=name) for name in (groups.AUDIT, groups.ADVISORY_BOARD))
    now = since(nobody)
    client = Client()
    client.force_login(admin_verein)
    page = reverse("admin:members_user_change", args=[nobody.pk])
    client.post(
        page, {"email": nobody.email, "person": nobody.person_id, "is_active": "on", "groups": [audit.pk]}
    )
    client.post(page, {"email": nobody.email, "person": nobody.person_id, "is_active": "on"})
    assert now() == [("joined", groups.AUDIT, admin_verein), ("left", groups.AUDIT, admin_verein)]
    nobody.groups.set([audit, board])
    nobody.groups.add(audit)
    board.user_set.remove(nobody)
    nobody.groups.clear()
    board.user_set.add(nobody)
    board.user_set.clear()
    assert [event[:2] for event in now()[2:]] == [
        ("joined", groups.AUDIT), ("joined", groups.ADVISORY_BOARD), ("left", groups.ADVISORY_BOARD),
        ("left", groups.AUDIT), ("joined", groups.ADVISORY_BOARD), ("left", groups.ADVISORY_BOARD),
    ]  # fmt: skip


def test_the_person_behind_an_account_and_the_right_to_everything(nobody):
    now = since(nobody)
    before, other = nobody.person, Person.objects.create(given_name="Ina", family_name="Irgendwer")
    nobody.person = None
    nobody.is_superuser = True
    nobody.save()
    nobody.person = other
    nobody.save()
    nobody.person = None
    nobody.save(update_fields=["person"])
    nobody.is_superuser = False
    nobody.save(update_fields=["is_superuser"])
    assert [event[:2] for event in now()] == [
        ("joined", events.SUPERUSERS), ("unlinked", f"Nr. {before.pk}"), ("linked", f"Nr. {other.pk}"),
        ("unlinked", f"Nr. {other.pk}"), ("left", events.SUPERUSERS),
    ]  # fmt: skip


@pytest.mark.parametrize("door", ["row", "queryset"])
def test_a_group_that_is_deleted_lets_go_of_its_members(nobody, auditor, door):
    both = [since(nobody), since(auditor)]
    gone = Group.objects.get(name=groups.AUDIT)
    nobody.groups.add(gone)
    if door == "row":
        gone.delete()
    else:
        Group.objects.filter(pk=gone.pk).delete()
    events_of = [[event[:2] for event in now()] for now in both]
    assert events_of == [[("joined", groups.AUDIT), ("left", groups.AUDIT)], [("left", groups.AUDIT)]]


@pytest.mark.parametrize("door", ["row", "queryset"])
def test_an_account_whose_person_is_deleted(nobody, door):
    now, person = since(nobody), nobody.person
    key = person.pk
    if door == "row":
        person.delete()
    else:
        Person.objects.filter(pk=key).delete()
    assert now() == [("unlinked", f"Nr. {key}", None)]
    assert User.objects.get(pk=nobody.pk).person is None


def test_saving_what_is_not_watched_asks_nothing(nobody, django_assert_num_queries):
    with django_assert_num_queries(1):
        services.show_guide(nobody, False)


# Nobody changes them


def refused(sql: str, *values: Any) -> bool:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql, values)
    except Error:
        return True
    return False


def test_the_database_keeps_every_event(wf1):
    sign_in(wf1.email, WRONG)
    recent = AccountEvent.objects.latest("pk")
    long_ago = timezone.now() - timedelta(days=91)
    old = AccountEvent.objects.create(kind=Kind.SIGNED_IN, account=wf1, at=long_ago)
    for event in (recent, old):
        assert refused("UPDATE members_accountevent SET detail = 'x' WHERE id = %s", event.pk)
        assert refused("DELETE FROM members_accountevent WHERE id = %s", event.pk)
    if connection.vendor == "sqlite":
        columns = "id, at, kind, account_id, actor_id, detail, email_hash, network_hash"
        assert refused(
            f"INSERT OR REPLACE INTO members_accountevent ({columns}) SELECT id, at, 'left', account_id, actor_id, "
            "detail, email_hash, network_hash FROM members_accountevent"
        )
    else:
        assert refused("TRUNCATE members_accountevent")
    assert AccountEvent.objects.filter(pk__in=[recent.pk, old.pk]).count() == 2


@pytest.mark.parametrize(
    ("days", "left", "said"), [(89, 1, "0\xa0falsche Passwörter"), (91, 0, "1\xa0falsches Passwort")]
)
def test_wrong_passwords_alone_are_forgotten_after_90_days(wf1, days, left, said, capsys):
    at = timezone.now() - timedelta(days=days)
    AccountEvent.objects.create(kind=Kind.REFUSED, account=wf1, at=at)
    AccountEvent.objects.create(kind=Kind.SIGNED_IN, account=wf1, at=at)
    call_command("sweep_events")
    assert capsys.readouterr().out == f"Gelöscht: {said}, 0\xa0Änderungen von Adressen.\n"
    assert AccountEvent.objects.filter(account=wf1, at=at, kind=Kind.REFUSED).count() == left
    assert AccountEvent.objects.filter(account=wf1, at=at, kind=Kind.SIGNED_IN).count() == 1


# Reading them


def test_the_log_has_the_same_lines_without_an_address(
    wf1, caplog, django_capture_on_commit_callbacks, settings
):
    assert settings.LOGGING["loggers"]["stadtbezirk.accounts"]["level"] == "INFO"
    with (
        caplog.at_level(logging.INFO, "stadtbezirk.accounts"),
        django_capture_on_commit_callbacks(execute=True),
    ):
        sign_in(wf1.email, WRONG)
        sign_in(wf1.email)
    refused, signed_in = AccountEvent.objects.order_by("pk")[AccountEvent.objects.count() - 2 :]
    assert caplog.messages == [
        f"refused account={wf1.pk} actor=None event={refused.pk}",
        f"signed_in account={wf1.pk} actor={wf1.pk} event={signed_in.pk}",
    ]


def test_what_was_taken_back_is_in_no_log(wf1, caplog, django_capture_on_commit_callbacks):
    with (
        caplog.at_level(logging.INFO, "stadtbezirk.accounts"),
        django_capture_on_commit_callbacks(execute=True),
        transaction.atomic(),
    ):
        events.note(Kind.LOCKED, wf1)
        transaction.set_rollback(True)
    assert caplog.messages == []


@pytest.mark.parametrize(("many", "queries"), [(1, 20), (60, 19)], ids=["one", "many"])
def test_the_accounts_page_shows_the_latest_and_changes_none(
    nobody, admin_verein, many, queries, django_assert_num_queries
):
    """One query more names the people behind events, where one of them tells of a person."""
    for _ in range(many):
        AccountEvent.objects.create(kind=Kind.JOINED, account=nobody, actor=admin_verein, detail=groups.AUDIT)
    client = Client()
    client.force_login(admin_verein)
    page = reverse("admin:members_user_change", args=[nobody.pk])
    client.get(page)
    with django_assert_num_queries(queries):
        content = client.get(page).content.decode()
    assert content.count(f"<td>aufgenommen in {groups.AUDIT}</td>") == min(many, 50)
    assert "Vicky Verein" in content
    assert "Niemand kann sie ändern" in content


def test_the_accounts_page_names_people_and_says_how_it_was_done(nobody, admin_verein):
    gone = Person.objects.create(given_name="Ina", family_name="Irgendwer")
    for person in (None, gone):
        nobody.person = person
        nobody.save()
    key = gone.pk
    gone.delete()
    sign_in(nobody.email, WRONG)
    ask_for_password(nobody.email)
    follow().client.post(reverse("new_password"), BOTH)
    client = Client()
    client.force_login(admin_verein)
    page = client.get(reverse("admin:members_user_change", args=[nobody.pk])).content.decode()
    told = re.findall(r"<td>([^<]*)</td>\s*<td>([^<]*)</td>", page[page.index('id="account-events"') :])
    program = "das Programm"
    assert told[::-1] == [
        ("Konto angelegt", program),
        ("mit Person verbunden Niko Niemand", program),
        ("Passwort gewählt", program),
        ("von Person getrennt Niko Niemand", program),
        (f"mit Person verbunden (Nr. {key}, gelöscht)", program),
        (f"von Person getrennt (Nr. {key}, gelöscht)", program),
        ("falsches Passwort", "ohne Anmeldung"),
        ("Passwort gewählt", "ohne Anmeldung, über einen Link"),
    ]


def test_nobody_else_reads_them(wf1, nobody):
    client = Client()
    client.force_login(wf1)
    assert client.get(reverse("admin:members_user_change", args=[nobody.pk])).status_code == 403
