"""The association's account in the demonstration, and two statements of its bank: one is done, one has open entries."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from funding.models import FiscalYear
from funding.payments import services as payments
from funding.payments.models import OwnAccount, Payment, PaymentBatch, StatementEntry
from stadtbezirk.demo.bank import Line, statement
from stadtbezirk.demo.people import ASSOCIATION, Cast

#: A published sample number.
IBAN = "DE02370502990000684712"
OPENING = Decimal("34500.00")


def load(cast: Cast, today: date) -> None:
    """Load a statement of some weeks ago and book all of it, and one of these days of which nothing is booked."""
    account = OwnAccount.objects.order_by("pk").first() or OwnAccount.objects.create(
        name="Geschäftskonto", holder=ASSOCIATION, iban=IBAN, since=date(2016, 1, 1)
    )
    first_day = date(today.year, 1, 1)
    one, two = (max(first_day, today - timedelta(days=days)) for days in (20, 1))
    done = [
        Line(Decimal(120000), "Stadt Dortmund", f"Mittel {today.year}, 2. Rate", reference="D1"),
        Line(Decimal("-9.90"), text="Kontoführung", fee=True, reference="D2"),
    ]
    executed: Any = (
        PaymentBatch.objects.with_figures().filter(state=PaymentBatch.State.EXECUTED).order_by("pk")
    )
    done += [
        Line(-(batch.total or Decimal(0)), message_id=batch.message_id, reference=f"B{batch.pk}")
        for batch in executed
    ]
    _enter(account, cast, 21, OPENING, one - timedelta(days=1), one, done)
    for entry in StatementEntry.objects.select_related("statement"):
        _book(entry, cast, today)
    open_lines = [
        Line(Decimal("350.00"), "Sparkasse (Beispiel)", "Spende Nachbarschaftsfest", reference="D3"),
        Line(Decimal("-4.50"), text="Entgelt Sammelüberweisung", fee=True, reference="D4"),
        Line(Decimal("-48.00"), "Beispiel Bürobedarf", "Rechnung 2207", reference="D5"),
    ]
    back = Payment.objects.filter(batch__isnull=False, state=Payment.State.EXECUTED).order_by("-pk").first()
    if back is not None:
        returned = Line(
            back.amount, str(back.for_call.payee), end_to_end=back.end_to_end, return_reason="AC04"
        )
        open_lines.append(returned)
    closing = OPENING + sum(line.amount for line in done)
    _enter(account, cast, 22, closing, one, two, open_lines)


def _enter(
    account: OwnAccount, cast: Cast, number: int, opening: Decimal, since: date, day: date, lines: list[Line]
) -> None:
    payments.load_statements(
        statement(account.iban, number, opening, since, day, lines), actor=cast.wf1, on=day
    )


def _book(entry: StatementEntry, cast: Cast, today: date) -> None:
    year = FiscalYear.objects.get(year=today.year)
    batch = PaymentBatch.objects.filter(state=PaymentBatch.State.EXECUTED, entry__isnull=True)
    if entry.message_id:
        [named] = [each for each in batch if each.message_id == entry.message_id]
        payments.tick_batch(entry, batch=named, actor=cast.wf1)
    elif entry.comes_in:
        payments.tick_instalment(entry, year=year, actor=cast.wf1)
    else:
        payments.tick_expense(entry, year=year, purpose=entry.text, payee="Beispielbank", actor=cast.wf2)
