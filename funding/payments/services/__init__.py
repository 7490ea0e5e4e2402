"""Every write of payments.

Locks are taken in this order: the project, the form's one-time key, its applications, its calls and plans,
the payee, its accounts.
"""

from funding.payments.services.calls import call_money, check_call, resend_call, return_call, withdraw_call
from funding.payments.services.payees import confirm_account, enter_account, enter_payee, refuse_account
from funding.payments.services.plans import call_due, confirm_plan, enter_plan, refuse_plan, stop_plan

__all__ = [
    "call_due", "call_money", "check_call", "confirm_account", "confirm_plan", "enter_account", "enter_payee", "enter_plan",
    "refuse_account", "refuse_plan", "resend_call", "return_call", "stop_plan", "withdraw_call",
]  # fmt: skip
