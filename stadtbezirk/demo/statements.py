"""The association's account in the demonstration and the statements of its bank: all is matched but two entries."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from funding.models import Expense, FiscalYear
from funding.payments import matching
from funding.payments import services as payments
from funding.payments.models import OwnAccount, Payment, PaymentBatch, StatementEntry
from funding.proofs.models import RepaymentClaim
from funding.proofs.owed import owed
from projects.models import Project
from stadtbezirk.demo.bank import Line, statement
from stadtbezirk.demo.people import ASSOCIATION, Cast

#: A published sample number.
IBAN = "DE02370502990000684712"
OPENING = Decimal("34500.00")
#: How many days ago the first statement begins, and on which days each ends.
BEGIN, DAYS = 92, (45, 20, 10, 1)
FIRST_NUMBER = 21
#: Bank's references of entries that somebody put aside, and of those that wait.
ASIDE, LEFT = ("D6", "D7"), ("D10", "D11")
#: The entry that a statement of its day has too, and the number of that one: it is counted once.
TWICE, NUMBER_TWICE = "D9", 2301
BANK = "Beispielbank"
#: What of the interest comes in a line of its own.
FORGOTTEN = Decimal(1)
#: The project whose grant is revoked and repaid.
REPAID = "Themenmarkt Handwerk"


def open_account() -> OwnAccount:
    """Return the association's account, entered if there is none."""
    return OwnAccount.objects.order_by("pk").first() or OwnAccount.objects.create(
        name="Geschäftskonto", holder=ASSOCIATION, iban=IBAN, since=date(2016, 1, 1)
    )


def _other_lines(today: date) -> list[tuple[int, Line]]:
    """Return what the bank books beside payments, each with how many days ago."""
    number = Project.objects.get(title=REPAID, year=today.year).number
    fee = Line(Decimal("-9.90"), text="Kontoführung", fee=True)
    return [
        (88, replace(fee, reference="D1")),
        (60, Line(Decimal(120000), "Stadt Dortmund", f"Mittel {today.year}, 2. Rate", reference="D2")),
        (58, replace(fee, reference="D3")),
        (40, Line(Decimal(6000), "Stiftung Beispiel", "FESTE, erste Rate", reference="D4")),
        (
            35,
            Line(
                Decimal(600),
                "Aktionsgemeinschaft Martener Kaufleute",
                f"Rückzahlung {number}",
                reference="D5",
            ),
        ),
        (33, Line(Decimal(75), "Unbekannt Beispiel", "Miete Garage", reference="D6")),
        (31, Line(Decimal(-75), "Unbekannt Beispiel", "Rückruf Irrläufer", reference="D7")),
        (28, replace(fee, reference="D8")),
        (14, Line(Decimal(1500), "Stiftung Beispiel", "FESTE, zweite Rate", reference="D9")),
        (3, Line(Decimal(-48), "Beispiel Bürobedarf", "Rechnung 2207", reference="D10")),
        (2, Line(Decimal(250), "Nachbarschaft Beispiel", "Spende FESTE", reference="D11")),
        (1, Line(Decimal("-4.50"), text="Entgelt Sammelüberweisung", fee=True, reference="D12")),
    ]


def load(account: OwnAccount, cast: Cast, today: date, index: int, back: dict[int, tuple[int, str]]) -> None:
    """Load the statement with this index, and click what the page proposes.

    ``back`` is what the bank sends back: key of the payment, with how many days ago and why.
    """
    first_day = date(today.year, 1, 1)

    def ago(days: int) -> date:
        return max(first_day, today - timedelta(days=days))

    before, last = (BEGIN, *DAYS)[index], DAYS[index]
    since, until = ago(before), ago(last)
    lines = [replace(line, day=ago(days)) for days, line in _other_lines(today) if before > days >= last]
    lines += _payments(account, since, until) + _expenses(since, until)
    for payment in Payment.objects.filter(pk__in=back, executed_on__isnull=False).order_by("pk"):
        days, reason = back[payment.pk]
        assert payment.executed_on is not None
        day = max(ago(days), payment.executed_on)
        if since < day <= until:
            lines.append(
                Line(
                    payment.amount,
                    str(payment.for_call.payee),
                    end_to_end=payment.end_to_end,
                    return_reason=reason,
                    day=day,
                )
            )
    lines.sort(key=lambda line: line.day or until)
    latest = account.statements.in_order()[-1:]
    opening = latest[0].closing if latest else OPENING
    loaded = payments.load_statements(
        statement(account.iban, FIRST_NUMBER + index, opening, since, until, lines), actor=cast.wf1, on=until
    )
    for entry in StatementEntry.objects.filter(statement__in=loaded.new).select_related("statement"):
        _book(entry, cast, until)
    for position, line in enumerate(lines):
        if line.reference == TWICE and line.day and since < line.day < until:
            opening += sum(each.amount for each in lines[:position])
            of_day = statement(account.iban, NUMBER_TWICE, opening, line.day, line.day, [line])
            payments.load_statements(of_day, actor=cast.wf1, on=until)


def repay_with_interest(claim: RepaymentClaim, account: OwnAccount, cast: Cast, today: date) -> None:
    """Load a statement of the last day, with what is claimed back and its interest in one line, and book that.

    A euro of the interest was forgotten and comes in a line of its own.
    """
    latest = account.statements.newest()
    if latest is None or claim.decision.on > latest.closed_on:
        return  # too early in the year
    day = latest.closed_on
    interest = owed(claim.application, day).total
    if interest <= FORGOTTEN:
        return
    paid = claim.amount + interest - FORGOTTEN
    lines = [
        Line(paid, claim.debtor, f"{claim.reference} mit Zinsen", day=day, reference="D13"),
        Line(FORGOTTEN, claim.debtor, f"{claim.reference} Rest der Zinsen", day=day, reference="D14"),
    ]
    [loaded] = payments.load_statements(
        statement(account.iban, FIRST_NUMBER + len(DAYS), latest.closing, day, day, lines), actor=cast.wf1, on=today
    ).new  # fmt: skip
    for entry in loaded.entries.order_by("position").select_related("statement"):
        _book(entry, cast, today)


def _payments(account: OwnAccount, since: date, until: date) -> list[Line]:
    """Return what the bank took for batches of these days: one sum for a file, else each payment."""
    went: Any = PaymentBatch.objects.with_figures().filter(
        state__in=(PaymentBatch.State.RELEASED, PaymentBatch.State.EXECUTED),
        account=account,
        execution_day__gt=since,
        execution_day__lte=until,
    )
    lines = []
    for batch in went.order_by("pk"):
        if batch.by_file:
            lines.append(
                Line(
                    -(batch.total or Decimal(0)),
                    message_id=batch.message_id,
                    reference=f"B{batch.pk}",
                    day=batch.execution_day,
                )
            )
            continue
        lines += [
            Line(
                -payment.amount,
                str(payment.for_call.payee),
                payment.remittance,
                payment.end_to_end,
                day=batch.execution_day,
                reference=f"Z{payment.pk}",
            )
            for payment in batch.payments.for_work()
        ]
    return lines


def _expenses(since: date, until: date) -> list[Line]:
    """Return what was paid for overhead in these days without a call."""
    paid = Expense.objects.filter(
        call=None, reverses=None, reversal=None, statement_entry=None, on__gt=since, on__lte=until
    )
    return [
        Line(-expense.amount, expense.payee, expense.purpose, day=expense.on, reference=f"G{expense.pk}")
        for expense in paid.order_by("pk")
    ]


def _book(entry: StatementEntry, cast: Cast, day: date) -> None:
    """Match the entry as the page proposes it."""
    if entry.bank_reference in LEFT:
        return
    if entry.bank_reference in ASIDE:
        reason = "Gehört nicht zu uns: Irrläufer, den die Bank zurückgeholt hat."
        payments.set_aside(entry, reason=reason, actor=cast.wf1, on=day)
        return
    found = matching.proposals([entry]).get(entry.pk)
    assert found is not None, f"Nothing is proposed for {entry.told}, {entry.amount}."
    target: Any = found.target
    more: Any = {"actor": cast.wf1, "on": day}
    match found.use:
        case StatementEntry.Use.BATCH:
            refused = payments.tick_batch(entry, batch=target, **more)
            assert not refused, refused
        case StatementEntry.Use.PAYMENT:
            payments.tick_payment(entry, payment=target, **more)
        case StatementEntry.Use.RETURN:
            payments.tick_return(entry, payment=target, **more)
        case StatementEntry.Use.INSTALMENT:
            payments.tick_instalment(entry, year=target, **more)
        case StatementEntry.Use.SPECIAL:
            payments.tick_special(entry, pot=target, raises=False, **more)
        case StatementEntry.Use.REPAYMENT:
            payments.tick_repayment(entry, application=target, **more)
        case StatementEntry.Use.INTEREST:
            payments.tick_interest(entry, application=target, **more)
        case _ if isinstance(target, FiscalYear):
            payments.tick_expense(entry, year=target, purpose=entry.text, payee=BANK, **more)
        case _:
            payments.tick_booked_expense(entry, expense=target, **more)
