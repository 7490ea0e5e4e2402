"""What every step on an application shares: reading, locks, checks, the decision row, the project's state."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from django.db import transaction
from django.db.models import Max, OuterRef, QuerySet, Subquery
from django.utils import timezone

from funding import notices, permissions, transitions
from funding.errors import PotExhausted, TransitionNotAllowed, YearNotOpen
from funding.ledger import lock_pot, lock_pots, post
from funding.models import DECIDES, Application, Decision, FiscalYear, Pot, Step
from members.models import Mandate, OutboxMail, Resolution, User
from members.permissions import Roles, acted_for
from members.prepared import prepared
from projects import services as project_services
from projects.history import Rows
from projects.models import FinancingItem, Participation, Project
from projects.money import CENT, MAXIMUM, ZERO, format_euro
from projects.parts import costs_of

P = ParamSpec("P")
T = TypeVar("T")

#: What a step may change of an application.
MOVED = (
    "state", "reserved", "granted", "paid", "financing", "waiting_since", "first_signer", "second_signer",
    "decided_on",
)  # fmt: skip
#: The steps that undo a first signature that does not count any more.
SIGNS = (Step.SIGN, Step.APPROVE)
#: What a further district says.
ANSWER = ("pk", "confirmed_on", "confirmed_by_id", "declined_on", "declined_by_id")


def value_date(on: date | None) -> date:
    """The given local date or today; TransitionNotAllowed for a day that has not come."""
    today = timezone.localdate()
    if on and on > today:
        raise TransitionNotAllowed(f"Das Wertstellungsdatum {on:%d.%m.%Y} liegt in der Zukunft.")
    return on or today


def checked_amount(amount: Decimal) -> Decimal:
    """A positive amount in whole cents; the forms say it more gently."""
    if not amount.is_finite() or amount <= 0 or amount > MAXIMUM or amount != amount.quantize(CENT):
        raise TransitionNotAllowed(
            "Bitte einen Betrag größer als null mit höchstens zwei Nachkommastellen eintragen.",
            field="amount",
        )
    return amount.quantize(CENT)


def require_reason(reason: str, sentence: str) -> str:
    reason = reason.strip()
    if not reason:
        raise TransitionNotAllowed(sentence)
    return reason


def require_open(year: FiscalYear) -> None:
    if year.state != FiscalYear.State.OPEN:
        hint = (
            "Die Wirtschaftsförderung öffnet es auf der Seite „Haushaltsjahre“."
            if year.state == FiscalYear.State.PLANNED
            else "Abgeschlossene Jahre werden nicht mehr bebucht."
        )
        raise YearNotOpen(f"Das Haushaltsjahr {year} ist {year.get_state_display()}. {hint}")


def lock_open(pots: "QuerySet[Pot]") -> list[Pot]:
    """Lock these pots by key for a booking without an application. Raises YearNotOpen."""
    locked = list(lock_pots(pots.select_related("district")))
    # Read after the lock: PostgreSQL would join the year as it was when waiting for the pot began.
    years = FiscalYear.objects.select_related("model").in_bulk({pot.year_id for pot in locked})
    for pot in locked:
        pot.year = years[pot.year_id]
        require_open(pot.year)
    return locked


@prepared
def _applications_of(project: int) -> "QuerySet[Application]":
    related = Application.objects.select_related("project", "pot__district", "pot__year__model")
    return related.filter(project=project).order_by("pk")


@prepared
def _taking_part(project: int) -> "QuerySet[Participation]":
    return Participation.objects.filter(project=project).select_related("district")


@prepared
def _answers_of(project: int) -> "QuerySet[Participation, tuple[Any, ...]]":
    return Participation.objects.filter(project=project).order_by().values_list(*ANSWER)


@prepared
def _financing_of(project: int) -> "QuerySet[FinancingItem]":
    return FinancingItem.objects.filter(project=project)


@prepared
def _state_of_year(year: int) -> "QuerySet[FiscalYear, str]":
    return FiscalYear.objects.filter(pk=year).order_by().values_list("state", flat=True)


class Overtaken(Exception):
    """Somebody changed the project after it was read; nothing was written."""


def proved(step: Callable[Concatenate[Application, P], T]) -> Callable[Concatenate[Application, P], T]:
    """Take a step on what is read before the lock; where that changed meanwhile, again with the project locked.

    So reading, checking and wording hold up nobody: SQLite has one writer at a time, whatever it writes.
    """

    @wraps(step)
    def taken(application: Application, *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return step(application, *args, **kwargs)
        except Overtaken:
            with transaction.atomic():
                project_services.lock(Project(pk=application.project_id))
                return step(application, *args, **kwargs)

    return taken


@dataclass
class Case:
    """One application with everything that a step on it may change: read without a lock, proved under it."""

    step: Step
    project: Project
    application: Application
    siblings: list[Application]
    #: The project's plan, read once: eligibility, the row's mark and the totals share it.
    rows: Rows
    pot: Pot
    roles: Roles
    actor: User
    on: date
    #: Called as soon as the project is locked and found as it was read, before anything is written.
    first: "First | None" = None
    #: What the step leaves, worded before the lock.
    decision: Decision = field(default_factory=Decision)
    letters: list[OutboxMail] = field(default_factory=list)

    @classmethod
    def read(
        cls,
        step: Step,
        application: Application,
        *,
        actor: User,
        on: date | None,
        first: "First | None" = None,
    ) -> "Case":
        """Read what the step looks at; check the transition and the permission.

        Raises TransitionNotAllowed, ConflictOfInterest or NotEligible.
        """
        day = value_date(on)
        # Read first: the version that comes with it tells of every later change.
        siblings = _applications_of(application.project_id)
        current = next(a for a in siblings if a.pk == application.pk)
        project = current.project
        taking_part = _taking_part(project.pk)
        # What a prefetch would leave.
        project._prefetched_objects_cache = {"participations": taking_part}
        roles = Roles(actor, day)
        if objection := permissions.objection_to(step, roles, current):
            raise objection
        current.lapsed = permissions.lapsed_signature(current, day) if step in SIGNS else ""
        transitions.check(Step.APPROVE if current.lapsed else step, current)
        rows = Rows(costs_of(project.pk), _financing_of(project.pk), taking_part)
        return cls(step, project, current, siblings, rows, current.pot, roles, actor, day, first)

    @contextmanager
    def locked(
        self,
        *,
        amount: Decimal | None = None,
        reason: str = "",
        financing: str = "",
        resolution: Resolution | None = None,
    ) -> Iterator[None]:
        """Word the decision and its letters, then begin the transaction, lock the project, write the decision, lock the pot.

        Raises Overtaken unless all that was read of the project still holds. The pot's counters and the state of
        its year are read under the pot's lock.
        """
        self.decision = _decision(
            self.application, self.step, roles=self.roles, actor=self.actor, on=self.on, amount=amount,
            reason=reason, financing=financing, resolution=resolution, district_id=self._acting_district,
        )  # fmt: skip
        self.letters = notices.letters(self.decision)
        with transaction.atomic():
            if (
                project_services.lock_version(self.project.pk) != self.project.version
                or not self._same_answers()
            ):
                raise Overtaken
            if self.first:
                self.first(self)
            undone = self._undo_signature() if self.application.lapsed else None
            self.decision.save(force_insert=True)  # what is booked names it
            pot = lock_pot(self.pot.pk)
            pot.district, pot.year = self.pot.district, self.pot.year
            # Read after the lock: PostgreSQL would join the year as it was when waiting for the pot began.
            [pot.year.state] = _state_of_year(pot.year_id)
            self.pot = self.application.pot = pot
            if undone:
                self.unreserve(undone)
                # Stored as well, so that the database sees both steps one after the other.
                self.application.state = transitions.target(Step.UNSIGN, self.application)
                self.application.save(update_fields=["state", "reserved"])
            yield

    def _undo_signature(self) -> Decision:
        """A first signature that does not count is taken back by a decision of its own, for the history."""
        return record(
            self.application, Step.UNSIGN, roles=self.roles, actor=self.actor, on=self.on,
            amount=self.application.reserved,
            reason=f"Sie gilt nicht mehr: Wer gezeichnet hat, {self.application.lapsed}.",
        )  # fmt: skip

    def _same_answers(self) -> bool:
        """Every change of plan and applications raises the version; a further district's answer does not."""
        read = {tuple(getattr(p, name) for name in ANSWER) for p in self.rows.participations}
        # Without further districts, one joins by a change of the plan alone.
        return not read or read == set(_answers_of(self.project.pk))

    def require_open_year(self) -> None:
        require_open(self.pot.year)

    def require_available(self, amount: Decimal) -> None:
        """The check under the lock; an amount reserved for this application counts as free for it."""
        available = self.application.available
        if amount > available:
            raise PotExhausted(self.pot.name, available=available, asked=amount)

    def book(self, kind: str, amount: Decimal, text: str = "", *, cause: Decision | None = None) -> None:
        self.require_open_year()
        post(
            self.pot,
            kind,
            amount,
            actor=self.actor,
            value_date=self.on,
            decision=cause or self.decision,
            text=text or self.project.number or "",
        )

    def unreserve(self, cause: Decision | None = None) -> None:
        """Leaving "reserved" on any way gives the reserved sum back to the pot."""
        if self.application.reserved:
            self.book("unreserve", self.application.reserved, cause=cause)
            self.application.reserved = ZERO

    def row(self) -> FinancingItem | None:
        """The line of the financing plan that this application pays for."""
        key = row_key(self.pot).items()
        return next((r for r in self.rows.financing if all(getattr(r, k) == v for k, v in key)), None)

    def mark_row(self, *, locked: bool, granted: Decimal | None) -> None:
        row = self.row()
        if row:
            row.locked, row.granted = locked, granted
            row.save(update_fields=["locked", "granted"])

    def finish(self) -> Application:
        """Move the state, derive the project's state, post the letters."""
        self.application.state = transitions.target(self.step, self.application)
        self.application.save(update_fields=MOVED)
        if self.decision.mandate_id:
            # Acted for a district: out for ever where the Wirtschaftsförderung decides on this project.
            self.project.editors.add(self.actor)
        if self.step in DECIDES:
            self.project.latest_decision = self.decision.pk
        derive_state(self.project, self.siblings, self.on, self.actor, self.rows)
        notices.post(self.letters, self.decision)
        return self.application

    @property
    def _acting_district(self) -> int | None:
        if self.step == Step.WITHDRAW:
            return self.project.lead_district_id
        return self.pot.district_id


#: What a form adds to a step: that its key is spent, and that its user saw what is decided on.
First = Callable[[Case], None]


def _decision(
    application: Application,
    step: Step,
    *,
    roles: Roles,
    actor: User,
    on: date,
    amount: Decimal | None = None,
    reason: str = "",
    financing: str = "",
    resolution: Resolution | None = None,
    district_id: int | None = None,
) -> Decision:
    """A step's decision, with the mandate it is taken under and whom a deputy stands in for; not yet written."""
    mandate: Mandate | None = roles.mandate_for(district_id)
    return Decision(
        application=application,
        step=step,
        amount=amount,
        reason=reason,
        financing=financing,
        resolution=resolution,
        actor=actor,
        mandate=mandate,
        in_stead_of=acted_for(mandate, on) if mandate else None,
        on=on,
    )


def record(application: Application, step: Step, **taken: Any) -> Decision:
    """Write the Decision row of a step."""
    decision = _decision(application, step, **taken)
    decision.save(force_insert=True)
    return decision


def pot_rows(project: Project) -> "QuerySet[FinancingItem]":
    """The lines of the financing plan that draw on pots."""
    return FinancingItem.objects.filter(project=project, kind__in=FinancingItem.FROM_POTS)


def row_key(pot: Pot) -> dict[str, object]:
    """How a financing row names the pot: by district, by kind, or by the special pot's code."""
    if pot.kind == Pot.Kind.PILLAR_1:
        return {"kind": FinancingItem.Kind.PILLAR_1, "district_id": pot.district_id}
    if pot.kind == Pot.Kind.PILLAR_2:
        return {"kind": FinancingItem.Kind.PILLAR_2}
    return {"kind": FinancingItem.Kind.SPECIAL, "pot_code": pot.code}


def state_of(applications: Sequence[Application]) -> Project.State:
    """What the states of its applications make of a project; granted, it is open until its plan balances."""
    A, P = Application.State, Project.State
    states = {a.state for a in applications}
    for state, of_project in (
        (A.RETURNED, P.RETURNED),
        (A.APPROVED, P.FUNDING_OPEN),  # refresh() makes it "bewilligt" once nothing is open any more
        (A.RESERVED, P.RESERVED),
        (A.SUBMITTED, P.SUBMITTED),
        (A.SETTLED, P.SETTLED),
    ):
        if state in states:
            return of_project
    ended = {A.REVOKED: P.REVOKED, A.REJECTED: P.REJECTED, A.WITHDRAWN: P.WITHDRAWN}
    latest = max(applications, key=lambda a: (a.decided_on or a.submitted_on, a.pk))
    return ended[A(latest.state)]


def derive_state(
    project: Project, applications: list[Application], on: date, actor: User, rows: Rows | None = None
) -> None:
    """The project's stored state from its applications; publishes from the first approval. Saves."""
    granted = any(a.state == Application.State.APPROVED for a in applications)
    project.state = state_of(applications)
    if granted and project.published_on is None:
        project.published_on = on
    project.changed_by = actor
    project_services.refresh(
        project, rows or Rows.of(project), changed=("number", "published_on", "latest_decision")
    )


def require_closed_gap(project: Project) -> None:
    """Nothing is paid while a share is undecided or the plan has a gap (DESIGN.md, "Money core")."""
    if project.state != Project.State.APPROVED:
        difference = project.plan_difference
        if difference > 0:
            what = f"Es fehlen noch {format_euro(difference)}"
        elif difference < 0:
            what = f"Die Finanzierung liegt {format_euro(-difference)} über den Kosten"
        else:
            what = "Ein Betrag aus einem Topf ist noch nicht entschieden oder nicht mehr beantragt"
        raise TransitionNotAllowed(
            f"Die Finanzierung ist noch offen, ausgezahlt wird erst danach. {what}. Die Geschäftsführung "
            "des federführenden Stadtbezirks passt Kosten oder andere Mittel im Plan an."
        )


def remember_decisions() -> None:
    """``Project.latest_decision`` of rows that were written past the services: a load of many projects."""
    decided = Decision.objects.filter(step__in=DECIDES).order_by()
    of_project = decided.filter(application__project=OuterRef("pk")).values("application__project")
    latest = Subquery(of_project.annotate(latest=Max("pk")).values("latest"))
    Project.objects.filter(pk__in=decided.values("application__project")).update(latest_decision=latest)
