"""What a proof says in figures, and what of the grant is due by it."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from funding.errors import NotEligible
from funding.models import Application
from funding.proofs.models import AuditNote, ProofOfUse, ProofRow, ProofRules
from funding.proofs.reckoning import OWN, Facts, Reckoning, Row, reckon
from members.common.money import ZERO
from projects.models import FinancingItem


def rules_of(proof: ProofOfUse) -> ProofRules:
    """Return the rules of the day of the grant. Reads the model. Raises NotEligible where there are none."""
    rules = ProofRules.objects.on(proof.application.pot.year.model, proof.decision.on)
    if rules is None:
        raise NotEligible(
            "Für dieses Fördermodell gibt es am Tag der Bewilligung noch keine Regeln für Nachweise. Die "
            "Vereinsverwaltung trägt sie ein."
        )
    return rules


@dataclass(frozen=True)
class Sums:
    """What was planned and what was spent, or came in, on one side of a proof, in euro.

    ``complete``: each of its rows is entered.
    """

    planned: Decimal
    actual: Decimal
    complete: bool

    @property
    def difference(self) -> Decimal | None:
        """Return the sum of the rows' differences; None while one of them is not known yet."""
        return self.actual - self.planned if self.complete else None


def sums_of(proof: ProofOfUse, rows: Sequence[ProofRow], hours: Decimal = ZERO) -> dict[str, Sums]:
    """Return the sums of costs and of money that came in; of the grant that is what was paid.

    ``hours`` are the euro of volunteers' hours, which count on both sides.
    """

    def side(of: str, besides: Decimal = ZERO) -> Sums:
        planned = sum((row.planned for row in rows if row.side == of), ZERO)
        complete = all(row.came is not None for row in rows if row.side == of)
        return Sums(planned, total(rows, side=of) + besides + hours, complete)

    return {
        "costs": side(ProofRow.Side.COST),
        "money": side(ProofRow.Side.FINANCING, proof.application.paid),
    }


def total(rows: Sequence[ProofRow], *, side: str) -> Decimal:
    """Return the actual euro of one side; the grant's own row is what was paid out, which the rows do not know."""
    return sum((row.actual or ZERO for row in rows if row.side == side), ZERO)


def facts_of(proof: ProofOfUse, rules: ProofRules, rows: Sequence[ProofRow] | None = None) -> Facts:
    """Return what the reckoning starts from. What is not entered yet counts as nothing."""
    rows = list(proof.rows.all()) if rows is None else rows
    costs = [row for row in rows if row.is_cost]
    own = [row for row in rows if not row.is_cost and row.kind in OWN]
    third = [row for row in rows if not row.is_cost and row.kind not in OWN and not row.is_grant]
    planned = proof.decision.eligible_costs or sum((row.planned for row in costs), ZERO)
    return Facts(
        financing=proof.application.financing or Application.Financing.FIXED,
        granted=proof.application.granted or ZERO,
        costs_planned=planned,
        costs=tuple(Row(row.planned, row.actual or ZERO, row.cut) for row in costs),
        own_planned=sum((row.planned for row in own), ZERO),
        own_actual=sum((row.actual or ZERO for row in own), ZERO),
        third_planned=sum((row.planned for row in third), ZERO),
        third_actual=sum((row.actual or ZERO for row in third), ZERO),
        hours=Decimal(proof.hours or 0),
        rate=rules.hourly_rate,
        hours_cap=rules.hours_cap,
        less_other_money=rules.fixed_capped,
        in_kind=sum((row.actual or ZERO for row in own if row.kind == FinancingItem.Kind.IN_KIND), ZERO),
    )


def reckoning_of(proof: ProofOfUse, rules: ProofRules | None = None) -> Reckoning:
    """Return what of the grant is due by the proof as it stands, line by line."""
    return reckon(facts_of(proof, rules or rules_of(proof)))


@dataclass(frozen=True)
class Outcome:
    """What follows from a result for the money of the grant. Euro.

    ``left`` is what stays granted, ``released`` what goes back to the pot, ``overpaid`` what was paid beyond the result.
    ``claimed`` is what of it is reclaimed: nothing below the rules' small claim.
    """

    left: Decimal
    released: Decimal
    overpaid: Decimal
    claimed: Decimal

    @property
    def lessens(self) -> bool:
        return self.released > 0 or self.claimed > 0


def outcome_of(application: Application, result: Decimal, rules: ProofRules) -> Outcome:
    """Return what the result of a proof means for the grant."""
    return _outcome(application.granted or ZERO, application.paid, result, rules)


def outcome_then(proof: ProofOfUse, note: AuditNote, rules: ProofRules) -> Outcome:
    """Return what the result of an accepted proof meant for the grant as it was then; both have changed since."""
    return _outcome(note.granted, note.result + proof.overpaid, note.result, rules)


def _outcome(granted: Decimal, paid: Decimal, result: Decimal, rules: ProofRules) -> Outcome:
    left = max(result, paid)
    overpaid = max(ZERO, paid - result)
    claimed = overpaid if overpaid and overpaid >= rules.small_claim else ZERO
    return Outcome(left=left, released=granted - left, overpaid=overpaid, claimed=claimed)
