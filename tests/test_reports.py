"""Published figures as they were published, and the pages that show them beside what is counted here."""

import csv
import re
from decimal import Decimal
from html import unescape

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from funding import services as funding
from members.models import District
from projects import services as projects
from stadtbezirk.demo.entries import PUBLIC_LIST
from stadtbezirk.models import PublishedFigure
from stadtbezirk.reports.chart import Series, draw, spans, tick_step
from tests import called, personas

pytestmark = pytest.mark.django_db


def client_of(persona: str = "visitor") -> Client:
    client = Client()
    if persona != "visitor":
        client.force_login(personas.ALL[persona]())
    return client


# Published figures


def test_the_published_figures_are_those_of_the_list():
    """Row by row; the migration brings them, so production has them too."""
    with (PUBLIC_LIST.parent / "yearly.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    assert PublishedFigure.objects.count() == len(rows) == 20
    for row in rows:
        scope = (
            {"district__isnull": True} if row["scope"] == "ganze Stadt" else {"district__name": row["scope"]}
        )
        figure = PublishedFigure.objects.get(year=row["year"], **scope)
        found = (figure.projects, figure.with_third_party, figure.paid)
        expected = (row["projects"], row["with_third_party"], row["paid_eur"])
        assert ["" if f is None else str(int(f)) for f in found] == list(expected)
        assert figure.source == row["source"]


@pytest.mark.parametrize(
    "changes",
    [
        {"projects": None},
        {"source": ""},
        {"year": 2003},
        {"paid": Decimal(-1)},
        {"year": 2014, "district": "aplerbeck"},
    ],
)
def test_a_published_figure_says_something_once_and_where_from(changes):
    if "district" in changes:
        changes = {**changes, "district": District.objects.get(slug=changes["district"])}
    with pytest.raises(IntegrityError), transaction.atomic():
        PublishedFigure.objects.create(**{"year": 2030, "projects": 5, "source": "Bericht", **changes})


def test_the_administration_enters_next_years_figure():
    client = client_of("admin_verein")
    address = reverse("admin:stadtbezirk_publishedfigure_add")
    form = {"year": "2023", "district": "", "projects": "281", "with_third_party": "", "paid": "1.234,50"}
    refused = client.post(address, form)
    assert refused.status_code == 200 and PublishedFigure.objects.count() == 20
    assert client.post(address, form | {"source": "Geschäftsbericht 2023"}).status_code == 302
    figure = PublishedFigure.objects.get(year=2023)
    assert (figure.projects, figure.with_third_party, figure.paid) == (281, None, Decimal("1234.50"))
    twice = client.post(address, form | {"source": "Presse"})
    assert "Für die ganze Stadt ist in diesem Jahr schon eine Zahl eingetragen." in twice.content.decode()
    assert client_of("wf1").get(address).status_code == 403


def test_the_administration_reads_what_is_deleted_in_a_whole_sentence():
    figure = PublishedFigure.objects.exclude(district=None).first()
    address = reverse("admin:stadtbezirk_publishedfigure_delete", args=[figure.pk])
    page = client_of("admin_verein").get(address).content.decode()
    assert f"dass Sie veröffentlichte Zahl „{figure}“ löschen wollen" in page


# The pages


def read(address: str, persona: str = "visitor", **data: str) -> str:
    response = client_of(persona).get(address, data)
    assert response.status_code == 200
    return response.content.decode()


def rows_of(html: str) -> dict[str, list[str]]:
    """First cell of each body row -> the texts of its other cells."""
    found = {}
    for row in re.findall(r"<tr>(.*?)</tr>", html, re.DOTALL):
        cells = [
            " ".join(re.sub(r"<[^>]+>", " ", cell).split())
            for cell in re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row, re.DOTALL)
        ]
        found.setdefault(cells[0], cells[1:])
    return found


def links_of(html: str) -> list[tuple[str, int]]:
    """Every link of the page whose text is a whole number, with that number."""
    found = re.findall(r'<a href="([^"]+)">([0-9]+)</a>', html)
    return [(unescape(address), int(text)) for address, text in found if "/berichte/" not in address]


@pytest.fixture
def world() -> None:
    """In this year: published, rejected, waiting, joint, special, archived; an archived one of 2014."""
    personas.approved(
        personas.gf_aplerbeck(), title="Fest", others=[{"kind": "third_party", "amount": "500"}]
    )
    personas.approved(
        personas.gf_aplerbeck(), title="Radweg", shares={"APL": "1500", "BRA": "800"}, further=["BRA"]
    )
    personas.approved(personas.gf_hoerde(), title="Licht", pillar_2="4000")
    paid = personas.approved(personas.gf_brackel(), title="Lauf", pillar_2="3000", further=["HOE"])
    called.pay(personas.application(paid), amount=Decimal(3000), actor=personas.wf1())
    personas.handed_in(personas.gf_hoerde(), title="Geheimnis", pillar_2="7777")
    rejected = personas.handed_in(personas.gf_hoerde(), title="Abgelehnt", pillar_2="6666")
    funding.reject(personas.application(rejected), reason="Passt nicht.", actor=personas.wf1())
    personas.make_project(personas.gf_aplerbeck(), title="Nur Entwurf")
    for code in ("APL", "LUE"):
        archived = personas.make_project(
            personas.director(code), year=2014, title="Alt", shares={}, costs=[], provenance="Presse"
        )
        projects.publish_archived(archived, actor=personas.director(code))


def test_published_figures_stand_beside_the_counted_projects(world):
    rows = rows_of(read(reverse("reports:index")))
    year = str(personas.this_year())
    assert rows["2014"] == ["251", "–", "–", "Präsentation des Vereins", "2", "0", "–", "–"]
    assert rows["2024"][:3] == ["338", "–", "733.000 €"]
    # Nothing known is a gap; no year is left out.
    assert rows["2005"] == ["–"] * 8
    assert [key for key in rows if re.fullmatch(r"20\d\d", key)][-1] == "2003"
    assert rows[year] == ["–", "–", "–", "–", "4", "1", "11.300,00 €", "3.000,00 €"]
    assert rows["Aplerbeck 2014"][0] == "48" and rows["Aplerbeck 2014"][3:] == ["1", "0"]


def test_a_year_by_district_field_and_pot(world):
    html = read(reverse("reports:year", args=[personas.this_year()]))
    rows = rows_of(html)
    assert rows["Aplerbeck"] == ["2", "1", "–", "3.500,00 €", "0,00 €"]
    # A joint project counts in each district that takes part.
    assert rows["Brackel"][:2] == ["2", "0"] and rows["Hörde"][:2] == ["2", "0"]
    assert rows["ganze Stadt"] == ["4", "1", "–", "4.300,00 €", "0,00 €"]
    assert rows["Geschichte"] == ["4", "1", "2", "11.300,00 €"]
    assert rows["Säule 2"] == ["80.000,00 €", "7.000,00 €", "3.000,00 €"]
    text = " ".join(re.sub(r"<[^>]+>", " ", html).split())
    assert "stadtbezirksübergreifend 2 von besonderer Bedeutung 1 bewilligt 11.300,00 €" in text


def test_who_asked_what_of_pillar_2(world):
    year = str(personas.this_year())
    table = read(reverse("reports:index"), "auditor").partition('id="saeule-2"')[2]
    rows = rows_of(table)
    money = ["21.443,00 €", "7.000,00 €"]
    assert rows[year] == rows["zusammen"] == ["4", "2", "1", "1 (1)", "3 (1)", *money]
    assert rows["Geschichte"] == rows[year]
    # What was asked for and not granted is for visitors a number of applications, no amount.
    public = read(reverse("reports:index")).partition('id="saeule-2"')[2]
    assert rows_of(public)["zusammen"] == ["4", "2", "1", "1 (1)", "3 (1)", "7.000,00 €"]


@pytest.mark.parametrize("page", ["index", "year"])
def test_nobody_learns_of_an_unpublished_project(world, page):
    arguments = [personas.this_year()] if page == "year" else []
    html = read(reverse(f"reports:{page}", args=arguments))
    for secret in ("Geheimnis", "Abgelehnt", "Entwurf", "7.777", "6.666", "14.443", "21.443"):
        assert secret not in html
    assert "/foerderung/" not in html


@pytest.mark.parametrize("persona", ["visitor", "gf_hoerde", "wf1", "auditor"])
@pytest.mark.parametrize("page", ["index", "year"])
def test_every_count_leads_to_as_many_rows(world, persona, page):
    """Whoever clicks on a number sees a list of that length, insiders too."""
    client = client_of(persona)
    arguments = [personas.this_year()] if page == "year" else []
    html = client.get(reverse(f"reports:{page}", args=arguments)).content.decode()
    links = links_of(html)
    assert len(links) >= 4
    for address, number in links:
        listed = client.get(address).content.decode()
        found = re.search(r'id="anzahl"[^>]*>\s*(\d+|Ein)\b', listed)
        assert found, address
        assert int(found[1].replace("Ein", "1")) == number, f"{persona}: {address}"


def test_each_year_before_the_founding_leads_to_its_projects():
    for title, year in (("Alt", 2002), ("Auch alt", 2002), ("Uralt", 1999)):
        archived = personas.make_project(
            personas.gf_hoerde(), year=year, title=title, shares={}, costs=[], provenance="Presse"
        )
        projects.publish_archived(archived, actor=personas.gf_hoerde())
    client = client_of()
    page = client.get(reverse("reports:index")).content.decode()
    hint = page[page.index("Dazu kommen") :].split("</p>")[0]
    assert "3\N{NO-BREAK SPACE}Projekte" in hint
    found = [
        (year, client.get(unescape(address)).context["totals"]["count"])
        for address, year in re.findall(r'href="([^"]+)">(\d+)</a>', hint)
    ]
    assert found == [("2002", 2), ("1999", 1)]


@pytest.mark.parametrize(
    ("persona", "led"), [("visitor", False), ("gf_hoerde", False), ("wf1", True), ("auditor", True)]
)
def test_the_report_leads_to_the_accounts_of_the_year(persona, led):
    personas.open_year()
    year = personas.this_year()
    html = read(reverse("reports:year", args=[year]), persona)
    for page in ("year", "cash", "city"):
        assert (f'href="{reverse(f"closing:{page}", args=[year])}"' in html) is led


def test_years_without_a_page():
    for year in (2002, personas.this_year() + 1, 99999):
        assert client_of().get(reverse("reports:year", args=[year])).status_code == 404


@pytest.mark.parametrize(
    ("persona", "index", "year"), [("visitor", 7, 10), ("wf1", 10, 13), ("gf_hoerde", 11, 14)]
)
def test_the_number_of_queries_is_fixed(persona, index, year, django_assert_num_queries):
    client = client_of(persona)
    personas.open_year()
    for _ in range(2):
        with django_assert_num_queries(index):
            client.get(reverse("reports:index"))
        with django_assert_num_queries(year):
            client.get(reverse("reports:year", args=[personas.this_year()]))
        for code in ("APL", "BRA"):
            project = personas.approved(personas.director(code), shares={code: "10"}, further=["HOE"])
            assert project.published_on


def test_the_chart_leaves_gaps_and_says_all_in_words():
    html = read(reverse("reports:index"))
    assert len(re.findall(r'<rect class="c-published" x="[0-9.]+%', html)) == 9 + 5
    assert len(re.findall(r'<rect class="c-part" x="[0-9.]+%', html)) == 1
    assert "veröffentlicht (Projekte) – 2003: 121, 2014: 251, 2015: 251, 2017: 245" in html
    assert "Ohne veröffentlichte Zahl: 2004 bis 2013, 2016, 2020, 2023, 2025" in html
    assert 'style="' not in html


def test_bars_of_a_chart():
    values = {2003: 121, 2005: Decimal(338)}
    drawn = draw("k", "Titel", "Projekte", [2003, 2004, 2005, 2006], [Series("a", "A", values)])
    assert [(b["x"], b["y"], b["width"], b["height"], b["label"]) for b in drawn["bars"]] == [
        ("2.50%", 166, "10.00%", 60, "121"),
        ("52.50%", 57, "10.00%", 169, "338"),
    ]
    assert [tick["label"] for tick in drawn["ticks"]] == ["0", "100", "200", "300", "400"]
    assert [bool(mark["gap"]) for mark in drawn["marks"]] == [False, True, False, True]
    assert (
        drawn["description"] == "A (Projekte) – 2003: 121, 2005: 338. Ohne veröffentlichte Zahl: 2004, 2006."
    )


@pytest.mark.parametrize(
    ("highest", "step"), [(0, 1), (5, 1), (6, 2), (25, 5), (26, 10), (338, 100), (733000, 200000)]
)
def test_at_most_five_lines(highest, step):
    assert tick_step(highest) == step


def test_spans_of_years():
    assert spans([2004, 2005, 2006, 2009, 2011, 2012]) == ["2004 bis 2006", "2009", "2011 bis 2012"]
    assert spans([]) == []
