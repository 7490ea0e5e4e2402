"""The pages of paying: a call is paid in three clicks by two people; what was typed wrong stays and is explained."""

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from funding.models import Application, LedgerEntry
from funding.payments import services
from funding.payments.models import Balance, Payment, PaymentBatch, PaymentCall
from funding.payments.models.own_account import MOST_PAYMENTS
from funding.payments.services import files
from members.common.target_days import is_target_day, next_target_day
from members.models import User
from tests import batches as b
from tests import personas as p
from tests.test_project_pages import signed_in, text_of

pytestmark = pytest.mark.django_db

PAGE = "/foerderung/auszahlungen/"


def get(user: User, address: Any, **query: str) -> str:
    response = signed_in(user).get(address if isinstance(address, str) else address.get_absolute_url(), query)
    assert response.status_code == 200
    return text_of(response)


def form_of(client: Any, address: str, step: str) -> dict[str, Any]:
    """The hidden fields of the form with this step, as the page shows it."""
    html = client.get(address).content.decode()
    found = next(f for f in re.findall(r"<form.*?</form>", html, re.S) if f'name="step" value="{step}"' in f)
    hidden = re.findall(r'<input type="hidden" name="([\w-]+)" value="([^"]*)"', found)
    boxes = re.findall(r'type="checkbox" name="calls" value="(\d+)"[^>]*checked', found)
    return {**dict(hidden), **({"calls": boxes} if boxes else {})}


def send(user: User, address: Any, step: str, **typed: Any) -> Any:
    """Open the page, fill the form and send it; the answer's page."""
    client = signed_in(user)
    at = address if isinstance(address, str) else address.get_absolute_url()
    return client.post(at, {**form_of(client, at, step), **typed}, follow=True)


def begin(user: User, **typed: Any) -> Any:
    values = {
        "account": b.own_account().pk,
        "execution_day": b.next_bank_day().isoformat(),
        "by": "file",
        **typed,
    }
    return send(user, PAGE, "begin", **values)


class TestThreeClicks:
    def test_put_together_released_and_booked_by_two(self):
        b.balance()
        call = b.checked_call()
        answer = begin(p.wf1(), execution_day=timezone.localdate().isoformat(), by="hand")
        batch = PaymentBatch.objects.get()
        assert answer.redirect_chain[-1][0] == batch.get_absolute_url()
        assert "Jetzt gibt ihn eine zweite Person" in text_of(answer)
        assert "Vier Augen" in text_of(answer)
        answer = send(p.wf2(), batch, "release")
        assert "Freigegeben" in text_of(answer)
        answer = send(p.wf1(), batch, "execute", executed_on=timezone.localdate().isoformat())
        assert "Alle Zahlungen sind bezahlt" in text_of(answer)
        call.refresh_from_db()
        assert (call.state, Application.objects.get(pk=call.application_id).paid) == ("paid", call.amount)

    def test_the_file_is_downloaded_after_the_release(self):
        batch = b.released()
        client = signed_in(p.wf1())
        answer = client.get(reverse("payments:batch_file", args=[batch.pk]))
        assert answer.headers["Content-Disposition"] == f'attachment; filename="ZL-{batch.pk:06d}.xml"'
        assert answer.content.startswith(b"<?xml") and answer.headers["Content-Type"] == "application/xml"
        assert client.get(reverse("payments:batch_file", args=[b.opened().pk])).status_code == 404
        assert signed_in(p.auditor()).get(answer.request["PATH_INFO"]).status_code == 403

    def test_the_file_of_a_dissolved_batch_is_handed_out_no_more(self):
        batch = b.released()
        files.make(batch.pk)
        services.dissolve(batch, reason="Doch nicht", actor=p.wf1())
        assert "datei/" not in signed_in(p.wf1()).get(batch.get_absolute_url()).content.decode()
        answer = signed_in(p.wf1()).get(reverse("payments:batch_file", args=[batch.pk]), follow=True)
        assert answer.redirect_chain and "damit sie niemand zur Bank schickt" in text_of(answer)

    def test_the_same_form_twice_is_one_batch(self):
        b.checked_call()
        b.own_account()
        client = signed_in(p.wf1())
        form = {
            **form_of(client, PAGE, "begin"), "account": b.own_account().pk,
            "execution_day": b.next_bank_day().isoformat(), "by": "file",
        }  # fmt: skip
        client.post(PAGE, form)
        assert "war schon angekommen" in text_of(client.post(PAGE, form, follow=True))
        assert PaymentBatch.objects.count() == 1


class TestFromTheCall:
    """The page of a checked call puts it into a batch by itself: no detour over the list."""

    def typed(self, call: PaymentCall) -> dict[str, Any]:
        hidden = form_of(signed_in(p.wf1()), call.get_absolute_url(), "begin")
        day = b.next_bank_day().isoformat()
        return {**hidden, "account": b.own_account().pk, "execution_day": day, "by": "file"}

    def test_it_alone_goes_into_a_batch(self):
        other, call = b.checked_call(amount="30"), b.checked_call(amount="40")
        answer = signed_in(p.wf1()).post(PAGE, self.typed(call), follow=True)
        batch = PaymentBatch.objects.get()
        assert answer.redirect_chain[-1][0] == batch.get_absolute_url()
        assert [payment.call for payment in batch.payments.all()] == [call]
        other.refresh_from_db()
        assert other.state == "checked"
        page = get(p.wf1(), call)
        assert f"Zahlungslauf Nr. {batch.pk}" in page
        assert "Auszahlen" not in page

    def test_what_is_refused_is_explained_on_the_page_of_payouts(self):
        call = b.checked_call()
        form = {**self.typed(call), "execution_day": f"{timezone.localdate().year + 1}-05-01"}
        answer = signed_in(p.wf1()).post(PAGE, form)
        assert answer.status_code == 422
        assert f'value="{call.pk}"' in answer.content.decode()
        assert "-05-01" in answer.content.decode()
        assert not PaymentBatch.objects.exists()

    def test_not_before_the_account_is_confirmed(self):
        b.own_account()
        call = b.checked_call(to=p.payee("Verein ohne Konto", confirmed=False))
        page = get(p.wf1(), call)
        assert "sobald eine zweite Person die Bankverbindung bestätigt hat" in page
        assert "Zahlungslauf zusammenstellen" not in page

    def test_only_to_who_may_put_it_together(self):
        b.own_account()
        call = b.checked_call()
        for reader in (p.gf_aplerbeck(), p.auditor()):
            assert "Auszahlen" not in get(reader, call)


class TestChangedAccount:
    """A change that nobody has confirmed is red wherever the account is used; money still goes to the one before."""

    def changed(self) -> PaymentCall:
        call = b.checked_call(amount="400")
        p.payee_account(call.payee, actor=p.wf2(), iban=p.IBANS[7])
        return call

    def test_red_on_every_page(self):
        b.own_account()
        call = self.changed()
        pages = (PAGE, reverse("payments:calls") + "?stand=geprueft", call.grant.get_absolute_url())
        for address in pages:
            assert "Bankverbindung geändert, nicht bestätigt" in get(p.wf1(), address), address
        begin(p.wf1(), calls=[call.pk])
        batch = PaymentBatch.objects.get()
        assert "Bankverbindung geändert, nicht bestätigt" in get(p.wf2(), batch)

    def test_the_call_says_where_the_money_goes_until_then(self):
        b.own_account()
        call = self.changed()
        page = get(p.wf1(), call)
        assert "Bis dahin wird auf die bisherige gezahlt: DE89 3704 0044 0532 0130 00" in page
        assert "Die Bankverbindung wurde geändert." in page
        waiting = call.payee.accounts.latest("pk")
        services.confirm_account(waiting, paper="Brief", actor=p.wf1())
        page = get(p.wf1(), call)
        assert "bisherige" not in page and "wurde geändert" not in page
        assert "geändert, nicht bestätigt" not in get(p.wf1(), PAGE)

    def test_an_account_that_begins_later_is_told(self):
        b.own_account()
        call = b.checked_call(amount="400")
        first = timezone.localdate() + timedelta(days=60)
        account = p.payee_account(call.payee, actor=p.wf2(), iban=p.IBANS[7], since=first)
        services.confirm_account(account, paper="Brief", actor=p.wf1())
        assert f"Bis zum {first:%d.%m.%Y} wird auf die bisherige gezahlt" in get(p.wf1(), call)


def test_who_checks_reads_how_much_is_granted_and_left():
    to = p.payee("Verein Hörde")
    call = b.checked_call(p.application(b.granted("1000", organiser=to.organisation)), "300", to)
    page = get(p.wf1(), call)
    assert (
        "Bewilligung 1.000,00 € Festbetragsfinanzierung; bezahlt 0,00 €, abgerufen 300,00 €, Rest 700,00 €"
        in page
    )
    assert "Veranstalter Verein Hörde" in page


class TestWhatIsDue:
    def test_overdue_red_and_sum(self):
        b.own_account()
        b.checked_call(amount="500")
        red = b.checked_call(amount="250", to=p.payee("Verein ohne Konto", confirmed=False))
        red_row = red.application.project.number
        page = get(p.wf1(), PAGE)
        assert "zu zahlen 750,00" in page
        assert "Bankverbindung nicht bestätigt" in page and red_row in page
        assert form_of(signed_in(p.wf1()), PAGE, "begin")["calls"] == [
            str(b.PaymentCall.objects.earliest("pk").pk)
        ]

    def test_a_day_without_banks_is_explained_and_the_choice_stays(self):
        calls = [b.checked_call(), b.checked_call()]
        b.own_account()
        day = b.next_bank_day()
        while day.weekday() != 5:
            day += timedelta(days=1)
        answer = begin(p.wf1(), execution_day=day.isoformat(), calls=[str(calls[1].pk)])
        assert answer.status_code == 422
        assert "führen Banken keine Überweisungen aus" in text_of(answer)
        ticked = re.findall(r'name="calls" value="(\d+)"[^>]*checked', answer.content.decode())
        assert ticked == [str(calls[1].pk)]
        assert not PaymentBatch.objects.exists()

    def test_nothing_chosen_and_a_call_that_is_gone(self):
        call, other = b.checked_call(), b.checked_call()
        b.own_account()
        assert "mindestens einen Abruf" in text_of(begin(p.wf1(), calls=[]))
        client = signed_in(p.wf1())
        form = form_of(client, PAGE, "begin")
        b.opened(call)
        answer = client.post(
            PAGE,
            {
                **form,
                "account": b.own_account().pk,
                "execution_day": b.next_bank_day().isoformat(),
                "by": "file",
            },
        )
        assert "ist in einem Zahlungslauf" in text_of(answer)
        other.refresh_from_db()
        assert other.state == "checked"

    def test_nothing_to_do_and_no_account(self):
        page = get(p.wf1(), PAGE)
        assert "Es ist nichts zu zahlen" in page and "Es ist kein Konto des Vereins eingetragen" in page


class TestBatchPage:
    def test_what_stands_otherwise_in_the_file_is_shown(self):
        payee = b.payee("Café Łódź 🎉 e. V.", iban=p.IBANS[2])
        page = get(p.wf2(), b.opened(b.checked_call(to=payee)))
        assert "Was in der Datei anders steht" in page and "Cafe Lodz ? e. V." in page

    def test_above_the_balance_is_refused_with_what_is_left(self):
        b.balance("100")
        batch = b.opened(execution_day=b.next_bank_day())
        answer = send(p.wf2(), batch, "release")
        assert answer.status_code == 422
        assert "bleiben 100,00" in text_of(answer)

    def test_taken_out_and_dissolved(self):
        one, two = b.checked_call(), b.checked_call()
        batch = b.opened(one, two)
        send(p.wf2(), batch, "take_out", payment=batch.payments.get(call=one).pk)
        assert batch.payments.get().call == two
        assert "Aufgelöst" in text_of(send(p.wf2(), batch, "dissolve", reason=""))
        page = get(p.wf1(), PAGE)
        assert "zu zahlen 1.000,00" in page and "aufgelöst" in page

    def test_a_released_one_is_dissolved_with_a_reason_that_is_typed_once(self):
        batch = b.released()
        answer = send(p.wf2(), batch, "dissolve", reason="")
        assert answer.status_code == 422 and "Bitte eine Begründung eintragen" in text_of(answer)
        send(p.wf2(), batch, "dissolve", reason="Nicht hochgeladen")
        assert "Nicht hochgeladen" in get(p.wf1(), batch)

    def test_answers_of_the_bank(self):
        calls = [b.checked_call(), b.checked_call()]
        batch = b.released(*calls)
        first = batch.payments.all()[0]
        answer = send(
            p.wf1(), batch, "verify",
            **{f"answer-{first.pk}": "no_match", f"name-{first.pk}": "Vereien Hörde", "others_match": "on"},
        )  # fmt: skip
        assert "gespeichert" in text_of(answer)
        assert [each.verified for each in batch.payments.all()] == ["no_match", "match"]
        day = b.bank_day().isoformat()
        answer = send(p.wf1(), batch, "execute", executed_on=day)
        assert answer.status_code == 422 and first.end_to_end in text_of(answer)
        assert "haben Sie selbst „stimmt nicht überein“ eingetragen" in get(p.wf1(), first)
        assert "Vereien Hörde" in get(p.wf2(), first)
        send(p.wf2(), first, "accept", reason="Rückruf bei der Kassenwartin")
        assert "Alle Zahlungen sind bezahlt" in text_of(send(p.wf1(), batch, "execute", executed_on=day))

    def test_the_bank_may_answer_about_as_many_payments_as_a_file_can_have(self):
        batch = b.released()
        [only] = batch.payments.all()
        others = {
            f"{name}-{10_000 + each}": "" for name in ("answer", "name") for each in range(MOST_PAYMENTS - 1)
        }
        answer = send(
            p.wf1(), batch, "verify", **{f"answer-{only.pk}": "match", f"name-{only.pk}": ""}, **others
        )
        assert "gespeichert" in text_of(answer)
        assert batch.payments.get().verified == "match"

    def test_nothing_is_booked_before_the_day_of_the_bank(self):
        day = next_target_day(timezone.localdate() + timedelta(days=1))
        batch = b.released(execution_day=day)
        page = get(p.wf1(), batch)
        assert "Datei für die Bank" in page and "Als ausgeführt buchen" not in page
        assert f"Gebucht werden kann ab dem {day:%d.%m.%Y}" in page

    def test_a_payment_that_the_bank_did_not_execute_is_struck(self):
        batch = b.released(b.checked_call(), b.checked_call(amount="300", to=b.payee("Zwei", p.IBANS[1])))
        last = batch.payments.get(amount=300)
        answer = send(p.wf1(), last, "strike", reason="")
        assert answer.status_code == 422 and "Bitte eine Begründung eintragen" in text_of(answer)
        assert "wartet wieder auf seine Zahlung" in text_of(
            send(p.wf1(), last, "strike", reason="Konto erloschen")
        )
        assert "nicht ausgeführt" in get(p.wf1(), last)
        assert "Zahlung 1 Summe 500,00" in " ".join(get(p.wf1(), batch).split())

    def test_what_could_not_be_booked_is_named(self):
        free, barred = b.checked_call(), b.checked_call()
        batch = b.released(free, barred)
        barred.application.project.editors.add(p.wf1())
        answer = send(p.wf1(), batch, "execute", executed_on=b.bank_day().isoformat())
        page = text_of(answer)
        assert "noch nicht gebucht" in page and "1 von 2 Zahlungen sind gebucht" in page

    def test_many_payments_are_booked_in_several_clicks(self, monkeypatch):
        monkeypatch.setattr(services, "LONGEST", 0)
        day = b.bank_day()
        execution_day = day - timedelta(days=1)
        while not is_target_day(execution_day):
            execution_day -= timedelta(days=1)
        calls = [b.checked_call(amount=str(100 + n)) for n in range(4)]
        b.balance()
        opened = b.opened(*calls, execution_day=execution_day, on=execution_day)
        batch = services.release(opened, actor=p.wf2(), on=execution_day)
        calls[0].application.project.editors.add(p.wf1())
        page = text_of(send(p.wf1(), batch, "execute", executed_on=day.isoformat()))
        assert "noch nicht gebucht: Sie haben" in page and "Alles Übrige" not in page
        assert "1 von 4 Zahlungen sind gebucht" in page and "noch zu buchen: 3" in page
        html = signed_in(p.wf2()).get(batch.get_absolute_url()).content.decode()
        assert f'name="executed_on" value="{day.isoformat()}"' in html, "the day of those that are booked"
        for booked in (2, 3):
            page = text_of(send(p.wf2(), batch, "execute", executed_on=day.isoformat()))
            assert f"{booked} von 4 Zahlungen sind gebucht" in page
        page = text_of(send(p.wf2(), batch, "execute", executed_on=day.isoformat()))
        assert "Alle Zahlungen sind bezahlt" in page
        assert LedgerEntry.objects.filter(kind="pay").count() == 4
        assert not b.found()

    def test_a_future_day_is_refused_beside_the_field(self):
        batch = b.released()
        tomorrow = timezone.localdate() + timedelta(days=1)
        answer = send(p.wf1(), batch, "execute", executed_on=tomorrow.isoformat())
        assert answer.status_code == 422 and "liegt in der Zukunft" in text_of(answer)

    def test_an_auditor_reads_and_changes_nothing(self):
        batch = b.released()
        page = signed_in(p.auditor()).get(batch.get_absolute_url())
        assert "DE89 3704 0044 0532 0130 00" in text_of(page)
        assert 'name="step"' not in page.content.decode()
        assert signed_in(p.auditor()).post(batch.get_absolute_url(), {"step": "execute"}).status_code == 403


class TestSentBack:
    def test_the_call_is_due_again_and_the_district_hears_why(self):
        from members.models import OutboxMail
        from tests.mailed import worded

        payment = b.executed().payments.get()
        OutboxMail.objects.all().delete()
        answer = send(
            p.wf1(), payment, "send_back", returned_on=b.bank_day().isoformat(), reason="Konto erloschen"
        )
        assert "Zurückgebucht: 500,00" in text_of(answer)
        assert "zu zahlen 500,00" in get(p.wf1(), PAGE)
        told = worded(OutboxMail.objects.get(template="call_step"))
        assert "zurückgeschickt" in told.body and "Konto erloschen" in told.body

    def test_the_call_says_which_account_was_paid_and_that_it_came_back(self):
        payment = b.executed().payments.get()
        call = payment.for_call
        new = p.payee_account(call.payee, actor=p.wf1(), iban=p.IBANS[1])
        paid = get(p.wf1(), call)
        assert "DE89 3704 0044 0532 0130 00" in paid
        assert "noch nicht bestätigt" not in paid, "that account was entered since"
        services.send_back(payment, reason="Konto erloschen", returned_on=b.bank_day(), actor=p.wf1())
        came_back = "Das Geld kam von diesem Konto zurück."
        assert came_back in get(p.wf1(), call)
        assert came_back in get(p.gf_aplerbeck(), call)
        services.confirm_account(new, paper="Rückruf", actor=p.wf2())
        assert came_back not in get(p.wf1(), call)

    def test_the_payment_says_who_released_it(self):
        payment = b.executed().payments.get()
        assert f"freigegeben am {b.bank_day():%d.%m.%Y} von {p.wf2()}" in get(p.auditor(), payment)

    def test_without_a_reason_the_day_stays(self):
        payment = b.executed().payments.get()
        answer = send(p.wf1(), payment, "send_back", returned_on=b.bank_day().isoformat(), reason="")
        assert answer.status_code == 422
        assert f'value="{b.bank_day().isoformat()}"' in answer.content.decode()
        assert not Payment.objects.filter(state="returned").exists()


class TestBalance:
    def test_entered_confirmed_and_shown(self):
        b.own_account()
        answer = send(
            p.wf1(), PAGE, "balance", account=b.own_account().pk, amount="−1.234,50",
            day=timezone.localdate().isoformat(), reason="Kontoauszug 7",
        )  # fmt: skip
        assert "Er gilt, sobald eine zweite Person" in text_of(answer)
        entered = Balance.objects.get()
        assert entered.amount == Decimal("-1234.50")
        assert "selbst eingetragen" in get(p.wf1(), entered)
        assert "Bestätigt" in text_of(send(p.wf2(), entered, "confirm"))
        assert "−1.234,50" in get(p.wf1(), PAGE)

    @pytest.mark.parametrize(
        ("typed", "said"),
        [
            ({"amount": "12,345"}, "höchstens zwei Stellen"),
            ({"amount": ""}, "Bitte den Kontostand eintragen"),
            ({"amount": "--5"}, "Bitte"),
            ({"day": "2100-01-01"}, "noch nicht vorbei"),
            ({"reason": ""}, "woher der Kontostand stammt"),
        ],
    )
    def test_what_is_wrong_is_said_and_what_was_typed_stays(self, typed, said):
        b.own_account()
        values = {"amount": "5", "day": timezone.localdate().isoformat(), "reason": "Auszug Sieben", **typed}
        answer = send(p.wf1(), PAGE, "balance", account=b.own_account().pk, **values)
        assert answer.status_code == 422 and said in text_of(answer)
        assert values["amount"] in answer.content.decode() and values["reason"] in answer.content.decode()


@pytest.mark.parametrize("number", [1, 6])
def test_the_number_of_queries_is_the_same_for_few_and_many(number, django_assert_num_queries):
    b.balance()
    for _ in range(number):
        b.executed(b.checked_call(amount="10"), b.checked_call(amount="10"))
        b.released(b.checked_call(amount="10"))
        batch = b.opened(
            *(b.checked_call(amount="10") for _ in range(number + 1)), b.checked_call(amount="11")
        )
        b.checked_call(amount="10")
    released = PaymentBatch.objects.filter(state="released").latest("pk")
    client = signed_in(p.wf2())
    for address, queries in (
        (PAGE, 12),
        (batch.get_absolute_url(), 10),
        (released.get_absolute_url(), 5),
        (released.payments.get().get_absolute_url(), 4),
        (PaymentCall.objects.filter(state="checked").latest("pk").get_absolute_url(), 15),
    ):
        client.get(address)
        with CaptureQueriesContext(
            connection,
        ) as asked:
            client.get(address)
        assert len(asked) == queries, (address, [q["sql"][:120] for q in asked.captured_queries])
