"""Calling and paying, day by day through the services: what ``calls`` lists, in the order in which it happens."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from django.core.files.base import ContentFile

from funding.models import Application
from funding.payments import services as payments
from funding.payments.call_rules import Asked
from funding.payments.models import (
    InstalmentPlan,
    OwnAccount,
    Payee,
    Payment,
    PaymentBatch,
    PaymentCall,
)
from funding.payments.services.plans import Units
from funding.terms import later
from members.common.money import format_euro
from members.common.target_days import next_target_day
from members.models import District, Organisation, User
from stadtbezirk.demo import entries, papers, statements
from stadtbezirk.demo.calls import BATCHES, CALLS, PLANS, Batch, Call, Plan
from stadtbezirk.demo.people import Cast
from stadtbezirk.demo.steps import applications_of

#: Entered before the first batch, so that there is a balance to pay from.
BALANCE_DAYS = 93
State = PaymentCall.State


@dataclass
class Diary:
    """What happened so far. Early in the year days move to its opening; what cannot have happened yet is left out."""

    cast: Cast
    today: date
    account: OwnAccount
    calls: dict[str, PaymentCall] = field(default_factory=dict)
    plans: dict[str, InstalmentPlan] = field(default_factory=dict)
    batches: dict[int, PaymentBatch] = field(default_factory=dict)

    def ago(self, days: int) -> date:
        """Return the local date so many days ago, but not before the year's opening."""
        return entries.ago(self.today, days)

    def application(self, title: str) -> Application:
        return applications_of(title, self.today).get()

    def payee(self, name: str, district: District, day: date) -> tuple[Payee, User]:
        """Return the payee, entered for the district too, and the director who acts."""
        director = self.cast.director(district, day)
        organisation = Organisation.objects.get(name=name)
        return payments.enter_payee(organisation, actor=director, district=district, on=day), director

    # Calls

    def call(self, key: str, row: Call) -> None:
        day, told = self.ago(row.called), self.told(row)
        if not row.title:
            asked = Asked(payee=Payee.objects.get(organisation__name=row.payee), **told)
            self.calls[key] = payments.call_expense(
                self.today.year, asked=asked, actor=self.cast.wf1, files=[_paper(row)], on=day
            )
            return
        app = self.application(row.title)
        payee, director = self.payee(row.payee, app.calling_district, day)
        asked = Asked(payee=payee, **told)
        self.calls[key] = payments.call_money(app, asked=asked, actor=director, files=[_paper(row)], on=day)

    def told(self, row: Call) -> dict[str, Any]:
        """Return what the call says, without its payee."""
        day = self.ago(row.called)
        return {
            "amount": Decimal(row.amount), "purpose": row.purpose, "override": row.override,
            "due_on": max(day, self.today - timedelta(days=row.due)),
            "kind": PaymentCall.Kind.INVOICE if row.invoice else PaymentCall.Kind.REFUND,
            "invoice_number": row.invoice, "invoice_on": day - timedelta(days=4) if row.invoice else None,
            "without_invoice": "" if row.invoice else "Der Veranstalter hat bezahlt; die Belege sind angehängt.",
            "others_used": None if row.used is None else Decimal(row.used),
        }  # fmt: skip

    def resend(self, key: str, row: Call, days: int) -> None:
        call = self.calls[key]
        asked = Asked(payee=call.payee, **self.told(row))
        payments.resend_call(call, asked=asked, actor=call.called_by, on=self.ago(days))

    def check(self, key: str, days: int) -> None:
        self.calls[key] = payments.check_call(self.calls[key], actor=self.cast.wf2, on=self.ago(days))

    def give_back(self, key: str, days: int, reason: str) -> None:
        payments.return_call(self.calls[key], reason=reason, actor=self.cast.wf1, on=self.ago(days))

    def withdraw(self, key: str, days: int, reason: str) -> None:
        call, day = self.calls[key], self.ago(days)
        director = self.cast.director(call.grant.calling_district, day)
        payments.withdraw_call(call, reason=reason, actor=director, on=day)

    # Plans

    def plan(self, row: Plan) -> None:
        day, app = self.ago(row.entered), self.application(row.title)
        payee, director = self.payee(row.payee, app.calling_district, day)
        first, amount = max(day, self.today - timedelta(days=row.first)), Decimal(row.amount)
        units = Units(amount, row.places, row.months, first) if row.places else None
        dated = [(later(first, month), amount) for month in range(row.months)]
        self.plans[row.title] = payments.enter_plan(
            app, payee=payee, purpose=row.purpose, reason=row.reason, actor=director, units=units,
            instalments=() if units else dated, on=day,
        )  # fmt: skip

    def confirm(self, row: Plan, days: int) -> None:
        payments.confirm_plan(self.plans[row.title], actor=self.cast.wf2, on=self.ago(days))

    def refuse(self, row: Plan, days: int, reason: str) -> None:
        payments.refuse_plan(self.plans[row.title], reason=reason, actor=self.cast.wf2, on=self.ago(days))

    def stop(self, row: Plan, days: int, kind: str, reason: str) -> None:
        plan = self.plans[row.title]
        payments.stop_plan(plan, kind=kind, reason=reason, actor=plan.requested_by, on=self.ago(days))

    def call_due(self, days: int) -> None:
        """Call what is due, as the timer does."""
        payments.call_due(self.ago(days))
        given = PaymentCall.objects.filter(instalment__plan=self.plans[PLANS[0].title]).order_by("pk")
        self.calls |= {f"plan-{number}": call for number, call in enumerate(given, 1)}

    # Batches

    def begin(self, number: int, row: Batch) -> None:
        """Begin the batch with its calls that can be paid."""
        ready = (State.CHECKED, State.BOUNCED)
        keys = [self.calls[key].pk for key in row.calls if key in self.calls]
        calls = list(PaymentCall.objects.filter(pk__in=keys, state__in=ready))
        if calls:
            self.batches[number] = payments.begin_batch(
                self.account, calls=calls, by_file=row.by_file, actor=self.cast.wf2, on=self.ago(row.begun),
                execution_day=next_target_day(max(self.ago(row.begun), self.today - timedelta(days=row.executed))),
            )  # fmt: skip

    def release(self, number: int, days: int) -> None:
        if number in self.batches:
            batch = payments.release(self.batches[number], actor=self.cast.wf1, on=self.ago(days))
            self.batches[number] = batch

    def answer(self, number: int, row: Batch, days: int) -> None:
        """Record what the bank says of the names, and confirm what is paid all the same."""
        if number not in self.batches or not row.answers:
            return
        batch, day = self.batches[number], self.ago(days)
        answers = {
            self.payment(number, key).pk: payments.Answer(*answer) for key, answer in row.answers.items()
        }
        payments.record_answers(batch, answers=answers, actor=self.cast.wf2, on=day)
        for key, reason in row.accepted.items():
            payments.accept_mismatch(self.payment(number, key), reason=reason, actor=self.cast.wf1, on=day)

    def payment(self, number: int, key: str) -> Payment:
        return self.batches[number].payments.get(call=self.calls[key])

    def book(self, number: int) -> None:
        """Mark the batch executed on its day, unless the day is to come."""
        batch = self.batches.get(number)
        if batch is not None and batch.execution_day <= self.today:
            refused = payments.mark_executed(batch, executed_on=batch.execution_day, actor=self.cast.wf2)
            assert not refused, refused

    def dissolve(self, number: int, days: int, reason: str) -> None:
        if number in self.batches:
            payments.dissolve(self.batches[number], reason=reason, actor=self.cast.wf1, on=self.ago(days))

    def statement(self, index: int) -> None:
        back = {
            self.payment(number, key).pk: told
            for number, row in enumerate(BATCHES)
            for key, told in row.back.items()
            if number in self.batches
        }
        statements.load(self.account, self.cast, self.today, index, back)


def _paper(row: Call) -> ContentFile:
    """Return the invoice, or the list of vouchers."""
    head = f"Rechnung {row.invoice}" if row.invoice else "Belegliste"
    lines = (f"{row.payee}: {head}", row.purpose, "", f"Summe {format_euro(Decimal(row.amount))}")
    return ContentFile(papers.written(*lines), f"{head}.pdf")


def keep(cast: Cast, today: date) -> None:
    """Enter the balance to begin with, then everything in the order of its days."""
    account = statements.open_account()
    diary = Diary(cast, today, account)
    day = today - timedelta(days=BALANCE_DAYS)
    balance = payments.enter_balance(
        account,
        amount=statements.OPENING,
        day=day,
        reason="Online-Banking, beim Umstieg",
        actor=cast.wf1,
        on=day,
    )
    payments.confirm_balance(balance, actor=cast.wf2, on=day)
    for _, happen in sorted(_events(diary), key=lambda event: -event[0]):
        happen()


def _events(diary: Diary) -> list[tuple[int, Callable[[], None]]]:
    """Return what happens, each with how many days ago."""
    found: list[tuple[int, Callable[[], None]]] = []
    for key, call in CALLS.items():
        found.append((call.called, partial(diary.call, key, call)))
        if call.checked is not None:
            found.append((call.checked, partial(diary.check, key, call.checked)))
        if call.returned:
            found.append((call.returned[0], partial(diary.give_back, key, *call.returned)))
        if call.resent is not None:
            found.append((call.resent, partial(diary.resend, key, call, call.resent)))
        if call.withdrawn:
            found.append((call.withdrawn[0], partial(diary.withdraw, key, *call.withdrawn)))
    for plan in PLANS:
        found.append((plan.entered, partial(diary.plan, plan)))
        if plan.confirmed is not None:
            found.append((plan.confirmed, partial(diary.confirm, plan, plan.confirmed)))
        if plan.refused:
            found.append((plan.refused[0], partial(diary.refuse, plan, *plan.refused)))
        found += [(stop[0], partial(diary.stop, plan, *stop)) for stop in plan.stops]
    found += [(days, partial(diary.call_due, days)) for days in (67, 43, 13)]
    for number, batch in enumerate(BATCHES):
        found.append((batch.begun, partial(diary.begin, number, batch)))
        if batch.released is not None:
            found.append((batch.released, partial(diary.release, number, batch.released)))
            found.append((batch.released, partial(diary.answer, number, batch, batch.released)))
        if batch.booked:
            found.append((batch.executed, partial(diary.book, number)))
        if batch.dissolved:
            found.append((batch.dissolved[0], partial(diary.dissolve, number, *batch.dissolved)))
    found += [(days, partial(diary.statement, index)) for index, days in enumerate(statements.DAYS)]
    return found
