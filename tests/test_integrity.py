"""A broken file of SQLite is found by ``verify_ledger`` before anybody trusts its figures."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.utils import ConnectionHandler

from funding.models import Pot
from members.common import integrity
from tests import personas
from tests.tampering import lift_guards

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif("connection.vendor != 'sqlite'", reason="SQLite's own file"),
]


@pytest.fixture
def execute() -> Iterator[Callable[[str], Any]]:
    with connection.cursor() as cursor:
        yield cursor.execute


@pytest.fixture
def copied(tmp_path: Path) -> Iterator[Any]:
    """A connection to a copy of what is committed, and its file."""
    file = tmp_path / "copy.sqlite3"
    with (
        closing(sqlite3.connect(connection.settings_dict["NAME"])) as source,
        closing(sqlite3.connect(file)) as copy,
    ):
        source.backup(copy)
    handler = ConnectionHandler({"default": {**connection.settings_dict, "NAME": str(file)}})
    yield handler["default"], file
    handler.close_all()


def test_a_whole_file_says_nothing(copied: Any) -> None:
    assert list(integrity.broken(copied[0])) == []


def test_an_index_that_lost_its_entries(copied: Any) -> None:
    """Every figure is still right, and every query by this index is wrong."""
    copy, file = copied
    with closing(sqlite3.connect(file)) as plain:
        plain.execute("PRAGMA journal_mode=DELETE")
        [size] = plain.execute("PRAGMA page_size").fetchone()
        [page] = plain.execute(
            "SELECT rootpage FROM sqlite_master WHERE type = 'index' AND tbl_name = 'members_district' LIMIT 1"
        ).fetchone()
    with file.open("r+b") as content:
        content.seek((page - 1) * size + 3)
        content.write(b"\0\0")
    [first, *_] = integrity.broken(copy)
    assert first.startswith("Die Datenbank ist beschädigt:")
    assert "manage.py restore" in first


def test_a_row_beyond_its_bounds(execute: Callable[[str], Any]) -> None:
    personas.open_year()
    execute("PRAGMA ignore_check_constraints = ON")
    try:
        execute(f"UPDATE {Pot._meta.db_table} SET reserved = allotted + 1 WHERE code = 'S1-HOE'")
    finally:
        execute("PRAGMA ignore_check_constraints = OFF")
    with pytest.raises(CommandError, match=r"CHECK constraint failed in funding_pot"):
        call_command("verify_ledger")
    execute(f"UPDATE {Pot._meta.db_table} SET reserved = 0 WHERE code = 'S1-HOE'")


def test_a_key_that_leads_nowhere(execute: Callable[[str], Any]) -> None:
    personas.open_year()
    [before] = execute("SELECT district_id FROM funding_pot WHERE code = 'S1-HOE'").fetchone()
    lift_guards()
    execute("UPDATE funding_pot SET district_id = 9999 WHERE code = 'S1-HOE'")
    [found] = integrity.broken(connection)
    assert found.startswith("Tabelle funding_pot")
    assert "members_district, die es nicht gibt" in found
    execute(f"UPDATE funding_pot SET district_id = {before} WHERE code = 'S1-HOE'")
