"""Whatever is missing, changed or disabled in the database's catalogue is found by all three doors."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.core.management.base import SystemCheckError
from django.db import connection, models, transaction
from django.test import Client

from funding import guards
from funding.models import Pot
from members.common import catalogue
from stadtbezirk.operation.checks import check_catalogue
from tests import personas

pytestmark = pytest.mark.django_db

SQLITE = pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite's own catalogue")
POSTGRESQL = pytest.mark.skipif(connection.vendor != "postgresql", reason="PostgreSQL's own catalogue")


def execute(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


@pytest.fixture
def filled() -> None:
    """Rows in the tables that are damaged. PostgreSQL alters none while checks wait for the end."""
    personas.approved(personas.gf_aplerbeck(), pillar_2="6000")
    connection.check_constraints()


def found_by_every_door() -> list[str]:
    """The sentences of the comparison, after each door has been asked for them."""
    sentences = list(catalogue.differences())
    assert [error.msg for error in check_catalogue(databases=["default"])] == sentences
    with pytest.raises(SystemCheckError) as refusal:
        call_command("check", databases=["default"])
    assert all(sentence in str(refusal.value) for sentence in sentences)
    with pytest.raises(CommandError) as said:
        call_command("verify_ledger")
    assert str(said.value).splitlines() == sentences
    answer = Client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["catalogue"].startswith("Trigger oder Bedingungen der Datenbank sind nicht so")
    return sentences


def test_a_database_as_migrate_left_it_is_right(filled: None) -> None:
    assert list(catalogue.compared()) == []
    assert list(catalogue.differences()) == []
    call_command("check", databases=["default"])
    call_command("verify_ledger")
    assert Client().get("/readyz").json()["catalogue"] == "ok"


def test_each_missing_trigger_is_found(filled: None) -> None:
    for name, (table, _) in guards.GUARDS.triggers().items():
        before = transaction.savepoint()
        execute(f"DROP TRIGGER {name}" + ("" if connection.vendor == "sqlite" else f" ON {table}"))
        assert list(catalogue.differences()) == [f"Tabelle {table}: der Trigger {name} fehlt."]
        transaction.savepoint_rollback(before)
    execute(f"DROP TRIGGER {name}" + ("" if connection.vendor == "sqlite" else f" ON {table}"))
    assert found_by_every_door() == [f"Tabelle {table}: der Trigger {name} fehlt."]


def test_a_changed_trigger_is_found(filled: None) -> None:
    name, (table, statement) = next(iter(guards.GUARDS.triggers().items()))
    dropped = f"DROP TRIGGER {name}" + ("" if connection.vendor == "sqlite" else f" ON {table}")
    changed = statement.replace("BEGIN", "WHEN 1 = 2 BEGIN").replace(
        "FOR EACH ROW", "FOR EACH ROW WHEN (1 = 2)"
    )
    assert changed != statement
    execute(dropped, changed)
    assert found_by_every_door() == [f"Tabelle {table}: der Trigger {name} ist geändert oder abgeschaltet."]


def test_a_trigger_that_nobody_expects_is_found(filled: None) -> None:
    event = "BEFORE DELETE ON funding_pot "
    execute(
        f"CREATE TRIGGER stray {event}BEGIN SELECT 1; END"
        if connection.vendor == "sqlite"
        else f"CREATE TRIGGER stray {event}EXECUTE FUNCTION members_refuse()"
    )
    assert found_by_every_door() == ["Tabelle funding_pot: der Trigger stray ist nicht vorgesehen."]


def test_a_trigger_on_a_table_that_was_forgotten_is_found(filled: None) -> None:
    execute("CREATE TABLE projects_former (id integer)")
    execute(
        "CREATE TRIGGER stray BEFORE DELETE ON projects_former BEGIN SELECT 1; END"
        if connection.vendor == "sqlite"
        else "CREATE TRIGGER stray BEFORE DELETE ON projects_former EXECUTE FUNCTION members_refuse()"
    )
    assert found_by_every_door() == ["Tabelle projects_former: der Trigger stray ist nicht vorgesehen."]


def test_a_missing_unique_index_with_a_condition_is_found(filled: None) -> None:
    execute("DROP INDEX one_live_application_per_pot")
    assert found_by_every_door() == [
        "Tabelle funding_application: der eindeutige Index one_live_application_per_pot fehlt."
    ]


def constraints(model: type[models.Model]) -> list[str]:
    return [str(c.name) for c in model._meta.constraints if isinstance(c, models.CheckConstraint)]


# PostgreSQL


@POSTGRESQL
@pytest.mark.parametrize("how", ["DISABLE TRIGGER funding_decision_no_update", "DISABLE TRIGGER USER"])
def test_a_disabled_trigger_is_found(filled: None, how: str) -> None:
    execute(f"ALTER TABLE funding_decision {how}")
    assert (
        "Tabelle funding_decision: der Trigger funding_decision_no_update ist geändert oder abgeschaltet."
        in found_by_every_door()
    )


@POSTGRESQL
def test_disabled_foreign_keys_are_found(filled: None) -> None:
    execute("ALTER TABLE funding_decision DISABLE TRIGGER ALL")
    found = [sentence for sentence in found_by_every_door() if "Bedingung" in sentence]
    assert found
    assert all(sentence.endswith("ist geändert oder abgeschaltet.") for sentence in found)


@POSTGRESQL
def test_a_changed_function_is_found(filled: None) -> None:
    execute(
        "CREATE OR REPLACE FUNCTION members_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RETURN NEW; END $$"
    )
    assert found_by_every_door() == ["Die Funktion members_refuse ist geändert oder abgeschaltet."]


@POSTGRESQL
def test_a_function_that_nobody_expects_is_found_and_dropped_by_migrate(filled: None) -> None:
    body = "() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$"
    execute(f"CREATE FUNCTION projects_project_former{body}")
    assert found_by_every_door() == ["Die Funktion projects_project_former ist nicht vorgesehen."]
    call_command("migrate", verbosity=0)
    assert list(catalogue.compared()) == []
    # Also by any other name, where a trigger of ours calls it.
    execute(
        f"CREATE FUNCTION stray{body}",
        "CREATE TRIGGER stray BEFORE DELETE ON funding_pot EXECUTE FUNCTION stray()",
    )
    assert found_by_every_door() == [
        "Die Funktion stray ist nicht vorgesehen.",
        "Tabelle funding_pot: der Trigger stray ist nicht vorgesehen.",
    ]


@POSTGRESQL
def test_each_missing_constraint_is_found(filled: None) -> None:
    """CHECK, UNIQUE and foreign keys of all our tables, one in each."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT ON (k.contype, k.conrelid) k.conrelid::regclass::text, k.conname FROM pg_constraint k "
            "WHERE k.contype IN ('c', 'u', 'f') AND k.conrelid::regclass::text ~ '^(funding|projects|members)_' "
            "AND k.conrelid::regclass::text IN ('funding_pot', 'funding_application', 'funding_ledgerentry', "
            "'members_membership', 'projects_participation')"
        )
        rows = cursor.fetchall()
    assert len(rows) > 8
    for table, name in rows:
        before = transaction.savepoint()
        execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
        [sentence] = catalogue.differences()
        assert sentence.startswith(f"Tabelle {table}: die Bedingung ")
        assert sentence.endswith(" fehlt.")
        transaction.savepoint_rollback(before)


@POSTGRESQL
@pytest.mark.parametrize(
    ("again", "said"),
    [
        ("CHECK (allotted >= reserved)", "ist geändert oder abgeschaltet"),
        ("{definition} NOT VALID", "ist geändert oder abgeschaltet"),
    ],
)
def test_a_changed_constraint_is_found(filled: None, again: str, said: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'pot_never_overspent'"
        )
        [definition] = cursor.fetchone()
    execute(
        "ALTER TABLE funding_pot DROP CONSTRAINT pot_never_overspent",
        f"ALTER TABLE funding_pot ADD CONSTRAINT pot_never_overspent {again.format(definition=definition)}",
    )
    assert found_by_every_door() == [f"Tabelle funding_pot: die Bedingung pot_never_overspent {said}."]


@POSTGRESQL
def test_a_column_that_may_be_empty_and_a_rule_are_found(filled: None) -> None:
    execute(
        "ALTER TABLE funding_pot ALTER allotted DROP NOT NULL",
        "CREATE RULE silence AS ON INSERT TO funding_ledgerentry DO INSTEAD NOTHING",
    )
    assert found_by_every_door() == [
        "Tabelle funding_pot: die Spalte allotted ist geändert oder abgeschaltet.",
        "Tabelle funding_ledgerentry: die Regel silence ist nicht vorgesehen.",
    ]


@POSTGRESQL
def test_what_is_not_noted_is_compared_and_noted(filled: None) -> None:
    execute("COMMENT ON TABLE django_migrations IS NULL")
    assert Client().get("/readyz").status_code == 503
    call_command("check", databases=["default"])
    assert Client().get("/readyz").status_code == 200


@POSTGRESQL
def test_the_spelling_of_a_dump_is_no_difference(filled: None) -> None:
    """PostgreSQL writes ``IN`` of texts otherwise, once it has read what it wrote itself."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'entry_kind_known'"
        )
        [definition] = cursor.fetchone()
        execute(
            "ALTER TABLE funding_ledgerentry DROP CONSTRAINT entry_kind_known",
            f"ALTER TABLE funding_ledgerentry ADD CONSTRAINT entry_kind_known {definition}",
        )
        cursor.execute(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'entry_kind_known'"
        )
        assert cursor.fetchone() != (definition,)
    assert not catalogue.agrees()
    assert list(catalogue.differences()) == []
    assert catalogue.agrees()


# SQLite


@pytest.fixture
def rewritten() -> Iterator[Callable[[str, str, str], None]]:
    """Change how a table was created, as only an editor of the file could."""

    def rewrite(table: str, old: str, new: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT sql FROM sqlite_master WHERE name = %s", [table])
            [sql] = cursor.fetchone()
            assert old in sql, sql
            cursor.execute("PRAGMA writable_schema = ON")
            cursor.execute(
                "UPDATE sqlite_master SET sql = %s WHERE name = %s", [sql.replace(old, new), table]
            )
            cursor.execute("PRAGMA writable_schema = OFF")

    yield rewrite


@SQLITE
@pytest.mark.parametrize("name", constraints(Pot))
def test_a_missing_check_is_found(filled: None, rewritten: Any, name: str) -> None:
    [text] = [text for found, text in catalogue._checks(created("funding_pot")) if found == name]
    rewritten("funding_pot", f', CONSTRAINT "{name}" {text}', "")
    assert found_by_every_door() == [f"Tabelle funding_pot: die Bedingung {name} fehlt."]


@SQLITE
def test_a_changed_check_is_found(filled: None, rewritten: Any) -> None:
    [text] = [
        text for found, text in catalogue._checks(created("funding_pot")) if found == "pot_never_overspent"
    ]
    rewritten("funding_pot", text, "CHECK (1)")
    assert found_by_every_door() == [
        "Tabelle funding_pot: die Bedingung pot_never_overspent ist geändert oder abgeschaltet."
    ]


def created(table: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT sql FROM sqlite_master WHERE name = %s", [table])
        return str(cursor.fetchone()[0])


def rebuilt(table: str, old: str, new: str) -> None:
    """Build an empty table anew, a little different."""
    sql = created(table)
    assert old in sql, sql
    execute(f"DROP TABLE {table}", sql.replace(old, new))


@SQLITE
def test_a_missing_foreign_key_a_lost_unique_and_an_empty_column_are_found() -> None:
    guards.GUARDS.lift()
    rebuilt(
        "projects_participation", ' REFERENCES "members_district" ("id") DEFERRABLE INITIALLY DEFERRED', ""
    )
    rebuilt("members_user", "NOT NULL UNIQUE", "NULL")
    found = [
        sentence
        for sentence in found_by_every_door()
        if "Trigger" not in sentence and "Index" not in sentence
    ]
    assert "Tabelle projects_participation: die Bedingung district_id fehlt." in found
    assert "Tabelle members_user: die Spalte email ist geändert oder abgeschaltet." in found


def test_readyz_says_in_json_what_is_wrong(filled: None) -> None:
    guards.GUARDS.lift()
    answer = Client().get("/readyz")
    assert json.loads(answer.content)["status"] == "nicht bereit"
    assert "Trigger oder Bedingungen" in answer.content.decode()
