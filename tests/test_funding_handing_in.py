"""Handing in, returning, handing in again, withdrawing."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from funding import services
from funding.errors import PlanIncomplete, TransitionNotAllowed, YearNotOpen
from funding.ledger import differences
from funding.models import Application, Decision, FiscalYear, LedgerEntry
from funding.services import handing_in
from funding.services.handing_in import complaints
from members.models import OutboxMail
from projects.models import NumberSeries, Project
from projects.services import Plan
from tests import called, personas
from tests.plans import change, costs
from tests.tampering import lift_guards

pytestmark = pytest.mark.django_db


def steps(application: Application) -> list[str]:
    return list(application.decisions.values_list("step", flat=True))


def test_handing_in_asks_every_pot_of_the_plan(gf_aplerbeck):
    project = personas.handed_in(
        gf_aplerbeck, year=2016, shares={"APL": "500", "BRA": "300.50"}, pillar_2="7000"
    )
    assert project.number == "2016-APL-001"
    assert project.state == "submitted"
    asked = project.applications.values_list("pot__code", "requested", "state", "submitted_by")
    assert set(asked) == {
        (code, Decimal(amount), "submitted", gf_aplerbeck.pk)
        for code, amount in (("S1-APL", "500"), ("S1-BRA", "300.50"), ("S2", "7000"))
    }
    assert set(project.financing_items.values_list("locked", "granted")) == {(True, None)}
    decision = Decision.objects.filter(application__pot__code="S2").get()
    assert (decision.step, decision.actor, decision.amount) == ("submit", gf_aplerbeck, Decimal("7000"))
    assert (decision.mandate.kind, decision.in_stead_of) == ("managing_director", None)
    assert not LedgerEntry.objects.exclude(kind="allot").exists()
    assert project.published_on is None


def test_numbers_run_without_gaps_per_year_and_district(gf_aplerbeck, gf_brackel):
    numbers = [personas.handed_in(gf_aplerbeck, year=2016).number for _ in range(3)]
    numbers.append(personas.handed_in(gf_brackel, year=2016).number)
    numbers.append(personas.handed_in(gf_aplerbeck, year=2017).number)
    assert numbers == ["2016-APL-001", "2016-APL-002", "2016-APL-003", "2016-BRA-001", "2017-APL-001"]


def test_a_refused_handing_in_spends_no_number(gf_aplerbeck):
    personas.open_year(2016)
    incomplete = personas.make_project(gf_aplerbeck, year=2016, aims="")
    with pytest.raises(PlanIncomplete):
        services.submit(incomplete, actor=gf_aplerbeck)
    assert not NumberSeries.objects.exists()
    assert personas.handed_in(gf_aplerbeck, year=2016).number == "2016-APL-001"
    incomplete.refresh_from_db()
    assert (incomplete.number, incomplete.state) == (None, "draft")


@pytest.mark.parametrize(
    ("field", "empty", "key"),
    [
        ("summary", "", "summary"),
        ("aims", "", "aims"),
        ("value_creation", "", "value_creation"),
        ("main_field", None, "main_field"),
        ("place", "", "place"),
        ("measure", "", "measure"),
        ("starts_on", None, "starts_on"),
        ("ends_on", None, "ends_on"),
        ("organiser", None, "organiser"),
        ("starts_on", date(2015, 12, 31), "starts_on"),
        ("title", "", "title"),
    ],
)
def test_each_missing_field_is_named(gf_aplerbeck, field, empty, key):
    personas.open_year(2016)
    project = personas.make_project(gf_aplerbeck, year=2016, **{field: empty})
    with pytest.raises(PlanIncomplete) as refusal:
        services.submit(project, actor=gf_aplerbeck)
    assert list(refusal.value.missing) == [key]
    assert refusal.value.missing[key].endswith((".", ")."))


def test_whoever_gets_the_money_is_named(gf_aplerbeck):
    own = personas.make_project(gf_aplerbeck, year=2016, organiser=None, measure="own")
    grant = personas.make_project(gf_aplerbeck, year=2016, organiser=None, measure="grant")
    assert complaints(own) == {"organiser": "Bitte den Veranstalter eintragen."}
    assert complaints(grant) == {
        "organiser": "Bitte den Veranstalter eintragen: Er führt das Projekt durch und bekommt das Geld."
    }


def test_what_was_handed_in_before_measures_were_asked_for_is_asked_when_it_comes_back(gf_aplerbeck, wf1):
    project = personas.handed_in(gf_aplerbeck, shares={"APL": "1000"}, pillar_2="3000")
    Project.objects.filter(pk=project.pk).update(measure="")
    central = personas.application(project, "S2")
    services.return_to_applicant(central, reason="Wer führt es durch?", actor=wf1)
    with pytest.raises(PlanIncomplete) as asked:
        services.submit(project, actor=gf_aplerbeck)
    assert set(asked.value.missing) == {"measure"}
    Project.objects.filter(pk=project.pk).update(measure="grant")
    [again] = services.submit(project, actor=gf_aplerbeck)
    assert personas.approve(again).state == "approved"


def test_what_waits_from_before_measures_were_asked_for_can_be_granted(gf_aplerbeck):
    project = personas.handed_in(gf_aplerbeck, shares={"APL": "1000"}, pillar_2="3000")
    Project.objects.filter(pk=project.pk).update(measure="")
    for code in ("S1-APL", "S2"):
        assert personas.approve(personas.application(project, code)).state == "approved"


@pytest.mark.parametrize(
    ("plan", "key"),
    [
        ({"costs": []}, "costs"),
        ({"costs": [{"label": "", "amount": Decimal(2000)}]}, "cost-{cost}-label"),
        ({"costs": [{"label": "Bühne", "amount": Decimal(2000)}, {"label": "Technik", "amount": None}]}, "cost-{cost}-amount"),
        ({"costs": [{"label": "Bühne", "amount": Decimal("2000.01")}]}, "plan"),
        ({"costs": [{"label": "Bühne", "amount": Decimal("1999.99")}]}, "plan"),
        ({"others": [{"kind": "own", "amount": None}]}, "other-{other}-amount"),
        ({"others": [{"kind": "third_party", "label": "Sparkasse", "amount": Decimal(1)}]}, "other-{other}-third_party_state"),
        ({"others": [{"kind": "third_party", "third_party_state": "asked", "amount": Decimal(1)}]}, "other-{other}-label"),
        ({"shares": {}, "costs": [{"label": "Bühne", "amount": Decimal(1)}], "others": [{"kind": "own", "amount": Decimal(1)}]}, "pots"),
        ({"special": {"GIBT-ES-NICHT": Decimal(10)}}, "special"),
        ({"special": {"GK": Decimal(10)}}, "special"),  # no special pot has the code of the overhead
    ],
)  # fmt: skip
def test_each_gap_of_the_plan_is_named(gf_aplerbeck, plan, key):
    personas.open_year(2016)
    project = personas.make_project(gf_aplerbeck, year=2016)
    project = change(project, gf_aplerbeck, **plan)
    cost, other = (
        project.cost_items.last(),
        project.financing_items.filter(kind__in=["own", "third_party"]).last(),
    )
    with pytest.raises(PlanIncomplete) as refusal:
        services.submit(project, actor=gf_aplerbeck)
    assert key.format(cost=cost and cost.pk, other=other and other.pk) in refusal.value.missing


def test_pillar_2_needs_a_further_district_or_a_written_importance(gf_aplerbeck):
    personas.open_year(2016)
    project = personas.make_project(gf_aplerbeck, year=2016, pillar_2="3000", special_importance="  ")
    with pytest.raises(PlanIncomplete) as refusal:
        services.submit(project, actor=gf_aplerbeck)
    assert list(refusal.value.missing) == ["special_importance"]
    change(project, gf_aplerbeck, further_districts=[personas.district("EVI")])
    assert services.submit(project, actor=gf_aplerbeck)[0].requested == 3000


def test_before_2016_there_is_no_pillar_2(gf_aplerbeck):
    personas.open_year(2015)
    project = personas.make_project(gf_aplerbeck, year=2015, pillar_2="3000")
    with pytest.raises(PlanIncomplete, match="2015 gibt es keinen Topf „Säule 2“"):
        services.submit(project, actor=gf_aplerbeck)


def test_more_than_is_left_may_be_asked_for(gf_aplerbeck):
    project = personas.handed_in(gf_aplerbeck, year=2016, shares={"APL": "12000.01"}, pillar_2="900000")
    assert project.requested_total == Decimal("912000.01")
    assert personas.pot("S2", 2016).available == 80000


def test_years_that_cannot_be_handed_in_to(gf_aplerbeck):
    project = personas.make_project(gf_aplerbeck, year=2016)
    with pytest.raises(YearNotOpen, match="noch nicht angelegt"):
        services.submit(project, actor=gf_aplerbeck)
    services.plan_year(2016, actor=personas.wf1())
    lift_guards()
    FiscalYear.objects.update(state=FiscalYear.State.CLOSED)
    with pytest.raises(YearNotOpen, match="abgeschlossen"):
        services.submit(project, actor=gf_aplerbeck)
    FiscalYear.objects.update(state=FiscalYear.State.PLANNED)
    assert len(services.submit(project, actor=gf_aplerbeck)) == 1


@pytest.mark.parametrize(
    "name", ["gf_brackel", "former_gf", "wf1", "superuser", "admin_verein", "auditor", "nobody", "visitor"]
)
def test_only_the_own_director_hands_in_and_withdraws(gf_aplerbeck, name):
    actor = personas.ALL[name]()
    personas.open_year(2016)
    project = personas.make_project(gf_aplerbeck, year=2016, shares={"APL": "10", "BRA": "10"})
    with pytest.raises(TransitionNotAllowed, match="federführenden"):
        services.submit(project, actor=actor)
    for application in services.submit(project, actor=gf_aplerbeck):
        with pytest.raises(TransitionNotAllowed, match="federführenden"):
            services.withdraw(application, actor=actor)


def test_what_is_handed_in_is_not_handed_in_again(gf_aplerbeck):
    project = personas.handed_in(gf_aplerbeck)
    with pytest.raises(TransitionNotAllowed, match="schon eingereicht"):
        services.submit(project, actor=gf_aplerbeck)
    personas.approve(personas.application(project))
    with pytest.raises(TransitionNotAllowed, match="nichts einzureichen"):
        services.submit(project, actor=gf_aplerbeck)
    assert project.applications.count() == 1


def test_only_what_was_returned_changes_and_is_handed_in_again(gf_aplerbeck, wf1):
    project = personas.handed_in(gf_aplerbeck, shares={"APL": "1000"}, pillar_2="3000")
    own, central = personas.application(project, "S1-APL"), personas.application(project, "S2")
    services.return_to_applicant(central, reason="Bitte Angebote beilegen.", actor=wf1)
    project.refresh_from_db()
    assert project.state == "returned"
    project = change(
        project,
        gf_aplerbeck,
        shares={personas.district("APL"): Decimal(9999)},
        pillar_2=Decimal(2500),
        costs=costs("3500"),
    )
    assert project.requested_total == Decimal(3500), "the running share kept its amount"
    assert services.submit(project, actor=gf_aplerbeck) == [central]
    own.refresh_from_db()
    central.refresh_from_db()
    assert (own.requested, own.state, steps(own)) == (1000, "submitted", ["submit"])
    assert (central.requested, central.state) == (2500, "submitted")
    assert steps(central) == ["submit", "return", "resubmit"]
    project.refresh_from_db()
    assert (project.state, project.number[-3:]) == ("submitted", "001")


def test_a_returned_row_taken_out_of_the_plan_is_withdrawn(gf_aplerbeck, wf1):
    project = personas.handed_in(gf_aplerbeck, shares={"APL": "1000"}, pillar_2="3000")
    for application in project.applications.all():
        actor = gf_aplerbeck if application.pot.code == "S1-APL" else wf1
        services.return_to_applicant(application, reason="Bitte prüfen.", actor=actor)
    project = change(project, gf_aplerbeck, pillar_2=None, costs=costs("1000"))
    assert [a.pot.code for a in services.submit(project, actor=gf_aplerbeck)] == ["S1-APL"]
    central = personas.application(project, "S2")
    assert (central.state, steps(central)[-1]) == ("withdrawn", "withdraw")
    assert "Finanzierungsplan" in central.decisions.last().reason
    project.refresh_from_db()
    assert project.state == "submitted"


def test_the_only_open_row_taken_out_can_be_handed_in_as_well(gf_aplerbeck, wf1):
    """Nothing is asked anew, but the answer to the question is that the money is not needed."""
    project = personas.handed_in(gf_aplerbeck, shares={"APL": "1000"}, pillar_2="3000")
    personas.approve(personas.application(project, "S1-APL"))
    services.return_to_applicant(personas.application(project, "S2"), reason="Bitte prüfen.", actor=wf1)
    project = change(project, gf_aplerbeck, pillar_2=None, costs=costs("1000"))
    assert services.submit(project, actor=gf_aplerbeck) == []
    assert personas.application(project, "S2").state == "withdrawn"
    project.refresh_from_db()
    assert project.state == "approved"


def test_returning_needs_a_question_and_frees_the_reservation(gf_aplerbeck, wf1, wf2):
    project = personas.handed_in(gf_aplerbeck, pillar_2="6000")
    application = personas.application(project)
    services.sign(application, amount=Decimal(6000), actor=wf1)
    assert personas.pot("S2").reserved == 6000
    with pytest.raises(TransitionNotAllowed, match="klären"):
        services.return_to_applicant(application, reason=" \u00a0 ", actor=wf2)
    returned = services.return_to_applicant(application, reason=" Warum so viel? ", actor=wf2)
    assert (returned.reserved, returned.first_signer, returned.state) == (0, None, "returned")
    assert returned.decisions.last().reason == "Warum so viel?"
    assert personas.pot("S2").available == 80000
    assert list(differences()) == []


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("S1-APL", ["gf_brackel", "former_gf", "wf1", "superuser", "auditor", "nobody", "visitor"]),
        ("S2", ["gf_aplerbeck", "gf_brackel", "superuser", "auditor", "nobody", "visitor"]),
    ],
)
def test_only_the_keeper_of_the_pot_returns(gf_aplerbeck, code, names):
    project = personas.handed_in(gf_aplerbeck, shares={"APL": "10"}, pillar_2="10")
    for name in names:
        with pytest.raises(TransitionNotAllowed, match="nur die"):
            services.return_to_applicant(
                personas.application(project, code), reason="Frage", actor=personas.ALL[name]()
            )


@pytest.mark.parametrize("state", ["submitted", "returned", "reserved"])
def test_withdrawing_before_the_decision_frees_everything(gf_aplerbeck, wf1, state):
    project = personas.handed_in(gf_aplerbeck, pillar_2="6000")
    application = personas.application(project)
    if state == "returned":
        services.return_to_applicant(application, reason="Frage", actor=wf1)
    if state == "reserved":
        services.sign(application, amount=Decimal(6000), actor=wf1)
    withdrawn = services.withdraw(application, actor=gf_aplerbeck, reason="Fällt aus.")
    assert (withdrawn.state, withdrawn.reserved, withdrawn.first_signer) == ("withdrawn", 0, None)
    assert withdrawn.decisions.last().mandate.district.code == "APL"
    project.refresh_from_db()
    assert (project.state, project.published_on) == ("withdrawn", None)
    assert personas.pot("S2").available == 80000
    assert list(differences()) == []
    again = services.submit(project, actor=gf_aplerbeck)
    assert [a.pk == application.pk for a in again] == [False]
    assert project.applications.count() == 2


@pytest.mark.parametrize("state", ["approved", "rejected", "withdrawn", "revoked", "settled"])
def test_after_the_decision_nothing_is_withdrawn_or_returned(gf_aplerbeck, wf1, state):
    project = personas.handed_in(gf_aplerbeck, pillar_2="3000")
    application = personas.application(project)
    if state == "rejected":
        services.reject(application, reason="Nein.", actor=wf1)
    elif state == "withdrawn":
        services.withdraw(application, actor=gf_aplerbeck)
    else:
        personas.approve(application)
        if state == "revoked":
            services.revoke(application, reason="Irrtum", actor=wf1)
        if state == "settled":
            called.pay(application, amount=Decimal(3000), actor=wf1)
            services.settle(application, actor=wf1)
    application.refresh_from_db()
    assert application.state == state
    written = Decision.objects.count(), LedgerEntry.objects.count()
    again = (
        "noch einmal ist nicht nötig" if state == "withdrawn" else "kann deshalb nicht zurückgezogen werden"
    )
    with pytest.raises(TransitionNotAllowed, match=again):
        services.withdraw(application, actor=gf_aplerbeck)
    with pytest.raises(TransitionNotAllowed, match="kann deshalb nicht zurückgegeben werden"):
        services.return_to_applicant(application, reason="Frage", actor=wf1)
    assert (Decision.objects.count(), LedgerEntry.objects.count()) == written


def test_a_deputy_acts_in_stead_of_the_director(gf_aplerbeck, deputy_aplerbeck, wf1):
    project = personas.handed_in(deputy_aplerbeck, pillar_2="10", shares={"APL": "10"})
    application = personas.application(project, "S1-APL")
    services.return_to_applicant(application, reason="Frage", actor=deputy_aplerbeck)
    services.withdraw(application, actor=deputy_aplerbeck)
    for decision in project.applications.get(pot__code="S1-APL").decisions.all():
        assert decision.mandate.kind == "deputy"
        assert decision.in_stead_of.person == gf_aplerbeck.person
    # A successor or the director goes on with what the deputy began.
    services.withdraw(personas.application(project, "S2"), actor=gf_aplerbeck)


def test_a_deputy_of_a_vacant_post_stands_in_for_nobody():
    deputy = personas.deputy_aplerbeck()
    project = personas.handed_in(deputy)
    decision = Decision.objects.get(application__project=project)
    assert (decision.mandate.kind, decision.in_stead_of) == ("deputy", None)


def test_mandates_are_judged_on_the_value_date(gf_aplerbeck, former_gf):
    personas.open_year(2016)
    project = personas.make_project(gf_aplerbeck, year=2016)
    yesterday = timezone.localdate() - timedelta(days=1)
    with pytest.raises(TransitionNotAllowed):
        services.submit(project, actor=former_gf)
    (application,) = services.submit(project, actor=former_gf, on=yesterday)
    assert application.submitted_on == application.waiting_since == yesterday
    with pytest.raises(TransitionNotAllowed):
        services.withdraw(application, actor=former_gf)
    services.withdraw(application, actor=former_gf, on=yesterday)
    with pytest.raises(TransitionNotAllowed):
        services.submit(project, actor=gf_aplerbeck, on=date(2009, 12, 31))


def test_no_value_date_in_the_future(gf_aplerbeck, wf1):
    project = personas.handed_in(gf_aplerbeck, pillar_2="10")
    draft = personas.make_project(gf_aplerbeck)
    application = personas.application(project)
    tomorrow = timezone.localdate() + timedelta(days=1)
    for act in (
        lambda: services.submit(draft, actor=gf_aplerbeck, on=tomorrow),
        lambda: services.return_to_applicant(application, reason="x", actor=wf1, on=tomorrow),
        lambda: services.withdraw(application, actor=gf_aplerbeck, on=tomorrow),
        lambda: services.sign(application, amount=Decimal(10), actor=wf1, on=tomorrow),
        lambda: services.approve(application, amount=Decimal(10), actor=wf1, on=tomorrow),
        lambda: services.reject(application, reason="x", actor=wf1, on=tomorrow),
        lambda: services.reduce(application, to=Decimal(5), reason="x", actor=wf1, on=tomorrow),
        lambda: services.revoke(application, reason="x", actor=wf1, on=tomorrow),
        lambda: called.pay(application, amount=Decimal(5), actor=wf1, on=tomorrow),
        lambda: services.repay(application, amount=Decimal(5), actor=wf1, on=tomorrow),
        lambda: services.settle(application, actor=wf1, on=tomorrow),
    ):
        with pytest.raises(TransitionNotAllowed, match="Zukunft"):
            act()


def test_complaints_change_nothing(gf_aplerbeck):
    """The page asks what is missing as often as it likes."""
    personas.open_year(2016)
    project = personas.make_project(gf_aplerbeck, year=2016)
    before = Project.objects.values().get()
    assert complaints(project) == {}
    assert Project.objects.values().get() == before


def test_a_year_moved_in_the_draft_moves_the_pots(gf_aplerbeck):
    personas.open_year(2016)
    personas.open_year(2017)
    project = personas.make_project(gf_aplerbeck, year=2016)
    change(
        project,
        gf_aplerbeck,
        fields={"year": 2017, "starts_on": date(2017, 6, 1), "ends_on": date(2018, 2, 1)},
    )
    (application,) = services.submit(project, actor=gf_aplerbeck)
    assert application.pot.year.year == 2017
    assert application.project.number == "2017-APL-001"


def test_an_empty_plan_is_one_sentence_each(gf_aplerbeck):
    personas.open_year(2016)
    project = personas.make_project(gf_aplerbeck, year=2016)
    project = change(
        project, gf_aplerbeck, **{k: getattr(Plan(), k) for k in ("costs", "others", "shares", "pillar_2")}
    )
    with pytest.raises(PlanIncomplete) as refusal:
        services.submit(project, actor=gf_aplerbeck)
    assert set(refusal.value.missing) == {"costs", "pots"}
    assert str(refusal.value) == " ".join(refusal.value.missing.values())


def test_handing_in_and_withdrawing_in_a_loop_ends(client, gf_aplerbeck, wf1, monkeypatch):
    """Each handing in writes letters: after some within ten minutes the page says from when it goes on."""
    project = personas.handed_in(gf_aplerbeck, pillar_2="900", further=["BRA"])
    for _ in range(handing_in.MOST - 1):
        services.withdraw(personas.application(project), actor=gf_aplerbeck)
        services.submit(project, actor=gf_aplerbeck)
    services.withdraw(personas.application(project), actor=gf_aplerbeck)
    written = OutboxMail.objects.count()
    client.force_login(gf_aplerbeck)
    address = reverse("handing_in:hand_in", args=[project.pk])
    form = client.get(address).context["form"]
    page = client.post(address, {"key": form["key"].value()})
    assert page.status_code == 422
    assert f"in kurzer Zeit {handing_in.MOST}-mal eingereicht" in page.content.decode()
    assert (OutboxMail.objects.count(), project.applications.count()) == (written, handing_in.MOST)
    monkeypatch.setattr(handing_in, "WINDOW", timedelta(0))
    services.submit(project, actor=gf_aplerbeck)
    assert personas.application(project).state == "submitted"
