"""Find the same voucher in another place: the same file, or the same day, amount and payee."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Q

from funding.payments.turn import called_for
from funding.proofs.models import ProofOfUse, Voucher
from members.common.folding import key_of
from members.roles.permissions import Roles


@dataclass(frozen=True)
class Twin:
    """Where else a voucher stands, in German, and in which proof; None for who may not read that proof."""

    said: str
    proof: ProofOfUse | None = None


def same_elsewhere(vouchers: Iterable[Voucher], roles: Roles) -> dict[int, list[Twin]]:
    """Return for the key of each voucher that stands elsewhere, too, where that is. Two queries.

    Who may not read the other proof hears only that there is one. What is struck counts nowhere.
    """
    asked = [voucher for voucher in vouchers if voucher.counts]
    hashes = {voucher.sha256 for voucher in asked if voucher.sha256}
    days = {voucher.day for voucher in asked if voucher.day}
    amounts = {voucher.amount for voucher in asked if voucher.amount}
    same = Q(sha256__in=hashes) | Q(day__in=days, amount__in=amounts)
    others = (
        Voucher.objects.filter(same, struck=False)
        .select_related("row__proof__application__project", "row__proof__application__pot")
        .order_by("pk")
    )
    if not asked:
        return {}
    found: dict[int, list[Twin]] = defaultdict(list)
    there = list(others)
    proofs = {other.row.proof_id for other in there}
    readable = proofs if roles.reads_payees else _own(proofs, roles)
    for voucher in asked:
        for other in there:
            if other.pk != voucher.pk and _is_same(voucher, other):
                found[voucher.pk].append(_twin(voucher, other, readable=other.row.proof_id in readable))
    return dict(found)


def _own(proofs: set[int], roles: Roles) -> set[int]:
    own = Voucher.objects.filter(
        called_for(roles.district_ids, "row__proof__application__"), row__proof__in=proofs
    )
    return set(own.values_list("row__proof", flat=True))


def _is_same(one: Voucher, other: Voucher) -> bool:
    if one.sha256 and one.sha256 == other.sha256:
        return True
    return _words(one) is not None and _words(one) == _words(other)


def _words(voucher: Voucher) -> tuple[date, Decimal, str] | None:
    if voucher.day is None or voucher.amount is None or not voucher.payee:
        return None
    return voucher.day, voucher.amount, key_of(voucher.payee)


def _twin(voucher: Voucher, other: Voucher, *, readable: bool) -> Twin:
    proof = other.row.proof
    if not readable:
        return Twin("Derselbe Beleg steht auch in einem Nachweis eines anderen Stadtbezirks.")
    if proof.pk == voucher.row.proof_id:
        return Twin(f"Derselbe Beleg steht hier noch einmal: {other} bei „{other.row}“.", proof)
    return Twin(
        f"Derselbe Beleg steht auch im Nachweis zu {proof.application.project.number}: {other} bei „{other.row}“.",
        proof,
    )
