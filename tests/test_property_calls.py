"""Random calls, checks, returns, payments and instalments agree with a simple list of amounts and states."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from funding import services as core
from funding.errors import FundingError
from funding.ledger import differences
from funding.payments import services
from funding.payments.models import PaymentCall, PlanStop
from funding.payments.transitions import move_call
from funding.payments.verify import calls as findings
from members.roles.permissions import Roles
from tests import personas as p

GRANTED = Decimal(1000)
OPEN = {"called", "returned", "checked", "batch", "bounced"}
#: Step -> the states from which it may be taken, written once more beside the program's own table.
SOURCES = {
    "check": {"called"}, "return": {"called", "checked", "bounced"}, "resend": {"returned"},
    "withdraw": {"called", "returned", "checked", "bounced"}, "pay": {"checked", "bounced"}, "bounce": {"paid"},
}  # fmt: skip
TARGET = {
    "check": "checked", "return": "returned", "resend": "called", "withdraw": "withdrawn", "pay": "paid", "bounce": "bounced",
}  # fmt: skip


@dataclass
class Called:
    pk: int
    amount: Decimal
    state: str = "called"


class Calls(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()
        self.grant = p.accept(p.application(p.approved(p.gf_aplerbeck(), shares={"APL": "1000"})))
        self.payee = p.payee(str(self.grant.project.organiser))
        self.gf, self.wf = p.gf_aplerbeck(), p.wf1()
        self.calls: list[Called] = []
        #: Instalments that are due: plan, amount, whether the plan gives calls.
        self.due: list[list[Any]] = []

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.savepoint.__exit__(None, None, None)

    @property
    def left(self) -> Decimal:
        return GRANTED - sum(c.amount for c in self.calls if c.state != "withdrawn")

    def attempt(self, act: Any, possible: bool) -> Any:
        try:
            with transaction.atomic():
                done = act()
        except FundingError:
            assert not possible
            return None
        assert possible
        return done

    @rule(euro=st.integers(1, 700))
    def call(self, euro: int) -> None:
        amount = Decimal(euro)
        asked = p.asked(self.payee, amount)
        made = self.attempt(
            lambda: services.call_money(self.grant, asked=asked, actor=self.gf), amount <= self.left
        )
        if made:
            self.calls.append(Called(made.pk, amount))

    @precondition(lambda self: self.calls)
    @rule(at=st.integers(0, 9), step=st.sampled_from(sorted(SOURCES)))
    def step(self, at: int, step: str) -> None:
        model = self.calls[at % len(self.calls)]
        call = PaymentCall.objects.with_names().get(pk=model.pk)
        acts = {
            "check": lambda: services.check_call(call, actor=self.wf),
            "return": lambda: services.return_call(call, reason="?", actor=self.wf),
            "resend": lambda: services.resend_call(
                call, asked=p.asked(self.payee, model.amount), actor=self.gf
            ),
            "withdraw": lambda: services.withdraw_call(call, reason="x", actor=self.gf),
            "pay": lambda: self.pay(call),
            "bounce": lambda: self.bounce(call),
        }
        if self.attempt(acts[step], model.state in SOURCES[step]) is not None:
            model.state = TARGET[step]

    def pay(self, call: PaymentCall) -> bool:
        """As a batch does it."""
        move_call("put_in", call, roles=Roles(self.wf))
        move_call("pay", call, roles=Roles(self.wf))
        core.pay(call.application, amount=call.amount, actor=self.wf)
        return True

    def bounce(self, call: PaymentCall) -> bool:
        move_call("send_back", call, roles=Roles(self.wf), reason="Konto erloschen")
        core.bounce(call.application, amount=call.amount, actor=self.wf, reason="Konto erloschen")
        return True

    @rule(euro=st.integers(1, 400))
    def plan(self, euro: int) -> None:
        waiting = sum(amount for _, amount, state in self.due if state != "end")
        plan = self.attempt(
            lambda: services.confirm_plan(
                services.enter_plan(
                    self.grant,
                    payee=self.payee,
                    purpose="Miete",
                    reason="Vertrag",
                    actor=self.gf,
                    instalments=[(timezone.localdate(), Decimal(euro))],
                ),
                actor=self.wf,
            ),
            euro + waiting <= self.left,
        )
        if plan:
            self.due.append([plan, Decimal(euro), ""])

    @precondition(lambda self: self.due)
    @rule(at=st.integers(0, 9), kind=st.sampled_from(["pause", "resume", "end"]))
    def stop(self, at: int, kind: str) -> None:
        row = self.due[at % len(self.due)]
        possible = row[2] != "end" and (kind == "end" or (kind == "resume") == (row[2] == "pause"))
        done = self.attempt(
            lambda: services.stop_plan(row[0], kind=kind, reason="x", actor=self.gf), possible
        )
        if done:
            assert isinstance(done, PlanStop)
            row[2] = "" if kind == "resume" else kind

    @rule()
    def run_what_is_due(self) -> None:
        services.call_due()
        for row in [row for row in self.due if not row[2]]:
            if row[1] <= self.left:
                made = PaymentCall.objects.get(instalment__plan=row[0])
                self.calls.append(Called(made.pk, row[1], "checked"))
                self.due.remove(row)

    @invariant()
    def the_database_agrees(self) -> None:
        self.grant.refresh_from_db()
        assert self.grant.called == sum(c.amount for c in self.calls if c.state in OPEN)
        assert self.grant.paid == sum(c.amount for c in self.calls if c.state == "paid")
        assert self.grant.callable == self.left >= 0
        stored = PaymentCall.objects.values_list("pk", "amount", "state")
        assert sorted(stored) == sorted((c.pk, c.amount, c.state) for c in self.calls)

    @invariant()
    def the_checks_find_nothing(self) -> None:
        assert not list(differences())
        assert not list(findings())


@pytest.mark.django_db
def test_random_calls_agree_with_the_list() -> None:
    p.open_year()
    for name in ("gf_aplerbeck", "wf1", "wf2"):
        p.ALL[name]()
    run_state_machine_as_test(
        Calls,
        settings=settings(
            max_examples=12,
            stateful_step_count=14,
            derandomize=True,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
