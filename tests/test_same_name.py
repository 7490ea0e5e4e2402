"""Whoever enters a second person, organisation or body of one name is asked once, and nothing typed is lost."""

from datetime import date
from typing import Any

import pytest

from members.models import Body, Mandate, Organisation, Person
from projects.models import Project
from tests import personas
from tests.test_admin import signed_in, url
from tests.test_project_pages import enter, text_of

pytestmark = pytest.mark.django_db


def person_form(given: str, family: str, **more: Any) -> dict[str, Any]:
    empty = {f"{p}-{n}_FORMS": 0 for p in ("mandates", "memberships", "seats") for n in ("TOTAL", "INITIAL")}
    return {"country": "DE", "given_name": given, "family_name": family, "account_email": "", **empty, **more}


def test_a_second_person_of_the_same_name_is_saved_once_it_is_confirmed() -> None:
    there = Person.objects.create(given_name="Jörg", family_name="Müller")
    Mandate.objects.create(
        person=there, kind="deputy", district=personas.district("HOE"), since=date(2020, 1, 1)
    )
    client = signed_in(personas.admin_verein())
    sent = person_form("Joerg", "MÜLLER", publish_name="on", account_email="neu@example.org")
    page = client.post(url("add", Person), sent)
    assert Person.objects.filter(folded_name=there.folded_name).count() == 1
    said = text_of(page)
    assert "Noch nicht gesichert: Gibt es diese Person schon?" in said
    assert "Es gibt schon Jörg Müller (Vertretung der Geschäftsführung Hörde), bitte prüfen." in said
    assert url("change", Person, there.pk) in page.content.decode()
    form = page.context["adminform"].form
    assert [form[name].value() for name in ("given_name", "family_name", "account_email", "publish_name")] == [
        "Joerg", "MÜLLER", "neu@example.org", True,
    ]  # fmt: skip
    answer = client.post(url("add", Person), {**sent, "confirmed": form.asked})
    assert answer.status_code == 302
    assert Person.objects.filter(folded_name=there.folded_name).count() == 2
    again = client.post(url("add", Person), {**sent, "account_email": "", "confirmed": form.asked})
    assert again.status_code == 200  # another namesake has come since: asked anew


def test_a_person_is_asked_about_once_its_name_changes_and_not_before() -> None:
    first, second = (Person.objects.create(given_name="Jörg", family_name="Müller") for _ in "ab")
    third = Person.objects.create(given_name="Anna", family_name="Müller")
    client = signed_in(personas.admin_verein())
    unchanged = client.post(
        url("change", Person, second.pk), person_form("Jörg", "Müller", publish_name="on")
    )
    assert unchanged.status_code == 302
    assert client.post(url("change", Person, third.pk), person_form("Joerg", "Müller")).status_code == 200
    third.refresh_from_db()
    assert third.given_name == "Anna" and first.folded_name == second.folded_name


def test_a_second_organisation_or_body_of_the_same_name_is_asked_about() -> None:
    apl, hoe = personas.district("APL"), personas.district("HOE")
    club = Organisation.objects.create(name="Ökoverein e. V.", place="Hörde")
    Body.objects.create(kind=Body.Kind.FORUM, district=apl, name="Bürgerforum Süd")
    client = signed_in(personas.admin_verein())
    sent = {"name": "Oekoverein e.V.", "short_name": "", "place": "Eving", "website": "", "country": "DE"}
    page = client.post(url("add", Organisation), sent)
    assert "Es gibt schon „Ökoverein e. V.“, Hörde, bitte prüfen." in text_of(page)
    assert Organisation.objects.filter(folded_name=club.folded_name).count() == 1
    confirmed = {**sent, "confirmed": page.context["adminform"].form.asked}
    assert client.post(url("add", Organisation), confirmed).status_code == 302
    assert Organisation.objects.filter(folded_name=club.folded_name).count() == 2
    body = {"kind": "buergerforum", "name": "Buergerforum Süd", "since": "01.01.2020", "until": ""}
    assert client.post(url("add", Body), {**body, "district": apl.pk}).status_code == 200
    assert client.post(url("add", Body), {**body, "district": hoe.pk}).status_code == 302


def test_an_organiser_spelled_like_another_is_asked_about_in_the_project_form() -> None:
    club = Organisation.objects.create(name="Ökoverein e. V.", place="Hörde")
    personas.approved(personas.gf_aplerbeck(), organiser=club)
    client = signed_in(personas.gf_aplerbeck())
    page = enter(client, organiser_name="Oekoverein e.V.", title="Unverloren")
    assert page.status_code == 422
    assert not Project.objects.filter(title="Unverloren").exists()
    said = text_of(page)
    assert "Diesen Veranstalter gibt es vielleicht schon, bitte prüfen." in said
    assert "Ökoverein e. V., Hörde" in said
    form = page.context["form"]
    assert (form["title"].value(), form["organiser_name"].value()) == ("Unverloren", "Oekoverein e.V.")
    assert enter(client, organiser_name="ÖKOVEREIN e. V.").status_code == 302  # the one that is there
    assert Project.objects.latest("pk").organiser == club
    saved = enter(client, organiser_name="Oekoverein e.V.", new_organiser="Oekoverein e.V.")
    assert saved.status_code == 302
    assert Project.objects.latest("pk").organiser == Organisation.objects.get(name="Oekoverein e.V.") != club
    assert enter(client, organiser_name="OEKOVEREIN e. v.", new_organiser="anderer").status_code == 422
