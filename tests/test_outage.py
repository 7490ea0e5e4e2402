"""The database is locked, too slow, read-only or away: every page says so in German, and asks for another try."""

import itertools
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.core.cache import cache
from django.core.cache.backends.db import DatabaseCache
from django.db import (
    DatabaseError,
    IntegrityError,
    InterfaceError,
    InternalError,
    OperationalError,
    ProgrammingError,
    connection,
)
from django.test import Client
from django.urls import reverse

from members.common import outage
from members.models import MailedLink, Organisation, User
from members.post import links
from stadtbezirk import views
from tests import personas
from tests.crowd import Crowd
from tests.databases import Copy
from tests.test_project_pages import typed


def require_said(answer: Any) -> None:
    assert answer.status_code == 503, answer.status_code
    assert answer.headers["Retry-After"] == "60"
    assert outage.SENTENCE in answer.content.decode()


# What counts as an outage. Without the fixture `db`: the page asks no database.


def caused(kind: type[DatabaseError | InterfaceError], cause: BaseException) -> BaseException:
    """As Django raises it: its own error, made of the driver's."""
    try:
        raise kind(str(cause)) from cause
    except kind as error:
        return error


def sqlite_error(code: int) -> sqlite3.Error:
    error = sqlite3.OperationalError("x")
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize("state", ["55P03", "57014", "40P01", "40001", "53300", "57P01", "57P03", "08006"])
def test_postgresql_cannot_for_now(state: str) -> None:
    """Locked, too slow, deadlock, serialization, too many connections, shut down, starting, connection lost."""
    require_said(views.unavailable(caused(OperationalError, psycopg.errors.lookup(state)())))


@pytest.mark.parametrize("state", ["25006", "25P03"])
def test_postgresql_only_reads_or_ended_a_transaction_that_stood_still(state: str) -> None:
    require_said(views.unavailable(caused(InternalError, psycopg.errors.lookup(state)())))


@pytest.mark.parametrize("name", ["BUSY", "LOCKED", "READONLY", "IOERR", "CANTOPEN"])
def test_sqlite_cannot_for_now(name: str) -> None:
    error = sqlite_error(getattr(sqlite3, f"SQLITE_{name}"))
    require_said(views.unavailable(caused(OperationalError, error)))


def test_a_lost_connection_and_an_error_on_the_way_out_of_another() -> None:
    require_said(views.unavailable(InterfaceError("connection already closed")))
    try:
        try:
            raise OperationalError("database is locked")
        except OperationalError:
            raise ValueError from None
    except ValueError as error:
        require_said(views.unavailable(error))


@pytest.mark.parametrize(
    "error",
    [
        ValueError(),
        IntegrityError(),
        caused(ProgrammingError, psycopg.errors.lookup("42P01")()),
        caused(InternalError, psycopg.errors.lookup("25P02")()),
        caused(OperationalError, sqlite_error(sqlite3.SQLITE_ERROR)),
        None,
    ],
    ids=["ours", "refused", "no such table", "aborted", "wrong SQL", "nothing"],
)
def test_a_mistake_of_the_program_is_none(error: BaseException | None) -> None:
    assert views.unavailable(error) is None


# Somebody else holds what a page wants to write


@pytest.mark.django_db(transaction=True)
def test_a_page_does_not_wait_for_ever(crowd: Crowd) -> None:
    user, admin = personas.gf_aplerbeck(), personas.admin_verein()
    project = personas.make_project(user, title="Vorher")
    organisation = Organisation.objects.create(name="Ruderverein")
    sign_in = {"login": user.email, "password": personas.PASSWORD}
    change = reverse("admin:members_organisation_change", args=[organisation.pk])
    edited = typed(title="Nachher", version=project.version)
    edit = reverse("projects:edit", args=[project.pk])
    *answers, _ = crowd.run(
        ("visit_beside", user.pk, [(edit, edited), (reverse("account_logout"), {})]),
        ("visit_beside", None, [(reverse("account_login"), sign_in)]),
        ("visit_beside", admin.pk, [(change, {"name": "Segelverein", "short_name": "", "country": "DE"})]),
        ("hold_rows", ["projects_project", "members_organisation", "members_user", "django_session"]),
        rest="idle_four_times",
    )
    for status, retry, page in itertools.chain(*answers):
        assert (status, retry) == (503, "60"), page
        assert outage.SENTENCE in page
    project.refresh_from_db()
    organisation.refresh_from_db()
    assert (project.title, organisation.name) == ("Vorher", "Ruderverein")


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor == 'sqlite'", reason="nur PostgreSQL")
@pytest.mark.parametrize(
    "sql", ["SELECT pg_sleep(600)", "SELECT pg_terminate_backend(pg_backend_pid())"], ids=["slow", "lost"]
)
def test_a_statement_that_takes_too_long_and_a_connection_that_is_lost(crowd: Crowd, sql: str) -> None:
    assert crowd.run(("ask_postgresql", sql)) == [(503, "60")]


@pytest.mark.django_db(transaction=True)
def test_the_limits_hold_in_the_web_server_alone() -> None:
    """A command waits as before."""
    ask = (
        "from django.db import connection as c; cursor = c.cursor();"
        "names = ['lock_timeout', 'statement_timeout', 'idle_in_transaction_session_timeout'];"
        "asked = [f'SHOW {n}' for n in names] if c.vendor == 'postgresql' else ['PRAGMA busy_timeout'];"
        "print([cursor.execute(sql).fetchone()[0] for sql in asked])"
    )
    copy = Copy(str(connection.settings_dict["NAME"]))

    def said(start: str, **given: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", f"{start}; {ask}"], cwd=settings.BASE_DIR, env={**copy.environment, **given},
            capture_output=True, text=True, check=True, timeout=60,
        )  # fmt: skip
        return done.stdout.strip()

    web, command = "import stadtbezirk.wsgi", "import django; django.setup()"
    short = {"WEB_LOCK_TIMEOUT": "3", "WEB_STATEMENT_TIMEOUT": "7"}
    off = {"WEB_LOCK_TIMEOUT": "0", "WEB_STATEMENT_TIMEOUT": "0"}
    if connection.vendor == "postgresql":
        assert said(web) == "['10s', '30s', '30s']"
        assert said(web, **short) == "['3s', '7s', '7s']"
        assert said(web, **off) == said(command) == "['0', '0', '0']"
    else:
        assert said(web) == "[10000]"
        assert said(web, **short) == "[3000]"
        assert said(web, **off) == said(command) == "[20000]"


# The database takes nothing any more


@pytest.fixture
def nothing_is_written(transactional_db: None) -> Iterator[Any]:
    """A function from whose call on the database only reads, as with a full disk or a standby."""
    on_sqlite = connection.vendor == "sqlite"

    def execute(sql: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(sql)

    yield lambda: execute("PRAGMA query_only = ON" if on_sqlite else "SET default_transaction_read_only = on")
    execute("PRAGMA query_only = OFF" if on_sqlite else "SET default_transaction_read_only = off")


def browser(user: User | None = None) -> Client:
    client = Client(raise_request_exception=False)
    if user:
        client.force_login(user)
    return client


def test_every_door_says_so(nothing_is_written: Any) -> None:
    director, admin = personas.gf_aplerbeck(), personas.admin_verein()
    project = personas.make_project(director, title="Vorher")
    organisation = Organisation.objects.create(name="Ruderverein")
    link = reverse("mailed_link", args=[links.token(director, MailedLink.PASSWORD)])
    signed_in, in_admin, visitor = browser(director), browser(admin), browser()
    sign_in = {"login": director.email, "password": personas.PASSWORD}
    nothing_is_written()

    assert signed_in.get(reverse("home")).status_code == 200
    assert visitor.get(reverse("home")).status_code == 200
    require_said(visitor.post(reverse("account_login"), sign_in))
    require_said(visitor.post(reverse("account_login"), {**sign_in, "password": "falsch"}))
    require_said(visitor.post(reverse("account_reset_password"), {"email": director.email}))
    require_said(visitor.get(link))
    require_said(signed_in.get(link))
    address = reverse("projects:edit", args=[project.pk])
    require_said(signed_in.post(address, typed(title="Nachher", version=project.version)))
    require_said(signed_in.post(reverse("profile"), {"mail_frequency": "daily"}))
    change = reverse("admin:members_organisation_change", args=[organisation.pk])
    require_said(in_admin.post(change, {"name": "Segelverein", "short_name": "", "country": "DE"}))
    require_said(signed_in.post(reverse("account_logout")))


@pytest.mark.django_db
def test_a_full_disk_is_no_wrong_password(wf1: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """Django's cache in the database keeps to itself that it could not store."""
    monkeypatch.setattr(DatabaseCache, "add", lambda *_, **__: False)
    require_said(
        browser().post(reverse("account_login"), {"login": wf1.email, "password": personas.PASSWORD})
    )
    require_said(browser().post(reverse("account_reset_password"), {"email": wf1.email}))


class AwayError(Exception):
    """As the library of a cache on another machine says that it found nobody there."""


@pytest.mark.django_db
@pytest.mark.parametrize("cause", [ConnectionRefusedError(), TimeoutError(), socket.gaierror()], ids=repr)
def test_a_cache_on_another_machine_that_is_away(
    wf1: User, monkeypatch: pytest.MonkeyPatch, cause: OSError
) -> None:
    def away(*_: Any) -> None:
        raise AwayError("Connection refused.") from cause

    monkeypatch.setattr(DatabaseCache, "get_many", away)
    sign_in = {"login": wf1.email, "password": personas.PASSWORD}
    require_said(browser().post(reverse("account_login"), sign_in))
    require_said(browser().post(reverse("account_reset_password"), {"email": wf1.email}))


@pytest.mark.django_db
def test_a_key_of_somebody_else_is_no_outage() -> None:
    assert cache.add("key", 1)
    assert not cache.add("key", 2)
    assert cache.get("key") == 1
