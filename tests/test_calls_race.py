"""Two calls for the last rest of a grant at the same moment: one gets it, the other hears what is left."""

import pytest

from funding.payments.models import PaymentCall
from funding.payments.verify import calls as findings
from tests import personas as p
from tests.crowd import Crowd

pytestmark = pytest.mark.django_db(transaction=True)


def race(crowd: Crowd, *, locked: bool) -> list[tuple[bool, tuple[str, object]]]:
    grant = p.accept(p.application(p.approved(p.gf_aplerbeck())))
    payee = p.payee(str(grant.project.organiser))
    task = ("race_call", grant.pk, payee.pk, "1500", p.gf_aplerbeck().pk, locked)
    return crowd.run(task, task) if locked else crowd.run(*[task] * 8)


def test_one_of_two_gets_the_last_rest(crowd: Crowd) -> None:
    found = race(crowd, locked=True)
    assert sorted(name for _, (name, _) in found) == ["TransitionNotAllowed", "ok"]
    assert [call.amount for call in PaymentCall.objects.all()] == [1500]
    assert not list(findings())


def test_without_the_check_under_the_lock_all_pass_it_and_the_database_refuses(crowd: Crowd) -> None:
    found = race(crowd, locked=False)
    assert sum(passed for passed, _ in found) > 1, "the race happens"
    assert {name for _, (name, _) in found} == {"IntegrityError", "ok"}
    assert [call.amount for call in PaymentCall.objects.all()] == [1500]
