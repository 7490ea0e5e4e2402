"""Money from its call to the statement of the bank, in random order, against a model that knows sums and states only."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from funding import services as core
from funding.errors import FundingError
from funding.ledger import differences
from funding.models import Application, Expense
from funding.payments import batch_rules, batch_verify, services, verify
from funding.payments.models import Payment, PaymentBatch, PaymentCall, StatementEntry
from funding.payments.services import files, plans
from members.models import Organisation
from tests import batches as b
from tests import personas as p
from tests import statements as s

GRANTED = {"S1-APL": Decimal(900), "S2": Decimal(700)}
OVERHEAD = Decimal(300)
#: What lies on the account at first: hardly enough for some batches, or for most.
BALANCES = [Decimal(400), Decimal(1200)]
OPEN = {"called", "returned", "checked", "batch", "bounced"}
#: Step -> the states from which it may be taken, and the state after it: once more beside the program's own table.
STEPS = {
    "check": ({"called"}, "checked"), "return": ({"called", "checked", "bounced"}, "returned"), "resend": ({"returned"}, "called"),
    "withdraw": ({"called", "returned", "checked", "bounced"}, "withdrawn"),
}  # fmt: skip


@dataclass(eq=False)
class Called:
    pk: int
    pot: str
    amount: Decimal
    payee: int
    state: str = "called"


@dataclass(eq=False)
class Paying:
    pk: int
    call: Called
    state: str = "planned"
    mismatch_by: str = ""
    accepted: bool = False

    @property
    def barred(self) -> bool:
        return bool(self.mismatch_by) and not self.accepted


@dataclass(eq=False)
class Batch:
    pk: int
    by_file: bool
    state: str = "open"
    payments: list[Paying] = field(default_factory=list)

    def of(self, *states: str) -> list[Paying]:
        return [each for each in self.payments if each.state in states]

    @property
    def total(self) -> Decimal:
        return sum((each.call.amount for each in self.of("planned", "executed", "returned")), Decimal(0))

    @property
    def planned(self) -> list[Paying]:
        return self.of("planned")

    @property
    def gone(self) -> list[Paying]:
        return self.of("executed", "returned")

    def may_execute(self, *payments: Paying) -> bool:
        return self.state == "released" and not any(each.barred for each in payments)

    def execute(self, *payments: Paying) -> None:
        for each in payments:
            each.state, each.call.state = "executed", "paid"
        if not self.planned:
            self.state = "executed"


@dataclass(eq=False)
class Line:
    pk: int
    amount: Decimal
    state: str = "open"
    use: str = ""
    of: Any = None


@dataclass(frozen=True)
class Draw:
    """What chance gives a step. It mostly aims at a row for which the step is possible."""

    at: int
    of: int
    euro: int
    by: str
    aims: bool

    @classmethod
    def by_chance(cls, chance: Random) -> "Draw":
        at, of, euro = chance.randrange(10), chance.randrange(10), chance.randint(1, 300)
        return cls(at, of, euro, chance.choice(["wf1", "wf2"]), chance.random() < 0.8)

    def pick(self, rows: list[Any], fits: Callable[[Any], bool]) -> Any:
        good = [row for row in rows if self.aims and fits(row)]
        return (good or rows)[self.at % len(good or rows)]


#: How often each step is taken, by what it needs beforehand.
WEIGHTS = {
    "": {"call": 3, "plan_units": 1, "run_what_is_due": 1, "enter_account": 1, "decide_account": 2, "load fee": 1},
    "calls": {"check": 6, "return": 1, "resend": 1, "withdraw": 1, "begin_batch": 4},
    "batches": {"release": 7, "make_file": 1, "dissolve": 1, "mark_executed": 3, "load batch": 3},
    "payments": {
        "take_out": 1, "verify_payee": 3, "accept_mismatch": 3, "send_back": 1, "strike": 1, "load payment": 5, "load return": 5,
    },
    "lines": {"tick": 9, "put_aside": 1, "load_again": 1},
}  # fmt: skip
#: Where some run comes by, or the walk is too short to prove anything.
REACHED = {
    *(f"call {state}" for state in PaymentCall.State.values), *(f"batch {state}" for state in ("open", "released", "executed")),
    *(f"payment {state}" for state in ("planned", "executed", "returned")), *(f"line {use}" for use in ("batch", "payment", "return", "fee")),
    "line open", "payment accepted", "batch by hand executed",
}  # fmt: skip


class Money(RuleBasedStateMachine):
    #: After how many steps a row was in this state.
    reached: Counter[str] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()
        project = p.approved(
            p.gf_aplerbeck(), shares={"APL": str(GRANTED["S1-APL"])}, pillar_2=str(GRANTED["S2"])
        )
        self.grants = {code: p.accept(p.application(project, code)) for code in GRANTED}
        self.gf, self.wf = p.gf_aplerbeck(), {"wf1": p.wf1(), "wf2": p.wf2()}
        own = b.payee(str(project.organiser))
        other = services.enter_payee(Organisation.objects.create(name="Druckerei"), actor=self.wf["wf1"])
        other.districts.add(p.district("APL"))
        p.payee_account(other, actor=self.wf["wf1"], iban=p.IBANS[1], since=date(2016, 1, 1), on=b.bank_day())
        self.payees = [own, other]
        #: Whether a confirmed account counts, and whether one waits, in the order of payees.
        self.confirmed, self.waiting = [True, False], [False, True]
        #: Of the first payee's accounts, by their own numbers: how many were entered, the newest one, the one that counts.
        self.entered = self.newest = self.counts = 1
        self.calls: list[Called] = []
        self.batches: list[Batch] = []
        self.lines: list[Line] = []
        self.fees: list[Decimal] = []
        self.plans: list[list[Any]] = []
        self.last_file = b""
        overhead = p.pot("GK")
        core.book_expense(
            overhead.year.year, amount=overhead.available - OVERHEAD, purpose="Miete", payee="Haus",
            actor=self.wf["wf1"], paid=True,
        )  # fmt: skip
        self.before = {code: (p.pot(code).committed, p.pot(code).paid) for code in (*GRANTED, "GK")}
        self.taken = 0
        self.balance = Decimal(0)

    def teardown(self) -> None:
        try:
            assert b.found() == []
        finally:
            transaction.set_rollback(True)
            self.savepoint.__exit__(None, None, None)

    def attempt(self, act: Callable[[], Any], possible: bool) -> Any:
        try:
            with transaction.atomic():
                done = act()
        except FundingError as error:
            assert not possible, error
            return None
        assert possible
        return done if done is not None else True

    def spent(self, pot: str) -> Decimal:
        fees = sum(self.fees, Decimal(0)) if pot == "GK" else Decimal(0)
        return sum((c.amount for c in self.calls if c.pot == pot and c.state != "withdrawn"), fees)

    def left(self, pot: str) -> Decimal:
        return (OVERHEAD if pot == "GK" else GRANTED[pot]) - self.spent(pot)

    def has_account(self, at: int) -> bool:
        return self.confirmed[at] or self.waiting[at]

    @initialize(balance=st.sampled_from(BALANCES))
    def begin(self, balance: Decimal) -> None:
        self.balance = balance
        b.balance(str(balance))

    @rule(seed=st.integers(0, 2**32))
    def go(self, seed: int) -> None:
        """Take one of the steps for which there are rows, possible or not."""
        self.taken += 1
        chance = Random(f"{seed} {self.taken}")
        there = {"": True, "calls": self.calls, "batches": self.batches, "lines": self.lines,
                 "payments": any(batch.payments for batch in self.batches)}  # fmt: skip
        steps = [
            step
            for need, times in WEIGHTS.items()
            if there[need]
            for step in times
            for _ in range(times[step])
        ]
        d = Draw.by_chance(chance)
        name, _, what = chance.choice(steps).partition(" ")
        if name == "load":
            self.load(what, d)
        elif name in STEPS:
            self.step(name, d)
        else:
            getattr(self, name)(d)

    # Calls

    def call(self, d: Draw) -> None:
        pot, to = (*GRANTED, "GK")[d.at % 3], d.of % 2
        amount, number = Decimal(d.euro), len(self.calls)
        asked = p.asked(self.payees[to], amount, purpose=f"Posten {number}")
        if pot == "GK":
            act = lambda: services.call_expense(p.this_year(), asked=asked, actor=self.wf["wf1"])  # noqa: E731
        else:
            act = lambda: services.call_money(self.grants[pot], asked=asked, actor=self.gf)  # noqa: E731
        if made := self.attempt(act, amount <= self.left(pot) and self.has_account(to)):
            self.calls.append(Called(made.pk, pot, amount, to))

    def step(self, step: str, d: Draw) -> None:
        sources, target = STEPS[step]
        model = d.pick(self.calls, lambda call: call.state in sources)
        call = PaymentCall.objects.with_names().get(pk=model.pk)
        caller = self.wf["wf1"] if model.pot == "GK" else self.gf
        asked = p.asked(self.payees[model.payee], model.amount, purpose=f"Noch einmal {d.euro}")
        acts = {
            "check": lambda: services.check_call(call, actor=self.wf["wf2"]),
            "return": lambda: services.return_call(call, reason="?", actor=self.wf["wf2"]),
            "resend": lambda: services.resend_call(call, asked=asked, actor=caller),
            "withdraw": lambda: services.withdraw_call(call, reason="Nein.", actor=caller),
        }
        possible = model.state in sources and not (model.pot == "GK" and step in ("return", "resend"))
        possible &= step != "resend" or self.has_account(model.payee)
        if self.attempt(acts[step], possible):
            model.state = target

    def plan_units(self, d: Draw) -> None:
        places, unit = d.at + 1, d.euro // 10 + 1
        waiting = sum(row[1] for row in self.plans)
        units = plans.Units(Decimal(unit), places, 1, timezone.localdate())
        plan = self.attempt(
            lambda: services.confirm_plan(
                services.enter_plan(
                    self.grants["S2"], payee=self.payees[0], purpose="Nette Toilette", reason="Vertrag", actor=self.gf,
                    units=units,
                ),
                actor=self.wf["wf1"],
            ),
            places * unit + waiting <= self.left("S2"),
        )  # fmt: skip
        if plan:
            self.plans.append([plan, Decimal(places * unit), self.newest])

    def run_what_is_due(self, d: Draw) -> None:
        services.call_due()
        for row in list(self.plans):
            if row[1] <= self.left("S2"):
                made = PaymentCall.objects.get(instalment__plan=row[0])
                state = "checked" if row[2] == self.counts else "called"
                self.calls.append(Called(made.pk, "S2", row[1], 0, state))
                self.plans.remove(row)

    # Accounts

    def enter_account(self, d: Draw) -> None:
        at, iban = d.of % 2, p.IBANS[d.at % 8]
        last = self.payees[at].accounts.exclude(state="refused").order_by("-pk").first()
        possible = not self.waiting[at] and (last is None or last.iban != iban)
        values = {"iban": iban, "since": b.bank_day(), "on": b.bank_day(), "actor": self.wf["wf1"]}
        if self.attempt(lambda: p.payee_account(self.payees[at], **values), possible):
            self.waiting[at] = True
            if at == 0:
                self.newest = self.entered = self.entered + 1

    def decide_account(self, d: Draw) -> None:
        at, by, refused = d.of % 2, d.by, d.at > 6
        account, actor = self.payees[at].accounts.order_by("-pk")[0], self.wf[by]
        if refused:
            act = lambda: services.refuse_account(account, reason="Nein.", actor=actor, on=b.bank_day())  # noqa: E731
        else:
            act = lambda: services.confirm_account(account, paper="Brief", actor=actor, on=b.bank_day())  # noqa: E731
        if self.attempt(act, self.waiting[at] and (refused or by == "wf2")):
            self.waiting[at] = False
            self.confirmed[at] |= not refused
            if at == 0 and refused:
                self.newest = self.counts
            elif at == 0:
                self.counts = self.newest

    # Batches: wf1 puts them together

    def payable(self, calls: list[Called]) -> bool:
        return all(c.state in ("checked", "bounced") and self.confirmed[c.payee] for c in calls)

    def put(self, batch: Batch, calls: list[Called]) -> None:
        for row in Payment.objects.filter(batch=batch.pk, call__in=[c.pk for c in calls], state="planned"):
            [call] = [c for c in calls if c.pk == row.call_id]
            call.state = "batch"
            batch.payments.append(Paying(row.pk, call))

    def begin_batch(self, d: Draw) -> None:
        offered = [c for c in self.calls if self.payable([c])] if d.aims else []
        offered = offered or self.calls
        calls = [offered[(d.at + n) % len(offered)] for n in range(min(d.of % 3 + 1, len(offered)))]
        rows = [PaymentCall.objects.get(pk=c.pk) for c in calls]
        by_file = d.euro % 3 > 0
        if made := self.attempt(lambda: b.opened(*rows, by_file=by_file), self.payable(calls)):
            self.batches.append(Batch(made.pk, by_file))
            self.put(self.batches[-1], calls)

    def a_batch(self, d: Draw, *states: str) -> tuple[Batch, PaymentBatch]:
        model = d.pick(self.batches, lambda batch: batch.state in states)
        return model, PaymentBatch.objects.get(pk=model.pk)

    def take_out(self, d: Draw) -> None:
        model, payment = self.a_payment(d, lambda batch, payment: batch.state == "open")
        row = Payment.objects.get(pk=payment.pk)
        act = lambda: services.take_out(row.of_batch, payment=row, actor=self.wf["wf2"])  # noqa: E731
        if self.attempt(act, model.state == "open"):
            payment.call.state = "checked"
            model.payments.remove(payment)

    @property
    def free_balance(self) -> Decimal:
        """The balance less what is to leave the account, and what left it on the day it was read and stands on no statement."""
        off, read_that_day = Decimal(0), b.bank_day() == timezone.localdate()
        for batch in self.batches:
            for each in batch.payments:
                ticked = self.used("batch", batch) or self.used("payment", (batch, each))
                leaving = batch.state == "released" and each.state == "planned"
                if leaving or (each.state == "executed" and read_that_day and not ticked):
                    off += each.call.amount
        return self.balance - off

    def release(self, d: Draw) -> None:
        model, batch = self.a_batch(d, "open")
        by = "wf2" if d.aims else d.by
        possible = (
            model.state == "open" and by == "wf2" and model.payments and model.total <= self.free_balance
        )
        act = lambda: services.release(batch, actor=self.wf[by], on=b.bank_day())  # noqa: E731
        if self.attempt(act, bool(possible)):
            model.state = "released"

    def make_file(self, d: Draw) -> None:
        model, batch = self.a_batch(d, "released")
        made = files.make(batch.pk)
        assert (
            made.sha256 == batch.sha256
            if batch.sha256
            else bool(made.sha256) == (model.by_file and model.state == "released")
        )

    def dissolve(self, d: Draw) -> None:
        model, batch = self.a_batch(d, "open", "released")
        possible = model.state in ("open", "released") and not model.gone and not self.used("batch", model)
        if self.attempt(lambda: services.dissolve(batch, reason="Nein.", actor=self.wf["wf1"]), possible):
            model.state = "dissolved"
            for payment in model.planned:
                payment.state, payment.call.state = "dropped", "checked"

    def strike(self, d: Draw) -> None:
        model, payment = self.a_payment(
            d, lambda batch, each: (batch.state, each.state) == ("released", "planned")
        )
        row = Payment.objects.get(pk=payment.pk)
        possible = model.state == "released" and payment.state == "planned" and not self.used("batch", model)
        possible &= model.planned != [payment] or bool(model.gone)
        if self.attempt(lambda: services.strike(row, reason="Sperre", actor=self.wf["wf1"]), possible):
            payment.state, payment.call.state = "dropped", "checked"
            if not model.planned:
                model.state = "executed"

    # What the bank answers and does

    def a_payment(self, d: Draw, fits: Callable[[Batch, Paying], bool]) -> tuple[Batch, Paying]:
        return d.pick(
            [(batch, each) for batch in self.batches for each in batch.payments], lambda row: fits(*row)
        )

    def verify_payee(self, d: Draw) -> None:
        by, verified = d.by, ("match", "no_match")[d.of % 2]
        model, payment = self.a_payment(
            d, lambda batch, each: (batch.state, each.state) == ("released", "planned")
        )
        row = Payment.objects.get(pk=payment.pk)
        answers = {row.pk: services.Answer(verified, "Anders")}
        act = lambda: services.record_answers(row.of_batch, answers=answers, actor=self.wf[by])  # noqa: E731
        own = payment.state == "planned" and payment.barred and payment.mismatch_by == by
        if (
            self.attempt(act, model.state == "released" and not (own and verified == "match"))
            and payment.state == "planned"
            and not payment.accepted
            and not (verified == "no_match" and payment.mismatch_by)
        ):
            payment.mismatch_by = by if verified == "no_match" else ""

    def accept_mismatch(self, d: Draw) -> None:
        model, payment = self.a_payment(d, lambda batch, each: batch.state == "released" and each.barred)
        by = d.by
        row = Payment.objects.get(pk=payment.pk)
        act = lambda: services.accept_mismatch(row, reason="Rückruf", actor=self.wf[by])  # noqa: E731
        if self.attempt(act, model.state == "released" and payment.barred and by != payment.mismatch_by):
            payment.accepted = True

    def mark_executed(self, d: Draw) -> None:
        model, batch = self.a_batch(d, "released")
        act = lambda: services.mark_executed(batch, executed_on=b.bank_day(), actor=self.wf["wf1"])  # noqa: E731
        refused = self.attempt(act, model.may_execute(*model.planned))
        if refused is not None:
            assert refused == []
            model.execute(*model.planned)

    def send_back(self, d: Draw) -> None:
        _, payment = self.a_payment(d, lambda batch, each: each.state == "executed")
        row = Payment.objects.get(pk=payment.pk)
        act = lambda: services.send_back(  # noqa: E731
            row, reason="Konto erloschen", returned_on=b.bank_day(), actor=self.wf["wf1"]
        )
        if self.attempt(act, payment.state == "executed"):
            payment.state, payment.call.state = "returned", "bounced"

    # The statement

    def load(self, what: str, d: Draw) -> None:
        amount, of = Decimal(-d.euro), None
        if what == "batch" and self.batches:
            of, _ = self.a_batch(d, "released")
            amount = -of.total or amount
        elif what in ("payment", "return") and any(batch.payments for batch in self.batches):
            wanted = "executed" if what == "return" else "planned"
            of = self.a_payment(d, lambda batch, each: each.state == wanted and batch.state != "open")
            amount = of[1].call.amount * (1 if what == "return" else -1)
        number = 700 + len(self.lines)
        self.last_file = s.file_of(
            s.line(str(amount), reference=f"R{number}"), opening=str(self.balance), number=number
        )
        [statement] = services.load_statements(self.last_file, actor=self.wf["wf1"]).new
        self.lines.append(Line(statement.entries.get().pk, amount, of=of if of is None else (what, of)))
        self.balance += amount

    def load_again(self, d: Draw) -> None:
        loaded = services.load_statements(self.last_file, actor=self.wf["wf2"])
        assert (loaded.new, loaded.entries, loaded.there) == ([], 0, 1)

    def used(self, use: str, of: object) -> bool:
        return any(line.use == use and line.of == (use, of) for line in self.lines)

    def may_tick(self, line: Line) -> bool:
        what, of = line.of or ("fee", None)
        if line.state != "open":
            return False
        if what == "batch":
            singly = any(self.used("payment", (of, payment)) for payment in of.payments)
            fits = of.total == -line.amount and not self.used("batch", of) and not singly
            return bool(fits and (of.state == "executed" or of.may_execute(*of.planned)))
        if what == "payment":
            batch, payment = of
            fits = (
                payment in batch.payments and not self.used("batch", batch) and not self.used("payment", of)
            )
            executes = payment.state == "planned" and batch.may_execute(payment)
            return bool(fits and (payment.state in ("executed", "returned") or executes))
        if what == "return":
            return of[1].state in ("executed", "returned") and not self.used("return", of)
        return -line.amount <= self.left("GK")

    def tick(self, d: Draw) -> None:
        """Book an entry as what it was loaded for; one of nothing else is a fee."""
        line = d.pick(self.lines, self.may_tick)
        entry = StatementEntry.objects.get(pk=line.pk)
        what, of = line.of or ("fee", None)
        possible, wf1 = self.may_tick(line), self.wf["wf1"]
        act: Callable[[], Any]
        if what == "batch":
            row = PaymentBatch.objects.get(pk=of.pk)
            act = lambda: services.tick_batch(entry, batch=row, actor=wf1)  # noqa: E731
        elif what in ("payment", "return"):
            single = Payment.objects.filter(pk=of[1].pk).first()
            if single is None:
                return
            tick = services.tick_payment if what == "payment" else services.tick_return
            act = lambda: tick(entry, payment=single, actor=wf1)  # noqa: E731
        else:
            year = p.pot("GK").year
            act = lambda: services.tick_expense(  # noqa: E731
                entry, year=year, purpose="Entgelt", payee="Bank", actor=wf1
            )
        done = self.attempt(act, possible)
        if done is None:
            return
        line.state, line.use = "matched", what
        if what == "batch" and of.state == "released":
            of.execute(*of.planned)
        elif what == "payment" and of[1].state == "planned":
            of[0].execute(of[1])
        elif what == "return":
            of[1].state, of[1].call.state = ("returned", "bounced") if of[1].state == "executed" else (
                of[1].state, of[1].call.state,
            )  # fmt: skip
        elif what == "fee":
            self.fees.append(-line.amount)

    def put_aside(self, d: Draw) -> None:
        back = d.of > 4
        line = d.pick(self.lines, lambda line: line.state == ("aside" if back else "open"))
        entry, wf2 = StatementEntry.objects.get(pk=line.pk), self.wf["wf2"]
        if back:
            if self.attempt(lambda: services.take_up(entry, actor=wf2), line.state == "aside"):
                line.state = "open"
        elif self.attempt(
            lambda: services.set_aside(entry, reason="Sparkonto", actor=wf2), line.state == "open"
        ):
            line.state = "aside"

    # What holds after each step

    @invariant()
    def the_database_agrees(self) -> None:
        for code, grant in self.grants.items():
            app = Application.objects.get(pk=grant.pk)
            calls = [c for c in self.calls if c.pot == code]
            paid = sum(c.amount for c in calls if c.state == "paid")
            assert (app.granted, app.paid) == (GRANTED[code], paid)
            assert app.called == sum(c.amount for c in calls if c.state in OPEN)
            assert app.callable == self.left(code) >= 0
            self.pot_is(code, Decimal(0), paid)
        paid = sum(c.amount for c in self.calls if (c.pot, c.state) == ("GK", "paid")) + sum(self.fees)
        self.pot_is("GK", self.spent("GK"), paid)
        assert p.pot("GK").available == self.left("GK") >= 0
        found = batch_rules.left_on(b.own_account())
        assert found and found[1] == self.free_balance
        # Paid is what was executed, less what came back.
        executed = [x for batch in self.batches for x in batch.payments if x.state == "executed"]
        assert sorted(x.call.pk for x in executed) == sorted(c.pk for c in self.calls if c.state == "paid")
        rows = {
            PaymentCall: self.calls, PaymentBatch: self.batches, StatementEntry: self.lines,
            Payment: [x for batch in self.batches for x in batch.payments],
        }  # fmt: skip
        for model, known in rows.items():
            stored = model.objects.values_list("pk", "state")
            assert sorted(stored) == sorted((row.pk, row.state) for row in known), model
        unpaid = [e for e in Expense.objects.filter(reverses=None, reversal=None) if e.paid_on is None]
        assert len(unpaid) == len([c for c in self.calls if c.pot == "GK" and c.state in OPEN])

    def pot_is(self, code: str, committed: Decimal, paid: Decimal) -> None:
        pot, before = p.pot(code), self.before[code]
        assert (pot.reserved, pot.committed - before[0], pot.paid - before[1]) == (0, committed, paid)

    @invariant()
    def notes_what_it_reached(self) -> None:
        self.reached.update(f"call {call.state}" for call in self.calls)
        self.reached.update(f"batch {batch.state}" for batch in self.batches)
        self.reached.update(f"batch by hand {batch.state}" for batch in self.batches if not batch.by_file)
        self.reached.update(f"payment {each.state}" for batch in self.batches for each in batch.payments)
        self.reached.update(
            "payment accepted"
            for batch in self.batches
            for each in batch.payments
            if each.accepted and each.state != "dropped"
        )
        self.reached.update(f"line {line.use or line.state}" for line in self.lines)

    @invariant()
    def the_checks_find_nothing(self) -> None:
        """Those about calls and payments after each step, all of them at the end."""
        assert not list(differences())
        assert not [sentence for check in (verify.calls, *batch_verify.VERIFIERS[:2]) for sentence in check()]


@pytest.mark.django_db
def test_random_payments_agree_with_the_model() -> None:
    p.open_year()
    for name in ("gf_aplerbeck", "wf1", "wf2"):
        p.ALL[name]()
    run_state_machine_as_test(
        Money,
        settings=settings(
            max_examples=16,
            stateful_step_count=45,
            derandomize=True,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert set(Money.reached) >= REACHED, REACHED - set(Money.reached)
