from funding.proofs.views.lists import proofs, proofs_export
from funding.proofs.views.proof import audit_note, begin, photo, proof, voucher
from funding.proofs.views.sample import sample

__all__ = ["audit_note", "begin", "photo", "proof", "proofs", "proofs_export", "sample", "voucher"]
