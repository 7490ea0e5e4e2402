"""How a claim stands on a day, as its page shows it: what came back, and the interest line by line. Euro."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from funding.models import Step
from funding.proofs.courses import Course, Due, courses, due
from funding.proofs.interest import MissingBaseRate
from funding.proofs.models import BaseRate, ProofRules, RepaymentClaim
from members.common.money import ZERO


@dataclass(frozen=True)
class Standing:
    """A claim with its course. ``due`` is None where a base rate is missing; ``trouble`` says which.

    ``total`` is the interest on all claims of the grant, ``least`` the amount below which none is asked for, ``received``
    are the decisions that booked interest of the grant.
    """

    course: Course
    others: list[Course]
    due: Due | None
    trouble: str
    total: Decimal
    least: Decimal
    received: list[Any]

    @property
    def asked(self) -> Decimal:
        """Return the interest that is asked for: none below the rules' amount."""
        return self.total if self.total >= self.least else ZERO

    @property
    def came_in(self) -> Decimal:
        return sum((decision.amount for decision in self.received), ZERO)

    @property
    def interest_left(self) -> Decimal:
        return max(self.asked - self.came_in, ZERO)

    @property
    def is_done(self) -> bool:
        """Return whether nothing of the claim is open: neither money nor interest."""
        return not (self.course.left or self.interest_left or self.trouble)


def standing(claim: RepaymentClaim, day: date) -> Standing:
    """Return how the claim stands on the local date. At most four queries."""
    application = claim.application
    related = application.decisions.select_related("grant_change", "claim", "statement_entry")
    decisions = list(related.order_by("pk"))
    all_of_it = courses(application, decisions)
    rates = BaseRate.objects.by_half_year() if any(each.claim.rate for each in all_of_it) else {}
    dues: dict[int, Due] = {}
    trouble = ""
    try:
        dues = {each.claim.pk: due(each, rates, until=day) for each in all_of_it}
    except MissingBaseRate as error:
        trouble = str(error)
    granted = next(decision for decision in decisions if decision.step == Step.APPROVE)
    rules = ProofRules.objects.on(application.pot.year.model, granted.on)
    return Standing(
        course=next(each for each in all_of_it if each.claim.pk == claim.pk),
        others=[each for each in all_of_it if each.claim.pk != claim.pk],
        due=dues.get(claim.pk),
        trouble=trouble,
        total=sum((each.total for each in dues.values()), ZERO),
        least=rules.small_interest if rules else ZERO,
        received=[decision for decision in decisions if decision.step == Step.INTEREST],
    )
