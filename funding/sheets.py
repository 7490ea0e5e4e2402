"""What the printed sheets for a meeting say about the pots behind a plan."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from operator import attrgetter

from funding.models import DECIDES, Application, Decision, Pot, Step
from funding.plan import pot_of
from funding.replay import retrace
from members.common.money import ZERO
from projects.models import FinancingItem, Project

#: States in which the money is decided, one way or the other.
DECIDED = (*Application.GRANTED, Application.State.REJECTED, Application.State.REVOKED)


@dataclass(frozen=True)
class PotLine:
    """A row of the plan beside its pot. Amounts in euro.

    ``pot`` is None where the year has no such pot.
    """

    row: FinancingItem
    pot: Pot | None
    application: Application | None

    @property
    def asked(self) -> Decimal:
        """Return the euro that the row asks for."""
        return self.row.amount or ZERO

    @property
    def free(self) -> Decimal | None:
        """Return the free euro for this row, its own reservation included; None once it is decided."""
        if self.pot is None or self.row.granted is not None:
            return None
        return self.pot.available + (self.application.reserved if self.application else ZERO)

    @property
    def after(self) -> Decimal | None:
        """Return the euro that would be free after granting the row in full; None as for ``free``."""
        return None if self.free is None else self.free - self.asked


def pot_lines(
    rows: Iterable[FinancingItem], pots: Sequence[Pot], applications: Iterable[Application]
) -> list[PotLine]:
    """Return the rows that draw on pots, in the plan's order. No query.

    ``pots`` are those of the project's year.
    """
    live = {a.pot_id: a for a in applications if a.state in Application.LIVE}
    lines = []
    for row in rows:
        if row.from_pot:
            pot = pot_of(row, list(pots))
            lines.append(PotLine(row, pot, live.get(pot.pk) if pot else None))
    return lines


@dataclass(frozen=True)
class Taken:
    """What was decided on an application: the steps that did, oldest first, and who signs them on paper."""

    application: Application
    steps: list[Decision]

    @property
    def signatures(self) -> list[str]:
        """Return a label per line: one for each who took the decision; a district's body signs by its chair."""
        last = self.steps[-1]
        if self.application.is_pillar_1:
            chair = ["Vorsitz Lenkungsgremium"] if last.resolution else []
            return [*chair, "Geschäftsführung"]
        if last.step == Step.APPROVE:
            signers = (self.application.first_signer, self.application.second_signer)
            return [str(signer) for signer in signers if signer]
        return [str(last.actor)]


def taken_on(projects: Iterable[int]) -> dict[int, list[Taken]]:
    """Return what was decided on the projects' (keys) applications, by project. One query."""
    decided = Decision.objects.filter(application__project__in=projects, application__state__in=DECIDED)
    steps = decided.with_names().select_related(
        "application__pot__district", "application__pot__year", "application__first_signer__person",
        "application__second_signer__person",
    )  # fmt: skip
    by_project: dict[int, list[Taken]] = {}
    for application, each in groupby(steps.order_by("application_id", "pk"), attrgetter("application")):
        walked = list(each)
        retrace(application, walked)
        taken = Taken(application, [step for step in walked if step.step in DECIDES])
        by_project.setdefault(application.project_id, []).append(taken)
    return by_project


@dataclass(frozen=True)
class Sheet:
    """One project as the Lenkungsgremium gets it on paper."""

    project: Project
    lines: list[PotLine]
    taken: list[Taken]

    @property
    def is_open(self) -> bool:
        """Return whether there is something to decide yet, so that room for it is printed."""
        return self.project.is_draft or any(line.row.granted is None for line in self.lines)


def waiting_in(district_id: int, limit: int) -> list[Application]:
    """Return what the Lenkungsgremium has to decide on the district's own pot, longest wait first."""
    return list(
        Application.objects.filter(
            pot__kind=Pot.Kind.PILLAR_1, pot__district_id=district_id, state=Application.State.SUBMITTED
        )
        .select_related(
            "pot__year", "pot__district", "project__lead_district", "project__main_field", "project__organiser",
            "project__project_group",
        )
        .prefetch_related(
            "project__cost_items",
            "project__financing_items__district",
            "project__participations__district",
            "project__further_fields",
        )
        .order_by("waiting_since", "pk")[:limit]
    )  # fmt: skip


def sheets_of(waiting: Sequence[Application]) -> list[Sheet]:
    """Return one sheet per application.

    Three queries: the pots of their years, the projects' applications, what was decided on them.
    """
    pots: dict[int, list[Pot]] = {}
    for pot in Pot.objects.filter(year__in={a.pot.year_id for a in waiting}).select_related(
        "district", "year"
    ):
        pots.setdefault(pot.year.year, []).append(pot)
    applications: dict[int, list[Application]] = {}
    for each in Application.objects.filter(project__in={a.project_id for a in waiting}):
        applications.setdefault(each.project_id, []).append(each)
    taken = taken_on({a.project_id for a in waiting})
    return [
        Sheet(
            a.project,
            pot_lines(
                a.project.financing_items.all(),
                pots.get(a.project.year, []),
                applications.get(a.project_id, []),
            ),
            taken.get(a.project_id, []),
        )
        for a in waiting
    ]
