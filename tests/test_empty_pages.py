"""A page with nothing on it says what to do next, to whoever can do it."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from tests import personas

pytestmark = pytest.mark.django_db

WITHOUT_YEAR = [
    ("home", "wf1", "Haushaltsjahr öffnen"),
    ("home", "gf_hoerde", "Das erste eintragen"),
    ("home", "visitor", "Hier steht es, sobald es bewilligt ist."),
    ("projects:list", "gf_hoerde", "Das erste Projekt eintragen"),
    ("projects:list", "visitor", "sobald es bewilligt oder ohne Förderung veröffentlicht ist"),
    ("funding:pots", "wf1", "Haushaltsjahr planen oder öffnen"),
    ("audit:package", "auditor", "Noch ist kein Haushaltsjahr geöffnet."),
    ("funding:pots", "auditor", "Die Wirtschaftsförderung legt es an"),
    ("funding:overhead", "wf1", "Haushaltsjahr planen oder öffnen"),
    ("funding:special", "gf_hoerde", "Die Wirtschaftsförderung legt es an"),
    ("funding:transfers", "wf1", "Haushaltsjahr planen oder öffnen"),
    ("funding:years", "wf1", "Das erste bereiten Sie oben vor."),
    ("funding:years", "gf_hoerde", "Die Wirtschaftsförderung legt es an"),
    ("funding:applications", "gf_hoerde", "Ein Antrag entsteht, wenn Sie ein Projekt"),
    ("district", "gf_hoerde", "Das erste eintragen"),
    ("district", "admin_verein", "Gremium anlegen"),
]
IN_A_NEW_YEAR = [
    ("funding:overhead", "wf1", "Die erste Ausgabe tragen Sie oben ein."),
    ("funding:special", "wf1", "Den ersten Topf legen Sie mit dem Formular an."),
    ("funding:special", "gf_hoerde", "sobald eine Quelle Geld zusagt"),
    ("funding:transfers", "wf1", "gebucht wird sie, wenn eine zweite Person zustimmt"),
]


def page(name: str, persona: str, query: str = "") -> str:
    client = Client()
    if persona != "visitor":
        client.force_login(personas.ALL[persona]())
    address = reverse(name, args=["hoerde"] if name == "district" else [])
    response = client.get(address + query)
    assert response.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


@pytest.mark.parametrize(("name", "persona", "sentence"), WITHOUT_YEAR)
def test_before_anything_was_entered(name, persona, sentence):
    assert sentence in page(name, persona)


@pytest.mark.parametrize(("name", "persona", "sentence"), IN_A_NEW_YEAR)
def test_in_a_new_year(name, persona, sentence):
    personas.allow_transfers()
    personas.open_year()
    assert sentence in page(name, persona)


@pytest.mark.parametrize(
    ("persona", "sentence"), [("gf_hoerde", "Neues Projekt"), ("wf1", "wenn ein Stadtbezirk ein Projekt")]
)
def test_no_application_at_all(persona, sentence):
    assert sentence in page("funding:applications", persona, "?stand=alle")


@pytest.mark.parametrize(("persona", "shown"), [("admin_verein", True), ("wf1", False)])
def test_a_body_without_seats_is_filled_by_the_administration(client, persona, shown):
    client.force_login(personas.ALL[persona]())
    text = client.get(personas.steering_body("HOE").get_absolute_url()).content.decode()
    assert ("Sitze eintragen" in text) is shown
