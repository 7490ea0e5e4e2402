"""Every write of the money core.

Locks are taken in this order (docs/decisions.md, "Order of locks"):
the project, the form's one-time key, the project's number series, its applications,
the requests of two people (transfers, changes of grants), the pots.
"""

from funding.rules import needs_second_person, needs_second_signature
from funding.services.amending import change_terms
from funding.services.carrying import carry
from funding.services.case import lock, remember_decisions
from funding.services.claiming import book_interest, forgo_interest, reclaim, waive
from funding.services.closing import close_year, remainders, reopen_year, undecided
from funding.services.decisions import (
    approve,
    reduce,
    reject,
    retract_signature,
    revoke,
    sign,
)
from funding.services.grant_changes import confirm_change, refuse_change, request_change
from funding.services.handing_in import return_to_applicant, submit, withdraw
from funding.services.once import once
from funding.services.overhead import book_expense, bounce_expense, held, pay_expense, reverse_expense
from funding.services.paying import bounce, earmark, pay, release_call, repay, settle
from funding.services.raising import increase
from funding.services.special import raise_pot, return_unused
from funding.services.transfers import confirm_transfer, refuse_transfer, request_transfer
from funding.services.years import doubts_about, model_for, open_pot, open_year, plan_year, preview_year

__all__ = [
    "approve", "book_expense", "book_interest", "bounce", "bounce_expense", "carry", "change_terms", "close_year", "confirm_change", "confirm_transfer", "doubts_about", "earmark", "forgo_interest", "held", "increase", "lock", "model_for", "needs_second_person", "needs_second_signature", "once", "open_pot",
    "open_year", "pay", "pay_expense", "plan_year", "preview_year", "raise_pot", "reclaim", "reduce", "refuse_change", "refuse_transfer", "reject",
    "release_call", "remainders", "remember_decisions", "reopen_year", "repay", "request_change", "request_transfer", "retract_signature", "return_to_applicant", "return_unused", "reverse_expense", "revoke", "settle", "sign",
    "submit", "undecided", "waive", "withdraw",
]  # fmt: skip
