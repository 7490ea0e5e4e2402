"""A mandate, membership or seat that is taken up again has no reason of an exit any more; its history keeps it."""

from collections.abc import Iterator
from datetime import date
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from members import services
from members.common import row_history
from members.models import Body, Mandate, Membership, Person, Seat, Tenure
from members.models.tenure import NO_END
from tests import personas
from tests.test_foreign_ids import Fields
from tests.test_project_pages import text_of

pytestmark = pytest.mark.django_db

SINCE, LAST = date(2020, 1, 1), date(2026, 3, 31)


def ended(kind: type[Tenure]) -> Any:
    """A row that ended with a reason."""
    person = Person.objects.create(given_name="Ina", family_name="Zurück")
    district = personas.district("APL")
    row: Tenure
    if kind is Mandate:
        row = Mandate(person=person, district=district, kind=Mandate.Kind.DEPUTY, since=SINCE)
    elif kind is Membership:
        row = Membership(person=person, district=district, since=SINCE)
    else:
        row = Seat(person=person, body=Body.objects.get(kind="beirat"), since=SINCE)
    services.enter(row, actor=personas.admin_verein())
    return services.end(row, on=LAST, reason="Wegzug", actor=personas.admin_verein())


def told(row: Any) -> list[tuple[str, str, str]]:
    """What the newest entry of the history says."""
    return [(c.field, c.old, c.new) for c in row_history.entries(row)[0].changes]


KINDS = pytest.mark.parametrize("kind", [Mandate, Membership, Seat])


def form_of(row: Any, **changes: str) -> dict[str, str]:
    values = {"since": "01.01.2020", "until": "31.03.2026", "entry_reason": "", "exit_reason": "Wegzug"}
    for name in ("person", "district", "organisation", "body", "kind", "role"):
        value = getattr(row, f"{name}_id", getattr(row, name, None))
        values[name] = "" if value is None else str(value)
    return {**values, **changes}


def change(row: Any, **changes: str) -> Any:
    client = Client()
    client.force_login(personas.admin_verein())
    address = reverse(f"admin:members_{row._meta.model_name}_change", args=[row.pk])
    return client.post(address, form_of(row, **changes))


@KINDS
def test_reopened_on_its_page_the_reason_goes(kind: type[Tenure]) -> None:
    row = ended(kind)
    assert change(row, until="").status_code == 302
    row.refresh_from_db()
    assert (row.until, row.exit_reason) == (None, "")
    assert told(row) == [("bis", "31.03.2026", "–"), ("Grund des Austritts", "Wegzug", "–")]


@KINDS
def test_reopened_by_the_service_the_reason_goes(kind: type[Tenure]) -> None:
    row = ended(kind)
    row.until = None
    services.enter(row, actor=personas.admin_verein())
    row.refresh_from_db()
    assert row.exit_reason == ""


def test_reopened_on_the_person_s_page_the_reason_goes() -> None:
    row = ended(Mandate)
    client = Client()
    client.force_login(personas.admin_verein())
    address = reverse("admin:members_person_change", args=[row.person_id])
    data = Fields(client.get(address).content.decode()).data
    assert data["mandates-0-until"] == ["31.03.2026"]
    assert client.post(address, {**data, "mandates-0-until": ""}).status_code == 302
    row.refresh_from_db()
    assert (row.until, row.exit_reason) == (None, "")


@KINDS
def test_a_new_reason_without_a_last_day_is_refused_beside_it(kind: type[Tenure]) -> None:
    row = ended(kind)
    page = change(row, until="", exit_reason="Umzug nach Bochum")
    assert page.status_code == 200
    assert NO_END in text_of(page)
    assert "Umzug nach Bochum" in page.content.decode()
    row.refresh_from_db()
    assert (row.until, row.exit_reason) == (LAST, "Wegzug")


def test_another_last_day_keeps_the_reason() -> None:
    row = ended(Mandate)
    assert change(row, until="30.04.2026").status_code == 302
    row.refresh_from_db()
    assert (row.until, row.exit_reason) == (date(2026, 4, 30), "Wegzug")
    with pytest.raises(ValidationError):
        services.end(row, on=date(2026, 5, 1), reason="Später", actor=personas.admin_verein())


@KINDS
def test_the_database_refuses_a_reason_without_an_end(kind: type[Tenure]) -> None:
    row = ended(kind)
    name = f"{row._meta.model_name}_no_exit_reason_without_end"
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        kind._default_manager.filter(pk=row.pk).update(until=None)


# The migration


@pytest.fixture
def without_the_check(db: None) -> Iterator[None]:
    """The tables as they were before."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA ignore_check_constraints = ON")
        else:  # the test's transaction brings them back
            for model in (Mandate, Membership, Seat):
                name = f"{model._meta.model_name}_no_exit_reason_without_end"
                cursor.execute(f"ALTER TABLE {model._meta.db_table} DROP CONSTRAINT {name}")
        yield
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA ignore_check_constraints = OFF")


@KINDS
@pytest.mark.parametrize("recorded", [True, False], ids=["with a history", "from before the record"])
def test_the_migration_mends_who_came_back_before(
    without_the_check: None, kind: type[Tenure], recorded: bool
) -> None:
    row = ended(kind)
    kind._default_manager.filter(pk=row.pk).update(until=None)
    if not recorded:
        row.history.all().delete()
    migration = import_module("members.migrations.0015_exit_reasons_need_an_end")
    migration.clear_reasons(apps, connection.schema_editor())
    row.refresh_from_db()
    assert (row.until, row.exit_reason) == (None, "")
    assert ("Grund des Austritts", "Wegzug", "–") in told(row)
    before = row.history.count()
    migration.clear_reasons(apps, connection.schema_editor())
    assert row.history.count() == before, "a second time there is nothing to mend"


def test_the_migration_leaves_the_others_alone(without_the_check: None) -> None:
    row = ended(Mandate)
    before = row.history.count()
    migration = import_module("members.migrations.0015_exit_reasons_need_an_end")
    migration.clear_reasons(apps, connection.schema_editor())
    row.refresh_from_db()
    assert (row.exit_reason, row.history.count()) == ("Wegzug", before)
