"""The lists of calls, payments, letters and payees as files: the rows of the page, and never a whole IBAN."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from funding.payments import services
from members.models import User
from tests import batches as b
from tests import called, letters
from tests import personas as p
from tests.test_expense_calls import enter
from tests.test_project_pages import signed_in, text_of

pytestmark = pytest.mark.django_db

EXPORTS = ("payments:calls_export", "payments:payments_export", "payments:payees_export", "letters:letters_export")  # fmt: skip


@pytest.fixture(autouse=True)
def year() -> Any:
    return p.open_year()


def file(user: User, name: str, **query: str) -> str:
    response = signed_in(user).get(reverse(name, args=["csv"]), query)
    assert response.status_code == 200
    return b"".join(response.streaming_content).decode("utf-8-sig")


def test_calls_of_grants_and_expenses_as_the_page_shows_them():
    grant = p.application(b.granted(title="Apfelmarkt"))
    call, expense = b.checked_call(grant, "400"), enter()
    every = file(p.wf1(), EXPORTS[0], stand="alle")
    assert f"{call.pk};{grant.project.number};Apfelmarkt;" in every and "Verein Hörde" in every
    assert f"{expense.pk};{expense.number};Druck der Richtlinie;" in every
    assert "Summe (2)" in every and "470,00" in every
    own = file(p.gf_aplerbeck(), EXPORTS[0], stand="alle")
    assert "Apfelmarkt" in own and "Druck der Richtlinie" not in own
    assert "Apfelmarkt" not in file(p.wf1(), EXPORTS[0], stand="called")


def test_payments_with_batches_and_those_before():
    call = b.checked_call(p.application(b.granted()), "400")
    batch = b.executed(call)
    payment = batch.payments.get()
    services.send_back(payment, reason="Erloschen", returned_on=b.bank_day(), actor=p.wf1())
    former = p.application(b.granted())
    called.pay(former, amount=Decimal(300), actor=p.wf1())
    text = file(p.auditor(), EXPORTS[1])
    assert f"{payment.pk};{batch};" in text and "zurückgekommen" in text and "Erloschen" in text
    assert ";vor Einführung;" in text and former.project.number in text
    assert f"{payment.end_to_end};" in text


def test_letters_and_payees():
    letters.ready()
    letter = letters.drawn()
    assert f"{letter.number};Förderzusage;" in file(p.wf1(), EXPORTS[3], stand="alle")
    assert letter.number not in file(p.gf_hoerde(), EXPORTS[3], stand="alle")
    b.payee()
    assert "Verein Hörde;" in file(p.wf1(), EXPORTS[2]) and "bestätigt" in file(p.wf1(), EXPORTS[2])
    assert "Verein Hörde" not in file(p.gf_hoerde(), EXPORTS[2])


@pytest.mark.parametrize("name", EXPORTS)
def test_no_whole_iban_and_as_many_questions_at_any_size(name):
    letters.ready()
    measured = []
    for _ in range(2):
        for _ in range(3):
            if name.startswith("letters"):
                letters.drawn()
            else:
                b.executed(b.checked_call(p.application(b.granted("100")), "50"))
        client = signed_in(p.wf1())
        with CaptureQueriesContext(connection) as captured:
            text = b"".join(
                client.get(
                    reverse(name, args=["csv"]), {"stand": "alle"} if "payees" not in name else {}
                ).streaming_content
            ).decode()
        measured.append(len(captured))
        assert not [iban for iban in (*p.IBANS, b.OWN_IBAN) if iban in text]
    assert measured[0] == measured[1] <= 8


def test_calls_are_found_by_payee_and_invoice():
    call, expense = b.checked_call(p.application(b.granted(title="Apfelmarkt")), "400"), enter()

    def page(word: str) -> str:
        asked = {"suche": word, "stand": "alle"}
        return text_of(signed_in(p.wf1()).get(reverse("payments:calls"), asked))

    assert "2 Abrufe" in page("HÖRDE") and "1 Abruf," in page("apfel")
    assert "Kein Abruf" in page("Unna")
    assert call.pk != expense.pk


def test_calls_are_found_by_what_their_row_says():
    plan, expense = b.granted(title="Apfelmarkt"), enter(purpose="Öl für die Bühne")
    call = p.call(p.application(plan), "10", purpose="Zeltmiete am Weihnachtsmarkt")

    def found(words: str) -> set[int]:
        answer = signed_in(p.wf1()).get(reverse("payments:calls"), {"suche": words, "stand": "alle"})
        return {row.pk for row in answer.context["page"]}

    assert found("zeltmiete WEIHNACHT") == {call.pk} and found("apfelmarkt zelt") == {call.pk}
    assert found("oel buehne") == {expense.pk} and found("ÖL") == {expense.pk}
    assert found(str(call.pk)) >= {call.pk} and not found("99999999999999999999") and not found("Unna")
    assert "Zeltmiete am Weihnachtsmarkt" in text_of(
        signed_in(p.wf1()).get(reverse("payments:calls"), {"stand": "alle"})
    )
