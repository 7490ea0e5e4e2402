"""Bookings on a pot name the payment, call or entry of a statement behind them, to who may see it, also in the export."""

import re
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from funding.models import Application, Pot
from funding.payments import services
from funding.payments.models import Payment
from members.models import User
from tests import batches as b
from tests import called
from tests import personas as p
from tests import statements as s
from tests.test_expense_calls import enter
from tests.test_project_pages import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def year() -> Any:
    return p.open_year()


@pytest.fixture
def grant() -> Application:
    """400 of 1,000 euro that were paid, came back, and are paid again."""
    grant = p.application(b.granted())
    call = b.checked_call(grant, "400")
    batch = b.executed(call)
    services.send_back(batch.payments.get(), reason="Erloschen", returned_on=b.bank_day(), actor=p.wf1())
    b.executed(call)
    return p.application(grant.project)


def rows(user: User, pot: Pot) -> list[tuple[str, str, str]]:
    """Movement, words and address of what stands behind each booking, newest first."""
    html = signed_in(user).get(pot.get_absolute_url()).content.decode()
    found = []
    for row in re.findall(r'<td data-l="Bewegung">.*?</tr>', html, re.S):
        kind = re.search(r'"Bewegung">([^<]*)<', row)
        small = re.search(r'<small[^>]*>(?:<a href="([^"]*)">)?([^<]*)', row)
        assert kind
        found.append((kind[1], small[2] if small else "", (small[1] or "") if small else ""))
    return found


class TestPage:
    def test_each_payment_and_its_return(self, grant):
        first, again = Payment.objects.order_by("pk")
        assert [row for row in rows(p.wf1(), grant.pot) if row[0] != "Ansatz"] == [
            ("Auszahlung", f"{again}, {again.batch}", again.get_absolute_url()),
            ("Rückzahlung", f"{first}, {first.batch}", first.get_absolute_url()),
            ("Auszahlung", f"{first}, {first.batch}", first.get_absolute_url()),
            ("Mittelbindung", "", ""),
        ]
        assert rows(p.auditor(), grant.pot) == rows(p.wf1(), grant.pot)

    def test_a_director_is_led_to_the_call(self, grant):
        call = grant.calls.get()
        (again, *_) = rows(p.gf_aplerbeck(), grant.pot)
        assert again == ("Auszahlung", str(call), call.get_absolute_url())
        assert signed_in(p.gf_aplerbeck()).get(again[2]).status_code == 200

    def test_the_advisory_board_sees_the_bookings_alone(self, grant):
        assert {words for _, words, _ in rows(p.board(), grant.pot)} == {""}
        with CaptureQueriesContext(connection) as captured:
            rows(p.board(), grant.pot)
        assert not [q for q in captured if "payments_" in q["sql"]]

    def test_before_there_were_batches(self):
        grant = p.application(b.granted())
        called.pay(grant, amount=Decimal(300), actor=p.wf1())
        payment = Payment.objects.get()
        assert rows(p.wf1(), grant.pot)[0] == (
            "Auszahlung", f"{payment}, vor Einführung", payment.get_absolute_url(),
        )  # fmt: skip
        assert rows(p.gf_aplerbeck(), grant.pot)[0] == ("Auszahlung", "vor Einführung", "")
        page = signed_in(p.wf1()).get(payment.get_absolute_url())
        assert page.status_code == 200
        assert "vor Einführung der Zahlungsläufe gebucht" in page.content.decode()
        assert signed_in(p.wf1()).post(payment.get_absolute_url(), {"step": "send_back"}).status_code == 404
        assert signed_in(p.gf_aplerbeck()).get(payment.get_absolute_url()).status_code == 403

    def test_overhead_by_a_call_and_by_a_fee(self):
        b.own_account()
        call = enter()
        pot = call.pot
        assert rows(p.wf1(), pot)[0] == ("Mittelbindung", str(call), call.get_absolute_url())
        services.check_call(call, actor=p.wf2())
        batch = b.executed(call)
        payment = batch.payments.get()
        assert rows(p.wf1(), pot)[0] == ("Auszahlung", f"{payment}, {batch}", payment.get_absolute_url())
        entry = s.entry("-9.90", fee=True)
        services.tick_expense(entry, year=pot.year, purpose="Entgelt", payee="Bank", actor=p.wf1())
        words = (f"{entry}", entry.get_absolute_url())
        assert rows(p.wf1(), pot)[:2] == [("Auszahlung", *words), ("Mittelbindung", *words)]

    def test_a_repayment_from_the_statement(self):
        grant = p.application(b.granted())
        b.executed(b.checked_call(grant, "400"))
        entry = s.entry("100")
        services.tick_repayment(entry, application=p.application(grant.project), reason="Rest", actor=p.wf1())
        assert rows(p.wf1(), grant.pot)[:2] == [
            (kind, f"{entry}", entry.get_absolute_url())
            for kind in ("Mittelbindung aufgehoben", "Rückzahlung")
        ]

    @pytest.mark.parametrize("number", [1, 15])
    def test_one_query_for_a_page(self, number):
        for _ in range(number):
            grant = p.application(b.granted("100"))
            b.executed(b.checked_call(grant, "50"))
        client = signed_in(p.wf1())
        with CaptureQueriesContext(connection) as captured:
            client.get(grant.pot.get_absolute_url())
        assert len([q for q in captured if "payments_payment" in q["sql"]]) == 1


def test_the_export_names_payment_and_reference_and_no_account(grant):
    address = reverse("funding:pot_export", args=[grant.pot.pk, "csv"])
    again = Payment.objects.latest("pk")
    text = b"".join(signed_in(p.wf1()).get(address).streaming_content).decode()
    assert f"{again}, {again.batch};{again.end_to_end};" in text
    assert p.IBANS[0] not in text and p.IBANS[0][-4:] not in text
    director = b"".join(signed_in(p.gf_aplerbeck()).get(address).streaming_content).decode()
    assert f"{again.call};;" in director and again.end_to_end not in director
    board = b"".join(signed_in(p.board()).get(address).streaming_content).decode()
    assert again.end_to_end not in board and str(again) not in board
