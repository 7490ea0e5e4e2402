"""What SQLite would store in any column, and what no list of words holds: refused, and found where it got in."""

import re
from decimal import Decimal

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, models, transaction
from django.utils import timezone

from funding import services
from funding.letters.models import LetterSeries, Sending
from funding.models import Application, FundingModel, Pot, SpentKey, Transfer
from funding.proofs.models import InterestRule
from members.common.checks import SHAPES, AddGuard, Guard, StoredAs
from members.models import Body, Membership, Organisation, Seat
from stadtbezirk.models import PublishedFigure
from tests import batches, letters, personas, proofs, statements
from tests.tampering import without_checks, without_triggers

pytestmark = pytest.mark.django_db

SQLITE = pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL keeps the types itself")

#: Where money is, and who decides about it.
GUARDED = [
    *(m for m in apps.get_app_config("funding").get_models() if not m.__name__.startswith("Historical")),
    *apps.get_app_config("payments").get_models(),
    *(m for m in apps.get_app_config("proofs").get_models() if not m.__name__.startswith("Historical")),
    *(
        apps.get_model(f"{app}.{name}")
        for app, names in {
            "projects": ("Project", "Participation", "CostItem", "FinancingItem", "NumberSeries"),
            "members": ("Body", "Mandate", "Membership", "Organisation", "Person", "Resolution", "Seat"),
            "letters": ("Letter", "LetterSeries", "LetterText", "Letterhead", "Sending", "Signatory"),
            "stadtbezirk": ("PublishedFigure",),
        }.items()
        for name in names
    ),
]


def shape_of(field: models.Field) -> str:
    match field:
        case models.DateTimeField():
            return "moments"
        case models.DateField():
            return "days"
        case models.BooleanField():
            return "flags"
        case models.CharField() | models.TextField() | models.JSONField():
            return "texts"
        case _:
            return "integers"


def named(model: type[models.Model]) -> dict[str, str]:
    """Column -> shape, of the check of the model's types."""
    [check] = [c for c in model._meta.constraints if c.name.endswith("_types")]
    return {
        source.name: part.shape
        for part in check.condition.children
        if isinstance(part, StoredAs)
        for source in part.get_source_expressions()
    }


@pytest.mark.parametrize("model", GUARDED)
def test_every_column_of_a_guarded_table_has_its_type(model: type[models.Model]) -> None:
    columns = [f for f in model._meta.local_concrete_fields if not isinstance(f, models.AutoField)]
    assert named(model) == {field.name: shape_of(field) for field in columns}


@pytest.mark.parametrize("model", GUARDED)
def test_every_column_with_choices_knows_their_words(model: type[models.Model]) -> None:
    known: dict[str, set[str]] = {}
    for check in model._meta.constraints:
        if isinstance(check, models.CheckConstraint):
            for child in check.condition.children:
                if isinstance(child, tuple) and child[0].endswith("__in"):
                    known[child[0].removesuffix("__in")] = set(child[1])
    for field in model._meta.local_concrete_fields:
        if field.choices and field.name != "occasion":  # by ``entry_names_one_cause``
            words = {word for word, _ in field.choices} | ({""} if field.blank else set())
            assert known[field.name] == words, field


@pytest.fixture
def filled() -> Application:
    """A row in every guarded table."""
    gf, wf1 = personas.gf_aplerbeck(), personas.wf1()
    costs = [("Bühne", "6000"), ("Druck", "500")]
    project = personas.approved(gf, shares={"APL": "500"}, further=("BRA",), pillar_2="6000", costs=costs)
    services.book_expense(project.year, amount=Decimal(50), purpose="Porto", payee="Post", actor=wf1)
    SpentKey.objects.create(key="x" * 20, actor=wf1)
    today = timezone.localdate()
    Transfer.objects.create(
        from_pot=personas.pot("GK"), to_pot=personas.pot("S2"), amount=1, reason="x", requested_by=wf1,
        requested_on=today,
    )  # fmt: skip
    Membership.objects.create(
        kind="city", organisation=Organisation.objects.create(name="Stadt"), since=today
    )
    body = Body.objects.all()[0]
    Seat.objects.create(body=body, person=gf.person, since=today)
    PublishedFigure.objects.create(year=2005, paid=Decimal(5), source="Rat")
    personas.called_and_planned(personas.application(project, "S1-APL"))
    batches.released()
    statements.entry("-20")
    letter = letters.written(letters.approval(personas.application(project, "S2")))
    Sending.objects.create(letter=letter, way="post", on=today, by=wf1)
    LetterSeries.objects.create(year=2026)
    letters.signatory()
    services.request_change(personas.application(project, "S2"), what="revoke", reason="x", actor=wf1)
    proofs.of_everything(personas.application(project, "S1-APL"))
    proofs.reminded(proofs.claimed(personas.application(project, "S1-APL")))
    InterestRule.objects.create(
        funding_model=FundingModel.objects.first(), since=today, percent=Decimal(5), legal_basis="x"
    )
    assert all(model._base_manager.exists() for model in GUARDED)
    connection.check_constraints()
    return personas.application(project, "S2")


def put(table: str, column: str, value: str) -> None:
    """One row's column, by raw SQL."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} SET {column} = {value} WHERE rowid = (SELECT min(rowid) FROM {table})"
        )


WRONG = {
    "integers": ("x'31'", "'12.000,00'", "12.5"),
    "texts": ("x'31'",),
    "flags": ("x'31'", "'ja'", "2"),
    "days": ("x'31'", "'quatsch'", "20260101", "'2026-02-31'", "'2026-1-1'"),
    "moments": ("x'31'", "'quatsch'", "5", "'2026-01-01'"),
}


@SQLITE
@pytest.mark.parametrize("shape", SHAPES)
def test_no_column_takes_another_type(filled: Application, shape: str) -> None:
    with without_triggers():
        for model in GUARDED:
            for name, of in named(model).items():
                column = model._meta.get_field(name).column
                for value in WRONG[of] if of == shape else ():
                    with pytest.raises(IntegrityError, match="CHECK"):
                        put(model._meta.db_table, f'"{column}"', value)


@SQLITE
def test_a_blob_does_not_open_a_pot(filled: Application) -> None:
    """A BLOB is greater than every number, and 959,000 of 80,000 were committed."""
    with pytest.raises(IntegrityError, match="pot_types"):
        put("funding_pot", "allotted", "x'39'")


def test_no_word_that_nobody_knows(filled: Application) -> None:
    for model in GUARDED:
        table = model._meta.db_table
        for field in model._meta.local_concrete_fields:
            if field.choices:
                with (
                    pytest.raises(IntegrityError),
                    transaction.atomic(),
                    connection.cursor() as cursor,
                ):
                    unknown = "oops"[: field.max_length] if isinstance(field, models.CharField) else 99
                    cursor.execute(f"UPDATE {table} SET {field.column} = %s", [unknown])


def verify() -> str:
    with pytest.raises(CommandError) as said:
        call_command("verify_ledger")
    return str(said.value)


@SQLITE
@pytest.mark.parametrize(
    ("column", "value"),
    [("allotted", "x'39'"), ("committed", "'12.000,00'"), ("paid", "0.5"), ("source", "x'39'")],
)
def test_verify_finds_what_got_in_as_another_type(filled: Application, column: str, value: str) -> None:
    row = Pot.objects.order_by("pk")[0].pk
    with without_triggers(), without_checks("funding_pot", "pot_types"):
        put("funding_pot", column, value)
    assert f"Tabelle funding_pot, Zeile {row}: die Bedingung pot_types ist verletzt." in verify()


def test_verify_finds_what_got_in_past_a_bound() -> None:
    personas.open_year()
    row = personas.pot("GK")
    connection.check_constraints()
    with without_checks("funding_pot", "pot_never_overspent"), connection.cursor() as cursor:
        cursor.execute("UPDATE funding_pot SET committed = allotted + 1 WHERE id = %s", [row.pk])
    said = verify()
    if connection.vendor == "sqlite":
        assert f"Tabelle funding_pot, Zeile {row.pk}: die Bedingung pot_never_overspent ist verletzt." in said
    else:  # the constraint itself is missing as long as such a row is there
        assert "pot_never_overspent" in said


def test_a_migration_stops_and_names_the_rows_that_break_the_check(filled: Application) -> None:
    check = Guard(condition=models.Q(code="S2"), name="only_pool")
    operation = AddGuard("pot", check)

    class State:
        pass

    State.apps = apps  # type: ignore[attr-defined]
    wrong = list(Pot.objects.exclude(code="S2").order_by("pk").values_list("pk", flat=True))
    with pytest.raises(CommandError) as refused:
        operation.database_forwards("funding", connection.schema_editor(), State, State)
    named = re.findall(r"Zeile (\d+): die Bedingung only_pool ist verletzt", str(refused.value))
    assert list(map(int, named)) == wrong and len(wrong) > 1
