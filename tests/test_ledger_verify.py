"""Entries and counters always move together, and `verify_ledger` finds where somebody tampered."""

from datetime import date
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from funding import guards
from funding.ledger import COUNTERS, MOVES, differences, post
from funding.models import Application, LedgerEntry
from members.common.money import ZERO
from tests import called, personas
from tests.tampering import UNLINK, lift_guards

pytestmark = pytest.mark.django_db


@pytest.fixture
def booked(gf_aplerbeck) -> Application:
    project = personas.approved(gf_aplerbeck, shares={"APL": "500"}, pillar_2="6000")
    application = personas.application(project, "S2")
    called.pay(application, amount=Decimal(2000), actor=personas.wf1())
    return application


def verify() -> str:
    out = StringIO()
    call_command("verify_ledger", stdout=out, no_color=True)
    return out.getvalue()


def test_a_clean_ledger_says_so(booked):
    assert verify() == "In Ordnung: 14\xa0Töpfe, 19\xa0Buchungen.\n"


def test_an_empty_database_is_in_order(db):
    assert "0\xa0Töpfe" in verify()


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("UPDATE funding_pot SET committed = committed + 1 WHERE code = 'S2'", "Säule 2 .*committed"),
        ("UPDATE funding_pot SET paid = 0 WHERE code = 'S2'", "Säule 2 .*paid ist 0,00"),
        ("UPDATE funding_pot SET allotted = allotted + 1 WHERE code = 'GK'", "Gemeinkosten .*allotted"),
        ("UPDATE funding_pot SET reserved = 1 WHERE code = 'S1-HOE'", "Hörde .*reserved"),
        ("UPDATE funding_application SET granted = granted - 1", "Antrag .*committed"),
        ("UPDATE funding_application SET paid = paid + 1 WHERE paid > 0", "Antrag .*paid"),
        (
            "UPDATE funding_application SET pot_id = (SELECT id FROM funding_pot WHERE code = 'GK') WHERE paid > 0",
            "Sie steht in einem anderen Topf als ihr Antrag",
        ),
        ("DELETE FROM funding_ledgerentry WHERE kind = 'pay'", "paid"),
        ("DELETE FROM funding_ledgerentry WHERE kind = 'reserve'", "reserved"),
        ("UPDATE funding_ledgerentry SET amount = amount + 1 WHERE kind = 'commit'", "committed"),
        (
            "UPDATE funding_ledgerentry SET pot_id = (SELECT id FROM funding_pot WHERE code = 'GK') WHERE kind = 'pay'",
            "paid",
        ),
        (
            "UPDATE funding_ledgerentry SET application_id = "
            "(SELECT max(a.id) FROM funding_application a WHERE a.id <> application_id) WHERE kind = 'commit'",
            "Antrag .*committed",
        ),
    ],
)
def test_tampering_is_found_and_ends_with_an_error(booked, sql, said):
    guards.GUARDS.lift()
    with connection.cursor() as cursor:
        cursor.execute(sql)
        assert cursor.rowcount
        cursor.execute(UNLINK)
    guards.GUARDS.install()
    with pytest.raises(CommandError, match=said):
        verify()


def test_every_kind_of_entry_moves_one_counter():
    assert set(MOVES) == set(LedgerEntry.Kind.values)
    assert {counter for counter, _ in MOVES.values()} == set(COUNTERS)
    assert {sign for _, sign in MOVES.values()} == {1, -1}


@pytest.mark.parametrize("kind", LedgerEntry.Kind.values)
def test_each_kind_moves_entry_and_counter_together(wf1, kind):
    personas.open_year(2016)
    lift_guards()
    pot = personas.pot("S2", 2016)
    for before, amount in (("reserve", "100.10"), ("commit", "100.10"), ("pay", "50.10")):
        post(pot, before, Decimal(amount), actor=wf1, value_date=date(2016, 1, 4), occasion="pot")
    counter, sign = MOVES[kind]
    expected = {c: getattr(pot, c) for c in COUNTERS}
    expected[counter] += sign * Decimal("33.33")
    post(pot, kind, Decimal("33.33"), actor=wf1, value_date=date(2016, 1, 4), occasion="pot")
    assert {c: getattr(pot, c) for c in COUNTERS} == expected, "the object in hand"
    pot.refresh_from_db()
    assert {c: getattr(pot, c) for c in COUNTERS} == expected, "the row"
    assert list(differences()) == []


def test_the_ledger_explains_every_euro_of_a_pot(booked):
    pot = personas.pot("S2")
    entries = pot.entries.values_list("kind", "amount")
    assert list(entries) == [
        ("allot", 80000), ("reserve", 6000), ("unreserve", 6000), ("commit", 6000), ("pay", 2000)
    ]  # fmt: skip
    assert (pot.available, pot.outstanding, pot.reserved) == (74000, 4000, ZERO)


def test_comparing_counters_takes_two_questions_however_many_rows(booked, django_assert_num_queries):
    personas.approved(personas.gf_brackel(), shares={"BRA": "10"})
    with django_assert_num_queries(2):
        assert list(differences()) == []
