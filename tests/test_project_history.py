"""The history of a project: one row per save, every field, unchangeable, readable by insiders."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from funding import services as funding
from funding.templatetags.story import story
from members.models import Body, Organisation
from members.roles.permissions import Roles
from projects import attachments, history, services
from projects.models import FieldOfAction, Project, ProjectChange
from tests import personas, plans
from tests.files import PDF

pytestmark = pytest.mark.django_db


def saved(project: Project) -> list[tuple[str, str, str]]:
    """Label, old and new of the latest save."""
    row = ProjectChange.objects.filter(project=project).latest("pk")
    return [(c.label, c.old, c.new) for c in history.changes_of(row)]


def test_entering_a_draft_is_one_row_without_values(gf_aplerbeck: Any) -> None:
    row = ProjectChange.objects.get(project=personas.make_project(gf_aplerbeck))
    assert (row.what, row.version, row.actor, row.changes) == ("created", 2, gf_aplerbeck, [])
    assert row.mandate is not None
    assert row.in_stead_of is None


def test_every_descriptive_field_with_readable_values(gf_aplerbeck: Any) -> None:
    year = personas.this_year()
    project = personas.make_project(gf_aplerbeck)
    fields = list(FieldOfAction.objects.all()[:4])
    group = Body.objects.create(
        district=personas.district("APL"), kind=Body.Kind.PROJECT_GROUP, name="Runde Markt"
    )
    services.update_project(
        project,
        actor=gf_aplerbeck,
        version=project.version,
        plan=plans.plan_of(project),
        fields={
            "title": "Weihnachtsmarkt",
            "summary": "Neu",
            "aims": "Ziel",
            "value_creation": "Wert",
            "main_field": fields[1],
            "further_fields": FieldOfAction.objects.filter(pk__in=[fields[2].pk, fields[3].pk]),
            "year": year + 1,
            "lead_district": personas.district("APL"),
            "place": "Rodenbergcenter",
            "starts_on": date(year + 1, 12, 1),
            "ends_on": date(year + 1, 12, 2),
            "measure": "own",
            "organiser": Organisation.objects.create(name="Heimatverein"),
            "project_group": group,
            "contact": "Büro 0231 1",
            "chosen_kind": "supported",
            "special_importance": "Besonders",
        },
    )
    assert saved(project) == [
        ("Titel", "Nachbarschaftsfest am Markt", "Weihnachtsmarkt"),
        ("Kurzbeschreibung", "Ein Fest der Nachbarschaft mit Musik und Ständen.", "Neu"),
        ("Ziele", "Nachbarn kommen ins Gespräch.", "Ziel"),
        ("Beitrag zur Wertschöpfung im Quartier", "Der Handel am Markt öffnet seine Türen.", "Wert"),
        ("Handlungsschwerpunkt", fields[0].name, fields[1].name),
        ("Haushaltsjahr", str(year), str(year + 1)),
        ("Ort", "Marktplatz", "Rodenbergcenter"),
        ("Beginn", f"01.06.{year}", f"01.12.{year + 1}"),
        ("Ende", f"02.06.{year}", f"02.12.{year + 1}"),
        ("Durchführung", "Förderung eines Dritten", "eigene Maßnahme des Vereins"),
        ("Veranstalter", "Gewerbeverein Musterviertel", "Heimatverein"),
        ("Projektgruppe", "", str(group)),
        # That it changed is kept; a telephone number is not.
        ("Ansprechstelle", "", ""),
        ("Herkunft der Mittel", "ganz aus Mitteln des Vereins", "nur unterstützt"),
        ("Besondere Bedeutung", "", "Besonders"),
        ("Weitere Schwerpunkte", "", ", ".join(sorted(f.name for f in fields[2:]))),
    ]


def test_every_field_of_a_project_is_followed() -> None:
    """A field added later has to be followed or named here."""
    unfollowed = {
        "id", "number", "state", "provenance", "cost_total", "financing_total", "requested_total",
        "granted_total", "chosen_kind", "has_third_party", "is_cross_district", "is_proved", "version", "created_by",
        "created_at", "changed_by", "changed_at", "published_on", "latest_decision",
    }  # fmt: skip
    assert {f.name for f in Project._meta.concrete_fields} == {*history.FIELDS, *unfollowed}


def test_every_kind_of_row(gf_aplerbeck: Any) -> None:
    project = personas.make_project(
        gf_aplerbeck,
        shares={"APL": "1000", "BRA": "500"},
        costs=[("Bühne", "2000"), ("Strom", "100")],
        others=[{"kind": "third_party", "label": "Sparkasse", "amount": "600", "third_party_state": "asked"}],
    )
    plan = plans.plan_of(project)
    plan.costs = [{**plan.costs[0], "amount": Decimal(2400)}, {"label": "Technik", "amount": None}]
    plan.others = [
        {**plan.others[0], "third_party_state": "promised", "label": "Sparkasse Ost"},
        {"kind": "own", "label": "Kasse", "third_party_state": "", "amount": Decimal("12.5")},
    ]
    plan.shares = {personas.district("APL"): Decimal(1000), personas.district("BRA"): Decimal(700)}
    plan.pillar_2 = Decimal(3000)
    plan.further_districts = [personas.district("BRA"), personas.district("HOE")]
    services.update_project(project, actor=gf_aplerbeck, fields={}, plan=plan, version=project.version)
    assert saved(project) == [
        ("Kosten: Bühne", "2.000,00\xa0€", "2.400,00\xa0€"),
        ("Kosten: Strom", "100,00\xa0€", ""),
        ("Drittmittel: Sparkasse Ost, Bezeichnung", "Sparkasse", "Sparkasse Ost"),
        ("Drittmittel: Sparkasse Ost, Stand", "angefragt", "zugesagt"),
        ("Säule 1 Brackel", "500,00\xa0€", "700,00\xa0€"),
        ("Beteiligung Brackel", "bestätigt", "noch nicht bestätigt"),
        ("Kosten: Technik", "", "ohne Betrag"),
        ("Eigenmittel: Kasse", "", "12,50\xa0€"),
        ("Säule 2", "", "3.000,00\xa0€"),
        ("Beteiligung Hörde", "", "noch nicht bestätigt"),
    ]


def test_a_save_without_a_change_leaves_no_row(gf_aplerbeck: Any) -> None:
    project = personas.make_project(gf_aplerbeck)
    plans.change(project, gf_aplerbeck)
    assert project.changes.count() == 1


def test_a_refused_save_leaves_no_row(gf_aplerbeck: Any) -> None:
    project = personas.make_project(gf_aplerbeck)
    with pytest.raises(services.StaleProject):
        plans.change(project, gf_aplerbeck, fields={"title": "Anders"}, version=1)
    assert project.changes.count() == 1


def test_confirming_and_publishing_are_rows(gf_aplerbeck: Any, gf_brackel: Any) -> None:
    project = personas.make_project(gf_aplerbeck, shares={}, others=[{"amount": "50"}], further=["BRA"])
    assert saved(project) == [("Beteiligung Brackel", "noch nicht bestätigt", "bestätigt")]
    services.publish_without_grant(project, actor=gf_aplerbeck)
    rows = project.changes.order_by("pk").values_list("what", "actor", "mandate__district__code")
    assert list(rows) == [
        ("created", gf_aplerbeck.pk, "APL"),
        ("confirmed", gf_brackel.pk, "BRA"),
        ("published", gf_aplerbeck.pk, "APL"),
    ]


def test_papers_that_come_and_go(gf_aplerbeck: Any) -> None:
    project = personas.make_project(gf_aplerbeck)
    paper = attachments.add(project, upload=ContentFile(PDF, name="Lageplan.pdf"), actor=gf_aplerbeck)
    assert saved(project) == [("Unterlage", "", "Lageplan.pdf")]
    attachments.remove(paper, actor=gf_aplerbeck)
    assert saved(project) == [("Unterlage", "Lageplan.pdf", "")]
    project.refresh_from_db()
    assert set(project.changes.values_list("version", flat=True)) == {project.version}


def test_a_deputy_acts_for_somebody(gf_aplerbeck: Any, deputy_aplerbeck: Any) -> None:
    project = personas.make_project(gf_aplerbeck)
    plans.change(project, deputy_aplerbeck, fields={"title": "Anders"})
    row = project.changes.latest("pk")
    assert row.in_stead_of is not None
    assert row.in_stead_of.person == gf_aplerbeck.person


def test_saving_costs_the_same_at_any_size_of_history(gf_aplerbeck: Any) -> None:
    project = personas.make_project(gf_aplerbeck)

    def queries(title: str) -> int:
        changed = Project.objects.get(pk=project.pk)
        plan = plans.plan_of(changed)
        with CaptureQueriesContext(connection) as captured:
            services.update_project(
                changed, actor=gf_aplerbeck, fields={"title": title}, plan=plan, version=changed.version
            )
        return len(captured)

    first = queries("Eins")
    for n in range(5):
        plans.change(project, gf_aplerbeck, fields={"title": f"Titel {n}"})
    assert first == queries("Zwei") == SAVING


#: Of which history: the further fields before and after, and the row itself.
SAVING = 17


class TestGuards:
    @pytest.fixture
    def change(self, gf_aplerbeck: Any) -> ProjectChange:
        return personas.handed_in(gf_aplerbeck).changes.get()

    def refused(self, sql: str) -> None:
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)

    def test_no_row_is_rewritten(self, change: ProjectChange) -> None:
        self.refused(f"UPDATE projects_projectchange SET version = 9 WHERE id = {change.pk}")
        self.refused(f"DELETE FROM projects_projectchange WHERE id = {change.pk}")
        with pytest.raises(IntegrityError), transaction.atomic():
            ProjectChange.objects.filter(pk=change.pk).update(changes=[])
        with pytest.raises(IntegrityError), transaction.atomic():
            change.delete()

    @pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite's own way round")
    def test_nor_replaced(self, change: ProjectChange) -> None:
        self.refused(
            "INSERT OR REPLACE INTO projects_projectchange SELECT id, 9, what, recorded_at, changes, actor_id, "
            "in_stead_of_id, mandate_id, project_id FROM projects_projectchange"
        )

    @pytest.mark.skipif(connection.vendor != "postgresql", reason="PostgreSQL's own way round")
    def test_nor_truncated(self, change: ProjectChange) -> None:
        connection.check_constraints()
        self.refused("TRUNCATE projects_projectchange")

    def test_a_draft_takes_its_history_along(self, gf_aplerbeck: Any) -> None:
        project = personas.make_project(gf_aplerbeck)
        project.delete()
        assert not ProjectChange.objects.exists()


class TestPage:
    def test_saves_and_decisions_on_one_line_of_time(self, client: Client, gf_aplerbeck: Any) -> None:
        project = personas.make_project(gf_aplerbeck, costs=[("Bühne", "1000")])
        plan = plans.plan_of(project)
        plan.costs[0]["amount"] = Decimal(2000)
        services.update_project(
            project,
            actor=gf_aplerbeck,
            fields={"aims": "Lang " * 60, "contact": "0231 77"},
            plan=plan,
            version=project.version,
        )
        personas.open_year()
        funding.submit(project, actor=gf_aplerbeck)
        personas.approve(personas.application(project))
        client.force_login(gf_aplerbeck)
        page = client.get(reverse("projects:history", args=[project.pk])).content.decode()
        order = [page.index(text) for text in ("Bewilligt", "Eingereicht", "Geändert", "Angelegt")]
        assert order == sorted(order)
        assert "1.000,00\xa0€</del>" in page
        assert "2.000,00\xa0€" in page
        assert "Ziele geändert" in page
        assert "0231 77" not in page

    def test_it_costs_as_much_with_many_saves_and_has_pages(
        self, client: Client, wf1: Any, gf_aplerbeck: Any
    ) -> None:
        project = personas.handed_in(gf_aplerbeck)
        client.force_login(wf1)
        address = reverse("projects:history", args=[project.pk])

        def queries() -> int:
            with CaptureQueriesContext(connection) as captured:
                assert client.get(address).status_code == 200
            return len(captured)

        few = queries()
        ProjectChange.objects.bulk_create(
            ProjectChange(
                project=project,
                version=n,
                what="changed",
                actor=gf_aplerbeck,
                changes=[{"field": "title", "label": "Titel", "old": "a", "new": f"Titel {n}."}],
            )
            for n in range(70)
        )
        assert (few, queries()) == (PAGE, PAGE)
        last = client.get(address, {"page": 3}).content.decode()
        assert "Angelegt" in last
        assert "Titel 69." not in last
        assert client.get(address, {"page": "x"}).status_code == 200

    def test_a_public_project_keeps_its_history_inside(
        self, client: Client, gf_aplerbeck: Any, gf_brackel: Any
    ) -> None:
        project = personas.approved(gf_aplerbeck)
        address = reverse("projects:history", args=[project.pk])
        assert client.get(address).status_code == 302
        client.force_login(gf_brackel)
        assert client.get(address).status_code == 403
        assert client.get("/projekte/999999/verlauf/").status_code == 404

    def test_visible_districts_read_it(self, client: Client, gf_aplerbeck: Any, gf_brackel: Any) -> None:
        project = personas.make_project(gf_aplerbeck, further=["BRA"])
        client.force_login(gf_brackel)
        page = client.get(reverse("projects:history", args=[project.pk]))
        assert "Beteiligung bestätigt" in page.content.decode()

    def test_it_holds_this_project_alone_and_the_steps_that_its_reader_may_see(
        self, rf: Any, gf_aplerbeck: Any, gf_brackel: Any, gf_hoerde: Any
    ) -> None:
        project = personas.handed_in(gf_aplerbeck, pillar_2="3000", further=["BRA"])
        personas.handed_in(gf_aplerbeck, pillar_2="3000", further=["BRA"])
        request = rf.get("/")
        saves = ["confirmed", "created"]
        for reader, acts in ((gf_brackel, ["submit", *saves]), (gf_hoerde, saves)):
            request.roles = Roles(reader)
            page = story({"request": request}, project)
            assert [e.decision.step if e.decision else e.act.what for e in page] == acts


#: Session, user, groups, project, participations; saves, steps.
PAGE = 7
