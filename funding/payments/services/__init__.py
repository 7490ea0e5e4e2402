"""Every write of payments.

Locks are taken in this order: the form's one-time key, the payee, its accounts.
"""

from funding.payments.services.payees import confirm_account, enter_account, enter_payee, refuse_account

__all__ = ["confirm_account", "enter_account", "enter_payee", "refuse_account"]
