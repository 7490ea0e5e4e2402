"""A state-wide fund has a thousand districts: no page grows with them, and everybody finds theirs."""

import re
from typing import Any

import pytest
from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from funding import services
from funding.models import Pot
from members.districts import AT_ONCE, SUGGESTED, find, named_like
from members.models import District, Mandate, User
from projects.models import Project
from projects.money import ZERO
from tests import personas as p
from tests.test_project_conflict import Tab, fields_of
from tests.test_project_pages import enter, signed_in, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def many() -> None:
    """The twelve and 300 more, with a year that has a pot for each of them."""
    add_districts()
    p.open_year()


def add_districts() -> None:
    letters = "BCDFGHJKLMNPQRSTVWXZ"
    District.objects.bulk_create(
        District(
            name=f"Weiler {number:03}",
            slug=f"weiler-{number:03}",
            code=f"{letters[number // 20]}{letters[number % 20]}Y",
            column=number % 20,
            row=100 + number // 20,
        )
        for number in range(300)
    )


def get(user: User | None, address: str, **query: str) -> tuple[str, int]:
    """The page, and how many questions it asks."""
    client = Client()
    if user:
        client.force_login(user)
    with CaptureQueriesContext(connection) as captured:
        response = client.get(address, query)
    assert response.status_code == 200
    return response.content.decode(), len(captured)


#: Kilobytes that a page may have, whoever reads it; with all 312 districts each has more.
ROOM = {"home": 30, "districts": 45, "bodies:list": 45, "funding:pots": 85, "funding:year": 20}


def test_no_page_grows_with_the_districts(many: None) -> None:
    measured = {}
    for name, room in ROOM.items():
        for role, user in (
            ("visitor", None),
            ("director", p.gf_aplerbeck()),
            ("staff", p.wf1()),
            ("association", p.admin_verein()),
        ):
            if name.startswith("funding:") and role in ("visitor", "association"):
                continue
            page, queries = get(user, reverse(name, args=[p.this_year()] if name == "funding:year" else []))
            assert len(page.encode()) < room * 1024, (name, role, len(page.encode()))
            measured[f"{name}, {role}"] = queries
    assert measured == {
        "home, visitor": 3,
        "home, director": 14,
        "home, staff": 11,
        "home, association": 13,
        "districts, visitor": 3,
        "districts, director": 7,
        "districts, staff": 7,
        "districts, association": 6,
        "bodies:list, visitor": 4,
        "bodies:list, director": 7,
        "bodies:list, staff": 6,
        "bodies:list, association": 7,
        "funding:pots, director": 9,
        "funding:pots, staff": 9,
        "funding:year, director": 10,
        "funding:year, staff": 9,
    }


def test_a_dozen_districts_are_all_shown() -> None:
    p.open_year()
    for user in (None, p.gf_aplerbeck(), p.wf1(), p.auditor(), p.admin_verein()):
        page, _ = get(user, reverse("home"))
        assert page.count('<li class="c') == 12
        assert "Stadtbezirk suchen" not in page
    page, _ = get(p.wf1(), reverse("funding:pots"))
    assert "Stadtbezirk suchen" not in page and page.count('data-l="Ansatz"') == 12 + 2 + 2


def test_of_many_one_sees_ones_own_and_finds_the_others(many: None) -> None:
    page, _ = get(p.gf_aplerbeck(), reverse("home"))
    assert page.count("Ihr Stadtbezirk)") == 1 and "Stadtbezirk suchen" in page and "Mengede" not in page
    page, _ = get(p.gf_aplerbeck(), reverse("districts"), name="weiler 29")
    assert page.count("Weiler 29") == 10 and "Weiler 30" not in page
    page, _ = get(None, reverse("districts"), name="HOERDE")
    assert "Hörde" in page and "frei in Säule 1" not in page
    page, _ = get(p.gf_aplerbeck(), reverse("districts"), name="Aplerbeck")
    assert "Ihr Stadtbezirk" in page and "12.000,00" in page
    page, _ = get(None, reverse("districts"), name="???")
    assert "Kein Stadtbezirk heißt so" in page


def test_sums_are_those_of_all_pots_not_of_the_page(many: None) -> None:
    project = p.handed_in(p.gf_aplerbeck(), pillar_2="3000")
    assert p.application(project)
    client = Client()
    client.force_login(p.gf_hoerde())
    context = client.get(reverse("funding:pots"), {"name": "weiler"}).context
    pots = Pot.objects.with_asked()
    assert context["total"]["allotted"] == sum((pot.allotted for pot in pots), ZERO)
    assert context["total"]["asked"] == sum((pot.asked for pot in pots), ZERO) > ZERO
    own = [pot for pot in pots if pot.district_id]
    assert context["districts_total"]["allotted"] == sum((pot.allotted for pot in own), ZERO)
    assert [pot.district.slug for pot in context["districts"]] == ["hoerde"]
    assert len(context["page"]) == AT_ONCE and context["page"].has_next()


def test_a_year_says_what_all_its_pots_have(many: None) -> None:
    page, _ = get(p.wf1(), reverse("funding:year", args=[p.this_year()]))
    assert "Säule 1 in allen Stadtbezirken" in page and "314 Töpfe" in page and "3.744.000,00" in page
    page, _ = get(p.wf1(), reverse("funding:year", args=[p.this_year() + 1]))
    assert "Säule 1, 312 Stadtbezirke" in page and "Weiler" not in page and "314 Töpfe" in page


def test_bodies_are_found_by_their_district(many: None) -> None:
    page, _ = get(None, reverse("bodies:list"), name="weiler 1", am="2026-01-01")
    assert "Weiler 100" in page and "Mengede" not in page
    assert 'type="hidden" name="am" value="2026-01-01"' in page


def test_a_report_lists_its_districts_by_pages_and_sums_them_all(many: None) -> None:
    approved = p.approved(p.gf_aplerbeck())
    address = reverse("reports:year", args=[approved.year])
    page, queries = get(None, address)
    assert (page.count('data-l="bewilligt aus Säule 1"'), queries) == (AT_ONCE + 1, 9)
    assert "Aplerbeck" in page and "Säule 1, 312 Stadtbezirke" in page
    assert len(page.encode()) < 60 * 1024
    page, _ = get(None, address, name="weiler 29")
    assert page.count('data-l="bewilligt aus Säule 1"') == 10 + 1 and "Aplerbeck" not in page
    # The sums are those of the whole city, whatever is searched for.
    assert page.count("3.744.000,00") == 1 and page.count("2.000,00") >= 2
    page, _ = get(None, address, name="???")
    assert "Kein Stadtbezirk heißt so" in page


@pytest.mark.parametrize("typed", ["hörde", "Hoerde", "HÖR", " hoerde "])
def test_a_name_is_found_as_it_is_spelt(typed: str) -> None:
    assert [district.slug for district in named_like(typed)] == ["hoerde"]


def test_as_many_as_a_page_shows_are_shown() -> None:
    District.objects.bulk_create(
        District(name=f"Ort {n}", slug=f"ort-{n}", code=f"Q{chr(65 + n)}", column=n, row=100)
        for n in range(AT_ONCE - 12)
    )
    page, _ = get(None, reverse("home"))
    assert page.count('<li class="c') == AT_ONCE
    District.objects.create(name="Ort 99", slug="ort-99", code="QQQ", column=99, row=100)
    page, _ = get(None, reverse("home"))
    assert '<li class="c' not in page and "Stadtbezirk suchen" in page


# -- typing a district's name ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "slug"),
    [("Hörde", "hoerde"), ("HOERDE", "hoerde"), ("innenstadt-w", "innenstadt-west"), (" Ort ", "ort"), ("ort-2", "ort-2"), ("Dorf\0", "x")],
)  # fmt: skip
def test_a_district_is_named_as_it_is_called(typed: str, slug: str) -> None:
    for name, address in (("Ort", "ort"), ("Ort 2", "ort-2"), ("Dorf", "x")):
        number = len(name) + len(address)
        District.objects.create(
            name=name, slug=address, code=f"QQ{address[-1].upper()}", column=number, row=99
        )
    assert find(typed).slug == slug


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("Atlantis", "Einen Stadtbezirk „Atlantis“ gibt es hier nicht. Bitte prüfen Sie die Schreibweise."),
        ("???", "Einen Stadtbezirk „???“ gibt es hier nicht. Bitte prüfen Sie die Schreibweise."),
        ("innen", "Zu „innen“ passen mehrere Stadtbezirke: Innenstadt-Nord, Innenstadt-Ost, Innenstadt-West. Bitte tragen Sie den ganzen Namen ein."),
        ("e", "Zu „e“ passen mehrere Stadtbezirke: Aplerbeck, Brackel, Eving, Huckarde und weitere. Bitte tragen Sie den ganzen Namen ein."),
    ],
)  # fmt: skip
def test_what_names_no_district_is_said(typed: str, sentence: str) -> None:
    with pytest.raises(ValidationError) as raised:
        find(typed)
    assert raised.value.messages == [sentence]


def test_names_are_suggested_while_typing(many: None) -> None:
    page, queries = get(None, reverse("district_names"), bezirk="weiler 1")
    assert (page.count("<option"), queries) == (SUGGESTED, 1)
    page, _ = get(None, reverse("district_names"), bezirk="Weiler 017")
    assert page.strip() == '<option value="Weiler 017"></option>'
    page, _ = get(None, reverse("district_names"), bezirk="</datalist>\0")
    assert not page.strip()


# -- lists and queue: the filter -------------------------------------------------------------------------

LISTS = {"projects:list": {}, "funding:applications": {"stand": "alle"}}


@pytest.mark.parametrize("name", LISTS)
def test_a_list_is_narrowed_to_a_district_by_address_or_name(many: None, name: str) -> None:
    p.approved(p.gf_aplerbeck(), title="Lichterfest")
    p.approved(p.gf_hoerde(), title="Seelauf")
    for typed in ("aplerbeck", "Aplerbeck", " APLERB "):
        page, _ = get(p.wf1(), reverse(name), bezirk=typed, **LISTS[name])
        assert "Lichterfest" in page and "Seelauf" not in page, typed
        # However it was spelt, and however the link says it, the field shows the name.
        assert re.search(r'<input[^>]*name="bezirk"[^>]*value="Aplerbeck"', page)
        assert page.count('hx-target="#bezirke"') == page.count('<datalist id="bezirke">') == 1
    for typed, sentence in (("Atlantis", "gibt es hier nicht"), ("weiler", "passen mehrere Stadtbezirke")):
        page, _ = get(p.wf1(), reverse(name), bezirk=typed, **LISTS[name])
        assert sentence in page and f'value="{typed}"' in page and 'aria-invalid="true"' in page
        assert "Lichterfest" in page and "Seelauf" in page


def test_no_list_grows_with_the_districts(many: None) -> None:
    p.approved(p.gf_aplerbeck())
    p.handed_in(p.gf_hoerde(), pillar_2="3000", further=["APL", "BRA"])
    measured = {}
    for role, user in (("director", p.gf_aplerbeck()), ("staff", p.wf1())):
        for name, more in LISTS.items():
            for bezirk in ("", "aplerbeck"):
                page, queries = get(user, reverse(name), bezirk=bezirk, **more)
                assert len(page.encode()) < 20 * 1024 and "Weiler" not in page
                measured[name, role, bezirk] = queries
    assert measured == {
        ("projects:list", "director", ""): 9,
        ("projects:list", "director", "aplerbeck"): 10,
        ("projects:list", "staff", ""): 9,
        ("projects:list", "staff", "aplerbeck"): 10,
        ("funding:applications", "director", ""): 12,
        ("funding:applications", "director", "aplerbeck"): 13,
        ("funding:applications", "staff", ""): 12,
        ("funding:applications", "staff", "aplerbeck"): 13,
    }


def test_files_are_of_the_named_district_too(many: None) -> None:
    p.approved(p.gf_aplerbeck(), title="Lichterfest")
    p.approved(p.gf_hoerde(), title="Seelauf")
    client = signed_in(p.wf1())
    for name in ("projects:export", "funding:applications_export"):
        response = client.get(
            reverse(name, args=["csv"]),
            {"bezirk": "Hörde", "stand": "" if name == "projects:export" else "alle"},
        )
        text = b"".join(response).decode("utf-8-sig")
        assert "Stadtbezirk: Hörde" in text and "Seelauf" in text and "Lichterfest" not in text


def test_of_a_dozen_one_is_chosen() -> None:
    for name, more in LISTS.items():
        page, _ = get(p.wf1(), reverse(name), bezirk="hoerde", **more)
        assert '<option value="hoerde" selected>Hörde</option>' in page and "datalist" not in page


# -- the project form ------------------------------------------------------------------------------------


def shares_of(page: Any) -> list[str]:
    """The further districts that the form has a row for."""
    return [str(row["district"]) for row in page.context["pots"].further]


def focused(page: Any) -> list[str]:
    """Where the page goes on without scripts."""
    tags = re.findall(r"<[^>]*\sautofocus\b[^>]*>", page.content.decode())
    return [re.findall(r'\bid="([^"]*)"', tag)[0] for tag in tags]


def test_the_form_has_the_chosen_districts_and_an_input_for_others(many: None) -> None:
    client = signed_in(p.gf_aplerbeck())
    page = client.get(reverse("projects:create"))
    assert shares_of(page) == [] and 'name="bezirk"' in page.content.decode()
    assert "Weiler" not in page.content.decode() and len(page.content) < 60 * 1024
    brackel = p.district("BRA")
    enter(client, **{f"share_{brackel.pk}": "500"})
    page = client.get(reverse("projects:edit", args=[Project.objects.get().pk]))
    assert shares_of(page) == ["Brackel"] and "noch frei: 12.000,00 €" in text_of(page)


def test_the_form_asks_no_more_than_with_a_dozen() -> None:
    p.open_year()
    project = p.make_project(p.gf_aplerbeck(), further=["BRA"], shares={"APL": "100", "HOE": "200"})
    addresses = (reverse("projects:create"), reverse("projects:edit", args=[project.pk]))
    asked = [get(p.gf_aplerbeck(), address)[1] for address in addresses]
    add_districts()
    assert [get(p.gf_aplerbeck(), address)[1] for address in addresses] == asked == [8, 14]


def test_a_district_is_added_by_its_name_and_its_amount_is_asked(many: None) -> None:
    client = signed_in(p.gf_aplerbeck())
    page = enter(client, action="add-district", bezirk="weiler 017", title="Lichterfest")
    html = page.content.decode()
    named = District.objects.get(slug="weiler-017")
    assert (page.status_code, shares_of(page)) == (200, ["Weiler 017"])
    assert focused(page) == [f"id_share_{named.pk}"] and "Lichterfest" in html
    assert fields_of(page)[f"takes_part_{named.pk}"] == "on" and fields_of(page)["bezirk"] == ""
    assert not Project.objects.exists()
    # The next one beside it; what was typed for the first stays, an unticked one, too.
    sent = fields_of(page) | {f"share_{named.pk}": "12,5", "bezirk": "Hörde", "action": "add-district"}
    page = client.post(reverse("projects:create"), sent)
    assert shares_of(page) == ["Hörde", "Weiler 017"] and fields_of(page)[f"share_{named.pk}"] == "12,5"
    sent = fields_of(page)
    del sent[f"takes_part_{p.district('HOE').pk}"]
    page = client.post(reverse("projects:create"), sent | {"action": "add-costs"})
    assert shares_of(page) == ["Hörde", "Weiler 017"]
    client.post(reverse("projects:create"), sent)
    project = Project.objects.get()
    assert [x.district.name for x in project.participations.all()] == ["Weiler 017"]
    assert [str(x.amount) for x in project.financing_items.filter(district=named)] == ["12.50"]


def test_a_name_that_is_typed_and_saved_takes_part(many: None) -> None:
    client = signed_in(p.gf_aplerbeck())
    assert enter(client, bezirk="Weiler 017").status_code == 302
    project = Project.objects.get()
    assert [x.district.name for x in project.participations.all()] == ["Weiler 017"]
    # Named again it is still there once, with its amount.
    page = client.get(reverse("projects:edit", args=[project.pk]))
    client.post(reverse("projects:edit", args=[project.pk]), fields_of(page) | {"bezirk": "weiler-017"})
    assert project.participations.count() == 1


@pytest.mark.parametrize("action", ["add-district", "save"])
@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("Atlantis", "Einen Stadtbezirk „Atlantis“ gibt es hier nicht."),
        ("weiler 1", "Zu „weiler 1“ passen mehrere Stadtbezirke"),
        ("aplerbeck", "Aplerbeck führt dieses Projekt und ist schon dabei."),
        ("x" * 61, "Bitte auf höchstens 60 Zeichen kürzen; es sind 61."),
    ],
)
def test_a_name_that_fits_none_stays_with_a_sentence(
    many: None, action: str, typed: str, sentence: str
) -> None:
    client = signed_in(p.gf_aplerbeck())
    page = enter(client, action=action, bezirk=typed, title="Lichterfest")
    assert page.status_code == (422 if action == "save" else 200)
    assert sentence in text_of(page) and page.context["pots"].has_further
    assert fields_of(page)["bezirk"] == typed and fields_of(page)["title"] == "Lichterfest"
    assert not Project.objects.exists()
    if action == "save":
        assert '<a href="#id_bezirk">Weiterer Stadtbezirk</a>' in page.content.decode()
    else:
        assert focused(page) == ["id_bezirk"]


def test_an_empty_name_is_asked_for(many: None) -> None:
    page = enter(signed_in(p.gf_aplerbeck()), action="add-district")
    assert page.status_code == 200 and "Bitte den Namen des Stadtbezirks eintragen." in text_of(page)


def test_a_dozen_districts_have_no_input() -> None:
    client = signed_in(p.gf_aplerbeck())
    page = enter(client, action="add-district", bezirk="Hörde")
    assert len(shares_of(page)) == 11 and 'name="bezirk"' not in page.content.decode()
    assert "Weiterer Stadtbezirk" not in text_of(page)


def test_what_two_people_add_comes_together(many: None) -> None:
    enter(signed_in(p.gf_aplerbeck()))
    project = Project.objects.get()
    mine, other = Tab(p.gf_aplerbeck(), project), Tab(p.deputy_aplerbeck(), project)
    brackel = p.district("BRA").pk
    other.save(bezirk="brackel", **{f"share_{brackel}": "500"})
    mine.save(bezirk="Weiler 017")
    assert not mine.comparison.conflicts
    assert set(mine.labels("taken")) == {"Beteiligung Brackel", "Säule 1 Brackel"}
    assert mine.save().status_code == 302
    assert {x.district.name for x in project.participations.all()} == {"Brackel", "Weiler 017"}
    # And what one of them takes out is out, though the other one's form had it.
    mine, other = Tab(p.gf_aplerbeck(), project), Tab(p.deputy_aplerbeck(), project)
    del other.fields[f"takes_part_{brackel}"]
    other.save(**{f"share_{brackel}": ""})
    mine.save(title="Lichterfest")
    assert set(mine.labels("taken")) == {"Beteiligung Brackel", "Säule 1 Brackel"}
    assert mine.save().status_code == 302
    assert {x.district.name for x in project.participations.all()} == {"Weiler 017"}


def test_a_name_typed_while_it_was_decided_is_shown(many: None) -> None:
    project = p.make_project(p.gf_aplerbeck())
    mine = Tab(p.gf_aplerbeck(), project)
    p.approve(services.submit(project, actor=p.deputy_aplerbeck())[0])
    mine.save(bezirk="Weiler 017")
    assert mine.labels("fixed") == ["Beteiligung Weiler 017"]


# -- the administration ----------------------------------------------------------------------------------


def admin_url(model: str, page: str, *args: object) -> str:
    return reverse(f"admin:members_{model}_{page}", args=args)


def administered(model: str, page: str, *args: object, **query: str) -> tuple[str, int]:
    """A page as the association's administration has it; a process asks for a kind of row only once."""
    ContentType.objects.get_for_models(*apps.get_app_config("members").get_models())
    return get(p.admin_verein(), admin_url(model, page, *args), **query)


def test_the_administration_searches_a_district(many: None) -> None:
    p.gf_aplerbeck()
    measured = {}
    for model in ("mandate", "membership", "body", "person"):
        page, queries = administered(model, "add")
        assert "Weiler" not in page and "Aplerbeck" not in page and len(page.encode()) < 24 * 1024, model
        assert re.search(r'<select[^>]*name="[\w-]*district"[^>]*class="admin-autocomplete"', page), model
        measured[model] = queries
    mandate = Mandate.objects.get(district=p.district("APL"))
    page, measured["change"] = administered("mandate", "change", mandate.pk)
    assert (
        f'<option value="{mandate.district_id}" selected>Aplerbeck</option>' in page and "Weiler" not in page
    )
    assert measured == {"mandate": 5, "membership": 5, "body": 5, "person": 5, "change": 10}
    asked = {"app_label": "members", "model_name": "mandate", "field_name": "district", "term": "weiler 017"}
    found = signed_in(p.admin_verein()).get(reverse("admin:autocomplete"), asked).json()["results"]
    assert [row["text"] for row in found] == ["Weiler 017"]
    sent = {"kind": "deputy", "person": mandate.person_id, "district": found[0]["id"], "since": "01.01.2026"}
    assert signed_in(p.admin_verein()).post(admin_url("mandate", "add"), sent).status_code == 302
    assert Mandate.objects.filter(district__name="Weiler 017", person=mandate.person).exists()


def test_the_administration_chooses_among_a_dozen() -> None:
    person = p.gf_aplerbeck().person
    assert person is not None
    measured = {}
    for model in ("mandate", "membership", "body", "person"):
        page, measured[model] = administered(model, "add")
        names = re.findall(r"<option[^>]*>(.*?)</option>", page)
        assert {"---------", *District.objects.values_list("name", flat=True)} <= set(names), model
        assert '<option value="" selected>---------</option>' in page
    # One question for all rows of a kind on the page.
    page, measured["change"] = administered("person", "change", person.pk)
    assert page.count(">Hörde</option>") == 3
    assert measured == {"mandate": 5, "membership": 5, "body": 5, "person": 5, "change": 14}


def test_a_list_of_the_administration_offers_the_district_it_shows(many: None) -> None:
    p.gf_aplerbeck()
    p.gf_hoerde()
    hoerde = str(p.district("HOE").pk)
    for query in ({"district__id__exact": hoerde}, {"q": "Hörde"}):
        page, _ = administered("mandate", "changelist", **query)
        assert page.count('class="field-person') == 1 and "Weiler" not in page and "Aplerbeck" not in page
    page, queries = administered("mandate", "changelist", district__id__exact=hoerde)
    assert re.search(r'class="selected">\s*<a[^>]*>Hörde</a>', page) and queries == 10
    page, _ = administered("mandate", "changelist", district__id__exact="999999")
    assert 'class="field-person' not in page
    page, _ = administered("body", "changelist")
    assert "ohne Stadtbezirk" in page and "Weiler" not in page


def test_a_list_of_the_administration_offers_a_dozen() -> None:
    page, _ = administered("body", "changelist")
    assert page.count("?district__id__exact=") == 12
