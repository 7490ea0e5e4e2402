"""Every write of proofs.

Locks are taken in this order: the project, the form's one-time key, the proof, its note or extension; then what the core
locks for a step on the grant.
"""

from funding.proofs.services.changes import (
    Wish,
    answer_change,
    ask_back_change,
    ask_change,
    close_done,
    consent_to_change,
    refuse_change,
    withdraw_change,
)
from funding.proofs.services.checking import (
    Cut,
    accept,
    announce_cut,
    answer_hearing,
    ask_back,
    hand_in,
    needs_two,
    note,
    refuse,
    remark,
    settle,
    withdraw_cut,
)
from funding.proofs.services.claiming import remind
from funding.proofs.services.filling import (
    Added,
    Entered,
    VoucherData,
    add_photos,
    add_vouchers,
    change_photo,
    change_voucher,
    enter_voucher,
    open_proof,
    remove_photo,
    remove_voucher,
    save_proof,
    take_over,
)
from funding.proofs.services.periods import ask_extension, draw_sample, grant_extension, refuse_extension

__all__ = [
    "Added", "Cut", "Entered", "VoucherData", "Wish", "accept", "add_photos", "add_vouchers", "announce_cut",
    "answer_change", "answer_hearing", "ask_back", "ask_back_change", "ask_change", "ask_extension", "change_photo",
    "change_voucher", "close_done", "consent_to_change", "draw_sample", "enter_voucher", "grant_extension",
    "hand_in", "needs_two", "note", "open_proof", "refuse", "refuse_change", "refuse_extension", "remark", "remind",
    "remove_photo", "remove_voucher", "save_proof", "settle", "take_over", "withdraw_change", "withdraw_cut",
]  # fmt: skip
