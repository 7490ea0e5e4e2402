"""The pages of the bodies and districts: who sits there on a day, and which names are shown to whom."""

import re
from datetime import date
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from members.models import Body, District, Membership, Organisation, Person, Seat
from tests import personas

pytestmark = pytest.mark.django_db

#: Who has a task reads every name; the others those that may be published.
READS_NAMES = {
    "gf_aplerbeck", "gf_brackel", "gf_hoerde", "deputy_aplerbeck", "wf1", "wf2", "wf_with_mandate",
    "admin_verein", "auditor", "cash_auditor", "board", "superuser",
}  # fmt: skip


def person(name: str, *, publish: bool = False) -> Person:
    return Person.objects.create(given_name="Ina", family_name=name, publish_name=publish)


def text(persona: str, address: str) -> str:
    user = personas.ALL[persona]()
    client = Client()
    if not isinstance(user, AnonymousUser):
        client.force_login(user)
    response = client.get(address)
    assert response.status_code == 200, address
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


@pytest.fixture
def board() -> Body:
    """A Beirat whose member for the WF Do changed in 2018, and one seat without anybody's name."""
    body = Body.objects.get(kind="beirat")
    wf, ihk, hwk = (Organisation.objects.get(short_name=name) for name in ("WF Do", "IHK", "HWK"))
    rows: list[dict[str, Any]] = [
        {"organisation": wf, "person": person("Früher", publish=True), "since": date(2003, 1, 1), "until": date(2018, 6, 30)},
        {"organisation": wf, "person": person("Jetzt", publish=True), "since": date(2018, 7, 1)},
        {"organisation": ihk, "person": person("Geheim"), "since": date(2003, 1, 1), "role": "chair"},
        {"organisation": hwk, "since": date(2003, 1, 1)},
        {"person": person("Verschwiegen"), "since": date(2016, 1, 1)},
    ]  # fmt: skip
    for row in rows:
        Seat.objects.create(body=body, **row)
    return body


@pytest.mark.parametrize("persona", personas.ALL)
def test_names_by_role(board, persona):
    page = text(persona, board.get_absolute_url())
    assert "Ina Jetzt, WF Do" in page
    assert "Ina Früher" not in page
    for name in ("Ina Geheim", "Ina Verschwiegen"):
        assert (name in page) == (persona in READS_NAMES)
    assert ("Name nicht veröffentlicht" in page) == (persona not in READS_NAMES)
    assert "IHK" in page
    assert "HWK" in page
    assert "Vorsitz" in page


@pytest.mark.parametrize(
    ("query", "expected", "absent"),
    [
        ("?am=2016-05-01", "Ina Früher, WF Do", "Ina Jetzt"),
        ("?am=01.05.2016", "Ina Früher, WF Do", "Ina Jetzt"),
        ("?am=2018-06-30", "Ina Früher, WF Do", "Ina Jetzt"),
        ("?am=2018-07-01", "Ina Jetzt, WF Do", "Ina Früher"),
        ("?am=2002-12-31", "Am 31.12.2002 gab es dieses Gremium nicht.", "Ina"),
        ("?am=9999-12-31", "Ina Jetzt, WF Do", "Ina Früher"),
        ("?am=1945-01-01", "gab es dieses Gremium nicht.", "Ina"),
        ("?am=", "Wer hier sitzt", "Ina Früher"),
    ],
)
def test_who_sat_there_on_a_day(board, query, expected, absent):
    page = text("visitor", board.get_absolute_url() + query)
    assert expected in page
    assert absent not in page


BAD_DAYS = ["2016-13-45", "gestern", "1.5.", "31.02.2016", "2016", "😀", "' OR 1=1", "0" * 10_000, "-1"]


@pytest.mark.parametrize("bad", BAD_DAYS)
@pytest.mark.parametrize("address", ["list", "detail", "district"])
def test_a_day_that_is_none_gets_a_sentence(board, address, bad):
    addresses = {
        "list": reverse("bodies:list"),
        "detail": board.get_absolute_url(),
        "district": reverse("district", args=["hoerde"]),
    }
    response = Client().get(addresses[address], {"am": bad})
    page = response.content.decode()
    assert response.status_code == 200
    assert "ist kein Tag. Bitte so eingeben: 01.05.2016. Gezeigt wird heute." in page
    assert 'aria-invalid="true"' in page


def test_the_list_counts_seats_of_the_day(board):
    steering = personas.steering_body("HOE")
    Seat.objects.create(
        body=steering, person=person("Eine"), since=date(2016, 1, 1), until=date(2016, 12, 31)
    )
    then = text("visitor", reverse("bodies:list") + "?am=2016-05-01")
    now = text("visitor", reverse("bodies:list"))
    assert "Beirat 4 Sitze" in then
    assert "Lenkungsgremium 1 Sitz" in then
    assert "Lenkungsgremium kein Sitz besetzt" in now
    assert "Vorstand kein Sitz besetzt" in now
    # The links keep the day.
    page = Client().get(reverse("bodies:list"), {"am": "2016-05-01"}).content.decode()
    assert f"{board.get_absolute_url()}?am=2016-05-01" in page


def test_a_body_that_is_closed_stands_where_it_was():
    closed = Body.objects.create(
        kind="projektgruppe", district=personas.district("HOE"), name="Fest 2019",
        since=date(2019, 1, 1), until=date(2019, 12, 31),
    )  # fmt: skip
    assert "Fest 2019" not in text("visitor", reverse("bodies:list"))
    assert "Fest 2019" in text("visitor", reverse("bodies:list") + "?am=2019-12-31")
    page = text("visitor", closed.get_absolute_url())
    assert "bestand 01.01.2019 bis 31.12.2019." in page
    assert "gab es dieses Gremium nicht." in page


def test_the_general_meeting_shows_the_members():
    meeting = Body.objects.get(kind="mitgliederversammlung")
    Membership.objects.create(
        kind="city", organisation=Organisation.objects.get(name="Stadt Dortmund"), since=date(2003, 1, 1)
    )
    Membership.objects.create(
        district=personas.district("HOE"), person=person("Eins"), since=date(2003, 1, 1)
    )
    Membership.objects.create(
        district=personas.district("HOE"), person=person("Zwei", publish=True), since=date(2003, 1, 1),
        until=date(2015, 12, 31),
    )  # fmt: skip
    then = text("visitor", meeting.get_absolute_url() + "?am=2015-12-31")
    assert "Stadt Dortmund" in then
    assert "Delegiert von Hörde Ina Zwei" in then
    assert "Delegiert von Hörde Name nicht veröffentlicht" in then
    assert "Ina Eins" in text("wf1", meeting.get_absolute_url())
    assert "Ina Zwei" not in text("wf1", meeting.get_absolute_url())


@pytest.mark.parametrize("persona", ["visitor", "nobody", "gf_brackel"])
def test_the_district_shows_its_bodies_and_delegates_on_a_day(persona):
    hoerde, steering = personas.district("HOE"), personas.steering_body("HOE")
    for name, publish, role, until in (
        ("Vorn", True, "chair", None),
        ("Leise", False, "member", None),
        ("Still", False, "member", None),
        ("Ehemals", True, "member", date(2016, 12, 31)),
    ):
        Seat.objects.create(
            body=steering,
            person=person(name, publish=publish),
            role=role,
            since=date(2016, 1, 1),
            until=until,
        )
    Membership.objects.create(district=hoerde, person=person("Bote", publish=True), since=date(2016, 1, 1))
    now = text(persona, hoerde.get_absolute_url())
    then = text(persona, hoerde.get_absolute_url() + "?am=2016-05-01")
    assert "Ina Vorn (Vorsitz)" in now
    assert "Ina Ehemals" not in now
    assert "Ina Ehemals" in then
    assert "Gremien am 01.05.2016" in then
    assert "Delegierte im Verein Ina Bote" in now
    assert ("Ina Leise" in now) == (persona == "gf_brackel")
    assert ("und 2 Mitglieder ohne veröffentlichten Namen" in now) == (persona != "gf_brackel")
    assert "zurzeit nicht besetzt" in now


def test_an_unknown_body_is_not_found():
    assert Client().get(reverse("bodies:detail", args=[999_999])).status_code == 404


@pytest.mark.parametrize("persona", ["visitor", "admin_verein"])
def test_only_the_administration_is_shown_the_way_to_edit(board, persona):
    for address in (board.get_absolute_url(), reverse("bodies:list")):
        assert ("pflegen" in text(persona, address)) == (persona == "admin_verein")


QUERIES = {
    ("list", "visitor"): 3,
    ("list", "wf1"): 6,
    ("meeting", "visitor"): 3,
    ("steering", "visitor"): 2,
    ("steering", "wf1"): 5,
}


@pytest.mark.parametrize("count", [2, 60])
@pytest.mark.parametrize(("page", "persona"), QUERIES)
def test_pages_cost_the_same_at_any_size(page, persona, count):
    districts = list(District.objects.all())
    steering = personas.steering_body("HOE")
    day = date(2003, 1, 1)
    for number in range(count):
        district = districts[number % 12]
        body = Body.objects.create(kind="buergerforum", name=f"Forum {number}", district=district)
        for target in (body, steering):
            Seat.objects.create(body=target, person=person(f"Sitz {number}"), since=day)
        if number < 24:
            Membership.objects.create(district=district, person=person(f"Mitglied {number}"), since=day)
    addresses = {
        "list": reverse("bodies:list"),
        "meeting": Body.objects.get(kind="mitgliederversammlung").get_absolute_url(),
        "steering": steering.get_absolute_url(),
    }
    user = personas.ALL[persona]()
    client = Client()
    if not isinstance(user, AnonymousUser):
        client.force_login(user)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(addresses[page]).status_code == 200
    assert len(captured) == QUERIES[page, persona], "\n".join(query["sql"] for query in captured)


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_the_pages_are_accessible_and_answer_who_sat_there(open_page, axe):
    body = Body.objects.get(kind="beirat")
    wf = Organisation.objects.get(short_name="WF Do")
    Seat.objects.create(
        body=body, organisation=wf, person=person("Früher", publish=True), since=date(2003, 1, 1),
        until=date(2018, 6, 30),
    )  # fmt: skip
    page = open_page()
    page.goto("/")
    page.get_by_role("navigation", name="Hauptnavigation").get_by_role("link", name="Gremien").click()
    axe(page)
    page.set_viewport_size({"width": 1280, "height": 900})
    page.get_by_role("link", name="Beirat", exact=True).click()
    page.get_by_label("am Tag").fill("2016-05-01")
    page.get_by_role("button", name="Anzeigen").click()
    page.get_by_text("Ina Früher, WF Do").wait_for()
    expect(page.get_by_label("am Tag")).to_have_value("2016-05-01")
    axe(page)
    page.goto(f"{body.get_absolute_url()}?am=gestern")
    expect(page.get_by_label("am Tag")).to_have_value("gestern")
    axe(page)
    page.set_viewport_size({"width": 1280, "height": 900})
    page.get_by_role("link", name="Heute").click()
    expect(page.get_by_label("am Tag")).to_have_value(f"{timezone.localdate():%Y-%m-%d}")


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_the_day_is_asked_without_javascript_too(open_page):
    body = personas.steering_body("HOE")
    Seat.objects.create(
        body=body, person=person("Früher", publish=True), since=date(2003, 1, 1), until=date(2018, 6, 30)
    )
    page = open_page(java_script_enabled=False)
    page.goto(reverse("district", args=["hoerde"]))
    page.get_by_text("Wer war an einem anderen Tag dabei?").click()
    page.get_by_label("am Tag").fill("2016-05-01")
    page.get_by_role("button", name="Anzeigen").click()
    expect(page.get_by_text("Ina Früher")).to_be_visible()
