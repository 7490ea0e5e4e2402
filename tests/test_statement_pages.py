"""The pages of the bank's statements: a file is loaded, a proposal is seen and clicked, the rest is said otherwise."""

import csv
import re
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from funding import hooks
from funding import services as core
from funding.models import Expense, LedgerEntry
from funding.payments import reconcile, services
from funding.payments.models import (
    BankStatement,
    OwnAccount,
    Payment,
    PaymentBatch,
    PaymentCall,
    StatementEntry,
)
from members.common.keys import new_key
from members.models import User
from tests import batches as b
from tests import personas as p
from tests import statements as s
from tests.closed import close_by_two
from tests.test_batch_pages import get, send
from tests.test_project_pages import signed_in, text_of

pytestmark = pytest.mark.django_db

PAGE = "/foerderung/auszahlungen/kontoauszuege/"


def load(content: bytes, user: User | None = None, name: str = "auszug.xml") -> Any:
    return send(user or p.wf1(), PAGE, "load", file=SimpleUploadedFile(name, content))


class TestLoading:
    def test_a_file_is_loaded_and_its_entries_are_shown(self):
        answer = load(s.file_of(s.line("250", name="Kulturverein", remittance="Danke")))
        statement = BankStatement.objects.get()
        assert answer.redirect_chain[-1][0] == statement.get_absolute_url()
        text = text_of(answer)
        assert "1 Kontoauszug mit 1 Buchung geladen" in text.replace("\u00a0", " ")
        assert "Kulturverein · Danke" in text

    def test_a_missing_statement_and_entries_that_are_there_are_said(self):
        earlier = b.bank_day() - timedelta(days=3)
        load(s.file_of(s.line("5", reference="R1", day=earlier), day=earlier))
        told = text_of(load(s.file_of(s.line("5", reference="R1", day=earlier), s.line("7"), opening="2000")))
        assert "1 Buchung steht auch auf einem anderen Auszug" in told.replace("\u00a0", " ")
        assert (
            "fehlt ein Auszug: Der eine endet mit 1.005,00 €, der andere beginnt mit 2.000,00 €"
            in told.replace("\u00a0", " ")
        )

    def test_the_same_file_again_is_said(self):
        content = s.file_of(s.line("5"))
        load(content)
        assert "Diese Auszüge sind schon da" in text_of(load(content, p.wf2()))

    @pytest.mark.parametrize(
        ("content", "sentence"),
        [
            (b"", "Die Datei ist leer"),
            (b"%PDF-1.7", "Das ist eine PDF-Datei"),
            (b"<Document", "unvollständig oder beschädigt"),
            (s.camt_of_a_stranger, "das ist keins des Vereins"),
        ],
    )  # fmt: skip
    def test_what_is_no_statement_of_ours_is_refused_beside_the_field(self, content, sentence):
        b.own_account()
        answer = load(content() if callable(content) else content)
        assert answer.status_code == 422
        found = re.search(r'id="load-file_error"[^>]*>.*?</', answer.content.decode(), re.S) or re.search(
            r'invalid-feedback.*?</', answer.content.decode(), re.S
        )  # fmt: skip
        assert sentence in text_of(answer)
        assert found
        assert not BankStatement.objects.exists()


class TestBooking:
    def test_a_proposal_is_booked_with_one_click(self):
        batch = b.released(b.checked_call(amount="100"))
        found = s.entry("-100", message_id=batch.message_id)
        shown = get(p.wf2(), found.statement)
        assert f" Zahlungslauf Nr. {batch.pk} " in shown and "Zahlungslauf: Zahlungslauf" not in shown
        assert not LedgerEntry.objects.filter(kind="pay").exists(), "seeing it books nothing"
        answer = send(p.wf1(), found, "take")
        assert "auf dem Auszug abgehakt" in text_of(answer)
        batch.refresh_from_db()
        assert batch.state == "executed"
        assert f"Zahlungslauf Nr. {batch.pk}" in " ".join(get(p.auditor(), found.statement).split())

    def test_a_batch_of_many_is_ticked_with_its_last_payment(self, monkeypatch):
        monkeypatch.setattr(services, "LONGEST", 0)
        batch = b.released(*(b.checked_call(amount=amount) for amount in ("100", "200")))
        found = s.entry("-300", message_id=batch.message_id)
        assert "noch zu buchen: 1" in text_of(send(p.wf1(), found, "take"))
        found.refresh_from_db()
        assert (found.state, LedgerEntry.objects.filter(kind="pay").count()) == ("open", 1)
        assert "auf dem Auszug abgehakt, mit allen Zahlungen" in text_of(send(p.wf1(), found, "take"))
        found.refresh_from_db()
        assert (found.state, LedgerEntry.objects.filter(kind="pay").count()) == ("matched", 2)
        assert not b.found()

    def test_the_list_has_the_same_button(self):
        batch = b.released(b.checked_call(amount="100"))
        found = s.entry("-100", message_id=batch.message_id)
        client = signed_in(p.wf1())
        html = client.get(found.statement.get_absolute_url()).content.decode()
        form = next(f for f in re.findall(r"<form.*?</form>", html, re.S) if found.get_absolute_url() in f)
        hidden = dict(re.findall(r'<input type="hidden" name="([\w-]+)" value="([^"]*)"', form))
        client.post(found.get_absolute_url(), hidden)
        found.refresh_from_db()
        assert found.state == "matched"

    def test_a_proposal_that_has_changed_is_not_booked(self):
        batch = b.released(b.checked_call(amount="100"))
        found = s.entry("-100", message_id=batch.message_id)
        answer = send(p.wf1(), found, "take", seen=f"batch.paymentbatch.{batch.pk + 1}")
        assert answer.status_code == 422
        assert "Der Vorschlag hat sich geändert" in text_of(answer)
        found.refresh_from_db()
        assert found.state == "open"

    def test_a_fee_becomes_an_expense(self):
        p.open_year(b.bank_day().year)
        found = s.entry("-9.90", fee=True, text="Kontoführung")
        send(p.wf1(), found, "take")
        assert (Expense.objects.get().purpose, Expense.objects.get().amount) == (
            "Kontoführung",
            Decimal("9.90"),
        )

    def test_a_fee_of_a_closed_year_is_booked_in_an_open_one(self):
        former, later = p.open_year(b.bank_day().year), p.open_year(b.bank_day().year + 1)
        found = s.entry("-9.90", fee=True, text="Kontoführung")
        close_by_two(former.year)
        assert f"Das Haushaltsjahr {former} ist aber abgeschlossen" in get(p.wf1(), found)
        typed = {"purpose": "Kontoführung", "payee": "Bank"}
        answer = send(p.wf1(), found, "expense", year=former.year, **typed)
        assert answer.status_code == 422 and "Bitte ein offenes wählen" in text_of(answer)
        send(p.wf1(), found, "expense", year=later.year, **typed)
        found.refresh_from_db()
        assert (found.expense.pot.year, found.expense.paid_on) == (later, found.booked_on)
        assert not b.found()

    def test_each_other_use_is_offered_and_booked(self, monkeypatch):
        year = p.open_year()
        project = b.granted("500")
        money_in = s.entry("100", name="Unbekannt")
        page = get(p.wf1(), money_in)
        for title in (
            "Geld der Stadt",
            "Sondermittel",
            "Rückzahlung einer Bewilligung",
            "Rücklauf",
            "Zur Seite legen",
        ):
            assert title in page
        answer = send(p.wf1(), money_in, "repayment", grant=project.number)
        assert "keine Bewilligung bekannt" in text_of(answer)
        answer = send(p.wf1(), money_in, "interest", grant=project.number)
        assert (answer.status_code, "keine Zinsen offen" in text_of(answer)) == (422, True)
        monkeypatch.setattr(hooks, "interest", [])
        answer = send(p.wf1(), s.entry("3"), "interest", grant=project.number)
        assert "Gebucht: 3,00 € Zinsen" in text_of(answer)
        send(p.wf1(), money_in, "instalment", year=year.year)
        money_in.refresh_from_db()
        assert money_in.use == "instalment"
        out = s.entry("-30")
        send(p.wf1(), out, "expense", year=year.year, purpose="Druck", payee="Druckerei")
        out.refresh_from_db()
        assert out.expense.payee == "Druckerei"

    def test_put_aside_and_taken_up_again(self):
        found = s.entry("-20")
        answer = send(p.wf1(), found, "aside", reason="")
        assert "Bitte begründen Sie" in text_of(answer)
        send(p.wf1(), found, "aside", reason="Sparkonto")
        assert "Sparkonto" in get(p.wf2(), found)
        send(p.wf2(), found, "take_up")
        found.refresh_from_db()
        assert found.state == "open"

    def test_who_only_reads_sees_no_button(self):
        found = s.entry("-9.90", fee=True)
        client = signed_in(p.auditor())
        for page in (found.get_absolute_url(), found.statement.get_absolute_url(), PAGE):
            html = client.get(page).content.decode()
            assert 'name="step"' not in html
        assert client.post(found.get_absolute_url(), {"step": "take"}).status_code == 403


def test_the_balance_is_explained_line_by_line():
    p.open_year()
    batch = b.executed(b.checked_call(amount="100"))
    b.executed(b.checked_call(amount="70"))
    [statement] = services.load_statements(
        s.file_of(
            s.line("-100", message_id=batch.message_id), s.line("500", name="Stadt Dortmund"), s.line("-5"), opening="1000"
        ),
        actor=p.wf1(),
    ).new  # fmt: skip
    services.tick_batch(statement.entries.get(amount=Decimal(-100)), batch=batch, actor=p.wf1())
    services.tick_instalment(statement.entries.get(amount=Decimal(500)), year=p.open_year(), actor=p.wf1())
    text = " ".join(get(p.auditor(), f"{PAGE}abgleich/").replace("\u00a0", " ").split())
    assert "Geld der Stadt 1 Buchung 500,00 €" in text
    assert "Zahlungen 1 Buchung −100,00 €" in text
    assert "abgegangen, noch nicht zugeordnet 1 Buchung −5,00 €" in text
    assert "Nicht erklärt 0,00 €" in text
    assert "Zahlungen an Projekte −170,00 € −100,00 € −70,00 €" in text
    assert "steht auf keinem Auszug −70,00 €" in text


def overhead_and_grant() -> BankStatement:
    """A batch of 70 euro of overhead and 100 for a project; the bank sends the overhead back."""
    asked = p.asked(b.payee(), "70", purpose="Druck der Richtlinie")
    call = services.call_expense(p.this_year(), asked=asked, actor=p.wf1(), on=b.bank_day())
    batch = b.executed(services.check_call(call, actor=p.wf2()), b.checked_call(amount="100"))
    back = batch.payments.get(expense__isnull=False)
    lines = (
        s.line("-170", message_id=batch.message_id),
        s.line("70", end_to_end=back.end_to_end, return_reason="AC04", name="Verein Hörde"),
    )
    [statement] = services.load_statements(s.file_of(*lines), actor=p.wf1()).new
    return statement


def test_overhead_that_the_bank_sends_back_is_proposed_booked_back_and_paid_again():
    p.open_year()
    statement = overhead_and_grant()
    back = statement.entries.get(amount=Decimal(70))
    expense, call = Expense.objects.get(), PaymentCall.objects.get(expense__isnull=False)
    text = " ".join(get(p.wf1(), back).replace("\u00a0", " ").split())
    assert "Grund der Bank: AC04 Konto aufgelöst." in text
    answer = send(p.wf1(), back, "take")
    assert "Zurückgebucht: 70,00 €" in text_of(answer).replace("\u00a0", " ")
    call.refresh_from_db()
    assert (call.state, Expense.objects.get().paid_on) == ("bounced", None)
    assert b.found() == []
    assert "noch nicht bezahlt" in get(p.wf1(), expense)
    assert "von der Bank zurückgekommen" in get(p.wf1(), call)
    b.executed(call)
    assert Expense.objects.get().paid_on == b.bank_day()
    assert b.found() == []


def test_each_line_of_the_books_stands_beside_its_line_of_the_bank():
    p.open_year()
    statement = overhead_and_grant()
    out, back = statement.entries.get(amount=Decimal(-170)), statement.entries.get(amount=Decimal(70))
    services.tick_batch(out, batch=PaymentBatch.objects.get(), actor=p.wf1())
    page = f"{PAGE}abgleich/"
    text = " ".join(get(p.auditor(), page).replace("\u00a0", " ").split())
    assert "Zahlungen an Projekte −100,00 € −100,00 € 0,00 €" in text
    assert "Gemeinkosten per Zahlungslauf −70,00 € −70,00 € 0,00 €" in text
    services.tick_return(back, payment=Payment.objects.get(expense__isnull=False), actor=p.wf1())
    text = " ".join(get(p.auditor(), page).replace("\u00a0", " ").split())
    assert "Rückläufe der Bank 70,00 € 70,00 € 0,00 €" in text
    assert "Gemeinkosten ohne Zahlungslauf 0,00 € 0,00 € 0,00 €" in text
    assert "Was den Unterschied erklärt" not in text


def test_what_came_back_without_a_statement_is_named():
    p.open_year()
    statement = overhead_and_grant()
    out = statement.entries.get(amount=Decimal(-170))
    services.tick_batch(out, batch=PaymentBatch.objects.get(), actor=p.wf1())
    payment = Payment.objects.get(expense__isnull=True)
    services.send_back(payment, reason="Konto erloschen", returned_on=b.bank_day(), actor=p.wf1())
    text = " ".join(get(p.auditor(), f"{PAGE}abgleich/").replace("\u00a0", " ").split())
    assert "Rückläufe der Bank 100,00 € 0,00 € 100,00 €" in text
    assert f"Rücklauf {payment.end_to_end} steht auf keinem Auszug 100,00 €" in text


def many_kinds() -> BankStatement:
    """A year with all that a statement can have, and all that it lacks."""
    year, wf1 = p.open_year(b.bank_day().year), p.wf1()
    b.balance("9000")
    kept, struck = b.checked_call(amount="100"), b.checked_call(amount="30")
    batch = b.released(kept, struck)
    services.strike(batch.payments.get(call=struck), reason="Konto gesperrt", actor=wf1)
    single = b.executed(b.checked_call(amount="60")).payments.get()
    b.executed(b.checked_call(amount="70"))
    back = b.executed(b.checked_call(amount="50")).payments.get()
    services.send_back(back, reason="Konto erloschen", returned_on=b.bank_day(), actor=wf1)
    services.pay_former(
        p.application(b.granted("11")),
        amount=Decimal(11),
        caller=p.gf_aplerbeck(),
        actor=wf1,
        on=b.bank_day(),
    )
    core.book_expense(
        year.year, amount=Decimal(7), purpose="x", payee="y", paid=True, actor=wf1, on=b.bank_day()
    )
    lines = [
        s.line("-100", message_id=batch.message_id),
        s.line("-60", end_to_end=single.end_to_end),
        s.line("57.50", end_to_end=single.end_to_end, return_reason="AC04"),
        s.line("-9.90", fee=True),
        s.line("9.90", fee=True),
        s.line("-3", fee=True, text="Porto"),
        s.line("-4"),
    ]
    [statement] = services.load_statements(s.file_of(*lines, opening="500"), actor=wf1).new
    found = {entry.amount: entry for entry in statement.entries.all()}
    services.tick_batch(found[Decimal(-100)], batch=batch, actor=wf1)
    services.tick_payment(found[Decimal(-60)], payment=single, actor=wf1)
    services.tick_return(found[Decimal("57.50")], payment=single, actor=wf1)
    services.tick_expense(found[Decimal("-9.90")], year=year, actor=wf1)
    fee = StatementEntry.objects.get(amount=Decimal("-9.90")).expense
    services.tick_refund(found[Decimal("9.90")], expense=fee, actor=wf1)
    services.tick_expense(found[Decimal(-3)], year=year, actor=wf1)
    return statement


def test_bank_and_books_agree_to_the_cent_and_what_stands_in_one_place_only_is_named():
    statement = many_kinds()
    [of] = reconcile.of_accounts()
    assert (of.difference, of.last.closing) == (0, statement.closing)
    books = reconcile.with_books()
    assert [(row.label, row.books, row.bank) for row in books.rows] == [
        ("Zahlungen an Projekte", -291, -160),
        ("Gemeinkosten per Zahlungslauf", 0, 0),
        ("Rückläufe der Bank", 110, 60),
        ("Rückzahlungen und Zinsen", 0, 0),
        ("Gemeinkosten ohne Zahlungslauf", Decimal("-12.50"), Decimal("-5.50")),
    ]
    assert sorted(each.effect for each in books.loose) == [-70, -50, -11, -7, 50]
    assert books.difference == sum(each.effect for each in books.loose)
    assert not b.found()


def test_what_was_booked_before_the_statement_begins_explains_the_difference():
    day = b.bank_day()
    year = p.open_year(day.year)
    earlier = max(day - timedelta(days=9), date(day.year, 1, 1))
    expense = core.book_expense(
        year.year, amount=Decimal(8), purpose="x", payee="y", paid=True, actor=p.wf1(), on=earlier
    )
    services.tick_booked_expense(s.entry("-8"), expense=expense, actor=p.wf1())
    books = reconcile.with_books()
    assert books is not None
    assert [(each.row, each.why, each.effect) for each in books.loose] == [(expense, reconcile.OTHER_DAY, 8)]
    assert books.difference == 8


def test_each_line_leads_to_its_entries():
    statement = many_kinds()
    client = signed_in(p.auditor())
    html = client.get(f"{PAGE}abgleich/").content.decode()
    links = re.findall(rf'href="({PAGE}abgleich/(?:\d+/)?[\w-]+/)"', html)
    assert len(links) == 9
    for link in links:
        answer = client.get(link)
        assert answer.status_code == 200, link
    text = " ".join(
        text_of(client.get(f"{PAGE}abgleich/{statement.account_id}/ruecklaeufe/"))
        .replace("\u00a0", " ")
        .split()
    )
    assert "1 Buchung der Bank auf" in text and "57,50 €" in text and "2,50 € Entgelt: Ausgabe Nr." in text
    assert client.get(f"{PAGE}abgleich/anderes/").status_code == 404


def test_an_entry_without_words_of_the_bank_is_called_by_its_reference():
    named, bare = s.line("5", end_to_end="MIETE-2026"), s.line("7")
    [statement] = services.load_statements(s.file_of(named, bare), actor=p.wf1()).new
    client = signed_in(p.wf1())
    for address in (statement.get_absolute_url(), f"{PAGE}abgleich/{statement.account_id}/eingang/"):
        text = text_of(client.get(address))
        assert "MIETE-2026" in text and "ohne Angaben" in text, address


def test_the_journal_adds_up_to_what_the_account_moved_without_a_payment_that_was_struck():
    statement = many_kinds()
    lines = journal(p.wf1(), 5)
    signed = [
        Decimal(line["Umsatz"].replace(",", ".")) * (1 if line["Soll/Haben"] == "S" else -1) for line in lines
    ]
    assert sum(signed) == statement.closing - statement.opening
    assert signed == [Decimal(each) for each in ("-100", "-60", "60", "-2.50", "-9.90", "9.90", "-3", "-4")]
    assert (
        lines[3]["Buchungstext"].startswith("Gemeinkosten, ")
        and "Entgelt der Bank, Rücklauf" in lines[3]["Buchungstext"]
    )


def test_the_journal_leaves_out_words_with_an_account():
    s.entry("5", name="Verein", remittance="von DE89 3704 0044 0532 0130 00 für Fest")
    [line] = journal(p.wf1(), 4)
    assert line["Buchungstext"] == "offen, Verein"


def test_what_is_counted_elsewhere_is_said_and_can_be_told_apart():
    load(s.file_of(s.line("-5", name="Laden")))
    told = text_of(load(s.file_of(s.line("-5", name="Laden"), opening="500"))).replace("\u00a0", " ")
    assert "1 Buchung steht auch auf einem anderen Auszug; gezählt wird nur dort" in told
    again = StatementEntry.objects.get(state="again")
    page = get(p.auditor(), again).replace("\u00a0", " ")
    assert (
        "keiner der beiden Auszüge folgt auf den anderen" in " ".join(page.split())
        and "Nein, eine weitere Buchung" not in page
    )
    answer = send(p.wf1(), again, "apart", reason="")
    assert answer.status_code == 422 and "Bitte begründen Sie" in text_of(answer)
    assert "Als weitere Buchung gezählt" in text_of(send(p.wf1(), again, "apart", reason="Zwei Einkäufe"))
    assert "und ist doch eine weitere" in get(p.auditor(), again)
    answer = send(p.wf1(), again, "same", same=again.same_as_id)
    assert "Als dieselbe Buchung vermerkt" in text_of(answer)
    again.refresh_from_db()
    assert (again.state, again.further) == ("again", "")
    assert not b.found()


def test_a_return_less_the_fee_is_one_click_and_a_refunded_fee_another():
    p.open_year(b.bank_day().year)
    payment = b.executed(b.checked_call(amount="100")).payments.get()
    less = s.entry("97.50", end_to_end=payment.end_to_end, return_reason="AC04")
    assert "2,50 € als Entgelt der Bank bei den Gemeinkosten" in get(p.wf1(), less).replace("\u00a0", " ")
    told = text_of(send(p.wf1(), less, "take")).replace("\u00a0", " ")
    assert "Zurückgebucht: 100,00 €" in told and "Entgelt der Bank bei den Gemeinkosten: 2,50 €" in told
    refund = s.entry("2.50", fee=True)
    assert "Storniert: Ausgabe Nr." in text_of(send(p.wf1(), refund, "take"))
    assert p.pot("GK", b.bank_day().year).paid == 0
    assert not b.found()


def test_a_return_less_the_fee_without_a_reference_is_chosen_with_an_open_year():
    former, later = p.open_year(b.bank_day().year), p.open_year(b.bank_day().year + 1)
    payment = b.executed(b.checked_call(amount="100")).payments.get()
    less = s.entry("97.50", name="Verein Hörde")
    send(p.wf1(), less, "return", payment=payment.pk, reason="Konto erloschen", year=later.year)
    less.refresh_from_db()
    assert (less.expense.pot.year, former.is_open) == (later, True)


def test_what_the_bank_takes_back_is_proposed_as_no_payment():
    batch = b.released(b.checked_call(amount="100"))
    found = s.entry("-100", return_reason="AM05")
    assert found.reversal
    page = get(p.wf1(), found)
    assert (
        "Die Bank nimmt eine Buchung zurück" in page
        and f"passen nur zum Zahlungslauf Nr. {batch.pk}" not in page
    )


def test_a_missing_statement_is_named():
    services.load_statements(s.file_of(s.line("5"), opening="1000", number=1), actor=p.wf1())
    services.load_statements(s.file_of(s.line("5", reference="x"), opening="1100", number=2), actor=p.wf1())
    text = get(p.wf1(), f"{PAGE}abgleich/").replace("\u00a0", " ")
    assert "95,00 € erklärt keine Buchung" in text


def journal(user: User, most: int) -> list[dict[str, str]]:
    """The lines of the journal, without the sum below; it asks at most so many queries."""
    client = signed_in(user)
    with CaptureQueriesContext(connection) as asked:
        answer = client.get(f"{PAGE}journal.csv")
        content = b"".join(answer.streaming_content).decode("utf-8-sig")
    assert len(asked) == most
    assert "DE02" not in content and "DE89" not in content
    head, *rows = csv.reader(content.splitlines(), delimiter=";")
    assert head[:8] == [
        "Belegdatum", "Umsatz", "Soll/Haben", "Konto", "Gegenkonto", "Belegfeld 1", "Buchungstext", "Projektnummer"
    ]  # fmt: skip
    return [dict(zip(head, row, strict=False)) for row in rows if row and re.fullmatch(r"[\d.]{10}", row[0])]


def test_the_journal_has_a_line_for_each_entry_and_no_iban():
    p.open_year()
    OwnAccount.objects.filter(pk=b.own_account().pk).update(book_account="1800", counter_open="1590")
    s.entry("250", name="Kulturverein", iban="DE02120300000000202051", remittance="Danke")
    [line] = journal(p.wf1(), 4)
    assert line["Belegdatum"] == f"{b.bank_day():%d.%m.%Y}"
    assert (line["Umsatz"], line["Soll/Haben"], line["Konto"], line["Gegenkonto"]) == (
        "250,00",
        "S",
        "1800",
        "1590",
    )
    assert line["Buchungstext"] == "offen, Kulturverein, Danke"
    assert line["Belegfeld 1"].endswith("/1")


def test_the_journal_names_project_voucher_and_counter_account_of_each_payment_of_a_batch():
    p.open_year()
    statement = overhead_and_grant()
    OwnAccount.objects.update(book_account="1800", counter_grants="6600", counter_overhead="6300")
    out, back = statement.entries.get(amount=Decimal(-170)), statement.entries.get(amount=Decimal(70))
    services.tick_batch(out, batch=PaymentBatch.objects.get(), actor=p.wf1())
    services.tick_return(back, payment=Payment.objects.get(expense__isnull=False), actor=p.wf1())
    lines = journal(p.auditor(), 5)
    found = [(line["Umsatz"], line["Soll/Haben"], line["Gegenkonto"], line["Topf"]) for line in lines]
    assert found == [
        ("70,00", "H", "6300", f"Gemeinkosten {p.this_year()}"),
        ("100,00", "H", "6600", f"Säule 1 Aplerbeck {p.this_year()}"),
        ("70,00", "S", "6300", f"Gemeinkosten {p.this_year()}"),
    ]
    project = Payment.objects.get(expense__isnull=True).for_call.number
    assert [line["Projektnummer"] for line in lines] == ["", project, ""]
    assert lines[1]["Buchungstext"] == "Zahlungslauf, Verein Hörde, Bühne"
    assert lines[2]["Buchungstext"] == "Rücklauf, Verein Hörde, Druck der Richtlinie"


def test_the_association_enters_the_counter_accounts():
    account = b.own_account()
    client = signed_in(p.admin_verein())
    address = reverse("admin:payments_ownaccount_change", args=[account.pk])
    form = client.get(address).context["adminform"].form
    values = {bound.html_name: "" if (value := bound.value()) is None else value for bound in form}
    answer = client.post(address, {**values, "counter_city": "vier"})
    assert "mit höchstens neun Ziffern" in text_of(answer) and 'value="vier"' in answer.content.decode()
    assert client.post(address, {**values, "counter_city": "4000"}).status_code == 302
    account.refresh_from_db()
    assert account.counter_city == "4000"


def queries(user: User, address: str) -> int:
    client = signed_in(user)
    client.get(address)
    with CaptureQueriesContext(connection) as asked:
        assert client.get(address).status_code == 200
    return len(asked)


def many(number: int) -> BankStatement:
    batch = b.released(*(b.checked_call(amount=str(100 + n)) for n in range(number)))
    lines = [s.line(str(-payment.amount), end_to_end=payment.end_to_end) for payment in batch.payments.all()]
    lines += [s.line(str(n + 1), name="Verein") for n in range(number)]
    [statement] = services.load_statements(s.file_of(*lines), actor=p.wf1()).new
    for payment in batch.payments.order_by("pk")[: number // 2]:
        found = statement.entries.get(amount=-payment.amount)
        services.tick_payment(found, payment=payment, actor=p.wf1())
    services.set_aside(statement.entries.get(amount=Decimal(1)), reason="x", actor=p.wf1())
    return statement


@pytest.mark.parametrize("number", [2, 6])
def test_the_pages_ask_the_same_at_any_size(number):
    statement = many(number)
    entry = StatementEntry.objects.waiting().filter(amount__lt=0).first()
    found = {
        "list": queries(p.wf1(), PAGE),
        "statement": queries(p.wf1(), statement.get_absolute_url()),
        "entry": queries(p.wf1(), entry.get_absolute_url()),
        "incoming": queries(
            p.wf1(), StatementEntry.objects.waiting().filter(amount__gt=0)[0].get_absolute_url()
        ),
        "books": queries(p.wf1(), f"{PAGE}abgleich/"),
        "line": queries(p.wf1(), f"{PAGE}abgleich/zahlungen/"),
    }
    assert found == {"list": 6, "statement": 13, "entry": 16, "incoming": 15, "books": 14, "line": 6}


@pytest.mark.parametrize(("step", "word"), [("settle", "abgerechnet"), ("revoke", "widerrufen")])
def test_what_comes_back_after_the_end_of_a_grant_leads_to_its_repayment(step, word):
    grant = p.application(b.granted("500"))
    b.executed(b.checked_call(grant, "300"))
    payment = b.executed(b.checked_call(grant, "200")).payments.get()
    if step == "settle":
        core.settle(grant, actor=p.wf1())
    else:
        core.revoke(grant, reason="Ausgefallen.", actor=p.gf_aplerbeck())
    said = f"Die Bewilligung ist {word}; was jetzt zurückkommt, wird nicht noch einmal gezahlt, sondern als Rückzahlung gebucht"
    page = signed_in(p.wf1()).get(payment.get_absolute_url())
    assert said in text_of(page) and f'href="{grant.get_absolute_url()}">Zum Antrag' in page.content.decode()
    stale = {
        "step": "send_back",
        "key": new_key(),
        "reason": "Konto erloschen",
        "returned_on": b.bank_day().isoformat(),
    }
    answer = signed_in(p.wf1()).post(payment.get_absolute_url(), stale)
    assert answer.status_code == 422 and said in text_of(answer)

    back = s.entry("200", end_to_end=payment.end_to_end, return_reason="AC04")
    shown = get(p.wf1(), back)
    assert (
        f"Ihre Bewilligung ist {word}; deshalb wird als Rückzahlung gebucht, was jetzt zurückkommt." in shown
    )
    answer = send(p.wf1(), back, "return", payment=payment.pk)
    assert answer.status_code == 422 and grant.project.number in text_of(answer) and said in text_of(answer)
    seen = signed_in(p.wf1()).get(back.get_absolute_url()).context["take"]["seen"].value()
    assert send(p.wf1(), back, "take", seen=seen).status_code == 200
    back.refresh_from_db()
    grant.refresh_from_db()
    assert (back.use, back.decision.step, grant.paid) == ("repayment", "repay", 300)
    assert not b.found()


def test_the_whole_of_a_settled_grant_comes_back_after_it_is_revoked():
    grant = p.application(b.granted("500"))
    payment = b.executed(b.checked_call(grant, "500")).payments.get()
    core.settle(grant, actor=p.wf1())
    back = s.entry("500", end_to_end=payment.end_to_end)
    page = signed_in(p.wf1()).get(back.get_absolute_url())
    assert "Kommt der ganze Betrag zurück, widerrufen Sie bitte zuerst die Bewilligung" in text_of(page)
    assert page.context["take"] is None
    core.revoke(grant, reason="Ausgefallen.", actor=p.gf_aplerbeck())
    assert signed_in(p.wf1()).get(back.get_absolute_url()).context["take"] is not None
