"""What holds the rest: triggers, personas, documents, requirements, the layout of the repository."""

import pytest
from django.db import connection

from funding import guards
from funding.models import LedgerEntry
from members.models import District
from tests import personas


def installed_triggers() -> set[str]:
    sql = (
        "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        if connection.vendor == "sqlite"
        else "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return {row[0] for row in cursor.fetchall()}


@pytest.mark.django_db
def test_every_guard_is_installed():
    assert guards.names() <= installed_triggers()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("run", ["with the first flush", "after a flush"])
def test_guards_and_loaded_rows_survive_a_flush(run):
    assert guards.names() <= installed_triggers()
    assert not LedgerEntry.objects.exists()
    assert District.objects.count() == 12
    project = personas.approved(personas.gf_aplerbeck())
    assert project.state == "approved"
    assert LedgerEntry.objects.exists()


@pytest.mark.django_db
def test_personas_reach_every_state(gf_aplerbeck, wf_with_mandate):
    joint = personas.approved(
        gf_aplerbeck,
        shares={"APL": "1000", "BRA": "500"},
        pillar_2="6000",
        others=[{"kind": "third_party", "amount": "250"}],
    )
    assert joint.state == "approved"
    assert {a.state for a in joint.applications.all()} == {"approved"}
    assert personas.handed_in(gf_aplerbeck, year=2019).number == "2019-APL-001"
    assert personas.gf_aplerbeck() == gf_aplerbeck
