"""What ``verify_ledger`` finds of payments where somebody got past all guards: each finding once, in words without an IBAN."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.db.models import F

from funding.models import Application
from funding.payments import services
from funding.payments.models import (
    Balance,
    CallStep,
    PayeeAccount,
    Payment,
    PaymentBatch,
    PaymentCall,
    StatementEntry,
)
from funding.payments.services import files
from funding.verify import STAGES
from members.common import stored
from tests import batches as b
from tests import personas as p
from tests import statements as s
from tests.tampering import lift_guards, without_checks

pytestmark = pytest.mark.django_db


@contextmanager
def without_index(*names: str) -> Iterator[None]:
    """Both databases keep a conditional unique constraint as an index. It ends with the test's transaction."""
    with connection.cursor() as cursor:
        for name in names:
            cursor.execute(f"DROP INDEX {name}")
    yield


def confirmed_alone() -> None:
    balance = Balance.objects.get()
    with without_checks("payments_balance", "balance_confirmed_by_another"):
        Balance.objects.filter(pk=balance.pk).update(decided_by=F("requested_by"))


def account_alone() -> None:
    with without_checks("payments_payeeaccount", "payeeaccount_confirmed_by_another"):
        PayeeAccount.objects.update(decided_by=F("requested_by"))


def second_beginning() -> None:
    account = PayeeAccount.objects.get()
    account.pk = None
    with without_index("one_first_account_per_payee"):
        account.save()


def checked_alone() -> None:
    called = CallStep.objects.get(step="call", call=PaymentCall.objects.earliest("pk"))
    CallStep.objects.filter(step="check", call=called.call).update(actor=called.actor)


def released_alone() -> None:
    with without_checks("payments_paymentbatch", "batch_released_by_another"):
        PaymentBatch.objects.update(released_by=F("created_by"))


def accepted_alone() -> None:
    with without_checks("payments_payment", "payment_accepted_by_another"):
        Payment.objects.update(
            verified="no_match",
            verified_name="x",
            verified_by=p.wf1(),
            accepted_by=p.wf1(),
            accepted_because="x",
        )


def other_file() -> None:
    path = stored.path_of(files.make(PaymentBatch.objects.get().pk).sha256)
    default_storage.delete(path)
    with default_storage.open(path, "wb") as file:
        file.write(b"<x/>")


def no_statement() -> None:
    entry = s.entry("-9.90")
    default_storage.delete(stored.path_of(entry.statement.sha256))


def ticked_twice() -> None:
    batch = PaymentBatch.objects.get()
    whole, single = s.entry("-750.50"), s.entry("-500")
    services.tick_batch(whole, batch=batch, actor=p.wf1())
    payment = batch.payments.get(amount=500)
    StatementEntry.objects.filter(pk=single.pk).update(
        state="matched", use="payment", payment=payment, done_by=p.wf1(), done_on=b.bank_day()
    )


def never_came_back() -> None:
    """A return of the bank that the books do not know."""
    entry, payment = s.entry("500"), Payment.objects.get(amount=500)
    StatementEntry.objects.filter(pk=entry.pk).update(
        state="matched", use="return", payment=payment, done_by=p.wf1(), done_on=b.bank_day()
    )


def paid_without_payment() -> None:
    Payment.objects.filter(amount=500).delete()


def another_amount() -> None:
    Payment.objects.filter(amount=500).update(amount=Decimal(501))


def another_day() -> None:
    Payment.objects.filter(amount=500).update(executed_on=b.bank_day() - timedelta(days=1))


def paid_more() -> None:
    Application.objects.filter(paid=500).update(paid=Decimal(400))


def called_more() -> None:
    Application.objects.filter(paid=500).update(called=Decimal(1))


def open_again() -> None:
    PaymentCall.objects.filter(amount=500).update(state="checked")


def not_executed() -> None:
    Payment.objects.filter(amount=500).update(state="planned", executed_on=None, decision=None)


@pytest.mark.parametrize(
    ("tamper", "said"),
    [
        (confirmed_alone, "Bestätigt hat ihn, wer ihn eingetragen hat"),
        (account_alone, "Bestätigt hat sie, wer sie eingetragen hat"),
        (second_beginning, "Mehrere Bankverbindungen folgen auf keine"),
        (checked_alone, "Geprüft hat ihn, wer ihn abgerufen hat"),
        (released_alone, "Freigegeben hat ihn, wer ihn zusammengestellt hat"),
        (accepted_alone, "Den abweichenden Namen hat bestätigt, wer ihn erfasst hat"),
        (other_file, "Zahlungslauf .*, Datei für die Bank: Die Datei fehlt oder ist eine andere"),
        (no_statement, "Kontoauszug .*, Datei der Bank: Die Datei fehlt oder ist eine andere"),
        (ticked_twice, "Ihre Zahlung ist einzeln und mit ihrem Zahlungslauf zugeordnet"),
        (never_came_back, "hat einen anderen Betrag oder Stand"),
        (paid_without_payment, "Zur Auszahlung vom .* fehlt die Zahlung"),
        (another_amount, "Ihre Buchung hat einen anderen Betrag"),
        (another_amount, "Ihr Betrag ist nicht der ihres Abrufs"),
        (another_day, "Die Tage von Zahlung und Buchung passen nicht zusammen"),
        (paid_more, "paid ist 400,00"),
        (called_more, "abgerufen ist 1,00.*die offenen Abrufe ergeben 0,00"),
        (open_again, "die offenen Abrufe ergeben 500,00"),
        (open_again, "seine Zahlungen sagen etwas anderes"),
        (not_executed, "Er ist „ausgeführt“, seine Zahlungen sagen etwas anderes"),
    ],
)
def test_what_got_past_the_guards_is_named(tamper: Callable[[], None], said: str) -> None:
    """A batch of 500 and 250.50 euro is executed before."""
    first = b.checked_call(p.application(b.granted("1000")), "500")
    batch = files.make(b.released(first, b.checked_call(amount="250.50")).pk)
    assert services.mark_executed(batch, executed_on=b.bank_day(), actor=p.wf1()) == []
    assert not b.found()
    lift_guards()
    tamper()
    # The stages before it say that the guards are missing.
    whole = "\n".join(sentence for check in STAGES[2] for sentence in check()).replace("\u00a0", " ")
    assert re.search(said, whole), whole
    assert p.IBANS[0] not in whole and b.OWN_IBAN not in whole


def test_two_that_follow_one_account() -> None:
    """The column is unique, so that the chain is told another way: PostgreSQL alone drops a unique constraint."""
    if connection.vendor == "sqlite":
        pytest.skip("SQLite baut für eine andere Bedingung die Tabelle neu")
    payee = b.payee()
    account = p.payee_account(payee, actor=p.wf1(), iban=p.IBANS[1], since=date(2016, 1, 1))
    connection.check_constraints()
    lift_guards()
    with connection.cursor() as cursor:
        cursor.execute(
            "ALTER TABLE payments_payeeaccount DROP CONSTRAINT payments_payeeaccount_follows_id_key"
        )
        cursor.execute("DROP INDEX one_waiting_account_per_payee")
    account.pk = None
    account.save()
    assert f"Bankverbindung Nr. {account.follows_id}: Auf sie folgen mehrere." in [
        sentence for check in STAGES[2] for sentence in check()
    ]
