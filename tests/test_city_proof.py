"""The proof to the city: added up from the bookings, checked before it is shown."""

import re
import zipfile
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from funding import services as funding
from funding.closing import cash, cash_papers, city, city_papers
from funding.models import Application, FiscalYear, Pot
from funding.payments import services as payments
from members.common.pdf.letters import Table
from members.common.pdf.reports import render_report
from tests import batches, personas, statements, verapdf
from tests.closed import close_by_two, reopen_by_two
from tests.test_pdf import flat, pages

pytestmark = pytest.mark.django_db


def proof() -> city.CityProof:
    year = FiscalYear.objects.select_related("model").get(year=personas.this_year())
    return city.city_proof(year, timezone.localdate())


def client_of(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page(user: Any = None) -> str:
    response = client_of(user or personas.auditor()).get(reverse("closing:city", args=[personas.this_year()]))
    assert response.status_code == 200
    return response.content.decode()


@pytest.fixture
def story(db: None) -> None:
    """1,000 euro granted and 400 of it paid; 100 granted beside 300 of third parties; 42.50 of overhead; 500 of a donor; a
    transfer of 100 that waits.
    """
    personas.allow_transfers()
    personas.open_year()
    personas.more_money()
    batches.executed(batches.checked_call(personas.application(batches.granted("1000")), "400"))
    donors = [{"kind": "third_party", "label": "Sparkasse", "amount": "300"}]
    batches.granted("100", title="Mit Sparkasse", others=donors)


def test_what_came_in_is_what_went_out_and_what_is_left(story):
    found = proof()
    of = {row.pot.code: row for row in found.pots}
    assert (of["S1-APL"].model, of["S1-APL"].paid, of["S1-APL"].outstanding) == (12000, 400, 700)
    assert (of["S1-APL"].reserved, of["S1-APL"].available) == (100, 10800)
    assert (of["SPENDE"].special, of["SPENDE"].total_in) == (500, 500)
    assert (found.of_projects, found.of_overhead, found.total.paid) == (
        400,
        Decimal("42.50"),
        Decimal("442.50"),
    )
    assert found.total.total_in == 240500 == found.total.total_out + found.total.left
    assert found.adds_up
    assert all(row.adds_up for row in found.pots)


def test_transfers_move_money_and_make_none(story):
    funding.confirm_transfer(personas.pot("S1-APL").transfers_out.get(), actor=personas.wf2())
    found = proof()
    assert sorted(row.transferred for row in found.pots if row.transferred) == [-100, 100]
    assert (found.total.transferred, found.adds_up) == (0, True)


def test_every_kind_of_booking_has_its_place():
    """A kind that moves what a pot has, and stands in no figure, would make the proof wrong."""
    placed = {kind for moves in city.FIGURES.values() for kind, _, _ in moves}
    inner = {"reserve", "unreserve", "commit", "release"}
    assert placed | inner == set(city.MOVES)
    assert not placed & inner


def test_what_lapsed_is_told_until_the_year_is_opened_again():
    personas.open_year()
    close_by_two(personas.this_year())
    closed = proof()
    assert (closed.total.lapsed, closed.total.left, closed.adds_up) == (240000, 0, True)
    reopen_by_two(personas.this_year())
    again = proof()
    assert (again.total.lapsed, again.total.supplements, again.total.left) == (0, 0, 240000)
    assert again.adds_up


def test_a_counter_that_is_not_what_its_bookings_make_is_named(story):
    Pot.objects.filter(code="S1-APL").update(paid=Decimal(500))
    found = proof()
    assert [row.name for row in found.wrong] == [f"Säule 1 Aplerbeck {personas.this_year()}"]
    assert not found.adds_up
    assert f"Geht nicht auf: Säule 1 Aplerbeck {personas.this_year()}." in page()


def test_each_funded_project_stands_with_what_it_got_from_each_pot(story):
    found = proof()
    row, other = found.projects
    assert (row.granted, row.paid, row.open, other.granted) == (1000, 400, 600, 100)
    assert (found.funded_projects, found.with_third_party, found.third_party) == (2, 1, 300)
    assert row.application.get_absolute_url() in page()


def test_proofs_are_counted_by_depth(story):
    [row] = proof().proofs
    assert (row.asked, row.due, row.handed_in, row.checked) == (1, 0, 0, 0)
    year = FiscalYear.objects.get(year=personas.this_year())
    [late] = city.city_proof(year, timezone.localdate().replace(year=year.year + 5)).proofs
    assert (late.asked, late.due) == (1, 1)


def test_printed_reports_carry_the_ends_of_the_chains(story):
    pot, year = personas.pot("S2"), personas.this_year()
    for report in (city_papers.as_pdf(proof()), cash_papers.as_pdf(cash.report(year, timezone.localdate()))):
        [table] = [
            block for block in report.blocks if isinstance(block, Table) and "Ende der Kette" in block.header
        ]
        assert (str(pot), str(pot.chain_length), pot.chain_end[:16]) in table.rows


@pytest.mark.parametrize("more", [0, 4])
def test_the_queries_of_the_page_do_not_depend_on_the_size(story, more, django_assert_num_queries):
    for number in range(more):
        batches.granted("20", title=f"Nr. {number}")
    client = client_of(personas.auditor())
    address = reverse("closing:city", args=[personas.this_year()])
    client.get(address)
    with django_assert_num_queries(13):
        assert client.get(address).status_code == 200
    with django_assert_num_queries(14):
        assert client.get(address, {"projekte": "simple-asked"}).status_code == 200


def test_each_figure_of_a_pot_leads_to_the_bookings_that_make_it(story):
    client = client_of(personas.auditor())
    page = client.get(reverse("closing:city", args=[personas.this_year()])).content.decode()
    links = set(re.findall(r'href="(/foerderung/toepfe/\d+/\?art=(\w+))">\s*([\d.]+,\d\d)', page))
    assert {art for _, art, _ in links} >= {"ansatz", "bezahlt", "frei"}
    for address, art, figure in links:
        shown = client.get(address)
        assert shown.context["page"].object_list, address
        if art in ("bezahlt", "frei"):
            assert figure in shown.content.decode()


def test_each_number_of_projects_and_proofs_leads_to_just_those(story):
    client, address = client_of(personas.auditor()), reverse("closing:city", args=[personas.this_year()])
    shown = client.get(address).content.decode()
    links = dict(re.findall(r'<a\s+href="(\?projekte=[\w-]+)#c-each">(\d+)', shown))
    assert links == {"?projekte=drittmittel": "1", "?projekte=simple-asked": "1"}
    for query, number in links.items():
        some = client.get(address + query)
        assert len(some.context["page"].object_list) == int(number), query
        assert "Diese Projekte" in some.content.decode()
    [row] = client.get(address + "?projekte=drittmittel").context["page"].object_list
    assert (row.project.title, row.third_party, proof().third_party) == ("Mit Sparkasse", 300, 300)
    assert "Drittmittel 300,00" in shown
    [row] = client.get(address + "?projekte=simple-asked").context["page"].object_list
    assert row.paid == 400
    # What is due, handed in or checked is chosen by what is counted.
    for depth in ("simple", "list"):
        for name in city.PROVED:
            rows = city.chosen(proof(), f"{depth}-{name}")
            said = sum(getattr(each, name) for each in proof().proofs if each.depth == depth)
            assert rows is not None and len(rows) == said
    for nonsense in ("simple", "simple-x", "x-asked", "alle"):
        everything = client.get(address, {"projekte": nonsense})
        assert (
            len(everything.context["page"].object_list) == 2
            and "Alle Projekte" in everything.content.decode()
        )


def test_what_the_bank_says_stands_with_its_days(story):
    special = statements.entry("500")
    payments.tick_special(
        special, pot=Pot.objects.get(kind=Pot.Kind.SPECIAL), raises=False, actor=personas.wf1()
    )
    found = proof()
    assert found.for_special == [special] and found.special_received == 500
    shown, board = page(), page(personas.board())
    assert special.get_absolute_url() in shown and special.get_absolute_url() not in board
    assert f"am {special.booked_on:%d.%m.%Y}" in board


def test_a_figure_that_no_pot_has_needs_no_column(story):
    heading = '<th scope="col" class="num">%s</th>'
    text = page()
    assert heading % "Ansatz" in text
    assert heading % "verfallen" not in text
    assert 'data-l="verfallen"' not in text
    assert "lapsed" not in proof().shown


def test_what_is_claimed_back_is_told(story):
    client, address = client_of(personas.auditor()), reverse("closing:city", args=[personas.this_year()])
    assert "zurückgefordert" not in client.get(address).content.decode()
    paid = Application.objects.filter(state="approved", paid__gt=5).earliest("pk")
    funding.reclaim(paid, amount=Decimal(5), reason="Zu viel.", actor=personas.wf1())
    shown = client.get(address).content.decode()
    behind = reverse("closing:rows", args=[personas.this_year(), "rueckforderungen"])
    assert f'<a href="{behind}">5,00\xa0€</a>, noch nicht zurückgekommen' in shown
    assert paid.project.title in client.get(behind).content.decode()


def test_what_came_from_the_city_stands_row_by_row_with_what_has_not_come(story):
    year = FiscalYear.objects.get(year=personas.this_year())
    assert "callout wait" in page()
    assert city_papers.verdict(proof()).startswith("Die Bücher gehen auf")
    entries = [statements.entry(amount) for amount in ("120000", "20000.50")]
    for entry in entries:
        payments.tick_instalment(entry, year=year, actor=personas.wf1())
    found = proof()
    assert ([row.pk for row in found.received], found.instalments) == (
        [each.pk for each in entries],
        Decimal("140000.50"),
    )
    assert found.to_come == found.total.model - Decimal("140000.50")
    text = page()
    assert all(each.get_absolute_url() in text for each in entries)
    assert entries[0].get_absolute_url() not in page(personas.board())
    [told] = [
        block
        for block in city_papers.as_pdf(found).blocks
        if isinstance(block, Table) and "Kontoauszug" in block.header
    ]
    assert [(row[0], row[2], row[3]) for row in told.rows] == [
        ("Geld der Stadt", str(entries[0].statement), "120.000,00"), ("Geld der Stadt", str(entries[1].statement), "20.000,50"),
    ]  # fmt: skip
    assert f"{found.to_come:,.2f}".replace(",", "x").replace(".", ",").replace("x", ".") in text


def test_a_planned_year_has_no_proof_yet():
    planned = funding.plan_year(personas.this_year() + 1, actor=personas.wf1())
    client = client_of(personas.wf1())
    for name in ("city", "city_pdf", "city_xlsx"):
        assert client.get(reverse(f"closing:{name}", args=[planned.year])).status_code == 404


def test_the_workbook_has_a_sheet_for_each_table_and_one_that_explains(story):
    response = client_of(personas.board()).get(reverse("closing:city_xlsx", args=[personas.this_year()]))
    with zipfile.ZipFile(BytesIO(response.getvalue())) as book:
        names = re.findall('<sheet name="([^"]+)"', book.read("xl/workbook.xml").decode())
    assert names == [
        "Überblick",
        "Laut Kontoauszug",
        "Töpfe",
        "Projekte",
        "Verwendungsnachweise",
        "Buchungsketten",
        "Erklärung",
        "Angaben",
    ]


@pytest.mark.pdf
def test_the_paper_is_valid_and_says_that_it_adds_up(story):
    paper = city_papers.as_pdf(proof())
    made = render_report(paper, day=timezone.localdate())
    assert verapdf.findings(made) == []
    text = flat(" ".join(pages(made)))
    assert "Die Bücher gehen auf" in text
    assert "Säule 1 Aplerbeck" in text
