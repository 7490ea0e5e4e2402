"""Statements of the association's bank, for tests."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from funding.payments import services
from funding.payments.models import PaymentBatch, StatementEntry
from stadtbezirk.demo.bank import Line, statement
from tests import batches, personas

_numbers: Iterator[int] = count(1)


def line(amount: str, **more: Any) -> Line:
    return Line(Decimal(amount), **more)


def file_of(*lines: Line, opening: str = "1000", number: int | None = None, **more: Any) -> bytes:
    """A statement of our account, of the last bank day."""
    batches.own_account()
    day = more.pop("day", batches.bank_day())
    iban = more.pop("iban", batches.OWN_IBAN)
    number = number or next(_numbers)
    return statement(iban, number, Decimal(opening), day - timedelta(days=1), day, lines)


def entry(amount: str, **more: Any) -> StatementEntry:
    """The only entry of a statement that was loaded, with a reference of its own."""
    more.setdefault("reference", f"R{next(_numbers)}")
    [loaded] = services.load_statements(file_of(line(amount, **more)), actor=personas.wf1()).new
    return loaded.entries.get()


def camt_of_a_stranger() -> bytes:
    """A statement of an account that is not ours."""
    return file_of(line("5"), iban="DE89370400440532013000")


def story() -> None:
    """After ``batches.story``: what it paid and what came back is ticked, 20 euro put aside, two entries open."""
    wf1, batch = personas.wf1(), PaymentBatch.objects.get(state="executed")
    lines = (line("-40", message_id=batch.message_id), line("40"), line("-20"), line("-9.90"), line("10"))
    [loaded] = services.load_statements(file_of(*lines), actor=wf1).new
    gone, back, aside = (loaded.entries.get(amount=Decimal(amount)) for amount in ("-40", "40", "-20"))
    services.tick_batch(gone, batch=batch, actor=wf1)
    services.tick_return(back, payment=batch.payments.get(), actor=wf1)
    services.set_aside(aside, reason="Sparkonto", actor=wf1)
