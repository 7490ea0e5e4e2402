"""A state-wide fund has a thousand districts: no page grows with them, and everybody finds theirs."""

from collections.abc import Iterator

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from funding.models import Pot
from members.districts import AT_ONCE, named_like
from members.models import District, User
from projects.money import ZERO
from tests import personas as p

pytestmark = pytest.mark.django_db


@pytest.fixture
def many() -> Iterator[None]:
    """The twelve and 300 more, with a year that has a pot for each of them."""
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
    p.open_year()
    return


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
        "home, director": 12,
        "home, staff": 10,
        "home, association": 13,
        "districts, visitor": 3,
        "districts, director": 8,
        "districts, staff": 8,
        "districts, association": 7,
        "bodies:list, visitor": 4,
        "bodies:list, director": 8,
        "bodies:list, staff": 7,
        "bodies:list, association": 8,
        "funding:pots, director": 10,
        "funding:pots, staff": 10,
        "funding:year, director": 11,
        "funding:year, staff": 10,
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
    assert len(context["page"]) == 50 and context["page"].has_next()


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
