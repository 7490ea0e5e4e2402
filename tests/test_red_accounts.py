"""What is doubtful about an account is red wherever it is paid to, and is not paid by a click on the way."""

import re
from decimal import Decimal

import pytest

from funding.payments import services
from funding.payments.models import Payee, PaymentCall
from tests import batches as b
from tests import personas as p
from tests.test_batch_pages import PAGE, begin, form_of, get
from tests.test_project_pages import signed_in, text_of

pytestmark = pytest.mark.django_db

CHANGED = "Bankverbindung geändert, nicht bestätigt"
BOUNCED = "kam von diesem Konto zurück"


def change_account(payee: Payee, iban: str = p.IBANS[3]) -> None:
    """Another account is entered for the payee, and waits."""
    p.payee_account(payee, actor=p.wf2(), iban=iban)


def ticked() -> list[str]:
    return form_of(signed_in(p.wf1()), PAGE, "begin").get("calls", [])


class TestChangedAccount:
    def test_it_is_red_among_what_is_due_and_not_ticked(self):
        b.own_account()
        sure, doubtful = b.checked_call(), b.checked_call(to=b.payee("Verein Zwei", p.IBANS[1]))
        assert ticked() == [str(sure.pk), str(doubtful.pk)]
        assert CHANGED not in get(p.wf1(), PAGE)
        change_account(doubtful.payee)
        assert ticked() == [str(sure.pk)]
        page = get(p.wf1(), PAGE)
        assert page.count(CHANGED) == 1 and "Nicht angekreuzt ist, wo zuerst das Konto zu klären ist" in page

    def test_who_ticks_it_pays_to_the_confirmed_account_and_the_second_person_sees_it(self):
        b.balance()
        call = b.checked_call()
        change_account(call.payee)
        answer = begin(p.wf1(), calls=[str(call.pk)])
        batch = call.payments.get().of_batch
        assert CHANGED in text_of(answer) and CHANGED in get(p.wf2(), batch)
        services.release(batch, actor=p.wf2())
        assert call.payments.get().account.iban == p.IBANS[0]
        assert CHANGED in get(p.wf1(), batch)
        waiting = call.payee.accounts.waiting().get()
        services.confirm_account(waiting, paper="Brief", actor=p.wf1())
        assert CHANGED not in get(p.wf2(), batch)

    def test_where_the_account_is_in_another_name_the_second_person_reads_it(self):
        payee = b.payee()
        account = p.payee_account(payee, actor=p.wf1(), iban=p.IBANS[4], holder="Toni Probe")
        services.confirm_account(account, paper="Vollmacht", actor=p.wf2())
        assert "lautet auf Toni Probe" in get(p.wf2(), b.opened(b.checked_call(to=payee), execution_day=b.next_bank_day(), on=None))  # fmt: skip


class TestReturnedPayment:
    def returned(self) -> PaymentCall:
        payment = b.executed().payments.get()
        services.send_back(payment, reason="AC04", returned_on=b.bank_day(), actor=p.wf1())
        return payment.for_call

    def test_it_is_red_and_not_ticked_until_the_account_is_another(self):
        call = self.returned()
        assert ticked() == [] and BOUNCED in get(p.wf1(), PAGE)
        change_account(call.payee)
        assert ticked() == []
        services.confirm_account(call.payee.accounts.waiting().get(), paper="Brief", actor=p.wf1())
        assert ticked() == [str(call.pk)] and BOUNCED not in get(p.wf1(), PAGE)

    def test_who_ticks_it_can_pay_to_the_same_account_again(self):
        """The bank may have erred."""
        call = self.returned()
        begin(p.wf1(), calls=[str(call.pk)])
        assert [each.state for each in call.payments.order_by("pk")] == ["returned", "planned"]


class TestCover:
    def test_a_batch_above_the_balance_says_so_before_anybody_releases_it(self):
        b.balance("100")
        answer = begin(p.wf1(), calls=[str(b.checked_call(amount="500").pk)])
        page = text_of(answer).replace("\u00a0", " ")
        assert "Noch nicht gedeckt: Der Zahlungslauf braucht 500,00 €" in page
        assert "bleiben 100,00 €" in page

    def test_a_batch_within_the_balance_does_not(self):
        b.balance("500")
        batch = b.opened(b.checked_call(amount="500"))
        assert "nicht gedeckt" not in get(p.wf2(), batch)
        services.release(batch, actor=p.wf2(), on=b.bank_day())
        assert "nicht gedeckt" not in get(p.wf2(), batch)

    def test_without_a_balance_it_says_how_to_get_one(self):
        batch = b.opened(b.checked_call(amount="500"))
        assert batch.payments.get().amount == Decimal(500)
        assert re.search(
            r"noch kein Kontostand bestätigt\. Bitte laden Sie einen Kontoauszug", get(p.wf2(), batch)
        )
