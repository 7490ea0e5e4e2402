"""Eight processes at one batch or one call: money goes out once. Each promise has its negative control."""

from collections import Counter

import pytest

from funding.models import LedgerEntry
from funding.payments.models import Payment, PaymentBatch
from tests import batches as b
from tests import personas as p
from tests.crowd import PROCESSES

pytestmark = pytest.mark.django_db(transaction=True)


def staff() -> list[int]:
    """Two of the Wirtschaftsförderung who did not put the batch together, by turns."""
    third = p._account("wf3@example.org", "Dritte", "Person", group="Wirtschaftsförderung")
    return [(p.wf2(), third)[n % 2].pk for n in range(PROCESSES)]


def test_two_people_release_one_batch_at_once(crowd):
    b.balance("600")
    batch = b.opened()
    results = crowd.run(*(("release_batch", batch.pk, who, b.bank_day(), True) for who in staff()))
    assert Counter(name for name, _ in results) == {"ok": 1, "TransitionNotAllowed": PROCESSES - 1}
    batch.refresh_from_db()
    assert batch.is_released


def test_negative_control_without_the_lock_the_database_stops_the_second_release(crowd):
    b.balance()
    batch = b.opened()
    results = crowd.run(*(("release_batch", batch.pk, who, b.bank_day(), False) for who in staff()))
    names = Counter(name for name, _ in results)
    assert names["ok"] == 1 and names["IntegrityError"] == PROCESSES - 1, results
    assert all(
        "Zahlungslauf bleibt" in text or "Zahlung bleibt" in text for name, text in results if name != "ok"
    )


def test_two_batches_at_once_do_not_share_the_balance(crowd):
    b.balance("900")
    pair = [b.opened(), b.opened()]
    results = crowd.run(
        *(("release_batch", pair[n % 2].pk, who, b.bank_day(), True) for n, who in enumerate(staff()))
    )
    assert Counter(name for name, _ in results)["ok"] == 1
    assert PaymentBatch.objects.filter(state="released").count() == 1


def test_negative_control_two_who_read_one_balance_release_more_than_there_is(crowd):
    b.balance("900")
    pair = [b.opened(), b.opened()]
    results = crowd.run(
        *(("release_on_one_balance", pair[n % 2].pk, who, b.bank_day()) for n, who in enumerate(staff()))
    )
    assert Counter(name for name, _ in results)["ok"] == 2, results
    assert sum(payment.amount for payment in Payment.objects.filter(batch__state="released")) == 1000


def test_two_batches_with_one_call(crowd):
    call, account = b.checked_call(), b.own_account()
    results = crowd.run(*(("begin_batch", account.pk, call.pk, who, b.bank_day(), True) for who in staff()))
    assert Counter(name for name, _ in results) == {"ok": 1, "TransitionNotAllowed": PROCESSES - 1}
    assert (PaymentBatch.objects.count(), Payment.objects.count()) == (1, 1)


def test_negative_control_without_the_lock_the_database_stops_the_second_batch(crowd):
    call, account = b.checked_call(), b.own_account()
    results = crowd.run(*(("begin_batch", account.pk, call.pk, who, b.bank_day(), False) for who in staff()))
    assert Counter(name for name, _ in results) == {"ok": 1, "IntegrityError": PROCESSES - 1}, results
    assert Payment.objects.count() == 1


def test_eight_who_book_one_batch_pay_once(crowd):
    calls = [b.checked_call(amount=str(100 + n)) for n in range(4)]
    batch = b.released(*calls)
    results = crowd.run(*(("execute_batch", batch.pk, who, b.bank_day()) for who in staff()))
    assert {name for name, _ in results} <= {"ok", "TransitionNotAllowed"}
    batch.refresh_from_db()
    assert batch.state == "executed"
    assert LedgerEntry.objects.filter(kind="pay").count() == 4
    assert not b.found()


def test_negative_control_without_the_lock_the_database_stops_the_second_booking(crowd):
    """The grant has another call of the same sum, so its counters alone would not stop it."""
    application = p.application(b.granted("1000"))
    call, _ = b.checked_call(application), p.call(application, "500", to=b.payee(), purpose="Druck")
    batch = b.released(call)
    results = crowd.run(*(("execute_batch", batch.pk, who, b.bank_day(), False) for who in staff()))
    assert Counter(name for name, _ in results) == {"ok": 1, "IntegrityError": PROCESSES - 1}, results
    assert LedgerEntry.objects.filter(kind="pay").count() == 1
    assert not b.found()


def test_eight_who_book_one_payment_back_do_it_once(crowd):
    payment = b.executed().payments.get()
    results = crowd.run(*(("send_back", payment.pk, who, b.bank_day()) for who in staff()))
    assert Counter(name for name, _ in results) == {"ok": 1, "TransitionNotAllowed": PROCESSES - 1}
    assert LedgerEntry.objects.filter(kind="pay_back").count() == 1
    assert not b.found()


def test_negative_control_without_the_lock_the_database_stops_the_second_return(crowd):
    """The grant has another payment of the same sum, so its counters alone would not stop it."""
    application = p.application(b.granted("1000"))
    payment = b.executed(b.checked_call(application), b.checked_call(application)).payments.order_by("pk")[0]
    results = crowd.run(*(("send_back", payment.pk, who, b.bank_day(), False) for who in staff()))
    assert Counter(name for name, _ in results) == {"ok": 1, "IntegrityError": PROCESSES - 1}, results
    assert LedgerEntry.objects.filter(kind="pay_back").count() == 1
    assert not b.found()
