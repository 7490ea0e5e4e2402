"""The yearly list: which files of a calendar year may go, by kind and project, and which not yet and why."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.core.files.storage import default_storage
from django.db.models import Count, Sum, Value

from funding.closing.models import DeletionItem
from funding.closing.retention.periods import Kept, Periods
from funding.closing.retention.sources import MATTERS, SOURCES, Source, reopened_years
from members.common.stored import path_of
from projects.models import Project


@dataclass(frozen=True)
class Group:
    """Files of one kind and project: how many, their bytes, from when they may go, and why not before.

    ``first_day`` is None while a matter is open, or where no period is known: then nobody can tell the day.
    """

    number: int
    size: int
    project: Project | None
    first_day: date | None
    why: str
    may_go: bool


@dataclass
class Part:
    """The files of one kind of a calendar year."""

    source: Source
    groups: list[Group] = field(default_factory=list)

    @property
    def what(self) -> str:
        return self.source.what.value

    @property
    def title(self) -> str:
        return str(self.source.what.label)

    @property
    def nouns(self) -> tuple[str, str]:
        return self.source.what.nouns

    @property
    def going(self) -> list[Group]:
        return [group for group in self.groups if group.may_go]

    @property
    def staying(self) -> list[Group]:
        return [group for group in self.groups if not group.may_go]

    @property
    def number(self) -> int:
        """Return how many files may go."""
        return sum(group.number for group in self.going)

    @property
    def size(self) -> int:
        """Return how many bytes the files have that may go."""
        return sum(group.size for group in self.going)

    @property
    def number_staying(self) -> int:
        return sum(group.number for group in self.staying)


def parts_of(year: int, today: date) -> list[Part]:
    """Return what arose in the calendar year and is there, by kind. One query per kind, and four more."""
    periods, reopened = Periods(today), reopened_years()
    found = [(source, list(_counted(source, year, reopened))) for source in SOURCES]
    keys = {row["of_project"] for _, rows in found for row in rows}
    projects = Project.objects.in_bulk([key for key in keys if key])
    parts = []
    for source, rows in found:
        groups = []
        for row in rows:
            kept = periods.kept(source.kind, row["of_year"])
            first_day, why = judged(kept, row["matter"], year)
            groups.append(
                Group(
                    row["number"], row["size"], projects.get(row["of_project"]), first_day, why,
                    first_day is not None and first_day <= today,
                )
            )  # fmt: skip
        groups.sort(key=lambda group: (str(group.project or ""), not group.may_go))
        if groups:
            parts.append(Part(source, groups))
    return parts


def judged(kept: Kept | None, matter: str, year: int) -> tuple[date | None, str]:
    """Return from which local date something of the calendar year may go, and by which rule: the latest counts.

    An open matter has no end that is known.
    """
    if kept is None:
        return None, "Für diese Art ist keine Frist eingetragen"
    if matter:
        return None, f"Offen: {MATTERS[matter]}"
    return kept.until(year), kept.rule


def _counted(source: Source, year: int, reopened: set[int]) -> Iterator[dict[str, Any]]:
    rows = source.rows(year, reopened).values("of_project", "of_year", "matter")
    if source.size:
        yield from rows.annotate(number=Count("pk"), size=Sum(source.size))
        return
    if source.content:
        yield from rows.annotate(number=Count("pk"), size=Value(0))
        return
    for row in rows.values("of_project", "of_year", "matter", "sha256").annotate(number=Count("pk")):
        yield row | {"size": stored_size(row["sha256"])}


def stored_size(sha256: str) -> int:
    """Return how many bytes the stored file has; 0 where it is missing."""
    try:
        return int(default_storage.size(path_of(sha256)))
    except FileNotFoundError:
        return 0


@dataclass(frozen=True)
class YearRow:
    """A calendar year in the index: how many files are there, and how many went."""

    year: int
    there: int
    gone: int
    first_day: date | None
    """From when the first of them may go, by the law."""


def years(today: date) -> list[YearRow]:
    """Return the calendar years until today from which something is there or went, the newest first. A query per kind, and four more."""
    periods = Periods(today)
    there: dict[int, int] = {}
    first: dict[int, date] = {}
    for source in SOURCES:
        for row in source.present_rows().values("arose").annotate(number=Count("pk")):
            year = row["arose"]
            there[year] = there.get(year, 0) + row["number"]
            if kept := periods.kept(source.kind, year):
                first[year] = min(first.get(year, date.max), kept.until(year))
    items = DeletionItem.objects.gone().values("deletion__year").annotate(number=Count("pk")).order_by()
    gone = {row["deletion__year"]: row["number"] for row in items}
    return [
        YearRow(year, there.get(year, 0), gone.get(year, 0), first.get(year))
        for year in sorted(there.keys() | gone.keys(), reverse=True)
        if year <= today.year
    ]
