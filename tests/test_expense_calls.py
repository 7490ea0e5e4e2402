"""Overhead that is paid by a batch: entered by one person, checked by another, paid, sent back, taken back."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from funding import services as core
from funding.errors import ConflictOfInterest, PotExhausted, TransitionNotAllowed, YearNotOpen
from funding.models import Expense, FiscalYear, LedgerEntry
from funding.payments import services
from funding.payments.call_rules import CalledBefore
from funding.payments.models import PaymentCall
from funding.verify import findings
from members.models import OutboxMail, User
from tests import batches as b
from tests import personas as p
from tests.closed import close
from tests.mailed import worded
from tests.tampering import lift_guards

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def year(db: None) -> FiscalYear:
    p.wf2()
    return p.open_year()


def enter(amount: str = "70", actor: User | None = None, **more: Any) -> PaymentCall:
    """An expense that wf1 has entered for a payee with a confirmed account."""
    asked = p.asked(b.payee(), amount, **{"purpose": "Druck der Richtlinie", **more})
    return services.call_expense(p.this_year(), asked=asked, actor=actor or p.wf1(), on=b.bank_day())


def checked(amount: str = "70", **more: Any) -> PaymentCall:
    return services.check_call(enter(amount, **more), actor=p.wf2())


def state(call: PaymentCall) -> tuple[str, Decimal, Decimal, bool]:
    """The call's state, what the pot has committed and paid, and whether the expense is paid. All of it fits."""
    assert list(findings()) == []
    call = PaymentCall.objects.get(pk=call.pk)
    pot = p.pot("GK")
    return call.state, pot.committed, pot.paid, call.overhead.paid_on is not None


class TestSteps:
    def test_from_the_invoice_to_the_bank(self):
        call = enter()
        assert state(call) == ("called", 70, 0, False)
        services.check_call(call, actor=p.wf2())
        batch = b.released(call)
        payment = batch.payments.get()
        assert payment.end_to_end == f"{p.this_year()}-GK-{call.expense_id}-{call.pk}-1"
        assert payment.remittance == f"{p.this_year()}-GK-{call.expense_id} Druck der Richtlinie"
        assert state(call) == ("batch", 70, 0, False)
        assert services.mark_executed(batch, executed_on=b.bank_day(), actor=p.wf1()) == []
        assert state(call) == ("paid", 70, 70, True)
        assert [e.kind for e in LedgerEntry.objects.filter(expense=call.expense)] == ["commit", "pay"]

    def test_the_expense_says_whom_and_what_for(self):
        expense = enter().overhead
        assert (expense.payee, expense.purpose, expense.amount) == (
            "Verein Hörde",
            "Druck der Richtlinie",
            70,
        )

    def test_what_the_bank_sent_back_is_paid_again(self):
        call = checked()
        payment = b.executed(call).payments.get()
        services.send_back(payment, reason="Konto erloschen", returned_on=b.bank_day(), actor=p.wf1())
        assert state(call) == ("bounced", 70, 0, False)
        b.executed(call)
        assert state(call) == ("paid", 70, 70, True)
        assert [e.kind for e in LedgerEntry.objects.filter(expense=call.expense)] == [
            "commit", "pay", "pay_back", "pay",
        ]  # fmt: skip

    @pytest.mark.parametrize("make", [enter, checked])
    def test_withdrawing_it_reverses_the_expense(self, make):
        call = make()
        services.withdraw_call(call, reason="Doppelt", actor=p.wf1())
        assert state(call) == ("withdrawn", 0, 0, False)
        reversal = Expense.objects.get(reverses=call.expense)
        assert reversal.reason == f"{call}: Doppelt" and p.pot("GK").available == 16000

    def test_a_batch_mixes_it_with_calls_of_grants(self):
        own, grant = checked(), b.checked_call(amount="500")
        batch = b.executed(own, grant)
        assert [row.amount for row in batch.payments.order_by("pk")] == [70, 500]
        for call in (own, grant):
            call.refresh_from_db()
            assert call.state == "paid"
        assert p.pot("GK").paid == 70 and p.pot("S1-APL").paid == 500


def test_an_expense_of_who_left_the_staff_is_entered_again(year):
    call = enter()
    call.called_by.groups.clear()
    with pytest.raises(ConflictOfInterest, match="darf inzwischen selbst keine Ausgabe mehr eintragen"):
        services.check_call(call, actor=p.wf2())
    assert state(call)[0] == "called"
    services.withdraw_call(call, reason="Neu einzutragen.", actor=p.wf2())


class TestWhatIsRefused:
    def refused(self, match: str, act: Any, kind: Any = TransitionNotAllowed) -> Any:
        before = (p.pot("GK").committed, Expense.objects.count(), PaymentCall.objects.count())
        with pytest.raises(kind, match=match) as error, transaction.atomic():
            act()
        assert (p.pot("GK").committed, Expense.objects.count(), PaymentCall.objects.count()) == before
        return error.value

    def test_whoever_entered_it_does_not_check_it(self):
        call = enter()
        self.refused(
            "selbst eingetragen", lambda: services.check_call(call, actor=p.wf1()), ConflictOfInterest
        )

    def test_it_is_withdrawn_and_not_given_back(self):
        call = enter()
        self.refused(
            "ziehen Sie den Abruf zurück", lambda: services.return_call(call, reason="x", actor=p.wf2())
        )

    @pytest.mark.parametrize(
        "who", ["gf_aplerbeck", "admin_verein", "auditor", "board", "superuser", "nobody"]
    )
    def test_only_staff_enter_and_withdraw(self, who):
        call, actor = enter(), p.ALL[who]()
        self.refused("Bitte einen der|bucht die Wirtschaftsförderung", lambda: enter(actor=actor))
        self.refused("Wirtschaftsförderung", lambda: services.withdraw_call(call, reason="x", actor=actor))

    def test_more_than_is_free(self):
        assert self.refused("frei", lambda: enter("16000.01"), PotExhausted).available == 16000

    def test_a_year_that_is_closed_or_has_no_overhead(self):
        asked = p.asked(b.payee(), "1")
        self.refused(
            "keinen Topf", lambda: services.call_expense(2015, asked=asked, actor=p.wf1()), YearNotOpen
        )
        close()
        self.refused("abgeschlossen", enter)

    def test_the_same_invoice_is_shown_first(self):
        file = SimpleUploadedFile("r.pdf", b"%PDF-1.4\n%%EOF", "application/pdf")
        asked = p.asked(
            b.payee(), "5", invoice_number="R-17", invoice_on=timezone.localdate(), without_invoice=""
        )
        first = services.call_expense(p.this_year(), asked=asked, actor=p.wf1(), files=[file])
        assert first.papers.count() == 1 and first.overhead.voucher == "R-17"
        again = self.refused(
            "schon einmal abgerufen",
            lambda: services.call_expense(p.this_year(), asked=asked, actor=p.wf1()),
            CalledBefore,
        )
        assert again.calls == [first]

    @pytest.mark.parametrize(("days", "where"), [(400, "in der Zukunft"), (-400, "zurück")])
    def test_a_due_day_that_is_a_slip(self, days, where):
        day = timezone.localdate() + timedelta(days=days)
        error = self.refused(f"mehr als ein Jahr {where}", lambda: enter(due_on=day))
        assert error.field == "due_on"

    def test_an_iban_in_what_the_ledger_says(self):
        for field in ("purpose", "payee"):
            said = {"purpose": "Druck", "payee": "Druckerei", field: "an DE89 3704 0044 0532 0130 00"}
            error = self.refused(
                "Hier steht eine IBAN",
                lambda said=said: core.book_expense(p.this_year(), amount=Decimal(5), actor=p.wf1(), **said),
            )
            assert error.field == field

    @pytest.mark.parametrize("steps", ["called", "checked", "batch", "bounced"])
    def test_no_reversal_passes_its_call(self, steps):
        call = enter() if steps == "called" else checked()
        if steps == "batch":
            b.released(call)
        if steps == "bounced":
            payment = b.executed(call).payments.get()
            services.send_back(payment, reason="x", returned_on=b.bank_day(), actor=p.wf1())
        act = lambda: core.reverse_expense(call.overhead, reason="x", actor=p.wf1())  # noqa: E731
        self.refused(f"ziehen Sie {call} zurück", act)

    def test_a_paid_one_can_be_reversed(self):
        call = checked()
        b.executed(call)
        core.reverse_expense(call.overhead, reason="Gutschrift", actor=p.wf1())
        assert state(call)[:3] == ("paid", 0, 0)


class TestGuards:
    def test_the_database_lets_no_reversal_pass_its_call(self):
        expense = enter().overhead
        with pytest.raises(IntegrityError, match="mit seinem Abruf storniert"), transaction.atomic():
            Expense.objects.create(
                pot=expense.pot, amount=expense.amount, purpose="x", payee="x", reason="x", reverses=expense,
                dated=expense.dated, on=expense.on, actor=p.wf1(),
            )  # fmt: skip

    def test_a_call_has_one_cause(self):
        call = enter()
        lift_guards()
        with pytest.raises(IntegrityError, match="call_has_one_cause"), transaction.atomic():
            PaymentCall.objects.filter(pk=call.pk).update(expense=None)

    def test_what_is_paid_already_is_not_called(self):
        paid = core.book_expense(
            p.this_year(), amount=Decimal(5), purpose="Porto", payee="Post", actor=p.wf1(), paid=True
        )
        details = p.asked(b.payee(), "5").details
        for wrong in ({}, {"amount": Decimal(4)}):
            with pytest.raises(IntegrityError, match="weder bezahlt noch storniert"), transaction.atomic():
                PaymentCall.objects.create(
                    expense=paid, called_by=p.wf1(), called_on=timezone.localdate(), **{**details, **wrong}
                )

    def test_a_payment_is_not_executed_without_its_booking(self):
        payment = b.released(checked()).payments.get()
        with pytest.raises(IntegrityError, match="Buchung einer Zahlung"), transaction.atomic():
            type(payment).objects.filter(pk=payment.pk).update(state="executed", executed_on=b.bank_day())


def as_(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text(response: Any) -> str:
    return response.content.decode().replace("\u00a0", " ").replace("&nbsp;", " ")


def address() -> str:
    return reverse("payments:expense_create", args=[p.this_year()])


def typed(client: Client, **changed: Any) -> dict[str, Any]:
    form = client.get(address()).context["form"]
    return {
        "key": form["key"].value(), "payee": str(b.payee().pk), "amount": "1.234,5", "purpose": "Miete",
        "due_on": timezone.localdate().isoformat(), "without_invoice": "Dauerschuld", **changed,
    }  # fmt: skip


class TestPage:
    def test_entering_checking_and_paying(self):
        client = as_(p.wf1())
        shown = text(client.post(address(), typed(client), follow=True))
        assert "1.234,50 € ist eingetragen" in shown and "14.765,50 € frei" in shown
        call = PaymentCall.objects.get()
        expense_page = text(client.get(call.overhead.get_absolute_url()))
        assert "noch nicht bezahlt" in expense_page and str(call) in expense_page
        assert f"ziehen Sie {call} zurück" in expense_page and "Stornieren" not in expense_page
        assert "selbst eingetragen" in text(client.get(call.get_absolute_url()))
        second = as_(p.wf2())
        page = second.get(call.get_absolute_url())
        assert "Miete" in text(page) and set(page.context["forms"]) == {"check", "withdraw"}
        form = page.context["forms"]["check"]
        second.post(call.get_absolute_url(), {"step": "check", "key": form["key"].value()})
        call.refresh_from_db()
        assert call.state == "checked"
        assert f"Gemeinkosten {p.this_year()}, Miete" in text(second.get(reverse("payments:payouts")))
        assert "Miete" in text(second.get(reverse("payments:calls"), {"stand": "alle"}))
        today = timezone.localdate()
        batch = b.executed(call, by_file=False, execution_day=today, on=today)
        for row in (batch, batch.payments.get(), call):
            assert "1.234,50 €" in text(client.get(row.get_absolute_url()))
        assert "bezahlt am" in text(client.get(call.overhead.get_absolute_url()))

    def test_withdrawing_says_what_became_of_it(self):
        call, client = enter(), as_(p.wf1())
        form = client.get(call.get_absolute_url()).context["forms"]["withdraw"]
        data = {"step": "withdraw", "key": form["key"].value(), "reason": "Doppelt"}
        shown = text(client.post(call.get_absolute_url(), data, follow=True))
        assert f"{call} ist zurückgezogen, die {call.expense} ist storniert." in shown

    def test_sent_twice_it_books_once(self):
        client = as_(p.wf1())
        data = typed(client)
        client.post(address(), data)
        assert "schon angekommen" in text(client.post(address(), data, follow=True))
        assert Expense.objects.count() == 1

    def test_a_refusal_keeps_what_was_typed(self):
        client = as_(p.wf1())
        response = client.post(address(), typed(client, amount="16.000,01"))
        shown = text(response)
        assert response.status_code == 422
        assert "16.000,00 € sind noch frei" in shown and 'value="16.000,01"' in shown
        assert "Miete" in shown and not Expense.objects.exists()

    @pytest.mark.parametrize(
        ("field", "value", "sentence"),
        [
            ("amount", "", "Bitte den Betrag eintragen."),
            ("amount", "viel", "zum Beispiel 1.234,50"),
            ("amount", "1,2345", "zum Beispiel 1.234,50"),
            ("purpose", "", "Verwendungszweck eintragen"),
            ("purpose", "x" * 141, "höchstens 140 Zeichen"),
            ("payee", "", "Bitte den Empfänger wählen."),
            ("payee", "999999", "angebotenen Möglichkeiten"),
            ("due_on", "gestern", "gültiges Datum"),
            ("due_on", "1999-01-01", "mehr als ein Jahr"),
            ("without_invoice", "", "Rechnungsnummer eintragen"),
            ("invoice_number", "x" * 41, "höchstens 40 Zeichen"),
            ("key", "", "laden Sie die Seite neu"),
        ],
    )
    def test_what_is_wrong_is_said(self, field, value, sentence):
        client = as_(p.wf1())
        response = client.post(address(), typed(client, **{field: value}))
        assert response.status_code == 422 and sentence in text(response)
        assert not Expense.objects.exists()

    def test_others_have_no_form_and_directors_no_call(self):
        call = enter()
        for who in (p.auditor(), p.board(), p.gf_aplerbeck(), p.superuser()):
            assert as_(who).get(address()).status_code == 403
        assert as_(p.gf_aplerbeck()).get(call.get_absolute_url()).status_code == 404
        assert as_(p.board()).get(call.get_absolute_url()).status_code == 403
        shown = text(as_(p.board()).get(call.overhead.get_absolute_url()))
        assert "Verein Hörde" not in shown and str(call) not in shown
        assert as_(p.auditor()).get(call.get_absolute_url()).status_code == 200

    def test_the_other_person_hears_of_it_and_no_district(self):
        p.gf_aplerbeck()
        OutboxMail.objects.all().delete()
        call = services.call_expense(p.this_year(), asked=p.asked(b.payee(), "7"), actor=p.wf1())
        [mail] = OutboxMail.objects.filter(subject__contains="Abruf")
        assert mail.recipient == "wf2@example.org" and mail.subject == f"Gemeinkosten: {call} zu prüfen"
        assert call.get_absolute_url() in worded(mail).body

    def test_the_list_leads_to_what_paid_an_expense(self):
        batch = b.executed(checked("70"))
        enter("30")
        page = as_(p.wf1()).get(reverse("funding:overhead"))
        payment = batch.payments.get()
        assert f'<a href="{payment.get_absolute_url()}">Zahlung Nr. {payment.pk}</a>' in page.content.decode()
        assert page.content.decode().count(">Zahlung Nr.") == 1 and "noch nicht bezahlt" in text(page)
        assert "Zahlung Nr." not in text(as_(p.board()).get(reverse("funding:overhead")))
        services.send_back(payment, reason="Konto erloschen", returned_on=b.bank_day(), actor=p.wf1())
        assert "Zahlung Nr." not in text(as_(p.wf1()).get(reverse("funding:overhead")))

    def test_withdrawing_says_that_the_expense_is_reversed(self):
        call, grant = enter(), p.call(p.application(b.granted()), "10")
        page = as_(p.wf1()).get(call.get_absolute_url())
        assert (
            "Damit ist auch die Ausgabe storniert; ihr Betrag ist in den Gemeinkosten wieder frei."
            in text(page)
        )
        assert "kann danach wieder abgerufen werden" not in text(page)
        assert "kann danach wieder abgerufen werden" in text(as_(p.wf1()).get(grant.get_absolute_url()))

    @pytest.mark.parametrize("count", [1, 5])
    def test_queries(self, count):
        for _ in range(count):
            call = enter("1")
        measured = {}
        for name, url in (
            ("form", address()),
            ("call", call.get_absolute_url()),
            ("calls", reverse("payments:calls") + "?stand=alle"),
            ("expense", call.overhead.get_absolute_url()),
        ):
            client = as_(p.wf1())
            with CaptureQueriesContext(connection) as captured:
                assert client.get(url).status_code == 200
            measured[name] = len(captured)
        assert measured == {"form": 7, "call": 9, "calls": 10, "expense": 7}
