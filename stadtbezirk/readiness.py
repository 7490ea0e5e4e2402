"""Check what must be right before the site takes visitors. ``/readyz`` asks this every few seconds."""

from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import parseaddr

from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.db import Error, connection, transaction

from members.common.catalogue import agrees
from members.common.migrated import unapplied
from members.models import OutboxMail
from members.post import outbox as mail
from stadtbezirk.models import LegalDetails
from stadtbezirk.operation import jobs

#: Parts that somebody has to see to, but for which no load balancer may take the site away.
REMINDERS = {"texts", "jobs"}
#: The domain of DEFAULT_FROM_EMAIL where nobody set one: no answer arrives there.
NOBODY = "example.org"
#: A file that every page loads.
STYLESHEET = "css/app.css"
MIGRATE = "Es fehlen Migrationen: bitte „manage.py migrate“ ausführen."
COMPARE = (
    "Trigger oder Bedingungen der Datenbank sind nicht so, wie sie zuletzt geprüft wurden: "
    "„manage.py check --database default“ vergleicht sie und nennt, was abweicht."
)


def troubles() -> dict[str, str]:
    """Return a German sentence for each part, empty where it is in order. No secrets, no personal data.

    Parts that need the database are left out where it does not answer or lacks migrations.
    """
    found = {"static": _static()}
    try:
        with _briefly():
            found["database"] = ""
            found["migrations"] = MIGRATE if unapplied() else ""
            if not found["migrations"]:
                found["catalogue"] = "" if agrees() else COMPARE
                found["mail"] = _mail()
                found["texts"] = _texts()
                found["jobs"] = jobs.trouble()
    except Error:
        found["database"] = "Die Datenbank antwortet nicht, oder sie wird gerade geändert."
    return found


@contextmanager
def _briefly() -> Iterator[None]:
    """Ask the database without waiting for long: on PostgreSQL a migrate may hold the tables."""
    if connection.vendor != "postgresql":
        connection.ensure_connection()
        yield
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '2s'")
        yield


def _static() -> str:
    """Return the trouble with static files: production serves only what ``collectstatic`` collected."""
    try:
        staticfiles_storage.url(STYLESHEET)
    except ValueError:
        return "Statische Dateien fehlen: bitte „manage.py collectstatic“ ausführen und neu starten."
    return ""


def _mail() -> str:
    if not mail.has_server():
        return "Es ist kein Mailserver eingestellt: EMAIL_URL."
    if OutboxMail.objects.filter(mail.is_stuck()).exists():
        return "Im Postausgang liegt etwas fest: „manage.py run_jobs“ läuft nicht oder meldet einen Fehler."
    return ""


def _texts() -> str:
    """Return what visitors would read a gap or a placeholder of: the legal pages, the sender of mails."""
    sentences = []
    if missing := LegalDetails.load().missing:
        sentences.append(
            f"Für Impressum und Datenschutz fehlt: {', '.join(missing)} (in der Verwaltung einzutragen)."
        )
    if settings.PRODUCTION and parseaddr(settings.DEFAULT_FROM_EMAIL)[1].endswith(f"@{NOBODY}"):
        sentences.append("Alle Mails tragen eine erfundene Absenderadresse: DEFAULT_FROM_EMAIL.")
    return " ".join(sentences)
