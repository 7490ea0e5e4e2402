"""Which proof of use, with how many vouchers, explains what a booking on a pot paid."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Count, Q

from funding.models import LedgerEntry
from funding.payments.turn import called_for
from funding.proofs.models import ProofOfUse
from members.common.counting import counted
from members.roles.permissions import Roles

#: Kinds of bookings on money that was paid.
OF_PAYMENTS = (LedgerEntry.Kind.PAY, LedgerEntry.Kind.PAY_BACK, LedgerEntry.Kind.LATE_REPAYMENT)


def name_proofs(roles: Roles, entries: Sequence[Any]) -> None:
    """Set ``proof`` on these bookings, with ``said`` in German: as far as these roles may see vouchers.

    One query; none for who may not, and where no booking is on money that was paid of a grant.
    """
    paid = [entry for entry in entries if entry.application_id and entry.kind in OF_PAYMENTS]
    if not paid or not (roles.reads_payees or roles.district_ids):
        return
    found = ProofOfUse.objects.filter(application__in={entry.application_id for entry in paid})
    if not roles.reads_payees:
        found = found.filter(called_for(roles.district_ids, "application__"))
    counts = Count("rows__vouchers", filter=Q(rows__vouchers__struck=False))
    proofs = {proof.application_id: proof for proof in found.annotate(vouchers=counts)}
    for entry in paid:
        if proof := proofs.get(entry.application_id):
            entry.proof = proof
            entry.proof.said = f"Nachweis Nr. {proof.pk}, {counted(proof.vouchers, 'Beleg', 'Belege')}"
