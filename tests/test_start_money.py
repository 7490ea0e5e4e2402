"""What start pages say of letters, calls and payments: each thing that waits, with a link to where it is done."""

import re
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from funding import services as core
from funding.letters.models import Letter
from funding.payments import services
from members.models import User
from tests import batches as b
from tests import letters
from tests import personas as p
from tests import statements as s
from tests.test_project_pages import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def year() -> Any:
    return p.open_year()


def todos(user: User) -> dict[str, str]:
    """The links of the start page's lists of what to do: their words and address."""
    html = signed_in(user).get("/").content.decode().replace("\xa0", " ")
    found = {}
    for items in re.findall(r'<ul class="todo">(.*?)</ul>', html, re.S):
        for address, words in re.findall(r'<a href="([^"]*)"[^>]*>(.*?)</a>', items, re.S):
            found[" ".join(re.sub(r"<[^>]+>", " ", words).split())] = address
    return found


class TestStaff:
    def test_open_entries_of_the_statement(self):
        b.own_account()
        assert not [words for words in todos(p.wf1()) if "Kontoauszug" in words]
        first = s.entry("10")
        assert (
            todos(p.wf1())["1 Buchung des Kontoauszugs ist noch offen"]
            == "/foerderung/auszahlungen/kontoauszuege/"
        )
        for _ in range(2):
            s.entry("10")
        assert "3 Buchungen des Kontoauszugs sind noch offen" in todos(p.wf2())
        services.set_aside(first, reason="Sparkonto", actor=p.wf1())
        assert "2 Buchungen des Kontoauszugs sind noch offen" in todos(p.wf1())
        assert not [words for words in todos(p.gf_aplerbeck()) if "Kontoauszug" in words]

    def test_what_a_second_person_refused_is_open_again(self):
        big = p.application(p.approved(p.gf_aplerbeck(), pillar_2="6000", special_importance="Ja"))
        p.called.pay(big, amount=Decimal(1000), actor=p.wf1())
        entry = s.entry("100")
        services.tick_repayment(entry, application=p.application(big.project), reason="Rest", actor=p.wf1())
        assert not [words for words in todos(p.wf2()) if "Kontoauszug" in words]
        entry.refresh_from_db()
        core.refuse_change(entry.change, reason="Nein", actor=p.wf2())
        assert "1 Buchung des Kontoauszugs ist noch offen" in todos(p.wf2())

    def test_a_balance_and_a_plan_are_for_the_other_person(self):
        services.enter_balance(
            b.own_account(), amount=Decimal(100), day=b.bank_day(), reason="Auszug 7", actor=p.wf1()
        )
        assert todos(p.wf2())["1 Kontostand zu bestätigen"] == "/foerderung/auszahlungen/"
        assert "1 Kontostand zu bestätigen" not in todos(p.wf1())
        grant = p.application(p.approved(p.gf_aplerbeck(), shares={"APL": "1000"}))
        p.accept(grant)
        services.enter_plan(
            grant, payee=_payee(), purpose="Miete", reason="Vertrag", actor=p.gf_aplerbeck(),
            instalments=[(timezone.localdate(), Decimal(100))],
        )  # fmt: skip
        assert todos(p.wf1())["1 Ratenplan zu prüfen"] == "/foerderung/auszahlungen/abrufe/"

    def test_letters_to_send(self):
        letters.ready()
        letter = letters.drawn()
        assert todos(p.wf1())["1 Schreiben zu versenden"] == "/foerderung/schreiben/"
        letters.services.send([letter], way="post", on=timezone.localdate(), actor=p.wf1())
        assert "1 Schreiben zu versenden" not in todos(p.wf1())

    def test_decisions_without_their_letter(self):
        """As long as something is missing for it, and not for what was decided before there were letters."""
        p.approved(p.gf_aplerbeck(), pillar_2="2000", measure="grant", organiser=letters.organiser())
        assert todos(p.wf1())["1 Entscheidung ohne Schreiben"] == "/foerderung/schreiben/?stand=fehlen"
        assert "1 Entscheidung ohne Schreiben" not in todos(p.gf_aplerbeck())
        letters.ready()
        letters.services.repair()
        assert "1 Entscheidung ohne Schreiben" not in todos(p.wf1())

    def test_calls_to_pay_and_batches_to_release_and_to_book(self):
        grant = p.application(b.granted())
        call = b.checked_call(grant, "400")
        assert todos(p.wf1())["1 Abruf zu zahlen, 400,00 €"] == "/foerderung/auszahlungen/"
        b.balance()
        batch = b.opened(call)
        assert f"{batch} freigeben" in todos(p.wf2()) and f"{batch} freigeben" not in todos(p.wf1())
        services.release(batch, actor=p.wf2(), on=b.bank_day())
        assert todos(p.wf1())[f"{batch} als ausgeführt buchen"] == batch.get_absolute_url()

    @pytest.mark.parametrize("number", [1, 12])
    def test_as_many_questions_at_any_amount(self, number):
        b.own_account()
        for _ in range(number):
            s.entry("10")
            b.checked_call(p.application(b.granted()), "100")
        client = signed_in(p.wf1())
        with CaptureQueriesContext(connection) as captured:
            assert client.get("/").status_code == 200
        assert len(captured) == 21


class TestDirector:
    def test_what_the_bank_sent_back(self):
        grant = p.application(b.granted())
        call = b.checked_call(grant, "400")
        batch = b.executed(call)
        assert not [words for words in todos(p.gf_aplerbeck()) if "kam von der Bank" in words]
        services.send_back(
            batch.payments.get(), reason="Konto erloschen", returned_on=b.bank_day(), actor=p.wf1()
        )
        found = todos(p.gf_aplerbeck())
        assert (
            found[f"{grant.project} – {call} kam von der Bank zurück, bitte Konto klären"]
            == call.get_absolute_url()
        )
        assert not [words for words in todos(p.gf_brackel()) if "kam von der Bank" in words]

    def test_a_promise_that_was_declined(self):
        letters.ready()
        letter = letters.drawn()
        project = letter.decision.application.project
        Letter.objects.update(
            answer="declined", answered_on=timezone.localdate(), answer_way="paper", answer_name="Toni Probe",
            answer_message="Bitte mehr.", answer_recorded_by=p.wf1(),
        )  # fmt: skip
        words = f"{project} – Zusage so nicht angenommen, bitte mit dem Empfänger klären"
        assert todos(p.gf_aplerbeck())[words] == letter.get_absolute_url()

    @pytest.mark.parametrize("measure", ["own", "grant"])
    @pytest.mark.parametrize("with_letter", [True, False])
    def test_money_of_an_own_measure_is_called_without_an_acceptance(self, measure, with_letter):
        letters.ready()
        grant = letters.granted(measure=measure)
        if with_letter:
            letters.drawn(grant)
        words = f"{grant.project} – Geld abrufen, wenn es gebraucht wird"
        assert (words in todos(p.gf_aplerbeck())) == (measure == "own")
        assert words not in todos(p.gf_brackel())
        if measure == "grant":
            p.accept(grant)
            assert todos(p.gf_aplerbeck())[words] == f"{grant.get_absolute_url()}#abrufe"
        p.called.earmark(grant, amount=Decimal(10))
        assert words not in todos(p.gf_aplerbeck())


def _payee() -> Any:
    payee = b.payee()
    payee.districts.add(p.district("APL"))
    return payee
