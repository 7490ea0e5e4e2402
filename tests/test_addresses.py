"""Addresses, contacts, legal forms and signatories of organisations and people."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test import Client

from members.models import Organisation, Person
from tests import personas
from tests.test_admin import message, signed_in, url

pytestmark = pytest.mark.django_db

PLACE = {"street": "Wannestraße 1", "postcode": "44135", "town": "Dortmund"}


@pytest.fixture
def club() -> Organisation:
    return Organisation.objects.create(name="Förderkreis Apfel e. V.", **PLACE)


def mistakes(row: Organisation | Person) -> dict[str, list[str]]:
    try:
        row.full_clean()
    except ValidationError as wrong:
        return wrong.message_dict
    return {}


# The address field of a letter


def test_an_address_at_home_has_no_country(club: Organisation) -> None:
    assert club.has_address
    assert club.address_lines == ["Förderkreis Apfel e. V.", "Wannestraße 1", "44135 Dortmund"]


def test_a_country_abroad_is_the_last_line_in_capitals(club: Organisation) -> None:
    club.address_extra, club.country, club.postcode, club.town = "c/o Beispiel", "AT", "1010", "Wien"
    assert club.address_lines == [
        "Förderkreis Apfel e. V.", "c/o Beispiel", "Wannestraße 1", "1010 Wien", "ÖSTERREICH",
    ]  # fmt: skip


def test_a_person_is_addressed_by_both_names() -> None:
    person = Person(given_name="Ina", family_name="Irgendwer", **PLACE)
    assert person.address_lines == ["Ina Irgendwer", "Wannestraße 1", "44135 Dortmund"]


def test_without_an_address_there_is_the_name_alone() -> None:
    club = Organisation(name="Förderkreis")
    assert not club.has_address
    assert club.address_lines == ["Förderkreis"]


# What is refused


@pytest.mark.parametrize("missing", PLACE)
def test_an_address_is_whole_or_empty(club: Organisation, missing: str) -> None:
    setattr(club, missing, "")
    assert list(mistakes(club)) == [missing]
    with pytest.raises(IntegrityError, match="organisation_address_whole"), transaction.atomic():
        club.save()
    person = Person(given_name="Ina", family_name="Irgendwer", **PLACE | {missing: ""})
    assert list(mistakes(person)) == [missing]
    with pytest.raises(IntegrityError, match="person_address_whole"), transaction.atomic():
        person.save()


def test_an_addition_alone_is_no_address() -> None:
    club = Organisation(name="Förderkreis", address_extra="c/o Beispiel")
    assert set(mistakes(club)) == set(PLACE)
    with pytest.raises(IntegrityError, match="organisation_address_whole"), transaction.atomic():
        club.save()


@pytest.mark.parametrize("typed", ["4413", "441355", "D-44135", "ABCDE", "４４１３５"])
def test_a_german_postcode_has_five_digits(club: Organisation, typed: str) -> None:
    club.postcode = typed
    assert mistakes(club) == {
        "postcode": ["Eine deutsche Postleitzahl hat fünf Ziffern, zum Beispiel 44135."]
    }


def test_a_postcode_abroad_is_what_is_used_there(club: Organisation) -> None:
    club.country, club.postcode, club.town = "NL", "1012 AB", "Amsterdam"
    assert not mistakes(club)
    club.postcode = "x" * 11
    assert "postcode" in mistakes(club)


@pytest.mark.parametrize("typed", ["0231 123456", "+49 (0)231 / 12 34-56", "02 31.12"])
def test_a_telephone_number_in_any_spelling(club: Organisation, typed: str) -> None:
    club.phone = typed
    assert not mistakes(club)


@pytest.mark.parametrize("typed", ["abends", "0231 123456 (abends)", "12"])
def test_a_telephone_number_is_one(club: Organisation, typed: str) -> None:
    club.phone = typed
    assert list(mistakes(club)) == ["phone"]


def test_a_register_number_comes_with_its_court(club: Organisation) -> None:
    club.register_number = "VR 1234"
    assert mistakes(club) == {"register_court": ["Registergericht und Registernummer gehören zusammen."]}
    with pytest.raises(IntegrityError, match="organisation_register_whole"), transaction.atomic():
        club.save()
    club.register_court = "Amtsgericht Dortmund"
    assert not mistakes(club)


def test_two_people_sign_at_most(club: Organisation) -> None:
    club.signatories = "Erika Beispiel, 1. Vorsitzende\n\nMax Muster, Kassenwart"
    assert not mistakes(club)
    assert club.signatory_lines == ["Erika Beispiel, 1. Vorsitzende", "Max Muster, Kassenwart"]
    club.signatories += "\nNoch Jemand"
    assert mistakes(club) == {"signatories": ["Bitte höchstens zwei Zeilen eintragen, eine je Person."]}
    club.signatories = "x" * 81
    assert mistakes(club) == {"signatories": ["Bitte jede Zeile auf höchstens 80 Zeichen kürzen."]}


# The administration


@pytest.fixture
def client() -> Client:
    return signed_in(personas.admin_verein())


def test_the_administration_maintains_them_and_the_history_tells(client: Client, club: Organisation) -> None:
    page = url("change", Organisation, club.pk)
    typed = {
        "name": club.name, "short_name": "", "place": "", "website": "", **PLACE, "country": "DE",
        "postcode": "44263", "email": "post@example.org", "phone": "0231 123456", "legal_form": "association",
        "register_court": "Amtsgericht Dortmund", "register_number": "VR 1234",
        "signatories": "Erika Beispiel, 1. Vorsitzende",
    }  # fmt: skip
    refused = client.post(page, typed | {"postcode": "4426", "register_court": ""})
    assert "Eine deutsche Postleitzahl hat fünf Ziffern" in message(refused)
    assert "Registergericht und Registernummer gehören zusammen." in message(refused)
    assert 'value="4426"' in refused.content.decode()
    assert client.post(page, typed).status_code == 302
    club.refresh_from_db()
    assert (club.postcode, club.legal_form) == ("44263", "association")
    told = message(client.get(url("history", Organisation, club.pk)))
    assert "Postleitzahl: 44135 44263" in told.replace("→ ", "")
    assert "Rechtsform: – eingetragener Verein" in told.replace("→ ", "")


def test_a_deleted_person_leaves_a_name_but_no_address(client: Client) -> None:
    person = Person.objects.create(
        given_name="Ina", family_name="Irgendwer", email="ina@example.org", **PLACE
    )
    kept: Any = Person.history.filter(id=person.pk)
    assert kept.get().street
    client.post(url("delete", Person, person.pk), {"post": "yes"})
    assert not Person.objects.filter(pk=person.pk).exists()
    assert {(r.family_name, r.street, r.postcode, r.town, r.email, r.phone) for r in kept.all()} == {
        ("Irgendwer", "", "", "", "", "")
    }


def test_a_deleted_organisation_leaves_nobody_who_can_be_reached(client: Client, club: Organisation) -> None:
    club.signatories = "Ina Irgendwer, Inhaberin"
    club.save()
    kept: Any = Organisation.history.filter(id=club.pk)
    client.post(url("delete", Organisation, club.pk), {"post": "yes"})
    assert not Organisation.objects.filter(pk=club.pk).exists()
    assert {(r.name, r.street, r.signatories) for r in kept.all()} == {("Förderkreis Apfel e. V.", "", "")}


def test_nothing_is_kept_in_a_column_as_another_word(club: Organisation) -> None:
    for column, word in (("country", "XX"), ("legal_form", "firma")):
        with (
            pytest.raises(IntegrityError, match="organisation_words_known"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(f"UPDATE members_organisation SET {column} = %s", [word])
