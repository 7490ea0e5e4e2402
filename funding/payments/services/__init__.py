"""Every write of payments.

Locks are taken in this order: the project, the form's one-time key, its applications, the payee, its accounts, the
batch, its calls and plans, the association's own account, the pots.
"""

from funding.payments.services.balances import confirm_balance, enter_balance, refuse_balance
from funding.payments.services.batches import (
    Answer,
    accept_mismatch,
    begin_batch,
    dissolve,
    mark_executed,
    note_former,
    put_in,
    record_answers,
    release,
    send_back,
    take_out,
)
from funding.payments.services.calls import (
    call_expense,
    call_money,
    check_call,
    resend_call,
    return_call,
    withdraw_call,
)
from funding.payments.services.payees import confirm_account, enter_account, enter_payee, refuse_account
from funding.payments.services.plans import call_due, confirm_plan, enter_plan, refuse_plan, stop_plan

__all__ = [
    "Answer", "accept_mismatch", "begin_batch", "call_due", "call_expense", "call_money", "check_call", "confirm_account", "confirm_balance",
    "confirm_plan", "dissolve", "enter_account", "enter_balance", "enter_payee", "enter_plan", "mark_executed", "note_former",
    "put_in", "record_answers", "refuse_account", "refuse_balance", "refuse_plan", "release", "resend_call", "return_call",
    "send_back", "stop_plan", "take_out", "withdraw_call",
]  # fmt: skip
