"""A mistyped year, such as 206 or 20226, gets in nowhere: not by a form, a command, an address, nor by SQL."""

from datetime import date
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, models, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from members.common import days
from members.common.checks import Guard
from members.models import Body, Mandate, Membership, Organisation, Resolution, Seat
from projects.models import Project
from stadtbezirk.models import PublishedFigure
from tests import personas
from tests.tampering import without_checks, without_triggers

pytestmark = pytest.mark.django_db

APPS = ("members", "projects", "funding", "letters", "payments", "proofs", "stadtbezirk")
#: Days that the program sets itself: today, or an earlier day that a service has checked.
SET_BY_THE_PROGRAM = {
    "FiscalYear.opened_on", "Decision.on", "LedgerEntry.value_date", "Application.submitted_on",
    "Application.waiting_since", "Application.decided_on", "Transfer.requested_on", "Transfer.decided_on",
    "GrantChange.requested_on", "GrantChange.decided_on", "Participation.confirmed_on",
    "Participation.declined_on", "Project.published_on", "Payee.entered_on", "PayeeAccount.requested_on",
    "PayeeAccount.decided_on", "PaymentCall.called_on", "CallStep.on", "InstalmentPlan.requested_on",
    "InstalmentPlan.decided_on", "PlanStop.on",
    "Balance.requested_on", "Balance.decided_on", "PaymentBatch.created_on",
    "PaymentBatch.released_on", "PaymentBatch.closed_on", "BankStatement.loaded_on", "StatementEntry.done_on",
    "StatementEntry.further_on", "ChangeRequest.asked_on", "ChangeStep.on",
    "ProofStep.on", "Extension.requested_on", "Extension.decided_on", "AuditorRemark.on",
    "Sample.drawn_on", "ClaimReminder.on",
}  # fmt: skip


@pytest.fixture
def admin(admin_verein: Any) -> Client:
    client = Client()
    client.force_login(admin_verein)
    return client


def bounded() -> set[str]:
    """Every column that one of the checks keeps within bounds."""
    return {
        f"{model.__name__}.{name.split('__')[0]}"
        for label in APPS
        for model in apps.get_app_config(label).get_models()
        for check in model._meta.constraints
        if isinstance(check, Guard) and check.name.endswith("_within")
        for name, _ in check.condition.children  # type: ignore[union-attr, misc]
    }


def test_every_year_and_every_day_that_is_typed_has_bounds_in_the_database() -> None:
    dated = set()
    for label in APPS:
        for model in apps.get_app_config(label).get_models():
            if not model.__name__.startswith("Historical"):
                for field in model._meta.local_fields:
                    is_day = isinstance(field, models.DateField) and not isinstance(
                        field, models.DateTimeField
                    )
                    if is_day or (field.name in ("year", "first_year") and not field.is_relation):
                        dated.add(f"{model.__name__}.{field.name}")
    assert dated - SET_BY_THE_PROGRAM <= bounded()


@pytest.mark.parametrize("year", [0, 206, 2002, 2101, 20226])
def test_no_figure_is_published_for_a_mistyped_year(admin: Client, year: int) -> None:
    data = {"year": str(year), "district": "", "projects": "12", "source": "Rat"}
    page = admin.post(reverse("admin:stadtbezirk_publishedfigure_add"), data).content.decode()
    assert "Bitte das Jahr prüfen: Möglich ist 2003 bis 2100." in page
    assert f'value="{year}"' in page
    assert not PublishedFigure.objects.filter(year=year).exists()


def test_nor_for_a_year_to_come(admin: Client) -> None:
    year = timezone.localdate().year + 1
    data = {"year": str(year), "district": "", "projects": "12", "source": "Rat"}
    page = admin.post(reverse("admin:stadtbezirk_publishedfigure_add"), data).content.decode()
    assert f"Das Jahr {year} liegt in der Zukunft." in page


@pytest.mark.parametrize("slip", ["0206-05-01", "01.05.0206", "2204-05-01"])
def test_days_of_a_mistyped_year_are_refused_beside_their_field(admin: Client, slip: str) -> None:
    person = personas.gf_aplerbeck().person
    district = personas.district("HOE").pk
    forms: dict[str, dict[str, Any]] = {
        "mandate": {"kind": "deputy", "district": district, "person": person.pk, "since": slip},
        "seat": {"body": Body.objects.all()[0].pk, "role": "member", "person": person.pk, "since": slip},
        "membership": {"kind": "delegate", "district": district, "person": person.pk, "since": slip},
        "body": {"kind": "buergerforum", "district": district, "name": "Runde", "since": slip},
    }
    for name, data in forms.items():
        management = {"seats-TOTAL_FORMS": "0", "seats-INITIAL_FORMS": "0"}
        page = admin.post(reverse(f"admin:members_{name}_add"), {**data, **management})
        assert "Bitte das Jahr prüfen: Möglich ist 1945 bis 2100." in page.content.decode(), name
    mandate = Mandate.objects.get(person=person)
    address = f"{reverse('admin:members_mandate_end')}?ids={mandate.pk}"
    page = admin.post(address, {"on": slip, "reason": "Wechsel"})
    assert "Bitte das Jahr prüfen: Möglich ist 1945 bis 2100." in page.content.decode()
    assert not Body.objects.filter(name="Runde").exists()


def test_a_funding_model_begins_in_no_mistyped_year(superuser: Any, client: Client) -> None:
    client.force_login(superuser)
    data = {
        "name": "Neu", "first_year": "206", "council_decision_on": "10.12.0215", "district_allotment": "1",
        "pool_allotment": "1", "overhead_allotment": "0", "deciding_body": "WF", "proof_due_months": "700",
    }  # fmt: skip
    page = client.post(reverse("admin:funding_fundingmodel_add"), data).content.decode()
    assert "Möglich ist 2003 bis 2100." in page
    assert "Möglich ist 1945 bis 2100." in page
    assert "120" in page


def test_addresses_and_commands_know_no_mistyped_year(client: Client) -> None:
    page = client.get(reverse("bodies:list"), {"am": "0206-05-01"}).content.decode()
    assert "„0206-05-01“ ist kein Tag." in page
    with pytest.raises(CommandError, match="ist kein Tag"):
        call_command("check_statutes", date="0206-05-01")
    client.force_login(personas.wf1())
    for address in ("/foerderung/haushaltsjahre/206/", "/berichte/20226/", "/berichte/206/"):
        assert client.get(address).status_code == 404
    assert days.parse("29.02.2016") == date(2016, 2, 29)


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("projects_project", "year", 206),
        ("projects_project", "starts_on", "0206-05-01"),
        ("projects_project", "ends_on", "2206-05-01"),
        ("members_mandate", "since", "0206-05-01"),
        ("members_mandate", "until", "2206-05-01"),
        ("members_seat", "since", "0206-05-01"),
        ("members_membership", "since", "0206-05-01"),
        ("members_body", "since", "0206-05-01"),
        ("members_resolution", "date", "0206-05-01"),
        ("funding_fiscalyear", "year", 206),
        ("funding_fundingmodel", "first_year", 206),
        ("projects_numberseries", "year", 206),
        ("stadtbezirk_publishedfigure", "year", 206),
    ],
)
def test_the_database_holds_no_mistyped_year(table: str, column: str, value: Any) -> None:
    """Also where no trigger stops the statement."""
    gf = personas.gf_aplerbeck()
    personas.approved(gf)
    today = timezone.localdate()
    Seat.objects.create(body=Body.objects.all()[0], person=gf.person, since=today)
    Membership.objects.create(
        kind="city", organisation=Organisation.objects.create(name="Stadt"), since=today
    )
    assert Project.objects.exists() and Resolution.objects.exists()
    change = f"UPDATE {table} SET {column} = %s WHERE id = (SELECT MIN(id) FROM {table})"
    refused = pytest.raises(IntegrityError, match="_within")
    with without_triggers(), connection.cursor() as cursor, refused, transaction.atomic():
        cursor.execute(change, [value])


def test_a_slip_in_a_frozen_model_does_not_stop_an_upgrade() -> None:
    """Earlier versions took any day, and froze the model with its first opened year: only the migration can mend it."""
    model = personas.open_year().model
    with connection.cursor() as cursor, without_triggers():
        with without_checks("funding_fundingmodel", "model_years_within"):
            cursor.execute(
                "UPDATE funding_fundingmodel SET council_decision_on = '0215-12-10', assumptions = 'Geschätzt.' "
                "WHERE id = %s",
                [model.pk],
            )
        import_module("funding.migrations.0016_no_slip_of_a_year").note_slips(
            apps, connection.schema_editor()
        )
    model.refresh_from_db()
    assert model.council_decision_on is None
    said = model.assumptions.split("\n")
    assert said[0] == "Geschätzt."
    assert said[1].startswith("Als Tag des Ratsbeschlusses war 10.12.") and "215 eingetragen" in said[1]
