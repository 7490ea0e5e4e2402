"""What is left on the association's account, and how large a batch may be: no more is released than is there."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from funding.errors import ConflictOfInterest
from funding.payments import batch_rules, services
from funding.payments.models import PaymentBatch
from tests import batches as b
from tests import personas as p
from tests import statements as s
from tests.test_batches import refused
from tests.test_project_pages import signed_in, text_of

pytestmark = pytest.mark.django_db


def left() -> Decimal:
    found = batch_rules.left_on(b.own_account())
    assert found is not None
    return found[1]


def half_booked() -> PaymentBatch:
    """A batch of 500 and 300 euro that the bank took as one sum. Who books may not book the 300."""
    calls = [b.checked_call(amount="500"), b.checked_call(amount="300")]
    batch = b.released(*calls)
    calls[1].application.project.editors.add(p.wf1())
    entry = s.entry("-800", message_id=batch.message_id)
    [(_, why)] = services.tick_batch(entry, batch=batch, actor=p.wf1())
    assert isinstance(why, ConflictOfInterest)
    return batch


def test_what_the_bank_took_counts_once_though_a_part_is_not_booked_yet():
    half_booked()  # the statement ends with 200
    assert left() == Decimal(200)


def test_what_the_statement_tells_is_not_entered_again():
    s.entry("-5")
    day = b.bank_day()
    for earlier in (day, day - timedelta(days=3)):
        error = refused(f"Bis zum {day:%d.%m.%Y} gelten die Kontoauszüge", lambda: b.balance("7", earlier))  # noqa: B023
        assert error.field == "day"
    assert left() == Decimal(995)


def test_a_balance_of_a_later_day_counts_instead_of_the_statement():
    earlier = b.bank_day() - timedelta(days=3)
    services.load_statements(s.file_of(s.line("-5"), day=earlier), actor=p.wf1())
    b.balance("7", earlier + timedelta(days=1))
    assert left() == Decimal(7)


def test_by_hand_the_limits_of_a_file_do_not_count():
    b.own_account(most_payments=1, most_amount=Decimal("600"))
    batch = b.opened(b.checked_call(), b.checked_call(), by_file=False)
    b.balance()
    assert services.release(batch, actor=p.wf2(), on=b.bank_day()).is_released


def test_a_batch_whose_day_has_passed_says_what_to_do():
    b.balance()
    before = b.bank_day() - timedelta(days=1)
    while before.weekday() > 4:
        before -= timedelta(days=1)
    batch = b.opened(execution_day=before, on=before, by_file=False)
    client = signed_in(p.wf2())
    page = client.get(batch.get_absolute_url())
    form = page.context["release"]
    answer = client.post(batch.get_absolute_url(), {"key": form["key"].value(), "step": "release"})
    assert answer.status_code == 422
    shown = text_of(answer).replace("\u00a0", " ")
    assert f"Der {before:%d.%m.%Y} ist vorbei" in shown
    assert "lösen Sie diesen Zahlungslauf auf und stellen Sie ihn mit einem anderen Tag neu zusammen" in shown
    assert before < timezone.localdate()
