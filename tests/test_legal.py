"""Imprint, privacy page and accessibility statement: the administration fills them in, and gaps are seen."""

from datetime import date
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from members.common import row_history
from members.models import User
from stadtbezirk.demo import texts
from stadtbezirk.models import LegalDetails
from tests import personas
from tests.test_project_pages import text_of

pytestmark = pytest.mark.django_db

PAGES = ("imprint", "privacy", "accessibility")
CHANGE = "/verwaltung/stadtbezirk/legaldetails/1/change/"
TYPED = {
    "address": "Hansastraße 7\n44137 Dortmund",
    "phone": "0231 12345",
    "email": "post@verein.example",
    "board": "Ada <b>Muster</b> & Bo Muster",
    "register_number": "VR 1234",
    "responsible": "Ada Muster\nHansastraße 7",
    "data_protection_officer": "",
    "operator": "Rechenzentrum, Dortmund",
    "log_retention": "7 Tage",
    "accessibility_assessed_on": "02.03.2026",
}


def page(name: str, user: User | AnonymousUser | None = None) -> Any:
    client = Client()
    if isinstance(user, User):
        client.force_login(user)
    answer = client.get(reverse(name))
    assert answer.status_code == 200
    return answer


def save(user: User, **changes: str) -> Any:
    client = Client()
    client.force_login(user)
    return client.post(CHANGE, {**TYPED, **changes})


def test_what_the_administration_enters_stands_on_the_pages() -> None:
    assert save(personas.admin_verein()).status_code == 302
    imprint, privacy, statement = (page(name) for name in PAGES)
    assert "Hansastraße 7<br>44137 Dortmund" in imprint.content.decode()
    for sentence in ("Telefon: 0231 12345", "Vereinsregister VR 1234", "Medienstaatsvertrag: Ada Muster"):
        assert sentence in text_of(imprint)
    assert "Protokolle: 7 Tage" in text_of(privacy)
    assert "Rechenzentrum, Dortmund" in text_of(privacy)
    assert "Stand dieser Erklärung: 02.03.2026" in text_of(statement)
    for answer in (imprint, privacy, statement):
        assert 'href="mailto:post@verein.example"' in answer.content.decode()
        assert "noch nicht" not in text_of(answer).replace("noch nicht vollständig geprüft", "")
        assert "[" not in answer.content.decode().split("<main")[1]


def test_it_is_plain_text() -> None:
    save(personas.admin_verein(), board="<script>alert(1)</script>\nBo")
    html = page("imprint").content.decode()
    assert "<script>alert(1)" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;<br>Bo" in html


def test_nobody_is_named_who_is_not_appointed() -> None:
    save(personas.admin_verein())
    assert "Datenschutzbeauftragte Person" not in text_of(page("privacy"))
    save(personas.admin_verein(), data_protection_officer="Dana Schutz, 0231 1")
    assert "Datenschutzbeauftragte Person: Dana Schutz, 0231 1" in text_of(page("privacy"))


@pytest.mark.parametrize("name", PAGES)
def test_a_gap_is_seen_and_no_placeholder_of_ours_goes_live(name: str) -> None:
    html = page(name).content.decode()
    assert "<mark>noch nicht" in html
    assert "[" not in html.split("<main")[1]


def test_the_history_says_who_changed_what() -> None:
    admin = personas.admin_verein()
    save(admin)
    save(admin, phone="0231 99")
    entry = row_history.entries(LegalDetails.objects.get())[0]
    assert entry.who == str(admin)
    assert [(c.field, c.old, c.new) for c in entry.changes] == [
        ("Telefonnummer der Geschäftsstelle", "0231 12345", "0231 99")
    ]


def test_there_is_one_row_which_nobody_deletes() -> None:
    client = Client()
    client.force_login(personas.admin_verein())
    rows = client.get(reverse("admin:stadtbezirk_legaldetails_changelist"))
    assert f'href="{CHANGE}"' in rows.content.decode()
    assert "Anschrift des Vereins, Telefonnummer" in text_of(rows)
    assert client.get(reverse("admin:stadtbezirk_legaldetails_add")).status_code == 403
    assert client.get(reverse("admin:stadtbezirk_legaldetails_delete", args=[1])).status_code == 403
    with pytest.raises(IntegrityError, match="legal_details_once"), transaction.atomic():
        LegalDetails.objects.create(pk=2)


@pytest.mark.parametrize("persona", ["gf_aplerbeck", "wf1", "auditor", "nobody"])
def test_nobody_else_changes_it(persona: str) -> None:
    assert save(getattr(personas, persona)()).status_code == 403
    assert LegalDetails.objects.get().phone == ""


@pytest.mark.parametrize("persona", ["admin_verein", "superuser"])
def test_the_start_page_of_the_administration_says_what_is_missing(persona: str) -> None:
    user = getattr(personas, persona)()
    texts.fill_in(date(2026, 1, 2))
    assert "noch nicht vollständig" not in text_of(page("home", user))
    LegalDetails.objects.update(phone="", operator="Firma [Name und Sitz]")
    home = page("home", user)
    assert "Es fehlt: Telefonnummer der Geschäftsstelle, Technischer Betreiber." in text_of(home)
    assert f'href="{CHANGE}"' in home.content.decode()
    client = Client()
    client.force_login(user)
    assert "Es fehlt noch: Telefonnummer der Geschäftsstelle, Technischer Betreiber." in text_of(
        client.get(CHANGE)
    )


@pytest.mark.parametrize("persona", ["gf_aplerbeck", "wf1", "auditor", "nobody", "visitor"])
def test_nobody_else_is_bothered(persona: str) -> None:
    assert "noch nicht vollständig" not in text_of(page("home", getattr(personas, persona)()))


def test_every_detail_counts_but_who_need_not_exist() -> None:
    texts.fill_in(date(2026, 1, 2))
    details = LegalDetails.objects.get()
    assert details.missing == []
    names = [field.name for field in details._meta.concrete_fields if not field.primary_key]
    for name in names:
        emptied = LegalDetails.objects.get()
        setattr(emptied, name, None if name.endswith("_on") else "")
        assert len(emptied.missing) == (name != "data_protection_officer"), name
    details.data_protection_officer = "[Kontakt, sofern benannt]"
    assert details.missing == ["Datenschutzbeauftragte Person"]


def test_the_demonstration_says_that_its_details_are_made_up() -> None:
    texts.fill_in(date(2026, 1, 2))
    said = text_of(page("imprint"))
    assert said.count("(Beispiel)") + said.count("(erfunden)") >= 5
