"""The forms of the money.

Each carries a one-time key.
The rules are the services'; a form checks only what can be said beside one of its fields.
"""

from funding.forms.base import BookingForm, OnceForm, StepForm, amount_field, reason_field, text_field
from funding.forms.booking import (
    ConfirmByResolutionForm,
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
)
from funding.forms.steps import (
    SECONDARY,
    IncreaseByResolutionForm,
    IncreaseForm,
    ReclaimForm,
    ReduceForm,
    RejectForm,
    RetractForm,
    ReturnForm,
    RevokeForm,
    WaiveForm,
    WithdrawForm,
)
from funding.forms.terms import TermsFields
from funding.forms.voting import VotesFields, votes_field

__all__ = ["SECONDARY", "AmountForm", "BookingForm", "ConfirmByResolutionForm", "ConfirmChangeForm", "ConfirmTransferForm", "FirstSignatureForm", "GrantForm", "IncreaseByResolutionForm", "IncreaseForm", "JuryForm", "OnceForm", "PotChoice", "RaisePotForm", "ReclaimForm", "ReduceForm", "RefuseChangeForm", "RefuseTransferForm", "RejectForm", "ResolutionForm", "RetractForm", "ReturnForm", "ReturnUnusedForm", "ReversalForm", "RevokeForm", "SpecialPotForm", "StepForm", "TermsFields", "TransferForm", "VotesFields", "WaiveForm", "WithdrawForm", "YearForm", "amount_field", "offered", "reason_field", "text_field", "votes_field"]  # fmt: skip
