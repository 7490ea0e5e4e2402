"""What the timer does again and again: each job, when it is due, when it ran last and how it ended.

No job needs a lock of its own. The jobs of every run claim row by row what they do, and what is due once a day is
claimed by one UPDATE of its row. So two runs at once, on one machine or on two, do nothing twice.
"""

import logging
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management import CommandError, call_command
from django.db.models import Q
from django.utils import timezone

from funding.closing.retention import files as retained
from funding.letters import services as letters
from funding.payments import services as payments
from funding.payments.services import files
from members.common.counting import counted
from stadtbezirk.models import JobRun
from stadtbezirk.startup import sentence

logger = logging.getLogger(__name__)

#: Local hour from which a day's jobs run. Before it, they still belong to the day before.
FROM_HOUR = 5
#: After this time without a run, the timer has to be looked at.
SILENT_AFTER = timedelta(days=1)


@dataclass(frozen=True)
class Job:
    """One job: its name, what it does in German, and the function that does it.

    The function writes to the output that it gets, and writes nothing where nothing was due.
    """

    name: str
    what: str
    run: Callable[[Any], object]
    daily: bool = False

    @property
    def how_often(self) -> str:
        return f"einmal am Tag ab {FROM_HOUR} Uhr" if self.daily else "bei jedem Aufruf"


def command(name: str, what: str, *, daily: bool = False, **options: Any) -> Job:
    """Return the job that calls this command, which is silent where it has nothing to do (verbosity 0)."""
    return Job(name, what, lambda out: call_command(name, verbosity=0, stdout=out, **options), daily)


def write_letters(out: Any) -> None:
    """Write the letters that their decisions lack, and say how many."""
    if written := letters.repair():
        out.write(f"{counted(written, 'Schreiben', 'Schreiben')} gezeichnet.")


def call_instalments(out: Any) -> None:
    """Call the instalments that are due. One that is refused says why in its plan and on start pages."""
    called, _ = payments.call_due()
    if called:
        out.write(f"Abgerufen: {counted(called, 'Rate', 'Raten')}")


def make_bank_files(out: Any) -> None:
    """Make the files that released batches lack, and say how many."""
    if made := files.repair():
        out.write(f"{counted(made, 'Datei', 'Dateien')} für die Bank erstellt.")


def delete_after_retention(out: Any) -> None:
    """Delete the files that two people agreed to delete and that are still there, and say how many deletions it were."""
    if finished := retained.repair():
        out.write(f"{counted(finished, 'Löschung', 'Löschungen')} nach der Aufbewahrung zu Ende geführt.")


#: In the order in which they run: what takes long comes last, so that no mail waits for it.
JOBS = (
    command("send_mail_queue", "fällige und gesammelte Nachrichten versenden"),
    Job("instalments", "fällige Raten abrufen", call_instalments),
    Job("write_letters", "fehlende Schreiben zeichnen und erstellen", write_letters),
    Job("bank_files", "fehlende Dateien für die Bank erstellen", make_bank_files),
    Job("retention", "Löschungen nach der Aufbewahrung zu Ende führen", delete_after_retention),
    command("send_reminders", "an fällige Verwendungsnachweise erinnern", daily=True),
    command("sweep_events", "abgelaufene Ereignisse der Konten löschen", daily=True),
    command("clearsessions", "abgelaufene Anmeldungen löschen", daily=True),
    command("sweep_uploads", "Dateien ohne Eintrag löschen", daily=True, delete=True),
    command("verify_ledger", "Buchungen und Datenbank nachprüfen", daily=True),
)


def run_due(out: Any, only: Collection[str] = ()) -> list[str]:
    """Run what is due, or the jobs named in ``only`` in any case. Return a German sentence per failed job.

    A job that fails stops no other one. One that runs once a day is tried again the next day.
    """
    troubles = []
    for job in JOBS:
        if (only and job.name not in only) or not _claimed(job, asked_for=bool(only)):
            continue
        error = _error_of(job, out)
        JobRun.objects.filter(name=job.name).update(ended_at=timezone.now(), error=error)
        if error:
            troubles.append(f"{job.name} ({job.what}) ist fehlgeschlagen: {error}")
    return troubles


def _claimed(job: Job, *, asked_for: bool) -> bool:
    """Note that the job begins, and return whether this run does it: of two at once, one does a day's job."""
    now = timezone.now()
    day = timezone.localdate(now - timedelta(hours=FROM_HOUR))
    JobRun.objects.get_or_create(name=job.name)
    row = JobRun.objects.filter(name=job.name)
    if job.daily and not asked_for:
        row = row.filter(Q(day=None) | Q(day__lt=day))
    return bool(row.update(day=day, begun_at=now, ended_at=None, error=""))


def _error_of(job: Job, out: Any) -> str:
    """Run the job and return what went wrong, as a German sentence; empty if nothing did."""
    try:
        job.run(out)
    except CommandError as error:
        return str(error)
    except Exception as error:
        logger.exception("The job %s failed.", job.name)
        return sentence(error) or f"Unerwarteter Fehler ({type(error).__name__}), siehe Protokoll."
    return ""


def listed() -> Iterator[str]:
    """Yield a German line per job: what it does, how often, when it ran last and how that ended. One query."""
    rows = {row.name: row for row in JobRun.objects.all()}
    for job in JOBS:
        yield f"{job.name}: {job.what}, {job.how_often}; {_last(rows.get(job.name))}"


def _last(row: JobRun | None) -> str:
    if row is None or row.begun_at is None:
        return "noch nie gelaufen"
    when = f"zuletzt am {timezone.localtime(row.begun_at):%d.%m.%Y, %H:%M} Uhr"
    if row.error:
        return f"{when}, fehlgeschlagen: {row.error}"
    return when if row.ended_at else f"{when}, nicht zu Ende gekommen oder noch dabei"


def trouble() -> str:
    """Return a German sentence if the timer is silent or a job failed when it ran last, else an empty text.

    A job's own words are left out: pages without a sign-in show this. Demo and tests have no timer.
    One query.
    """
    if not settings.PRODUCTION:
        return ""
    rows = list(JobRun.objects.filter(name__in=[job.name for job in JOBS], begun_at__isnull=False))
    latest = max((row.begun_at for row in rows if row.begun_at), default=None)
    if latest is None:
        return "„manage.py run_jobs“ ist noch nie gelaufen: bitte alle fünf Minuten aufrufen lassen (siehe README)."
    if latest < timezone.now() - SILENT_AFTER:
        since = timezone.localtime(latest)
        return f"„manage.py run_jobs“ ist seit dem {since:%d.%m.%Y, %H:%M} Uhr nicht gelaufen."
    if failed := sorted(row.name for row in rows if row.error):
        return f"Zuletzt fehlgeschlagen: {', '.join(failed)} („manage.py run_jobs --list“ sagt, warum)."
    return ""
