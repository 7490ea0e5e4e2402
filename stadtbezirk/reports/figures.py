"""Counting for the report pages. Amounts in euro; what is not known is None, never zero."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, fields
from decimal import Decimal
from functools import reduce
from operator import add
from typing import Any

from django.db.models import Count, FilteredRelation, Q, QuerySet, Sum
from django.utils import timezone

from funding.models import FiscalYear, Pot
from members.models import District
from members.prepared import prepared
from projects.models import FieldOfAction
from projects.money import ZERO
from stadtbezirk.models import ApplicationsByPot, ProjectsByDistrict, ProjectsByField, PublishedFigure

#: The association's founding.
FIRST_YEAR = 2003
#: Pots that pay for projects.
FOR_PROJECTS = (Pot.Kind.PILLAR_1, Pot.Kind.PILLAR_2, Pot.Kind.SPECIAL)
#: What a year's report says of pots.
SUMMED = ("allotted", "committed", "paid")


def last_year() -> int:
    """The running calendar year."""
    return timezone.localdate().year


@dataclass
class Counted:
    """Published projects and what they were granted."""

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


COUNTED = tuple(f.name for f in fields(Counted))


@dataclass
class Requests:
    """Applications to pillar 2: how many, and how many of them were granted."""

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


def _stored(rows: Any, names: Iterable[str], *keys: str) -> Any:
    """Key and figures of what is stored; the first figure counts, and where it is nothing all are.

    A key may have several rows, and may have come to nothing.
    """
    # Not named as the model's own fields are: an alias would hide them from the next aggregate.
    sums = {f"n_{name}": Sum(name) for name in names}
    counts = next(iter(sums))
    return rows.order_by().values_list(*keys).annotate(**sums).filter(**{f"{counts}__gt": 0})


@prepared
def _counted_by_year() -> Any:
    return _stored(ProjectsByField.objects.all(), ("projects", "with_third_party", "granted"), "year")


@prepared
def _published_in(district: int) -> Any:
    return ProjectsByDistrict.objects.filter(district=district).values("projects")


@prepared
def _counted_by_district(years: Collection[int], districts: Collection[int]) -> Any:
    rows = ProjectsByDistrict.objects.filter(year__in=years, district__in=districts)
    return _stored(rows, ("projects", "with_third_party"), "year", "district_id")


def _of_pillar_2(**wanted: Any) -> Any:
    rows = ApplicationsByPot.objects.filter(pot__kind=Pot.Kind.PILLAR_2, **wanted)
    return _stored(rows, REQUESTS, "pot__year__year", "field_id")


@prepared
def _requests() -> Any:
    return _of_pillar_2()


@prepared
def _fields_of_action() -> "QuerySet[FieldOfAction]":
    return FieldOfAction.objects.all()


@dataclass
class Line:
    """A line of the tables on pillar 2; ``query`` narrows the list of applications to it."""

    label: str
    requests: Requests
    query: str


@dataclass
class Pillar2:
    """Applications to pillar 2 by year and by field of action, with the sum of all."""

    by_year: list[Line]
    by_field: list[Line]
    total: Line


def pillar_2(fields: list[FieldOfAction], year: int | None = None) -> Pillar2:
    """All applications to pillar 2, or those of one budget year. One query."""
    by_year: dict[int, Requests] = {}
    by_field: dict[int | None, Requests] = {}
    for at, of, *values in _requests() if year is None else _of_pillar_2(pot__year__year=year):
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
    return reduce(add, parts, start)


@dataclass
class YearRow:
    """A year of the overview."""

    year: int
    published: PublishedFigure | None
    counted: Counted | None
    #: Granted and paid for projects; None where no pots were kept here.
    granted: Decimal | None
    paid: Decimal | None


@dataclass
class DistrictFigure:
    """A district's published figure beside the projects it leads or takes part in here."""

    published: PublishedFigure
    counted: int
    with_third_party: int


@dataclass
class Overview:
    years: list[YearRow]
    districts: list[DistrictFigure]
    pillar_2: Pillar2
    #: Published projects from the time before the association.
    earlier: int


@prepared
def _published_figures() -> "QuerySet[PublishedFigure]":
    return PublishedFigure.objects.select_related("district").order_by("-year", "district__name")


@prepared
def _paid_by_year() -> Any:
    """For projects, of the years that were opened."""
    return (
        Pot.objects.filter(kind__in=FOR_PROJECTS)
        .exclude(year__state=FiscalYear.State.PLANNED)
        .order_by()
        .values_list("year__year")
        .annotate(paid_for_projects=Sum("paid"))
    )


def overview() -> Overview:
    """All years since the founding, newest first. Six queries."""
    figures = _published_figures()
    city = {f.year: f for f in figures if f.district_id is None}
    counted = counted_by_year()
    paid = dict(_paid_by_year())
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
        pillar_2=pillar_2(_fields_of_action()),
        earlier=sum(c.projects for year, c in counted.items() if year < FIRST_YEAR),
    )


def counted_by_year() -> dict[int, Counted]:
    """Published projects by budget year, as far as the overview shows them. One query."""
    return {
        year: Counted(projects, third, granted=granted)
        for year, projects, third, granted in _counted_by_year()
    }


def published_in(district: int) -> int:
    """Published projects that a district ever led or took part in. One query."""
    return _published_in.sums("projects")(district)[1]


def district_counts(
    years: Collection[int], districts: Collection[int]
) -> dict[tuple[int, int], tuple[int, int]]:
    """(year, district) -> published projects it leads or takes part in, and those with third-party money. One query."""
    found = _counted_by_district(years, districts)
    return {(year, district): (projects, third) for year, district, projects, third in found}


@dataclass
class DistrictRow:
    district: District
    projects: int
    with_third_party: int
    published: PublishedFigure | None
    pot: Pot | None


@dataclass
class PotSum:
    """What pots of one kind had, granted and paid; ``pot`` where it is a single one."""

    name: str
    kind: str
    allotted: Decimal
    committed: Decimal
    paid: Decimal
    pot: Pot | None = None


@dataclass
class YearReport:
    year: int
    fiscal_year: FiscalYear | None
    published: PublishedFigure | None
    counted: Counted
    districts: list[DistrictRow]
    fields: list[tuple[FieldOfAction | None, Counted]]
    pots: list[PotSum]
    pillar_2: Pillar2
    #: Paid for projects from all pots; None where no pots were kept here.
    paid: Decimal | None = None
    pot_total: PotSum | None = field(default=None)


def year_report(year: int, districts: Sequence[District]) -> YearReport:
    """What is known of one year, by itself for these districts. Seven queries."""
    figures = {f.district_id: f for f in PublishedFigure.objects.filter(year=year)}
    fields = _fields_of_action()
    rows = _stored(ProjectsByField.objects.filter(year=year), COUNTED, "field_id")
    by_field = {key: Counted(*values) for key, *values in rows}
    counts = district_counts([year], [d.pk for d in districts])
    fiscal_year = next(iter(_opened(year)), None)
    pots = list(
        fiscal_year.pots.filter(Q(district=None) | Q(district__in=districts))
        .select_related("district", "year")
        .order_by("kind", "code")
        if fiscal_year
        else ()
    )
    by_district = {p.district_id: p for p in pots if p.kind == Pot.Kind.PILLAR_1}
    lines = pot_sums(fiscal_year, pots) if fiscal_year else []
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
        report.paid = sum((line.paid for line in lines if line.kind in FOR_PROJECTS), ZERO)
        sums: list[Any] = [sum((getattr(line, name) for line in lines), ZERO) for name in SUMMED]
        report.pot_total = PotSum("alle Töpfe", "", *sums)
    return report


@prepared
def _opened(year: int) -> Any:
    """The year, where it was opened, with the sums of all districts' pots: of a thousand, a page shows few."""
    of_districts = FilteredRelation("pots", condition=Q(pots__kind=Pot.Kind.PILLAR_1))
    sums = {f"own_{name}": Sum(f"own__{name}") for name in SUMMED}
    opened = FiscalYear.objects.filter(year=year).exclude(state=FiscalYear.State.PLANNED)
    return opened.annotate(own=of_districts, own_pots=Count("own"), **sums)


def pot_sums(year: Any, pots: list[Pot]) -> list[PotSum]:
    """The pots of all districts as one line, then every other pot."""
    number = "zwölf" if year.own_pots == 12 else year.own_pots
    own = (getattr(year, f"own_{name}") for name in SUMMED)
    lines = [PotSum(f"Säule 1, {number} Stadtbezirke", Pot.Kind.PILLAR_1, *own)] if year.own_pots else []
    order = (Pot.Kind.PILLAR_2, Pot.Kind.SPECIAL, Pot.Kind.OVERHEAD)
    others = sorted(
        (p for p in pots if p.kind in order), key=lambda p: (order.index(Pot.Kind(p.kind)), p.code)
    )
    return lines + [PotSum(p.name, p.kind, p.allotted, p.committed, p.paid, p) for p in others]
