"""The table of transitions of a recipient's request for a change, as data. Services, pages and triggers go by it."""

from funding.errors import TransitionNotAllowed
from funding.models import Application, Decision
from funding.proofs.models import ChangeRequest, ChangeStep
from funding.transitions import Transition
from members.roles.permissions import Roles, taken_by

S, T = ChangeRequest.State, ChangeStep.Step
_OPEN = frozenset(ChangeRequest.OPEN)

#: The steps with which a request begins, and the state after them.
BEGINS: dict[str, str] = {T.ASK: S.ASKED, T.NOTE: S.NOTED}
TABLE: dict[str, Transition] = {
    T.ASK_BACK: Transition(frozenset({S.ASKED}), S.ASKED_BACK, "zurückgegeben"),
    T.ANSWER: Transition(frozenset({S.ASKED_BACK}), S.ASKED, "mit einer Antwort ergänzt"),
    T.CONSENT: Transition(_OPEN, S.CONSENTED, "mit Zustimmung entschieden"),
    T.REFUSE: Transition(_OPEN, S.REFUSED, "abgelehnt"),
    T.WITHDRAW: Transition(_OPEN, S.WITHDRAWN, "zurückgenommen"),
    T.LAPSE: Transition(_OPEN, S.LAPSED, "beendet"),
}

#: The state in words that continue "Die Änderung ist ...".
IN_A_SENTENCE: dict[str, str] = {
    S.ASKED: "beantragt und noch nicht entschieden",
    S.ASKED_BACK: "mit einer Rückfrage beim Stadtbezirk",
    S.NOTED: "schon vermerkt",
    S.CONSENTED: "schon mit Zustimmung entschieden",
    S.REFUSED: "schon abgelehnt",
    S.WITHDRAWN: "schon zurückgenommen",
    S.LAPSED: "mit der Bewilligung beendet",
}


def allowed(step: str, state: str) -> bool:
    return state in TABLE[step].sources


def change_seen(change: ChangeRequest) -> str:
    """Return what a form carries back of what its user saw: the request's state and how many steps there were. One query."""
    return f"{change.state}.{change.steps.count()}"


def plan_seen(application: Application, grant: Decision) -> str:
    """Return what the form for a new request carries back: the decision whose plan it shows, and what is granted."""
    return f"{grant.pk}.{application.granted}"


def check_change(step: str, change: ChangeRequest) -> None:
    """Raise TransitionNotAllowed unless the table allows the step in the request's state."""
    if not allowed(step, change.state):
        raise TransitionNotAllowed(
            f"Die Änderung ist {IN_A_SENTENCE[change.state]} und kann deshalb nicht {TABLE[step].done} werden. Geändert "
            "wurde nichts."
        )


def move_change(step: str, change: ChangeRequest, *, roles: Roles, reason: str = "") -> ChangeStep:
    """Save the request in the state that the step leads to, and write the step. The caller holds the request's lock."""
    check_change(step, change)
    change.state = TABLE[step].after(change.state)
    change.save(update_fields=["state", "outcome"])
    return record_step(step, change, roles=roles, reason=reason)


def record_step(step: str, change: ChangeRequest, *, roles: Roles, reason: str = "") -> ChangeStep:
    """Write a step of who has these roles on their day, with the mandate of who acts for the calling district."""
    return ChangeStep.objects.create(
        request=change,
        step=step,
        reason=reason,
        **taken_by(roles, change.application.calling_district_id),
    )
