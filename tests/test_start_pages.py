"""What each role's start page says waits, and what was decided."""

import re
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from funding import services
from members.models import Body
from members.roles.permissions import Roles
from projects import services as project_services
from projects.models import Project
from stadtbezirk.start import LIMIT, director_todos, lately_decided
from tests import personas as p
from tests.plans import change, costs

pytestmark = pytest.mark.django_db


def get(user, url="/"):
    client = Client()
    client.force_login(user)
    return client.get(url)


def text(response):
    return response.content.decode().replace("\u00a0", " ")


def returned(**project):
    application = p.application(p.handed_in(p.gf_aplerbeck(), **project), "S2")
    return services.return_to_applicant(application, reason="Wer zahlt die Bühne?", actor=p.wf1())


def a_busy_desk(times):
    """Of everything that can wait for Aplerbeck's director, that many."""
    for n in range(times):
        p.handed_in(p.gf_aplerbeck(), title=f"Beschluss {n}", shares={"APL": "10"})
        returned(title=f"Frage {n}", pillar_2="100")
        p.make_project(p.gf_aplerbeck(), title=f"Entwurf {n}", place="")
        p.make_project(p.gf_aplerbeck(), title=f"Fertig {n}")
        p.make_project(p.gf_brackel(), title=f"Einladung {n}", further=["APL"], confirmed=False)
        gap = p.handed_in(p.gf_aplerbeck(), title=f"Lücke {n}", shares={"APL": "20"})
        p.approve(p.application(gap), "15")


def test_a_busy_director_finds_all_in_few_questions_however_much_there_is():
    counted, pages = [], []
    for times in (1, 3):
        a_busy_desk(times)
        client = Client()
        client.force_login(p.gf_aplerbeck())
        with CaptureQueriesContext(connection) as captured:
            pages.append(text(client.get("/")))
        counted.append(len(captured))
    assert counted == [17, 17]
    for sentence in (
        "Beschluss 0 – Beschluss erfassen",
        "Frage 0 – bitte überarbeiten",
        "Entwurf 0 – noch 1 Angabe",
        "Fertig 0 – bereit zum Einreichen",
        "Einladung 0 (Brackel) – Beteiligung bestätigen oder absagen",
        "es fehlen noch 5,00 €",
    ):
        assert sentence in pages[0], sentence


def todos(user):
    return [todo.label for todo in director_todos(Roles(user))[0]]


def test_a_refusal_waits_once_the_plan_can_be_changed():
    gf = p.gf_aplerbeck()
    project = p.handed_in(gf, title="Fest", further=["BRA"], confirmed=False, pillar_2="3000")
    project_services.decline_participation(
        project, district=p.district("BRA"), reason="Kein Geld", actor=p.gf_brackel()
    )
    assert "Absage" not in todos(gf)
    services.return_to_applicant(p.application(project), reason="Wie weiter?", actor=p.wf1())
    page = text(get(gf))
    assert "Fest – bitte überarbeiten; Brackel macht nicht mit, bitte Plan anpassen" in page
    assert "1 Vorgang wartet auf Sie." in page


def test_a_draft_is_one_thing_whatever_is_to_be_said_of_it():
    """A beginning before the approval, an answer that is missing and what is not filled in: one row."""
    gf, today = p.gf_aplerbeck(), timezone.localdate()
    p.make_project(gf, title="Fest", starts_on=today, ends_on=today, year=today.year)
    page = text(get(gf))
    assert "Fest – bereit zum Einreichen; vor der Bewilligung begonnen" in page
    assert "1 Vorgang wartet auf Sie." in page and len(todos(gf)) == 1


def test_two_questions_on_one_project_are_one_thing():
    gf = p.gf_aplerbeck()
    p.open_year()
    services.open_pot(p.this_year(), code="LICHT", source="Bank", amount=Decimal(900), actor=p.wf1())
    project = p.handed_in(gf, pillar_2="300", special={"LICHT": "200"})
    for code in ("S2", "LICHT"):
        services.return_to_applicant(p.application(project, code), reason="Wie?", actor=p.wf1())
    assert todos(gf) == ["Rückfrage"]


def rows_behind(user, url, query):
    return get(user, f"{reverse(url)}?{query}").context["page"].paginator.count


def test_every_count_leads_to_as_many_rows():
    gf = p.gf_aplerbeck()
    p.handed_in(gf, pillar_2="300")
    p.handed_in(gf, pillar_2="300", further=["BRA"], confirmed=False, special_importance="")
    p.handed_in(p.gf_brackel(), title="Gemeinsam", shares={"BRA": "10"}, further=["APL"])
    p.make_project(gf, title="Entwurf")
    page = get(p.wf1()).context
    assert page["waiting"] == rows_behind(p.wf1(), "funding:applications", "stand=wartet") == 2
    assert page["waiting_mine"] == rows_behind(p.wf1(), "funding:applications", "stand=meine") == 1
    [(district, states)] = get(gf).context["states"]
    assert dict(states) == {"draft": 1, "submitted": 3}
    for state, count in states:
        query = f"bezirk={district.slug}&stand={state}&jahr={p.this_year()}"
        assert count == rows_behind(gf, "projects:list", query), state


def test_more_than_fits_is_not_counted_as_all():
    gf = p.gf_aplerbeck()
    for _ in range(LIMIT + 1):
        p.handed_in(gf, shares={"APL": "10"})
    page = text(get(gf))
    assert re.search(r"Mehr als \d+ Vorgänge warten auf Sie\.", page)
    assert "Alle Anträge, die auf Sie warten" in page


def test_a_gap_waits_once_every_pot_has_decided():
    gf = p.gf_aplerbeck()
    project = p.handed_in(gf, shares={"APL": "1000"}, pillar_2="3000")
    p.approve(p.application(project, "S1-APL"))
    assert "Lücke" not in todos(gf)
    services.reject(p.application(project, "S2"), reason="Nein", actor=p.wf1())
    assert todos(gf) == ["Lücke"]


def test_a_director_is_shown_the_own_pot_and_projects_and_the_staff_no_application_to_it():
    project = p.handed_in(p.gf_aplerbeck(), shares={"APL": "1000"})
    p.make_project(p.gf_hoerde(), title="Fremder Entwurf")
    page = get(p.gf_aplerbeck())
    assert page.context["own_pots"] == [p.pot("S1-APL")]
    assert list(page.context["projects"]) == [project]
    assert page.context["states"] == [(p.district("APL"), [("submitted", 1)])]
    page = get(p.wf1())
    assert "Kein Antrag wartet auf eine Entscheidung." in text(page) and not page.context["queue"]


def test_visitors_see_what_is_published_alone():
    p.approved(p.gf_aplerbeck(), title="Bewilligtes Fest", shares={"APL": "10"})
    p.handed_in(p.gf_aplerbeck(), title="Beantragtes Fest")
    p.make_project(p.gf_aplerbeck(), title="Geplantes Fest")
    page = Client().get("/")
    assert [project.title for project in page.context["published"]] == ["Bewilligtes Fest"]
    assert {d.name: d.published for d, _ in page.context["tiles"]}["Aplerbeck"] == 1


def test_why_an_application_was_rejected_stands_on_the_start_page():
    project = p.handed_in(p.gf_aplerbeck(), pillar_2="3000")
    application = p.application(project)
    services.reject(application, reason="Nur ein Stadtbezirk ist dabei.", actor=p.wf1())
    page = text(get(p.gf_aplerbeck()))
    assert "Zuletzt entschieden" in page and "Begründung: Nur ein Stadtbezirk ist dabei." in page
    assert application.get_absolute_url() in page
    # The link to all rejections lists it too.
    assert project.title in text(get(p.gf_aplerbeck(), f"{reverse('funding:applications')}?stand=rejected"))
    assert "Nur ein Stadtbezirk ist dabei." not in text(get(p.gf_hoerde()))


def test_the_latest_decisions_come_first_also_those_on_an_older_project():
    gf = p.gf_aplerbeck()
    made = [p.approved(gf, title=f"Fest {n}", shares={"APL": "100"}) for n in range(6)]
    p.approved(p.gf_hoerde(), title="Anderswo")
    services.reduce(p.application(made[0]), to=Decimal(60), reason="Kosten gesunken", actor=gf)
    services.revoke(p.application(made[3]), reason="Fällt aus", actor=gf)
    found = [(d.step, d.application.project) for d in lately_decided(Roles(gf).district_ids)]
    approved = [("approve", made[n]) for n in (5, 4, 3)]
    assert found == [("revoke", made[3]), ("reduce", made[0]), *approved]
    # Rows from before the column, or written past the services, are found again.
    Project.objects.update(latest_decision=None)
    assert not lately_decided(Roles(gf).district_ids)
    services.remember_decisions()
    assert [(d.step, d.application.project) for d in lately_decided(Roles(gf).district_ids)] == found


def test_nothing_waits_for_a_resolution_while_the_year_is_only_planned():
    p.steering_body("APL")
    services.plan_year(p.this_year(), actor=p.wf1())
    project = p.make_project(p.gf_aplerbeck())
    services.submit(project, actor=p.gf_aplerbeck())
    assert "Beschluss erfassen" not in text(get(p.gf_aplerbeck()))
    p.open_year()
    assert "Beschluss erfassen" in text(get(p.gf_aplerbeck()))


def test_the_staffs_count_and_second_signatures_do_not_end_with_the_list():
    for _ in range(LIMIT + 1):
        p.handed_in(p.gf_aplerbeck(), pillar_2="10")
    late = p.application(p.handed_in(p.gf_aplerbeck(), title="Großes Fest", pillar_2="6000"))
    services.sign(late, amount=late.requested, actor=p.wf1())
    page = get(p.wf2())
    assert f"{LIMIT + 2} Anträge warten auf eine Entscheidung, {LIMIT + 2} davon auf Sie." in " ".join(
        text(page).split()
    )
    assert f"Alle {LIMIT + 2} Anträge, die warten" in text(page)
    assert [a.pk for a in page.context["second_signatures"]] == [late.pk]
    assert "Keine zweite Unterschrift wartet auf Sie." in text(get(p.wf1()))


def test_the_queue_marks_what_this_person_could_decide():
    mine = p.application(p.handed_in(p.gf_aplerbeck(), pillar_2="3000"))
    p.handed_in(p.gf_hoerde(), pillar_2="3000")
    page = get(p.wf_with_mandate())
    assert [a.mine for a in page.context["queue"]] == [False, True]
    assert page.context["queue"][0].pk == mine.pk


def test_the_queue_says_whose_first_signature_no_longer_counts():
    lapsed, counts, unsigned = (
        p.application(p.handed_in(p.gf_aplerbeck(), pillar_2="6000")) for _ in range(3)
    )
    services.sign(lapsed, amount=lapsed.requested, actor=p.wf1())
    services.sign(counts, amount=counts.requested, actor=p.wf2())
    p.wf1().groups.clear()
    queue = get(p.wf2()).context["queue"]
    assert {a.pk: a.sign_anew for a in queue} == {lapsed.pk: True, counts.pk: False, unsigned.pk: False}


class TestQueueChoices:
    def listed(self, user, **query):
        client = Client()
        client.force_login(user)
        page = client.get(reverse("funding:applications"), query)
        return [row.project.title for row in page.context["page"]], page

    def test_a_director_sees_all_own_and_the_choice_says_so(self):
        p.handed_in(p.gf_aplerbeck(), title="Meins")
        p.approved(p.gf_aplerbeck(), title="Fertig", shares={"APL": "10"})
        p.handed_in(p.gf_hoerde(), title="Fremd")
        titles, page = self.listed(p.gf_aplerbeck())
        assert titles == ["Fertig", "Meins"]
        assert page.context["filter"].form["stand"].value() == "alle"
        assert "an denen Ihr Stadtbezirk beteiligt ist" in text(page)
        assert self.listed(p.gf_aplerbeck(), stand="meine")[0] == ["Meins"]

    def test_a_filter_alone_hides_no_state(self):
        p.approved(p.gf_aplerbeck(), title="Fertig", pillar_2="3000")
        assert self.listed(p.wf1())[0] == []
        titles, page = self.listed(p.wf1(), bezirk="aplerbeck")
        assert titles == ["Fertig"] and page.context["filter"].form["stand"].value() == "alle"

    def test_by_kind_of_pot_in_every_year_and_by_one_pot(self):
        p.handed_in(p.gf_aplerbeck(), title="Lenkung", shares={"APL": "10"})
        p.handed_in(p.gf_aplerbeck(), title="Pool", pillar_2="3000")
        p.handed_in(p.gf_aplerbeck(), title="Früher", pillar_2="3000", year=p.this_year() - 1)
        assert self.listed(p.wf1(), art="pillar_2", stand="alle")[0] == ["Früher", "Pool"]
        assert self.listed(p.wf1(), art="pillar_1", stand="alle")[0] == ["Lenkung"]
        titles, page = self.listed(p.wf1(), topf=p.pot("S2").pk)
        assert titles == ["Pool"] and f"Säule 2 {p.this_year()}</option>" in text(page)


class TestProjectPage:
    def test_the_next_act_is_one_click_away(self):
        p.steering_body("APL")
        project = p.handed_in(p.gf_aplerbeck(), shares={"APL": "1000"}, pillar_2="3000")
        director = text(get(p.gf_aplerbeck(), project.get_absolute_url()))
        assert "Beschluss erfassen</a>" in director and "Antrag zurückziehen</a>" in director
        staff = text(get(p.wf1(), project.get_absolute_url()))
        assert "Prüfen und entscheiden</a>" in staff and "Beschluss erfassen</a>" not in staff
        auditor = text(get(p.auditor(), project.get_absolute_url()))
        assert "zurückziehen</a>" not in auditor and "entscheiden</a>" not in auditor

    def test_a_page_with_everything_on_it_costs_fifteen_questions(self):
        Body.objects.get_or_create(district=p.district("APL"), kind=Body.Kind.STEERING, name="Lenkung")
        application = returned(
            pillar_2="3000", shares={"APL": "1000", "BRA": "500"}, confirmed=False, others=[{"amount": "5"}]
        )
        change(application.project, p.gf_aplerbeck(), costs=costs("4700"))
        project = Project.objects.get(pk=application.project_id)
        for user in (p.gf_aplerbeck(), p.gf_brackel(), p.wf1()):
            client = Client()
            client.force_login(user)
            with CaptureQueriesContext(connection) as captured:
                assert client.get(project.get_absolute_url()).status_code == 200
            assert len(captured) == 15, user
