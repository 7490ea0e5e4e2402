"""SQL and the shell straight at the database: what no service allows, the database refuses as well."""

from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import ProtectedError

from funding import guards, services
from funding.ledger import differences
from funding.models import Application, Decision, FiscalYear, FundingModel, LedgerEntry, Pot
from members.common.money import money
from tests import called, personas
from tests.closed import close

pytestmark = pytest.mark.django_db

SQLITE = pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite's own way round")
POSTGRESQL = pytest.mark.skipif(connection.vendor != "postgresql", reason="PostgreSQL's own way round")


def execute(sql: str, params: tuple = ()) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, params)
        # Deferred foreign keys are checked at commit; a test never commits.
        connection.check_constraints()


def contents() -> tuple:
    return tuple(
        list(model.objects.order_by("pk").values())
        for model in (Pot, LedgerEntry, Decision, Application, FundingModel, FiscalYear)
    )


def refused(*statements: str, match: str = "") -> None:
    before = contents()
    connection.check_constraints()  # PostgreSQL truncates nothing with checks pending
    for sql in statements:
        # Not any database error: a slip in the SQL would pass for a refusal.
        with pytest.raises(IntegrityError) as refusal:
            execute(sql)
        assert match in str(refusal.value), sql
    assert contents() == before


@pytest.fixture
def booked(gf_aplerbeck) -> Application:
    """A year with a grant of 6,000, of which 2,000 are paid."""
    project = personas.approved(gf_aplerbeck, pillar_2="6000")
    application = personas.application(project)
    called.pay(application, amount=Decimal(2000), actor=personas.wf1())
    application.refresh_from_db()
    return application


@pytest.mark.parametrize(
    "assignment",
    [
        "committed = 8000001",
        "reserved = 7400001",
        "reserved = reserved + allotted",
        "allotted = 599999",
        "committed = committed + 7400001",
    ],
)
def test_no_sql_overspends_a_pot(booked, assignment):
    refused(f"UPDATE funding_pot SET {assignment} WHERE code = 'S2'", match="pot_never_overspent")


def test_no_sql_pays_more_than_is_committed(booked):
    refused(
        "UPDATE funding_pot SET paid = 600001 WHERE code = 'S2'",
        "UPDATE funding_pot SET committed = 199999 WHERE code = 'S2'",
        match="pot_paid_within_committed",
    )


@pytest.mark.parametrize("counter", ["allotted", "reserved", "committed", "paid"])
def test_no_counter_is_negative(booked, counter):
    refused(f"UPDATE funding_pot SET {counter} = -1 WHERE code = 'S2'")
    refused(f"UPDATE funding_pot SET {counter} = -1 WHERE code = 'S1-APL'")


def test_a_pot_is_not_created_overspent():
    personas.open_year(2016)
    columns = "year_id, kind, district_id, code, source, folded_source, allotted, reserved, committed, paid, chain_length, chain_end"
    start = f"INSERT INTO funding_pot ({columns}) SELECT year_id, 'special', NULL, 'X', 'Spende', ' spende '"
    end = ", 0, '' FROM funding_pot WHERE code = 'S2'"
    refused(
        f"{start}, 100, 60, 41, 0{end}",
        f"{start}, 100, 0, 50, 51{end}",
        f"{start}, 100, -1, 0, 0{end}",
        f"{start}, -1, 0, 0, 0{end}",
    )
    execute(f"{start}, 100, 60, 40, 40{end}")


def test_the_shell_overspends_nothing(booked):
    pot = booked.pot
    for values in (
        {"committed": Decimal("80000.01")},
        {"reserved": Decimal("74000.01")},
        {"paid": Decimal("6000.01")},
        {"allotted": Decimal("5999.99")},
        {"reserved": Decimal("-0.01")},
    ):
        pot.refresh_from_db()
        for name, value in values.items():
            setattr(pot, name, value)
        with pytest.raises(IntegrityError), transaction.atomic():
            pot.save()
        with pytest.raises(IntegrityError), transaction.atomic():
            Pot.objects.filter(pk=pot.pk).update(**{k: money(v) for k, v in values.items()})
        with pytest.raises(IntegrityError), transaction.atomic():
            Pot.objects.bulk_update([pot], list(values))
    assert list(differences()) == []


@pytest.mark.parametrize(
    "assignment",
    [
        "granted = requested + 1",
        "granted = -1",
        "granted = NULL",
        "paid = granted + 1",
        "paid = -1",
        "reserved = 1",
        "state = 'reserved'",
        "requested = 0",
        "requested = granted - 1",
        "granted = 0",
        "second_signer_id = first_signer_id",
        "first_signer_id = NULL",
    ],
)
def test_no_sql_bends_an_application(booked, assignment):
    refused(f"UPDATE funding_application SET {assignment}")


def test_two_live_applications_for_a_project_and_pot_are_refused(booked):
    for state in ("submitted", "returned", "approved", "settled"):
        with pytest.raises(IntegrityError), transaction.atomic():
            Application.objects.create(
                project=booked.project,
                pot=booked.pot,
                state=state,
                requested=Decimal(10),
                granted=Decimal(10) if state in ("approved", "settled") else None,
                submitted_on=booked.submitted_on,
                waiting_since=booked.waiting_since,
                submitted_by=booked.submitted_by,
            )


def test_a_resolution_backs_one_decision(gf_aplerbeck):
    project = personas.approved(gf_aplerbeck, shares={"APL": "100", "BRA": "100"})
    decision = Decision.objects.filter(resolution__isnull=False).first()
    with pytest.raises(IntegrityError), transaction.atomic():
        Decision.objects.create(
            application=personas.application(project, "S1-BRA"),
            step="approve",
            resolution=decision.resolution,
            actor=gf_aplerbeck,
            on=decision.on,
        )


@pytest.mark.parametrize("table", ["funding_ledgerentry", "funding_decision"])
def test_history_is_neither_changed_nor_deleted(booked, table):
    refused(
        f"UPDATE {table} SET amount = 1",
        f"UPDATE {table} SET id = id",
        f"UPDATE {table} SET actor_id = actor_id WHERE id = (SELECT max(id) FROM {table})",
        f"DELETE FROM {table}",
        f"DELETE FROM {table} WHERE id = (SELECT max(id) FROM {table})",
        match="unveraenderlich",
    )
    refused(f"INSERT INTO {table} SELECT * FROM {table} WHERE true ON CONFLICT (id) DO UPDATE SET amount = 1")


@pytest.mark.parametrize("model", [LedgerEntry, Decision])
def test_history_is_kept_from_the_shell(booked, model):
    row = model.objects.last()
    for act in (
        lambda: model.objects.all().delete(),
        lambda: row.delete(),
        lambda: model.objects.update(amount=Decimal(1)),
        lambda: row.save(),
        lambda: model.objects.bulk_update([row], ["amount"]),
        lambda: model._base_manager.all()._raw_delete("default"),
    ):
        before = contents()
        # Django itself sees what refers to a decision.
        with pytest.raises((DatabaseError, ProtectedError)) as refusal, transaction.atomic():
            act()
        assert isinstance(refusal.value, ProtectedError) or "unveraenderlich" in str(refusal.value)
        assert contents() == before


def quoted_columns(table: str) -> list[str]:
    with connection.cursor() as cursor:
        description = connection.introspection.get_table_description(cursor, table)
    return [f'"{column.name}"' for column in description]


@SQLITE
@pytest.mark.parametrize("table", ["funding_ledgerentry", "funding_decision", "funding_fundingmodel"])
def test_sqlite_replaces_no_row(booked, table):
    columns = quoted_columns(table)
    every = ", ".join(columns)
    for verb in ("INSERT OR REPLACE", "REPLACE", "INSERT OR IGNORE"):
        refused(f"{verb} INTO {table} ({every}) SELECT {every} FROM {table}")
    refused(f"UPDATE OR REPLACE {table} SET id = (SELECT min(id) FROM {table})")
    by_rowid = every.replace('"id"', "rowid")
    refused(f"INSERT OR REPLACE INTO {table} ({by_rowid}) SELECT {every} FROM {table}")


@SQLITE
def test_sqlite_replaces_no_row_by_another_unique_column(gf_aplerbeck):
    personas.approved(gf_aplerbeck)
    for table, condition in (
        ("funding_decision", "resolution_id IS NOT NULL"),
        ("funding_fundingmodel", "id IN (SELECT model_id FROM funding_fiscalyear)"),
    ):
        columns = ", ".join(c for c in quoted_columns(table) if c != '"id"')
        refused(f"INSERT OR REPLACE INTO {table} ({columns}) SELECT {columns} FROM {table} WHERE {condition}")


@POSTGRESQL
def test_postgresql_truncates_no_history(booked):
    refused(
        "TRUNCATE funding_ledgerentry CASCADE",
        "TRUNCATE funding_decision CASCADE",
        match="unveraenderlich",
    )
    refused(
        "TRUNCATE funding_application CASCADE",
        "TRUNCATE funding_pot, funding_ledgerentry, funding_application, funding_decision CASCADE",
    )


def test_what_history_refers_to_cannot_be_deleted(booked):
    refused(
        "DELETE FROM funding_application",
        "DELETE FROM funding_pot WHERE code = 'S2'",
        "DELETE FROM projects_project",
    )
    for row in (booked, booked.pot, booked.project, booked.submitted_by, booked.pot.year):
        with pytest.raises((ProtectedError, DatabaseError)), transaction.atomic():
            row.delete()


@pytest.mark.parametrize("state", ["open", "closed"])
def test_a_model_is_frozen_once_a_year_was_opened_on_it(booked, state):
    if state == "closed":
        close()
    model = FundingModel.objects.get(first_year=2016)
    refused(
        f"UPDATE funding_fundingmodel SET second_signature_from = 99999900 WHERE id = {model.pk}",
        f"UPDATE funding_fundingmodel SET name = 'x' WHERE id = {model.pk}",
        f"UPDATE funding_fundingmodel SET id = 77 WHERE id = {model.pk}",
        f"DELETE FROM funding_fundingmodel WHERE id = {model.pk}",
        match="eingefroren",
    )
    model.second_signature_from = None
    with pytest.raises(DatabaseError, match="eingefroren"), transaction.atomic():
        model.save()


def test_a_model_nobody_opened_a_year_on_may_change(wf1):
    services.plan_year(2016, actor=wf1)
    for first_year in (2003, 2016):
        FundingModel.objects.filter(first_year=first_year).update(name="Entwurf")
    FundingModel.objects.filter(first_year=2003).delete()
    with pytest.raises(IntegrityError), transaction.atomic():
        FundingModel.objects.filter(first_year=2016).update(pool_allotment=Decimal(-1))


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE funding_ledgerentry SET amount = 0",
        "INSERT INTO funding_ledgerentry (pot_id, kind, amount, occasion, actor_id, value_date, recorded_at, text) "
        "SELECT pot_id, 'allot', 0, 'year', actor_id, value_date, recorded_at, '' FROM funding_ledgerentry",
        "INSERT INTO funding_ledgerentry (pot_id, kind, amount, occasion, actor_id, value_date, recorded_at, text) "
        "SELECT pot_id, 'allot', -5, 'year', actor_id, value_date, recorded_at, '' FROM funding_ledgerentry",
        "INSERT INTO funding_ledgerentry (pot_id, kind, amount, occasion, actor_id, value_date, recorded_at, text) "
        "SELECT pot_id, 'gift', 5, 'year', actor_id, value_date, recorded_at, '' FROM funding_ledgerentry",
        "INSERT INTO funding_ledgerentry (pot_id, kind, amount, occasion, actor_id, value_date, recorded_at, text) "
        "SELECT 99999, 'allot', 5, 'year', actor_id, value_date, recorded_at, '' FROM funding_ledgerentry",
    ],
)
def test_entries_are_positive_known_and_on_a_pot(booked, sql):
    refused(sql)


def test_one_pot_per_district_one_pool_and_no_pot_astray():
    personas.open_year(2016)
    columns = "year_id, kind, district_id, code, source, folded_source, allotted, reserved, committed, paid, chain_length, chain_end"
    insert = f"INSERT INTO funding_pot ({columns}) SELECT year_id, "
    end = ", 0, 0, 0, 0, 0, '' FROM funding_pot WHERE code = 'S1-APL'"
    refused(
        f"{insert} 'pillar_1', district_id, 'NEU', '', ''{end}",
        f"{insert} 'pillar_1', NULL, 'NEU', '', ''{end}",
        f"{insert} 'pillar_2', NULL, 'NEU', '', ''{end}",
        f"{insert} 'overhead', NULL, 'NEU', '', ''{end}",
        f"{insert} 'special', NULL, 'NEU', '', ''{end}",
        f"{insert} 'special', district_id, 'NEU', 'Spende', ' spende '{end}",
        f"{insert} 'special', NULL, 'S2', 'Spende', ' spende '{end}",
    )
    execute(f"{insert} 'special', NULL, 'NEU', 'Spende', ' spende '{end}")


def test_lifting_and_installing_the_guards(booked):
    """``lift`` is for the test suite alone; ``install`` is what every migrate calls, twice as well."""
    guards.GUARDS.lift()
    with transaction.atomic():
        LedgerEntry.objects.filter(kind="pay").update(text="x")
        transaction.set_rollback(True)
    guards.GUARDS.install()
    guards.GUARDS.install()
    refused("UPDATE funding_ledgerentry SET text = 'x'", match="unveraenderlich")
