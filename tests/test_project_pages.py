"""The project form, page and list, as the people at the browser meet them."""

import html
import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from funding import services as funding
from members.models import Body, Membership, Organisation, Seat, User
from projects import search, services
from projects.models import FieldOfAction, FinancingItem, Participation, Project
from projects.search import fold
from tests import personas

pytestmark = pytest.mark.django_db


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def typed(**changes: Any) -> dict[str, Any]:
    """What a browser sends for a filled form; amounts as people write them."""
    year = personas.this_year()
    data = {
        "action": "save",
        "title": "Apfelmarkt",
        "summary": "Ein Markt rund um den Apfel.",
        "aims": "Mehr Leben im Ortskern.",
        "value_creation": "Händler verkaufen mehr.",
        "main_field": FieldOfAction.objects.get(name="Feste und Märkte").pk,
        "year": year,
        "lead_district": personas.district("APL").pk,
        "place": "Marktplatz",
        "starts_on": f"{year}-09-01",
        "ends_on": f"{year}-09-03",
        "measure": "grant",
        "organiser_name": "Aplerbecker Förderkreis",
        "contact": "",
        "chosen_kind": "",
        "special_importance": "",
        "costs-TOTAL_FORMS": "2",
        "costs-INITIAL_FORMS": "0",
        "costs-0-label": "Bühne",
        "costs-0-amount": "1.500,50",
        "costs-1-label": "Musik",
        "costs-1-amount": "1499,5 €",
        "others-TOTAL_FORMS": "1",
        "others-INITIAL_FORMS": "0",
        "others-0-kind": "third_party",
        "others-0-label": "Sparkasse",
        "others-0-third_party_state": "promised",
        "others-0-amount": "1 000",
        "own_share": "2.000,00",
        "pillar_2": "",
    }
    return {**data, **changes}


def enter(client: Client, **changes: Any) -> Any:
    return client.post(reverse("projects:create"), typed(**changes))


def change(client: Client, project: Project, **changes: Any) -> Any:
    """Save the form of an existing project: rows as they are, with the version it has now."""
    data = typed(version=project.version)
    for prefix, rows in (
        ("costs", list(project.cost_items.all())),
        ("others", [r for r in project.financing_items.all() if not r.from_pot]),
    ):
        data[f"{prefix}-TOTAL_FORMS"] = data[f"{prefix}-INITIAL_FORMS"] = str(len(rows))
        for index, row in enumerate(rows):
            data[f"{prefix}-{index}-id"] = row.pk
            data[f"{prefix}-{index}-label"] = row.label
            data[f"{prefix}-{index}-amount"] = str(row.amount).replace(".", ",")
    return client.post(reverse("projects:edit", args=[project.pk]), {**data, **changes})


def text_of(response: Any) -> str:
    html = re.sub(r"<(script|style|template).*?</\1>", " ", response.content.decode(), flags=re.S)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)).replace("\u00a0", " ")


# -- one form makes one draft ---------------------------------------------------------------------------


def key_of(page: Any) -> str:
    [found] = re.findall(r'name="key" value="(\w+)"', page.content.decode())
    return str(found)


@pytest.fixture
def blank() -> tuple[Client, dict[str, Any]]:
    """A director, and the form of a new project filled in as typed, with its key and its digests."""
    client = signed_in(personas.gf_aplerbeck())
    page = client.get(reverse("projects:create"))
    return client, typed(key=key_of(page), base=page.context["base"])


def test_a_form_that_arrives_twice_makes_one_draft(blank: tuple[Client, dict[str, Any]]) -> None:
    client, form = blank
    first, second = (client.post(reverse("projects:create"), form) for _ in range(2))
    project = Project.objects.get()
    assert first["Location"] == second["Location"] == reverse("projects:edit", args=[project.pk])
    assert [(row.label, row.amount) for row in project.cost_items.all()] == [
        ("Bühne", Decimal("1500.50")),
        ("Musik", Decimal("1499.50")),
    ]
    assert project.changes.count() == 1
    handed = client.post(reverse("projects:create"), {**form, "action": "hand_in"})
    assert handed["Location"] == reverse("handing_in:hand_in", args=[project.pk])
    assert client.get(reverse("projects:create")).context["editor"].project is None


def test_going_back_and_saving_other_text_changes_the_draft(blank: tuple[Client, dict[str, Any]]) -> None:
    client, form = blank
    client.post(reverse("projects:create"), form)
    rows = list(Project.objects.get().cost_items.values_list("pk", flat=True))
    other = {**form, "title": "Birnenmarkt", "costs-1-amount": "2.000,00", "others-0-amount": "1.500,50"}
    answer = client.post(reverse("projects:create"), other)
    project = Project.objects.get()
    assert answer["Location"] == reverse("projects:edit", args=[project.pk])
    assert (project.title, project.cost_total) == ("Birnenmarkt", Decimal("3500.50"))
    assert list(project.cost_items.values_list("pk", flat=True)) == rows
    assert project.financing_items.count() == 2


def test_going_back_over_a_draft_that_was_worked_on_asks(blank: tuple[Client, dict[str, Any]]) -> None:
    """Nothing that was typed is lost, and nothing that was saved since is overwritten unasked."""
    client, form = blank
    client.post(reverse("projects:create"), form)
    project = Project.objects.get()
    change(client, project, title="Apfelfest", **{"costs-0-amount": "1.600"})
    page = client.post(reverse("projects:create"), {**form, "title": "Birnenmarkt"})
    assert page.status_code == 409
    assert "Apfelfest" in text_of(page) and 'value="Birnenmarkt"' in page.content.decode()
    assert f'action="{reverse("projects:edit", args=[project.pk])}"' in page.content.decode()
    project.refresh_from_db()
    assert (project.title, Project.objects.count()) == ("Apfelfest", 1)


def test_a_mistake_after_going_back_is_one_in_the_draft(blank: tuple[Client, dict[str, Any]]) -> None:
    client, form = blank
    client.post(reverse("projects:create"), form)
    page = client.post(reverse("projects:create"), {**form, "costs-0-amount": "viel"})
    assert page.status_code == 422
    address = reverse("projects:edit", args=[Project.objects.get().pk])
    assert f'action="{address}"' in page.content.decode() and 'value="viel"' in page.content.decode()


def test_a_form_that_arrives_twice_at_the_same_moment_makes_one_draft(
    blank: tuple[Client, dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second arrival asked before the first one had made its draft."""
    client, form = blank
    client.post(reverse("projects:create"), form)
    made_by, asked = services.made_by, iter([None])
    monkeypatch.setattr(services, "made_by", lambda *given: next(asked, made_by(*given)))
    answer = client.post(reverse("projects:create"), {**form, "title": "Birnenmarkt"})
    project = Project.objects.get()
    assert answer["Location"] == reverse("projects:edit", args=[project.pk])
    assert project.title == "Birnenmarkt"


def test_a_deleted_draft_s_form_makes_a_new_one(blank: tuple[Client, dict[str, Any]]) -> None:
    client, form = blank
    client.post(reverse("projects:create"), form)
    project = Project.objects.get()
    client.post(reverse("projects:delete", args=[project.pk]), {"version": project.version})
    client.post(reverse("projects:create"), form)
    assert Project.objects.get().pk != project.pk


def test_another_person_s_key_finds_nothing(blank: tuple[Client, dict[str, Any]]) -> None:
    client, form = blank
    client.post(reverse("projects:create"), form)
    other = {**form, "lead_district": personas.district("BRA").pk}
    answer = signed_in(personas.gf_brackel()).post(reverse("projects:create"), other)
    assert answer.status_code == 400
    assert Project.objects.count() == 1


# -- entering and saving -------------------------------------------------------------------------------


def test_a_filled_form_becomes_a_draft_with_its_plan() -> None:
    client = signed_in(personas.gf_aplerbeck())
    response = enter(client)
    project = Project.objects.get()
    assert response.headers["Location"] == reverse("projects:edit", args=[project.pk])
    assert (project.state, project.number) == ("draft", None)
    assert project.cost_total == Decimal("3000.00")
    assert project.plan_difference == 0
    assert project.organiser == Organisation.objects.get(name="Aplerbecker Förderkreis")
    assert project.kind == Project.Kind.THIRD_PARTY  # as the plan says
    page = text_of(client.get(response.headers["Location"]))
    assert "Plan geht auf" in page
    assert "3.000,00 €" in page


def test_who_carries_it_out_is_asked_explained_and_shown() -> None:
    client = signed_in(personas.gf_aplerbeck())
    page = text_of(client.get(reverse("projects:create")))
    assert "Wer führt das Projekt durch?" in page
    assert "Der Verein kauft ein und bekommt die Rechnungen." in page
    enter(client, measure="own")
    project = Project.objects.get()
    assert project.measure == Project.Measure.OWN
    assert "Maßnahme eigene Maßnahme des Vereins" in text_of(client.get(project.get_absolute_url()))
    assert "eigene Maßnahme des Vereins" in text_of(client.get(reverse("projects:sheet", args=[project.pk])))
    Project.objects.update(measure="")
    assert "Durchführung" not in text_of(client.get(project.get_absolute_url()))


def test_who_decides_reads_who_carries_it_out() -> None:
    project = personas.handed_in(personas.gf_aplerbeck(), pillar_2="3000")
    client, application = signed_in(personas.wf1()), personas.application(project, "S2")
    for address in (
        application.get_absolute_url(), reverse("funding:decision_sheet", args=[application.pk]),
    ):  # fmt: skip
        assert "Maßnahme Förderung eines Dritten" in text_of(client.get(address)), address


def test_an_empty_form_saves_as_a_draft() -> None:
    client = signed_in(personas.gf_aplerbeck())
    blank = {k: "" for k in typed() if k not in ("action", "year", "lead_district") and "FORMS" not in k}
    assert enter(client, **{**blank, "others-0-kind": "own"}).status_code == 302
    project = Project.objects.get()
    assert not project.cost_items.exists()
    assert "Entwurf ohne Titel" in text_of(client.get(project.get_absolute_url()))


def test_handing_in_an_incomplete_draft_names_each_missing_thing_at_its_field() -> None:
    personas.open_year()
    client = signed_in(personas.gf_aplerbeck())
    response = enter(
        client,
        action="hand_in",
        aims="",
        organiser_name="",
        **{"costs-1-amount": "", "others-0-third_party_state": ""},
    )
    assert response.headers["Location"].endswith("?pruefen=1")
    assert Project.objects.get().title == "Apfelmarkt"  # saved all the same
    html = client.get(response.headers["Location"]).content.decode()
    for field, sentence in (
        ("aims", "was das Projekt erreichen soll"),
        ("organiser_name", "den Veranstalter eintragen"),
        ("costs-1-amount", "Bitte den Betrag eintragen"),
        ("others-0-third_party_state", "angefragt, zugesagt oder eingegangen"),
    ):
        near = html.split(f'name="{field}"')[1][:900]
        assert sentence in near, field
    assert "Es fehlen noch" in html or "liegt" in html
    ids = re.findall(r'\bid="([^"]*)"', html)
    described = {name for names in re.findall(r'aria-describedby="([^"]*)"', html) for name in names.split()}
    assert "id_aims_error" in described
    assert {name: ids.count(name) for name in described} == dict.fromkeys(described, 1)


def test_a_complete_draft_goes_on_to_handing_in() -> None:
    personas.open_year()
    response = enter(signed_in(personas.gf_aplerbeck()), action="hand_in")
    project = Project.objects.get()
    assert response.headers["Location"] == reverse("handing_in:hand_in", args=[project.pk])


@pytest.mark.parametrize(("prefix", "name"), [("costs", "costs-2-amount"), ("others", "others-1-amount")])
def test_rows_are_added_without_javascript_and_nothing_typed_is_lost(prefix: str, name: str) -> None:
    client = signed_in(personas.gf_aplerbeck())
    response = enter(client, action=f"add-{prefix}")
    html = response.content.decode()
    assert response.status_code == 200
    assert f'name="{name}"' in html
    assert "1499,5 €" in html
    assert not Project.objects.exists()


def test_a_row_is_deleted_and_a_changed_one_keeps_its_identity() -> None:
    client = signed_in(personas.gf_aplerbeck())
    enter(client)
    project = Project.objects.get()
    kept, deleted = project.cost_items.all()
    change(client, project, **{"costs-0-amount": "2.000", "costs-1-DELETE": "on"})
    assert list(project.cost_items.values_list("pk", "amount")) == [(kept.pk, Decimal("2000.00"))]
    assert deleted.pk != kept.pk


def test_an_amount_for_a_further_district_makes_it_take_part() -> None:
    client = signed_in(personas.gf_aplerbeck())
    brackel, hoerde = personas.district("BRA"), personas.district("HOE")
    enter(client, **{f"share_{brackel.pk}": "500", f"takes_part_{hoerde.pk}": "on"})
    project = Project.objects.get()
    assert set(project.participations.values_list("district__code", flat=True)) == {"BRA", "HOE"}
    share = project.financing_items.get(district=brackel)
    assert (share.kind, share.amount) == (FinancingItem.Kind.PILLAR_1, Decimal("500.00"))
    assert project.is_cross_district


def test_beside_each_pot_stands_what_is_free() -> None:
    personas.open_year()
    personas.approved(personas.gf_aplerbeck(), shares={"APL": "2750.50"})
    page = text_of(signed_in(personas.gf_aplerbeck()).get(reverse("projects:create")))
    assert "noch frei: 9.249,50 €" in page
    assert "noch frei: 80.000,00 €" in page


# -- bad input -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amount", "sentence"),
    [
        ("-5", "Betrag größer als null"),
        ("0", "Betrag größer als null"),
        ("12,345", "höchstens zwei Stellen"),
        ("1e5", "Betrag in Euro eintragen"),
        ("1000000000000", "zu groß"),
        ("abc", "Betrag in Euro eintragen"),
        ("٣٤٥", "Betrag in Euro eintragen"),
        ("9" * 10_000, "zu groß"),
    ],
)
def test_a_bad_amount_gets_a_sentence_and_keeps_what_was_typed(amount: str, sentence: str) -> None:
    client = signed_in(personas.gf_aplerbeck())
    for field in ("costs-0-amount", "others-0-amount", "own_share", "pillar_2"):
        response = enter(client, **{field: amount})
        html = response.content.decode()
        assert response.status_code == 422
        near = html.split(f'name="{field}"')[1][:11_500]
        assert sentence in near, field
        assert amount in html
        assert "Apfelmarkt" in html
    assert not Project.objects.exists()


def test_reversed_dates_and_a_start_outside_the_budget_year() -> None:
    client = signed_in(personas.gf_aplerbeck())
    year = personas.this_year()
    response = enter(client, starts_on=f"{year}-05-02", ends_on=f"{year}-05-01")
    assert response.status_code == 422
    assert "Das Ende liegt vor dem Beginn" in text_of(response)
    response = enter(client, starts_on=f"{year + 1}-05-02", ends_on=f"{year + 1}-05-03")
    assert f"Der Beginn muss im Haushaltsjahr {year} liegen" in text_of(response)
    response = enter(client, starts_on="", ends_on=f"{year - 1}-12-31")
    assert f"Das Ende liegt vor dem Haushaltsjahr {year}." in text_of(response)
    response = enter(client, starts_on="31.02.", ends_on="")
    assert response.status_code == 422
    assert 'value="31.02."' in response.content.decode()
    assert not Project.objects.exists()


def test_german_dates_are_understood_without_a_date_picker() -> None:
    year = personas.this_year()
    enter(signed_in(personas.gf_aplerbeck()), starts_on=f"02.05.{year}", ends_on=f"03.05.{year}")
    assert Project.objects.get().starts_on == date(year, 5, 2)


def test_an_emoji_is_a_fine_title_and_ten_thousand_characters_are_not() -> None:
    client = signed_in(personas.gf_aplerbeck())
    enter(client, title="🍎 Apfelmarkt 🎪")
    assert Project.objects.get().title == "🍎 Apfelmarkt 🎪"
    response = enter(client, title="ä" * 10_000)
    assert response.status_code == 422
    assert "höchstens 200 Zeichen" in text_of(response)
    assert "ä" * 10_000 in response.content.decode()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("lead_district", lambda: personas.district("HOE").pk),
        ("lead_district", lambda: 999_999),
        ("main_field", lambda: 999_999),
        ("further_fields", lambda: 999_999),
        ("further_fields", lambda: "9" * 30),
        ("main_field", lambda: "9" * 30),
        ("lead_district", lambda: "9" * 30),
        ("project_group", lambda: foreign_group().pk),
        ("year", lambda: 1999),
        ("chosen_kind", lambda: "geschenkt"),
        ("others-0-kind", lambda: "pillar_2"),
        ("costs-TOTAL_FORMS", lambda: "100000"),
        ("costs-0-id", lambda: "x"),
    ],
)
def test_foreign_ids_are_refused_with_a_page(field: str, value: Any) -> None:
    response = enter(signed_in(personas.gf_aplerbeck()), **{field: value()})
    assert response.status_code == 422
    assert "Apfelmarkt" in response.content.decode()
    assert not Project.objects.exists()


def foreign_group() -> Body:
    return Body.objects.create(kind="projektgruppe", district=personas.district("HOE"), name="Hörder Runde")


def test_the_row_of_another_project_cannot_be_taken_over() -> None:
    other = personas.make_project(personas.gf_hoerde())
    row = other.cost_items.get()
    enter(signed_in(personas.gf_aplerbeck()), **{"costs-0-id": row.pk, "costs-0-amount": "1"})
    row.refresh_from_db()
    assert (row.project_id, row.amount) == (other.pk, Decimal("2000.00"))


def test_a_form_from_before_somebody_elses_change_is_refused_and_keeps_its_input() -> None:
    client = signed_in(personas.gf_aplerbeck())
    enter(client)
    mine = Project.objects.get()
    deputy = signed_in(personas.deputy_aplerbeck())
    assert change(deputy, mine, title="Apfelmarkt der Vertretung").status_code == 302
    response = change(client, mine, title="Mein Titel")
    assert response.status_code == 409
    page = response.content.decode()
    assert "inzwischen von Vera Vertretung" in page
    assert "Mein Titel" in page
    mine.refresh_from_db()
    assert mine.title == "Apfelmarkt der Vertretung"
    # Saved a second time, knowingly, it counts.
    version = re.search(r'name="version" value="(\d+)"', page)
    assert version
    assert change(client, mine, title="Mein Titel", version=version[1]).status_code == 302
    mine.refresh_from_db()
    assert mine.title == "Mein Titel"


# -- what may change when ------------------------------------------------------------------------------


def test_a_handed_in_project_cannot_be_edited_and_says_why() -> None:
    project = personas.handed_in(personas.gf_aplerbeck())
    response = signed_in(personas.gf_aplerbeck()).get(
        reverse("projects:edit", args=[project.pk]), follow=True
    )
    assert "kann gerade nicht geändert werden" in text_of(response)


def test_after_the_decision_only_costs_and_other_money_change() -> None:
    project = personas.approved(personas.gf_aplerbeck())
    client = signed_in(personas.gf_aplerbeck())
    project.refresh_from_db()
    change(
        client,
        project,
        title="Ganz anders",
        own_share="1",
        **{
            "costs-0-amount": "2.500",
            "others-TOTAL_FORMS": "1",
            "others-0-kind": "own",
            "others-0-label": "Kasse",
            "others-0-amount": "500",
        },
    )
    project.refresh_from_db()
    assert project.title == "Nachbarschaftsfest am Markt"
    assert project.cost_total == Decimal("2500.00")
    assert project.granted_total == Decimal("2000.00")
    assert project.state == Project.State.APPROVED


def test_the_plan_stays_as_read_while_one_share_is_undecided() -> None:
    project = personas.handed_in(personas.gf_aplerbeck(), shares={"APL": "500"}, pillar_2="3000")
    personas.approve(personas.application(project, "S1-APL"))
    project.refresh_from_db()
    assert project.state == Project.State.FUNDING_OPEN
    client = signed_in(personas.gf_aplerbeck())
    assert change(client, project, **{"costs-0-amount": "9.000"}).status_code == 409
    project.refresh_from_db()
    assert project.cost_total == Decimal("3500.00")
    # It is not her turn, so nothing about it waits for her.
    assert "Lücke" not in text_of(client.get(reverse("home")))


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"costs-TOTAL_FORMS": "61"}, "Höchstens 60 Zeilen sind möglich."),
        ({"costs-TOTAL_FORMS": "x"}, "Die Zeilen des Plans sind unvollständig angekommen."),
        ({"version": "x"}, "Das Formular ist unvollständig angekommen."),
    ],
    ids=["too-many-rows", "no-rows", "no-version"],
)
def test_what_no_field_shows_gets_a_sentence_too(sent: dict[str, str], sentence: str) -> None:
    client = signed_in(personas.gf_aplerbeck())
    many = {
        f"costs-{n}-{name}": value for n in range(61) for name, value in (("label", "x"), ("amount", "1"))
    }
    page = client.post(reverse("projects:create"), typed(**many, **sent))
    assert page.status_code == 422
    assert sentence in text_of(page)


def test_thousands_of_rows_are_refused_and_a_few_too_many_are_still_there() -> None:
    client = signed_in(personas.gf_aplerbeck())
    rows = {f"costs-{n}-label": f"Posten {n}" for n in range(70)}
    page = client.post(reverse("projects:create"), typed(**rows, **{"costs-TOTAL_FORMS": "70"}))
    assert page.status_code == 422 and "Höchstens 60 Zeilen sind möglich." in text_of(page)
    assert 'value="Posten 69"' in page.content.decode()
    page = client.post(reverse("projects:create"), typed(**{"costs-TOTAL_FORMS": "1999"}))
    assert page.status_code == 422 and len(page.context["costs"].forms) == 120
    assert client.post(reverse("projects:create"), {f"x{n}": "" for n in range(2600)}).status_code == 400
    assert not Project.objects.exists()


def test_an_organiser_typed_in_capitals_is_no_second_one() -> None:
    """On both databases: SQLite alone does not know that Ö and ö are one letter."""
    known = Organisation.objects.create(name="Hörder Förderkreis e. V.")
    personas.approved(personas.gf_brackel(), organiser=known)
    client = signed_in(personas.gf_aplerbeck())
    client.post(reverse("projects:create"), typed(organiser_name="HÖRDER  FÖRDERKREIS E. V."))
    assert Project.objects.latest("pk").organiser == known
    assert Project.objects.filter(organiser=known).count() == 2


def test_a_hidden_organiser_s_spelling_is_not_taken_over() -> None:
    """Only who may read a name learns how it is written; the very same name is one organiser for all."""
    hidden = Organisation.objects.create(name="Hörder Förderkreis e. V.")
    personas.make_project(personas.gf_brackel(), organiser=hidden)
    client = signed_in(personas.gf_aplerbeck())
    enter(client, organiser_name="HÖRDER FÖRDERKREIS E. V.", title="Gross")
    made = Project.objects.get(title="Gross")
    assert made.organiser not in (None, hidden) and made.organiser.name == "HÖRDER FÖRDERKREIS E. V."
    enter(client, organiser_name="Hörder Förderkreis e. V.", new_organiser=hidden.name, title="Gleich")
    assert Project.objects.get(title="Gleich").organiser == hidden


def offered_organisers(user: User) -> set[str]:
    page = signed_in(user).get(reverse("projects:create")).content.decode()
    datalist = page[page.index('<datalist id="organisations">') :].split("</datalist>")[0]
    return {html.unescape(name) for name in re.findall(r'<option value="([^"]*)"', datalist)}


def test_organisers_are_suggested_only_where_their_name_may_be_read() -> None:
    """A member, an organiser of a published project, one of the own district; never one of other drafts."""
    aplerbeck, brackel = personas.gf_aplerbeck(), personas.gf_brackel()

    def named(name: str) -> Organisation:
        return Organisation.objects.create(name=name)

    personas.make_project(brackel, organiser=named("Geheimer Verein"))
    personas.make_project(brackel, organiser=named("Partner"), further=["APL"])
    personas.make_project(aplerbeck, organiser=named("Eigener Verein"))
    personas.handed_in(brackel, organiser=named("Beantragter Verein"))
    personas.approved(brackel, organiser=named("Öffentlicher Verein"))
    Membership.objects.create(
        kind=Membership.Kind.CITY, organisation=named("Stadt Musterstadt"), since=date(2020, 1, 1)
    )
    Seat.objects.create(
        body=Body.objects.get(kind=Body.Kind.ADVISORY_BOARD), organisation=named("Kammer"),
        since=timezone.localdate(),
    )  # fmt: skip
    named("Aus einem gelöschten Entwurf")
    seen = {"Partner", "Eigener Verein", "Öffentlicher Verein", "Stadt Musterstadt", "Kammer"}
    everything = {*seen, "Geheimer Verein", "Beantragter Verein", "Aus einem gelöschten Entwurf"}
    assert offered_organisers(aplerbeck) & everything == seen
    assert "Geheimer Verein" in offered_organisers(brackel)
    # The Wirtschaftsförderung reads drafts; this person is a deputy as well and so may enter projects.
    assert "Geheimer Verein" in offered_organisers(personas.wf_with_mandate())


def test_after_the_decision_the_form_says_what_is_fixed_and_offers_saving_alone() -> None:
    project = personas.approved(personas.gf_aplerbeck())
    client = signed_in(personas.gf_aplerbeck())
    address = reverse("projects:edit", args=[project.pk])
    page = client.get(address).content.decode()
    assert "stehen Texte, Daten und bewilligte Beträge fest" in page
    assert 'value="hand_in"' not in page
    assert re.findall(r'class="btn btn-primary"[^>]*>([^<]+)', page) == ["Speichern"]
    assert f'href="{project.get_absolute_url()}"' in page
    # What is fixed is text; no grey field asks to be filled.
    shown = re.findall(r'<(?:input|select|textarea)(?![^>]*type="hidden")[^>]* name="([^"]+)"', page)
    assert {name.split("-")[0] for name in shown} == {"costs", "others"}
    assert f"Säule 1 Aplerbeck {personas.this_year()}</dt><dd>2.000,00 € bewilligt" in page
    saved = change(client, project, **{"costs-0-amount": "2.500"})
    assert saved["Location"] == project.get_absolute_url()
    assert "Es fehlen noch 500,00" in text_of(client.get(saved["Location"]))


def test_the_question_stands_where_the_director_reads_of_it() -> None:
    project = personas.handed_in(personas.gf_aplerbeck(), pillar_2="3000")
    funding.return_to_applicant(
        personas.application(project), reason="Wer baut die Bühne ab?", actor=personas.wf1()
    )
    page = signed_in(personas.gf_aplerbeck()).get(project.get_absolute_url()).content.decode()
    callout = page[page.index("Es gibt eine Rückfrage") : page.index("Das Projekt</h2>")]
    assert f"Säule 2 {personas.this_year()}: „Wer baut die Bühne ab?“" in " ".join(callout.split())


def test_a_form_saved_after_handing_in_keeps_what_was_typed() -> None:
    project = personas.handed_in(personas.gf_aplerbeck())
    response = change(signed_in(personas.gf_aplerbeck()), project, title="Später getippt", own_share="777")
    page = response.content.decode()
    assert response.status_code == 409
    assert "Gespeichert wurde nichts" in page
    assert "Später getippt" in page
    assert 'value="777"' in page
    project.refresh_from_db()
    assert project.title == "Nachbarschaftsfest am Markt"


def test_handing_in_counts_for_the_plan_that_was_shown() -> None:
    personas.open_year()
    client = signed_in(personas.gf_aplerbeck())
    project = personas.make_project(personas.gf_aplerbeck())
    address = reverse("handing_in:hand_in", args=[project.pk])
    page = client.get(address).content.decode()
    shown = {n: re.search(rf'name="{n}"[^>]*value="([^"]+)"', page) for n in ("key", "version")}
    sent = {n: match[1] for n, match in shown.items() if match}
    change(client, project, own_share="2.500", **{"costs-0-amount": "2.500"})
    assert "geändert, nachdem Sie diese Seite geöffnet hatten" in text_of(client.post(address, sent))
    project.refresh_from_db()
    assert project.state == Project.State.DRAFT
    assert client.post(address, {**sent, "version": project.version}).status_code == 302
    project.refresh_from_db()
    assert project.requested_total == Decimal("2500.00")


def test_many_drafts_hide_no_gap() -> None:
    project = personas.approved(personas.gf_aplerbeck(), title="Mit Lücke")
    client = signed_in(personas.gf_aplerbeck())
    project.refresh_from_db()
    change(client, project, **{"costs-0-amount": "2.600"})
    for number in range(9):
        personas.make_project(personas.gf_aplerbeck(), title=f"Entwurf {number}")
    assert "Mit Lücke – es fehlen noch 600,00 €" in text_of(client.get(reverse("home")))


def test_a_draft_belongs_to_the_district_not_to_the_person() -> None:
    project = personas.make_project(personas.gf_aplerbeck())
    page = signed_in(personas.deputy_aplerbeck()).get(reverse("projects:edit", args=[project.pk]))
    assert page.status_code == 200


def test_the_further_districts_director_reads_the_draft_and_confirms_once() -> None:
    project = personas.make_project(
        personas.gf_aplerbeck(), shares={"APL": "1000", "BRA": "500"}, confirmed=False
    )
    client = signed_in(personas.gf_brackel())
    page = text_of(client.get(project.get_absolute_url()))
    assert "Brackel soll mitmachen" in page
    assert "500,00 €" in page
    address = reverse("projects:confirm", args=[project.pk])
    brackel = personas.district("BRA").pk
    stale = text_of(client.post(address, {"district": brackel, "version": 1}, follow=True))
    assert "noch einmal" in stale
    assert not Participation.objects.filter(confirmed_on__isnull=False).exists()
    client.post(address, {"district": brackel, "version": project.version})
    confirmed = Participation.objects.get()
    assert confirmed.confirmed_by == personas.gf_brackel()
    assert "schon bestätigt" in text_of(
        client.post(address, {"district": personas.district("BRA").pk}, follow=True)
    )
    stranger = signed_in(personas.gf_hoerde())
    assert stranger.post(address, {"district": personas.district("BRA").pk}).status_code == 404
    lead = signed_in(personas.gf_aplerbeck())
    assert lead.post(address, {"district": personas.district("BRA").pk}).status_code == 403


def test_publishing_without_a_grant_gives_a_number_and_a_public_page() -> None:
    client = signed_in(personas.gf_aplerbeck())
    enter(client, own_share="", **{"others-0-amount": "3.000"})
    project = Project.objects.get()
    assert Client().get(project.get_absolute_url()).status_code == 404
    client.post(reverse("projects:publish", args=[project.pk]))
    project.refresh_from_db()
    assert project.number == f"{project.year}-APL-001"
    assert Client().get(project.get_absolute_url()).status_code == 200


def test_the_public_page_keeps_the_inside_inside() -> None:
    project = personas.approved(personas.gf_aplerbeck(), contact="Telefon 0231 000", aims="Interne Ziele")
    page = text_of(Client().get(project.get_absolute_url()))
    assert project.title in page
    assert "2.000,00 €" in page
    for secret in ("Telefon 0231 000", "Interne Ziele", "Gesa", "Durchführung"):
        assert secret not in page


# -- the list ------------------------------------------------------------------------------------------


@pytest.fixture
def some_projects() -> list[Project]:
    year = personas.this_year()
    personas.open_year()
    return [
        personas.approved(
            personas.gf_hoerde(), title="Lichterfest an der Schlanken Mathilde", place="Hörder Markt"
        ),
        personas.approved(
            personas.gf_aplerbeck(),
            title="Apfelmarkt",
            others=[{"kind": "third_party", "label": "Sparkasse", "amount": "500"}],
        ),
        personas.approved(
            personas.gf_aplerbeck(),
            title="Ganz Östlich",
            measure="own",
            shares={"APL": "500", "BRA": "500"},
            starts_on=date(year, 2, 1),
        ),
        personas.make_project(personas.gf_aplerbeck(), title="Geheimer Entwurf"),
    ]


def titles(response: Any) -> list[str]:
    return [p.title for p in response.context["page"].object_list]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("suche=hoerde", {"Lichterfest an der Schlanken Mathilde"}),
        ("suche=HÖRDE", {"Lichterfest an der Schlanken Mathilde"}),
        ("suche=hörde", {"Lichterfest an der Schlanken Mathilde"}),
        ("suche=%C3%96STLICH", {"Ganz Östlich"}),
        ("suche=oestlich+ganz", {"Ganz Östlich"}),
        ("suche=nirgends", set()),
        ("bezirk=brackel", {"Ganz Östlich"}),
        ("bezirk=aplerbeck", {"Apfelmarkt", "Ganz Östlich"}),
        ("drittmittel=on", {"Apfelmarkt"}),
        ("uebergreifend=on", {"Ganz Östlich"}),
        ("massnahme=own", {"Ganz Östlich"}),
        ("massnahme=grant", {"Lichterfest an der Schlanken Mathilde", "Apfelmarkt"}),
        ("stand=approved", {"Lichterfest an der Schlanken Mathilde", "Apfelmarkt", "Ganz Östlich"}),
        ("stand=draft", set()),
        ("jahr=1999&suche=apfelmarkt", {"Apfelmarkt"}),
        (
            "bezirk=atlantis&feld=x&sortierung=quatsch",
            {"Lichterfest an der Schlanken Mathilde", "Apfelmarkt", "Ganz Östlich"},
        ),
    ],
)
def test_filters_stand_in_the_address(query: str, expected: set[str], some_projects: list[Project]) -> None:
    response = Client().get(f"{reverse('projects:list')}?{query}")
    assert set(titles(response)) == expected


def test_sorting_and_totals(some_projects: list[Project]) -> None:
    client = signed_in(personas.wf1())
    address = reverse("projects:list")
    assert titles(client.get(f"{address}?sortierung=titel"))[0] == "Apfelmarkt"
    assert titles(client.get(f"{address}?sortierung=beginn"))[0] == "Ganz Östlich"
    assert titles(client.get(f"{address}?sortierung=-kosten"))[0] == "Apfelmarkt"
    page = text_of(client.get(f"{address}?stand=approved"))
    assert "3 Projekte" in page
    assert "5.500,00 €" in page  # costs of the three


def test_fold_treats_both_spellings_alike() -> None:
    assert fold("HÖRDE") == fold("Hörde") == fold("hoerde") == "hoerde"
    assert fold("Straße  Café") == "strasse cafe"


def make_many(count: int) -> None:
    """Rows for volume, beside the services: the list and the pages only read them."""
    gf, year = personas.gf_aplerbeck(), personas.this_year()
    start = Project.objects.count()
    Project.objects.bulk_create(
        [
            Project(
                number=f"{year}-APL-{start + n + 100:04d}", year=year, state="approved", title=f"Projekt {n}",
                lead_district=personas.district("APL"), created_by=gf, changed_by=gf,
                published_on=date(year, 1, 2),
                main_field=FieldOfAction.objects.first(),
            )
            for n in range(count)
        ]
    )  # fmt: skip
    search.remember_all()


QUERIES = {
    # address name, persona: literal number of queries
    ("projects:list", "visitor"): 6,
    ("projects:list", "gf_aplerbeck"): 10,
    ("projects:list", "wf1"): 10,
    ("home", "visitor"): 3,
    ("home", "gf_aplerbeck"): 14,
    ("home", "wf1"): 21,
    ("home", "auditor"): 5,
    ("district", "visitor"): 7,
    ("district", "gf_aplerbeck"): 12,
}


@pytest.mark.parametrize(("name", "persona"), QUERIES)
@pytest.mark.parametrize("count", [10, 1000])
def test_pages_cost_the_same_at_any_size(
    name: str, persona: str, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    personas.open_year()
    personas.approved(personas.gf_aplerbeck())
    make_many(count)
    user = personas.ALL[persona]()
    client = Client() if persona == "visitor" else signed_in(user)  # type: ignore[arg-type]
    address = reverse(name, args=["aplerbeck"] if name == "district" else [])
    with django_assert_num_queries(QUERIES[name, persona]):
        response = client.get(address)
    assert response.status_code == 200
    if name == "projects:list":
        assert len(titles(response)) == min(50, count + 1)


@pytest.mark.parametrize(
    ("query", "more"),
    [
        ("jahr=2016", -1), ("jahr=abc&bezirk=atlantis&feld=99", 0), ("bezirk=aplerbeck&feld=1", 1), ("stand=draft", 0),
        ("page=-1", 0), ("sortierung=titel", 0), ("suche=projekt", 1), ("suche=projekt&page=2", 1),
        ("suche=projekt&sortierung=titel", 2),
    ],
)  # fmt: skip
@pytest.mark.parametrize("count", [60, 600])
def test_a_list_costs_the_same_at_any_size_whatever_is_asked(
    query: str, more: int, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    """A chosen district is looked up, and a search reads its hits before their rows."""
    make_many(count)
    personas.make_project(personas.gf_aplerbeck())
    client = signed_in(personas.gf_aplerbeck())
    with django_assert_num_queries(QUERIES["projects:list", "gf_aplerbeck"] + more):
        client.get(f"{reverse('projects:list')}?{query}")


@pytest.mark.parametrize(
    "query",
    [
        "page=" + "9" * 30,
        "jahr=" + "9" * 30,
        "feld=" + "9" * 30,
        "bezirk=%00",
        "suche=%00",
        "stand=%F0%9F%8D%8E",
    ],
)
def test_absurd_addresses_of_the_list_are_answered(query: str, client: Client) -> None:
    assert client.get(f"{reverse('projects:list')}?{query}").status_code == 200


def test_absurd_numbers_in_other_addresses_are_no_fault_of_ours() -> None:
    client = signed_in(personas.superuser())
    huge = "9" * 30
    for address, status in (
        (f"/projekte/entwurf/{huge}/", 404),
        (f"/foerderung/antraege/{huge}/", 404),
        (f"/foerderung/haushaltsjahre/{huge}/", 404),
        (f"/verwaltung/members/mandate/?district__id__exact={huge}&e=1", None),
        (f"/verwaltung/members/mandate/?person__id__in={huge}", None),
    ):
        found = client.get(address).status_code
        assert found == status if status else found in (200, 302, 400), address


def test_fifty_a_page_and_the_last_page(client: Client) -> None:
    make_many(120)
    response = client.get(f"{reverse('projects:list')}?page=3")
    assert len(titles(response)) == 20
    # Nonsense shows the first page instead of an error.
    assert client.get(f"{reverse('projects:list')}?page=quatsch").status_code == 200


def test_handing_in_a_blank_new_form_leaves_no_empty_draft() -> None:
    client = signed_in(personas.gf_aplerbeck())
    blank = {k: "" for k in typed() if k not in ("action", "year", "lead_district") and "FORMS" not in k}
    response = enter(client, action="hand_in", **{**blank, "others-0-kind": "own"})
    assert response.status_code == 422
    assert not Project.objects.exists()
    html = response.content.decode()
    assert "Zum Einreichen fehlen noch" in html
    assert "Gespeichert" not in html
    for field, sentence in (
        ("title", "Bitte einen Titel"),
        ("place", "Bitte den Ort"),
        ("organiser_name", "Veranstalter"),
    ):
        assert sentence in html.split(f'name="{field}"')[1][:900], field
    assert "Bitte mindestens eine Kostenposition" in html
    # The smallest thing typed is worth keeping.
    assert (
        enter(
            client, action="hand_in", **{**blank, "others-0-kind": "own", "place": "Marktplatz"}
        ).status_code
        == 302
    )
    assert Project.objects.get().place == "Marktplatz"


def test_a_forged_choice_is_answered_once() -> None:
    response = enter(signed_in(personas.gf_aplerbeck()), kind="geschenkt", main_field="999999")
    html = response.content.decode()
    assert response.status_code == 422
    assert html.count("Bitte eine der angebotenen Möglichkeiten wählen.") >= 2
    assert "gültige Auswahl" not in html
