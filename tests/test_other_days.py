"""Whoever has no task today reads from when, or until when, and for which district."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from members.models import Mandate, Membership, Seat, User
from members.roles.permissions import Roles
from tests import personas
from tests.test_project_pages import text_of

pytestmark = pytest.mark.django_db

DIRECTOR, DEPUTY, MAYOR = (
    Mandate.Kind.MANAGING_DIRECTOR,
    Mandate.Kind.DEPUTY,
    Mandate.Kind.DISTRICT_MAYOR,
)


def day(offset: int) -> Any:
    return timezone.localdate() + timedelta(days=offset)


def mandate(user: User, code: str, kind: str, since: int, until: int | None = None) -> Mandate:
    """``since`` and ``until`` are days from today."""
    return Mandate.objects.create(
        person=user.person,
        district=personas.district(code),
        kind=kind,
        since=day(since),
        until=None if until is None else day(until),
    )


def page(user: User, address: str = "/", status: int = 200) -> str:
    client = Client()
    client.force_login(user)
    answer = client.get(address)
    assert answer.status_code == status
    return " ".join(text_of(answer).split()).replace(" ,", ",")


@pytest.mark.parametrize(
    ("kind", "title"),
    [(DIRECTOR, "Geschäftsführung"), (DEPUTY, "Vertretung"), (MAYOR, "Bezirksbürgermeisteramt")],
)
def test_a_mandate_to_come_is_named_with_its_first_day(nobody: User, kind: str, title: str) -> None:
    row = mandate(nobody, "APL", kind, 20)
    home = page(nobody)
    first = f"{day(20):%d.%m.%Y}"
    assert f"Ab dem {first} arbeiten Sie für Aplerbeck ({row.get_kind_display()})." in home
    assert f"{title} Aplerbeck ab {first}" in home, "the header"
    assert "keine Aufgabe" not in home
    assert f"Aplerbeck, ab {first}" in home, "the list of tasks"
    assert f"Aplerbeck, ab {first}" in page(nobody, reverse("profile"))


def test_it_is_named_where_something_is_refused_as_well(nobody: User) -> None:
    mandate(nobody, "APL", DIRECTOR, 20)
    sentence = f"Ab dem {day(20):%d.%m.%Y} arbeiten Sie für Aplerbeck"
    assert sentence in page(nobody, reverse("projects:create"), 403)
    draft = personas.make_project(personas.gf_aplerbeck())
    assert sentence in page(nobody, draft.get_absolute_url(), 404)


def test_a_mandate_that_ended_is_named_with_its_last_day(nobody: User) -> None:
    mandate(nobody, "BRA", DEPUTY, -900, -400)
    mandate(nobody, "APL", DIRECTOR, -300, -1)
    home = page(nobody)
    last = f"{day(-1):%d.%m.%Y}"
    assert f"Ihr Mandat für Aplerbeck (Geschäftsführung der Bezirksvertretung) endete am {last}." in home
    assert f"Geschäftsführung Aplerbeck bis {last}" in home
    assert "Ihr Mandat für Brackel" not in home
    assert f"endete am {last}" in page(nobody, reverse("projects:create"), 403)


def test_on_its_last_day_a_mandate_has_not_ended(nobody: User) -> None:
    mandate(nobody, "APL", MAYOR, -300, 0)
    home = page(nobody)
    assert "Bezirksbürgermeisteramt Aplerbeck" in home
    assert "endete" not in home


def test_what_begins_matters_more_than_what_ended(nobody: User) -> None:
    mandate(nobody, "APL", DIRECTOR, -300, -1)
    mandate(nobody, "BRA", DIRECTOR, 9)
    mandate(nobody, "HOE", DEPUTY, 5)
    home = page(nobody)
    assert f"Vertretung Hörde ab {day(5):%d.%m.%Y}" in home
    assert home.index("arbeiten Sie für Hörde") < home.index("arbeiten Sie für Brackel")
    assert "endete" not in home


def test_who_works_today_hears_of_a_further_district_to_come() -> None:
    sentence = f"Ab dem {day(5):%d.%m.%Y} arbeiten Sie für Brackel"
    for user in (personas.gf_aplerbeck(), personas.wf1(), personas.auditor(), personas.admin_verein()):
        mandate(user, "BRA", DEPUTY, 5)
        assert sentence in page(user), user
        assert "ab " not in Roles(user).title
    assert not Roles(personas.gf_aplerbeck()).directs(personas.district("BRA").pk)


def test_a_mayor_a_delegate_and_a_seat_to_come_are_tasks(nobody: User) -> None:
    mandate(nobody, "APL", MAYOR, -5)
    body = personas.steering_body("APL")
    Seat.objects.create(body=body, person=nobody.person, since=day(3))
    Membership.objects.create(person=nobody.person, district=personas.district("APL"), since=day(4))
    home = page(nobody)
    assert "Für Ihre Aufgabe gibt es hier nur zu lesen." in home
    assert "Bezirksbürgermeisteramt Aplerbeck" in home
    assert f"delegiert von Aplerbeck, ab {day(4):%d.%m.%Y}" in home
    assert f"{body}, ab {day(3):%d.%m.%Y}" in home
    assert "keine Aufgabe" not in home
    assert f"{body}, ab {day(3):%d.%m.%Y}" in page(nobody, reverse("profile"))


def test_a_group_that_gives_nothing_yet_is_named(nobody: User) -> None:
    nobody.groups.add(Group.objects.get(name="Vereinsverwaltung"))
    home = page(nobody)
    assert "Ihre Gruppe ist eingetragen, die Verwaltung aber noch nicht freigeschaltet" in home
    assert "keine Aufgabe" not in home


def test_without_anything_the_page_still_says_so(nobody: User) -> None:
    home = page(nobody)
    assert "Ihr Konto hat heute keine Aufgabe." in home
    assert "auch keine, die noch beginnt" in home


def test_all_days_are_read_by_one_question(nobody: User, django_assert_num_queries: Any) -> None:
    for offset in (-50, -40, 10, 20):
        mandate(nobody, "APL", DIRECTOR, offset, offset + 5)
    roles = Roles(nobody)
    with django_assert_num_queries(1):
        assert (len(roles.mandates), len(roles.coming), len(roles.ended)) == (0, 2, 2)
