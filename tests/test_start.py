"""What a person reads who sets the site up and gets something wrong: one German sentence at every door, no traceback."""

import os
import socket
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command

from stadtbezirk import environment, startup
from stadtbezirk.environment import Environment

ROOT = Path(__file__).resolve().parent.parent
KEY = "only-for-this-test-0123456789-abcdefghijklmnopqrstuvwxyz"


def run(*arguments: str, folder: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """As on an empty machine: nothing of this process's own settings reaches it."""
    ours = {"DATABASE_URL", "TEST_DATABASE", "DATA_DIR", "UPLOAD_DIR", "STATIC_ROOT", "APP_ENV"}
    kept = {name: value for name, value in os.environ.items() if name not in ours}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**kept, "SECRET_KEY": KEY, "ALLOWED_HOSTS": "example.org", "DATA_DIR": str(folder),
             "STATIC_ROOT": str(folder / "static"), **settings},
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


def sentence(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    return done.stderr


# Settings


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("SECRET_KEY", "kurz", "zu leicht zu erraten: gebraucht werden 50 zufällige Zeichen"),
        ("SECRET_KEY", "a" * 60, "zu leicht zu erraten"),
        ("ALLOWED_HOSTS", "*", "ohne Stern"),
        ("ALLOWED_HOSTS", "https://example.org", "ohne https://"),
        ("ALLOWED_HOSTS", "example.org:443", "ohne Port"),
        ("MAIL_DIGEST_HOUR", "24", "eine ganze Zahl von 0 bis 23"),
        ("MAIL_DIGEST_HOUR", "sechs", "eine ganze Zahl von 0 bis 23"),
        ("MAIL_DIGEST_HOUR", "-1", "eine ganze Zahl von 0 bis 23"),
        ("EMAIL_TIMEOUT", "0", "eine ganze Zahl von 1 bis 600"),
        ("CONN_MAX_AGE", "1.5", "eine ganze Zahl ab 0"),
        ("HSTS_SECONDS", "ein Jahr", "eine ganze Zahl ab 0"),
        ("TRUSTED_PROXY_COUNT", "99", "eine ganze Zahl von 0 bis 10"),
        ("BEHIND_PROXY", "vielleicht", "true oder false"),
        ("PREPARED_STATEMENTS", "an", "true oder false"),
        ("SITE_URL", "example.org", "eine Adresse wie https://"),
        ("SITE_URL", "https://example.org/pfad", "eine Adresse wie https://"),
        ("SITE_URL", "https://example.org:port", "eine Adresse wie https://"),
        ("CSRF_TRUSTED_ORIGINS", "www.example.org", "eine Adresse wie https://"),
        ("DEFAULT_FROM_EMAIL", "Verein", "eine E-Mail-Adresse"),
        ("LOG_LEVEL", "LAUT", "DEBUG, INFO, WARNING"),
        ("DATABASE_URL", "quatsch", "ist keine Adresse einer Datenbank"),
        ("DATABASE_URL", "mysql://a:b@c/d", "ist keine Adresse einer Datenbank"),
        ("DATABASE_URL", "postgres://benutzer:geheim@rechner:port/name", "ist keine Adresse einer Datenbank"),
        ("DATABASE_URL", "postgres://benutzer:geheim@rechner", "ist keine Adresse einer Datenbank"),
        ("EMAIL_URL", "quatsch", "ist keine Adresse eines Mailservers"),
        ("EMAIL_URL", "smtp://", "ist keine Adresse eines Mailservers"),
        ("EMAIL_URL", "smtp+tls://benutzer:geheim@rechner:port", "ist keine Adresse eines Mailservers"),
        ("CACHE_URL", "quatsch://x", "ist keine Adresse eines Caches"),
        ("APP_ENV", "prod", "es gibt production, demo und test"),
    ],
)
def test_a_wrong_setting_is_one_sentence(name: str, value: str, says: str, monkeypatch: Any) -> None:
    """In a fresh interpreter's stead the settings file is run once more with this environment."""
    for each in ("DATABASE_URL", "EMAIL_URL", "CACHE_URL"):
        monkeypatch.delenv(each, raising=False)
    for each, good in {"APP_ENV": "production", "SECRET_KEY": KEY, "ALLOWED_HOSTS": "example.org"}.items():
        monkeypatch.setenv(each, good)
    monkeypatch.setenv(name, value)
    file = ROOT / "stadtbezirk/settings.py"
    with pytest.raises(ImproperlyConfigured) as refused:
        exec(compile(file.read_text(), str(file), "exec"), {"__file__": str(file), "__name__": "settings"})
    text = str(refused.value)
    assert text.startswith(name)
    assert says in text
    assert "\n" not in text
    assert "geheim" not in text, "no password in a message"
    assert "aaaa" not in text
    assert "kurz" not in text


def test_every_door_says_it(tmp_path: Path) -> None:
    for arguments in (
        ("manage.py", "check"),
        ("-c", "import stadtbezirk.wsgi"),
        ("-m", "gunicorn", "--bind", "127.0.0.1:0"),
    ):
        done = run(*arguments, folder=tmp_path, MAIL_DIGEST_HOUR="24")
        assert done.returncode != 0
        assert "Traceback" not in done.stderr
        assert "MAIL_DIGEST_HOUR ist „24“; erwartet wird eine ganze Zahl von 0 bis 23" in done.stderr


def test_good_settings_are_read_as_they_were(monkeypatch: Any) -> None:
    env = Environment()
    monkeypatch.setenv("DATABASE_URL", "postgres://nutzer:p%40ss@rechner:5433/name")
    found = env.database("DATABASE_URL", Path("/x"), base=Path("/"))
    assert (found["HOST"], found["PORT"], found["PASSWORD"], found["NAME"]) == (
        "rechner",
        5433,
        "p@ss",
        "name",
    )
    monkeypatch.setenv("DATABASE_URL", "sqlite:///var/x.sqlite3")
    found = env.database("DATABASE_URL", Path("/x"), base=Path("/anwendung"))
    assert found["NAME"] == "/anwendung/var/x.sqlite3", "the same file from cron and from a shell"
    for name, given in (
        ("EMAIL_URL", "smtp+tls://u:p@mail.example.org:587"),
        ("CACHE_URL", "locmemcache://"),
    ):
        monkeypatch.setenv(name, given)
    assert env.mail_server("EMAIL_URL", "")["EMAIL_USE_TLS"]
    assert env.cache_server("CACHE_URL")
    for good in ("verein@example.org", "Verein <v@example.org>"):
        monkeypatch.setenv("DEFAULT_FROM_EMAIL", good)
        assert env.sender("DEFAULT_FROM_EMAIL", "") == good
    for good in ("example.org", ".example.org", "localhost", "10.0.0.7", "[::1]"):
        monkeypatch.setenv("ALLOWED_HOSTS", f" {good}, b.example.org")
        assert env.hosts("ALLOWED_HOSTS") == [good, "b.example.org"]


# The database


NO_TABLES = {
    "EMAIL_URL": "smtp://localhost",
    "DJANGO_SUPERUSER_EMAIL": "a@example.org",
    "DJANGO_SUPERUSER_PASSWORD": KEY,
}


def test_commands_before_migrate(tmp_path: Path) -> None:
    for command in (("createsuperuser", "--noinput"), ("send_mail_queue",), ("verify_ledger",)):
        done = run("manage.py", *command, folder=tmp_path, **NO_TABLES)
        assert "fehl" in sentence(done), command
        assert "manage.py migrate" in done.stderr, command


def test_a_demonstration_does_not_log_its_invented_accounts(tmp_path: Path) -> None:
    notes = (
        "import django, logging; django.setup(); logging.getLogger('stadtbezirk.accounts').info('signed_in')"
    )
    settings = {"DJANGO_SETTINGS_MODULE": "stadtbezirk.settings"}
    assert "signed_in" in run("-c", notes, folder=tmp_path, **settings).stderr
    assert run("-c", notes, folder=tmp_path, APP_ENV="demo", **settings).stderr == ""


def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    done = run(
        "manage.py", "migrate", folder=tmp_path, DATABASE_URL=f"postgres://n:geheim@127.0.0.1:{port}/name"
    )
    assert "Die Datenbank ist nicht zu erreichen" in sentence(done)
    assert "DATABASE_URL" in done.stderr
    assert "geheim" not in done.stderr


@pytest.mark.skipif(not os.environ.get("DATABASE_URL", "").startswith("postgres"), reason="nur PostgreSQL")
def test_postgresql_without_tables_or_database(tmp_path: Path) -> None:
    from urllib.parse import urlsplit

    parts = urlsplit(os.environ["DATABASE_URL"])
    missing = parts._replace(path="/gibt-es-nicht").geturl()
    done = run("manage.py", "migrate", folder=tmp_path, DATABASE_URL=missing)
    assert "Die Datenbank ist nicht zu erreichen" in sentence(done)
    empty = parts._replace(path="/template1").geturl()
    done = run("manage.py", "createsuperuser", "--noinput", folder=tmp_path, DATABASE_URL=empty, **NO_TABLES)
    assert "In der Datenbank fehlen Tabellen" in sentence(done)


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "datei").touch()
    done = run("manage.py", "migrate", folder=tmp_path / "datei" / "var")
    assert "lässt sich nicht anlegen oder beschreiben" in sentence(done)
    assert "DATA_DIR" in done.stderr


def test_a_mistyped_address_makes_no_folder(tmp_path: Path) -> None:
    """An empty database in a wrong place would look like lost data."""
    done = run(
        "manage.py", "migrate", folder=tmp_path, DATABASE_URL=f"sqlite:///{tmp_path}/tippfehler/x.sqlite3"
    )
    assert "lässt sich nicht anlegen" in sentence(done)
    assert not (tmp_path / "tippfehler").exists()


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "stadtbezirk.sqlite3").write_text("Das ist ein Brief. " * 100)
    done = run("manage.py", "verify_ledger", folder=tmp_path)
    assert "beschädigt oder keine SQLite-Datei" in sentence(done)


def test_what_nobody_foresaw_keeps_its_traceback() -> None:
    assert startup.sentence(ValueError("x")) is None
    assert startup.sentence(FileNotFoundError(2, "x")) is None


# The web server


def test_without_collectstatic_the_site_says_so_and_does_not_start(tmp_path: Path) -> None:
    done = run("-m", "gunicorn", "--bind", "127.0.0.1:0", folder=tmp_path)
    assert done.returncode != 0
    assert "manage.py collectstatic --noinput" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_address_that_is_taken(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = run("-m", "gunicorn", "--bind", f"127.0.0.1:{port}", folder=tmp_path)
    assert done.returncode != 0
    assert done.stderr.splitlines()[-1].startswith(f"Die Adresse 127.0.0.1:{port} ist schon belegt.")
    assert "Traceback" not in done.stderr


# Files that others must not read


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_first_command_makes_folder_and_file_for_the_owner_alone(tmp_path: Path) -> None:
    data = tmp_path / "neu" / "var"
    done = run("manage.py", "migrate", "--check", folder=data)
    assert done.returncode == 1, "there is something to migrate"
    assert "Traceback" not in done.stderr
    assert mode(data) == 0o700
    assert mode(data / "stadtbezirk.sqlite3") == 0o600


def test_what_sqlite_puts_beside_the_file_is_shut_too(tmp_path: Path) -> None:
    file = tmp_path / "var" / "x.sqlite3"
    environment.prepare_database_file(file, tmp_path / "var")
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE t (x)")
        connection.commit()
        beside = environment.beside(file)
        assert {mode(each) for each in (file, *beside)} == {0o600}
    connection.close()


def test_an_older_file_is_shut_at_the_next_start(tmp_path: Path) -> None:
    file = tmp_path / "x.sqlite3"
    paths = (file, *environment.beside(file))
    for path in paths:
        path.touch()
        path.chmod(0o644)
    environment.prepare_database_file(file, tmp_path)
    assert [mode(path) for path in paths] == [0o640] * 3, "a group that backs up keeps its right to read"


# Mail


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["consolemail://", "memorymail://", "dummymail://", "filemail:///tmp/x"])
def test_production_without_a_mail_server_sends_nothing(address: str, settings: Any, capsys: Any) -> None:
    import environ

    from members.models import OutboxMail

    OutboxMail.objects.create(recipient="a@example.org", subject="Einladung", body="/einladung/geheim/")
    before = list(OutboxMail.objects.values())
    settings.MAIL_DELIVERY = environ.Env.email_url_config(address)
    settings.PRODUCTION = True
    with pytest.raises(CommandError, match="Es ist kein Mailserver eingestellt: Verschickt wurde nichts"):
        call_command("send_mail_queue")
    assert list(OutboxMail.objects.values()) == before
    assert "geheim" not in capsys.readouterr().out


@pytest.mark.django_db
@pytest.mark.parametrize("persona", ["admin_verein", "superuser", "wf1", "auditor"])
def test_the_administrations_start_page_says_that_no_mail_goes_out(
    client: Any, request: Any, persona: str, settings: Any
) -> None:
    from django.urls import reverse

    client.force_login(request.getfixturevalue(persona))
    says = "Es werden keine Nachrichten verschickt."
    assert says not in client.get(reverse("home")).content.decode()
    settings.PRODUCTION = True
    assert (says in client.get(reverse("home")).content.decode()) == (
        persona in {"admin_verein", "superuser"}
    )
    settings.MAIL_DELIVERY = {"EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend"}
    assert says not in client.get(reverse("home")).content.decode()


# The proxy


def warnings_of(**settings: Any) -> set[str]:
    from django.test import override_settings

    from stadtbezirk.operation.checks import check_proxy

    with override_settings(**settings):
        return {str(found.id) for found in check_proxy(None)}


def test_the_check_tells_of_a_proxy_and_addresses_that_do_not_fit() -> None:
    assert warnings_of(BEHIND_PROXY=True, ALLAUTH_TRUSTED_PROXY_COUNT=1) == set()
    assert warnings_of(BEHIND_PROXY=False, ALLAUTH_TRUSTED_PROXY_COUNT=0) == set()
    assert warnings_of(BEHIND_PROXY=True, ALLAUTH_TRUSTED_PROXY_COUNT=0) == {"stadtbezirk.W001"}
    assert warnings_of(BEHIND_PROXY=False, ALLAUTH_TRUSTED_PROXY_COUNT=1) == {"stadtbezirk.W002"}


@pytest.mark.parametrize("header", [None, "", "192.0.2.1"])
def test_a_proxy_that_names_too_few_addresses_is_logged_and_opens_no_limit(
    header: str | None, settings: Any, rf: Any, caplog: Any
) -> None:
    from members.accounts.adapters import AccountAdapter

    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 2
    request = rf.post("/konto/", headers={} if header is None else {"X-Forwarded-For": header})
    assert AccountAdapter(request).get_client_ip(request) == "127.0.0.1"
    assert "sends no X-Forwarded-For" in caplog.text
    request = rf.post("/konto/", headers={"X-Forwarded-For": "198.51.100.9, 192.0.2.1, 10.0.0.1"})
    assert AccountAdapter(request).get_client_ip(request) == "192.0.2.1"
