"""The pages of changes: a district says what has changed, the Wirtschaftsförderung sees before and after and decides."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from funding import terms
from funding.models import Application
from funding.proofs import services
from funding.proofs.models import ChangeRequest
from members.models import User
from tests import personas as p
from tests.test_changes import ask, grant, later, money, plan
from tests.test_proof_pages import as_, text

pytestmark = pytest.mark.django_db

LIST = reverse("proofs:changes")
NBSP = "\N{NO-BREAK SPACE}"


def address(application: Application, word: str = "plan") -> str:
    return f"{reverse('proofs:ask_change', args=[application.pk])}?art={word}"


def typed(client: Client, page: str, **given: str) -> dict[str, str]:
    """What the form of the page sends, with some of it typed anew."""
    form = client.get(page).context["form"]
    values = {name: form[name].value() for name in form.fields}
    return {name: "" if value is None else str(value).replace(".", ",") if isinstance(value, Decimal) else str(value)
            for name, value in values.items()} | given  # fmt: skip


def queries(user: User, page: str) -> int:
    client = as_(user)
    client.get(page)
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(page).status_code == 200
    return len(captured)


def test_a_district_says_what_has_changed_and_the_wirtschaftsfoerderung_consents() -> None:
    application = grant()
    client = as_(p.gf_aplerbeck())
    assert "Es hat sich etwas geändert" in text(client.get(application.get_absolute_url()))
    sent = typed(client, address(application), reason="Größer.", **{"cost-1": "900", "cost-2": "100"})
    page = client.post(address(application), sent, follow=True)
    change = ChangeRequest.objects.get()
    assert page.redirect_chain[-1][0] == change.get_absolute_url()
    staff = as_(p.wf1())
    shown = text(staff.get(change.get_absolute_url())).replace(NBSP, " ")
    assert "Bühne über 20 % 600,00 € 900,00 € 300,00 €" in shown
    assert "Druck 400,00 € 100,00 € -300,00 €" in shown.replace("−", "-")
    form = staff.get(change.get_absolute_url()).context["forms"]["consent"]
    data = {"step": "consent", "key": form["key"].value(), "seen": form["seen"].value()}
    assert "gilt der neue Stand" in text(staff.post(change.get_absolute_url(), data, follow=True))
    kept = terms.in_force(application)
    assert kept and [row.amount for row in kept.plan_rows.all() if row.is_cost] == [900, 100]
    # Sent twice it changes nothing, and says so.
    assert staff.post(change.get_absolute_url(), data).status_code == 302


def test_costs_that_nobody_planned_are_asked_for_and_shown() -> None:
    application = grant()
    client = as_(p.gf_aplerbeck())
    given = {"reason": "Es regnet.", "cost-2": "300", "new_label": "Zelt", "new_amount": "100"}
    sent = typed(client, address(application), **given)
    page = client.post(address(application), sent, follow=True)
    assert "Zelt nicht geplant 0,00 € 100,00 € 100,00 €" in text(page).replace(NBSP, " ")
    # Taken back and asked for again, it is there.
    services.withdraw_change(ChangeRequest.objects.get(), actor=p.gf_aplerbeck())
    form = client.get(address(application)).context["form"]
    assert (form["new_label"].value(), form["new_amount"].value()) == ("Zelt", "100,00")


def test_a_change_that_is_only_noted_says_so() -> None:
    application = grant()
    client = as_(p.gf_aplerbeck())
    sent = typed(client, address(application), reason="Etwas mehr.", **{"cost-1": "700", "cost-2": "300"})
    page = client.post(address(application), sent, follow=True)
    assert "Eine Zustimmung ist dafür nicht nötig" in text(page)
    assert "Diese Änderung braucht keine Zustimmung. Sie ist vermerkt." in text(page)


@pytest.mark.parametrize(
    ("word", "given", "field", "sentence"),
    [
        ("plan", {"cost-1": "-5"}, "cost-1", "nicht negativ"),
        ("plan", {"cost-1": "viel"}, "cost-1", "Betrag"),
        ("plan", {"cost-1": ""}, "cost-1", "0 ist möglich"),
        ("plan", {"cost-1": "700"}, "__all__", "mehr als bewilligt"),
        ("plan", {"carried_out_until": "2016-01-01"}, "carried_out_until", "liegt vor dem Beginn"),
        ("plan", {"carried_out_until": "2016-13-01"}, "carried_out_until", "gültiges Datum"),
        ("plan", {"new_label": "Zelt"}, "new_amount", "auch den Betrag"),
        ("plan", {"new_amount": "100"}, "new_label", "wofür das Geld ist"),
        ("plan", {"new_label": "Zelt", "new_amount": "100"}, "__all__", "mehr als bewilligt"),
        ("plan", {"reason": ""}, "reason", "Begründung"),
        ("mehr", {"amount": "1000"}, "amount", "größeren Betrag"),
        ("weniger", {"amount": "1000"}, "amount", "kleineren Betrag"),
    ],
)
def test_a_mistake_stands_at_its_field_and_what_was_typed_stays(
    word: str, given: dict[str, str], field: str, sentence: str
) -> None:
    application = grant()
    client = as_(p.gf_aplerbeck())
    page = client.post(
        address(application, word),
        typed(
            client, address(application, word), **{"reason": "Es regnet.", "partners": "Turnverein"} | given
        ),
    )
    assert page.status_code == 422
    form = page.context["form"]
    assert list(form.errors) == [field] and sentence in str(form.errors[field]).replace(NBSP, " ")
    for name, value in given.items():
        assert form[name].value() == value
    assert not ChangeRequest.objects.exists()


def test_a_stale_form_changes_nothing_and_keeps_what_was_typed() -> None:
    application = grant()
    client = as_(p.gf_aplerbeck())
    sent = typed(client, address(application), reason="Mehr Licht.", **{"cost-1": "700", "cost-2": "300"})
    services.consent_to_change(ask(application, plan({1: "900", 2: "100"})), actor=p.wf1())
    page = client.post(address(application), sent)
    assert page.status_code == 422 and "seit Sie die Seite geöffnet haben" in text(page)
    assert page.context["form"]["cost-1"].value() == "700"


def test_money_leads_to_the_form_that_raises_or_reduces_with_its_amount() -> None:
    application = grant()
    change = ask(application, money("less", "800"))
    staff = as_(p.wf1())
    link = f"{application.get_absolute_url()}?step=reduce&amount=800%2C00#a-other"
    assert link.replace("&", "&amp;") in staff.get(change.get_absolute_url()).content.decode()
    form = staff.get(link).context["forms"]["reduce"]
    assert form.is_named and form["amount"].value() == "800,00"
    assert "consent" not in staff.get(change.get_absolute_url()).context["forms"]


def test_on_pillar_1_the_page_leads_to_the_application() -> None:
    application = grant(central=False)
    page = as_(p.gf_aplerbeck()).get(address(application, "mehr"))
    assert page.context["form"] is None and "entscheidet das Lenkungsgremium" in text(page)


def test_a_question_and_its_answer() -> None:
    change = ask(grant(), plan(partners="Neu"))
    services.ask_back_change(change, question="Wer genau?", actor=p.wf1())
    client = as_(p.gf_aplerbeck())
    form = client.get(change.get_absolute_url()).context["forms"]["answer"]
    data = {"step": "answer", "key": form["key"].value(), "seen": form["seen"].value(), "answer": " "}
    page = client.post(change.get_absolute_url(), data)
    assert page.status_code == 422 and "answer" in page.context["forms"]["answer"].errors
    assert "Ihre Antwort ist gesendet" in text(
        client.post(change.get_absolute_url(), data | {"answer": "Der Turnverein."}, follow=True)
    )


def test_who_took_part_reads_why_and_gets_no_form() -> None:
    application = grant()
    change = ask(application, plan(partners="Neu"))
    application.project.editors.add(p.wf2())
    page = as_(p.wf2()).get(change.get_absolute_url())
    assert "Vier Augen" in text(page) and not page.context["forms"]
    reader = as_(p.auditor()).get(change.get_absolute_url())
    assert not reader.context["forms"] and reader.status_code == 200


def test_only_what_is_there_and_ones_own_is_shown() -> None:
    application = grant()
    change = ask(application, plan(partners="Neu"))
    other = as_(p.gf_brackel())
    for page in (change.get_absolute_url(), address(application)):
        assert other.get(page).status_code == 404
    client = as_(p.gf_aplerbeck())
    for number in (999_999, 10**30):
        assert client.get(f"{LIST}{number}/").status_code == 404
        assert client.get(f"{LIST}neu/{number}/").status_code == 404
    assert client.get(f"{reverse('proofs:ask_change', args=[application.pk])}?art=x").status_code == 404
    assert client.post(change.get_absolute_url(), {"step": "x"}).status_code == 404


def test_the_pages_ask_the_same_however_many_there_are() -> None:
    first = ask(grant(), plan(partners="Neu"))
    few = queries(p.wf1(), LIST), queries(p.wf1(), first.get_absolute_url())
    for _ in range(2):
        ask(grant(), plan({1: "900", 2: "100"}))
    assert few == (queries(p.wf1(), LIST), queries(p.wf1(), first.get_absolute_url())) == (6, 16)
    assert "3 Änderungen warten auf Antwort." in text(as_(p.wf1()).get(LIST)).replace(NBSP, " ")
    assert text(as_(p.gf_brackel()).get(f"{LIST}?stand=alle")).count("Aplerbeck") == 0
    application: Any = grant()
    assert queries(p.gf_aplerbeck(), address(application)) == 10


def test_a_new_request_begins_with_what_the_withdrawn_one_said() -> None:
    application, client = grant(), as_(p.gf_aplerbeck())
    page = address(application)
    first = client.get(page).context["form"]
    rows = [field.name for field in first.costs]
    before = [Decimal(first.initial[name]) for name in rows]
    services.withdraw_change(
        ask(application, plan({1: "900", 2: "100"}, partners="Chor Hörde", period=later(application))),
        actor=p.gf_aplerbeck(),
    )
    form = client.get(page).context["form"]
    assert form.initial["reason"] and form.initial["partners"] == "Chor Hörde"
    assert (form.initial["carried_out_from"], form.initial["carried_out_until"]) == later(application)
    assert form.total == sum(before) == first.total
    assert [form.initial[name] for name in rows] != before
    assert "amount" not in client.get(address(application, "mehr")).context["form"].initial
    again = services.withdraw_change(ask(application, money("more", "1200")), actor=p.gf_aplerbeck())
    assert client.get(address(application, "mehr")).context["form"].initial["amount"] == again.amount


def test_the_list_is_a_file_with_what_the_page_shows() -> None:
    application = grant()
    noted = ask(application, plan(partners="Chor Hörde"))
    client, export = as_(p.wf1()), reverse("proofs:changes_export", args=["csv"])
    sent = client.get(export).getvalue().decode()
    assert application.project.number in sent and "Chor Hörde" in sent and noted.get_state_display() in sent
    services.refuse_change(noted, reason="Bleibt so.", actor=p.wf1())
    assert "Chor Hörde" not in client.get(export).getvalue().decode()
    assert "Chor Hörde" in client.get(export, {"stand": "alle"}).getvalue().decode()
    assert (
        application.project.number
        not in as_(p.gf_brackel()).get(export, {"stand": "alle"}).getvalue().decode()
    )
