"""Every write of the money core. Lock order: project, number series, applications, pots."""

from funding.services.decisions import approve, needs_second_signature, reduce, reject, revoke, sign
from funding.services.handing_in import return_to_applicant, submit, withdraw
from funding.services.once import once
from funding.services.payments import pay, repay, settle
from funding.services.years import model_for, open_pot, open_year, plan_year, preview_year

__all__ = [
    "approve", "model_for", "needs_second_signature", "once", "open_pot", "open_year", "pay", "plan_year",
    "preview_year", "reduce", "reject", "repay", "return_to_applicant", "revoke", "settle", "sign", "submit",
    "withdraw",
]  # fmt: skip
