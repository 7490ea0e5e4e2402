"""Pages made for paper, and the warning of a beginning before the approval."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from funding import services as funding
from projects.early_start import AHEAD, EarlyStart, starting_early
from projects.early_start import early_start as warning_for
from projects.models import Project
from tests import personas

pytestmark = pytest.mark.django_db


def page(client: Client, user: Any, address: str) -> str:
    client.force_login(user)
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def queries(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


class TestProjectSheet:
    def test_aims_plan_remainder_and_room_for_the_resolution(self, client: Client, gf_aplerbeck: Any) -> None:
        personas.approved(gf_aplerbeck, shares={"APL": "3000"})
        project = personas.handed_in(
            gf_aplerbeck, shares={"APL": "2000", "BRA": "500"}, others=[{"amount": "100", "label": "Kasse"}]
        )
        address = reverse("projects:sheet", args=[project.pk])
        shown = page(client, gf_aplerbeck, address)
        for text in (
            project.number, "Nachbarn kommen ins Gespräch.", "Der Handel am Markt öffnet seine Türen.",
            "Eigenmittel: Kasse", "2.600,00\xa0€", "9.000,00\xa0€", "7.000,00\xa0€", "12.000,00\xa0€",
            "11.500,00\xa0€", "Brackel (bestätigt)", "Ja-Stimmen", "Unterschrift Vorsitz",
        ):  # fmt: skip
            assert text in shown, text
        assert "Hauptnavigation" not in shown
        assert page(client, gf_aplerbeck, f"/projekte/{project.number}/druckblatt/") == shown

    def test_of_a_draft_in_a_year_without_pots(self, client: Client, gf_aplerbeck: Any) -> None:
        draft = personas.make_project(gf_aplerbeck)
        shown = page(client, gf_aplerbeck, reverse("projects:sheet", args=[draft.pk]))
        assert "kein Topf" in shown
        assert "<b>Entwurf</b>" in shown

    def test_what_is_granted_already_and_what_does_not_suffice(
        self, client: Client, gf_aplerbeck: Any
    ) -> None:
        project = personas.handed_in(gf_aplerbeck, shares={"APL": "12000.01"}, pillar_2="300")
        personas.approve(personas.application(project, "S2"))
        shown = page(client, gf_aplerbeck, reverse("projects:sheet", args=[project.pk]))
        assert "300,00\xa0€ bewilligt" in shown
        assert "reicht nicht" in shown

    def test_of_a_decided_project_says_what_was_resolved_and_has_no_empty_form(
        self, client: Client, gf_aplerbeck: Any, wf1: Any, wf2: Any
    ) -> None:
        project = personas.handed_in(gf_aplerbeck, shares={"APL": "900", "BRA": "500"}, pillar_2="6000")
        address = reverse("projects:sheet", args=[project.pk])
        granted = personas.approve(personas.application(project, "S1-APL"))
        shown = page(client, gf_aplerbeck, address)
        assert "Beschluss des Lenkungsgremiums" in shown, "Brackel has still to decide"
        assert f"Entschieden: Säule 1 Aplerbeck {project.year}" in shown
        personas.approve(personas.application(project, "S1-BRA"))
        funding.reject(personas.application(project, "S2"), reason="Zu teuer.", actor=wf2)
        shown = re.sub(r"[ \n]+", " ", page(client, gf_aplerbeck, address))
        made = granted.decisions.latest("pk").resolution
        for text in (
            "Bewilligt: 900,00\xa0€", f"Beschluss: {made.body}, Sitzung am {made.date:%d.%m.%Y}", str(made.votes),
            "Abgelehnt", "Begründung: Zu teuer.", f"Unterschrift {wf2}", "nicht bewilligt", "Projektblatt",
        ):  # fmt: skip
            assert text in shown, text
        for text in ("Ja-Stimmen", "Beschluss des Lenkungsgremiums", "Vorlage für das Lenkungsgremium"):
            assert text not in shown, text
        assert shown.count("Unterschrift Vorsitz Lenkungsgremium") == 2

    def test_what_is_reserved_for_the_project_is_free_for_it(self, client: Client, gf_aplerbeck: Any) -> None:
        project = personas.handed_in(gf_aplerbeck, pillar_2="6000")
        application = personas.application(project)
        funding.sign(application, amount=application.requested, actor=personas.wf1())
        shown = page(client, gf_aplerbeck, reverse("projects:sheet", args=[project.pk]))
        assert "80.000,00\xa0€" in shown
        assert "74.000,00\xa0€" in shown

    def test_queries_do_not_grow_with_the_plan(self, client: Client, gf_aplerbeck: Any) -> None:
        client.force_login(gf_aplerbeck)
        found = []
        for n in (1, 20):
            project = personas.make_project(
                gf_aplerbeck,
                shares={"APL": str(n)} if n == 1 else {"APL": "1", "BRA": "2", "HOE": "3"},
                costs=[(f"Nr. {i}", "1") for i in range(n)],
                further=["BRA"],
            )
            found.append(queries(client, reverse("projects:sheet", args=[project.pk])))
        assert found == [12, 12]


class TestDecisionSheet:
    def test_before_the_decision_there_is_room_for_it(
        self, client: Client, gf_aplerbeck: Any, wf1: Any
    ) -> None:
        project = personas.handed_in(gf_aplerbeck, pillar_2="6000")
        application = personas.application(project)
        shown = page(client, wf1, reverse("funding:decision_sheet", args=[application.pk]))
        for text in (
            project.number, "6.000,00\xa0€", "74.000,00\xa0€", "Förderfähig?", "erfüllt:", "☐ abgelehnt",
            "zweite Unterschrift",
        ):  # fmt: skip
            assert text in shown, text
        small = personas.application(personas.handed_in(gf_aplerbeck, pillar_2="600"))
        assert "zweite Unterschrift" not in page(
            client, wf1, reverse("funding:decision_sheet", args=[small.pk])
        )
        own = personas.application(personas.handed_in(gf_aplerbeck))
        assert "Unterschrift Vorsitz Lenkungsgremium" in page(
            client, wf1, reverse("funding:decision_sheet", args=[own.pk])
        )

    def test_afterwards_it_says_who_granted_what(
        self, client: Client, gf_aplerbeck: Any, wf1: Any, wf2: Any
    ) -> None:
        project = personas.handed_in(gf_aplerbeck, pillar_2="6000")
        application = personas.approve(personas.application(project), "5500")
        shown = page(client, wf1, reverse("funding:decision_sheet", args=[application.pk]))
        for text in (
            "5.500,00\xa0€",
            "Bewilligt",
            "Der Rahmen erlaubt nur diesen Betrag.",
            str(wf1),
            str(wf2),
            "Festbetrag",
        ):
            assert text in shown, text
        assert "☐" not in shown
        assert queries(client, reverse("funding:decision_sheet", args=[application.pk])) == 9

    def test_each_decision_has_the_lines_of_those_who_took_it(
        self, client: Client, gf_aplerbeck: Any, wf1: Any, wf2: Any
    ) -> None:
        def lines_of(application: Any) -> list[str]:
            shown = page(client, wf1, reverse("funding:decision_sheet", args=[application.pk]))
            return re.findall("<p[^>]*>Ort, Datum, ([^<]*)</p>", shown)

        large = personas.application(personas.handed_in(gf_aplerbeck, pillar_2="6000"))
        assert lines_of(large) == ["Unterschrift Wirtschaftsförderung", "zweite Unterschrift"]
        large = funding.sign(large, amount=large.requested, actor=wf1)
        assert lines_of(large) == ["zweite Unterschrift"]
        assert lines_of(funding.approve(large, amount=large.requested, actor=wf2)) == [
            f"Unterschrift {wf1}",
            f"Unterschrift {wf2}",
        ]
        small = personas.application(personas.handed_in(gf_aplerbeck, pillar_2="600"))
        assert lines_of(funding.approve(small, amount=small.requested, actor=wf1)) == [f"Unterschrift {wf1}"]
        rejected = personas.application(personas.handed_in(gf_aplerbeck, pillar_2="700"))
        assert lines_of(funding.reject(rejected, reason="Zu teuer.", actor=wf2)) == [f"Unterschrift {wf2}"]
        withdrawn = personas.application(personas.handed_in(gf_aplerbeck, pillar_2="800"))
        assert lines_of(funding.withdraw(withdrawn, actor=gf_aplerbeck)) == []
        own = personas.application(personas.approved(gf_aplerbeck))
        assert lines_of(own) == ["Unterschrift Vorsitz Lenkungsgremium", "Unterschrift Geschäftsführung"]
        # No Lenkungsgremium met about less.
        own = funding.reduce(own, to=own.granted - 1, reason="Weniger nötig.", actor=gf_aplerbeck)
        assert lines_of(own) == ["Unterschrift Geschäftsführung"]
        own = funding.revoke(own, reason="Abgesagt.", actor=gf_aplerbeck)
        assert lines_of(own) == ["Unterschrift Geschäftsführung"]


class TestAgenda:
    def test_everything_that_waits_for_the_district_in_one_print(
        self, client: Client, gf_aplerbeck: Any, gf_brackel: Any
    ) -> None:
        joint = personas.handed_in(gf_brackel, title="Gemeinsam", shares={"BRA": "100", "APL": "300"})
        own = personas.handed_in(gf_aplerbeck, title="Eigenes")
        done = personas.approved(gf_aplerbeck, title="Entschieden")
        address = reverse("funding:agenda", args=["aplerbeck"])
        shown = page(client, gf_aplerbeck, address)
        for text in (joint.number, own.number, "2.300,00\xa0€", "TOP 2", "10.000,00\xa0€"):
            assert text in shown, text
        assert done.number not in shown
        assert shown.count("Beschluss des Lenkungsgremiums") == 2
        assert address in page(client, gf_aplerbeck, "/")

    def test_nothing_waits(self, client: Client, wf1: Any) -> None:
        assert "Gerade wartet kein Projekt" in page(client, wf1, reverse("funding:agenda", args=["hoerde"]))

    def test_queries_do_not_grow(self, client: Client, gf_aplerbeck: Any) -> None:
        client.force_login(gf_aplerbeck)
        found = []
        for n in (1, 6):
            for _ in range(n):
                personas.handed_in(gf_aplerbeck, shares={"APL": "10", "BRA": "5"})
            found.append(queries(client, reverse("funding:agenda", args=["aplerbeck"])))
        assert found == [15, 15]


def early_start(project: Project) -> EarlyStart | None:
    return warning_for(project, project.financing_items.all())


def starting(actor: Any, days: int, **more: Any) -> Project:
    """A draft of the year of its beginning, that many days from today."""
    start = timezone.localdate() + timedelta(days)
    return personas.make_project(actor, year=start.year, starts_on=start, ends_on=start, **more)


class TestEarlyStart:
    @pytest.mark.parametrize(
        ("days", "warned", "begun"),
        [
            (AHEAD.days + 1, False, False),
            (AHEAD.days, True, False),
            (1, True, False),
            (0, True, True),
            (-9, True, True),
        ],
    )
    def test_from_three_weeks_before(self, gf_aplerbeck: Any, days: int, warned: bool, begun: bool) -> None:
        project = starting(gf_aplerbeck, days)
        found = early_start(project)
        assert (found is not None) is warned
        assert bool(found and found.begun) is begun
        assert Project.objects.filter(starting_early()).exists() is warned

    def test_not_without_money_without_a_date_or_once_decided(self, gf_aplerbeck: Any) -> None:
        assert early_start(starting(gf_aplerbeck, 1, shares={}, others=[{"amount": "5"}])) is None
        assert early_start(personas.make_project(gf_aplerbeck, starts_on=None, ends_on=None)) is None
        project = personas.approved(gf_aplerbeck, starts_on=date(personas.this_year(), 1, 1))
        assert early_start(project) is None

    def test_it_stays_until_every_share_is_decided(self, client: Client, wf1: Any, wf2: Any) -> None:
        """Of three shares one is granted, then one refused: the warning names those that are open."""
        director, year = personas.gf_aplerbeck(), personas.this_year()
        project = starting(director, 0, shares={"APL": "400", "BRA": "300"}, pillar_2="500")
        personas.open_year(project.year)
        funding.submit(project, actor=director)
        project.refresh_from_db()
        own, brackel, pool = (personas.application(project, code) for code in ("S1-APL", "S1-BRA", "S2"))
        names = [f"Säule 1 Aplerbeck {year}", f"Säule 1 Brackel {year}", f"Säule 2 {year}"]

        def warned(user: Any, address: str) -> str:
            return " ".join(page(client, user, address).split())

        pages = [
            (director, project.get_absolute_url()),
            (wf1, own.get_absolute_url()),
            (wf1, pool.get_absolute_url()),
            (wf1, reverse("funding:decision_sheet", args=[pool.pk])),
        ]
        for user, address in pages:
            sentence = f"noch nicht bewilligt: {names[0]}, {names[1]} und {names[2]}."
            assert sentence in warned(user, address), address
        personas.approve(own)
        for user, address in pages:
            assert f"noch nicht bewilligt: {names[1]} und {names[2]}." in warned(user, address), address
        assert "vor der Bewilligung begonnen" in warned(director, "/")
        queue = warned(wf1, reverse("funding:applications"))
        assert queue.count("vor der Bewilligung begonnen") == 1
        assert Project.objects.filter(starting_early()).exists()
        funding.reject(pool, reason="Kein Geld.", actor=wf1)
        assert f"noch nicht bewilligt: {names[1]}." in warned(wf1, own.get_absolute_url())
        personas.approve(brackel)
        assert "noch nicht bewilligt" not in warned(wf1, own.get_absolute_url())
        assert not Project.objects.filter(starting_early()).exists()

    def test_what_is_over_and_of_a_past_year_needs_no_warning(self, gf_aplerbeck: Any) -> None:
        last_year, today = personas.this_year() - 1, timezone.localdate()
        personas.open_year(last_year)
        begun = {"year": last_year, "starts_on": date(last_year, 5, 1)}
        over = personas.handed_in(gf_aplerbeck, **begun, ends_on=date(last_year, 5, 2))
        assert early_start(over) is None
        assert not Project.objects.filter(starting_early()).exists()
        runs = personas.handed_in(gf_aplerbeck, **begun, ends_on=today)
        assert early_start(runs)
        assert Project.objects.filter(starting_early()).get() == runs

    def test_a_draft_left_lying_is_not_brought_up_for_ever(self, gf_aplerbeck: Any) -> None:
        starting(gf_aplerbeck, -61)
        assert not Project.objects.filter(starting_early()).exists()

    def test_it_stands_where_one_works_and_decides(self, client: Client, gf_aplerbeck: Any, wf1: Any) -> None:
        warning = "vorzeitiger Maßnahmenbeginn"
        project = starting(gf_aplerbeck, 0, pillar_2="3000")
        for name in ("projects:draft", "projects:edit", "handing_in:hand_in", "projects:sheet"):
            assert warning in page(client, gf_aplerbeck, reverse(name, args=[project.pk])), name
        assert "vor der Bewilligung begonnen" in page(client, gf_aplerbeck, "/")
        personas.open_year(project.year)
        funding.submit(project, actor=gf_aplerbeck)
        application = personas.application(project)
        assert "vor der Bewilligung begonnen" in page(client, wf1, reverse("funding:applications"))
        assert warning in page(client, wf1, application.get_absolute_url())
        assert warning in page(client, wf1, reverse("funding:decision_sheet", args=[application.pk]))
        personas.approve(application)
        assert warning not in page(client, wf1, application.get_absolute_url())
        assert "vor der Bewilligung begonnen" not in page(client, gf_aplerbeck, "/")

    def test_visitors_and_finished_forms_read_nothing_of_it(self, client: Client, gf_aplerbeck: Any) -> None:
        project = personas.approved(gf_aplerbeck)
        assert "Maßnahmenbeginn" not in client.get(project.get_absolute_url()).content.decode()
