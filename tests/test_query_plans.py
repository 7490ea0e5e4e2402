"""What pages ask most often finds its rows by an index, on both databases, however much there is."""

from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.db.models import QuerySet

from funding.four_eyes import worked_on_by
from funding.models import Application, Pot
from funding.turn import waits_for_director, waits_for_staff
from members.models import District, Mandate
from members.roles.permissions import Roles
from stadtbezirk.start import answers, lately_decided, unfinished
from tests import personas
from tests.load.command import Command as Load

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module", autouse=True)
def counted(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Enough rows, and counted: of two indexes a planner takes the smaller one only when it knows the sizes.

    Loaded once for the whole module, and rolled back.
    """
    with django_db_blocker.unblock(), transaction.atomic():
        call_command(Load(), projects=600, years=range(2022, 2027), stdout=StringIO())
        personas.make_project(personas.gf_aplerbeck())
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        yield
        transaction.set_rollback(True)


def plan_of(queryset: "QuerySet[Any]", *, sorting: str = "on") -> str:
    sql, params = queryset.query.sql_with_params()
    explain = "EXPLAIN QUERY PLAN" if connection.vendor == "sqlite" else "EXPLAIN"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # Few rows are quickest read whole; the question is whether there is a way by index.
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute(f"SET LOCAL enable_sort = {sorting}")
        cursor.execute(f"{explain} {sql}", params)
        return "\n".join(str(row[-1]) for row in cursor.fetchall())


def test_what_is_asked_of_a_pot_comes_from_an_index_of_what_waits():
    of_year = Pot.objects.filter(year__year=2026)
    assert plan_of(of_year.with_asked()).count("application_asked") == 1


def test_four_eyes_are_asked_of_an_index():
    plan = plan_of(Application.objects.filter(worked_on_by(personas.wf1().pk)))
    assert "projects_project_editors_" in plan


def test_the_whole_queue_walks_an_index_from_the_latest_application_on():
    latest = Application.objects.order_by("-submitted_on", "-pk")[:50]
    plan = plan_of(latest)
    assert "application_latest" in plan
    assert "B-TREE" not in plan and "Sort" not in plan


def test_the_latest_decisions_of_a_district_do_not_pass_those_of_the_others():
    director = Mandate.objects.filter(kind=Mandate.Kind.MANAGING_DIRECTOR)[0].person.user
    plan = plan_of(lately_decided(Roles(director).district_ids))
    assert "project_latest_decided" in plan
    assert "funding_decision_pkey" not in plan


def test_what_is_to_be_done_in_a_district_is_read_by_an_index():
    districts = list(District.objects.values_list("pk", flat=True)[:2])
    for plan in plan_of(unfinished(districts)), plan_of(answers(districts)):
        for table in ("projects_project", "projects_participation"):
            assert f"SCAN {table}" not in plan and f"Seq Scan on {table}" not in plan


def test_the_latest_of_a_state_come_in_the_order_of_an_index():
    plan = plan_of(Application.objects.filter(state="settled").order_by("-submitted_on", "-pk")[:50])
    assert "application_latest" in plan
    assert "B-TREE" not in plan and "Sort" not in plan


def test_what_waits_is_found_without_reading_every_application():
    for waiting in (
        Application.objects.filter(waits_for_staff()),
        Application.objects.filter(waits_for_director(Roles(personas.gf_aplerbeck()).district_ids)),
    ):
        plan = plan_of(waiting.order_by("waiting_since", "pk")[:50])
        assert "application_queue" in plan or "application_latest_of_state" in plan
        assert "SCAN funding_application" not in plan and "Seq Scan on funding_application" not in plan
