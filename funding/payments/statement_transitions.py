"""The table of transitions of a statement's entries, as data. Services and triggers go by it."""

from funding.errors import TransitionNotAllowed
from funding.payments.models import StatementEntry

S = StatementEntry.State

#: The states that an entry may leave, and for which. A repayment that the second person refused is matched anew.
MOVES = {
    (S.OPEN, S.MATCHED), (S.OPEN, S.ASIDE), (S.ASIDE, S.OPEN), (S.MATCHED, S.OPEN), (S.OPEN, S.AGAIN), (S.AGAIN, S.OPEN),
}  # fmt: skip


def check_entry(entry: StatementEntry, target: str) -> None:
    """Raise TransitionNotAllowed unless the entry may come into this state."""
    if (entry.state, target) not in MOVES or (entry.state == S.MATCHED and not entry.was_refused):
        raise TransitionNotAllowed(
            f"Diese Buchung der Bank ist schon {entry.get_state_display()}. Jetzt wurde nichts gebucht."
        )
