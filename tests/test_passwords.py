"""Which new passwords are refused, at every door where one is chosen."""

import io
from typing import Any

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from members.accounts import services
from members.accounts.passwords import HardToGuess
from members.models import Person, User
from members.post import links
from stadtbezirk.demo import PASSWORD as DEMO
from tests import personas

pytestmark = pytest.mark.django_db

EASY = "leicht zu erraten"
SHORT = "zu kurz"


def reasons(password: str, user: User | None = None) -> str:
    try:
        validate_password(password, user)
    except ValidationError as refused:
        return " ".join(refused.messages)
    return ""


@pytest.mark.parametrize("password", ["passwort123", "sommer2026", "xK9#mQ2pL!v"])
def test_twelve_characters(password):
    said = reasons(password)
    assert f"Es hat {len(password)} Zeichen und braucht 12" in said
    assert "drei oder vier Wörter" in said, "and how to do better"


@pytest.mark.parametrize(
    "password",
    [
        # Words of the German list, alone, with digits and signs, repeated, with letters swapped
        "Passwort1234",
        "passwort-2026",
        "P@ssw0rt2026",
        "P4$$w0rt!2026",
        "lampelampelampe",
        "lampe1-lampe2-lampe3",
        "Sonnenblume26",
        "Schmetterling9",
        "geheimgeheim1",
        "Welcome12345!",
        "Dragon123456",
        # Names
        "Michael-Müller1970",
        "Hoffmann-1970",
        # The city, the association, the calendar
        "Dortmund2026!",
        "2026-Dortmund",
        "D0rtmund.2026",
        "Dortmunder2026",
        "DortmundDortmund",
        "Sommer-2026-Sommer",
        "$ommer$ommer26",
        "MaiJuniJuli2026",
        "SommerInDortmund",
        "Dortmund-Lampe-2026",
        "Lütgendortmund1",
        "luetgendortmund1",
        "Innenstadt-West",
        "Hörde-Hombruch-7",
        "Hoerde-Hörde-11",
        "Stadtbezirksmarketing",
        "Stadtbezirks-Marketing-Dortmund-e.V.",
        "Wirtschaftsförderung1",
        "Borussia1909!",
        "Schalke04Schalke",
        # Rows and digits
        "qwertzuiop123",
        "poiuztrewq12",
        "abcdefghijkl",
        "aaaaaaaaaaaa",
        "123456789012",
        "0231/123456-78",
        "24.12.2026-24.12.2026",
    ],
)
def test_what_somebody_who_knows_the_city_would_try_is_refused(password):
    said = reasons(password)
    assert EASY in said
    assert "drei oder vier Wörter, die nichts miteinander zu tun haben" in said


@pytest.mark.parametrize(
    "password",
    [
        "Regen-Tasche-Lampe-vier",
        "regen tasche lampe vier",
        "Wolke.Gabel.Fahrrad",
        "Haustür-Zitrone-Wal",
        "Dortmund-Regen-Tasche-Lampe",
        "ein-langer-satz-zum-merken",
        "correct-horse-battery-staple",
        "xK9#mQ2pL!vz",
        "3f9a0c7e51d2",
        "7Gk2-9fPq-3Lm",
        "xkqmvplzwrtg",
        "密码不容易猜到的十二个字符",
        personas.PASSWORD,
        DEMO,
    ],
)
def test_a_phrase_or_a_random_password_passes(password):
    assert not reasons(password)


def test_a_new_districts_name_is_no_password_either():
    district = personas.district("HOE")
    assert not reasons("Quarzwiesen-77-Brombach")
    district.name = "Quarzwiesen-Brombach"
    district.save()
    assert EASY in reasons("Quarzwiesen-77-Brombach")


def test_ones_own_name_and_address_are_no_password():
    person = Person(given_name="Brzwunda", family_name="Zgrobwuhxt")
    user = User(email="zgrobwuhxt@quarzwiesen.example", person=person)
    assert EASY in reasons(user.email, user)
    for password in ("Zgrobwuhxt.1970", "Brzwunda-Zgrobwuhxt", "zgrobwuhxt-quarzwiesen"):
        assert EASY in reasons(password, user)
        assert EASY not in reasons(password)


def test_a_very_long_one_takes_no_longer():
    rule = HardToGuess()
    assert rule.worth("ab" * 100_000) == rule.worth("ab" * 50)


def test_a_password_of_before_goes_on_working():
    user = User.objects.create_user("alt@example.org", "sommer2026")
    client = Client()
    client.post(reverse("account_login"), {"login": user.email, "password": "sommer2026"})
    assert client.session["_auth_user_id"] == str(user.pk)


def doors(user: User) -> dict[str, Any]:
    """Page, address and further fields of every place where somebody chooses a password."""
    signed_in = Client()
    signed_in.force_login(user)
    invited = services.invite(User.objects.create_user("neu@example.org"), actor=personas.superuser())
    welcomed, mailed = Client(), Client()
    for client, of, purpose in ((welcomed, invited, "invitation"), (mailed, user, "password")):
        client.get(reverse("mailed_link", args=[links.token(of, purpose)]))
    return {
        "change": (signed_in, reverse("account_change_password"), {"oldpassword": personas.PASSWORD}),
        "invitation": (welcomed, reverse("invitation"), {}),
        "reset": (mailed, reverse("new_password"), {}),
    }


@pytest.mark.parametrize("door", ["change", "invitation", "reset"])
def test_every_page_says_the_rule_before_and_the_reason_after(wf1, door):
    client, address, fields = doors(wf1)[door]
    page = client.get(address).content.decode()
    assert "Mindestens 12 Zeichen, am besten" in page
    refused = client.post(address, {**fields, "password1": "Dortmund2026", "password2": "Dortmund2026"})
    assert EASY in refused.content.decode()
    taken = client.post(address, {**fields, "password1": DEMO, "password2": DEMO})
    assert taken.status_code == 302


def test_createsuperuser_takes_no_easy_password(monkeypatch):
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", "Dortmund2026")
    with pytest.raises(CommandError, match=EASY):
        call_command("createsuperuser", interactive=False, email="chefin@example.org")
    assert not User.objects.filter(email="chefin@example.org").exists()
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", DEMO)
    call_command("createsuperuser", interactive=False, email="chefin@example.org", stdout=io.StringIO())
    assert User.objects.get(email="chefin@example.org").check_password(DEMO)
