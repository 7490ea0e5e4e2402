"""The load for measuring: valid at every size, the same for the same seed, and as the services would have it."""

import hashlib
import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from funding import guards
from funding.ledger import differences
from funding.models import Application, Decision, Expense, FiscalYear, FundingModel, LedgerEntry, Pot
from funding.services.case import derive_state
from funding.transitions import TABLE
from members.models import Body, District, Mandate, Organisation, Person, Resolution, User
from projects import services as projects
from projects.models import CostItem, FieldOfAction, FinancingItem, NumberSeries, Participation, Project
from tests import personas
from tests.closed import close
from tests.load.command import Command as Load
from tests.load.generate import generate
from tests.test_infrastructure import installed_triggers

pytestmark = pytest.mark.django_db

MODELS = (
    District, Person, User, Mandate, Body, Organisation, FieldOfAction, Resolution, FundingModel, FiscalYear, Pot, Project,
    Project.editors.through,
    Project.further_fields.through, Participation, CostItem, FinancingItem, NumberSeries, Application, Decision,
    LedgerEntry, Expense,
)  # fmt: skip
#: Ledger rows that the services write while a year is opened carry the moment, and so do the ends of their chains.
NOT_COMPARED = {"recorded_at", "chain_end"}


def make(number: int = 120, *, first: int = 2024, seed: int = 1) -> None:
    years = range(first, personas.this_year() + 1)
    generate(number, years=years, seed=seed)


def fingerprint() -> str:
    """Of all rows of all tables. Keys count from the first row: on PostgreSQL they run on after a rollback."""
    found = hashlib.sha256()
    ranks: dict[Any, dict[int, int]] = {}
    for model in MODELS:
        keys = model._default_manager.order_by("pk").values_list("pk", flat=True)
        ranks[model] = {pk: rank for rank, pk in enumerate(keys)}
    for model in MODELS:
        fields = [f for f in model._meta.local_concrete_fields if f.name not in NOT_COMPARED]
        for row in model._default_manager.order_by("pk").values_list(*(f.attname for f in fields)):
            values = [
                ranks.get(f.related_model if f.is_relation else model, {}).get(value, value)
                if f.is_relation or f.primary_key
                else value
                for f, value in zip(fields, row, strict=True)
            ]
            found.update(re.sub(r"Ausgabe Nr\. \d+", "", repr(values)).encode())
    return found.hexdigest()


def test_every_constraint_and_trigger_holds_and_the_ledger_verifies():
    make()
    assert guards.GUARDS.names() <= installed_triggers()
    assert list(differences()) == []
    connection.check_constraints()
    assert Project.objects.count() == 120
    assert LedgerEntry.objects.count() > 100
    call_command("verify_ledger", verbosity=0)


def test_every_state_occurs():
    make(200)
    assert set(Project.objects.values_list("state", flat=True)) == set(Project.State.values)
    assert set(Application.objects.values_list("state", flat=True)) == set(Application.State.values)
    assert set(Project.objects.values_list("kind", flat=True)) >= set(Project.Kind.values)
    assert {kind for (kind,) in Pot.objects.values_list("kind")} == set(Pot.Kind.values)
    assert set(Application.objects.values_list("pot__kind", flat=True)) == {"pillar_1", "pillar_2", "special"}
    assert Participation.objects.filter(confirmed_on__isnull=False).exists()
    assert not Project.objects.filter(changed_at__date__gt=date.today()).exists()


@pytest.fixture
def twice(transactional_db: Any) -> Any:
    """Runs what it is given on a database as the migrations leave it, as often as wanted."""

    class Undo(Exception):
        pass

    def run(**arguments: Any) -> str:
        result = ""
        try:
            with transaction.atomic():
                make(**arguments)
                result = fingerprint()
                raise Undo
        except Undo:
            return result

    return run


def test_the_same_seed_gives_the_same_rows(twice):
    first = twice(seed=5)
    assert twice(seed=5) == first
    assert twice(seed=6) != first


def test_stored_totals_states_and_search_texts_are_those_of_the_services():
    make(300)
    stored = list(Project.objects.order_by("pk"))
    for before in stored[::3]:
        project = Project.objects.get(pk=before.pk)
        applications = list(project.applications.order_by("pk"))
        if applications:
            derive_state(project, applications, before.published_on or date.today(), before.changed_by)
        else:
            projects.refresh(project, projects.Rows.of(project))
        for field in Project._meta.concrete_fields:
            if field.name not in ("version", "changed_at"):
                assert getattr(project, field.attname) == getattr(before, field.attname), (
                    field,
                    before.state,
                )


def test_a_plan_that_was_handed_in_balances_and_its_rows_are_locked_as_the_services_lock_them():
    make(300)
    locked = {"submitted": True, "returned": False, "reserved": True, "approved": True, "rejected": False,
              "withdrawn": False, "settled": True, "revoked": False}  # fmt: skip
    for application in Application.objects.select_related("pot", "project")[:200]:
        pot = application.pot
        row = FinancingItem.objects.get(
            project=application.project_id,
            kind=pot.kind,
            district=pot.district_id,
            pot_code=pot.code if pot.kind == Pot.Kind.SPECIAL else "",
        )
        assert row.locked == locked[application.state]
        if application.state in ("approved", "settled"):
            assert row.granted == application.granted
        elif application.state in ("rejected", "revoked"):
            assert row.granted == 0
        else:
            assert row.granted is None
    for project in Project.objects.filter(state__in=["submitted", "approved", "reserved"]):
        assert project.cost_total == project.financing_total


def test_decisions_follow_the_table_of_transitions():
    make(300)
    for application in Application.objects.prefetch_related("decisions"):
        first, *steps = application.decisions.all()
        assert first.step == "submit"
        state = Application.State.SUBMITTED
        for decision in steps:
            transition = TABLE[decision.step]
            assert state in transition.sources
            state = transition.target or state
        assert state == application.state
    for decision in Decision.objects.filter(step="approve", application__pot__kind="pillar_1"):
        assert decision.resolution.carried
        assert decision.amount <= decision.resolution.amount
        assert decision.mandate.person == decision.actor.person


def test_numbers_run_without_gaps():
    make(100)
    for series in NumberSeries.objects.select_related("district"):
        numbers = Project.objects.filter(
            year=series.year, lead_district=series.district, number__isnull=False
        ).values_list("number", flat=True)
        wanted = [f"{series.year}-{series.district.code}-{n:03d}" for n in range(1, series.last + 1)]
        assert sorted(numbers) == wanted


def test_the_database_goes_on_after_the_load():
    """Keys that the load gave are not given again."""
    make(60, first=personas.this_year())
    made = personas.approved(personas.gf_aplerbeck(), shares={"APL": "100"})
    assert made.pk > Project.objects.order_by("pk")[0].pk
    assert list(differences()) == []


def test_pots_are_nearly_used_but_never_overspent():
    make(600)
    spent = [p for p in Pot.objects.filter(kind="pillar_1") if p.allotted]
    assert all(p.available >= 0 for p in spent)
    assert sum((p.committed for p in spent), Decimal(0)) > sum((p.allotted for p in spent), Decimal(0)) / 4


def test_a_load_beside_other_data_needs_a_yes(capsys):
    personas.approved(personas.gf_aplerbeck())
    with pytest.raises(CommandError, match="schon Daten"):
        call_command(Load(), projects=5)
    assert Project.objects.count() == 1
    call_command(
        Load(), "--projects", "5", "--years", f"{personas.this_year()}-{personas.this_year()}", "--yes"
    )
    assert Project.objects.count() == 6
    said = capsys.readouterr().out
    assert "5 von 5" in said
    assert "In Ordnung" in said
    assert Mandate.objects.filter(district__code="APL", kind="managing_director").count() == 1


def test_refused_in_production_without_the_flag(settings):
    settings.PRODUCTION = True
    with pytest.raises(CommandError, match="--in-production"):
        call_command(Load(), projects=5)
    year = str(personas.this_year())
    call_command(Load(), "--projects", "3", "--years", f"{year}-{year}", "--in-production", verbosity=0)
    assert not any(user.has_usable_password() for user in User.objects.all())


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--projects", "0"], "ab 1"),
        (["--projects", "5", "--years", "2026-2003"], "zwei Jahre"),
        (["--projects", "5", "--years", "1990-2003"], "zwischen 2003"),
    ],
)
def test_nonsense_is_refused_with_a_sentence(arguments, sentence):
    with pytest.raises(CommandError, match=sentence):
        call_command(Load(), *arguments)
    assert not Project.objects.exists()


def test_a_closed_year_is_refused():
    year = personas.open_year()
    close(pk=year.pk)
    with pytest.raises(CommandError, match="abgeschlossen"):
        call_command(Load(), "--projects", "5", "--years", f"{year}-{year}", "--yes")
    assert not Project.objects.exists()
