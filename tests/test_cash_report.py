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
from members.common.pdf.letters import Table
from members.common.pdf.reports import render_report
from stadtbezirk.demo.bank import Line, statement
from tests import batches, personas, verapdf
from tests.test_pdf import flat, pages

pytestmark = pytest.mark.django_db


def last_year() -> int:
    return personas.this_year() - 1


def new_year() -> date:
    return date(last_year(), 1, 1)


def midyear() -> date:
    return date(last_year(), 6, 30)


def end() -> date:
    return date(last_year(), 12, 31)


def load(opening: str, since: date, until: date, *lines: tuple[str, date]) -> Decimal:
    """Load a statement of our account; return its closing balance."""
    batches.own_account()
    rows = [Line(Decimal(amount), day=day, reference=f"{amount}/{day}") for amount, day in lines]
    number = since.toordinal()
    file = statement(batches.OWN_IBAN, number, Decimal(opening), since, until, rows)
    [loaded] = services.load_statements(file, actor=personas.wf1()).new
    return Decimal(loaded.closing)


def report(year: int | None = None) -> cash.CashReport:
    return cash.report(year or last_year(), timezone.localdate())


def whole_year() -> None:
    load("1000", new_year() - timedelta(days=1), midyear(), ("500", date(last_year(), 3, 1)))
    load("1500", midyear(), end(), ("-200", date(last_year(), 9, 1)))


def test_opening_income_and_expenditure_make_the_closing_balance():
    whole_year()
    found = report()
    assert (found.opening, found.total_in, found.total_out, found.closing) == (1000, 500, -200, 1300)
    assert (found.difference, found.missing, found.adds_up) == (0, [], True)
    *lines, last = cash_papers.lines_of(found)
    assert sum(line.amount for line in lines) == last.amount == 1300
    assert cash_papers.verdict(found).startswith("Geht auf")


def test_a_missing_statement_is_named_with_its_days_and_what_moved():
    load("1000", new_year() - timedelta(days=1), midyear(), ("500", date(last_year(), 3, 1)))
    load("1400", date(last_year(), 8, 1), end(), ("-200", date(last_year(), 9, 1)))
    found = report()
    assert (found.difference, found.closing, found.adds_up) == (-100, 1200, False)
    [stretch] = found.missing
    assert (stretch.first, stretch.last, stretch.moved) == (
        date(last_year(), 7, 1),
        date(last_year(), 8, 1),
        -100,
    )
    assert (
        f"vom 01.07.{last_year()} bis 01.08.{last_year()}, Unterschied −100,00"
        in cash_papers.missing_in_words(found)[0]
    )


def test_days_without_a_movement_need_no_statement():
    load("1000", new_year() - timedelta(days=1), midyear(), ("500", date(last_year(), 3, 1)))
    load("1500", date(last_year(), 8, 1), end(), ("-200", date(last_year(), 9, 1)))
    assert report().adds_up


def test_before_the_first_statement_nothing_is_known():
    load("1500", midyear(), end(), ("-200", date(last_year(), 9, 1)))
    found = report()
    [stretch] = found.missing
    assert (stretch.first, stretch.last, stretch.moved) == (new_year(), midyear(), None)
    assert (found.opening, found.accounts[0].opened_on, found.closing) == (1500, midyear(), 1300)


def test_after_the_last_statement_nothing_is_known():
    load("1000", new_year() - timedelta(days=1), midyear(), ("500", date(last_year(), 3, 1)))
    [stretch] = report().missing
    assert (stretch.first, stretch.last) == (midyear() + timedelta(days=1), end())


def test_a_statement_over_the_turn_of_the_year_is_read_entry_by_entry():
    turn = (date(last_year() - 1, 12, 15), date(last_year(), 1, 10))
    load("1000", date(last_year() - 1, 12, 1), date(last_year(), 1, 31), ("100", turn[0]), ("50", turn[1]))
    assert report(last_year() - 1).closing == report().opening == 1100
    assert (report(last_year() - 1).total_in, report().total_in) == (100, 50)


def test_without_any_statement_it_says_so():
    batches.own_account()
    found = report()
    assert not found.has_statements
    assert "kein Kontoauszug geladen" in cash_papers.verdict(found)
    [stretch] = found.missing
    assert (stretch.first, stretch.last) == (new_year(), end())


def test_what_no_statement_tells_is_not_known_and_is_not_zero():
    batches.own_account()
    found = report()
    assert (found.opening, found.total_in, found.total_out, found.difference, found.closing) == (None,) * 5
    assert {line.cell for line in cash_papers.lines_of(found)} == {"nicht bekannt"}
    text = client_of(personas.auditor()).get(reverse("closing:cash", args=[last_year()])).content.decode()
    assert "0,00" not in text.split("k-books")[0]
    for paper, of_bank in (
        (cash_papers.as_pdf(found), [0, 1]),
        (cash_papers.audit_form(found, [], end()), [0]),
    ):
        tables = [block for block in paper.blocks if isinstance(block, Table)]
        for index in of_bank:
            assert "0,00" not in str(tables[index])


def test_a_year_after_the_last_statement_knows_only_what_it_began_with():
    load("1000", new_year() - timedelta(days=400), new_year() - timedelta(days=1))
    found = report()
    assert (found.opening, found.total_in, found.closing, found.has_statements) == (1000, None, None, False)


def test_with_a_difference_between_books_and_bank_it_does_not_add_up():
    whole_year()
    personas.open_year(last_year())
    given = {"amount": Decimal(60), "purpose": "Porto", "payee": "Post", "actor": personas.wf1()}
    funding.book_expense(last_year(), **given, paid=True, on=end())
    found = report()
    assert (found.adds_up, found.agrees) == (True, False)
    told = cash_papers.verdict(found)
    assert not told.startswith("Geht auf")
    assert "unterscheiden sich um −60,00" in told
    text = client_of(personas.auditor()).get(reverse("closing:cash", args=[last_year()])).content.decode()
    assert "callout wait" in text


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
    personas.open_year(last_year())
    expense = funding.book_expense(
        last_year(),
        amount=Decimal(60),
        purpose="Porto",
        payee="Post",
        actor=personas.wf1(),
        paid=True,
        on=end(),
    )
    january = date(last_year() + 1, 1, 1)
    load("1000", end(), january, ("-60", january))
    entry = batches.own_account().statements.get().entries.get()
    services.tick_booked_expense(entry, expense=expense, actor=personas.wf1())
    old, new = report(), report(last_year() + 1)
    assert (old.books.difference, old.explained) == (-60, -60)
    assert (new.books.difference, new.explained) == (60, 60)


def test_a_year_without_its_statements_is_yellow():
    personas.open_year(last_year())
    batches.own_account()
    [found] = lights_of(list(FiscalYear.objects.filter(year=last_year())), timezone.localdate())
    [light] = found.remaining
    assert (light.told, light.get_absolute_url()) == (
        "1\u00a0Zeitraum ohne Kontoauszug", reverse("closing:cash", args=[last_year()]),
    )  # fmt: skip


def client_of(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.parametrize("more", [0, 8])
def test_the_page_costs_the_same_for_any_number_of_entries(more, django_assert_num_queries):
    load(
        "1000",
        new_year() - timedelta(days=1),
        end(),
        *(("5", date(last_year(), 3, 1 + n)) for n in range(more + 1)),
    )
    client = client_of(personas.auditor())
    address = reverse("closing:cash", args=[last_year()])
    client.get(address)
    with django_assert_num_queries(14):
        assert client.get(address).status_code == 200


def test_each_sum_leads_to_its_entries_and_only_for_who_reads_payees():
    whole_year()
    text = client_of(personas.auditor()).get(reverse("closing:cash", args=[last_year()])).content.decode()
    there = f"{reverse('payments:entries', args=['eingang'])}?jahr={last_year()}"
    assert f"{there}&amp;geld=ein" in text
    assert (
        there
        not in client_of(personas.board()).get(reverse("closing:cash", args=[last_year()])).content.decode()
    )
    client = client_of(personas.wf1())
    for query, number in (("&geld=ein", 1), ("&geld=aus", 0)):
        page = client.get(there + query).content.decode()
        assert page.count("500,00") == number * 2, query
    for wrong in ("x", "0", "9" * 30):
        assert client.get(reverse("payments:entries", args=["eingang"]), {"jahr": wrong}).status_code == 404


def test_years_to_come_and_before_the_founding_are_not_there():
    client = client_of(personas.wf1())
    for name in ("cash", "cash_pdf", "cash_xlsx", "audit_form"):
        for year in (1999, last_year() + 2, 10**20):
            assert client.get(reverse(f"closing:{name}", args=[year])).status_code == 404


def test_the_workbook_has_a_sheet_for_each_table_and_one_that_explains():
    whole_year()
    response = client_of(personas.board()).get(reverse("closing:cash_xlsx", args=[last_year()]))
    with zipfile.ZipFile(BytesIO(response.getvalue())) as book:
        names = re.findall('<sheet name="([^"]+)"', book.read("xl/workbook.xml").decode())
    assert names == [
        "Kassenbericht", "Konten", "Fehlende Auszüge", "Bücher und Auszüge", "Unterschied erklärt", "Buchungsketten",
            "Erklärung", "Angaben",
    ]  # fmt: skip


@pytest.mark.pdf
def test_the_form_names_who_was_elected():
    auditor = personas.cash_auditor()
    response = client_of(personas.wf1()).get(reverse("closing:audit_form", args=[last_year()]))
    assert str(auditor.person) in flat(" ".join(pages(response.content)))


@pytest.mark.pdf
def test_the_papers_are_valid_and_readable():
    whole_year()
    found = report()
    for paper, words in (
        (cash_papers.as_pdf(found), "Endbestand laut Kontoauszug"),
        (cash_papers.audit_form(found, ["Kim Beispiel"], end()), "Kim Beispiel"),
    ):
        made = render_report(paper, day=end())
        assert made == render_report(paper, day=end())
        assert verapdf.findings(made) == []
        assert words in flat(" ".join(pages(made)))
