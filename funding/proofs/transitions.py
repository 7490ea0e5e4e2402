"""The table of a proof's transitions, as data. Services, pages and triggers go by it."""

from dataclasses import dataclass

from funding.errors import TransitionNotAllowed
from funding.proofs.models import ProofOfUse, ProofStep
from members.roles.permissions import Roles, taken_by

S, T = ProofOfUse.State, ProofStep.Step


@dataclass(frozen=True)
class Move:
    """The states from which a step may be taken, and the state after it.

    ``done`` says the step in a refusal: "Der Nachweis ist ... und kann deshalb nicht <done> werden."
    """

    sources: frozenset[str]
    target: str
    done: str


TABLE: dict[str, Move] = {
    T.HAND_IN: Move(frozenset({S.OPEN, S.ASKED_BACK}), S.HANDED_IN, "eingereicht"),
    T.ASK_BACK: Move(frozenset({S.HANDED_IN, S.HEARING}), S.ASKED_BACK, "zurückgegeben"),
    T.ANNOUNCE: Move(frozenset({S.HANDED_IN}), S.HEARING, "gekürzt"),
    T.ANSWER: Move(frozenset({S.HEARING}), S.HANDED_IN, "mit einer Antwort auf die Anhörung ergänzt"),
    T.WITHDRAW: Move(frozenset({S.HANDED_IN, S.HEARING}), S.HANDED_IN, "von einer Kürzung befreit"),
    # Nobody has answered in time: then it goes on without an answer.
    T.NOTE: Move(frozenset({S.HANDED_IN, S.HEARING}), S.NOTED, "mit einem Prüfvermerk versehen"),
    T.REFUSE: Move(frozenset({S.NOTED}), S.HANDED_IN, "ohne Prüfvermerk weitergeführt"),
    T.ACCEPT: Move(frozenset({S.HANDED_IN, S.HEARING, S.NOTED}), S.ACCEPTED, "anerkannt"),
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

#: The changes of state that some step makes: "from>to".
MOVES = sorted({f"{source}>{move.target}" for move in TABLE.values() for source in move.sources})


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
    proof.state = TABLE[step].target
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
