"""What pages ask most often finds its rows by an index, on both databases, however much there is."""

from typing import Any

import pytest
from django.db import connection
from django.db.models import QuerySet

from funding.four_eyes import worked_on_by
from funding.models import Application, Pot
from tests import personas

pytestmark = pytest.mark.django_db


def plan_of(queryset: "QuerySet[Any]") -> str:
    sql, params = queryset.query.sql_with_params()
    explain = "EXPLAIN QUERY PLAN" if connection.vendor == "sqlite" else "EXPLAIN"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # An empty table is quickest read whole; the question is whether there is a way by index.
            cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"{explain} {sql}", params)
        return "\n".join(str(row[-1]) for row in cursor.fetchall())


def test_what_is_asked_of_a_pot_comes_from_an_index_of_what_waits():
    year = personas.open_year()
    assert plan_of(Pot.objects.with_asked().filter(year=year)).count("application_asked") == 2


@pytest.mark.skipif(
    connection.vendor == "postgresql", reason="PostgreSQL's planner chooses by what it has counted"
)
def test_four_eyes_do_not_read_every_decision_of_a_member_of_staff():
    assert "decision_under_mandate" in plan_of(Application.objects.filter(worked_on_by(personas.wf1())))


def test_the_whole_queue_walks_an_index_from_the_latest_application_on():
    latest = Application.objects.order_by("-submitted_on", "-pk")[:50]
    plan = plan_of(latest)
    assert "application_latest" in plan
    assert "B-TREE" not in plan and "Sort" not in plan
