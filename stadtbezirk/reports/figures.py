"""Count what the report pages show. Amounts in euro. An unknown figure is None, never zero."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, fields
from decimal import Decimal
from functools import reduce
from operator import add
from typing import Any

from django.db.models import Count, Q, Sum
from django.utils import timezone

from funding.models import Application, FiscalYear, Pot
from members.common.money import ZERO, money
from members.models import District
from projects.models import FieldOfAction, Project
from stadtbezirk.models import PublishedFigure

#: The year of the association's founding.
FIRST_YEAR = 2003
#: The amounts of a pot that a year's report adds up.
SUMMED = ("allotted", "committed", "paid")


def last_year() -> int:
    """Return the running calendar year, the last one of the reports."""
    return timezone.localdate().year


@dataclass
class Counted:
    """Numbers of published projects, and the euro granted to them."""

    projects: int = 0
    with_third_party: int = 0
    cross_district: int = 0
    special: int = 0
    granted: Decimal = ZERO

    def __add__(self, other: "Counted") -> "Counted":
        return Counted(
            self.projects + other.projects,
            self.with_third_party + other.with_third_party,
            self.cross_district + other.cross_district,
            self.special + other.special,
            self.granted + other.granted,
        )


@dataclass
class Requests:
    """Numbers of applications to pillar 2: all, granted, waiting. And their euro, asked for and granted."""

    asked: int = 0
    granted: int = 0
    waiting: int = 0
    cross_district: int = 0
    cross_district_granted: int = 0
    special: int = 0
    special_granted: int = 0
    asked_sum: Decimal = ZERO
    granted_sum: Decimal = ZERO

    def __add__(self, other: "Requests") -> "Requests":
        return Requests(*(getattr(self, name) + getattr(other, name) for name in REQUESTS))


REQUESTS = tuple(f.name for f in fields(Requests))


def _published() -> Any:
    return Project.objects.filter(published_on__isnull=False).order_by()


def _counted(projects: Any, key: str) -> dict[Any, Counted]:
    """Return the numbers of these projects for each value of ``key``. One query."""
    counted = projects.values_list(key).annotate(
        projects=Count("pk"),
        with_third_party=Count("pk", filter=Q(has_third_party=True)),
        cross_district=Count("pk", filter=Q(is_cross_district=True)),
        special=Count("pk", filter=~Q(special_importance="")),
        granted=Sum("granted_total"),
    )
    return {value: Counted(*figures) for value, *figures in counted}


def _requests(**wanted: Any) -> Any:
    """Return the numbers of applications to pillar 2, by budget year and field of action."""
    granted = Q(state__in=Application.GRANTED)
    cross_district = Q(project__is_cross_district=True)
    special = ~Q(project__special_importance="")
    return (
        Application.objects.filter(pot__kind=Pot.Kind.PILLAR_2, **wanted)
        .order_by()
        .values_list("pot__year__year", "project__main_field")
        .annotate(
            asked=Count("pk"),
            answered=Count("pk", filter=granted),
            waiting=Count("pk", filter=Q(state__in=Application.PENDING)),
            cross_district=Count("pk", filter=cross_district),
            cross_district_granted=Count("pk", filter=cross_district & granted),
            special=Count("pk", filter=special),
            special_granted=Count("pk", filter=special & granted),
            asked_sum=Sum("requested"),
            granted_sum=Sum("granted", filter=granted, default=money(ZERO)),
        )
    )


@dataclass
class Line:
    """A line of the tables on pillar 2. ``query`` is appended to the address of the list of applications."""

    label: str
    requests: Requests
    query: str


@dataclass
class Pillar2:
    """Applications to pillar 2 by budget year and by field of action, and all together."""

    by_year: list[Line]
    by_field: list[Line]
    total: Line


def pillar_2(fields: Iterable[FieldOfAction], year: int | None = None) -> Pillar2:
    """Return all applications to pillar 2, or those of one budget year. One query."""
    wanted = {} if year is None else {"pot__year__year": year}
    by_year: dict[int, Requests] = {}
    by_field: dict[int | None, Requests] = {}
    for at, of, *values in _requests(**wanted):
        found = Requests(*values)
        by_year[at] = by_year.get(at, Requests()) + found
        by_field[of] = by_field.get(of, Requests()) + found
    own = f"&jahr={year}" if year else ""
    return Pillar2(
        [Line(str(y), by_year[y], f"&jahr={y}") for y in sorted(by_year, reverse=True)],
        [Line(f.name, by_field[f.pk], f"{own}&feld={f.pk}") for f in fields if f.pk in by_field],
        Line("zusammen", total(by_year.values(), Requests()), own),
    )


def total(parts: Iterable[Any], start: Any) -> Any:
    """Return the sum of the parts."""
    return reduce(add, parts, start)


@dataclass
class YearRow:
    """One year of the overview: published figures beside the projects counted here."""

    year: int
    published: PublishedFigure | None
    counted: Counted | None
    #: Euro granted and paid for projects. None for a year without pots here.
    granted: Decimal | None
    paid: Decimal | None


@dataclass
class DistrictFigure:
    """A district's published figure, beside the projects counted here that it leads or takes part in."""

    published: PublishedFigure
    counted: int
    with_third_party: int


@dataclass
class Overview:
    """All years, all published figures of districts, and pillar 2."""

    years: list[YearRow]
    districts: list[DistrictFigure]
    pillar_2: Pillar2
    #: Number of published projects from before the association's founding.
    earlier: int


def _paid_by_year() -> dict[int, Decimal]:
    """Return the euro paid for projects in each budget year that was opened. One query."""
    return dict(
        Pot.objects.filter(kind__in=Pot.FOR_PROJECTS)
        .exclude(year__state=FiscalYear.State.PLANNED)
        .order_by()
        .values_list("year__year")
        .annotate(paid_for_projects=Sum("paid"))
    )


def overview() -> Overview:
    """Return all years since the founding, newest first. Seven queries."""
    figures = PublishedFigure.objects.select_related("district").order_by("-year", "district__name")
    city = {f.year: f for f in figures if f.district_id is None}
    counted = _counted(_published(), "year")
    paid = _paid_by_year()
    found = {}
    for year in range(last_year(), FIRST_YEAR - 1, -1):
        here = counted.get(year)
        granted = (here or Counted()).granted if year in paid else None
        found[year] = YearRow(year, city.get(year), here, granted, paid.get(year))
    of_districts = [f for f in figures if f.district_id is not None]
    by_district = district_counts({f.year for f in of_districts}, {f.district_id or 0 for f in of_districts})
    return Overview(
        years=list(found.values()),
        districts=[
            DistrictFigure(f, *by_district.get((f.year, f.district_id or 0), (0, 0))) for f in of_districts
        ],
        pillar_2=pillar_2(FieldOfAction.objects.all()),
        earlier=sum(c.projects for year, c in counted.items() if year < FIRST_YEAR),
    )


def district_counts(
    years: Collection[int], districts: Collection[int]
) -> dict[tuple[int, int], tuple[int, int]]:
    """Return numbers of published projects for each (year, district): all, and with third-party money.

    Projects count that the district leads or takes part in. Two queries.
    """
    found: dict[tuple[int, int], tuple[int, int]] = {}
    for district in ("lead_district", "participations__district"):
        counted = (
            _published()
            .filter(Q((f"{district}__in", districts)), year__in=years)
            .values_list("year", district)
            .annotate(projects=Count("pk"), third_party=Count("pk", filter=Q(has_third_party=True)))
        )
        for year, key, projects, third_party in counted:
            before = found.get((year, key), (0, 0))
            found[year, key] = (before[0] + projects, before[1] + third_party)
    return found


@dataclass
class DistrictRow:
    """A district in a year's report: projects counted here, its published figure, and its pot."""

    district: District
    projects: int
    with_third_party: int
    published: PublishedFigure | None
    pot: Pot | None


@dataclass
class PotSum:
    """What pots of one kind had, granted and paid (euro). ``pot`` is set for a single pot."""

    name: str
    kind: str
    allotted: Decimal
    committed: Decimal
    paid: Decimal
    pot: Pot | None = None


@dataclass
class YearReport:
    """Everything known about one year."""

    year: int
    fiscal_year: FiscalYear | None
    published: PublishedFigure | None
    counted: Counted
    districts: list[DistrictRow]
    fields: list[tuple[FieldOfAction | None, Counted]]
    pots: list[PotSum]
    pillar_2: Pillar2
    #: Euro paid for projects from all pots. None for a year without pots here.
    paid: Decimal | None = None
    pot_total: PotSum | None = field(default=None)


def year_report(year: int) -> YearReport:
    """Return everything known about one year. Nine queries."""
    figures = {f.district_id: f for f in PublishedFigure.objects.filter(year=year)}
    fields = list(FieldOfAction.objects.all())
    by_field = _counted(_published().filter(year=year), "main_field")
    districts = list(District.objects.all())
    counts = district_counts([year], [d.pk for d in districts])
    fiscal_year = FiscalYear.objects.filter(year=year).exclude(state=FiscalYear.State.PLANNED).first()
    pots = list(fiscal_year.pots.select_related("district", "year").order_by("code")) if fiscal_year else []
    by_district = {p.district_id: p for p in pots if p.is_pillar_1}
    lines = pot_sums(pots)
    known: list[FieldOfAction | None] = [*fields, None]
    report = YearReport(
        year=year,
        fiscal_year=fiscal_year,
        published=figures.get(None),
        counted=total(by_field.values(), Counted()),
        districts=[
            DistrictRow(d, *counts.get((year, d.pk), (0, 0)), figures.get(d.pk), by_district.get(d.pk))
            for d in districts
        ],
        fields=[(each, by_field[pk]) for each in known if (pk := each.pk if each else None) in by_field],
        pots=lines,
        pillar_2=pillar_2(fields, year),
    )
    if fiscal_year:
        report.paid = sum((line.paid for line in lines if line.kind in Pot.FOR_PROJECTS), ZERO)
        sums: list[Any] = [sum((getattr(line, name) for line in lines), ZERO) for name in SUMMED]
        report.pot_total = PotSum("alle Töpfe", "", *sums)
    return report


def pot_sums(pots: list[Pot]) -> list[PotSum]:
    """Return the pots of all districts as one line, then every other pot."""
    own = [p for p in pots if p.is_pillar_1]
    lines = []
    if own:
        number = "zwölf" if len(own) == 12 else len(own)
        sums = [total((getattr(p, name) for p in own), ZERO) for name in SUMMED]
        lines = [PotSum(f"Säule 1, {number} Stadtbezirke", Pot.Kind.PILLAR_1, *sums)]
    for kind in (*Pot.CENTRAL, Pot.Kind.OVERHEAD):
        lines += [PotSum(p.name, p.kind, p.allotted, p.committed, p.paid, p) for p in pots if p.kind == kind]
    return lines
