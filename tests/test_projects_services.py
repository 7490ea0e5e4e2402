"""Writing projects: plans, confirmations, versions, publishing, and the stored state."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from funding import services as funding
from funding.errors import TransitionNotAllowed
from funding.models import Application, Decision
from members.models import Mandate
from projects import services
from projects.models import FinancingItem, NumberSeries, Project
from projects.services import Plan, StaleProject
from stadtbezirk.reports.figures import overview
from tests import called, personas
from tests.plans import change, costs, plan_of

pytestmark = pytest.mark.django_db

OUTSIDERS = [
    "gf_brackel",
    "former_gf",
    "wf1",
    "superuser",
    "admin_verein",
    "auditor",
    "board",
    "nobody",
    "visitor",
]


def fields(**changes):
    return {"year": 2016, "title": "Titel", "lead_district": personas.district("APL"), **changes}


@pytest.mark.parametrize("name", OUTSIDERS)
def test_only_the_districts_director_enters_edits_and_publishes(gf_aplerbeck, name):
    actor = personas.ALL[name]()
    with pytest.raises((PermissionDenied, ValueError)), transaction.atomic():
        services.create_project(actor=actor, fields=fields(), plan=Plan())
    assert not Project.objects.exists()
    project = personas.make_project(gf_aplerbeck, year=2016)
    before = Project.objects.values().get()
    with pytest.raises(PermissionDenied):
        change(project, actor, fields={"title": "Gekapert"})
    with pytest.raises(PermissionDenied):
        services.publish_without_grant(project, actor=actor)
    assert Project.objects.values().get() == before


def test_a_draft_saves_with_anything_missing(gf_aplerbeck):
    project = services.create_project(
        actor=gf_aplerbeck,
        fields=fields(title="", summary=""),
        plan=Plan(costs=[{"label": "", "amount": None}], others=[{"kind": "own", "amount": None}]),
    )
    assert (project.state, project.number, project.cost_total, project.version) == ("draft", None, 0, 2)
    assert list(project.editors.all()) == [gf_aplerbeck]


def test_a_successor_goes_on_with_the_districts_draft(gf_aplerbeck, deputy_aplerbeck):
    project = personas.make_project(gf_aplerbeck)
    change(project, deputy_aplerbeck, fields={"title": "Weiter"})
    project.refresh_from_db()
    assert (project.title, project.changed_by, project.created_by) == (
        "Weiter",
        deputy_aplerbeck,
        gf_aplerbeck,
    )
    assert set(project.editors.all()) == {gf_aplerbeck, deputy_aplerbeck}


def test_a_draft_is_not_handed_to_a_foreign_district(gf_aplerbeck):
    project = personas.make_project(gf_aplerbeck)
    with pytest.raises(PermissionDenied):
        change(project, gf_aplerbeck, fields={"lead_district": personas.district("BRA")})
    Mandate.objects.create(
        person=gf_aplerbeck.person, district=personas.district("BRA"), kind="deputy", since=personas.SINCE
    )
    assert (
        change(project, gf_aplerbeck, fields={"lead_district": personas.district("BRA")}).lead_district.code
        == "BRA"
    )


def test_year_and_district_stay_once_there_is_a_number(gf_aplerbeck, wf1):
    project = personas.handed_in(gf_aplerbeck, year=2016, pillar_2="10")
    funding.return_to_applicant(personas.application(project), reason="Frage", actor=wf1)
    changed = change(
        project,
        gf_aplerbeck,
        fields={"year": 2017, "lead_district": personas.district("BRA"), "title": "Neu"},
    )
    assert (changed.year, changed.lead_district.code, changed.number, changed.title) == (
        2016,
        "APL",
        "2016-APL-001",
        "Neu",
    )


def test_a_form_from_before_somebody_elses_change_is_refused(gf_aplerbeck, deputy_aplerbeck):
    project = personas.make_project(gf_aplerbeck)
    opened = Project.objects.get().version
    change(project, deputy_aplerbeck, fields={"title": "Zuerst"})
    before = Project.objects.values().get(), list(FinancingItem.objects.values())
    with pytest.raises(StaleProject, match=r"Vera Vertretung geändert .* Uhr") as stale:
        change(project, gf_aplerbeck, version=opened, fields={"title": "Zuletzt"}, costs=costs("1"))
    assert stale.value.project.title == "Zuerst"
    assert (Project.objects.values().get(), list(FinancingItem.objects.values())) == before
    change(project, gf_aplerbeck, fields={"title": "Zuletzt"})


def test_every_step_of_the_decision_makes_older_forms_stale(gf_aplerbeck, wf1):
    project = personas.handed_in(gf_aplerbeck, pillar_2="10")
    opened = project.version
    funding.return_to_applicant(personas.application(project), reason="Frage", actor=wf1)
    with pytest.raises(StaleProject):
        change(project, gf_aplerbeck, version=opened, fields={"title": "x"})


@pytest.mark.parametrize("state", ["submitted", "reserved", "settled"])
def test_nothing_is_edited_under_decision_or_after_settlement(gf_aplerbeck, wf1, state):
    project = personas.handed_in(gf_aplerbeck, pillar_2="6000")
    application = personas.application(project)
    if state == "reserved":
        funding.sign(application, amount=Decimal(6000), actor=wf1)
    if state == "settled":
        personas.approve(application)
        called.pay(application, amount=Decimal(6000), actor=wf1)
        funding.settle(application, actor=wf1)
    assert Project.objects.get().state == state
    with pytest.raises(PermissionDenied):
        change(project, gf_aplerbeck, fields={"title": "x"})


def test_after_the_grant_only_the_plan_of_others_moves(gf_aplerbeck):
    project = personas.approved(gf_aplerbeck, shares={"APL": "2000"})
    changed = change(
        project,
        gf_aplerbeck,
        fields={"title": "Anders", "year": 2020, "special_importance": "x"},
        shares={personas.district("APL"): Decimal(9999)},
        costs=costs("2500"),
        others=[
            {
                "kind": "third_party",
                "label": "Sparkasse",
                "third_party_state": "asked",
                "amount": Decimal(500),
            }
        ],
    )
    assert (changed.title, changed.year) == (project.title, project.year)
    row = changed.financing_items.get(kind="pillar_1")
    assert (row.amount, row.granted, row.locked) == (2000, 2000, True)
    assert (changed.state, changed.has_third_party, changed.cost_total) == ("approved", True, 2500)


def test_a_rejected_row_counts_again_once_it_asks_for_another_amount(gf_aplerbeck, wf1):
    project = personas.handed_in(gf_aplerbeck, costs=[("Bühne", "3000")], pillar_2="3000")
    funding.reject(personas.application(project), reason="Zu teuer", actor=wf1)
    project = change(project, gf_aplerbeck, costs=costs("2000"))
    assert project.plan_difference == 2000
    project = change(project, gf_aplerbeck, pillar_2=Decimal(2000))
    assert project.plan_difference == 0


def test_a_granted_row_cannot_be_taken_out_of_the_plan(gf_aplerbeck):
    project = personas.approved(gf_aplerbeck, shares={"APL": "2000"}, pillar_2="100")
    changed = change(project, gf_aplerbeck, shares={}, pillar_2=None, costs=costs("1"))
    assert changed.financing_items.count() == 2
    assert changed.granted_total == 2100


def test_rows_of_other_projects_are_never_touched(gf_aplerbeck, gf_brackel):
    """A foreign row id in the form makes a new row of one's own."""
    foreign = personas.make_project(gf_brackel, others=[{"kind": "own", "amount": "70"}])
    mine = personas.make_project(gf_aplerbeck)
    theirs = plan_of(foreign)
    before = list(foreign.cost_items.values()), list(foreign.financing_items.values())
    change(mine, gf_aplerbeck, costs=[{**theirs.costs[0], "label": "Gekapert"}], others=theirs.others)
    assert (list(foreign.cost_items.values()), list(foreign.financing_items.values())) == before
    assert mine.cost_items.get().pk != theirs.costs[0]["id"]


def test_money_from_pots_does_not_come_in_as_other_money(gf_aplerbeck):
    project = personas.make_project(gf_aplerbeck)
    for kind in FinancingItem.FROM_POTS:
        with pytest.raises(ValueError, match="pot"), transaction.atomic():
            change(
                project, gf_aplerbeck, others=[{"kind": kind, "amount": Decimal(5), "granted": Decimal(5)}]
            )


@pytest.mark.parametrize(
    "values",
    [
        {"starts_on": date(2016, 6, 2), "ends_on": date(2016, 6, 1)},
        {"state": "approved"},
        {"cost_total": Decimal(-1)},
    ],
)
def test_the_database_refuses_impossible_projects(gf_aplerbeck, values):
    project = personas.make_project(gf_aplerbeck)
    with pytest.raises(IntegrityError), transaction.atomic():
        Project.objects.filter(pk=project.pk).update(**values)


@pytest.mark.parametrize("amount", ["0", "-1"])
def test_rows_of_the_plan_are_positive(gf_aplerbeck, amount):
    project = personas.make_project(gf_aplerbeck)
    for plan in (
        {"costs": costs(amount)},
        {"others": [{"kind": "own", "amount": Decimal(amount)}]},
        {"shares": {personas.district("APL"): Decimal(amount)}},
        {"pillar_2": Decimal(amount)},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            change(project, gf_aplerbeck, **plan)


def test_emoji_and_long_texts_are_kept(gf_aplerbeck):
    title = " ".join(["🎪 Straßenfest – „Östlich“"] * 7)
    project = personas.make_project(gf_aplerbeck, title=title, aims="ä" * 10_000)
    project.refresh_from_db()
    assert (project.title, len(project.aims)) == (title, 10_000)


# Confirmations


def confirmed(project: Project) -> dict[str, bool]:
    return {
        p.district.code: p.confirmed_on is not None for p in project.participations.select_related("district")
    }


def test_a_confirmation_lapses_when_the_share_changes(gf_aplerbeck):
    project = personas.make_project(gf_aplerbeck, shares={"APL": "100", "BRA": "200"}, further=["HOE"])
    assert confirmed(project) == {"BRA": True, "HOE": True}
    bra, hoe = personas.district("BRA"), personas.district("HOE")
    apl = {personas.district("APL"): Decimal(150)}
    change(project, gf_aplerbeck, shares={**apl, bra: Decimal(200)}, fields={"title": "Anders"})
    assert confirmed(project) == {"BRA": True, "HOE": True}
    change(project, gf_aplerbeck, shares={**apl, bra: Decimal("200.01")})
    assert confirmed(project) == {"BRA": False, "HOE": True}
    change(project, gf_aplerbeck, shares={**apl, bra: Decimal("200.01"), hoe: Decimal(1)})
    assert confirmed(project) == {"BRA": False, "HOE": False}
    services.confirm_participation(project, district=hoe, actor=personas.gf_hoerde())
    change(project, gf_aplerbeck, shares={**apl, bra: Decimal("200.01")}, further_districts=[hoe])
    assert confirmed(project) == {"BRA": False, "HOE": False}
    change(project, gf_aplerbeck, shares=apl, further_districts=[])
    assert confirmed(project) == {}


@pytest.mark.parametrize(
    "name", ["gf_aplerbeck", "gf_hoerde", "wf1", "superuser", "auditor", "nobody", "visitor"]
)
def test_only_the_districts_own_director_confirms(gf_aplerbeck, name):
    project = personas.make_project(gf_aplerbeck, further=["BRA"], confirmed=False)
    with pytest.raises(PermissionDenied):
        services.confirm_participation(project, district=personas.district("BRA"), actor=personas.ALL[name]())
    assert confirmed(project) == {"BRA": False}


def test_a_confirmation_is_given_once_and_on_the_plan_that_was_read(gf_aplerbeck, gf_brackel):
    bra = personas.district("BRA")
    project = personas.make_project(gf_aplerbeck, shares={"APL": "1", "BRA": "10"}, confirmed=False)
    read = Project.objects.get().version
    change(project, gf_aplerbeck, shares={personas.district("APL"): Decimal(1), bra: Decimal(9000)})
    with pytest.raises(StaleProject):
        services.confirm_participation(project, district=bra, actor=gf_brackel, version=read)
    assert confirmed(project) == {"BRA": False}
    services.confirm_participation(
        project, district=bra, actor=gf_brackel, version=Project.objects.get().version
    )
    row = project.participations.get()
    assert (row.confirmed_by, row.confirmed_on) == (gf_brackel, timezone.localdate())
    with pytest.raises(PermissionDenied):
        services.confirm_participation(project, district=bra, actor=gf_brackel)


def test_a_district_whose_share_runs_stays_in_the_project(gf_aplerbeck, wf1):
    project = personas.handed_in(gf_aplerbeck, shares={"APL": "100", "BRA": "200"}, pillar_2="300")
    funding.return_to_applicant(personas.application(project, "S2"), reason="Frage", actor=wf1)
    change(project, gf_aplerbeck, shares={}, further_districts=[])
    assert confirmed(project) == {"BRA": True}
    assert project.financing_items.filter(kind="pillar_1").count() == 2


def test_the_districts_pillar_2_was_granted_on_do_not_leave(gf_aplerbeck):
    project = personas.handed_in(gf_aplerbeck, shares={"APL": "100"}, pillar_2="300", further=["BRA", "EVI"])
    project.participations.filter(district__code="EVI").update(confirmed_on=None, confirmed_by=None)
    personas.approve(personas.application(project, "S2"))
    funding.return_to_applicant(personas.application(project, "S1-APL"), reason="Frage", actor=gf_aplerbeck)
    change(project, gf_aplerbeck, further_districts=[])
    assert confirmed(project) == {"BRA": True}


# Days


def test_no_service_acts_on_a_day_to_come(gf_aplerbeck, gf_brackel, nobody):
    """A mandate that begins tomorrow gives no right today, whatever day is named."""
    tomorrow = timezone.localdate() + timedelta(days=1)
    Mandate.objects.create(
        person=nobody.person, district=personas.district("APL"), kind="deputy", since=tomorrow
    )
    project = personas.make_project(gf_aplerbeck, further=["BRA"], confirmed=False)
    version = Project.objects.get().version
    for act in (
        lambda: services.create_project(actor=nobody, fields=fields(), plan=Plan(), on=tomorrow),
        lambda: services.update_project(
            project, actor=nobody, fields={}, plan=plan_of(project), version=version, on=tomorrow
        ),
        lambda: services.confirm_participation(
            project, district=personas.district("BRA"), actor=gf_brackel, on=tomorrow
        ),
        lambda: services.publish_without_grant(project, actor=nobody, on=tomorrow),
    ):
        with pytest.raises(ValueError, match="has not come"), transaction.atomic():
            act()


# Publishing without a grant


def test_a_project_without_a_grant_is_published_with_a_number(gf_aplerbeck):
    project = personas.make_project(
        gf_aplerbeck, year=2016, shares={}, others=[{"kind": "third_party", "amount": "500"}]
    )
    published = services.publish_without_grant(project, actor=gf_aplerbeck)
    assert (published.state, published.number) == ("unfunded", "2016-APL-001")
    assert (published.published_on, published.kind) == (timezone.localdate(), "third_party")
    with pytest.raises(PermissionDenied):
        services.publish_without_grant(project, actor=gf_aplerbeck)
    # Money can still be asked for later, under the same number.
    personas.open_year(2016)
    change(project, gf_aplerbeck, shares={personas.district("APL"): Decimal(100)}, costs=costs("600"))
    (application,) = funding.submit(project, actor=gf_aplerbeck)
    assert application.project.number == "2016-APL-001"
    assert NumberSeries.objects.get().last == 1


def test_an_archived_project_is_public_and_stays_as_it_is(gf_aplerbeck, gf_brackel):
    project = personas.make_project(
        gf_aplerbeck, year=2007, shares={}, costs=[], provenance="Ein Zeitungsbericht"
    )
    with pytest.raises(PermissionDenied):
        services.publish_archived(project, actor=gf_brackel)
    archived = services.publish_archived(project, actor=gf_aplerbeck)
    assert (archived.state, archived.number) == ("archived", "2007-APL-001")
    assert archived.published_on == timezone.localdate()
    with pytest.raises(PermissionDenied):
        services.publish_archived(project, actor=gf_aplerbeck)
    with pytest.raises(PermissionDenied):
        change(archived, gf_aplerbeck, fields={"title": "Anders"})
    with pytest.raises(TransitionNotAllowed):
        funding.submit(archived, actor=gf_aplerbeck)


@pytest.mark.parametrize(
    "change_", [{"provenance": ""}, {"costs": [("Bühne", "500")]}, {"others": [{"amount": "500"}]}]
)
def test_the_archive_names_its_source_and_no_money(gf_aplerbeck, change_):
    kwargs = {"shares": {}, "costs": [], "provenance": "Ein Zeitungsbericht", **change_}
    project = personas.make_project(gf_aplerbeck, year=2007, **kwargs)
    with pytest.raises(ValueError, match="carries no money"):
        services.publish_archived(project, actor=gf_aplerbeck)
    with pytest.raises(IntegrityError), transaction.atomic():
        Project.objects.filter(pk=project.pk).update(state="archived", number="2007-APL-001")


@pytest.mark.parametrize("change_", [{"title": ""}, {"summary": ""}, {"shares": {"APL": "1"}}])
def test_what_cannot_be_published_without_a_grant(gf_aplerbeck, change_):
    kwargs = {"shares": {}, "others": [{"kind": "own", "amount": "500"}], **change_}
    project = personas.make_project(gf_aplerbeck, **kwargs)
    with pytest.raises(PermissionDenied):
        services.publish_without_grant(project, actor=gf_aplerbeck)
    project.refresh_from_db()
    assert (project.number, project.published_on, project.state) == (None, None, "draft")


def test_handed_in_projects_are_not_published_without_a_grant(gf_aplerbeck):
    project = personas.handed_in(gf_aplerbeck)
    with pytest.raises(PermissionDenied):
        services.publish_without_grant(project, actor=gf_aplerbeck)


# What is stored for lists


def test_totals_kind_and_search_are_kept(gf_aplerbeck):
    project = personas.make_project(
        gf_aplerbeck,
        title="Östliches Straßenfest",
        shares={"APL": "100", "HOE": "50.50"},
        others=[{"kind": "own", "amount": "20"}, {"kind": "third_party", "amount": "30"}],
    )
    project.refresh_from_db()
    assert (project.cost_total, project.financing_total) == (Decimal("200.50"), Decimal("200.50"))
    assert (project.requested_total, project.granted_total) == (Decimal("150.50"), 0)
    assert (project.has_third_party, project.is_cross_district, project.kind) == (True, True, "third_party")
    assert project.search.title == " oestliches strassenfest "
    assert project.plan_difference == 0


@pytest.mark.parametrize(
    ("rows", "kind"),
    [
        ([], "own"),
        ([{"kind": "own"}], "supported"),
        ([{"kind": "in_kind"}], "supported"),
        ([{"kind": "third_party"}, {"kind": "own"}], "third_party"),
    ],
)
def test_the_kind_is_the_plans_and_a_chosen_one_stays_but_for_third_parties(gf_aplerbeck, rows, kind):
    project = personas.make_project(gf_aplerbeck, others=[{**row, "amount": "5"} for row in rows])
    assert project.kind == kind
    for chosen in ("own", "supported"):
        saved = change(project, gf_aplerbeck, fields={"chosen_kind": chosen})
        assert saved.kind == ("third_party" if kind == "third_party" else chosen)
    assert change(project, gf_aplerbeck, fields={"chosen_kind": ""}).kind == kind


OWN_ROW = {"kind": "own", "label": "Kasse", "amount": Decimal(5)}
THIRD_ROW = {"kind": "third_party", "label": "Sparkasse", "third_party_state": "asked", "amount": Decimal(5)}
WITHOUT_AMOUNT = {**THIRD_ROW, "amount": None}


def test_the_kind_follows_the_plan_at_every_save(gf_aplerbeck):
    """Once proposed, it stayed: public was "nur unterstützt" beside money of third parties."""
    project = personas.make_project(gf_aplerbeck)
    for others, kind in (
        ([OWN_ROW], "supported"),
        ([OWN_ROW, THIRD_ROW], "third_party"),
        ([OWN_ROW, WITHOUT_AMOUNT], "supported"),
        ([WITHOUT_AMOUNT], "own"),
        ([THIRD_ROW], "third_party"),
        ([], "own"),
    ):
        project = change(project, gf_aplerbeck, others=others)
        assert (project.kind, project.has_third_party) == (kind, kind == "third_party")
    project = change(project, gf_aplerbeck, shares={personas.district("APL"): None})
    assert (project.kind, project.has_third_party) == ("", False)


@pytest.mark.parametrize("kind", ["own", "in_kind"])
def test_own_means_without_an_amount_support_nothing(gf_aplerbeck, kind):
    """An empty row would say "nur unterstützt" of a project that the grant pays alone."""
    unknown = {"kind": kind, "label": "Kasse", "amount": None}
    project = change(personas.make_project(gf_aplerbeck), gf_aplerbeck, others=[unknown])
    assert project.kind == "own"
    project = change(project, gf_aplerbeck, shares={personas.district("APL"): None})
    assert project.kind == ""
    assert change(project, gf_aplerbeck, others=[{**unknown, "amount": Decimal(5)}]).kind == "supported"


def test_it_follows_the_plan_of_a_granted_project_too(gf_aplerbeck):
    """Then the money of others still changes, and the page is public."""
    project = personas.approved(gf_aplerbeck, others=[{"kind": "own", "amount": "5"}])
    assert project.kind == "supported"
    project = change(project, gf_aplerbeck, others=[THIRD_ROW])
    project.refresh_from_db()
    assert (project.kind, project.has_third_party) == ("third_party", True)
    assert "nur unterstützt" not in Client().get(project.get_absolute_url()).content.decode()


def test_a_choice_holds_while_the_plan_changes(gf_aplerbeck):
    project = personas.make_project(gf_aplerbeck, others=[OWN_ROW], chosen_kind="own")
    for others, kind in (([OWN_ROW], "own"), ([THIRD_ROW], "third_party"), ([OWN_ROW, OWN_ROW], "own")):
        assert change(project, gf_aplerbeck, others=others).kind == kind


def test_the_archive_counts_third_parties_without_an_amount(gf_aplerbeck):
    """No amount is known there; the row is the public source's word."""
    plan = Plan(others=[WITHOUT_AMOUNT])
    fields = {
        "title": "Fest",
        "year": 2014,
        "lead_district": personas.district("APL"),
        "provenance": "Presse",
    }
    project = services.create_project(actor=gf_aplerbeck, fields=fields, plan=plan)
    assert (project.kind, project.has_third_party) == ("", False)
    project = services.publish_archived(project, actor=gf_aplerbeck)
    assert (project.kind, project.has_third_party) == ("third_party", True)


def test_the_reports_count_what_the_kind_says(gf_aplerbeck):
    """One question, one answer: a project is among those with third parties' money in both places."""
    project = personas.approved(gf_aplerbeck, others=[{"kind": "third_party", "amount": "5"}])
    for others, expected in (([WITHOUT_AMOUNT], 0), ([THIRD_ROW], 1), ([OWN_ROW], 0)):
        project = change(project, gf_aplerbeck, others=others)
        [counted] = [row["counted"] for row in overview()["years"] if row["year"] == project.year]
        assert (counted["with_third_party"], project.kind == "third_party") == (expected, bool(expected))


# The state of a project with two pots: every combination that the services can reach


def reach(application: Application, state: str) -> None:
    wf1, wf2 = personas.wf1(), personas.wf2()
    own = application.is_pillar_1
    keeper = personas.gf_aplerbeck() if own else wf1
    if state == "returned":
        funding.return_to_applicant(application, reason="Frage", actor=keeper)
    elif state == "reserved":
        funding.sign(application, amount=application.requested, actor=wf1)
    elif state == "rejected" and own:
        funding.approve(
            application,
            amount=application.requested,
            actor=keeper,
            resolution=personas.resolution("APL", "1", 0, 5),
        )
    elif state == "rejected":
        funding.reject(application, reason="Nein", actor=wf2)
    elif state == "withdrawn":
        funding.withdraw(application, actor=personas.gf_aplerbeck())
    elif state in ("approved", "revoked"):
        personas.approve(application)
        if state == "revoked":
            personas.lessen(application, "revoke", by=keeper)


STATES = ["submitted", "returned", "approved", "rejected", "withdrawn", "revoked"]


@pytest.mark.parametrize("central", [*STATES, "reserved"])
@pytest.mark.parametrize("own", STATES)
def test_the_projects_state_follows_from_its_applications(gf_aplerbeck, own, central):
    project = personas.handed_in(gf_aplerbeck, shares={"APL": "1000"}, pillar_2="6000")
    share, pool = personas.application(project, "S1-APL"), personas.application(project, "S2")
    reach(share, own)
    reach(pool, central)
    both = {own, central}
    if "returned" in both:
        expected = "returned"
    elif both == {"approved"}:
        expected = "approved"
    elif "approved" in both:
        expected = "funding_open"
    elif "reserved" in both:
        expected = "reserved"
    elif "submitted" in both:
        expected = "submitted"
    else:
        expected = central  # decided on the same day: the later application
    project.refresh_from_db()
    assert project.state == expected
    assert (project.published_on is not None) == bool(both & {"approved", "revoked"})
    granted = {"S1-APL": 1000 * (own == "approved"), "S2": 6000 * (central == "approved")}
    assert project.granted_total == sum(granted.values())
    for application, state in ((share, own), (pool, central)):
        row = project.financing_items.get(kind=application.pot.kind)
        assert row.locked == (state in ("submitted", "reserved", "approved"))
        assert row.granted == {"approved": row.amount, "rejected": 0, "revoked": 0}.get(state)
    assert Decision.objects.filter(application__project=project, step="submit").count() == 2


def test_one_settled_grant_does_not_close_the_other(gf_aplerbeck, wf1):
    project = personas.approved(gf_aplerbeck, shares={"APL": "1000"}, pillar_2="3000")
    share, pool = personas.application(project, "S1-APL"), personas.application(project, "S2")
    called.pay(share, amount=Decimal(1000), actor=wf1)
    funding.settle(share, actor=wf1)
    project.refresh_from_db()
    assert project.state == "approved"
    called.pay(pool, amount=Decimal(3000), actor=wf1)
    funding.settle(pool, actor=wf1)
    project.refresh_from_db()
    assert project.state == "settled"


def test_saving_a_plan_costs_the_same_at_any_number_of_rows(gf_aplerbeck, django_assert_num_queries):
    given = fields()
    for size in (1, 20):
        plan = Plan(
            costs=[{"label": f"Posten {n}", "amount": Decimal("10.00")} for n in range(size)],
            others=[{"kind": "own", "label": f"Quelle {n}", "amount": Decimal("5.00")} for n in range(size)],
        )
        with django_assert_num_queries(15):
            project = services.create_project(actor=gf_aplerbeck, fields=given, plan=plan)
        assert project.plan_difference == size * 5
        stored = {
            "costs": [{"id": c.pk, "label": c.label, "amount": c.amount} for c in project.cost_items.all()],
            "others": [
                {"id": f.pk, "kind": f.kind, "label": f.label, "amount": f.amount}
                for f in project.financing_items.all()
            ],
        }
        with django_assert_num_queries(16):
            services.update_project(
                project, actor=gf_aplerbeck, fields={}, plan=Plan(**stored), version=project.version
            )
        for row in stored["costs"]:
            row["amount"] += 1
        gone = stored["others"].pop()
        stored["others"].append({"kind": "third_party", "label": "Neu", "amount": Decimal("7.00")})
        project.refresh_from_db()
        with django_assert_num_queries(20):
            services.update_project(
                project, actor=gf_aplerbeck, fields={}, plan=Plan(**stored), version=project.version
            )
        project.refresh_from_db()
        assert [c.amount for c in project.cost_items.all()] == [Decimal("11.00")] * size
        assert project.cost_total == 11 * size
        assert project.financing_total == 5 * (size - 1) + 7
        assert not project.financing_items.filter(pk=gone["id"]).exists()
