"""What opens an account is written down nowhere, and what was opened ends with its lock, password and address."""

import importlib.util
import logging
import re
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings as django_settings
from django.core import mail as django_mail
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse

from members.accounts import services
from members.common.logs import without_tokens
from members.models import MailedLink, OutboxMail, User
from members.post import links
from members.post import outbox as mail
from tests import personas
from tests.mailed import change_address, follow, link_in
from tests.test_sign_in import NEW, ask_for_password, is_in, sign_in

pytestmark = pytest.mark.django_db

TOKEN = re.compile(r"/konto/link/([^/\s\"]+)")
BOTH = {"password1": NEW, "password2": NEW}


@pytest.fixture(autouse=True)
def delivery(settings):
    settings.EMAIL_BACKEND = "members.post.outbox.OutboxBackend"
    settings.MAIL_DELIVERY = {"EMAIL_BACKEND": "django.core.mail.backends.locmem.EmailBackend"}


def invited() -> User:
    return services.invite(User.objects.create_user("neu@example.org"), actor=personas.admin_verein())


def tells(response: Any, sentence: str) -> bool:
    return sentence in response.content.decode()


# Links in mails


def everything_kept() -> str:
    return "\n".join(f"{row.body}\n{row.html}\n{row.error}" for row in OutboxMail.objects.all())


@pytest.mark.parametrize("fate", ["waiting", "sent", "given up", "skipped"])
def test_the_outbox_keeps_no_link(wf1, fate, monkeypatch):
    invited()
    ask_for_password(wf1.email)
    if fate == "given up":
        monkeypatch.setattr(mail, "_hand_over", lambda *_: 1 / 0)
    if fate == "skipped":
        User.objects.update(is_active=False)
    if fate != "waiting":
        call_command("send_mail_queue")
    kept = everything_kept()
    assert "/konto/link/" not in kept
    assert kept.count(links.PLACE) == 8, "once in a plain text, thrice in HTML: what is left still reads well"
    sent = [TOKEN.search(each.body) for each in django_mail.outbox]
    assert len(sent) == (2 if fate == "sent" else 0)
    assert all(found and found[1] not in kept for found in sent)


def test_the_link_goes_out_in_both_parts_and_opens_the_account(wf1):
    ask_for_password(wf1.email)
    call_command("send_mail_queue")
    [message] = django_mail.outbox
    [(html, _)] = message.alternatives
    assert links.PLACE not in message.body + html
    [token] = {found for text in (message.body, html) for found in TOKEN.findall(text)}
    assert tells(follow(f"/konto/link/{token}/"), "Passwort speichern")


def test_a_mail_sent_again_has_a_link_of_that_day(wf1):
    """Its own would have run out while it waited."""
    ask_for_password(wf1.email)
    OutboxMail.objects.update(state="failed", claimed_at="2020-01-01T00:00Z")
    mail.send_again(OutboxMail.objects.all())
    call_command("send_mail_queue")
    assert tells(follow(TOKEN.search(django_mail.outbox[0].body)[0] + "/"), "Passwort speichern")


def test_no_link_goes_out_that_opens_nothing(wf1):
    user = invited()
    user.set_password(NEW)
    user.save()
    ask_for_password(wf1.email)
    User.objects.filter(pk=wf1.pk).update(is_active=False)
    call_command("send_mail_queue")
    assert django_mail.outbox == []
    assert set(OutboxMail.objects.values_list("state", flat=True)) == {"skipped"}


@pytest.mark.parametrize("host", ["evil.example", "testserver"])
def test_links_follow_the_sites_address_not_the_request(wf1, host, settings):
    settings.ALLOWED_HOSTS = ["*"]
    settings.SITE_URL = "https://stadtbezirke.example.org"
    client = Client(HTTP_HOST=host, headers={"X-Forwarded-Host": host})
    client.post(reverse("account_reset_password"), {"email": wf1.email})
    client.force_login(personas.admin_verein())
    chosen = {"action": "send_password_links", "_selected_action": [personas.nobody().pk]}
    client.post(reverse("admin:members_user_changelist"), chosen)
    call_command("send_mail_queue")
    assert len(django_mail.outbox) == 2
    for message in django_mail.outbox:
        text = message.body + message.alternatives[0][0]
        assert "https://stadtbezirke.example.org/konto/link/" in text
        assert host not in text


def test_no_page_makes_addresses_from_the_host():
    """``build_absolute_uri`` and ``get_host`` believe the request."""
    folders = ("members", "projects", "funding", "stadtbezirk")
    sources = [path for folder in folders for path in Path(folder).rglob("*.py")]
    assert len(sources) > 100
    assert [str(p) for p in sources if re.search(r"build_absolute_uri|get_host\(", p.read_text())] == []


def test_the_token_leaves_the_address_at_once(wf1):
    ask_for_password(wf1.email)
    client = Client()
    answer = client.get(link_in())
    assert answer.status_code == 302
    assert answer.url == "/konto/passwort/neu/"
    assert answer["Cache-Control"] == "max-age=0, no-cache, no-store, must-revalidate, private"
    page = client.get(answer.url)
    assert not TOKEN.search(page.content.decode())
    assert client.session[links.SESSION_KEY] not in page.content.decode()


def test_opening_a_link_changes_nothing(wf1):
    """Mail scanners open every link."""
    ask_for_password(wf1.email)
    link = link_in()
    for _ in range(3):
        follow(link)
    client = follow(link).client
    assert client.post(reverse("new_password"), BOTH).url == reverse("new_password_done")
    assert links.SESSION_KEY not in client.session


def test_a_link_for_one_purpose_serves_no_other(wf1):
    user = invited()
    client = Client()
    client.get(reverse("mailed_link", args=[links.token(user, MailedLink.PASSWORD)]))
    assert not tells(client.get(reverse("invitation")), "Passwort speichern")
    assert tells(client.get(reverse("new_password")), "Passwort speichern")


# Logs


@pytest.mark.parametrize(
    ("method", "status"), [("get", 404), ("post", 405), ("put", 405)], ids=["broken", "post", "put"]
)
def test_no_log_holds_a_token(wf1, method, status, capfd):
    """What Django says of a refused request names its address."""
    token = links.token(wf1, MailedLink.PASSWORD) + ("x" if method == "get" else "")
    handler = logging.StreamHandler()
    handler.addFilter(django_log_filter())
    logger = logging.getLogger("django.request")
    logger.addHandler(handler)
    try:
        assert getattr(Client(), method)(reverse("mailed_link", args=[token])).status_code == status
    finally:
        logger.removeHandler(handler)
    logged = capfd.readouterr().err
    assert "/konto/link/…/" in logged
    assert token not in logged


def django_log_filter() -> logging.Filter:
    """The one that the settings put on the one handler."""
    configured = django_settings.LOGGING
    assert configured["root"]["handlers"] == ["console"]
    assert configured["handlers"]["console"]["filters"] == ["tokens"]
    module, _, name = configured["filters"]["tokens"]["()"].rpartition(".")
    made: logging.Filter = getattr(import_module(module), name)()
    return made


def test_gunicorns_logs_hold_no_token(tmp_path):
    from gunicorn.config import Config

    spec = importlib.util.spec_from_file_location("gunicorn_conf", "gunicorn.conf.py")
    conf = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(conf)
    log = tmp_path / "access.log"
    config = Config()
    config.set("accesslog", str(log))
    config.set("errorlog", str(log))
    logger = conf.logger_class(config)
    environ = {
        "REQUEST_METHOD": "GET", "RAW_URI": "/konto/link/geheim:1abc:def/?x=1", "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_REFERER": "http://x/konto/link/geheim:1abc:def/",
    }  # fmt: skip
    answer = SimpleNamespace(status="302 Found", sent=1, response_length=1, headers=[])
    logger.access(answer, SimpleNamespace(headers=[]), environ, timedelta(seconds=1))
    logger.error("Error handling request %s", environ["RAW_URI"])
    written = log.read_text()
    assert written.count("/konto/link/…/") == 3
    assert "geheim" not in written


def test_other_addresses_are_logged_as_they_are():
    assert without_tokens("GET /konto/profil/?a=b") == "GET /konto/profil/?a=b"


# Sessions


def works(client: Client) -> bool:
    return client.get(reverse("profile")).status_code == 200


def lock(user: User, door: str) -> None:
    if door == "admin":
        set_active(user, active=False)
    elif door == "save":
        User.objects.get(pk=user.pk).save()
        stored = User.objects.get(pk=user.pk)
        stored.is_active = False
        stored.save()
    elif door == "update":
        User.objects.filter(pk=user.pk).update(is_active=False)
    else:
        with connection.cursor() as cursor:
            cursor.execute("UPDATE members_user SET is_active = %s WHERE id = %s", [False, user.pk])


def set_active(user: User, *, active: bool) -> None:
    """As the administration does it, on the account's page."""
    client = Client()
    client.force_login(personas.admin_verein())
    data = {"email": user.email, "person": user.person_id, "groups": [g.pk for g in user.groups.all()]}
    data |= {"is_active": "on"} if active else {}
    assert client.post(reverse("admin:members_user_change", args=[user.pk]), data).status_code == 302


@pytest.mark.parametrize("door", ["admin", "save", "update", "raw"])
def test_a_session_of_before_a_lock_stays_ended_when_it_is_lifted(gf_aplerbeck, door):
    client = sign_in(gf_aplerbeck.email).client
    assert works(client)
    lock(gf_aplerbeck, door)
    assert not works(client)
    set_active(gf_aplerbeck, active=True)
    assert not works(client)
    assert works(sign_in(gf_aplerbeck.email).client)


def test_a_session_ends_although_nobody_used_it_during_the_lock(gf_aplerbeck):
    client = sign_in(gf_aplerbeck.email).client
    lock(gf_aplerbeck, "admin")
    set_active(gf_aplerbeck, active=True)
    assert not works(client)


def test_nobody_sets_the_count_of_locks_back(gf_aplerbeck):
    """A row that was read before the lock and is saved after it would."""
    client = sign_in(gf_aplerbeck.email).client
    stale = User.objects.get(pk=gf_aplerbeck.pk)
    lock(gf_aplerbeck, "update")
    stale.save()
    User.objects.filter(pk=gf_aplerbeck.pk).update(locks=0)
    assert User.objects.get(pk=gf_aplerbeck.pk).locks == 1
    assert not works(client)


@pytest.mark.parametrize("kind", ["reset", "invitation"])
def test_a_link_from_before_a_lock_opens_nothing_during_and_after_it(gf_aplerbeck, kind):
    if kind == "reset":
        user, page = gf_aplerbeck, reverse("new_password")
        ask_for_password(user.email)
    else:
        user, page = invited(), reverse("invitation")
    link = link_in()
    client = follow(link).client
    lock(user, "update")
    for active in (False, True):
        User.objects.filter(pk=user.pk).update(is_active=active)
        for each in (client, follow(link).client):
            each.post(page, BOTH)
            assert not is_in(sign_in(user.email, NEW).client)
    assert not User.objects.get(pk=user.pk).check_password(NEW)


def test_changing_ones_password_ends_the_other_sessions_alone(wf1):
    here, there = sign_in(wf1.email).client, sign_in(wf1.email).client
    data = {"oldpassword": personas.PASSWORD, **BOTH}
    assert here.post(reverse("account_change_password"), data).status_code == 302
    assert works(here)
    assert not works(there)


def test_a_new_password_by_mail_ends_every_session(wf1):
    there = sign_in(wf1.email).client
    ask_for_password(wf1.email)
    here = follow().client
    here.post(reverse("new_password"), BOTH)
    assert not works(there)
    assert not works(here)


def test_whoever_is_signed_in_beside_is_signed_out_by_the_link(wf1, wf2):
    """Else the next form would be sent as the colleague."""
    ask_for_password(wf1.email)
    client = sign_in(wf2.email).client
    follow(client=client)
    assert works(client), "not by looking"
    client.post(reverse("new_password"), BOTH)
    assert not works(client)


def test_a_changed_address_ends_the_sessions(wf1):
    client = sign_in(wf1.email).client
    change_address(wf1, "wf.neu@example.org")
    assert not works(client)
    assert works(sign_in("wf.neu@example.org").client)


def test_sessions_live_through_a_change_of_the_secret_key(wf1, settings):
    client = sign_in(wf1.email).client
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "ein-anderer-Schluessel"
    assert works(client)


def test_knowing_whether_a_session_is_good_asks_nothing_more(wf1, django_assert_num_queries):
    client = sign_in(wf1.email).client
    with django_assert_num_queries(3):
        client.get(reverse("handbook"))


# What was stored before


def test_the_migration_takes_the_tokens_out_of_the_outbox(wf1):
    old = "https://x.example/konto/passwort/neu/3-abc-def0123/"
    invitation = "http://localhost:8000/konto/einladung/WzEs:1abc:def/"
    rows = [
        OutboxMail.objects.create(recipient=to, subject="s", body=f"Link:\n\n{a}\n\nBis.", html=f'<a href="{a}">{a}</a>', state=state)
        for to, a, state in (("WF1@example.org", old, "waiting"), ("weg@example.org", old, "sent"), ("weg@example.org", invitation, "waiting"))
    ]  # fmt: skip
    migration = import_module("members.migrations.0006_mailed_links_and_locks")
    migration.take_tokens_out(apps, SimpleNamespace(connection=connection, execute=lambda sql: None))
    for row, kind in zip(rows, ("password", "password", "invitation"), strict=True):
        row.refresh_from_db()
        assert (row.body, row.html) == ("Link:\n\n[Link]\n\nBis.", '<a href="[Link]">[Link]</a>')
        assert row.link == kind
    call_command("send_mail_queue")
    assert [message.to for message in django_mail.outbox] == [[wf1.email]]
    assert TOKEN.search(django_mail.outbox[0].body)
    rows[2].refresh_from_db()
    assert rows[2].state == "skipped", "nobody can say whose account it was"
