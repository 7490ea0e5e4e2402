"""The Kassenbericht: it follows the statements to the cent, and names what they do not tell."""

import re
import zipfile
from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from funding import services as funding
from funding.closing import cash, cash_papers
from funding.closing.lights import lights_of
from funding.models import FiscalYear
from funding.payments import services
from members.common.pdf.reports import render_report
from stadtbezirk.demo.bank import Line, statement
from tests import batches, personas, verapdf
from tests.test_pdf import flat, pages

pytestmark = pytest.mark.django_db

YEAR = timezone.localdate().year - 1
NEW_YEAR, TURN, END = date(YEAR, 1, 1), date(YEAR, 6, 30), date(YEAR, 12, 31)


def load(opening: str, since: date, until: date, *lines: tuple[str, date]) -> Decimal:
    """Load a statement of our account; return its closing balance."""
    batches.own_account()
    rows = [Line(Decimal(amount), day=day, reference=f"{amount}/{day}") for amount, day in lines]
    number = since.toordinal()
    file = statement(batches.OWN_IBAN, number, Decimal(opening), since, until, rows)
    [loaded] = services.load_statements(file, actor=personas.wf1()).new
    return Decimal(loaded.closing)


def report(year: int = YEAR) -> cash.CashReport:
    return cash.report(year, timezone.localdate())


def whole_year() -> None:
    load("1000", NEW_YEAR - timedelta(days=1), TURN, ("500", date(YEAR, 3, 1)))
    load("1500", TURN, END, ("-200", date(YEAR, 9, 1)))


def test_opening_income_and_expenditure_make_the_closing_balance():
    whole_year()
    found = report()
    assert (found.opening, found.total_in, found.total_out, found.closing) == (1000, 500, -200, 1300)
    assert (found.difference, found.missing, found.adds_up) == (0, [], True)
    *lines, last = cash_papers.lines_of(found)
    assert sum(line.amount for line in lines) == last.amount == 1300
    assert cash_papers.verdict(found).startswith("Geht auf")


def test_a_missing_statement_is_named_with_its_days_and_what_moved():
    load("1000", NEW_YEAR - timedelta(days=1), TURN, ("500", date(YEAR, 3, 1)))
    load("1400", date(YEAR, 8, 1), END, ("-200", date(YEAR, 9, 1)))
    found = report()
    assert (found.difference, found.closing, found.adds_up) == (-100, 1200, False)
    [stretch] = found.missing
    assert (stretch.first, stretch.last, stretch.moved) == (date(YEAR, 7, 1), date(YEAR, 8, 1), -100)
    assert f"vom 01.07.{YEAR} bis 01.08.{YEAR}, Unterschied −100,00" in cash_papers.missing_in_words(found)[0]


def test_days_without_a_movement_need_no_statement():
    load("1000", NEW_YEAR - timedelta(days=1), TURN, ("500", date(YEAR, 3, 1)))
    load("1500", date(YEAR, 8, 1), END, ("-200", date(YEAR, 9, 1)))
    assert report().adds_up


def test_before_the_first_statement_nothing_is_known():
    load("1500", TURN, END, ("-200", date(YEAR, 9, 1)))
    found = report()
    [stretch] = found.missing
    assert (stretch.first, stretch.last, stretch.moved) == (NEW_YEAR, TURN, None)
    assert (found.opening, found.accounts[0].opened_on, found.closing) == (1500, TURN, 1300)


def test_after_the_last_statement_nothing_is_known():
    load("1000", NEW_YEAR - timedelta(days=1), TURN, ("500", date(YEAR, 3, 1)))
    [stretch] = report().missing
    assert (stretch.first, stretch.last) == (TURN + timedelta(days=1), END)


def test_a_statement_over_the_turn_of_the_year_is_read_entry_by_entry():
    turn = (date(YEAR - 1, 12, 15), date(YEAR, 1, 10))
    load("1000", date(YEAR - 1, 12, 1), date(YEAR, 1, 31), ("100", turn[0]), ("50", turn[1]))
    assert report(YEAR - 1).closing == report().opening == 1100
    assert (report(YEAR - 1).total_in, report().total_in) == (100, 50)


def test_without_any_statement_it_says_so():
    batches.own_account()
    found = report()
    assert not found.has_statements
    assert "kein Kontoauszug geladen" in cash_papers.verdict(found)
    [stretch] = found.missing
    assert (stretch.first, stretch.last) == (NEW_YEAR, END)


def test_what_only_the_books_have_explains_the_difference():
    personas.open_year()
    funding.book_expense(
        personas.this_year(),
        amount=Decimal("42.50"),
        purpose="Porto",
        payee="Post",
        actor=personas.wf1(),
        paid=True,
    )
    found = report(timezone.localdate().year)
    assert found.books.difference == found.explained == Decimal("-42.50")
    [row] = found.books.loose
    assert row.why == "steht auf keinem Auszug dieser Tage"


def test_what_is_paid_in_one_year_and_on_the_statement_of_the_next_is_told_in_both():
    """An expense of the old year that the bank books in January."""
    personas.open_year(YEAR)
    expense = funding.book_expense(
        YEAR, amount=Decimal(60), purpose="Porto", payee="Post", actor=personas.wf1(), paid=True, on=END
    )
    january = date(YEAR + 1, 1, 1)
    load("1000", END, january, ("-60", january))
    entry = batches.own_account().statements.get().entries.get()
    services.tick_booked_expense(entry, expense=expense, actor=personas.wf1())
    old, new = report(), report(YEAR + 1)
    assert (old.books.difference, old.explained) == (-60, -60)
    assert (new.books.difference, new.explained) == (60, 60)


def test_a_year_without_its_statements_is_yellow():
    personas.open_year(YEAR)
    batches.own_account()
    [found] = lights_of(list(FiscalYear.objects.filter(year=YEAR)), timezone.localdate())
    [light] = found.remaining
    assert (light.told, light.get_absolute_url()) == (
        "1\u00a0Zeitraum ohne Kontoauszug", reverse("closing:cash", args=[YEAR]),
    )  # fmt: skip


def client_of(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.parametrize("more", [0, 8])
def test_the_page_costs_the_same_for_any_number_of_entries(more, django_assert_num_queries):
    load("1000", NEW_YEAR - timedelta(days=1), END, *(("5", date(YEAR, 3, 1 + n)) for n in range(more + 1)))
    client = client_of(personas.auditor())
    address = reverse("closing:cash", args=[YEAR])
    client.get(address)
    with django_assert_num_queries(14):
        assert client.get(address).status_code == 200


def test_each_sum_leads_to_its_entries_and_only_for_who_reads_payees():
    whole_year()
    text = client_of(personas.auditor()).get(reverse("closing:cash", args=[YEAR])).content.decode()
    there = f"{reverse('payments:entries', args=['eingang'])}?jahr={YEAR}"
    assert f"{there}&amp;geld=ein" in text
    assert there not in client_of(personas.board()).get(reverse("closing:cash", args=[YEAR])).content.decode()
    client = client_of(personas.wf1())
    for query, number in (("&geld=ein", 1), ("&geld=aus", 0)):
        page = client.get(there + query).content.decode()
        assert page.count("500,00") == number * 2, query
    for wrong in ("x", "0", "9" * 30):
        assert client.get(reverse("payments:entries", args=["eingang"]), {"jahr": wrong}).status_code == 404


def test_years_to_come_and_before_the_founding_are_not_there():
    client = client_of(personas.wf1())
    for name in ("cash", "cash_pdf", "cash_xlsx", "audit_form"):
        for year in (1999, YEAR + 2, 10**20):
            assert client.get(reverse(f"closing:{name}", args=[year])).status_code == 404


def test_the_workbook_has_a_sheet_for_each_table_and_one_that_explains():
    whole_year()
    response = client_of(personas.board()).get(reverse("closing:cash_xlsx", args=[YEAR]))
    with zipfile.ZipFile(BytesIO(response.getvalue())) as book:
        names = re.findall('<sheet name="([^"]+)"', book.read("xl/workbook.xml").decode())
    assert names == [
        "Kassenbericht", "Konten", "Fehlende Auszüge", "Bücher und Auszüge", "Unterschied erklärt", "Buchungsketten",
            "Erklärung", "Angaben",
    ]  # fmt: skip


@pytest.mark.pdf
def test_the_form_names_who_was_elected():
    auditor = personas.cash_auditor()
    response = client_of(personas.wf1()).get(reverse("closing:audit_form", args=[YEAR]))
    assert str(auditor.person) in flat(" ".join(pages(response.content)))


@pytest.mark.pdf
def test_the_papers_are_valid_and_readable():
    whole_year()
    found = report()
    for paper, words in (
        (cash_papers.as_pdf(found), "Endbestand laut Kontoauszug"),
        (cash_papers.audit_form(found, ["Kim Beispiel"], END), "Kim Beispiel"),
    ):
        made = render_report(paper, day=END)
        assert made == render_report(paper, day=END)
        assert verapdf.findings(made) == []
        assert words in flat(" ".join(pages(made)))
