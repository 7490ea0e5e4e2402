"""The audit package: opened by who knows only its README, and asked for at every wrong moment."""

import csv
import hashlib
import io
import re
import subprocess
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from django.core.cache import cache
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from funding import services
from funding.letters.models import Letter
from funding.models import Application, FiscalYear, LedgerEntry
from funding.payments import services as payments
from funding.payments.models import CallPaper
from members.common import stored
from members.models import User
from projects import attachments
from stadtbezirk.audit import package, rows, turn
from stadtbezirk.audit.checks import CHECKS
from stadtbezirk.audit.package import Package
from stadtbezirk.audit.proofs import PROOF_TABLES
from stadtbezirk.models import AuditExport
from tests import batches, files, letters, personas, proofs, statements
from tests.closed import close_by_two

pytestmark = pytest.mark.django_db

PAGE = reverse("audit:package")


@pytest.fixture(scope="module")
def story(django_db_setup: None, django_db_blocker: Any) -> Iterator[FiscalYear]:
    """Made once for the module; what a test changes is rolled back to it."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield made()
        transaction.set_rollback(True)


def made() -> FiscalYear:
    """A year with everything in it: grants, a letter, papers, calls, payments, statements, expenses, a transfer."""
    personas.allow_transfers()
    year = personas.open_year()
    personas.more_money()
    letters.ready()
    to = letters.organiser("Verein =1+1 „Hörde“")
    application = letters.granted(to=to)
    letters.drawn(application)
    paper = files.upload(files.picture(), "Lageplan.png")
    attachments.add(application.project, upload=paper, actor=personas.gf_aplerbeck(), note="=SUMME(A1)")
    to_pay = batches.payee()
    to_pay.districts.add(personas.district("APL"))
    call = personas.call(application, "40", to=to_pay, purpose="Bühne")
    CallPaper.objects.create(
        call=call,
        name="Rechnung.pdf",
        kind="pdf",
        size=8,
        sha256=stored.put(b"Rechnung"),
        uploaded_by=call.called_by,
    )
    batch = batches.executed(payments.check_call(call, actor=personas.wf1()))
    statements.entry("-40", message_id=batch.message_id)
    personas.lessen(application, "reduce", by=personas.wf1(), to="1500")
    two = personas.approved(personas.gf_aplerbeck(), title="Zwei Unterschriften", pillar_2="6000")
    personas.lessen(personas.application(two), "reduce", by=personas.wf1(), to="5500")
    personas.handed_in(personas.gf_brackel(), title="Noch offen")
    personas.cash_auditor()
    return year


def content_of(year: FiscalYear) -> bytes:
    return b"".join(Package(year))


# Who knows only the README


@dataclass
class Opened:
    """A package on a disk, read as its README says. It knows no name of a table or column but from there."""

    files: dict[str, bytes]
    readme: str = ""
    rows: dict[str, list[dict[str, str]]] = field(default_factory=dict)

    @classmethod
    def of(cls, content: bytes) -> "Opened":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            assert archive.testzip() is None
            found = cls({name: archive.read(name) for name in archive.namelist()})
        found.readme = found.files["LIESMICH.txt"].decode()
        return found

    def table(self, name: str) -> list[dict[str, str]]:
        if name not in self.rows:
            text = self.files[name].decode("utf-8-sig")
            lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=";"))
            end = lines.index([])
            count = re.fullmatch(r"Summe \((\d+)\)", lines[end + 1][0])
            assert count and int(count[1]) == end - 1
            self.rows[name] = [dict(zip(lines[0], line, strict=True)) for line in lines[1:end]]
        return self.rows[name]

    def rules(self) -> Iterator[tuple[str, ...]]:
        """Yield the rules of part 2, as they stand in the text."""
        part = self.readme.split("2. STIMMEN DIE SUMMEN?")[1].split("3. EINE ZAHL")[0]
        for line in re.findall(r"^- (.*)$", part, re.MULTILINE):
            kind, rest = line.split(": ", 1)
            yield kind, *re.findall(r"\w+\.csv|„[^“]+“", rest)


def euro(text: str) -> Decimal:
    return Decimal(text.replace(",", ".") or "0")


def named(text: str) -> str:
    return text.strip("„“")


def holds(opened: Opened, rule: tuple[str, ...]) -> bool:
    match rule:
        case ("Zeile", table, total, *parts):
            return all(
                euro(row[named(total)]) == sum(euro(row[named(part)]) for part in parts)
                for row in opened.table(table)
            )
        case ("Summe", table, column, key, other_column, other, other_key):
            sums: dict[str, Decimal] = defaultdict(Decimal)
            for row in opened.table(table):
                sums[row[named(key)]] += euro(row[named(column)])
            return all(
                euro(row[named(other_column)]) == sums[row[named(other_key)]] for row in opened.table(other)
            )
        case ("Verweis", table, column, other, other_column):
            keys = {row[named(other_column)] for row in opened.table(other)}
            return all(row[named(column)] in keys for row in opened.table(table) if row[named(column)])
    raise AssertionError(rule)


def test_it_is_checked_by_who_knows_only_its_readme(story: FiscalYear) -> None:
    opened = Opened.of(content_of(story))
    rules = list(opened.rules())
    assert len(rules) == len(CHECKS)
    assert [rule for rule in rules if not holds(opened, rule)] == []
    # Every table and every column of it is explained, and each stands twice.
    for name in opened.files:
        if name.endswith(".csv") and name != "fehlende-dateien.csv":
            assert name.replace(".csv", ".xlsx") in opened.files
            explained = opened.readme.split(f"\n{name}, ")[1].split("\n\n")[0]
            for heading in opened.files[name].decode("utf-8-sig").splitlines()[0].split(";"):
                assert re.search(rf"^  „{re.escape(heading)}“: \S", explained, re.MULTILINE), (name, heading)


def test_a_figure_that_was_changed_breaks_a_rule(story: FiscalYear) -> None:
    """The rules would be worth nothing if they always held."""
    for table, column in (
        ("toepfe.csv", "Ansatz"),
        ("buchungen.csv", "Wirkung bezahlt"),
        ("abrufe.csv", "Antrag Nr."),
    ):
        opened = Opened.of(content_of(story))
        next(row for row in opened.table(table) if row[column] not in ("", "0,00"))[column] = "77,77"
        assert not all(holds(opened, rule) for rule in opened.rules()), table


def test_the_hashes_are_those_of_the_files(story: FiscalYear, tmp_path: Path) -> None:
    content = content_of(story)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        archive.extractall(tmp_path)
        names = set(archive.namelist())
    command = ["sha256sum", "--strict", "-c", "pruefsummen.txt"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    lines = (tmp_path / "pruefsummen.txt").read_text().splitlines()
    assert {line[66:] for line in lines} == names - {"pruefsummen.txt"}
    (tmp_path / "toepfe.csv").write_bytes(b"x")
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode != 0


def test_letters_and_papers_lie_by_project(story: FiscalYear) -> None:
    opened = Opened.of(content_of(story))
    number = Application.objects.filter(calls__isnull=False)[0].project.number
    found = {name.split("/")[2] for name in opened.files if name.startswith(f"projekte/{number}/")}
    assert found == {"schreiben", "unterlagen", "abrufe"}
    for table in ("schreiben.csv", "unterlagen.csv", "abrufunterlagen.csv"):
        for row in opened.table(table):
            if row["SHA-256"]:
                assert hashlib.sha256(opened.files[row["Datei"]]).hexdigest() == row["SHA-256"]
    assert len(opened.files["fehlende-dateien.csv"].decode("utf-8-sig").splitlines()) == 1
    # No text is a formula for a spreadsheet.
    assert opened.table("unterlagen.csv")[0]["Bemerkung"] == "'=SUMME(A1)"


def test_the_same_data_give_the_same_bytes(story: FiscalYear) -> None:
    first = content_of(story)
    assert content_of(story) == first
    personas.handed_in(personas.gf_aplerbeck(), title="Dazu")
    assert content_of(story) != first


def test_another_year_is_left_out(story: FiscalYear) -> None:
    year = personas.open_year(story.year - 1)
    opened = Opened.of(content_of(year))
    assert opened.table("antraege.csv") == [] and len(opened.table("toepfe.csv")) == 14
    assert all(holds(opened, rule) for rule in opened.rules())
    assert not any(name.startswith("projekte/") for name in opened.files)


def test_a_repayment_of_an_earlier_year_brings_its_application_along(story: FiscalYear) -> None:
    """It is booked on a pot of this year, so its application and decision are here."""
    opened = Opened.of(content_of(story))
    booked = {row["Antrag Nr."] for row in opened.table("buchungen.csv")} - {""}
    assert booked <= {row["Nr."] for row in opened.table("antraege.csv")}


# What is missing or broken


class Broken(io.BytesIO):
    def read(self, size: int | None = -1) -> bytes:
        raise OSError("Input/output error")


def test_files_that_are_missing_broken_or_changed_are_named(story: FiscalYear, monkeypatch: Any) -> None:
    voucher = stored.path_of(CallPaper.objects.get().sha256)
    letter = stored.path_of(Letter.objects.exclude(sha256="")[0].sha256)
    drawing = rows.attachments(story).get().file.name
    whole = default_storage.open

    def opened_as(name: str) -> Any:
        if name == voucher:
            raise FileNotFoundError(name)
        return {letter: Broken(), drawing: io.BytesIO(b"anders")}.get(name) or whole(name)

    monkeypatch.setattr(package.default_storage, "open", opened_as)
    opened = Opened.of(content_of(story))
    lines = list(
        csv.reader(io.StringIO(opened.files["fehlende-dateien.csv"].decode("utf-8-sig")), delimiter=";")
    )
    found = {name.rsplit("/", 1)[1].split(" ", 1)[1]: why for name, _, why in lines[1:]}
    assert found == {
        "Förderzusage.pdf": "ließ sich nicht zu Ende lesen; im Paket liegt der Anfang",
        "Lageplan.png": "hat andere Bytes als beim Hochladen; im Paket liegt, was da ist",
        "Rechnung.pdf": "fehlt im Bestand",
    }
    assert not any(name.endswith("Rechnung.pdf") for name in opened.files)
    assert all(holds(opened, rule) for rule in opened.rules())


def test_proofs_of_use_lie_in_it(story: FiscalYear) -> None:
    application = Application.objects.filter(paid__gt=0, pot__code="S2").order_by("pk")[0]
    proofs.of_everything(application)
    services.reclaim(application, amount=Decimal(10), reason="Zu viel.", actor=personas.wf1())
    proofs.reminded(application.claims.get())
    opened = Opened.of(content_of(story))
    assert all(holds(opened, rule) for rule in opened.rules())
    [reminder] = opened.table("erinnerungen.csv")
    assert (reminder["woran"], reminder["offen"]) == ("Rückforderung", "1,00")
    # The plan has one row of costs, so that nothing moves.
    empty = [table.name for table in PROOF_TABLES if not opened.table(f"{table.name}.csv")]
    assert empty == ["aenderungszeilen"]
    missing = opened.files["fehlende-dateien.csv"].decode("utf-8-sig")
    assert "Beleg Nr." in missing and "Foto Nr." in missing


def test_the_ends_of_chains_lie_in_it(story: FiscalYear) -> None:
    opened = Opened.of(content_of(story))
    for rows_of, owner, key in (
        ("buchungen", "toepfe", "Topf"),
        ("entscheidungen", "antraege", "Antrag Nr."),
    ):
        own = "Topf" if owner == "toepfe" else "Nr."
        last = {row[key]: (row["Glied"], row["Prüfwert"]) for row in opened.table(f"{rows_of}.csv")}
        ends = {
            row[own]: (row["Glieder der Kette"], row["Ende der Kette"])
            for row in opened.table(f"{owner}.csv")
        }
        assert last == {at: end for at, end in ends.items() if at in last} != {}


def test_what_a_closing_held_fast_is_checked_by_its_digest() -> None:
    year = personas.open_year(personas.this_year() - 1)
    close_by_two(year.year)
    [closing] = Opened.of(content_of(year)).table("abschluesse.csv")
    assert hashlib.sha256(closing["festgehaltener Stand"].encode()).hexdigest() == closing["SHA-256"]


def test_large_numbers_are_written_to_the_last_digit(story: FiscalYear) -> None:
    large = 2**62 + 1
    entry = LedgerEntry.objects.order_by("-pk")[0]
    entry.pk = large
    entry.save(force_insert=True)
    content = content_of(story)
    opened = Opened.of(content)
    assert str(large) in {row["Nr."] for row in opened.table("buchungen.csv")}
    with zipfile.ZipFile(io.BytesIO(opened.files["buchungen.xlsx"])) as book:
        assert str(large) in book.read("xl/worksheets/sheet1.xml").decode()


def test_it_asks_the_same_number_of_questions_of_any_amount(story: FiscalYear) -> None:
    def questions() -> int:
        with CaptureQueriesContext(connection) as captured:
            Package(story).close()
        return len(captured)

    before = questions()
    for code in ("APL", "BRA", "HOE"):
        personas.approved(personas.director(code))
    assert questions() == before


# The page


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def take(client: Client, year: object) -> Any:
    return client.post(PAGE, {"year": year})


def told(answer: Any) -> str:
    return " ".join(answer.content.decode().replace("\u00a0", " ").split())


@pytest.mark.parametrize("persona", ["auditor", "cash_auditor", "wf1", "superuser"])
def test_who_reads_payees_takes_it_and_is_noted(persona: str, story: FiscalYear) -> None:
    user = personas.ALL[persona]()
    answer = take(signed_in(user), story.year)  # type: ignore[arg-type]
    assert answer.status_code == 200 and answer["Content-Type"] == "application/zip"
    assert answer["Content-Disposition"] == f'attachment; filename="pruefpaket-{story}.zip"'
    assert "no-store" in answer["Cache-Control"]
    Opened.of(answer.getvalue())
    taken = AuditExport.objects.get()
    assert (taken.year, taken.by) == (story.year, user)
    assert str(user) in told(signed_in(personas.wf2()).get(PAGE))


@pytest.mark.parametrize("persona", ["board", "gf_aplerbeck", "deputy_aplerbeck", "admin_verein", "nobody"])
def test_nobody_else_takes_it(persona: str, story: FiscalYear) -> None:
    client = signed_in(personas.ALL[persona]())  # type: ignore[arg-type]
    assert client.get(PAGE).status_code == take(client, story.year).status_code == 403
    assert not AuditExport.objects.exists()


def test_a_second_one_waits_until_the_first_is_through(story: FiscalYear) -> None:
    first = take(signed_in(personas.auditor()), story.year)
    next(iter(first.streaming_content))
    for user in (personas.auditor(), personas.cash_auditor()):
        second = take(signed_in(user), story.year)
        assert second.status_code == 422 and "Gerade wird schon ein Prüfpaket erstellt" in told(second)
    assert AuditExport.objects.count() == 1
    # The command goes its own way.
    b"".join(Package(story))
    b"".join(first.streaming_content)
    third = take(signed_in(personas.cash_auditor()), story.year)
    assert third.status_code == 200
    leave(third)


def leave(answer: Any) -> None:
    """Close it as the web server does, but keep the test's connection."""
    with patch.object(connection, "close_if_unusable_or_obsolete"):
        answer.close()


@pytest.mark.parametrize("read", [0, 1])
def test_a_reader_who_goes_away_makes_room(read: int, story: FiscalYear) -> None:
    left = take(signed_in(personas.auditor()), story.year)
    for _ in range(read):
        next(iter(left.streaming_content))
    leave(left)
    again = take(signed_in(personas.auditor()), story.year)
    assert again.status_code == 200
    leave(again)


def test_an_error_makes_room(story: FiscalYear, monkeypatch: Any) -> None:
    monkeypatch.setattr(package, "_write_tables", lambda *args: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        take(signed_in(personas.auditor()), story.year)
    assert turn.take()


def test_a_turn_that_ran_out_takes_nothing_from_the_next(story: FiscalYear) -> None:
    first = turn.take()
    assert first and turn.take() is None
    cache.delete(turn.KEY)
    second = turn.take()
    turn.give_back(first)
    assert turn.take() is None
    assert second
    turn.give_back(second)
    assert turn.take()


def test_a_full_disk_gets_its_sentence(story: FiscalYear, monkeypatch: Any) -> None:
    def full(*args: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(package, "_write_tables", full)
    answer = take(signed_in(personas.auditor()), story.year)
    assert answer.status_code == 422 and "kein Speicherplatz" in told(answer)
    assert turn.take()


@pytest.mark.parametrize("year", ["", "1999", "2**64", "99999999999999999999999", "-1", "x"])
def test_a_year_that_is_none_gets_a_sentence(year: str, story: FiscalYear) -> None:
    answer = take(signed_in(personas.auditor()), year)
    assert answer.status_code == 422
    assert "Haushaltsjahr" in told(answer)
    assert turn.take()


def test_a_planned_year_has_none(story: FiscalYear, auditor: User) -> None:
    planned = FiscalYear.objects.create(year=story.year + 1, model=story.model)
    assert take(signed_in(auditor), planned.year).status_code == 422


def test_the_page_costs_the_same_with_many_downloads(
    story: FiscalYear, auditor: User, django_assert_num_queries: Any
) -> None:
    client = signed_in(auditor)
    client.get(PAGE)
    AuditExport.objects.bulk_create(AuditExport(year=2020, by=auditor) for _ in range(30))
    with django_assert_num_queries(7):
        assert client.get(PAGE).status_code == 200


def test_who_took_it_cannot_be_changed(auditor: User) -> None:
    taken = AuditExport.objects.create(year=2020, by=auditor)
    for change in (
        lambda: AuditExport.objects.update(year=2021),
        lambda: taken.delete(),
        lambda: AuditExport.objects.update(by=personas.wf1()),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()
    assert AuditExport.objects.get().year == 2020


# The command


def test_the_command_writes_the_same_for_its_own_account(story: FiscalYear, tmp_path: Path) -> None:
    target = tmp_path / "paket.zip"
    call_command("export_audit", str(story.year), output=str(target), stdout=io.StringIO())
    assert target.read_bytes() == content_of(story)
    assert target.stat().st_mode & 0o077 == 0
    assert [path.name for path in tmp_path.iterdir()] == ["paket.zip"]


def test_the_command_says_what_stands_against_it(story: FiscalYear, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="Das Haushaltsjahr 1999 gibt es nicht"):
        call_command("export_audit", "1999")
    with pytest.raises(CommandError, match="lässt sich nicht schreiben"):
        call_command("export_audit", str(story.year), output=str(tmp_path / "fehlt" / "x.zip"))
