from funding.payments.models.batch import Payment, PaymentBatch
from funding.payments.models.call import CallPaper, CallStep, PaymentCall
from funding.payments.models.own_account import Balance, OwnAccount
from funding.payments.models.payee import Payee
from funding.payments.models.payee_account import PayeeAccount
from funding.payments.models.plan import Instalment, InstalmentPlan, PlanStop
from funding.payments.models.statement import BankStatement, StatementEntry

__all__ = [
    "Balance", "BankStatement", "CallPaper", "CallStep", "Instalment", "InstalmentPlan", "OwnAccount", "Payee", "PayeeAccount", "Payment",
    "PaymentBatch", "PaymentCall", "PlanStop", "StatementEntry",
]  # fmt: skip
