"""Rows as CSV or XLSX for German spreadsheets, written as they are read: memory stays flat at any size."""

import csv
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import xlsxwriter
from django.http import FileResponse, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone

from projects.money import ZERO, format_number

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class Column:
    """A German heading and how a row's cell is made; a Decimal is euro and is summed below the rows."""

    heading: str
    value: Callable[[Any], str | int | date | Decimal | None]
    width: int = 16
    summed: bool = False


def _safe(text: str) -> str:
    """A spreadsheet would take these beginnings for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def _csv_cell(value: Any) -> str:
    if isinstance(value, Decimal):
        return format_number(value).replace(".", "").replace("−", "-")
    if isinstance(value, date):
        return f"{value:%d.%m.%Y}"
    return "" if value is None else _safe(str(value))


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        return text


def _csv(columns: Sequence[Column], rows: Iterable[Any], chosen: str) -> Iterator[str]:
    writer = csv.writer(_Echo(), delimiter=";")
    sums = {column: ZERO for column in columns if column.summed}
    yield "\ufeff" + writer.writerow([_safe(chosen)])
    yield writer.writerow([column.heading for column in columns])
    count = 0
    for row in rows:
        cells = [column.value(row) for column in columns]
        for column, cell in zip(columns, cells, strict=True):
            if column.summed and isinstance(cell, Decimal):
                sums[column] += cell
        count += 1
        yield writer.writerow([_csv_cell(cell) for cell in cells])
    yield writer.writerow([f"Summe ({count})", *(_csv_cell(sums.get(column)) for column in columns[1:])])


def _xlsx(columns: Sequence[Column], rows: Iterable[Any], chosen: str, file: Any) -> None:
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(file, options)
    sheet = book.add_worksheet("Auswahl")
    strong = book.add_format({"bold": True})
    euro = book.add_format({"num_format": '#,##0.00 "€"'})
    total = book.add_format({"num_format": '#,##0.00 "€"', "bold": True})
    day = book.add_format({"num_format": "dd.mm.yyyy"})
    for index, column in enumerate(columns):
        sheet.set_column(index, index, column.width)
    sheet.freeze_panes(2, 0)
    sheet.write_string(0, 0, chosen)
    for index, column in enumerate(columns):
        sheet.write_string(1, index, column.heading, strong)
    sums = {column: ZERO for column in columns if column.summed}
    line = 1
    for line, row in enumerate(rows, start=2):
        for index, column in enumerate(columns):
            cell = column.value(row)
            if isinstance(cell, Decimal):
                sums[column] = sums.get(column, ZERO) + cell
                sheet.write_number(line, index, float(cell), euro)
            elif isinstance(cell, date):
                sheet.write_datetime(line, index, cell, day)
            elif isinstance(cell, int):
                sheet.write_number(line, index, cell)
            elif cell:
                sheet.write_string(line, index, cell)
    sheet.write_string(line + 1, 0, f"Summe ({line - 1})", strong)
    for index, column in enumerate(columns):
        if column.summed and index:
            sheet.write_number(line + 1, index, float(sums[column]), total)
    book.close()


def download(
    kind: str, name: str, columns: Sequence[Column], rows: Iterable[Any], chosen: str
) -> HttpResponseBase:
    """``kind`` is csv or xlsx; ``chosen`` says above the rows what was selected. Kept by no cache."""
    filename = f"{name}-{timezone.localdate():%Y-%m-%d}.{kind}"
    response: HttpResponseBase
    if kind == "csv":
        response = StreamingHttpResponse(_csv(columns, rows, chosen), content_type="text/csv; charset=utf-8")
        response.headers["Content-Disposition"] = f'attachment; filename="{filename}"'
    else:
        file = tempfile.TemporaryFile()  # noqa: SIM115 (the response closes it)
        _xlsx(columns, rows, chosen, file)
        file.seek(0)
        response = FileResponse(file, as_attachment=True, filename=filename, content_type=XLSX)
    response.headers["Cache-Control"] = "private, no-store"
    return response
