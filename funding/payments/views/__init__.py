from funding.payments.views.batches import balance, batch, batch_file, payment, payouts
from funding.payments.views.payees import account, account_create, payee, payee_create, payees
from funding.payments.views.statements import entries, entry, journal, reconciliation, statement, statements

__all__ = [
    "account", "account_create", "balance", "batch", "batch_file", "entries", "entry", "journal", "payee", "payee_create", "payees", "payment", "payouts", "reconciliation",
    "statement", "statements",
]  # fmt: skip
