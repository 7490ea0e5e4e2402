"""Text search and long lists: what is found, in which order, by whom, and at what cost."""

import re
from datetime import date
from itertools import product
from typing import Any

import pytest
from django.db.models import Q
from django.test import Client
from django.urls import reverse

from funding import services as funding
from members.common.folding import fold
from members.models import District, Organisation
from members.roles.permissions import Roles
from projects import drafts, search, services
from projects.filters import ORDERS
from projects.models import FieldOfAction, Participation, Project, SearchText
from tests import personas
from tests.plans import plan_of
from tests.tampering import lift_guards

pytestmark = pytest.mark.django_db


def add(title: str, **fields: Any) -> Project:
    """A published project as a bare row, with the texts that the services keep beside it."""
    gf, year = personas.gf_aplerbeck(), fields.pop("year", personas.this_year())
    number = fields.pop("number", f"{year}-APL-{Project.objects.count() + 100:04d}")
    given = {"state": "approved", "published_on": date(year, 1, 2), "lead_district": personas.district("APL")}
    project = Project.objects.create(
        number=number, year=year, title=title, created_by=gf, changed_by=gf, **{**given, **fields}
    )
    search.remember(project)
    return project


def found(query: str, client: Client | None = None, **choices: Any) -> list[str]:
    response = (client or Client()).get(reverse("projects:list"), {"suche": query, **choices})
    assert response.status_code == 200
    return [project.title for project in response.context["page"].object_list]


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("HÖRDE Ho\u0308rde hoerde", "hoerde hoerde hoerde"),
        ("é É Ñ Straße ẞ „Café“ œ Łódź Øre İ ı", "e e n strasse ss cafe oe lodz ore i i"),
        ("– a  b\n\nc (x){y}|z 'q' \"w\"", "a b c x y z q w"),
        ("2016-APL-007; a&b/c@d #e %f _g \\h ^i ~j `k", "2016 apl 007 a b c d e f g h i j k"),
        (" \t\n ", ""),
        ("Öffnung\u00a0am 3.\u2009Mai: 5 € … «ja» ×", "oeffnung am 3 mai 5 ja"),
    ],
)
def test_folding(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_umlauts_case_and_the_inside_of_words() -> None:
    add("Lichterfest in Hörde", place="Östlicher Markt")
    for query in ("hoerde", "HÖRDE", "Hörde", "ho\u0308rde", "lichterfest", "LICHT", "fest", "ÖSTLICH", "östlich",
                  "oestlicher markt", "hö", "li", "lichterfest hörde markt"):  # fmt: skip
        assert found(query) == ["Lichterfest in Hörde"], query
    for query in ("nirgends", "lichterfest nirgends", "hoerdee"):
        assert found(query) == [], query


def test_every_part_of_a_project_is_searched() -> None:
    organiser = Organisation.objects.create(name="Förderkreis Apfel")
    add("Apfelmarkt", number="2016-APL-007", year=2016, summary="Mit Saftpresse", place="Rodenbergplatz", organiser=organiser)  # fmt: skip
    add("Anderes")
    for query in ("2016-APL-007", "2016-apl", "apl 007", "saftpresse", "rodenberg", "förderkreis", "apfelm"):
        assert found(query) == ["Apfelmarkt"], query
    assert set(found("aplerbeck")) == {"Apfelmarkt", "Anderes"}  # the district's name


def test_words_are_found_as_they_stand() -> None:
    """Words, their beginnings and insides, umlauts in every spelling; no word forms, as the handbook says."""
    add("Konzert der Chöre", summary="Musik auf Plätzen")
    for query in ("chöre", "plätze", "plaetz", "onzer", "CHOERE"):
        assert found(query) == ["Konzert der Chöre"], query
    assert found("Konzerten") == []


def test_the_best_hit_comes_first() -> None:
    add("Sommerfest", summary="Danach auf den Wochenmarkt", year=2021)
    add("Trödel", place="Alter Markt", year=2015)
    add("Wochenmarkt", year=2014)
    add("Marktmusik", year=2013)
    add("Markt der Möglichkeiten", year=2012)
    add("Markt am Abend", year=2016)
    assert found("markt") == [
        "Markt am Abend", "Markt der Möglichkeiten",  # a word of the title, newest first
        "Marktmusik",  # begins one
        "Wochenmarkt",  # inside of one
        "Trödel",  # the place
        "Sommerfest",  # the description
    ]  # fmt: skip
    assert found("markt", sortierung="titel")[0] == "Markt am Abend"
    add("Fest 2016 APL 007", year=2020)
    exact = add("Zuletzt", number="2016-APL-007", year=2016)
    assert found("2016-APL-007")[0] == exact.title


@pytest.mark.parametrize(
    "query",
    [
        '"', '""', "'", '" OR "', "a AND", "NOT markt", "NEAR(a b)", "*", "markt*", "^markt", "title:markt", "{title}:x",
        "-markt", "(((", "%", "_", "\\", "a\\", "%' OR 1=1 --", "'; DROP TABLE projects_project; --", "🍎", "🍎 markt",
        "markt" * 2000, "m " * 5000, "& | ! <-> :*", "\u0308", "\x01", "ﷺ", "İ", "ſ", "²", "a" * 59 + " b",
    ],
)  # fmt: skip
def test_no_query_breaks_out_of_the_search(query: str) -> None:
    add("Markt")
    found(query)
    assert found("markt") == ["Markt"]
    address = reverse("funding:applications")
    client = Client()
    client.force_login(personas.wf1())
    assert client.get(address, {"suche": query, "stand": "alle"}).status_code == 200


def test_long_queries_are_cut() -> None:
    assert len(search.parse("wort" * 10_000).terms) == 1
    assert len(search.parse(" ".join(f"wort{n}" for n in range(100))).terms) == search.TERMS
    assert not search.parse(' * " - ')


def test_the_search_follows_what_the_services_save() -> None:
    personas.open_year()
    gf = personas.gf_aplerbeck()
    client = Client()
    client.force_login(gf)
    project = personas.make_project(gf, title="Erster Titel", place="Am Teich", summary="Mit Musik.")
    assert found("erster", client) == found("teich musik", client) == ["Erster Titel"]
    project = services.update_project(
        project, actor=gf, fields={"title": "Zweiter Titel", "place": "Am Berg", "summary": "Mit Tanz."},
        plan=plan_of(project), version=project.version,
    )  # fmt: skip
    assert found("erster", client) == found("teich", client) == found("musik", client) == []
    assert found("zweiter berg tanz", client) == ["Zweiter Titel"]
    funding.submit(project, actor=gf)
    project.refresh_from_db()
    assert project.number
    assert found(project.number, client) == ["Zweiter Titel"]
    published = services.publish_without_grant(
        personas.make_project(gf, title="Ohne Geld", shares={}, others=[{"amount": "500"}]), actor=gf
    )
    assert found(str(published.number)) == ["Ohne Geld"]
    copy = drafts.copy_project(published, actor=gf, year=published.year + 1)
    assert set(found("ohne geld", client)) == {"Ohne Geld"} and len(found("ohne geld", client)) == 2
    drafts.delete_draft(copy, actor=gf, version=copy.version)
    assert not SearchText.objects.filter(project_id=copy.pk).exists()


def test_the_search_follows_the_names_of_organisers_and_districts() -> None:
    organiser = Organisation.objects.create(name="Alter Verein")
    project = add("Fest", organiser=organiser)
    assert found("alter verein") == ["Fest"]
    organiser.name = "Neuer Verein"
    organiser.save(update_fields=["name"])
    assert (found("alter verein"), found("neuer verein")) == ([], ["Fest"])
    participation = Participation.objects.create(project=project, district=personas.district("HOE"))
    assert found("hoerde") == found("hoerde neuer fest") == ["Fest"]
    participation.district = personas.district("BRA")
    participation.save()
    assert (found("hoerde"), found("brackel")) == ([], ["Fest"])
    District.objects.update_or_create(code="BRA", defaults={"name": "Brückel"})
    assert (found("brackel"), found("brueckel")) == ([], ["Fest"])


def test_remembering_all_writes_what_is_missing_and_what_is_stale() -> None:
    new, stale, right = add("Neu"), add("Alt"), add("Richtig", summary="Wie es ist")
    SearchText.objects.filter(project=new).delete()
    Project.objects.filter(pk=stale.pk).update(title="Umbenannt", place="Woanders")
    before = SearchText.objects.get(project=right)
    search.remember_all()
    assert found("neu") == ["Neu"]
    assert (found("alt"), found("umbenannt woanders")) == ([], ["Umbenannt"])
    after = SearchText.objects.get(project=right)
    assert (after.title, after.place, after.rest) == (before.title, before.place, before.rest)


def test_remembering_all_takes_few_queries_for_a_thousand(django_assert_max_num_queries: Any) -> None:
    many(60)
    with django_assert_max_num_queries(7):
        search.remember_all()


def test_search_stays_within_what_one_may_see() -> None:
    mine = personas.make_project(personas.gf_aplerbeck(), title="Geheimer Markt")
    add("Offener Markt")
    director, foreign = Client(), Client()
    director.force_login(personas.gf_aplerbeck())
    foreign.force_login(personas.gf_brackel())
    assert found("markt") == ["Offener Markt"]
    assert found("markt", foreign) == ["Offener Markt"]
    assert set(found("markt", director)) == {mine.title, "Offener Markt"}


def many(count: int, **fields: Any) -> None:
    gf = personas.gf_aplerbeck()
    given = {"state": "approved", "lead_district": personas.district("APL")}
    start = Project.objects.count()
    Project.objects.bulk_create(
        [
            Project(
                number=f"{2003 + n % 20}-APL-{start + n + 1000:05d}", year=2003 + n % 20, title=f"Markt {n:04d}",
                created_by=gf, changed_by=gf, cost_total=n, published_on=date(2003 + n % 20, 5, 1),
                **{**given, **fields},
            )
            for n in range(count)
        ]
    )  # fmt: skip
    search.remember_all()


def test_a_word_that_stands_everywhere_says_that_only_the_newest_were_ranked(monkeypatch: Any) -> None:
    monkeypatch.setattr(search, "RANKED", 20)
    many(60)
    response = Client().get(reverse("projects:list"), {"suche": "markt"})
    assert len(response.context["page"].object_list) == 20
    assert "die 20 zuletzt eingetragenen" in response.content.decode()
    assert response.context["totals"] == {"count": 60, "money_known": 60, "costs": 1770, "granted": 0}
    assert "60\xa0Projekte</td>" in response.content.decode()
    newest = set(Project.objects.order_by("-pk").values_list("pk", flat=True)[:20])
    assert {project.pk for project in response.context["page"].object_list} == newest
    # Narrowed, the same word is looked for in the few rows that are left, and nothing old is missed.
    assert len(found("markt", jahr="2004")) == 3
    assert found("markt", jahr="2004", bezirk="aplerbeck", sortierung="titel")[0] == "Markt 0001"


def test_rows_say_literally_what_somebody_wrote() -> None:
    add('<b>"Fest" & Musik</b>', lead_district=personas.district("HOE"))
    html = Client().get(reverse("projects:list")).content.decode()
    assert "&lt;b&gt;&quot;Fest&quot; &amp; Musik&lt;/b&gt;</a>" in html
    assert "<b>" not in html


def in_plain(rows: list[Project], *, jahr: int | None, stand: str, sortierung: str) -> list[int]:
    """The list as its page promises it, without a database: what is chosen, in the order that is chosen."""
    rows = [each for each in rows if jahr in (None, each.year) and stand in ("", each.state)]
    orders: dict[str, Any] = {
        "": lambda each: (-each.year, -each.pk),
        "titel": lambda each: (fold(each.title), each.pk),
        "beginn": lambda each: (each.starts_on is None, each.starts_on or date.max, each.pk),
        "-beginn": lambda each: (each.starts_on is None, -(each.starts_on or date.max).toordinal(), -each.pk),
        "-kosten": lambda each: (-each.cost_total, -each.pk),
        "-foerderung": lambda each: (-each.granted_total, -each.pk),
    }
    return [each.pk for each in sorted(rows, key=orders[sortierung])]


@pytest.mark.parametrize("persona", ["visitor", "gf_aplerbeck", "wf1", "auditor"])
def test_a_district_is_listed_in_every_order_as_a_plain_sort_would(persona: str) -> None:
    for number, state in enumerate(("approved", "settled", "returned") * 12):
        project = add(
            f"{'ÄaB'[number % 3]}-Fest {number % 5}", state=state, year=2020 + number % 2,
            lead_district=personas.district(("APL", "HOE", "BRA")[number % 5 % 3]), cost_total=number % 4 * 10,
            granted_total=number % 3 * 5, starts_on=date(2020, 1 + number % 6, 3) if number % 4 else None,
        )  # fmt: skip
        if number % 5 == 1:
            Participation.objects.create(project=project, district=personas.district("APL"))
        if number % 7 == 0:
            Project.objects.filter(pk=project.pk).update(published_on=None)
    user = personas.visitor() if persona == "visitor" else personas.ALL[persona]()
    involved = Q(lead_district__code="APL") | Q(participations__district__code="APL")
    seen = list(Project.objects.filter(involved).visible_to(Roles(user)).distinct())
    assert len(seen) > 12
    client = Client()
    if persona != "visitor":
        client.force_login(user)  # type: ignore[arg-type]
    for jahr, stand, sortierung in product((None, 2020), ("", "returned", "settled"), ("", *ORDERS)):
        chosen = {"bezirk": "aplerbeck", "jahr": jahr or "", "stand": stand, "sortierung": sortierung}
        page = client.get(reverse("projects:list"), chosen).context["page"]
        expected = in_plain(seen, jahr=jahr, stand=stand, sortierung=sortierung)
        assert [project.pk for project in page] == expected, chosen


@pytest.mark.parametrize("persona", ["visitor", "gf_aplerbeck", "gf_brackel", "wf1", "auditor"])
def test_a_district_s_page_counts_what_is_seen_of_it(persona: str) -> None:
    for number in range(9):
        project = add(f"Fest {number}", lead_district=personas.district("BRA" if number % 3 else "APL"))
        if number % 3 and number < 6:
            Participation.objects.create(project=project, district=personas.district("APL"))
        if number % 4 == 0:
            lift_guards()
            Project.objects.filter(pk=project.pk).update(published_on=None, number=None, state="draft")
    user = personas.visitor() if persona == "visitor" else personas.ALL[persona]()
    client = Client()
    if persona != "visitor":
        client.force_login(user)  # type: ignore[arg-type]
    involved = Q(lead_district__code="APL") | Q(participations__district__code="APL")
    seen = Project.objects.filter(involved).visible_to(Roles(user)).distinct().count()
    page = client.get(reverse("district", args=["aplerbeck"])).context["page"]
    assert (page.paginator.count, len(page)) == (seen, seen)
    assert seen == {"visitor": 5, "auditor": 5, "gf_brackel": 6, "gf_aplerbeck": 7, "wf1": 7}[persona]


class TestLongLists:
    def test_a_page_beyond_the_last_shows_the_last_one(self) -> None:
        many(120)
        whole = list(Project.objects.values_list("pk", flat=True))

        def page(number: object) -> list[int]:
            response = Client().get(reverse("projects:list"), {"page": number})
            return [project.pk for project in response.context["page"].object_list]

        assert page(1) == page("quatsch") == page("") == whole[:50]
        assert page(2) == whole[50:100]
        assert page(3) == page(99) == page(9**30) == whole[100:]

    def test_the_whole_selection_is_counted_and_summed(self) -> None:
        many(1200, granted_total=1)
        html = Client().get(reverse("projects:list"), {"page": 24}).content.decode()
        assert "1.200\xa0Projekte." in html
        assert "1.200\xa0Projekte</td>" in html
        assert "719.400,00" in html and "1.200,00" in html
        html = Client().get(reverse("projects:list"), {"jahr": 2003}).content.decode()
        assert "60\xa0Projekte passen zur Auswahl" in html and "60\xa0Projekte</td>" in html

    @pytest.mark.parametrize("order", ORDERS)
    def test_undated_rows_come_last_and_orders_are_the_same_everywhere(self, order: str) -> None:
        many(3, starts_on=date(2020, 1, 1))
        add("Ärzte", starts_on=date(2019, 1, 1), cost_total=7)
        add("Zelt", starts_on=None)
        titles = found("", sortierung=order)
        expected = {
            "titel": ["Ärzte", "Markt 0000", "Markt 0001", "Markt 0002", "Zelt"],
            "beginn": ["Ärzte", "Markt 0000", "Markt 0001", "Markt 0002", "Zelt"],
            "-beginn": ["Markt 0002", "Markt 0001", "Markt 0000", "Ärzte", "Zelt"],
            "-kosten": ["Ärzte", "Markt 0002", "Markt 0001", "Zelt", "Markt 0000"],
            "-foerderung": ["Zelt", "Ärzte", "Markt 0002", "Markt 0001", "Markt 0000"],
        }
        assert titles == expected[order]


def offered(user: Any, name: str, query: str = "") -> list[str]:
    """The choices of a filter of the list of projects, as its reader sees them."""
    client = Client()
    if user.is_authenticated:
        client.force_login(user)
    page = client.get(f"{reverse('projects:list')}?{query}").content.decode()
    select = page[page.index(f'name="{name}"') :].split("</select>")[0]
    return re.findall(r"<option[^>]*>\s*([^<]*?)\s*</option>", select)[1:]


def test_a_filter_offers_only_what_its_reader_can_find() -> None:
    """States, years, districts and fields of drafts are not told to who does not see the drafts."""
    field, other = FieldOfAction.objects.all()[:2]
    add("Alt", year=2009, main_field=field)
    add("Neu", year=2011, state="unfunded")
    personas.make_project(personas.gf_aplerbeck(), year=2014, further=["HOE"], main_field=other)
    for persona in ("visitor", "nobody", "auditor", "gf_brackel"):
        user = personas.ALL[persona]()
        assert offered(user, "stand") == ["bewilligt", "ohne Förderung"]
        assert offered(user, "jahr") == ["2011", "2009"]
        assert offered(user, "bezirk") == ["Aplerbeck"]
        assert offered(user, "feld") == [field.name]
    for persona in ("gf_aplerbeck", "gf_hoerde", "wf1"):
        user = personas.ALL[persona]()
        assert offered(user, "stand") == ["Entwurf", "bewilligt", "ohne Förderung"]
        assert offered(user, "jahr") == ["2014", "2011", "2009"]
        assert set(offered(user, "bezirk")) == {"Aplerbeck", "Hörde"}
        assert set(offered(user, "feld")) == {field.name, other.name}


def test_a_link_to_what_is_gone_shows_nothing_and_not_everything() -> None:
    add("Da")
    for query, name, label in (
        ("stand=revoked", "stand", "widerrufen"), ("jahr=2031", "jahr", "2031"),
        ("bezirk=hoerde", "bezirk", "Hörde"),
    ):  # fmt: skip
        assert label in offered(personas.visitor(), name, query)
        page = Client().get(f"{reverse('projects:list')}?{query}").content.decode()
        assert "Zu dieser Auswahl gibt es kein Projekt." in page
