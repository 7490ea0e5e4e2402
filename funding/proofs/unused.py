"""Interest on money that lay unused for more than two months. Euro and local dates; pure.

What was paid first is used first, by the days of the vouchers. The days after the two months count, to the day of use.
What no voucher shows bears none here: it is claimed back, and bears interest as a claim.
Source: § 49a Absatz 4 VwVfG NRW, or what was agreed; only where a rule gives a basis.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal

from funding.proofs.courses import Due, Move, Part, rounded, taken
from funding.proofs.interest import DAY, Rate, interest
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
