from funding.payments.views.batches import balance, batch, batch_file, payment, payouts
from funding.payments.views.payees import account, account_create, payee, payee_create, payees

__all__ = [
    "account", "account_create", "balance", "batch", "batch_file", "payee", "payee_create", "payees", "payment", "payouts",
]  # fmt: skip
