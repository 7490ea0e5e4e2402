"""The interest that grants owe: computed on claims and on money that lay unused, less what came in or was waived.

Euro, local dates.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from funding.models import Application, Decision, FundingModel, Step
from funding.models.terms import ProofDepth
from funding.proofs.courses import Course, Due, due, told_apart
from funding.proofs.interest import MissingBaseRate
from funding.proofs.models import BaseRate, InterestRule, ProofOfUse, ProofRules, RepaymentClaim, Voucher
from funding.proofs.unused import unused
from members.common.money import ZERO


@dataclass
class Owed:
    """The interest of one grant on a day.

    ``courses`` are its claims with what became of them, ``received`` and ``forgone`` the decisions on interest, ``dues`` the interest on each by the claim's key, ``unused`` that on
    money that lay unused, with its rule. ``missing`` is the base rate without which nothing can be computed.
    ``least`` is the amount below which none is asked for.
    """

    courses: list[Course]
    received: list[Any]
    forgone: list[Any]
    least: Decimal = ZERO
    dues: dict[int, Due] = field(default_factory=dict)
    unused: tuple[InterestRule, Due] | None = None
    missing: MissingBaseRate | None = None

    @property
    def total(self) -> Decimal:
        on_unused = self.unused[1].total if self.unused else ZERO
        return sum((each.total for each in self.dues.values()), on_unused)

    @property
    def came_in(self) -> Decimal:
        return sum((decision.amount for decision in self.received), ZERO)

    @property
    def waived(self) -> Decimal:
        return sum((decision.amount for decision in self.forgone), ZERO)

    @property
    def left(self) -> Decimal:
        """Return what is computed, did not come in and was not waived."""
        return max(self.total - self.came_in - self.waived, ZERO)

    @property
    def asked(self) -> Decimal:
        """Return what of that is asked for: none where all of it is less than the rules' amount."""
        return ZERO if self.is_small else self.left

    @property
    def is_small(self) -> bool:
        return 0 < self.total < self.least

    @property
    def is_open(self) -> bool:
        """Return whether interest is asked for, or cannot be computed yet."""
        return self.missing is not None or self.asked > 0


def owed(application: Application, day: date) -> Owed:
    """Return the interest of one grant on the local date. At most six queries."""
    return owed_by([application], day)[application.pk]


def reckoned(application: Application, day: date) -> Owed:
    """Return the interest of one grant on the local date. Raises MissingBaseRate."""
    found = owed(application, day)
    if found.missing:
        raise found.missing
    return found


def still_owed(claims: "QuerySet[RepaymentClaim]", day: date) -> dict[int, Decimal]:
    """Return which of these claims are open for their grants' interest alone on the local date: key -> euro asked for.

    It is the last claim of each grant of which no money is claimed back any more; 0 where a base rate is missing. A grant
    is settled when its interest is explained, so only claims since then are looked at. At most seven queries.
    """
    settled = Decision.objects.filter(
        application=OuterRef("application"), step=Step.SETTLE, pk__gt=OuterRef("decision")
    )
    bearing = claims.filter(~Exists(settled), ~Q(legal_basis=""), application__reclaimed=0)
    last = {
        each.application: each.pk
        for each in bearing.select_related("application__pot__year__model").order_by("pk")
    }
    if not last:
        return {}
    found = owed_by(last, day)
    return {key: found[each.pk].asked for each, key in last.items() if found[each.pk].is_open}


def owed_without_claim(proofs: "QuerySet[ProofOfUse]", day: date) -> list[tuple[ProofOfUse, Decimal]]:
    """Return which of these proofs are of grants that owe interest on unused money and have no claim that bears any.

    With the euro asked for, 0 where a base rate is missing; in the order of the proofs. At most seven queries.
    """
    bearing = RepaymentClaim.objects.exclude(legal_basis="").values("application")
    rows = list(
        _showing_days(proofs)
        .filter(application__state=Application.State.APPROVED)
        .exclude(application__in=bearing)
        .with_names()
    )
    found = owed_by([proof.application for proof in rows], day) if rows else {}
    owing = ((proof, found[proof.application_id]) for proof in rows)
    return [(proof, of_grant.asked) for proof, of_grant in owing if of_grant.is_open]


def owed_by(applications: Collection[Application], day: date) -> dict[int, Owed]:
    """Return the interest of these grants on the local date, by their keys. At most six queries, whatever their number.

    ``pot__year__model`` was read along.
    """
    decisions = defaultdict[int, list[Any]](list)
    related = Decision.objects.select_related("grant_change", "claim", "statement_entry", "interest_entry")
    for decision in related.filter(application__in=applications).order_by("pk"):
        decisions[decision.application_id].append(decision)
    of_grants = ProofOfUse.objects.filter(application__in=applications)
    accepted = {proof.application_id: proof for proof in _showing_days(of_grants).select_related("decision")}
    found, paid = dict[int, Owed](), dict[int, Any]()
    for each in applications:
        walked, paid[each.pk] = told_apart(each, decisions[each.pk])
        received, forgone = (
            [decision for decision in decisions[each.pk] if decision.step == step]
            for step in (Step.INTEREST, Step.FORGO)
        )
        found[each.pk] = Owed(walked, received, forgone)
    bears = [each for each in applications if each.pk in accepted or _bears(found[each.pk])]
    if not bears:
        return found
    rates, rules = BaseRate.objects.by_half_year(), list(InterestRule.objects.select_related("funding_model"))
    small = list(ProofRules.objects.select_related("funding_model"))
    vouchers = defaultdict[int, list[Any]](list)
    shown = Voucher.objects.filter(row__proof__in=accepted.values(), row__side="cost", struck=False)
    for voucher in shown.select_related("row") if accepted and rules else ():
        if voucher.day and voucher.amount:
            vouchers[voucher.row.proof_id].append((voucher.day, voucher.amount))
    for each in bears:
        made, model = found[each.pk], each.pot.year.model
        granted = next(decision for decision in decisions[each.pk] if decision.step == Step.APPROVE)
        least = _latest(small, model, granted.on)
        made.least = least.small_interest if least else ZERO
        try:
            made.dues = {course.claim.pk: due(course, rates, until=day) for course in made.courses}
            proof = accepted.get(each.pk)
            if proof and (rule := _latest(rules, model, proof.decision.on)):
                late = unused(paid[each.pk], vouchers[proof.pk], rate=rule.rate, base_rates=rates)
                made.unused = (rule, late) if late.parts else None
        except MissingBaseRate as error:
            made.missing = error
    return found


def _showing_days(proofs: "QuerySet[ProofOfUse]") -> Any:
    """Return those of these proofs that are accepted and whose vouchers carry days."""
    return proofs.filter(state=ProofOfUse.State.ACCEPTED).exclude(depth=ProofDepth.SIMPLE)


def _bears(found: Owed) -> bool:
    return any(course.claim.rate for course in found.courses)


def _latest(rules: Sequence[Any], model: FundingModel, day: date) -> Any:
    """Return the rule that applies to the model on the local date, as ``on`` of their querysets does; or None."""
    begun = [
        each for each in rules if each.funding_model.first_year <= model.first_year and each.since <= day
    ]
    return max(begun, key=lambda each: (each.funding_model.first_year, each.since), default=None)
