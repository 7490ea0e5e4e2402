"""The selection of a list as a file: cells, sums, who gets which rows, and no cache."""

import csv
import io
import itertools
import re
import zipfile
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from psycopg.pq import TransactionStatus

from members.common.export import Column, _csv
from members.common.money import format_euro
from members.models import Organisation
from projects.models import FieldOfAction, Project
from projects.views.listing import COLUMNS, PLAN
from tests import called, personas
from tests.test_search import add, many

pytestmark = pytest.mark.django_db


def export(kind: str, client: Client | None = None, **chosen: Any) -> bytes:
    response = (client or Client()).get(reverse("projects:export", args=[kind]), chosen)
    assert response.headers["Cache-Control"] == "private, no-store"
    assert f".{kind}" in response.headers["Content-Disposition"]
    return b"".join(response.streaming_content)


def stored(title: str, **fields: Any) -> None:
    """A project whose title stands in the database as it is: the models would normalise it."""
    project = add("Titel", **fields)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE projects_project SET title = %s WHERE id = %s", [title, project.pk])


def lines(data: bytes) -> list[list[str]]:
    assert data.startswith("\ufeff".encode())
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=";"))


def test_csv_has_the_selection_the_rows_and_the_sums() -> None:
    add('Apfelmarkt; mit "Anführung"', cost_total="1234.50", year=2016)
    add("Anderes Jahr", cost_total="99", year=2017)
    rows = lines(export("csv", jahr=2016))
    assert rows[-1] == ["Projekte, Auswahl: Haushaltsjahr: 2016"]
    assert rows[0][:3] == ["Nummer", "Titel", "Haushaltsjahr"]
    assert [row[1] for row in rows[1:-3]] == ['Apfelmarkt; mit "Anführung"']
    assert (rows[-2][0], rows[-2][-2:]) == ("Summe (1)", ["1234,50", "0,00"])


def test_a_file_is_as_the_csv_module_writes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("projects.views.listing.CHUNK", 2)
    titles = ["ganz ruhig", "zwei\nZeilen", 'ein "Wort"', "a;b", "=1+1", "wagen\rrücklauf", "noch ruhig"]
    for number, title in enumerate(titles, start=1):
        stored(
            title, cost_total=f"{number}.05", starts_on=date(2016, 5, number), has_third_party=number % 2 == 0
        )
    data = export("csv")
    rows = lines(data)
    assert [row[1] for row in rows[1:-3]] == [t if t != "=1+1" else "'=1+1" for t in reversed(titles)]
    assert [row[10] for row in rows[1:3]] == ["07.05.2016", "06.05.2016"]
    assert [row[12] for row in rows[1:3]] == ["nein", "ja"]
    assert [row[13] for row in rows[1:3]] == ["7,05", "6,05"]
    assert (rows[-2][0], rows[-2][13]) == ("Summe (7)", "28,35")
    again = io.StringIO()
    csv.writer(again, delimiter=";").writerows(rows)
    assert data.decode("utf-8-sig") == again.getvalue()
    sheet = zipfile.ZipFile(io.BytesIO(export("xlsx"))).read("xl/worksheets/sheet1.xml").decode()
    # 7 May 2016 as spreadsheets count days, and the sum in euro.
    assert "<v>42497</v>" in sheet
    assert "<v>28.35</v>" in sheet


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_becomes_a_formula(begin: str) -> None:
    stored(f"{begin}HYPERLINK(1)", place="=1+1")
    row = lines(export("csv"))[1]
    assert row[1] == f"'{begin}HYPERLINK(1)"
    sheet = zipfile.ZipFile(io.BytesIO(export("xlsx"))).read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert "HYPERLINK(1)" in sheet


def test_everybody_gets_what_they_may_see() -> None:
    add("Offen")
    personas.make_project(personas.gf_aplerbeck(), title="Geheimer Entwurf")
    director, foreign = Client(), Client()
    director.force_login(personas.gf_aplerbeck())
    foreign.force_login(personas.gf_brackel())
    for kind in ("csv", "xlsx"):
        names = {
            who: export(kind, client) if kind == "csv" else
            zipfile.ZipFile(io.BytesIO(export(kind, client))).read("xl/worksheets/sheet1.xml")
            for who, client in (("director", director), ("foreign", foreign), ("visitor", None))
        }  # fmt: skip
        assert {who: b"Geheimer" in data for who, data in names.items()} == {
            "director": True, "foreign": False, "visitor": False,
        }  # fmt: skip


def test_what_a_row_points_to_is_named_and_may_be_missing() -> None:
    field = FieldOfAction.objects.earliest("pk")
    club = Organisation.objects.create(name="=Heimatverein; e. V.")
    add("Mit", main_field=field, organiser=club)
    add("Ohne")
    rows = {row[1]: [row[3], row[5], row[8]] for row in lines(export("csv"))[1:-3]}
    assert rows == {"Mit": ["Aplerbeck", field.name, "'=Heimatverein; e. V."], "Ohne": ["Aplerbeck", "", ""]}
    assert b"None" not in zipfile.ZipFile(io.BytesIO(export("xlsx"))).read("xl/worksheets/sheet1.xml")
    FieldOfAction.objects.filter(pk=field.pk).update(name="Umbenannt")
    assert "Umbenannt" in export("csv").decode()


def test_amounts_have_a_comma_and_two_places() -> None:
    for cents in (0, 5, 99, 100, 12_345, 700):
        add("Markt", cost_total=f"{cents / 100:.2f}")
    costs = [row[13] for row in lines(export("csv"))[1:-3]]
    assert costs == ["7,00", "123,45", "1,00", "0,99", "0,05", "0,00"]
    assert lines(export("csv"))[-2][13] == "132,49"


def test_a_slow_reader_keeps_no_query_open_and_a_file_that_breaks_off_is_too_short() -> None:
    """A query of PostgreSQL that nobody reads on keeps its tables from every change."""
    many(1200)
    response = Client().get(reverse("projects:export", args=["csv"]))
    begun = next(iter(response.streaming_content))
    if connection.vendor == "postgresql":
        assert (
            connection.connection.info.transaction_status == TransactionStatus.INTRANS
        )  # of the test itself
    assert Project.objects.count() == 1200
    assert len(begun) < int(response.headers["Content-Length"]) == len(export("csv"))
    response.close()


def test_a_break_in_the_middle_leaves_a_connection_that_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    many(1200)
    written = itertools.count()
    with monkeypatch.context() as patched:
        patched.setattr(Project, "__str__", lambda project: str(1 / (600 - next(written))))
        with pytest.raises(ZeroDivisionError):
            _csv(
                [Column("Projekt", str)],
                Project.objects.iterator(500),
                "alle",
                io.BytesIO(),
                date(2026, 1, 1),
            )
    assert Project.objects.count() == 1200
    assert lines(export("csv"))[-2][0] == "Summe (1200)"


def test_a_selection_that_can_have_no_rows() -> None:
    add("Markt")
    file = io.BytesIO()
    _csv(COLUMNS, Project.objects.none(), "=leer", file, date(2026, 1, 1))
    assert [row[0] for row in lines(file.getvalue()) if row] == ["Nummer", "Summe (0)", "'=leer"]


def workbook(data: bytes) -> dict[str, str]:
    """The parts of a workbook as XML, by their names."""
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        return {name.removeprefix("xl/"): book.read(name).decode() for name in book.namelist()}


def rows_of(sheet: str) -> list[dict[str, str]]:
    """The cells of a sheet's rows by their column: inline texts and numbers."""
    cells = re.compile(r'<c r="([A-Z]+)\d+"[^>]*>(?:<is><t[^>]*>(.*?)</t></is>|<v>(.*?)</v>)</c>')
    found = re.findall(r"<row [^>]*?(?:/>|>(.*?)</row>)", sheet)
    return [{column: text or number for column, text, number in cells.findall(row)} for row in found]


def test_a_workbook_can_be_filtered_and_printed_at_once() -> None:
    for number in range(3):
        add(f"Markt {number}", cost_total="1.50", year=2016, starts_on=date(2016, 5, 1))
    book = workbook(export("xlsx", jahr=2016))
    sheet = book["worksheets/sheet1.xml"]
    rows = rows_of(sheet)
    assert (rows[0]["A"], rows[0]["O"]) == ("Nummer", "bewilligt")
    assert [row["B"] for row in rows[1:4]] == ["Markt 2", "Markt 1", "Markt 0"]
    assert '<autoFilter ref="A1:O4"/>' in sheet
    # Neither filter nor pivot table takes the sum for a row of the list: it comes after an empty one.
    assert (rows[-1]["A"], rows[-1]["N"]) == ("Summe (3)", "4.5")
    assert '<row r="5"' not in sheet
    assert '<pane ySplit="1" topLeftCell="A2"' in sheet
    assert 'orientation="landscape"' in sheet
    assert 'fitToHeight="0"' in sheet
    assert "Liste!$1:$1" in book["workbook.xml"]
    assert rows_of(book["worksheets/sheet2.xml"])[0] == {
        "A": "Inhalt", "B": "Projekte, Auswahl: Haushaltsjahr: 2016",
    }  # fmt: skip
    assert "<dc:title>Projekte, Auswahl: Haushaltsjahr: 2016</dc:title>" in book["docProps/core.xml"]
    assert 'formatCode="dd.mm.yyyy"' in book["styles.xml"]
    assert 'formatCode="#,##0.00 &quot;€&quot;"' in book["styles.xml"]


def test_what_the_archive_does_not_know_is_empty_and_no_zero() -> None:
    add("Archiv", state="archived", provenance="Ratsvorlage", year=2016)
    [row] = lines(export("csv"))[1:-3]
    assert row[13:] == ["", ""]
    assert lines(export("csv"))[-2][13:] == ["", ""]
    page = Client().get(reverse("projects:list")).content.decode()
    assert "0,00" not in page
    rows = rows_of(workbook(export("xlsx"))["worksheets/sheet1.xml"])
    assert not {"N", "O"} & (rows[1].keys() | rows[-1].keys())
    add("Bekannt", cost_total="20")
    assert lines(export("csv"))[-2][13:] == ["20,00", "0,00"]


def table(client: Client) -> tuple[dict[str, dict[str, str]], dict[str, str]]:
    """The cells of the projects by their titles, and the sums, each by its heading."""
    heading, *rows, _, sums, _ = lines(export("csv", client))
    return {row[1]: dict(zip(heading, row, strict=True)) for row in rows}, dict(
        zip(heading, sums, strict=True)
    )


def test_who_reads_the_plan_gets_its_sums() -> None:
    personas.open_year()
    others = [
        {"kind": "own", "amount": "100"},
        {"kind": "third_party", "amount": "200"},
        {"kind": "third_party", "amount": "50"},
        {"kind": "in_kind", "amount": "25"},
    ]
    granted = personas.approved(
        personas.gf_aplerbeck(), title="Markt", shares={"APL": "900"}, pillar_2="4000", others=others
    )
    called.pay(personas.application(granted, "S2"), amount=Decimal("1500"), actor=personas.wf1())
    personas.handed_in(personas.gf_brackel(), title="Fremd", shares={"BRA": "300"})
    client, foreign = Client(), Client()
    client.force_login(personas.wf1())
    foreign.force_login(personas.gf_brackel())
    rows, sums = table(client)
    assert {heading: rows["Markt"][heading] for heading in PLAN} == {
        "Drittmittel": "250,00", "Eigenmittel": "100,00", "Eigenleistung": "25,00", "beantragt": "4900,00",
        "beantragt aus Säule 1": "900,00", "beantragt aus Säule 2": "4000,00",
        "beantragt aus Sondermitteln": "0,00", "bewilligt aus Säule 1": "900,00",
        "bewilligt aus Säule 2": "4000,00", "bewilligt aus Sondermitteln": "0,00", "ausgezahlt": "1500,00",
    }  # fmt: skip
    assert rows["Fremd"]["ausgezahlt"] == "0,00"
    assert (sums["beantragt"], sums["ausgezahlt"], sums["bewilligt"]) == ("5200,00", "1500,00", "4900,00")
    for word in ("beantragt", "bewilligt"):
        parts = [rows["Markt"][f"{word} aus {kind}"] for kind in ("Säule 1", "Säule 2", "Sondermitteln")]
        assert sum(Decimal(part.replace(",", ".")) for part in parts) == Decimal(
            rows["Markt"][word].replace(",", ".")
        )
    page = client.get(reverse("projects:list")).content.decode()
    for total in ("Kosten", "bewilligt"):
        assert format_euro(Decimal(sums[total].replace(",", "."))) in page
    # A director of another district sees the published project, not its plan.
    rows, sums = table(foreign)
    assert {rows["Markt"][heading] for heading in PLAN} == {""}
    assert (rows["Markt"]["bewilligt"], sums["beantragt"]) == ("4900,00", "300,00")
    assert not set(PLAN) & table(Client())[1].keys()


def test_sums_of_plans_cost_the_same_at_any_size(django_assert_num_queries: Any) -> None:
    client = Client()
    client.force_login(personas.wf1())
    for _ in range(2):
        for _ in range(3):
            personas.handed_in(personas.gf_aplerbeck(), shares={"APL": "10", "BRA": "5"})
        with django_assert_num_queries(11):
            export("csv", client)


def test_an_export_costs_the_same_at_any_size(django_assert_num_queries: Any) -> None:
    for count in (10, 1000):
        many(count)
        with django_assert_num_queries(5):
            data = export("csv")
    assert len(lines(data)) == 1010 + 4
