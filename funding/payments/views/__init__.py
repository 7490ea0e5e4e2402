from funding.payments.views.payees import account, account_create, payee, payee_create, payees

__all__ = ["account", "account_create", "payee", "payee_create", "payees"]
