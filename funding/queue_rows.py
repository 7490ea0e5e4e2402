"""The applications that a page of the list shows, each as its row needs it."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from django.db.models import BooleanField, ExpressionWrapper, QuerySet
from django.utils import timezone

from funding.filters import ApplicationFilter
from funding.four_eyes import signature_lapsed
from funding.models import Application, FiscalYear, Pot
from funding.queue import turn_of, whose_turn
from members.permissions import Roles
from members.prepared import prepared
from projects.early_start import EarlyStart, early_start_of
from projects.filters import NOTHING
from projects.models import Participation, Project


@dataclass
class Row:
    """Amounts in euro. What the row is made of comes first, in the order of ``FIELDS``."""

    #: Rows of values: fifty applications with their projects, pots and signers cost several times as much.
    FIELDS: ClassVar = (
        "pk", "state", "requested", "reserved", "granted", "waiting_since", "first_signer__email",
        "first_signer__person__given_name", "first_signer__person__family_name",
        "project_id", "project__number", "project__year", "project__state", "project__title",
        "project__lead_district_id", "project__requested_total", "project__starts_on", "project__ends_on",
        "pot_id", "pot__year_id", "pot__kind", "pot__district_id", "pot__source", "mine", "sign_anew",
    )  # fmt: skip

    pk: int
    state: str
    requested: Decimal
    reserved: Decimal
    granted: Decimal | None
    waiting_since: date
    signer_email: str | None
    signer_given_name: str | None
    signer_family_name: str | None
    project_id: int
    number: str
    project_year: int
    project_state: str
    title: str
    lead_district_id: int
    requested_total: Decimal
    starts_on: date | None
    ends_on: date | None
    pot_id: int
    year_id: int
    pot_kind: str
    pot_district_id: int | None
    pot_source: str
    #: Whether it waits for this user.
    mine: bool
    #: Whether who signed first may not sign any more.
    sign_anew: bool
    #: For how many days it waits for anybody.
    days: int | None = None
    pot_name: str = ""
    year: int = 0
    districts: str = ""

    @property
    def display_title(self) -> str:
        return self.title or Project.NO_TITLE

    @property
    def first_signer(self) -> str:
        """As an account calls itself (``User.__str__``)."""
        if self.signer_family_name is None:
            return self.signer_email or ""
        return f"{self.signer_given_name} {self.signer_family_name}"

    def early_start(self, today: date) -> EarlyStart | None:
        """That the project begins before its money is approved, while it waits."""
        if self.days is None:
            return None
        return early_start_of(
            self.project_state, self.project_year, self.requested_total, self.starts_on, self.ends_on, today
        )


@prepared
def _values(
    applications: Collection[int],
    signs: int | None,
    mandates: Collection[int] | None,
    own: Collection[int] | None,
    day: date,
) -> "QuerySet[Application, Any]":
    """Whose turn it is, is said of each row: as a condition it would be looked for among all that waits."""
    mine = ExpressionWrapper(whose_turn(signs, mandates, own), output_field=BooleanField())
    found = Application.objects.filter(pk__in=applications).annotate(
        mine=mine, sign_anew=signature_lapsed(day)
    )
    return found.order_by().values_list(*Row.FIELDS)


@prepared
def _taking_part(projects: Collection[int]) -> "QuerySet[Participation, tuple[int, int]]":
    return Participation.objects.filter(project__in=projects).values_list("project", "district")


def rows_of(
    keys: Collection[int], filterset: ApplicationFilter, years: Iterable[FiscalYear], roles: Roles
) -> list[Row]:
    """The applications with these keys, in their order. At most three queries.

    Whose turn it is asks other tables for each row that it judges: so it is asked of the rows of the page alone.
    """
    today = timezone.localdate()
    found = {values[0]: Row(*values) for values in _values(keys or NOTHING, *turn_of(roles), today)}
    rows = [found[key] for key in keys if key in found]
    further: dict[int, list[int]] = {}
    for project, district in _taking_part([row.project_id for row in rows] or NOTHING):
        further.setdefault(project, []).append(district)
    wanted = {key for row in rows for key in (row.lead_district_id, row.pot_district_id)}
    districts = filterset.districts_of(wanted.union(*further.values()))
    named = {year.pk: year.year for year in years}
    pots: dict[int, str] = {}
    for row in rows:
        row.days = (today - row.waiting_since).days if row.state in Application.PENDING else None
        if row.pot_id not in pots:
            district = districts.get(row.pot_district_id)
            pots[row.pot_id] = Pot(kind=row.pot_kind, source=row.pot_source, district=district).name
        row.pot_name = pots[row.pot_id]
        row.year = named[row.year_id]
        involved = (row.lead_district_id, *further.get(row.project_id, ()))
        row.districts = ", ".join(districts[key].name for key in involved)
    return rows
