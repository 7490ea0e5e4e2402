"""Pillar 2 in a year whose model asks for the jury's resolution, as the pages record it."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from funding import services
from funding.forms import FirstSignatureForm, GrantForm, JuryForm, ResolutionForm
from funding.models import Application, FiscalYear, FundingModel, Step
from funding.who_acts_next import next_step
from members.models import Body, OutboxMail, Resolution, User
from tests import personas as p
from tests.mailed import worded
from tests.test_funding_pages import act, as_, get, page_form, pool_project, text, told

pytestmark = pytest.mark.django_db
S = Application.State


@pytest.fixture
def year(db: None) -> FiscalYear:
    FundingModel.objects.filter(first_year=2016).update(pillar_2_needs_resolution=True)
    p.steering_body("APL")
    return p.open_year()


@pytest.fixture
def jury(year: FiscalYear) -> Body:
    return Body.objects.get(kind=Body.Kind.JURY)


def votes(**changed: Any) -> dict[str, Any]:
    today = timezone.localdate().isoformat()
    return {"date": today, "votes_yes": 7, "votes_no": 1, "votes_abstained": 0, "text": "TOP 2", **changed}


def page_of(user: User, application: Application) -> Any:
    return get(user, application.get_absolute_url())


def test_the_only_signature_records_the_resolution(jury: Body) -> None:
    application = pool_project()
    page = page_of(p.wf1(), application)
    assert isinstance(page.context["decide"], JuryForm)
    assert "Über Säule 2 beschließt die Jury." in text(page)
    assert "Bewilligt: 3.000,00 €" in told(act(p.wf1(), application, **votes()))
    application.refresh_from_db()
    resolution = Resolution.objects.get()
    assert (application.state, application.granted) == (S.APPROVED, 3000)
    assert application.decisions.get(step=Step.APPROVE).resolution == resolution
    assert (resolution.body, resolution.amount, resolution.text) == (jury, 3000, "TOP 2")


def test_it_is_read_wherever_pillar_1_shows_its_own(jury: Body) -> None:
    """Page, decision sheet, timeline of the project and the letter to the district."""
    application = pool_project()
    act(p.wf1(), application, **votes())
    read = f"Jury für Säule 2, Sitzung am {timezone.localdate():%d.%m.%Y}: 7 Ja, 1 Nein, 0 Enthaltungen"
    assert f"{read} – TOP 2" in text(page_of(p.gf_aplerbeck(), application))
    for name, key in (
        ("funding:decision_sheet", application.pk),
        ("projects:history", application.project_id),
    ):
        assert read in text(get(p.gf_aplerbeck(), reverse(name, args=[key])))
    mail = worded(OutboxMail.objects.get(subject__endswith="bewilligt"))
    assert "aufgrund des Beschlusses: Jury für Säule 2" in mail.html


def test_of_two_signatures_the_second_records_it(jury: Body) -> None:
    application = pool_project(amount="6000")
    page = page_of(p.wf1(), application)
    assert type(page.context["decide"]) is FirstSignatureForm
    assert "Die zweite Person erfasst dabei den Beschluss der Jury." in text(page)
    assert "Erste Unterschrift geleistet" in told(act(p.wf1(), application))
    application.refresh_from_db()
    assert (application.state, Resolution.objects.count()) == (S.RESERVED, 0)
    assert "erfasst den Beschluss der Jury" in next_step(application)
    page = page_of(p.wf2(), application)
    assert isinstance(page.context["decide"], JuryForm)
    assert "Mit Beschluss und zweiter Unterschrift bewilligen" in text(page)
    assert "Bewilligt: 6.000,00 €" in told(act(p.wf2(), application, **votes()))
    application.refresh_from_db()
    assert (application.state, application.first_signer, application.second_signer) == (
        S.APPROVED,
        p.wf1(),
        p.wf2(),
    )


def test_a_small_amount_of_a_large_application_asks_at_once(jury: Body) -> None:
    """Below the limit the first signature is the only one: the page asks then, and keeps what was typed."""
    application = pool_project(amount="6000")
    asked = act(p.wf1(), application, amount="4.000,-", reason="Der Rahmen ist enger.")
    shown = asked.context["decide"]
    assert asked.status_code == 422 and isinstance(shown, JuryForm)
    assert set(shown.errors) == {"date", "votes_yes"}
    assert (shown["amount"].value(), shown["reason"].value()) == ("4.000,-", "Der Rahmen ist enger.")
    assert "genügt Ihre Unterschrift; bitte tragen Sie deshalb jetzt den Beschluss ein." in text(asked)
    sent = {field.html_name: field.value() for field in shown if field.value() is not None} | votes()
    assert "Bewilligt: 4.000,00 €" in told(as_(p.wf1()).post(application.get_absolute_url(), sent))


@pytest.mark.parametrize("amount", ["3000", "6000"])
def test_without_a_majority_it_is_rejected(jury: Body, amount: str) -> None:
    application = pool_project(amount=amount)
    if amount == "6000":
        act(p.wf1(), application)
    response = act(p.wf2(), application, **votes(votes_yes=3, votes_no=4))
    assert "Ablehnung festgehalten: Der Beschluss fand keine Mehrheit (3 Ja, 4 Nein, 0 Enthaltungen)" in told(
        response
    )
    application.refresh_from_db()
    assert (application.state, application.reserved) == (S.REJECTED, 0)
    assert application.decisions.get(step=Step.REJECT).resolution == Resolution.objects.get()
    assert p.pot("S2").available == 80000


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        ({"date": ""}, "date", "Bitte das Datum der Sitzung eintragen."),
        ({"date": timedelta(days=1)}, "date", "liegt in der Zukunft"),
        ({"date": "2015-12-31"}, "date", "besteht erst seit 01.01.2016"),
        ({"votes_yes": "-1"}, "votes_yes", "Mindestens 0 Ja-Stimmen"),
        ({"votes_yes": 0, "votes_no": 0}, "votes_yes", "Bitte die abgegebenen Stimmen eintragen."),
        ({"amount": "3.000,01"}, "amount", "mehr als beantragt kann nicht bewilligt werden"),
        ({"amount": "2.000"}, "reason", "Sie bewilligen weniger als beantragt."),
    ],
)
def test_the_checks_are_those_of_pillar_1(
    jury: Body, typed: dict[str, Any], field: str, sentence: str
) -> None:
    application = pool_project()
    refused = act(p.wf1(), application, **votes(**p.dated(typed)))
    assert refused.status_code == 422
    assert sentence in " ".join(refused.context["decide"].errors[field])
    assert not Resolution.objects.exists()


def test_both_pillars_share_fields_and_checks() -> None:
    assert JuryForm.base_fields.keys() == ResolutionForm.base_fields.keys()
    assert JuryForm.clean is ResolutionForm.clean


def test_another_body_does_not_resolve(jury: Body) -> None:
    application = pool_project()
    refused = act(p.wf1(), application, **votes(body=p.steering_body("APL").pk))
    assert refused.status_code == 422 and "Über Säule 2 beschließt nur die Jury." in text(refused)


def test_a_refused_approval_leaves_no_resolution(jury: Body) -> None:
    application = pool_project()
    (data,) = [{**page_form(p.wf1(), application), **votes()}]
    Application.objects.filter(pk=application.pk).update(state=S.WITHDRAWN)
    response = as_(p.wf1()).post(application.get_absolute_url(), data)
    assert response.status_code == 422 and not Resolution.objects.exists()


@pytest.mark.parametrize("ended", [False, True])
def test_without_a_jury_the_page_says_whom_to_ask(jury: Body, ended: bool) -> None:
    """None at all, or one whose meetings are too old for money of this year."""
    application = pool_project()
    if ended:
        Body.objects.filter(pk=jury.pk).update(until=date(p.this_year() - 2, 12, 31))
    else:
        jury.delete()
    page = page_of(p.wf1(), application)
    assert "Die Vereinsverwaltung legt sie in der Verwaltung unter „Gremien“ an" in text(page)
    assert 'name="votes_yes"' not in text(page)


def test_a_jury_that_ended_last_year_still_backs_what_it_resolved(jury: Body) -> None:
    until = date(p.this_year() - 1, 12, 31)
    Body.objects.filter(pk=jury.pk).update(until=until)
    application = pool_project()
    refused = act(p.wf1(), application, **votes())
    assert "bestand nur bis" in " ".join(refused.context["decide"].errors["date"])
    assert "Bewilligt" in told(act(p.wf1(), application, **votes(date=until.isoformat())))


def test_the_decision_sheet_has_room_for_it(jury: Body) -> None:
    application = pool_project()
    sheet = reverse("funding:decision_sheet", args=[application.pk])
    assert "Sitzung der Jury am" in text(get(p.wf1(), sheet))


def test_an_ended_session_keeps_the_resolution_typed(jury: Body) -> None:
    """What was sent signed out comes back as it was typed (members.common.kept)."""
    application = pool_project()
    client = as_(p.wf1())
    data = {**page_form(p.wf1(), application), **votes(votes_yes=6)}
    client.logout()
    assert client.post(application.get_absolute_url(), data).status_code == 302
    assert not Resolution.objects.exists()


@pytest.mark.parametrize(
    ("from_pot", "expected"), [({"pillar_2": "3000"}, True), ({"shares": {"APL": "10"}}, False)]
)
def test_a_page_asks_the_jury_for_pillar_2_alone(
    jury: Body, from_pot: dict[str, Any], expected: bool
) -> None:
    application = p.application(p.handed_in(p.gf_aplerbeck(), **from_pot))
    user = p.wf1() if expected else p.gf_aplerbeck()
    assert isinstance(page_of(user, application).context["decide"], JuryForm) is expected


def test_special_pots_are_granted_without_it(year: FiscalYear) -> None:
    services.open_pot(year.year, code="SPK", source="Sparkasse", amount=Decimal(500), actor=p.wf1())
    application = p.application(p.handed_in(p.gf_aplerbeck(), special={"SPK": "500"}))
    assert type(page_of(p.wf1(), application).context["decide"]) is GrantForm
    assert "Bewilligt: 500,00 €" in told(act(p.wf1(), application))


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_the_whole_way_in_the_browser(open_page: Any, axe: Any) -> None:
    """The setting in the admin, the year opened, handed in, signed, and granted with the resolution."""
    model = FundingModel.objects.get(first_year=2016)
    page = open_page(p.admin_verein())
    page.goto(reverse("admin:funding_fundingmodel_change", args=[model.pk]))
    page.get_by_label("Säule 2 braucht einen Jurybeschluss").check()
    page.get_by_role("button", name="Sichern", exact=True).click()
    page.get_by_text("erfolgreich geändert").wait_for()
    services.open_year(p.this_year(), actor=p.wf1())
    project = p.make_project(p.gf_aplerbeck(), pillar_2="6000")

    page = open_page(p.gf_aplerbeck())
    page.goto(reverse("handing_in:hand_in", args=[project.pk]))
    page.locator("main").get_by_role("button", name="einreichen").click()
    page.get_by_text("beantragt").first.wait_for()
    application = p.application(project)

    page = open_page(p.wf1())
    page.goto(application.get_absolute_url())
    page.get_by_role("button", name="Erste Unterschrift leisten", exact=True).click()
    page.get_by_text("Erste Unterschrift geleistet, 6.000,00").wait_for()

    page = open_page(p.wf2())
    page.goto(application.get_absolute_url())
    axe(page)
    page.get_by_label("Datum der Sitzung").fill(timezone.localdate().isoformat())
    page.locator("[name=votes_yes]").fill("7")
    page.get_by_role("button", name="Mit Beschluss und zweiter Unterschrift bewilligen").click()
    page.get_by_text("Bewilligt: 6.000,00").wait_for()
    page.get_by_text("Jury für Säule 2, Sitzung am").first.wait_for()
    application.refresh_from_db()
    assert application.state == S.APPROVED
