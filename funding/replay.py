"""Replays every application from its decisions and says where the stored result differs."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import groupby
from operator import attrgetter
from typing import Any

from django.db.models import Prefetch

from funding.eligibility import objection_to_body, resolved_by
from funding.models import GRANTS, Application, Decision, LedgerEntry, Pot, Step
from funding.transitions import TABLE
from members.common.money import ZERO, format_euro

K, S = LedgerEntry.Kind, Application.State

Booking = tuple[str, Decimal, int, date]


@dataclass
class Walk:
    """One application with what its decisions so far make of it. Amounts in euro."""

    application: Any
    state: str = ""
    requested: Decimal = ZERO
    reserved: Decimal = ZERO
    granted: Decimal | None = None
    called: Decimal = ZERO
    paid: Decimal = ZERO
    reclaimed: Decimal = ZERO
    first_signer_id: int | None = None
    second_signer_id: int | None = None
    financing: str = ""
    decided_on: date | None = None
    carried_to_id: int | None = None
    #: Pot -> the euro that were paid from it.
    paid_in: dict[int, Decimal] = field(default_factory=lambda: defaultdict(lambda: ZERO))
    #: What is granted or reserved after each decision: (its key, euro).
    held: list[tuple[int, Decimal]] = field(default_factory=list)
    #: The decisions that granted or raised, and whether two people took each.
    grants: list[tuple[Any, bool]] = field(default_factory=list)
    #: The decisions that one person took and two should have.
    alone: list[Any] = field(default_factory=list)

    @property
    def pot_id(self) -> int:
        """Return the pot that bookings go to."""
        return self.carried_to_id or self.application.pot_id

    def take(self, decision: Any) -> "list[tuple[int, str, Decimal]]":
        """Apply one decision that fits, and return what it has to book: (pot, kind, euro)."""
        pot = self.pot_id
        booked = [(pot, kind, euro) for kind, euro in self._take(decision)]
        if decision.step == Step.INTEREST:
            booked = [(decision.into_id or pot, K.SUPPLEMENT, decision.amount)]
        elif decision.step == Step.CARRY:
            left = (self.granted or ZERO) - self.paid
            booked = [(pot, K.RELEASE, left), (pot, K.CARRY_OUT, left)]
            booked += [(decision.into_id, K.CARRY_IN, left), (decision.into_id, K.COMMIT, left)]
            self._carry(decision.into_id)
        elif decision.into_id and decision.step in (Step.REPAY, Step.BOUNCE):
            booked = self._late(decision)
        elif decision.step in (Step.PAY, Step.BOUNCE, Step.REPAY):
            self.paid_in[pot] += decision.amount if decision.step == Step.PAY else -decision.amount
        return [move for move in booked if move[2]]

    def _carry(self, pot: int) -> None:
        self.carried_to_id = None if pot == self.application.pot_id else pot

    def _late(self, decision: Any) -> "list[tuple[int, str, Decimal]]":
        """Return what is booked for money that comes back after its pot was left for another."""
        pot, into, bounced = self.pot_id, decision.into_id, decision.step == Step.BOUNCE
        own = min(decision.amount, self.paid_in[pot]) if into == pot else ZERO
        self.paid_in[pot] -= own
        if bounced:
            self._carry(into)
        return [
            (pot, K.PAY_BACK, own), *([] if bounced else [(pot, K.RELEASE, own)]),
            (into, K.LATE_REPAYMENT, decision.amount - own),
            *([(into, K.COMMIT, decision.amount - own)] if bounced else []),
        ]  # fmt: skip

    def _take(self, decision: Any) -> list[tuple[str, Decimal]]:
        step, amount = Step(decision.step), decision.amount if decision.amount is not None else ZERO
        before = self.state
        if self._takes_two(step, amount) and getattr(decision, "grant_change", None) is None:
            self.alone.append(decision)
        self.state = S.SUBMITTED if step == Step.SUBMIT else TABLE[step].target or before
        booked: list[tuple[str, Decimal]] = []
        if before == S.RESERVED and self.state != S.RESERVED:
            booked.append((K.UNRESERVE, self.reserved))
            self.reserved = ZERO
        if self.state in (S.SUBMITTED, S.RETURNED, S.WITHDRAWN):
            self.first_signer_id = None
        granted = self.granted or ZERO
        match step:
            case Step.SUBMIT | Step.RESUBMIT:
                self.requested = amount
            case Step.SIGN:
                booked.append((K.RESERVE, amount))
                self.reserved, self.first_signer_id = amount, decision.actor_id
                self.financing = decision.financing
            case Step.APPROVE:
                booked.append((K.COMMIT, amount))
                self.granted, self.financing = amount, decision.financing
                if before == S.RESERVED:
                    self.second_signer_id = decision.actor_id
                else:
                    self.first_signer_id = decision.actor_id
                self.grants.append((decision, before == S.RESERVED))
            case Step.INCREASE:
                booked.append((K.COMMIT, amount - granted))
                self.granted, self.requested = amount, max(self.requested, amount)
                change = getattr(decision, "grant_change", None)
                if change and self.second_signer_id is None:
                    first = decision.actor_id == self.first_signer_id
                    self.second_signer_id = change.requested_by_id if first else decision.actor_id
                self.grants.append((decision, change is not None))
            case Step.REDUCE:
                booked.append((K.RELEASE, granted - amount))
                self.granted = amount
            case Step.REVOKE | Step.SETTLE:
                booked.append((K.RELEASE, granted - self.paid))
                self.granted = self.paid
            case Step.EARMARK:
                self.called += amount
            case Step.RELEASE_CALL:
                self.called -= amount
            case Step.PAY:
                booked.append((K.PAY, amount))
                self.paid += amount
                # Before there were calls, money was paid without one.
                self.called -= min(self.called, amount)
            case Step.BOUNCE:
                booked.append((K.PAY_BACK, amount))
                self.paid, self.called = self.paid - amount, self.called + amount
                self.reclaimed = min(self.reclaimed, self.paid)
            case Step.REPAY:
                booked += [(K.PAY_BACK, amount), (K.RELEASE, amount)]
                self.paid, self.granted = self.paid - amount, granted - amount
                self.reclaimed = max(self.reclaimed - amount, ZERO)
            case Step.RECLAIM:
                self.reclaimed += amount
            case Step.WAIVE:
                self.reclaimed -= amount
        if step in (Step.APPROVE, Step.REJECT, Step.WITHDRAW, Step.REVOKE):
            self.decided_on = decision.on
        self.held.append((decision.pk, (self.granted or ZERO) + self.reserved))
        return booked

    def _takes_two(self, step: Step, amount: Decimal) -> bool:
        """Return whether two people take the step on the grant as it is. Increases are judged by ``unsigned``."""
        if step in (Step.WAIVE, Step.FORGO):
            return True
        if step not in (Step.REDUCE, Step.REVOKE, Step.SETTLE, Step.REPAY, Step.RECLAIM):
            return False
        if step in (Step.REPAY, Step.RECLAIM) and self.state == S.REVOKED:
            return False
        if step in (Step.SETTLE, Step.REVOKE) and self.granted == self.paid:
            return False
        return self.second_signer_id is not None and not (step == Step.REPAY and amount <= self.reclaimed)

    def held_before(self, key: int) -> Decimal:
        """Return the euro that were granted or reserved before the decision with this key."""
        return next((euro for pk, euro in reversed(self.held) if pk < key), ZERO)


def retrace(application: Any, decisions: Sequence[Any]) -> None:
    """Set on each of the application's decisions, given in their order, what led up to it.

    ``granted_before`` are the euro granted before it, None where nothing was.
    ``first_signature`` is the decision that an approval is the second signature to; None with one signature.
    """
    walk, signature = Walk(application), None
    for decision in decisions:
        signed = decision.step == Step.APPROVE and walk.state == S.RESERVED
        decision.granted_before, decision.first_signature = walk.granted, signature if signed else None
        walk.take(decision)
        if decision.step == Step.SIGN:
            signature = decision


LABELS = {str(value): str(label) for value, label in (*S.choices, *Application.Financing.choices)}
#: The fields of an application that follow from its decisions, and their German names.
STORED = {
    "state": "der Stand", "requested": "beantragt", "reserved": "vorgemerkt", "granted": "bewilligt", "called": "abgerufen",
    "paid": "ausgezahlt", "reclaimed": "zurückgefordert", "carried_to_id": "der Topf des Übertrags",
    "first_signer_id": "die erste Unterschrift", "second_signer_id": "die zweite Unterschrift",
    "financing": "die Finanzierungsart", "decided_on": "der Tag der Entscheidung",
}  # fmt: skip


def walked() -> Iterator[tuple[list[Walk], list[str]]]:
    """Yield each project's applications after their last decision, and sentences on what does not fit."""
    steps = Prefetch("decisions", Decision.objects.select_related("resolution__body", "grant_change"))
    applications = (
        Application.objects.select_related("pot__year__model", "pot__district")
        .prefetch_related(steps, "entries")
        .order_by("project_id", "pk")
    )
    for _, group in groupby(applications.iterator(500), attrgetter("project_id")):
        walks = [Walk(application) for application in group]
        yield walks, [sentence for walk in walks for sentence in _walk(walk)]


def _walk(walk: Walk) -> Iterator[str]:
    name = f"Antrag {walk.application.pk}"
    decisions = list(walk.application.decisions.all())
    booked: dict[int, Counter[tuple[int, Booking]]] = {}
    for entry in walk.application.entries.all():
        moves = booked.setdefault(entry.decision_id, Counter())
        moves[entry.pot_id, (entry.kind, entry.amount, entry.actor_id, entry.value_date)] += 1
    for decision in decisions:
        where = f"{name}, Entscheidung {decision.pk} („{decision.get_step_display()}“)"
        if objection := _objection(walk, decision):
            yield f"{where}: {objection}"
            return
        wanted = Counter(
            (pot, (kind, euro, decision.actor_id, decision.on)) for pot, kind, euro in walk.take(decision)
        )
        there = booked.get(decision.pk, Counter())
        if there != wanted:
            own = walk.application.pot_id
            yield f"{where}: gebucht ist {_in_pots(there, own)}; die Entscheidung ergibt {_in_pots(wanted, own)}."
    if not decisions:
        yield f"{name}: Es gibt keine Entscheidung dazu, nicht einmal das Einreichen."
        return
    for column, words in STORED.items():
        stored, computed = getattr(walk.application, column), getattr(walk, column)
        if stored != computed:
            yield f"{name}: {words} ist {_value(stored)}, die Entscheidungen ergeben {_value(computed)}."


def _objection(walk: Walk, decision: Any) -> str:
    """Return why the decision cannot follow those before it; empty if it can."""
    step, amount = decision.step, decision.amount
    if step not in Step.values:
        return "Diesen Schritt gibt es nicht."
    if (step == Step.SUBMIT) != (walk.state == ""):
        return "Eingereicht wird einmal, und zuerst."
    if step == Step.SUBMIT:
        return ""
    if walk.state not in TABLE[Step(step)].sources:
        return f"Sie passt nicht zum Stand davor: {S(walk.state).label}."
    most = {
        Step.SIGN: walk.requested,
        Step.APPROVE: walk.reserved or walk.requested,
        Step.REDUCE: walk.granted,
        Step.EARMARK: (walk.granted or ZERO) - walk.paid - walk.called,
        Step.RELEASE_CALL: walk.called,
        Step.PAY: walk.called or (walk.granted or ZERO) - walk.paid,
        Step.BOUNCE: walk.paid,
        Step.REPAY: walk.paid,
        Step.RECLAIM: walk.paid - walk.reclaimed,
        Step.WAIVE: walk.reclaimed,
    }.get(Step(step))
    if most is not None and (amount is None or not 0 < amount <= most):
        return f"Der Betrag ist {_value(amount)}, möglich waren höchstens {format_euro(most)}."
    if step == Step.CARRY and (decision.into_id is None or amount != (walk.granted or ZERO) - walk.paid):
        return "Übertragen wird genau, was noch nicht ausgezahlt ist."
    if step == Step.INCREASE and (amount is None or amount <= (walk.granted or ZERO)):
        return f"Der Betrag ist {_value(amount)}, bewilligt waren {format_euro(walk.granted or ZERO)}."
    if step == Step.CHANGE and amount != walk.granted:
        return f"Der Betrag ist {_value(amount)}, bewilligt waren {format_euro(walk.granted or ZERO)}."
    if step in (Step.EARMARK, Step.SETTLE, Step.INCREASE) and walk.reclaimed:
        return f"Zurückgefordert waren {format_euro(walk.reclaimed)}."
    left = amount if step == Step.REDUCE else walk.paid
    if step in (Step.REDUCE, Step.REVOKE, Step.SETTLE) and walk.called and left < walk.paid + walk.called:
        return f"Abgerufen und nicht bezahlt waren {format_euro(walk.called)}."
    if step == Step.APPROVE and walk.state == S.RESERVED and decision.actor_id == walk.first_signer_id:
        return "Beide Unterschriften sind von derselben Person."
    return _resolved(walk.application.pot, decision, walk.granted or ZERO)


def _resolved(pot: Pot, decision: Any, granted: Decimal) -> str:
    """Return why the decision does not fit its resolution, or lacks one; empty if all is well."""
    resolution = decision.resolution
    if resolution is None:
        # The Wirtschaftsförderung may reject without the jury; on pillar 1 only a resolution rejects.
        own = pot.kind == Pot.Kind.PILLAR_1 and decision.step == Step.REJECT
        needed = own or (decision.step in GRANTS and resolved_by(pot) is not None)
        return "Es fehlt der Beschluss des Gremiums, das über den Topf beschließt." if needed else ""
    if objection := objection_to_body(pot, resolution.body):
        return f"Der Beschluss ist der eines anderen Gremiums. {objection}"
    if resolution.carried != (decision.step in GRANTS):
        return f"Sie passt nicht zum Beschluss: {resolution.votes}."
    if decision.step in GRANTS and decision.amount - granted > resolution.amount:
        return f"Beschlossen sind nur {format_euro(resolution.amount)}."
    if resolution.date > decision.on:
        return "Der Beschluss ist jünger als sie."
    return ""


def unsigned(walks: Sequence[Walk]) -> Iterator[str]:
    """Yield a sentence for each central grant of a project that needed a second signature and has none.

    Central are pillar 2 and the special pots.
    """
    central = [walk for walk in walks if walk.application.pot.kind in Pot.CENTRAL]
    for walk in central:
        limit = walk.application.pot.year.model.second_signature_from
        for grant, by_two in walk.grants:
            others = sum((other.held_before(grant.pk) for other in central if other is not walk), ZERO)
            if limit is not None and others + grant.amount >= limit and not by_two:
                yield (
                    f"Antrag {walk.application.pk}, Entscheidung {grant.pk}: Ab {format_euro(limit)} für ein Projekt sind "
                    "zwei Unterschriften nötig; es gibt nur eine."
                )


def _in_pots(moves: "Counter[tuple[int, Booking]]", own: int) -> str:
    """Return the bookings as German text; those in another pot than the application's own name it."""
    words = [
        in_words(Counter([booking])) + ("" if pot == own else f" in Topf {pot}")
        for pot, booking in sorted(moves.elements())
    ]
    return ", ".join(words) or "nichts"


def in_words(moves: "Counter[Booking]") -> str:
    """Return the bookings as German text, for a sentence."""
    words = [
        f"{K(kind).label} {format_euro(euro)} am {day:%d.%m.%Y} durch Konto {actor}"
        for kind, euro, actor, day in sorted(moves.elements())
    ]
    return ", ".join(words) or "nichts"


def _value(value: object) -> str:
    if value is None:
        return "leer"
    if isinstance(value, Decimal):
        return format_euro(value)
    if isinstance(value, date):
        return f"{value:%d.%m.%Y}"
    if isinstance(value, str):
        return LABELS.get(value, f"„{value}“")
    return f"Nr. {value}"
