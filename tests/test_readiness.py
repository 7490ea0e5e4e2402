"""``/healthz`` is the process, ``/readyz`` all that a site needs; a load balancer asks both by IP address."""

from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from django.contrib.staticfiles.storage import staticfiles_storage
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone

from members.models import OutboxMail
from stadtbezirk.demo import texts
from stadtbezirk.models import JobRun, LegalDetails

PARTS = {"static", "database", "migrations", "catalogue", "mail", "texts", "jobs"}
BALANCER = {"HTTP_HOST": "10.0.0.7", "HTTP_X_FORWARDED_PROTO": "http"}


@pytest.fixture
def production(settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["example.org"]
    settings.SECURE_SSL_REDIRECT = True
    settings.PRODUCTION = True
    settings.MAIL_DELIVERY = {"EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend"}
    settings.DEFAULT_FROM_EMAIL = "Verein <post@stadtbezirke.example>"


@pytest.fixture(autouse=True)
def filled_in(request: pytest.FixtureRequest) -> None:
    """The legal pages are complete, and the timer has run, where a test has a database."""
    if request.node.get_closest_marker("django_db"):
        request.getfixturevalue("db")
        texts.fill_in(timezone.localdate())
        JobRun.objects.create(name="send_mail_queue", begun_at=timezone.now())


def ready() -> dict[str, str]:
    """What ``/readyz`` finds wrong."""
    answer = Client().get("/readyz")
    said = answer.json()
    assert (answer.status_code, said.pop("status")) in ((200, "ok"), (503, "nicht bereit"))
    wrong = {part: sentence for part, sentence in said.items() if sentence != "ok"}
    assert (answer.status_code == 200) == (not wrong)
    return wrong


@pytest.mark.django_db
def test_a_fresh_site_is_ready(production: None) -> None:
    answer = Client().get("/readyz", **BALANCER)
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok", **dict.fromkeys(PARTS, "ok")}


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_a_load_balancer_asks_by_ip_address_over_http(path: str, production: None) -> None:
    client = Client()
    answer = client.get(path, **BALANCER)
    assert answer.status_code == 200
    assert "no-store" in answer.headers["Cache-Control"]
    assert not answer.cookies
    assert client.head(path, **BALANCER).status_code == 200
    assert client.post(path, **BALANCER).status_code == 405


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/", "/projekte/", "/healthz/", "/healthz/x", "/readyzx", "/konto/"])
def test_no_other_address_answers_by_ip_address(path: str, production: None) -> None:
    assert Client().get(path, **BALANCER).status_code in (301, 400)
    assert Client().get(path, **BALANCER, secure=True).status_code == 400


def test_healthz_asks_no_database() -> None:
    """This test may not either."""
    assert Client().get("/healthz").json() == {"status": "ok"}


@pytest.mark.django_db
def test_readyz_takes_a_fixed_number_of_questions(django_assert_num_queries: Any) -> None:
    # Applied migrations (two), the catalogue, mails, texts; on PostgreSQL its transaction and what migrate noted, too.
    with django_assert_num_queries(9 if connection.vendor == "postgresql" else 5):
        assert ready() == {}


@pytest.mark.django_db
def test_a_database_that_does_not_answer_is_named() -> None:
    with patch.object(connection, "cursor", side_effect=OperationalError("password=geheim")):
        answer = Client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["database"] == "Die Datenbank antwortet nicht, oder sie wird gerade geändert."
    assert "geheim" not in answer.content.decode()


@pytest.mark.django_db
def test_missing_migrations_are_named() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'funding'")
    assert ready() == {"migrations": "Es fehlen Migrationen: bitte „manage.py migrate“ ausführen."}


@pytest.mark.django_db
def test_static_files_that_nobody_collected_are_named(settings: Any, tmp_path: Path) -> None:
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    }
    assert staticfiles_storage.manifest_strict
    assert list(ready()) == ["static"]


@pytest.mark.django_db
def test_a_mail_server_that_is_not_set_is_named(production: None, settings: Any) -> None:
    settings.MAIL_DELIVERY = {"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}
    assert ready() == {"mail": "Es ist kein Mailserver eingestellt: EMAIL_URL."}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("state", "minutes", "stuck"),
    [
        ("waiting", 61, True),
        ("waiting", 30, False),
        ("gathered", 61, True),
        ("sending", 61, True),
        ("sending", 30, False),
        ("sent", 600, False),
        ("failed", 600, False),
    ],
)
def test_mails_that_lie_still_are_named(state: str, minutes: int, stuck: bool) -> None:
    then = timezone.now() - timedelta(minutes=minutes)
    OutboxMail.objects.create(
        recipient="person@example.org",
        subject="Vertraulich",
        body="",
        state=state,
        not_before=then,
        claimed_at=then,
    )
    wrong = ready()
    assert list(wrong) == (["mail"] if stuck else [])
    assert "person@example.org" not in str(wrong)
    assert "Vertraulich" not in str(wrong)


@pytest.mark.django_db
def test_gaps_of_the_legal_pages_are_named_and_take_no_instance_away(production: None, settings: Any) -> None:
    LegalDetails.objects.update(address="", responsible="[Name und Anschrift]")
    settings.DEFAULT_FROM_EMAIL = "StadtbezirksMarketing Dortmund <noreply@example.org>"
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (200, "ok")
    assert answer.json()["texts"] == (
        "Für Impressum und Datenschutz fehlt: Anschrift des Vereins, Verantwortlich für den Inhalt (in der Verwaltung "
        "einzutragen). Alle Mails tragen eine erfundene Absenderadresse: DEFAULT_FROM_EMAIL."
    )
    assert "Anschrift" not in answer.json()["mail"]
