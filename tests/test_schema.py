"""The template that test databases are cloned from hides no change of the code."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from tests import schema
from tests.databases import copied


@pytest.mark.django_db(transaction=True)
def test_migrate_mends_a_guard_that_an_older_template_lacks(tmp_path: Path) -> None:
    on = "" if connection.vendor == "sqlite" else " ON funding_fiscalyear"
    triggers = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT tgname FROM pg_trigger",
    }
    with copied(tmp_path) as older:
        older.run(f"DROP TRIGGER funding_fiscalyear_order{on}")
        older.connection.close()
        subprocess.run(
            [sys.executable, "manage.py", "migrate", "-v0"],
            cwd=schema.ROOT,
            env=older.environment,
            check=True,
        )
        assert ("funding_fiscalyear_order",) in older.rows(triggers[connection.vendor])


def test_a_change_of_a_migration_asks_for_a_new_template(monkeypatch: Any, tmp_path: Path) -> None:
    read = Path.read_text
    before = schema._key("sqlite")
    monkeypatch.setattr(
        Path,
        "read_text",
        lambda path, **options: read(path, **options) + "\n" * (path.name == "0003_association.py"),
    )
    assert schema._key("sqlite") != before
