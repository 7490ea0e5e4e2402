from funding.proofs.models.change import ChangeRequest, ChangeRow, ChangeStep
from funding.proofs.models.claim import ClaimReminder, RepaymentClaim
from funding.proofs.models.interest import BaseRate, InterestRule
from funding.proofs.models.note import AuditNote, AuditorRemark, Extension
from funding.proofs.models.proof import ProofOfUse, ProofRow, ProofStep
from funding.proofs.models.rules import ProofRules
from funding.proofs.models.sample import Sample, SamplePick
from funding.proofs.models.voucher import ProofPhoto, Voucher

__all__ = [
    "AuditNote", "AuditorRemark", "BaseRate", "ChangeRequest", "ChangeRow", "ChangeStep", "ClaimReminder", "Extension", "InterestRule", "ProofOfUse",
    "ProofPhoto", "ProofRow", "ProofRules", "ProofStep", "RepaymentClaim", "Sample", "SamplePick", "Voucher",
]  # fmt: skip
