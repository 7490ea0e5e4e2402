"""The transition table of an application, as data. Every step goes through ``check``.

Calls, payments, proofs and changes have tables of the same kind in their own rooms.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from funding.errors import TransitionNotAllowed
from funding.models import Application, Step

S = Application.State


@dataclass(frozen=True)
class Transition:
    """The states from which a step may be taken, and the state after it (None keeps it).

    ``done`` says the step in a refusal: "Der Antrag ist ... und kann deshalb nicht <done> werden."
    """

    sources: frozenset[str]
    target: str | None
    done: str

    def after(self, state: str) -> str:
        """Return the state in which the step leaves what was in this one."""
        return self.target or state


TABLE: dict[Step, Transition] = {
    Step.RESUBMIT: Transition(frozenset({S.RETURNED}), S.SUBMITTED, "erneut eingereicht"),
    Step.RETURN: Transition(frozenset({S.SUBMITTED, S.RESERVED}), S.RETURNED, "zurückgegeben"),
    Step.SIGN: Transition(frozenset({S.SUBMITTED}), S.RESERVED, "unterschrieben"),
    Step.UNSIGN: Transition(frozenset({S.RESERVED}), S.SUBMITTED, "ohne Unterschrift weitergeführt"),
    Step.APPROVE: Transition(frozenset({S.SUBMITTED, S.RESERVED}), S.APPROVED, "bewilligt"),
    Step.REJECT: Transition(frozenset({S.SUBMITTED, S.RESERVED}), S.REJECTED, "abgelehnt"),
    Step.WITHDRAW: Transition(frozenset({S.SUBMITTED, S.RETURNED, S.RESERVED}), S.WITHDRAWN, "zurückgezogen"),
    Step.REDUCE: Transition(frozenset({S.APPROVED}), None, "verringert"),
    # Also after settling: if the proof of use turns out wrong, all the money is reclaimed.
    Step.REVOKE: Transition(frozenset({S.APPROVED, S.SETTLED}), S.REVOKED, "widerrufen"),
    Step.EARMARK: Transition(frozenset({S.APPROVED}), None, "abgerufen"),
    Step.RELEASE_CALL: Transition(frozenset({S.APPROVED}), None, "von einem Abruf befreit"),
    Step.PAY: Transition(frozenset({S.APPROVED}), None, "ausgezahlt"),
    Step.BOUNCE: Transition(frozenset({S.APPROVED}), None, "um eine zurückgekommene Zahlung berichtigt"),
    Step.REPAY: Transition(frozenset({S.APPROVED, S.SETTLED, S.REVOKED}), None, "zurückgezahlt"),
    Step.SETTLE: Transition(frozenset({S.APPROVED}), S.SETTLED, "abgerechnet"),
    Step.CARRY: Transition(
        frozenset({S.SUBMITTED, S.RETURNED, S.APPROVED}), None, "in ein anderes Haushaltsjahr übertragen"
    ),
    Step.INCREASE: Transition(frozenset({S.APPROVED}), None, "erhöht"),
    # How much is granted stays; nothing is booked.
    Step.CHANGE: Transition(frozenset({S.APPROVED}), None, "geändert"),
    # What was paid can be claimed back in any state in which something was.
    Step.RECLAIM: Transition(frozenset({S.APPROVED, S.SETTLED, S.REVOKED}), None, "zurückgefordert"),
    Step.WAIVE: Transition(
        frozenset({S.APPROVED, S.SETTLED, S.REVOKED}), None, "von einer Rückforderung befreit"
    ),
    Step.INTEREST: Transition(frozenset({S.APPROVED, S.SETTLED, S.REVOKED}), None, "mit Zinsen bebucht"),
    Step.FORGO: Transition(frozenset({S.APPROVED, S.SETTLED, S.REVOKED}), None, "von Zinsen befreit"),
}

#: Steps that need no open year, as long as nothing is reserved.
IN_A_PLANNED_YEAR = (Step.RETURN, Step.WITHDRAW)

#: Steps that are taken after the year is closed, too: they book nothing then, or in a pot of an open year.
AFTER_CLOSING = (
    Step.RETURN, Step.WITHDRAW, Step.CARRY, Step.REVOKE, Step.SETTLE, Step.BOUNCE, Step.REPAY, Step.RECLAIM, Step.WAIVE,
    Step.INTEREST, Step.FORGO, Step.CHANGE,
)  # fmt: skip

#: Steps that move only what is called, paid and claimed back: plan, grant and states stay.
MOVE_CALLED = (
    Step.EARMARK, Step.RELEASE_CALL, Step.PAY, Step.BOUNCE, Step.RECLAIM, Step.WAIVE, Step.INTEREST,
    Step.FORGO,
)  # fmt: skip

#: The state in words that continue "Der Antrag ist ...".
STATE_IN_A_SENTENCE: dict[str, str] = {
    S.SUBMITTED: "eingereicht und noch nicht entschieden",
    S.RETURNED: "mit einer Rückfrage beim Stadtbezirk",
    S.RESERVED: "einmal unterschrieben",
    S.APPROVED: "schon bewilligt",
    S.REJECTED: "schon abgelehnt",
    S.WITHDRAWN: "zurückgezogen",
    S.SETTLED: "abgerechnet",
    S.REVOKED: "widerrufen",
}


def allowed(step: Step, state: str) -> bool:
    return state in TABLE[step].sources


def check(step: Step, application: Application) -> None:
    if not allowed(step, application.state):
        if TABLE[step].target == application.state:
            state = STATE_IN_A_SENTENCE[application.state].removeprefix("schon ")
            raise TransitionNotAllowed(f"Der Antrag ist schon {state}; noch einmal ist nicht nötig.")
        raise TransitionNotAllowed(
            f"Der Antrag ist {STATE_IN_A_SENTENCE[application.state]} und kann deshalb nicht "
            f"{TABLE[step].done} werden."
        )


def target(step: Step, application: Application) -> str:
    return TABLE[step].after(application.state)


def changes_of(table: Mapping[Any, Transition]) -> list[str]:
    """Return the changes of state that some step of the table makes: "from>to"."""
    return sorted(
        {f"{source}>{each.target}" for each in table.values() if each.target for source in each.sources}
    )


def misstep(
    row: Any, *, begins: Mapping[str, str], table: Mapping[str, Transition], words: Mapping[str, str]
) -> str:
    """Return what is wrong with the steps of a call, a proof or a change by its table, or an empty text.

    ``begins`` are the first steps with the state after each, ``words`` the states in a sentence. Reads ``steps``.
    """
    steps = list(row.steps.all())
    if not steps or steps[0].step not in begins:
        return "Der erste Schritt fehlt: Wer damit wann begonnen hat, steht nicht da."
    state = begins[steps[0].step]
    for step in steps[1:]:
        if step.step not in table or state not in table[step.step].sources:
            return f"Der Stand war: {words[state]}; der Schritt „{step.get_step_display()}“ passt nicht dazu."
        state = table[step.step].after(state)
    if state != row.state:
        return f"Der Stand ist: {words[row.state]}; die Schritte ergeben: {words[state]}."
    return ""


def seen_of(application: Application) -> str:
    """Return what a form carries back of what its user saw: application's state and project's version."""
    return f"{application.state}.{application.project.version}"


def what_changed(seen: str, application: Application) -> str:
    """Return the sentence for a user whose form (``seen``) is older than the application or its plan."""
    if seen.partition(".")[0] != application.state:
        return (
            "Der Antrag hat sich geändert, seit Sie die Seite geöffnet haben: Er ist "
            f"{STATE_IN_A_SENTENCE[application.state]}. Gebucht wurde nichts. Bitte prüfen Sie den neuen "
            "Stand und senden Sie dann noch einmal."
        )
    return (
        "Das Projekt hat sich geändert, seit Sie die Seite geöffnet haben: sein Plan oder ein anderer seiner "
        "Anträge. Gebucht wurde nichts. Bitte lesen Sie den Plan noch einmal und senden Sie dann noch einmal."
    )
