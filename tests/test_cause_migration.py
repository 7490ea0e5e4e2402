"""The migration that finds the cause of bookings written before each had to name one."""

from decimal import Decimal
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from funding import guards, services
from funding.models import Application, ChainLink, Decision, LedgerEntry
from tests import called, personas

pytestmark = pytest.mark.django_db

CAUSES = ("application_id", "decision_id", "expense_id", "transfer_id", "occasion")
BARE = "UPDATE funding_ledgerentry SET decision_id = NULL, occasion = ''"


def as_before() -> None:
    """The rows as the last release left them, in a database without the constraint."""
    guards.GUARDS.lift()
    connection.check_constraints()
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA ignore_check_constraints = ON")
        else:
            cursor.execute("ALTER TABLE funding_ledgerentry DROP CONSTRAINT entry_names_one_cause")
        cursor.execute(BARE)


@pytest.fixture(autouse=True)
def _checked_again() -> Any:
    yield
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA ignore_check_constraints = OFF")


def migrate() -> None:
    migration = import_module("funding.migrations.0011_entries_name_their_cause")
    migration.name_the_cause(apps, connection.schema_editor())


def causes() -> list[Any]:
    return list(LedgerEntry.objects.order_by("pk").values_list("pk", *CAUSES))


def everything_that_books() -> None:
    """Every step with its bookings, some on one day by one person; expenses, transfers and special pots."""
    gf, wf1, wf2 = personas.gf_aplerbeck(), personas.wf1(), personas.wf2()
    project = personas.approved(gf, shares={"APL": "500", "BRA": "300"}, pillar_2="6000")
    central = personas.application(project, "S2")
    for amount in (1000, 1000, 2000):
        called.pay(central, amount=Decimal(amount), actor=wf1)
    personas.lessen(central, "reduce", to=5500, by=wf1)
    personas.lessen(central, "reduce", to=5000, by=wf1)
    personas.lessen(central, "repay", to=4500, by=wf1)
    personas.lessen(central, "settle", by=wf1)
    personas.lessen(central, "revoke", by=wf1)
    services.repay(central, amount=Decimal(3500), actor=wf1)
    own = personas.application(project, "S1-APL")
    services.reduce(own, to=Decimal(400), reason="Weniger.", actor=gf)
    services.revoke(own, reason="Falsch.", actor=gf)

    again = personas.handed_in(gf, pillar_2="7000")
    application = personas.application(again)
    services.sign(application, amount=Decimal(7000), actor=wf1)
    services.return_to_applicant(application, reason="Wozu?", actor=wf1)
    services.submit(again, actor=gf)
    services.sign(application, amount=Decimal(6500), reason="Weniger.", actor=wf1)
    services.reject(application, reason="Nein.", actor=wf2)
    third = personas.application(personas.handed_in(gf, pillar_2="7000"))
    services.sign(third, amount=Decimal(7000), actor=wf1)
    services.withdraw(third, actor=gf)

    year = again.year
    expense = services.book_expense(
        year, amount=Decimal(50), purpose="Porto", payee="Post", actor=wf1, paid=True
    )
    services.reverse_expense(expense, reason="Doppelt.", actor=wf1)
    pot = services.open_pot(year, code="SPK", source="Sparkasse", amount=Decimal(900), actor=wf1)
    services.raise_pot(pot, amount=Decimal(100), reason="Mehr.", actor=wf1)
    services.return_unused(pot, amount=Decimal(50), reason="Rest.", actor=wf1)


def test_every_booking_gets_the_cause_that_the_services_give_it() -> None:
    everything_that_books()
    before = causes()
    assert {step for (step,) in Decision.objects.values_list("step")} >= {
        "sign", "approve", "reject", "return", "withdraw", "reduce", "revoke", "pay", "repay", "settle"
    }  # fmt: skip
    as_before()
    assert causes() != before
    migrate()
    assert causes() == before


def alien(application: Application, kind: str = "reserve", step: str = "") -> None:
    """A booking past the services, as raw SQL could leave it; with a decision of that kind if one is named."""
    values = {"actor": personas.wf2(), "on": timezone.localdate()}
    if step:
        Decision.objects.create(application=application, step=step, amount=Decimal(1), **values)
    LedgerEntry.objects.create(
        pot=application.pot, kind=kind, amount=Decimal(1), application=application, actor=personas.wf2(),
        value_date=timezone.localdate(),
    )  # fmt: skip


def test_a_booking_past_the_services_gets_the_nearest_decision() -> None:
    project = personas.approved(personas.gf_aplerbeck(), pillar_2="6000")
    application = personas.application(project)
    before = causes()
    as_before()
    alien(application, "pay")
    alien(application, "pay", step="pay")
    migrate()
    *others, odd, fitting = causes()
    assert others == before
    paid = application.decisions.get(step="pay")
    assert odd[2] == fitting[2] == paid.pk


def test_a_booking_without_any_decision_stops_the_migration_with_a_sentence() -> None:
    application = personas.application(personas.handed_in(personas.gf_aplerbeck()))
    as_before()
    alien(application)
    for model in (ChainLink, Decision):
        model.objects.all()._raw_delete("default")
    entry = LedgerEntry.objects.latest("pk")
    with pytest.raises(CommandError, match=f"^Buchung {entry.pk} nennt den Antrag {application.pk}, zu dem"):
        migrate()


def test_a_booking_names_exactly_one_cause() -> None:
    everything_that_books()
    connection.check_constraints()
    guards.GUARDS.lift()
    entry = LedgerEntry.objects.filter(decision__isnull=False).latest("pk")
    expense = LedgerEntry.objects.filter(expense__isnull=False).latest("pk").expense_id
    for values in (
        {"decision": None},
        {"application": None},
        {"decision": None, "application": None},
        {"occasion": "year"},
        {"expense": expense},
        {"decision": None, "application": None, "occasion": "oops"},
    ):
        with pytest.raises(IntegrityError, match="entry_names_one_cause"), transaction.atomic():
            LedgerEntry.objects.filter(pk=entry.pk).update(**values)
    LedgerEntry.objects.filter(pk=entry.pk).update(decision=None, application=None, occasion="year")
