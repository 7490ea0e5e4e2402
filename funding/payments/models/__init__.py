from funding.payments.models.payee import Payee
from funding.payments.models.payee_account import PayeeAccount

__all__ = ["Payee", "PayeeAccount"]
