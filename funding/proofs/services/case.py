"""What all steps on a proof share: the locks, who acts, and whether the proof is still as it was seen."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from funding.errors import TransitionNotAllowed
from funding.permissions import Objection
from funding.proofs import permissions
from funding.proofs.models import ProofOfUse, ProofStep
from funding.proofs.transitions import IN_A_SENTENCE, check_proof, proof_seen
from funding.rules import value_date
from funding.services.once import spend
from members.models import User
from members.roles.permissions import Roles
from projects import services as project_services
from projects.models import Project

CHANGED = (
    "Der Nachweis hat sich geändert, seit Sie die Seite geöffnet haben. Geändert wurde nichts. Bitte prüfen Sie ihn noch "
    "einmal."
)


@dataclass
class Case:
    """A proof that is locked until the transaction ends, and the roles of who acts, read after that."""

    proof: ProofOfUse
    roles: Roles

    @property
    def day(self) -> date:
        return self.roles.day


def open_case(
    proof: ProofOfUse,
    *,
    actor: User,
    ask: Callable[[Roles, ProofOfUse], Objection],
    key: str | None = None,
    seen: str | None = None,
    on: date | None = None,
) -> Case:
    """Lock the project, spend the key, lock the proof, and ask whether this person may. Raises what stands against it."""
    day = value_date(on)
    project_services.lock(Project(pk=proof.application.project_id))
    if key is not None:
        spend(key, actor)
    current = ProofOfUse.objects.select_for_update(of=("self",)).with_names().get(pk=proof.pk)
    roles = Roles(actor, day)
    if objection := ask(roles, current):
        raise objection
    if seen is not None and seen != proof_seen(current):
        raise TransitionNotAllowed(CHANGED)
    return Case(current, roles)


def open_step(proof: ProofOfUse, step: ProofStep.Step, **given: Any) -> Case:
    """Open the case for a step of the table. Raises what stands against the person, or against the state."""
    case = open_case(proof, ask=permissions.OBJECTIONS[step], **given)
    check_proof(step, case.proof)
    return case


def open_writing(proof: ProofOfUse, **given: Any) -> Case:
    """Open the case for typing. Raises what stands against the person, and once the proof is handed in."""
    case = open_case(proof, ask=permissions.objection_to_answer, **given)
    if not case.proof.is_writable:
        raise TransitionNotAllowed(
            f"Der Nachweis ist {IN_A_SENTENCE[case.proof.state]}; jetzt ändert sich an ihm nichts."
        )
    return case
