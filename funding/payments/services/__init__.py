"""Every write of payments.

Locks are taken in this order: the statement's entry, the project, the form's one-time key, its applications, the payee, its accounts, the
batch, its calls and plans, the association's own account, the pots.
"""

from funding.payments.services.balances import confirm_balance, enter_balance, refuse_balance
from funding.payments.services.batches import (
    LONGEST,
    Answer,
    accept_mismatch,
    begin_batch,
    dissolve,
    mark_executed,
    number_left,
    pay_former,
    record_answers,
    release,
    repay_former,
    send_back,
    strike,
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
from funding.payments.services.entries import (
    set_aside,
    take_for_same,
    take_up,
    tell_apart,
    tick_batch,
    tick_booked_expense,
    tick_expense,
    tick_instalment,
    tick_interest,
    tick_payment,
    tick_refund,
    tick_repayment,
    tick_return,
    tick_special,
    tick_to_city,
)
from funding.payments.services.payees import confirm_account, enter_account, enter_payee, refuse_account
from funding.payments.services.plans import call_due, confirm_plan, enter_plan, refuse_plan, stop_plan
from funding.payments.services.statements import Loaded, load_statements

__all__ = [
    "LONGEST", "Answer", "Loaded", "accept_mismatch", "begin_batch", "call_due", "call_expense", "call_money", "check_call", "confirm_account",
    "confirm_balance", "confirm_plan", "dissolve", "enter_account", "enter_balance", "enter_payee", "enter_plan",
    "load_statements", "mark_executed", "number_left", "pay_former", "record_answers", "refuse_account", "refuse_balance",
    "refuse_plan", "release", "repay_former", "resend_call", "return_call", "send_back", "set_aside", "stop_plan", "strike", "take_for_same",
    "take_out", "take_up", "tell_apart", "tick_batch", "tick_booked_expense", "tick_expense", "tick_instalment",
    "tick_interest", "tick_payment", "tick_refund", "tick_repayment", "tick_return",
    "tick_special", "tick_to_city", "withdraw_call",
]  # fmt: skip
