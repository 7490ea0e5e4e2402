"""Eight processes at one payee: its accounts stay one chain, and each is decided on once.

Without the lock the race happens, and what the database refuses is what stops it.
"""

from collections import Counter

import pytest

from funding.payments.models import Payee, PayeeAccount
from funding.payments.verify import accounts as findings
from tests import personas as p
from tests.crowd import PROCESSES, Crowd

pytestmark = pytest.mark.django_db(transaction=True)

IBANS = p.IBANS[1:]


@pytest.fixture
def payee() -> Payee:
    return p.payee()


def whole(payee: Payee) -> list[PayeeAccount]:
    """The accounts in time: one beginning, each follows the one before."""
    chain = list(payee.accounts.order_by("pk"))
    assert [account.follows_id for account in chain] == [None, *(account.pk for account in chain)][:-1]
    assert list(findings()) == []
    return chain


def test_accounts_that_are_entered_at_once_do_not_branch(crowd: Crowd, payee: Payee) -> None:
    answers = crowd.run(*[("enter_account", payee.pk, iban, p.wf1().pk) for iban in IBANS])
    assert Counter(name for name, _ in answers) == {"ok": 1, "TransitionNotAllowed": len(IBANS) - 1}
    assert len(whole(payee)) == 2


def test_without_the_lock_the_database_refuses_the_branch(crowd: Crowd, payee: Payee) -> None:
    tasks = [("enter_account_unlocked", payee.pk, iban, p.wf1().pk) for iban in IBANS]
    answers = crowd.run(*tasks, rest="idle_twice")
    assert Counter(name for name, _ in answers) == {"ok": 1, "IntegrityError": len(IBANS) - 1}
    assert len(whole(payee)) == 2


@pytest.mark.parametrize("locked", [True, False])
def test_it_is_confirmed_or_refused_once(crowd: Crowd, payee: Payee, locked: bool) -> None:
    account = p.payee_account(payee, actor=p.wf1(), iban=IBANS[0])
    tasks = [("decide_account", account.pk, bool(n % 2), p.wf2().pk, locked) for n in range(PROCESSES)]
    answers = Counter(name for name, _ in crowd.run(*tasks))
    refused = "TransitionNotAllowed" if locked else "IntegrityError"
    assert answers == {"ok": 1, refused: PROCESSES - 1}
    account.refresh_from_db()
    assert account.is_confirmed != account.is_refused
    assert account.is_confirmed == bool(account.paper) and account.is_refused == bool(account.refusal)
