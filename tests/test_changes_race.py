"""Two people decide on the same change at the same moment: one of them does, and it ends in one decision."""

import pytest

from funding.models import Decision
from funding.proofs import verify
from funding.proofs.models import ChangeRequest
from tests import personas
from tests.crowd import Crowd
from tests.test_changes import ask, grant, later, plan

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("second_consents", [True, False])
@pytest.mark.parametrize("locked", [True, False])
def test_a_change_is_decided_once(crowd: Crowd, locked: bool, second_consents: bool) -> None:
    """Without the lock both pass the check: then the plan in force, or the database, stops the second one later."""
    application = grant()
    change = ask(application, plan(period=later(application)))
    results = crowd.run(
        ("decide_change", change.pk, personas.wf1().pk, True, locked),
        ("decide_change", change.pk, personas.wf2().pk, second_consents, locked),
        rest="idle" if locked else "idle_twice",
    )
    [said] = [said for name, said in results if name != "ok"]
    later_words = "gilt ein anderer Plan" if second_consents else "Diesen Schritt sieht"
    assert ("kann deshalb nicht" if locked else later_words) in said
    change.refresh_from_db()
    steps = list(change.steps.values_list("step", flat=True))
    assert change.state in ("consented", "refused") and len(steps) == 2  # asked, and decided
    assert Decision.objects.filter(step="change").count() == (change.state == ChangeRequest.State.CONSENTED)
    assert not [sentence for check in verify.VERIFIERS for sentence in check()]
