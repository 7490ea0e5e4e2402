from funding.proofs.views.changes import ask_change, change, changes, changes_export
from funding.proofs.views.claims import claim, claims, interest, remind, unclaimed
from funding.proofs.views.lists import proofs, proofs_export
from funding.proofs.views.proof import audit_note, begin, photo, proof, voucher
from funding.proofs.views.sample import sample

__all__ = [
    "ask_change", "audit_note", "begin", "change", "changes", "changes_export", "claim", "claims", "interest", "photo", "proof", "proofs", "proofs_export",
    "remind", "sample", "unclaimed", "voucher",
]  # fmt: skip
