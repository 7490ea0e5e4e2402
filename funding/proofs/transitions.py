"""The table of a proof's transitions, as data. Services, pages and triggers go by it."""

from funding.errors import TransitionNotAllowed
from funding.proofs.models import ProofOfUse, ProofStep
from funding.transitions import Transition
from members.roles.permissions import Roles, taken_by

S, T = ProofOfUse.State, ProofStep.Step


TABLE: dict[str, Transition] = {
    T.HAND_IN: Transition(frozenset({S.OPEN, S.ASKED_BACK}), S.HANDED_IN, "eingereicht"),
    T.ASK_BACK: Transition(frozenset({S.HANDED_IN, S.HEARING}), S.ASKED_BACK, "zurückgegeben"),
    T.ANNOUNCE: Transition(frozenset({S.HANDED_IN}), S.HEARING, "gekürzt"),
    T.ANSWER: Transition(frozenset({S.HEARING}), S.HANDED_IN, "mit einer Antwort auf die Anhörung ergänzt"),
    T.WITHDRAW: Transition(frozenset({S.HANDED_IN, S.HEARING}), S.HANDED_IN, "von einer Kürzung befreit"),
    # Nobody has answered in time: then it goes on without an answer.
    T.NOTE: Transition(frozenset({S.HANDED_IN, S.HEARING}), S.NOTED, "mit einem Prüfvermerk versehen"),
    T.REFUSE: Transition(frozenset({S.NOTED}), S.HANDED_IN, "ohne Prüfvermerk weitergeführt"),
    T.ACCEPT: Transition(frozenset({S.HANDED_IN, S.HEARING, S.NOTED}), S.ACCEPTED, "anerkannt"),
}

#: The state in words that continue "Der Nachweis ist ...".
IN_A_SENTENCE: dict[str, str] = {
    S.OPEN: "noch nicht eingereicht",
    S.HANDED_IN: "eingereicht und noch nicht geprüft",
    S.ASKED_BACK: "mit einer Rückfrage beim Stadtbezirk",
    S.HEARING: "in der Anhörung zu einer Kürzung",
    S.NOTED: "geprüft und wartet auf die zweite Unterschrift",
    S.ACCEPTED: "schon anerkannt",
}


def allowed(step: str, state: str) -> bool:
    return state in TABLE[step].sources


def check_proof(step: str, proof: ProofOfUse) -> None:
    """Raise TransitionNotAllowed unless the table allows the step in the proof's state."""
    if not allowed(step, proof.state):
        raise TransitionNotAllowed(
            f"Der Nachweis ist {IN_A_SENTENCE[proof.state]} und kann deshalb nicht {TABLE[step].done} werden. Geändert "
            "wurde nichts."
        )


def proof_seen(proof: ProofOfUse) -> str:
    """Return what a form carries back of what its user saw: the proof's state and how often it was saved."""
    return f"{proof.state}.{proof.version}"


def move_proof(step: str, proof: ProofOfUse, *, roles: Roles, reason: str = "") -> ProofStep:
    """Save the proof in the state that the step leads to, and write the step. The caller holds the proof's lock."""
    check_proof(step, proof)
    proof.state = TABLE[step].after(proof.state)
    proof.version += 1
    proof.save()
    return record(step, proof, roles=roles, reason=reason)


def record(step: str, proof: ProofOfUse, *, roles: Roles, reason: str = "") -> ProofStep:
    """Write a step of who has these roles on their day, with the mandate of who acts for the calling district."""
    return ProofStep.objects.create(
        proof=proof,
        step=step,
        reason=reason,
        **taken_by(roles, proof.application.calling_district_id),
    )
