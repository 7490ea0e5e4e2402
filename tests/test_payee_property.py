"""Accounts that are entered, confirmed and refused in random order, against a list: which one counts on which day."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from funding.errors import FundingError
from funding.payments import services
from funding.payments.models import PayeeAccount
from funding.payments.verify import accounts as findings
from members.models import Organisation, User
from tests import personas as p

pytestmark = pytest.mark.django_db

#: Who acts, and for which district: two of the Wirtschaftsförderung, the own director, and one of elsewhere.
ACTORS: dict[str, tuple[Callable[[], User], str]] = {
    "wf1": (p.wf1, ""),
    "wf2": (p.wf2, ""),
    "own": (p.gf_aplerbeck, "APL"),
    "other": (p.gf_brackel, "BRA"),
}
STAFF = ("wf1", "wf2")
actors = st.sampled_from(sorted(ACTORS))
days = st.integers(-3, 3)


@dataclass
class Row:
    iban: str
    since: date
    by: str
    state: str = "requested"


class Accounts(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.rows: list[Row] = []
        organisation = Organisation.objects.create(name=f"Verein {Organisation.objects.count()}")
        self.payee = services.enter_payee(organisation, actor=p.gf_aplerbeck(), district=p.district("APL"))

    @property
    def waiting(self) -> Row | None:
        return next((row for row in self.rows if row.state == "requested"), None)

    def last(self, *states: str) -> Row | None:
        return next((row for row in reversed(self.rows) if row.state in states), None)

    def tried(self, act: Callable[[], object], *, must: bool) -> bool:
        try:
            act()
        except FundingError:
            assert not must
            return False
        assert must
        return True

    @rule(by=actors, iban=st.sampled_from(p.IBANS[:3]), offset=days)
    def enter(self, by: str, iban: str, offset: int) -> None:
        user, code = ACTORS[by]
        since = timezone.localdate() + timedelta(days=offset)
        before = self.last("confirmed")
        must = (
            by != "other"
            and not self.waiting
            and (not before or (iban != before.iban and since >= before.since))
        )
        district = p.district(code) if code else None
        act = lambda: p.payee_account(self.payee, actor=user(), district=district, iban=iban, since=since)  # noqa: E731
        if self.tried(act, must=must):
            self.rows.append(Row(iban, since, by))

    def decide(self, by: str, state: str, may: bool, act: Callable[[PayeeAccount, User], object]) -> None:
        if not self.rows:
            return
        row = self.waiting
        account = self.payee.accounts.order_by("-pk")[0]
        if self.tried(lambda: act(account, ACTORS[by][0]()), must=row is not None and may) and row:
            row.state = state

    @rule(by=actors)
    def confirm(self, by: str) -> None:
        may = by in STAFF and bool(self.waiting) and self.waiting.by != by
        self.decide(by, "confirmed", may, lambda a, u: services.confirm_account(a, paper="Brief", actor=u))

    @rule(by=actors)
    def refuse(self, by: str) -> None:
        may = bool(self.waiting) and (by in STAFF or by == self.waiting.by)
        self.decide(by, "refused", may, lambda a, u: services.refuse_account(a, reason="Nein.", actor=u))

    @invariant()
    def agrees(self) -> None:
        stored = list(self.payee.accounts.order_by("pk"))
        assert [(a.iban, a.since, a.state) for a in stored] == [(r.iban, r.since, r.state) for r in self.rows]
        assert [a.follows_id for a in stored] == [None, *(a.pk for a in stored)][: len(stored)]
        for offset in range(-4, 5):
            day = timezone.localdate() + timedelta(days=offset)
            counts = [row.iban for row in self.rows if row.state == "confirmed" and row.since <= day][-1:]
            assert [a.iban for a in self.payee.accounts.active_on(day)] == counts
        newest = self.last("requested", "confirmed")
        assert [a.iban for a in self.payee.accounts.newest()] == ([newest.iban] if newest else [])
        assert list(findings()) == []


def test_one_account_counts_on_a_day_whatever_happened() -> None:
    run_state_machine_as_test(
        Accounts,
        settings=settings(
            max_examples=12, stateful_step_count=20, deadline=None, derandomize=True, phases=[Phase.generate], database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
