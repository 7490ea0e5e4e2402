"""What all steps on an application share: begin under the project's lock, book, finish."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db.models import Max, OuterRef, QuerySet, Subquery, prefetch_related_objects

from funding import hooks, notices, permissions, transitions
from funding.chains import lengthen
from funding.errors import TransitionNotAllowed
from funding.ledger import lock_pots, post
from funding.models import DECIDES, Application, Decision, FiscalYear, PlanRow, Pot, Step
from funding.models.decision import LAPSED
from funding.plan import row_of, state_of
from funding.rules import require_free, require_no_iban, require_open, require_plain_words, value_date
from funding.services.once import spend
from funding.terms import Terms, keep, plan_rows
from members.common.money import ZERO
from members.models import Resolution, User
from members.roles.permissions import Roles, acted_for
from projects import services as project_services
from projects.history import Rows
from projects.models import CostItem, FinancingItem, Project

#: The fields of an application that a step may change.
MOVED = (
    "carried_to", "state", "reserved", "granted", "called", "paid", "financing", "waiting_since", "first_signer", "second_signer",
    "decided_on", "requested", "reclaimed", "chain_length", "chain_end",
)  # fmt: skip
#: The steps that undo a lapsed first signature first.
SIGNS = (Step.SIGN, Step.APPROVE)


@dataclass(frozen=True)
class Locked:
    """A project that is locked until the transaction ends, and the roles of who acts, read after that."""

    project: Project
    roles: Roles


def lock(application: Application, *, actor: User, on: date | None = None) -> Locked:
    """Lock the application's project. For callers who lock rows of their own before they take a step on it.

    Raises TransitionNotAllowed for a day to come.
    """
    day = value_date(on)
    return Locked(project_services.lock(Project(pk=application.project_id)), Roles(actor, day))


@dataclass
class Case:
    """One step that is being taken: the project is locked, and everything here was read after that."""

    step: Step
    application: Application
    #: All applications of the project, by key.
    applications: list[Application]
    roles: Roles
    actor: User
    on: date

    @cached_property
    def rows(self) -> Rows:
        """Return the project's plan. Steps on called and paid money do not ask for it."""
        project = self.project
        return Rows(
            list(CostItem.objects.filter(project=project)),
            list(FinancingItem.objects.filter(project=project).select_related("district")),
            list(project.participations.all()),
        )

    @property
    def project(self) -> Project:
        return self.application.project

    @property
    def pot(self) -> Pot:
        """Return the pot that the step books in."""
        return self.application.booking_pot

    def decide(
        self,
        *,
        amount: Decimal | None = None,
        reason: str = "",
        financing: str = "",
        resolution: Resolution | None = None,
        terms: Terms | None = None,
        into: Pot | None = None,
        plan: Sequence[PlanRow] | None = None,
    ) -> None:
        """Write the step's decision with what a grant is tied to, then lock the pot and read it and its year anew.

        ``plan`` are the rows that it keeps with ``terms``; by default those of the project's plan.
        ``into`` is another pot that the step books in; it is locked with the first, and stays as ``self.into``.
        What is checked from here on holds until the end of the transaction.
        A lapsed first signature is undone first, by a decision of its own.
        Raises YearNotOpen, or TransitionNotAllowed for a reason with an IBAN, or words that its letter must not have.
        """
        require_no_iban(reason, field="reason")
        app = self.application
        require_plain_words(self.step, app, reason, self.on)
        undone = self._undo_signature() if app.lapsed else None
        lead = self.project.lead_district_id
        # Money of a pot without a district is called for the lead district.
        district_id = lead if self.step == Step.WITHDRAW else self.pot.district_id or lead
        self.decision = record(
            app, self.step, roles=self.roles, actor=self.actor, on=self.on, amount=amount, reason=reason,
            financing=financing, resolution=resolution, district_id=district_id, into=into, terms=terms,
            rows=self.rows if terms and plan is None else None, plan=plan,
        )  # fmt: skip
        self._lock(into)
        self.require_open_year()
        if undone:
            self.unreserve(undone)
            # Saved here, so that the triggers see the two changes of state one after the other.
            app.state = transitions.target(Step.UNSIGN, app)
            app.save(update_fields=["state", "reserved", "chain_length", "chain_end"])

    def _lock(self, into: Pot | None) -> None:
        """Lock the pot, and the one that the step books in besides it; read both and their years after that."""
        app, pot = self.application, self.pot
        there = [pot.pk] if into is None else [pot.pk, into.pk]
        locked = {each.pk: each for each in lock_pots(Pot.objects.filter(pk__in=there))}
        # Read after the lock: PostgreSQL would join the year as it was when waiting for the pot began.
        years = FiscalYear.objects.select_related("model").in_bulk({each.year_id for each in locked.values()})
        for each in locked.values():
            each.district, each.year = pot.district, years[each.year_id]
        if app.carried_to_id:
            app.carried_to = locked[pot.pk]
        else:
            app.pot = locked[pot.pk]
        self.into = locked[into.pk] if into else None

    def require_open_year(self) -> None:
        """Raise YearNotOpen, but for steps that book nothing or find a pot of an open year.

        Those are returning and withdrawing as long as nothing is reserved, and once the year is closed what
        concerns money that was paid.
        """
        if self.pot.year.is_closed and self.step in transitions.AFTER_CLOSING:
            return
        if self.application.reserved or self.step not in transitions.IN_A_PLANNED_YEAR:
            require_open(self.pot.year)

    def _undo_signature(self) -> Decision:
        return record(
            self.application, Step.UNSIGN, roles=self.roles, actor=self.actor, on=self.on,
            amount=self.application.reserved,
            reason=f"{LAPSED}Wer gezeichnet hat, {self.application.lapsed}.",
        )  # fmt: skip

    def require_available(self, amount: Decimal) -> None:
        """Raise PotExhausted if the pot has less; the application's own reservation counts as free."""
        require_free(self.pot, amount, besides=self.application.reserved)

    def book(
        self, kind: str, amount: Decimal, *, cause: Decision | None = None, pot: Pot | None = None
    ) -> None:
        """Book ``amount`` euro in the locked pot; the cause is the step's decision by default.

        ``pot`` is another locked pot. Raises YearNotOpen.
        """
        pot = pot or self.pot
        require_open(pot.year)
        post(
            pot,
            kind,
            amount,
            actor=self.actor,
            value_date=self.on,
            decision=cause or self.decision,
            text=self.project.number or "",
        )

    def unreserve(self, cause: Decision | None = None) -> None:
        """Release what is reserved for the application in the pot, if anything."""
        if self.application.reserved:
            self.book("unreserve", self.application.reserved, cause=cause)
            self.application.reserved = ZERO

    def raise_row(self, granted: Decimal) -> None:
        """Store in the plan's row that it is asked for and granted so many euro as the application."""
        row = row_of(self.application.pot, self.rows.financing)
        if row:
            row.amount, row.granted = self.application.requested, granted
            row.save(update_fields=["amount", "granted"])

    def mark_row(self, *, locked: bool, granted: Decimal | None) -> None:
        """Store in the plan's row whether it is locked and how many euro it was granted (None: undecided)."""
        row = row_of(self.application.pot, self.rows.financing)
        if row:
            row.locked, row.granted = locked, granted
            row.save(update_fields=["locked", "granted"])

    def finish(self) -> Application:
        """Save the application's new state, derive the project's state, and write the letters."""
        self.application.state = transitions.target(self.step, self.application)
        self.application.save(update_fields=MOVED)
        if self.decision.mandate_id:
            # The actor acted for a district: four eyes bar them for ever on this project.
            self.project.editors.add(self.actor)
        if self.step in DECIDES:
            self.project.latest_decision = self.decision.pk
        if self.step in transitions.MOVE_CALLED:
            project_services.mark_changed(self.project, self.actor)
        else:
            derive_state(self.project, self.applications, self.on, self.actor, self.rows)
        notices.tell_of_step(self.decision)
        for heard in hooks.after_step:
            heard(self.decision)
        return self.application


def begin(
    step: Step,
    application: Application,
    *,
    actor: User,
    on: date | None = None,
    key: str | None = None,
    seen: str | None = None,
    locked: Locked | None = None,
    right: Step | None = None,
) -> Case:
    """Lock the application's project and return the step's case, with everything read after the lock.

    The caller has begun a transaction.
    ``locked`` is what ``lock`` returned in it for the same person and day, if it was called.
    Of ``application`` only its key is used.
    ``key`` is the form's one-time key; it is spent here.
    ``seen`` is what the user's form was opened on (``transitions.seen_of``); anything else is refused.
    ``on`` is the value date (default: today); a day to come is refused.
    ``right`` is another step: who may take that one may take this.
    Raises AlreadyDone, ConflictOfInterest, NotEligible, YearNotOpen or TransitionNotAllowed.
    """
    locked = locked or lock(application, actor=actor, on=on)
    project, roles, day = locked.project, locked.roles, locked.roles.day
    if key is not None:
        spend(key, actor)
    prefetch_related_objects([project], "participations__district")
    applications = list(_applications_of(project))
    for each in applications:
        each.project = project
    current = next(each for each in applications if each.pk == application.pk)
    if objection := permissions.objection_to(right or step, roles, current):
        raise objection
    current.lapsed = permissions.lapsed_signature(current, day) if step in SIGNS else ""
    transitions.check(Step.APPROVE if current.lapsed else step, current)
    if seen is not None and seen != transitions.seen_of(current):
        raise TransitionNotAllowed(transitions.what_changed(seen, current))
    case = Case(step, current, applications, roles, actor, day)
    case.require_open_year()  # asked again under the pot's lock, which a closing waits for
    return case


def _applications_of(project: Project) -> "QuerySet[Application]":
    related = (
        "pot__district", "pot__year__model", "carried_to__district", "carried_to__year__model", "first_signer__person",
    )  # fmt: skip
    return Application.objects.filter(project=project).select_related(*related).order_by("pk")


def record(
    application: Application,
    step: Step,
    *,
    roles: Roles,
    actor: User,
    on: date,
    district_id: int | None = None,
    terms: Terms | None = None,
    rows: Rows | None = None,
    plan: Sequence[PlanRow] | None = None,
    **taken: Any,
) -> Decision:
    """Write the decision of a step, with the mandate of the actor and, for a deputy, the one stood in for.

    With ``terms`` it keeps them, and ``plan``, or else the project's ``rows``. It is chained: the caller saves the application's new end.
    """
    mandate = roles.mandate_for(district_id)
    decision = Decision.objects.create(
        application=application,
        step=step,
        actor=actor,
        mandate=mandate,
        in_stead_of=acted_for(mandate, on) if mandate else None,
        on=on,
        **(terms.columns if terms else {}),
        **taken,
    )
    if rows is not None:
        plan = plan_rows(decision, rows)
    kept = keep(decision, terms, plan) if terms and plan is not None else ()
    lengthen(application, decision, *kept)
    return decision


def lock_open(pots: "QuerySet[Pot]") -> list[Pot]:
    """Lock these pots by key, return them with years read after that. Raises YearNotOpen."""
    locked = list(lock_pots(pots.select_related("district")))
    # Read after the lock: PostgreSQL would join the year as it was when waiting for the pot began.
    years = FiscalYear.objects.select_related("model").in_bulk({pot.year_id for pot in locked})
    for pot in locked:
        pot.year = years[pot.year_id]
        require_open(pot.year)
    return locked


def derive_state(
    project: Project, applications: list[Application], on: date, actor: User, rows: Rows | None = None
) -> None:
    """Set and save the project's state, as its applications make it. The first approval publishes it."""
    granted = any(a.state == Application.State.APPROVED for a in applications)
    project.state = state_of(applications)
    if granted and project.published_on is None:
        project.published_on = on
    project.changed_by = actor
    project_services.refresh(project, rows or Rows.of(project))


def remember_decisions() -> None:
    """Set ``Project.latest_decision`` of all projects, for loads that write without the services."""
    decided = Decision.objects.filter(step__in=DECIDES).order_by()
    of_project = decided.filter(application__project=OuterRef("pk")).values("application__project")
    latest = Subquery(of_project.annotate(latest=Max("pk")).values("latest"))
    Project.objects.filter(pk__in=decided.values("application__project")).update(latest_decision=latest)
