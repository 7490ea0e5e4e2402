"""Count what the report pages show. Amounts in euro. An unknown figure is None, never zero."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum
from django.utils import timezone

from funding.models import Application, FiscalYear, Pot
from members.common.counting import counted
from members.common.days import FIRST_YEAR
from members.common.money import ZERO, money
from members.models import District
from projects.models import FieldOfAction, Project
from stadtbezirk.models import PublishedFigure

THIRD_PARTY = Q(has_third_party=True)
#: What is counted of projects.
PROJECTS = {
    "projects": Count("pk"),
    "with_third_party": Count("pk", filter=THIRD_PARTY),
    "cross_district": Count("pk", filter=Q(is_cross_district=True)),
    "special": Count("pk", filter=~Q(special_importance="")),
    "granted": Sum("granted_total", default=money(ZERO)),
}

_GRANTED = Q(state__in=Application.GRANTED)
_CROSS_DISTRICT = Q(project__is_cross_district=True)
_SPECIAL = ~Q(project__special_importance="")
#: What is counted of applications to pillar 2.
REQUESTS = {
    "asked": Count("pk"),
    "approved": Count("pk", filter=_GRANTED),
    "waiting": Count("pk", filter=Q(state__in=Application.PENDING)),
    "cross_district": Count("pk", filter=_CROSS_DISTRICT),
    "cross_district_approved": Count("pk", filter=_CROSS_DISTRICT & _GRANTED),
    "special": Count("pk", filter=_SPECIAL),
    "special_approved": Count("pk", filter=_SPECIAL & _GRANTED),
    "asked_sum": Sum("requested"),
    "granted_sum": Sum("granted", filter=_GRANTED, default=money(ZERO)),
}


def last_year() -> int:
    """Return the running calendar year, the last one of the reports."""
    return timezone.localdate().year


def _published() -> "QuerySet[Project]":
    return Project.objects.filter(published_on__isnull=False).order_by()


def _by_district(projects: "QuerySet[Project]") -> dict[tuple[int, int | None], Counter[str]]:
    """Return how many ``projects``, and how many ``with_third_party``, each (year, district) has.

    A project counts in the district that leads it and in those that take part.
    """
    found: dict[tuple[int, int | None], Counter[str]] = defaultdict(Counter)
    for district in ("lead_district", "participations__district"):
        counted = projects.values("year", district).annotate(
            projects=Count("pk"), with_third_party=Count("pk", filter=THIRD_PARTY)
        )
        for row in counted:
            found[row["year"], row[district]].update(
                projects=row["projects"], with_third_party=row["with_third_party"]
            )
    return found


def _pillar_2(year: int | None = None) -> dict[str, Any]:
    """Return the applications to pillar 2 ``by_year``, ``by_field`` and in ``total``.

    Of one budget year, or of all. ``query`` is appended to the address of the list of applications.
    """
    wanted, query = ({}, "") if year is None else ({"pot__year__year": year}, f"&jahr={year}")
    rows: Any = (
        Application.objects.filter(pot__kind=Pot.Kind.PILLAR_2, **wanted)
        .order_by()
        .values(at=F("pot__year__year"), field=F("project__main_field"))
        .annotate(**REQUESTS)
    )
    by_year: dict[int, Counter[str]] = defaultdict(Counter)
    by_field: dict[int | None, Counter[str]] = defaultdict(Counter)
    total: Counter[str] = Counter()
    for row in rows:
        for sums in (by_year[row.pop("at")], by_field[row.pop("field")], total):
            sums.update(row)
    return {
        "by_year": [
            {"label": at, "query": f"&jahr={at}", **by_year[at]} for at in sorted(by_year, reverse=True)
        ],
        "by_field": [
            {"label": field.name, "query": f"{query}&feld={field.pk}", **by_field[field.pk]}
            for field in FieldOfAction.objects.all()
            if field.pk in by_field
        ],
        "total": {"label": "zusammen", "query": query, **total},
    }


def overview() -> dict[str, Any]:
    """Return all years since the founding, newest first, all published figures of districts, and pillar 2."""
    figures = PublishedFigure.objects.select_related("district")
    city = {figure.year: figure for figure in figures if not figure.district}
    recorded: dict[int, Any] = {row["year"]: row for row in _published().values("year").annotate(**PROJECTS)}
    opened = Pot.objects.filter(kind__in=Pot.FOR_PROJECTS).exclude(year__state=FiscalYear.State.PLANNED)
    paid = dict(opened.order_by().values_list("year__year").annotate(Sum("paid")))
    years = []
    for year in range(last_year(), FIRST_YEAR - 1, -1):
        here = recorded.get(year)
        granted = (here["granted"] if here else ZERO) if year in paid else None
        years.append(
            {
                "year": year,
                "published": city.get(year),
                "counted": here,
                "granted": granted,
                "paid": paid.get(year),
            }
        )
    by_district = _by_district(_published().filter(year__in={figure.year for figure in figures}))
    earlier = sorted((year for year in recorded if year < FIRST_YEAR), reverse=True)
    return {
        "years": years,
        "districts": [
            {"published": figure, "counted": by_district[figure.year, figure.district_id]}
            for figure in figures
            if figure.district
        ],
        "pillar_2": _pillar_2(),
        "earlier": earlier,
        "earlier_count": sum(recorded[year]["projects"] for year in earlier),
    }


def year_report(year: int) -> dict[str, Any]:
    """Return everything known about one year."""
    projects = _published().filter(year=year)
    figures = {figure.district_id: figure for figure in PublishedFigure.objects.filter(year=year)}
    fiscal_year = FiscalYear.objects.filter(year=year).exclude(state=FiscalYear.State.PLANNED).first()
    pots = list(fiscal_year.pots.select_related("district", "year")) if fiscal_year else []
    pot_of = {pot.district_id: pot for pot in pots if pot.is_pillar_1}
    by_district = _by_district(projects)
    by_field = projects.values("main_field", "main_field__name").annotate(**PROJECTS)
    in_order = (F("main_field__position").asc(nulls_last=True), "main_field__folded_name")
    return {
        "year": year,
        "fiscal_year": fiscal_year,
        "published": figures.get(None),
        "counted": projects.aggregate(**PROJECTS),
        "districts": [
            {
                "district": district,
                "counted": by_district[year, district.pk],
                "published": figures.get(district.pk),
                "pot": pot_of.get(district.pk),
            }
            for district in District.objects.all()
        ],
        "fields": list(by_field.order_by(*in_order)),
        "pots": pot_lines(pots),
        "pot_total": pot_sum("alle Töpfe", pots),
        "paid": sum((pot.paid for pot in pots if pot.kind in Pot.FOR_PROJECTS), ZERO),
        "pillar_2": _pillar_2(year),
    }


def pot_lines(pots: list[Pot]) -> list[dict[str, Any] | Pot]:
    """Return the pots of all districts as one line, then every other pot."""
    own = [pot for pot in pots if pot.is_pillar_1]
    districts = "zwölf Stadtbezirke" if len(own) == 12 else counted(len(own), "Stadtbezirk", "Stadtbezirke")
    lines = [pot_sum(f"Säule 1, {districts}", own)] if own else []
    kinds = (*Pot.CENTRAL, Pot.Kind.OVERHEAD)
    return lines + [pot for kind in kinds for pot in pots if pot.kind == kind]


def pot_sum(name: str, pots: Iterable[Pot]) -> dict[str, Any]:
    """Return what these pots together have, granted and paid, under a name."""
    sums: dict[str, Decimal] = {
        field: sum((getattr(pot, field) for pot in pots), ZERO) for field in ("allotted", "committed", "paid")
    }
    return {"name": name, **sums}
