"""The table of a call's transitions, as data. Services, pages and triggers go by it."""

from funding.errors import TransitionNotAllowed
from funding.payments.models import CallStep, PaymentCall
from funding.transitions import Transition
from members.roles.permissions import Roles, taken_by

S, T = PaymentCall.State, CallStep.Step


TABLE: dict[str, Transition] = {
    T.RETURN: Transition(frozenset({S.CALLED, S.CHECKED, S.BOUNCED}), S.RETURNED, "zurückgegeben"),
    T.RESEND: Transition(frozenset({S.RETURNED}), S.CALLED, "erneut gesendet"),
    T.CHECK: Transition(frozenset({S.CALLED}), S.CHECKED, "als geprüft eingetragen"),
    # What the bank sent back was checked before; it goes to the account that the payee has by then.
    T.PUT_IN: Transition(frozenset({S.CHECKED, S.BOUNCED}), S.BATCH, "in einen Zahlungslauf aufgenommen"),
    T.TAKE_OUT: Transition(frozenset({S.BATCH}), S.CHECKED, "aus einem Zahlungslauf genommen"),
    T.PAY: Transition(frozenset({S.BATCH}), S.PAID, "bezahlt"),
    T.SEND_BACK: Transition(frozenset({S.PAID}), S.BOUNCED, "zurückgebucht"),
    T.WITHDRAW: Transition(
        frozenset({S.CALLED, S.RETURNED, S.CHECKED, S.BOUNCED}), S.WITHDRAWN, "zurückgezogen"
    ),
}

#: The state in words that continue "Der Abruf ist ...".
IN_A_SENTENCE: dict[str, str] = {
    S.CALLED: "noch nicht geprüft",
    S.RETURNED: "mit einer Rückfrage beim Stadtbezirk",
    S.CHECKED: "schon geprüft",
    S.BATCH: "in einem Zahlungslauf",
    S.PAID: "schon bezahlt",
    S.BOUNCED: "von der Bank zurückgekommen",
    S.WITHDRAWN: "zurückgezogen",
}


def allowed(step: str, state: str) -> bool:
    return state in TABLE[step].sources


def check_call(step: str, call: PaymentCall) -> None:
    """Raise TransitionNotAllowed unless the table allows the step in the call's state."""
    if not allowed(step, call.state):
        raise TransitionNotAllowed(
            f"{call} ist {IN_A_SENTENCE[call.state]} und kann deshalb nicht {TABLE[step].done} werden. Geändert wurde "
            "nichts."
        )


def call_seen(call: PaymentCall) -> str:
    """Return what a form carries back of what its user saw: the call's state and its latest step. One query."""
    latest = call.steps.order_by("-pk").values_list("pk", flat=True).first()
    return f"{call.state}.{latest}"


def move_call(step: str, call: PaymentCall, *, roles: Roles, reason: str = "") -> CallStep:
    """Save the call in the state that the step leads to, and write the step. The caller holds the call's lock."""
    check_call(step, call)
    call.state = TABLE[step].after(call.state)
    call.save()
    return record(step, call, roles=roles, reason=reason)


def record(step: str, call: PaymentCall, *, roles: Roles, reason: str = "") -> CallStep:
    """Write a step of who has these roles on their day, with the mandate of who acts for the calling district."""
    district = call.application.calling_district_id if call.application else None
    return CallStep.objects.create(
        call=call,
        step=step,
        payee=call.payee,
        reason=reason,
        **taken_by(roles, district),
    )
