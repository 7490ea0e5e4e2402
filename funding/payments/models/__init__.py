from funding.payments.models.call import CallPaper, CallStep, PaymentCall
from funding.payments.models.payee import Payee
from funding.payments.models.payee_account import PayeeAccount
from funding.payments.models.plan import Instalment, InstalmentPlan, PlanStop

__all__ = [
    "CallPaper", "CallStep", "Instalment", "InstalmentPlan", "Payee", "PayeeAccount", "PaymentCall", "PlanStop",
]  # fmt: skip
