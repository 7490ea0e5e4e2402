"""Counting for the report pages. Amounts in euro; what is not known is None, never zero."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from functools import reduce
from operator import add
from typing import Any

from django.db.models import Count, Q, Sum
from django.utils import timezone

from funding.models import Application, FiscalYear, Pot
from members.models import District
from projects.models import FieldOfAction, Participation, Project
from projects.money import ZERO
from stadtbezirk.models import PublishedFigure

#: The association's founding.
FIRST_YEAR = 2003
#: Pots that pay for projects.
FOR_PROJECTS = (Pot.Kind.PILLAR_1, Pot.Kind.PILLAR_2, Pot.Kind.SPECIAL)


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


COUNTS: dict[str, Any] = {
    "projects": Count("pk"),
    "with_third_party": Count("pk", filter=Q(has_third_party=True)),
    "cross_district": Count("pk", filter=Q(is_cross_district=True)),
    "special": Count("pk", filter=~Q(special_importance="")),
    "granted": Sum("granted_total"),
}


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


_GRANTED = Q(state__in=Application.GRANTED)
_CROSS = Q(project__is_cross_district=True)
_SPECIAL = ~Q(project__special_importance="")
REQUESTS: dict[str, Any] = {
    "asked": Count("pk"),
    "granted": Count("pk", filter=_GRANTED),
    "waiting": Count("pk", filter=Q(state__in=Application.PENDING)),
    "cross_district": Count("pk", filter=_CROSS),
    "cross_district_granted": Count("pk", filter=_CROSS & _GRANTED),
    "special": Count("pk", filter=_SPECIAL),
    "special_granted": Count("pk", filter=_SPECIAL & _GRANTED),
    "asked_sum": Sum("requested"),
    "granted_sum": Sum("granted", filter=_GRANTED),
}


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
    rows: Any = Application.objects.filter(pot__kind=Pot.Kind.PILLAR_2).order_by()
    if year is not None:
        rows = rows.filter(pot__year__year=year)
    by_year: dict[int, Requests] = {}
    by_field: dict[int | None, Requests] = {}
    # Not named as the model's own fields are: an alias would hide them from the next aggregate.
    named = {f"n_{name}": aggregate for name, aggregate in REQUESTS.items()}
    for row in rows.values("pot__year__year", "project__main_field_id").annotate(**named):
        found = Requests(**{name: row[f"n_{name}"] or getattr(Requests, name) for name in REQUESTS})
        at, of = row["pot__year__year"], row["project__main_field_id"]
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


def overview() -> Overview:
    """All years since the founding, newest first. Seven queries."""
    figures = list(PublishedFigure.objects.select_related("district").order_by("-year", "district__name"))
    city = {f.year: f for f in figures if f.district_id is None}
    counted = counted_by_year()
    paid = dict(
        Pot.objects.filter(kind__in=FOR_PROJECTS)
        .exclude(year__state=FiscalYear.State.PLANNED)
        .order_by()
        .values_list("year__year")
        .annotate(paid_for_projects=Sum("paid"))
    )
    found = {}
    for year in range(last_year(), FIRST_YEAR - 1, -1):
        here = counted.get(year)
        granted = (here or Counted()).granted if year in paid else None
        found[year] = YearRow(year, city.get(year), here, granted, paid.get(year))
    of_districts = [f for f in figures if f.district_id is not None]
    by_district = district_counts({f.year for f in of_districts}, {f.district_id for f in of_districts})
    return Overview(
        years=list(found.values()),
        districts=[
            DistrictFigure(f, *by_district.get((f.year, f.district_id or 0), (0, 0))) for f in of_districts
        ],
        pillar_2=pillar_2(list(FieldOfAction.objects.all())),
        earlier=sum(c.projects for year, c in counted.items() if year < FIRST_YEAR),
    )


#: What the overview shows of a year; an index holds it.
OF_A_YEAR = {name: COUNTS[name] for name in ("projects", "with_third_party", "granted")}


def counted_by_year() -> dict[int, Counted]:
    """Published projects by budget year, as far as the overview shows them. One query."""
    return {row.pop("year"): Counted(**row) for row in _published().values("year").annotate(**OF_A_YEAR)}


def _published() -> Any:
    return Project.objects.filter(published_on__isnull=False).order_by()


def district_counts(
    years: Iterable[int], districts: Iterable[int | None] | None = None
) -> dict[tuple[int, int], tuple[int, int]]:
    """(year, district) -> projects it leads or takes part in, and those with third-party money. Two queries.

    Of all districts unless some are named.
    """
    found: dict[tuple[int, int], tuple[int, int]] = {}
    leading = _published().filter(year__in=years).values_list("year", "lead_district")
    taking_part = Participation.objects.filter(
        project__year__in=years, project__published_on__isnull=False
    ).order_by()
    if districts is not None:
        leading = leading.filter(lead_district__in=districts)
        taking_part = taking_part.filter(district__in=districts)
    for rows, prefix in (
        (leading, ""),
        (taking_part.values_list("project__year", "district"), "project__"),
    ):
        with_third_party = Count("pk", filter=Q(**{f"{prefix}has_third_party": True}))
        for year, district, n, third in rows.annotate(n=Count("pk"), third=with_third_party):
            before = found.get((year, district), (0, 0))
            found[year, district] = (before[0] + n, before[1] + third)
    return found


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


def year_report(year: int) -> YearReport:
    """What is known of one year. Nine queries."""
    figures = {f.district_id: f for f in PublishedFigure.objects.filter(year=year)}
    fields = list(FieldOfAction.objects.all())
    rows = _published().filter(year=year).values("main_field_id").annotate(**COUNTS)
    by_field = {row.pop("main_field_id"): Counted(**row) for row in rows}
    counts = district_counts([year])
    fiscal_year = FiscalYear.objects.filter(year=year).exclude(state=FiscalYear.State.PLANNED).first()
    pots = list(
        Pot.objects.filter(year=fiscal_year).select_related("district", "year").order_by("kind", "code")
        if fiscal_year
        else ()
    )
    by_district = {p.district_id: p for p in pots if p.kind == Pot.Kind.PILLAR_1}
    known: list[FieldOfAction | None] = [*fields, None]
    report = YearReport(
        year=year,
        fiscal_year=fiscal_year,
        published=figures.get(None),
        counted=total(by_field.values(), Counted()),
        districts=[
            DistrictRow(d, *counts.get((year, d.pk), (0, 0)), figures.get(d.pk), by_district.get(d.pk))
            for d in District.objects.all()
        ],
        fields=[(each, by_field[pk]) for each in known if (pk := each.pk if each else None) in by_field],
        pots=pot_sums(pots),
        pillar_2=pillar_2(fields, year),
    )
    if fiscal_year:
        report.paid = sum((p.paid for p in pots if p.kind in FOR_PROJECTS), ZERO)
        report.pot_total = _sum("alle Töpfe", "", pots)
    return report


def pot_sums(pots: list[Pot]) -> list[PotSum]:
    """The twelve district pots as one line, then every other pot."""
    own = [p for p in pots if p.kind == Pot.Kind.PILLAR_1]
    lines = [_sum("Säule 1, zwölf Stadtbezirke", Pot.Kind.PILLAR_1, own)] if own else []
    order = (Pot.Kind.PILLAR_2, Pot.Kind.SPECIAL, Pot.Kind.OVERHEAD)
    others = sorted(
        (p for p in pots if p.kind in order), key=lambda p: (order.index(Pot.Kind(p.kind)), p.code)
    )
    return lines + [PotSum(p.name, p.kind, p.allotted, p.committed, p.paid, p) for p in others]


def _sum(name: str, kind: str, pots: list[Pot]) -> PotSum:
    return PotSum(
        name,
        kind,
        sum((p.allotted for p in pots), ZERO),
        sum((p.committed for p in pots), ZERO),
        sum((p.paid for p in pots), ZERO),
    )
