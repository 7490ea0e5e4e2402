"""The forms of the money.

Each carries a one-time key.
The rules are the services'; a form checks only what can be said beside one of its fields.
"""

from funding.forms.base import BookingForm, OnceForm, StepForm, amount_field, reason_field, text_field
from funding.forms.booking import (
    ConfirmChangeForm,
    ConfirmTransferForm,
    PotChoice,
    RaisePotForm,
    RefuseChangeForm,
    RefuseTransferForm,
    ReturnUnusedForm,
    ReversalForm,
    SpecialPotForm,
    TransferForm,
    YearForm,
)
from funding.forms.granting import (
    AmountForm,
    FirstSignatureForm,
    GrantForm,
    JuryForm,
    ResolutionForm,
    offered,
    votes_field,
)
from funding.forms.steps import (
    SECONDARY,
    ReduceForm,
    RejectForm,
    RetractForm,
    ReturnForm,
    RevokeForm,
    WithdrawForm,
)
from funding.forms.terms import TermsFields

__all__ = ["SECONDARY", "AmountForm", "BookingForm", "ConfirmChangeForm", "ConfirmTransferForm", "FirstSignatureForm", "GrantForm", "JuryForm", "OnceForm", "PotChoice", "RaisePotForm", "ReduceForm", "RefuseChangeForm", "RefuseTransferForm", "RejectForm", "ResolutionForm", "RetractForm", "ReturnForm", "ReturnUnusedForm", "ReversalForm", "RevokeForm", "SpecialPotForm", "StepForm", "TermsFields", "TransferForm", "WithdrawForm", "YearForm", "amount_field", "offered", "reason_field", "text_field", "votes_field"]  # fmt: skip
