"""Killed on the way from an approval to its letter, and from a release to its payments: it goes on, and nothing is done twice."""

import os
from datetime import timedelta
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.utils import timezone

from funding.letters import content
from funding.letters.models import Letter, LetterSeries
from funding.models import Application, LedgerEntry
from funding.payments import pain, services
from funding.payments.models import PaymentBatch
from funding.payments.services import files
from funding.verify import findings
from members.common import stored
from members.models import OutboxMail
from projects.attachments import strays
from tests import batches as b
from tests import killed, letters
from tests import personas as p

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    """A folder of this test for the stored files."""
    options = {**settings.STORAGES["default"]["OPTIONS"], "location": tmp_path}
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {**settings.STORAGES["default"], "OPTIONS": options},
    }
    return tmp_path


def kept(folder: Path) -> list[Path]:
    """The stored files, each a day older than the sweep leaves alone."""
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    old = (timezone.now() - timedelta(days=2)).timestamp()
    for path in found:
        os.utime(path, (old, old))
    return found


def run_jobs(*only: str) -> str:
    out = StringIO()
    call_command("run_jobs", *(f"--only={name}" for name in only), stdout=out)
    return out.getvalue()


def bytes_of(sha256: str) -> bytes:
    with stored.get(sha256) as file:
        return bytes(file.read())


@pytest.mark.parametrize(
    ("point", "left"), [("before the PDF", 0), ("half of the file", 1), ("before the hash", 1)]
)
def test_a_letter_goes_on_with_its_number_and_the_same_bytes(folder: Path, point: str, left: int) -> None:
    letters.ready()
    project = p.handed_in(p.gf_aplerbeck(), pillar_2="2000", measure="grant", organiser=letters.organiser())
    application = p.application(project)
    killed.run("approve", point, application.pk, p.wf1().pk, "2000")

    application.refresh_from_db()
    assert (application.state, application.granted) == ("approved", Decimal(2000))
    letter = Letter.objects.get()
    assert letter.sha256 == "" and len(kept(folder)) == left
    assert list(findings()) == []

    said = run_jobs()
    letter.refresh_from_db()
    assert "1\xa0Schreiben gezeichnet" in said
    assert bytes_of(letter.sha256) == content.render(letter.inputs)
    assert [path.name for path in kept(folder)] == [letter.sha256]
    assert LetterSeries.objects.get().last == Letter.objects.count() == 1
    assert LedgerEntry.objects.filter(kind="commit").count() == 1

    call_command("sweep_uploads", delete=True, stdout=StringIO())
    assert "gezeichnet" not in run_jobs()
    assert (Letter.objects.get().number, bytes_of(letter.sha256)[:5]) == (letter.number, b"%PDF-")
    assert list(findings()) == []


RELEASE = [("before the bank's file", 0), ("half of the file", 1), ("before the hash", 1)]


@pytest.mark.parametrize("by", ["the timer", "the page"])
@pytest.mark.parametrize(("point", "left"), RELEASE)
def test_the_file_of_a_released_batch_goes_on_with_the_same_bytes(
    folder: Path, client: Any, point: str, left: int, by: str
) -> None:
    b.balance()
    batch = b.opened(b.checked_call(amount="500"), b.checked_call(amount="250.50"))
    killed.run("release", point, batch.pk, p.wf2().pk)

    batch.refresh_from_db()
    assert (batch.state, batch.released_by, batch.sha256) == ("released", p.wf2(), "")
    assert len(kept(folder)) == left
    assert not b.found()
    wanted = pain.write(files.order(batch)).content

    if by == "the timer":
        assert "1\xa0Datei für die Bank erstellt" in run_jobs("bank_files")
    else:
        client.force_login(p.wf1())
        assert client.get(f"{batch.get_absolute_url()}datei/").getvalue() == wanted
    batch.refresh_from_db()
    assert files.content(batch) == wanted
    assert [path.name for path in kept(folder)] == [batch.sha256]

    assert "erstellt" not in run_jobs("bank_files")
    assert files.content(PaymentBatch.objects.get()) == wanted
    assert not LedgerEntry.objects.filter(kind="pay").exists()
    assert not b.found()


def test_the_file_of_a_batch_that_is_dissolved_instead_is_swept(folder: Path) -> None:
    b.balance()
    batch = b.opened()
    killed.run("release", "before the hash", batch.pk, p.wf2().pk)
    services.dissolve(batch, reason="Der Rechner fiel aus.", actor=p.wf1())
    [orphan] = kept(folder)
    assert strays().names == [str(orphan.relative_to(folder))]
    call_command("sweep_uploads", delete=True, yes=True, stdout=StringIO())
    assert kept(folder) == []
    assert not b.found()


@pytest.mark.parametrize(
    ("point", "booked"),
    [("in the second booking", 1), ("after the second booking", 2), ("after all bookings", 3)],
)
def test_what_was_marked_executed_goes_on_and_pays_and_tells_once(
    folder: Path, point: str, booked: int
) -> None:
    calls = [b.checked_call(amount=str(100 + n)) for n in range(3)]
    batch = b.released(*calls)
    OutboxMail.objects.all().delete()
    killed.run("execute", point, batch.pk, p.wf1().pk)

    batch.refresh_from_db()
    assert batch.payments.filter(state="executed").count() == booked
    assert LedgerEntry.objects.filter(kind="pay").count() == booked
    assert OutboxMail.objects.filter(template="paid").count() == booked
    assert (batch.state == "executed") == (booked == 3)
    assert not b.found()

    if booked < 3:
        assert services.mark_executed(batch, executed_on=b.bank_day(), actor=p.wf2()) == []
    for _ in range(2):
        run_jobs("send_mail_queue", "bank_files")
    batch.refresh_from_db()
    assert batch.state == "executed"
    assert LedgerEntry.objects.filter(kind="pay").count() == 3
    assert sorted(Application.objects.values_list("paid", "called")) == [(100 + n, 0) for n in range(3)]
    paid = OutboxMail.objects.filter(template="paid")
    assert list(paid.values_list("state", "attempts")) == [(OutboxMail.State.SENT, 1)] * 3
    assert not b.found()
    assert default_storage.exists(stored.path_of(files.make(batch.pk).sha256))
