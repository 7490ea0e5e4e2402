"""``migrate`` is done whole or not at all, one at a time, and touches no trigger that is right."""

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, IntegrityError, connection, transaction

from funding import guards
from funding.models import LedgerEntry
from members.common import catalogue
from members.common.migrated import unapplied
from members.common.triggers import TriggerSet
from tests import personas
from tests.databases import Copy, copied
from tests.test_infrastructure import installed_triggers

ROOT = Path(__file__).resolve().parent.parent
TRIGGERS = {
    # What is dropped and created again has another number.
    "sqlite": "SELECT rowid, name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY name",
    "postgresql": "SELECT oid, tgname, tgenabled, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal "
    "ORDER BY tgname, oid",
}
REWRITE = "UPDATE funding_ledgerentry SET text = 'gefälscht'"


@pytest.fixture
def filled(transactional_db: None, tmp_path: Path) -> Iterator[Copy]:
    """A copy of the test's database in which money was granted; older versions know no calls."""
    personas.approved(personas.gf_aplerbeck(), shares={"APL": "500"}, pillar_2="6000")
    assert unapplied() == []
    with copied(tmp_path) as copy:
        yield copy


def state(copy: Copy) -> tuple[list[Any], ...]:
    """Triggers, history, mails and migrations."""
    return tuple(
        copy.rows(sql)
        for sql in (
            TRIGGERS[connection.vendor],
            "SELECT id, text FROM funding_ledgerentry ORDER BY id",
            "SELECT id, subject FROM members_outboxmail ORDER BY id",
            "SELECT app, name FROM django_migrations ORDER BY app, name",
        )
    )


def start(copy: Copy, command: str = "ours", pending: bool = True, stop: str = "") -> subprocess.Popen[str]:
    """``stop`` is a point and what happens there, e.g. "lifted:kill"."""
    at, _, by = stop.partition(":")
    settings = "tests.pending.settings" if pending else "stadtbezirk.settings"
    environment = {**copy.environment, "DJANGO_SETTINGS_MODULE": settings, "STOP_AT": at, "STOP_BY": by}
    return subprocess.Popen(
        [sys.executable, "-m", "tests.pending", command],
        cwd=ROOT, env=environment, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip


def migrate(copy: Copy, **how: Any) -> tuple[int, str]:
    process = start(copy, **how)
    output, _ = process.communicate(timeout=300)
    return process.returncode, output


def until(process: subprocess.Popen[str], line: str) -> None:
    assert process.stdout
    for said in process.stdout:
        if said.strip().endswith(line):
            return
    raise AssertionError(f"{line} nicht erreicht")


@pytest.mark.parametrize(
    "stop", ["lifted:kill", "operation:kill", "operation:raise", "migrated:kill", "installed:kill"]
)
def test_a_migrate_that_dies_leaves_the_database_as_it_was(filled: Copy, stop: str) -> None:
    before = state(filled)
    status, output = migrate(filled, stop=stop)
    assert status == (1 if stop.endswith("raise") else -9), output
    assert state(filled) == before
    with pytest.raises(IntegrityError, match="unveraenderlich"):
        filled.run(REWRITE)


def test_djangos_own_migrate_that_dies_leaves_history_without_guards(filled: Copy) -> None:
    """The negative control of the test above."""
    status, output = migrate(filled, command="django", stop="migrated:kill")
    assert status == -9, output
    assert not guards.GUARDS.names() & {str(row[1]) for row in filled.rows(TRIGGERS[connection.vendor])}
    assert filled.run(REWRITE) > 0


def test_a_migration_may_rewrite_history_and_rebuild_its_tables(filled: Copy) -> None:
    _, _, mails, _ = state(filled)
    status, output = migrate(filled)
    assert status == 0, output
    assert "Applying pending.0001_rebuild... OK" in output
    triggers, entries, mails_now, _ = state(filled)
    assert {text for _, text in entries} == {"umgeschrieben"}
    assert len(mails_now) == len(mails) + 1
    assert {str(row[1]) for row in triggers} == installed_triggers()
    with pytest.raises(IntegrityError, match="unveraenderlich"):
        filled.run(REWRITE)


def test_a_second_migrate_waits_for_the_first(filled: Copy) -> None:
    first = start(filled, stop="operation:wait")
    until(first, "waits")
    second = start(filled)
    until(second, "begins")
    if connection.vendor == "postgresql":
        waiting = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        while not filled.rows(waiting):
            assert second.poll() is None
    assert second.poll() is None
    output, _ = first.communicate("go on\n", timeout=300)
    assert first.returncode == 0, output
    output, _ = second.communicate(timeout=300)
    assert second.returncode == 0, output
    assert "No migrations to apply" in output
    assert filled.rows("SELECT COUNT(*) FROM members_outboxmail WHERE subject = 'Migriert'") == [(1,)]


def test_without_the_lock_the_second_installs_the_guards_while_the_first_migrates(filled: Copy) -> None:
    """The negative control: Django's own."""
    first = start(filled, command="django", stop="lifted:wait")
    until(first, "waits")
    status, output = migrate(filled, command="django")
    assert status == 0, output
    output, _ = first.communicate("go on\n", timeout=300)
    assert first.returncode == 1
    assert guards.HISTORY in output


@pytest.mark.parametrize("pending", [False, True], ids=["nothing pending", "one pending"])
def test_no_rewriting_of_history_passes_during_a_migrate(filled: Copy, pending: bool) -> None:
    before = state(filled)[0]
    tried: list[str] = []
    done = threading.Event()

    def hammer() -> None:
        own = Copy(filled.settings["NAME"])  # a connection belongs to its thread
        while not done.is_set():
            try:
                own.run(REWRITE)
                tried.append("passed")
            except IntegrityError:
                tried.append("refused")
        own.connection.close()

    thread = threading.Thread(target=hammer)
    thread.start()
    try:
        status, output = migrate(filled, pending=pending)
    finally:
        done.set()
        thread.join()
    assert status == 0, output
    assert set(tried) == {"refused"}
    if not pending:
        assert state(filled)[0] == before


def test_migrate_keeps_its_options(filled: Copy) -> None:
    """Plan, check, one app and what depends on it backwards and forwards, faked."""
    script = """
import django; django.setup()
from io import StringIO
from django.core.management import CommandError, call_command
from members.common import catalogue
def run(*given, **options):
    try:
        call_command("migrate", *given, verbosity=0, **options)
    except SystemExit as left:
        return left.code
    return 0
out = StringIO()
try:
    run("funding", "0024")
except CommandError as refused:
    assert "löschen, was seitdem" in str(refused), refused
else:
    raise AssertionError("went back without being asked twice")
assert run(check_unapplied=True) == 0
assert run("funding", "0024", yes=True) == 0
assert run(check_unapplied=True) == 1
call_command("migrate", plan=True, stdout=out)
assert "funding.0025" in out.getvalue(), out.getvalue()
assert "Es fehlen" in next(catalogue.differences())
assert run() == 0
assert run(check_unapplied=True) == 0
assert list(catalogue.differences()) == []
assert run("funding", "0024", fake=True) == 0
assert run(fake=True) == 0
assert list(catalogue.differences()) == []
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env=filled.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


# Within this process's own database


@pytest.fixture
def sql(db: None) -> Callable[[str], None]:
    def execute(statement: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement)

    return execute


def test_a_trigger_of_an_earlier_version_goes(sql: Any) -> None:
    event = "BEFORE UPDATE ON funding_pot "
    sql(
        f"CREATE TRIGGER funding_pot_former {event}BEGIN SELECT 1; END"
        if connection.vendor == "sqlite"
        else f"CREATE TRIGGER funding_pot_former {event}EXECUTE FUNCTION members_refuse()"
    )
    assert list(catalogue.differences()) == [
        "Tabelle funding_pot: der Trigger funding_pot_former ist nicht vorgesehen."
    ]
    call_command("migrate", verbosity=0)
    assert list(catalogue.differences()) == []


def test_migrate_mends_triggers_and_refuses_what_it_cannot_mend(sql: Any) -> None:
    guards.GUARDS.lift()
    sql("DROP INDEX one_live_application_per_pot")
    with transaction.atomic(), pytest.raises(CommandError, match="one_live_application_per_pot") as refusal:
        call_command("migrate", verbosity=0, stdout=StringIO())
    assert "Trigger" not in str(refusal.value)
    assert str(refusal.value).endswith("Es wurde nichts geändert.")
    assert not guards.GUARDS.names() & installed_triggers()
    assert not LedgerEntry.objects.exists()


def test_a_trigger_that_cannot_be_created_is_no_warning_once_all_is_migrated(sql: Any) -> None:
    broken = {"funding_pot_broken": ("funding_pot", "CREATE TRIGGER funding_pot_broken")}
    with pytest.raises(DatabaseError):
        TriggerSet(sqlite=broken, postgresql=broken).install()
