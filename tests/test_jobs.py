"""``run_jobs``: what is due is done, by one of several machines; a job that fails stops no other one."""

import os
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from funding.management.commands import verify_ledger
from members.models import OutboxMail
from stadtbezirk.models import JobRun
from stadtbezirk.operation import jobs
from tests.crowd import Crowd

pytestmark = pytest.mark.django_db

DAILY = {"send_reminders", "sweep_events", "clearsessions", "sweep_uploads", "verify_ledger"}


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    """The uploads: two stored files that no row names, two days old, and eighteen young ones."""
    options = {**settings.STORAGES["default"]["OPTIONS"], "location": tmp_path}
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {**settings.STORAGES["default"], "OPTIONS": options},
    }
    (tmp_path / "ab").mkdir()
    old = (timezone.now() - timedelta(days=2)).timestamp()
    for number in range(20):
        path = tmp_path / "ab" / f"ab{number}"
        path.write_bytes(b"x")
        if number < 2:
            os.utime(path, (old, old))
    return tmp_path / "ab"


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("run_jobs", *arguments, stdout=out)
    return out.getvalue()


def waiting_mail() -> OutboxMail:
    return OutboxMail.objects.create(recipient="x@example.org", subject="Neu", body="Text")


def at(day: int, hour: int, minute: int = 0) -> Any:
    """The clock of Dortmund in December 2026, one hour ahead of UTC."""
    now = datetime(2026, 12, day, hour - 1, minute, tzinfo=UTC)
    return patch.object(timezone, "now", lambda: now)


def broken(name: str, error: Exception) -> Any:
    """The job of this name fails."""

    def fail(out: Any) -> None:
        raise error

    found = tuple(replace(job, run=fail) if job.name == name else job for job in jobs.JOBS)
    return patch.object(jobs, "JOBS", found)


def test_mails_go_out_and_stray_files_are_swept(folder: Path) -> None:
    mail = waiting_mail()
    said = run()
    mail.refresh_from_db()
    assert mail.state == OutboxMail.State.SENT
    assert len(list(folder.iterdir())) == 18
    assert "1 gesendet, 0 nicht" in said
    assert "Gelöscht: 2\xa0Dateien ohne Eintrag" in said


def test_nothing_is_said_where_nothing_is_due() -> None:
    run()
    assert run() == ""
    JobRun.objects.update(day=date(2026, 1, 1))
    assert run() == "", "the day's work found nothing to do"


def test_a_days_work_is_done_once_from_five_o_clock() -> None:
    ran: list[str] = []
    noted = tuple(replace(job, run=lambda out, name=job.name: ran.append(name)) for job in jobs.JOBS)  # type: ignore[misc]
    with patch.object(jobs, "JOBS", noted):
        for when, expected in (
            (at(3, 12), DAILY),  # the first run of all
            (at(3, 12, 5), set()),
            (at(4, 4, 55), set()),
            (at(4, 5), DAILY),
            (at(4, 23, 55), set()),
            (at(9, 3), DAILY),  # the machine was off for days
            (at(9, 5), DAILY),
        ):
            ran.clear()
            with when:
                run()
            assert (
                set(ran) - {"bank_files", "instalments", "retention", "send_mail_queue", "write_letters"}
                == expected
            )
            assert ran[0] == "send_mail_queue", "mails go out at every run, before what takes long"


def test_a_job_that_fails_stops_no_other_one(folder: Path, caplog: Any) -> None:
    caplog.set_level("CRITICAL", "stadtbezirk.operation.jobs")
    mails_fail = broken("send_mail_queue", CommandError("Der Mailserver antwortet nicht."))
    with mails_fail, pytest.raises(CommandError) as failed:
        run()
    assert str(failed.value) == (
        "send_mail_queue (fällige und gesammelte Nachrichten versenden) ist fehlgeschlagen: Der Mailserver antwortet nicht."
    )
    assert failed.value.returncode == 1
    assert len(list(folder.iterdir())) == 18
    assert JobRun.objects.get(name="send_mail_queue").error == "Der Mailserver antwortet nicht."
    assert set(JobRun.objects.filter(error="", ended_at__isnull=False).values_list("name", flat=True)) == {
        *DAILY,
        "instalments",
        "write_letters",
        "bank_files",
        "retention",
    }


def test_an_unforeseen_error_is_named_and_logged(caplog: Any) -> None:
    with broken("sweep_events", KeyError("geheim")), pytest.raises(CommandError) as failed:
        run()
    assert "Unerwarteter Fehler (KeyError), siehe Protokoll." in str(failed.value)
    assert "geheim" not in str(failed.value)
    assert "The job sweep_events failed." in caplog.text


def test_a_wrong_ledger_ends_the_command_with_its_sentences() -> None:
    with patch.object(verify_ledger, "findings", lambda: iter(["Topf X: falsch."])):
        with pytest.raises(CommandError, match=r"verify_ledger \(.*\) ist fehlgeschlagen: Topf X: falsch\."):
            run()
        assert run() == "", "once a day: not every five minutes"


def test_one_job_alone_runs_even_twice_a_day() -> None:
    run()
    begun = JobRun.objects.get(name="sweep_events").begun_at
    mail = waiting_mail()
    run("--only", "sweep_events")
    mail.refresh_from_db()
    assert mail.state == OutboxMail.State.WAITING
    again = JobRun.objects.get(name="sweep_events").begun_at
    assert begun and again and again > begun


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    with pytest.raises(
        CommandError, match=r"Diese Aufgabe gibt es nicht: sweep\. Es gibt: send_mail_queue, .*clearsessions"
    ):
        run("--only", "sweep")
    assert not JobRun.objects.exists()


def test_the_list_says_when_each_job_ran_and_how_it_ended() -> None:
    assert all(line.endswith("noch nie gelaufen") for line in run("--list").splitlines())
    with at(4, 12), broken("sweep_events", CommandError("Kein Platz.")), pytest.raises(CommandError):
        run()
    JobRun.objects.filter(name="clearsessions").update(ended_at=None)
    mails, _, _, _, _, _, events, sessions, _, ledger = run("--list").splitlines()
    assert mails == (
        "send_mail_queue: fällige und gesammelte Nachrichten versenden, bei jedem Aufruf; zuletzt am 04.12.2026, 12:00 Uhr"
    )
    assert events.endswith(
        "einmal am Tag ab 5 Uhr; zuletzt am 04.12.2026, 12:00 Uhr, fehlgeschlagen: Kein Platz."
    )
    assert sessions.endswith("zuletzt am 04.12.2026, 12:00 Uhr, nicht zu Ende gekommen oder noch dabei")
    assert ledger.endswith("zuletzt am 04.12.2026, 12:00 Uhr")


def silent(hours: int) -> None:
    JobRun.objects.update(begun_at=timezone.now() - timedelta(hours=hours))


def test_monitoring_and_administration_hear_of_a_silent_timer(settings: Any, admin_verein: Any) -> None:
    settings.PRODUCTION = True
    settings.MAIL_DELIVERY = {"EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend"}
    visitor = Client()
    visitor.force_login(admin_verein)

    def told() -> str:
        answer = Client().get("/readyz")
        said = answer.json()["jobs"]
        assert answer.status_code == 200, "no load balancer takes the site away"
        page = visitor.get("/").content.decode()
        assert ("Der Zeitgeber braucht" in page) == (said != "ok")
        assert said == "ok" or said in page
        return str(said)

    assert told().startswith("„manage.py run_jobs“ ist noch nie gelaufen")
    run()
    assert told() == "ok"
    silent(hours=25)
    assert "Uhr nicht gelaufen" in told()
    silent(hours=23)
    assert told() == "ok"
    JobRun.objects.filter(name="sweep_uploads").update(error="unterlage-von-frau-x.pdf fehlt")
    assert told() == "Zuletzt fehlgeschlagen: sweep_uploads („manage.py run_jobs --list“ sagt, warum)."


@pytest.mark.django_db(transaction=True)
def test_of_several_machines_one_does_the_days_work(crowd: Crowd) -> None:
    ran = crowd.run(("run_jobs",), ("run_jobs",), ("run_jobs",))
    assert sorted(name for names in ran for name in names) == sorted(
        [*DAILY, *["bank_files", "instalments", "retention", "send_mail_queue", "write_letters"] * 3]
    )
