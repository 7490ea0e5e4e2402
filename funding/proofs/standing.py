"""How a claim stands on a day, as its page shows it: what came back, and the interest line by line. Euro."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from funding.proofs.courses import Course, Due
from funding.proofs.models import RepaymentClaim
from funding.proofs.owed import Owed, owed


@dataclass(frozen=True)
class Standing:
    """A claim with its course, the ``others`` of its grant, and the interest that the grant owes."""

    course: Course
    others: list[Course]
    owed: Owed

    @property
    def due(self) -> Due | None:
        """Return the interest on this claim; None where a base rate is missing."""
        return self.owed.dues.get(self.course.claim.pk)

    @property
    def to_pay(self) -> Decimal:
        """Return what is to be paid now: what is left of the claim; where nothing of its grant is, the interest."""
        if self.course.left or any(each.left for each in self.others):
            return self.course.left
        return self.owed.asked

    @property
    def is_done(self) -> bool:
        """Return whether nothing of the claim is open: neither money nor interest."""
        return not (self.course.left or self.owed.is_open)


def standing(claim: RepaymentClaim, day: date) -> Standing:
    """Return how the claim stands on the local date. At most six queries."""
    found = owed(claim.application, day)
    own = next(each for each in found.courses if each.claim.pk == claim.pk)
    return Standing(own, [each for each in found.courses if each is not own], found)
