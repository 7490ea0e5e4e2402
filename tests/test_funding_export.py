"""Applications, bookings and expenses as files: the page's rows for this reader, with their sums."""

import zipfile
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from funding import services
from funding.models import LedgerEntry
from members.models import User
from tests import personas as p
from tests.test_export import lines

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def year(db: None) -> None:
    p.open_year()


def table(user: User, address: str, **query: Any) -> list[list[str]]:
    return lines(data_of(user, address, **query))


def data_of(user: User, address: str, **query: Any) -> bytes:
    client = Client()
    client.force_login(user)
    response = client.get(address, query)
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "private, no-store"
    return b"".join(response.streaming_content)


def applications(user: User, **query: Any) -> list[list[str]]:
    return table(user, reverse("funding:applications_export", args=["csv"]), **query)


def bookings(user: User, code: str, **query: Any) -> list[list[str]]:
    return table(user, reverse("funding:pot_export", args=[p.pot(code).pk, "csv"]), **query)


def expense(**changed: Any) -> None:
    given = {"amount": Decimal("120.50"), "purpose": "Porto", "payee": "Deutsche Post", "actor": p.wf1()}
    services.book_expense(p.this_year(), **{**given, **changed})


def test_applications_with_the_queues_filters_and_sums() -> None:
    p.approved(p.gf_aplerbeck(), title="Apfelmarkt")
    p.handed_in(p.gf_brackel(), title="=Lichterfest", pillar_2="3000")
    rows = applications(p.wf1(), stand="alle")
    assert rows[-1] == ["Anträge, Auswahl: Stand: alle"]
    assert rows[0][:4] == ["Projektnummer", "Projekt", "Haushaltsjahr", "Topf"]
    assert {row[1] for row in rows[1:-3]} == {"Apfelmarkt", "'=Lichterfest"}
    waiting = applications(p.wf1())
    assert waiting[-1] == ["Anträge, Auswahl: Stand: zu entscheiden"]
    assert [row[1] for row in waiting[1:-3]] == ["'=Lichterfest"]
    assert (waiting[-2][0], waiting[-2][-5:]) == ("Summe (1)", ["3000,00", "0,00", "", "0,00", "0,00"])
    assert applications(p.wf1(), stand="approved", suche="apfel")[-1] == [
        "Anträge, Auswahl: Suche: apfel; Stand: bewilligt"
    ]


def test_a_director_gets_the_applications_of_the_own_district() -> None:
    p.handed_in(p.gf_aplerbeck(), title="Eigenes")
    p.handed_in(p.gf_brackel(), title="Fremdes")
    assert [row[1] for row in applications(p.gf_aplerbeck())[1:-3]] == ["Eigenes"]
    assert len(applications(p.auditor(), stand="alle")) == 2 + 4


def test_a_pots_bookings_end_in_what_is_left() -> None:
    p.approved(p.gf_aplerbeck(), title="Apfelmarkt")
    pot = p.pot("S1-APL")
    rows = bookings(p.wf1(), "S1-APL")
    assert rows[-1] == [f"Buchungen: Säule 1 Aplerbeck {p.this_year()}. {pot.end_of_chain}"]
    assert rows[0][-3:] == ["Betrag", "Wirkung auf „frei“", "frei danach"]
    left = f"{pot.available:.2f}".replace(".", ",")
    assert rows[-2][0] == f"Summe ({LedgerEntry.objects.filter(pot=pot).count()})"
    assert rows[-2][-2] == rows[-4][-1] == left
    assert rows[1][2] == "Ansatz"
    only_granted = bookings(p.wf1(), "S1-APL", art="gebunden")
    assert [row[2] for row in only_granted[1:-3]] == ["Mittelbindung"]


def test_a_director_reads_only_bookings_of_the_own_district() -> None:
    p.approved(p.gf_aplerbeck(), title="Apfelmarkt")
    assert len(bookings(p.gf_aplerbeck(), "S1-APL")) > 3
    foreign = bookings(p.gf_brackel(), "S1-APL")
    assert "nur von Projekten, an denen Ihr Stadtbezirk beteiligt ist" in foreign[-1][0]
    assert "frei danach" not in foreign[0]
    assert foreign[-2][0] == "Summe (0)"


def test_expenses_with_what_was_taken_back() -> None:
    expense(purpose="+Porto", voucher="=R-17", paid=True)
    expense(amount=Decimal("20"))
    services.reverse_expense(p.pot("GK").expenses.earliest("pk"), reason="doppelt", actor=p.wf1())
    address = reverse("funding:overhead_export", args=["csv"])
    rows = table(p.auditor(), address)
    assert rows[-1] == [f"Ausgaben aus den Gemeinkosten {p.this_year()}"]
    assert [row[-1] for row in (*rows[1:-3], rows[-2])] == ["-120,50", "20,00", "120,50", "20,00"]
    assert (rows[3][2], rows[3][4]) == ("'+Porto", "'=R-17")
    assert rows[0][-2] == "bezahlt am"
    assert [row[-2] for row in rows[1:4]] == ["", "", f"{timezone.localdate():%d.%m.%Y}"]
    client = Client()
    client.force_login(p.gf_aplerbeck())
    assert client.get(address).status_code == 403


def test_every_list_comes_as_a_workbook_too() -> None:
    p.handed_in(p.gf_brackel(), title="=Lichterfest", pillar_2="3000")
    expense(purpose="=1+1")
    for name, arguments, text in (
        ("applications_export", [], "=Lichterfest"),
        ("pot_export", [p.pot("S2").pk], "Ansatz"),
        ("overhead_export", [], "=1+1"),
    ):
        book = zipfile.ZipFile(
            BytesIO(data_of(p.wf1(), reverse(f"funding:{name}", args=[*arguments, "xlsx"])))
        )
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
        assert text in sheet
        assert "<f>" not in sheet


def test_an_export_costs_the_same_at_any_size(django_assert_num_queries: Any) -> None:
    client = Client()
    client.force_login(p.wf1())
    expense()
    for _ in range(2):
        for _ in range(3):
            p.handed_in(p.gf_aplerbeck(), title="Apfelmarkt")
            expense()
        for name, arguments, queries in (
            ("applications_export", [], 10),
            ("pot_export", [p.pot("S1-APL").pk], 6),
            ("overhead_export", [], 7),
        ):
            with django_assert_num_queries(queries):
                b"".join(client.get(reverse(f"funding:{name}", args=[*arguments, "csv"]), {"stand": "alle"}))


def test_the_pages_lead_to_their_files() -> None:
    p.approved(p.gf_aplerbeck(), title="Apfelmarkt")
    expense()
    client = Client()
    client.force_login(p.wf1())
    for page, file in (
        ("/foerderung/antraege/?stand=alle", "/foerderung/antraege/liste.csv?stand=alle"),
        (f"/foerderung/toepfe/{p.pot('GK').pk}/", f"/foerderung/toepfe/{p.pot('GK').pk}/buchungen.xlsx"),
        ("/foerderung/gemeinkosten/", "/foerderung/gemeinkosten/ausgaben.csv"),
    ):
        assert f'href="{file}"' in client.get(page).content.decode()
        address, _, query = file.partition("?")
        assert data_of(p.wf1(), address, **dict(part.split("=") for part in query.split("&") if part))
