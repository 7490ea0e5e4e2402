"""Two people accept the same proof at the same moment: one of them does, and the grant is settled once."""

import pytest

from funding.ledger import differences
from funding.models import Application, Decision
from funding.proofs import verify
from funding.proofs.models import AuditNote
from tests import personas
from tests.crowd import Crowd
from tests.test_proofs import in_

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("locked", [True, False])
def test_a_proof_is_accepted_once(crowd: Crowd, locked: bool) -> None:
    """Without the lock both pass the check: then the database refuses the second note, without a plain sentence."""
    proof = in_("300", paid="300")
    signers = (personas.wf1(), personas.wf2())
    results = crowd.run(
        *(("sign_note", proof.pk, user.pk, locked) for user in signers),
        rest="idle" if locked else "idle_twice",
    )
    assert sorted(name for name, _ in results) == [
        "TransitionNotAllowed" if locked else "IntegrityError",
        "ok",
    ]
    assert AuditNote.objects.filter(state="signed").count() == 1
    assert (
        Application.objects.get().state == "settled" and Decision.objects.filter(step="settle").count() == 1
    )
    assert not [*differences(), *verify.proofs()]
