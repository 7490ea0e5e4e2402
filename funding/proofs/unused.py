"""Interest on money that lay unused for more than two months. Euro and local dates; pure but for ``unused_of``.

What was paid first is used first, by the days of the vouchers. The days after the two months count, to the day of use.
What no voucher shows bears none here: it is claimed back, and bears interest as a claim.
Source: § 49a Absatz 4 VwVfG NRW, or what was agreed; only where a rule gives a basis.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal

from funding.models.terms import ProofDepth
from funding.proofs.courses import Due, Move, Part, rounded, taken, told_apart
from funding.proofs.interest import DAY, Rate, interest
from funding.proofs.models import BaseRate, InterestRule, ProofOfUse, Voucher
from funding.terms import later

#: So many months money may lie unused.
MONTHS = 2


def unused(
    payments: Iterable[Move], vouchers: Iterable[Move], *, rate: Rate, base_rates: Mapping[date, Decimal]
) -> Due:
    """Return the interest on what lay unused for more than two months: a part for each payment that did.

    ``payments`` and ``vouchers`` are days with euro. Raises MissingBaseRate.
    """
    # ``taken`` takes from the end.
    spent = sorted(vouchers, reverse=True)
    parts = []
    for day, amount in sorted(payments):
        used = taken(spent, amount)
        late = [move for move in used if move[0] > later(day, MONTHS)]
        if not late:
            continue
        found = interest(
            sum((euro for _, euro in late), Decimal(0)), late,
            first=later(day, MONTHS) + DAY, last=max(used)[0], rate=rate, base_rates=base_rates,
        )  # fmt: skip
        parts.append(Part(day, amount, found.periods))
    return Due(rounded(parts), tuple(parts))


def unused_of(proof: ProofOfUse) -> tuple[InterestRule, Due] | None:
    """Return the rule and the interest on what lay unused, of an accepted proof whose vouchers carry days.

    None where there is no rule, or nothing lay so long. Raises MissingBaseRate.
    """
    if not proof.is_accepted or proof.depth == ProofDepth.SIMPLE:
        return None
    application = proof.application
    decisions = list(application.decisions.select_related("grant_change", "claim").order_by("pk"))
    rule = InterestRule.objects.on(application.pot.year.model, proof.decision.on)
    if rule is None:
        return None
    vouchers = Voucher.objects.filter(row__proof=proof, row__side="cost", struck=False)
    found = unused(
        told_apart(application, decisions)[1],
        [(each.day, each.amount) for each in vouchers if each.day and each.amount],
        rate=rule.rate,
        base_rates=BaseRate.objects.by_half_year(),
    )
    return (rule, found) if found.parts else None
