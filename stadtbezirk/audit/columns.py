"""What a table of the package is: columns that say what they mean, and how they are read."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from funding.models import FiscalYear
from members.common.export import CHUNK, Column


@dataclass(frozen=True)
class Told(Column):
    """A column that says what it means."""

    meaning: str = ""


@dataclass(frozen=True)
class Table:
    """A table of the package: the name of its files, its title, its columns, and the rows of a fiscal year."""

    name: str
    title: str
    columns: tuple[Told, ...]
    rows: Callable[[FiscalYear], Iterable[Any]]


def column(heading: str, value: Any, meaning: str, width: int = 16, *, summed: bool = False) -> Told:
    return Told(heading, value, width, summed, meaning)


def moment(name: str) -> Callable[[Any], str]:
    """Return the function that reads a moment as local time."""

    def read(row: Any) -> str:
        value: datetime | None = getattr(row, name)
        return f"{timezone.localtime(value):%d.%m.%Y %H:%M:%S}" if value else ""

    return read


def named(name: str) -> Callable[[Any], str]:
    """Return the function that reads a person or another row by its name; empty where there is none."""

    def read(row: Any) -> str:
        value = getattr(row, name)
        return str(value) if value is not None else ""

    return read


def shown(name: str) -> Callable[[Any], str]:
    """Return the function that reads the German word of a choice."""
    return lambda row: str(getattr(row, f"get_{name}_display")())


def number(project: Any) -> str:
    """Return the number of the project, by which its folder is found."""
    return project.number or f"ohne Nummer {project.pk}"


def project_number(row: Any) -> str:
    """Return the number of the project of a row's application; empty for an expense."""
    return number(row.application.project) if row.application else ""


def in_order(rows: Any, *related: str) -> Iterable[Any]:
    """Return the rows by their number, read along with what a line names, a part at a time."""
    found: Iterable[Any] = rows.select_related(*related).order_by("pk").iterator(CHUNK)
    return found
