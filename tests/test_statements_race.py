"""Eight processes at one entry of a statement: it is booked once, also when a batch is booked on its page meanwhile."""

from collections import Counter

import pytest

from funding.models import Expense, LedgerEntry
from funding.payments import services
from funding.payments.models import BankStatement, StatementEntry
from funding.payments.statement_verify import VERIFIERS
from tests import batches as b
from tests import personas as p
from tests import statements as s
from tests.crowd import PROCESSES

pytestmark = pytest.mark.django_db(transaction=True)


def test_statement_and_page_at_once_pay_once(crowd):
    batch = b.released(*(b.checked_call(amount=str(100 + n)) for n in range(4)))
    found = s.entry("-406", message_id=batch.message_id)
    who = (p.wf1().pk, p.wf2().pk)
    tasks = [
        ("tick_batch", found.pk, batch.pk, who[n % 2]) if n % 2 else ("execute_batch", batch.pk, who[0], b.bank_day())
        for n in range(PROCESSES)
    ]  # fmt: skip
    results = crowd.run(*tasks)
    assert {name for name, _ in results} <= {"ok", "TransitionNotAllowed"}, results
    batch.refresh_from_db()
    found.refresh_from_db()
    assert batch.state == "executed"
    assert LedgerEntry.objects.filter(kind="pay").count() == 4
    if found.state == "open":
        services.tick_batch(found, batch=batch, actor=p.wf1())
    assert LedgerEntry.objects.filter(kind="pay").count() == 4
    assert not [sentence for check in VERIFIERS for sentence in check()]


def test_negative_control_without_the_lock_the_database_stops_the_second_of_page_and_statement(crowd):
    """The grant has another call of the same sum, so its counters alone would not stop it."""
    application = p.application(b.granted("1000"))
    call, _ = b.checked_call(application), p.call(application, "500", to=b.payee(), purpose="Druck")
    batch = b.released(call)
    found = s.entry("-500", message_id=batch.message_id)
    who = (p.wf1().pk, p.wf2().pk)
    tasks = [
        ("tick_batch", found.pk, batch.pk, who[n % 2], False) if n % 2
        else ("execute_batch", batch.pk, who[0], b.bank_day(), False)
        for n in range(PROCESSES)
    ]  # fmt: skip
    results = crowd.run(*tasks)
    names = Counter(name for name, _ in results)
    assert names["ok"] == 1 and names["IntegrityError"] >= PROCESSES // 2, results
    assert LedgerEntry.objects.filter(kind="pay").count() == 1


@pytest.mark.parametrize("same_id", [True, False], ids=["the same file", "one entry in two statements"])
def test_what_eight_load_at_once_is_there_once(crowd, same_id):
    lines = (s.line("-9.90", reference="R1"), s.line("5", reference="R2"))
    contents = [s.file_of(*lines, number=900 + (0 if same_id else n)) for n in range(PROCESSES)]
    results = crowd.run(*(("load_statements", content, p.wf1().pk, True) for content in contents))
    assert {name for name, _ in results} == {"ok"}, results
    assert (
        sum(new for _, (new, _) in results) == BankStatement.objects.count() == (1 if same_id else PROCESSES)
    )
    assert sum(entries for _, (_, entries) in results) == StatementEntry.objects.counted().count() == 2
    assert not [sentence for check in VERIFIERS for sentence in check()]


def test_negative_control_without_the_look_under_the_lock_the_database_stops_the_second_file(crowd):
    content = s.file_of(s.line("-9.90", reference="R1"), number=900)
    results = crowd.run(*(("load_statements", content, p.wf1().pk, False) for _ in range(PROCESSES)))
    assert Counter(name for name, _ in results) == {"ok": 1, "IntegrityError": PROCESSES - 1}, results
    assert (BankStatement.objects.count(), StatementEntry.objects.count()) == (1, 1)


def test_eight_who_book_one_fee_book_it_once(crowd):
    p.open_year()
    found = s.entry("-9.90", fee=True)
    results = crowd.run(*(("tick_expense", found.pk, p.wf1().pk, True) for _ in range(PROCESSES)))
    assert Counter(name for name, _ in results) == {"ok": 1, "TransitionNotAllowed": PROCESSES - 1}, results
    assert Expense.objects.count() == 1


def test_negative_control_without_the_lock_the_database_stops_the_second_booking(crowd):
    p.open_year()
    found = s.entry("-9.90", fee=True)
    results = crowd.run(*(("tick_expense", found.pk, p.wf1().pk, False) for _ in range(PROCESSES)))
    assert Counter(name for name, _ in results) == {"ok": 1, "IntegrityError": PROCESSES - 1}, results
    assert Expense.objects.count() == 1
