"""Write rows as CSV or XLSX for German spreadsheets. A cell looks as the Python type of its value asks."""

import csv
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from io import TextIOWrapper
from operator import attrgetter
from typing import Any

from django.http import FileResponse, HttpResponseBase
from django.utils import timezone

from members.common.money import ZERO

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: Excel's number of the paper size.
A4 = 9
#: Rows that are read at once where a list is long.
CHUNK = 2000
#: A spreadsheet keeps 15 digits of a number. A longer one is written as text.
LARGEST_NUMBER = 10**15 - 1


@dataclass(frozen=True)
class Column:
    """A column of an export: a German heading, where a row has its value, and perhaps a sum below (euro).

    ``value`` is the path of an attribute, or a function of the row. None is an empty cell: not known.
    """

    heading: str
    value: str | Callable[[Any], Any]
    width: int = 16
    summed: bool = False

    @property
    def read(self) -> Callable[[Any], Any]:
        """Return the function that reads the value of a row."""
        return attrgetter(self.value) if isinstance(self.value, str) else self.value


class _Table:
    """The values of all rows, and after the last one the number of rows and the columns' sums (euro).

    The sum of a column in which nothing is known is None.
    """

    def __init__(self, columns: Sequence[Column], rows: Iterable[Any]) -> None:
        self.rows = rows
        self.readers = [column.read for column in columns]
        self.count = 0
        self.sums: dict[int, Decimal | None] = {
            index: None for index, column in enumerate(columns) if column.summed
        }

    def __iter__(self) -> Iterator[list[Any]]:
        for row in self.rows:
            values = [read(row) for read in self.readers]
            self.count += 1
            for index in self.sums:
                if values[index] is not None:
                    self.sums[index] = (self.sums[index] or ZERO) + values[index]
            yield values
        if not self.count:
            self.sums = dict.fromkeys(self.sums, ZERO)


def _csv_text(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "ja" if value else "nein"
        case Decimal():
            return f"{value:.2f}".replace(".", ",")
        case date():
            return f"{value:%d.%m.%Y}"
        case int():
            return str(value)
    text = str(value)
    # A spreadsheet would read such a text as a formula.
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def _csv(columns: Sequence[Column], rows: Iterable[Any], chosen: str, file: Any, day: date) -> None:
    text = TextIOWrapper(file, encoding="utf-8-sig", newline="")
    writer = csv.writer(text, delimiter=";")
    writer.writerow([column.heading for column in columns])
    table = _Table(columns, rows)
    for values in table:
        writer.writerow([_csv_text(value) for value in values])
    sums = [_csv_text(table.sums.get(index)) for index in range(1, len(columns))]
    # After an empty line, which ends what filters and pivot tables take as the list.
    writer.writerow([])
    writer.writerow([f"Summe ({table.count})", *sums])
    writer.writerow([_csv_text(chosen)])
    text.detach()


@dataclass(frozen=True)
class Sheet:
    """A table of a workbook, with its name: at most 31 characters, none of ``[]:*?/\\``."""

    name: str
    columns: Sequence[Column]
    rows: Iterable[Any]


def _xlsx(columns: Sequence[Column], rows: Iterable[Any], chosen: str, file: Any, day: date) -> None:
    _book([Sheet("Liste", columns, rows)], chosen, file, day)


def _book(sheets: Sequence[Sheet], chosen: str, file: Any, day: date) -> None:
    # Here, because it is a fifth of what a process loads before its first answer.
    import xlsxwriter

    # On a full disk the library leaves its files behind. They go with this folder.
    with tempfile.TemporaryDirectory() as folder:
        options = {
            "constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "tmpdir": folder,
        }  # fmt: skip
        book = xlsxwriter.Workbook(file, options)
        created = datetime.combine(day, time())
        book.set_properties(
            {"title": chosen, "author": "StadtbezirksMarketing Dortmund e. V.", "created": created}
        )
        strong = book.add_format({"bold": True})
        counts = [_write_sheet(book, each, strong) for each in sheets]
        about = book.add_worksheet("Angaben")
        about.set_column(0, 0, 16)
        about.set_column(1, 1, 80)
        about.write_string(0, 0, "Inhalt", strong)
        about.write_string(0, 1, chosen)
        about.write_string(1, 0, "Stand", strong)
        about.write_datetime(1, 1, day, book.add_format({"num_format": "dd.mm.yyyy", "align": "left"}))
        about.write_string(2, 0, "Zeilen", strong)
        about.write_number(2, 1, sum(counts), book.add_format({"align": "left"}))
        book.close()


def _write_sheet(book: Any, table_of: Sheet, strong: Any) -> int:
    """Write the table as a sheet of the workbook; return its number of rows."""
    columns = table_of.columns
    sheet = book.add_worksheet(table_of.name)
    heading = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
    euro = book.add_format({"num_format": '#,##0.00 "€"'})
    total = book.add_format({"num_format": '#,##0.00 "€"', "bold": True})
    day = book.add_format({"num_format": "dd.mm.yyyy"})
    for index, column in enumerate(columns):
        sheet.set_column(index, index, column.width)
        sheet.write_string(0, index, column.heading, heading)
    sheet.freeze_panes(1, 0)
    sheet.set_landscape()
    sheet.set_paper(A4)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    sheet.set_footer("&LStadtbezirksMarketing Dortmund e. V., &D&RSeite &P von &N")
    table = _Table(columns, table_of.rows)
    for line, values in enumerate(table, start=1):
        for index, value in enumerate(values):
            match value:
                case None | "":
                    pass
                case bool():
                    sheet.write_string(line, index, _csv_text(value))
                case Decimal():
                    sheet.write_number(line, index, float(value), euro)
                case date():
                    sheet.write_datetime(line, index, value, day)
                case int() if abs(value) <= LARGEST_NUMBER:
                    sheet.write_number(line, index, value)
                case _:
                    sheet.write_string(line, index, str(value))
    sheet.autofilter(0, 0, table.count, len(columns) - 1)
    # After an empty line, which ends what filters and pivot tables take as the list.
    last = table.count + 2
    sheet.write_string(last, 0, f"Summe ({table.count})", strong)
    for index, amount in table.sums.items():
        if amount is not None:
            sheet.write_number(last, index, float(amount), total)
    return table.count


_WRITERS: dict[str, tuple[Callable[..., None], str]] = {
    "csv": (_csv, "text/csv; charset=utf-8"),
    "xlsx": (_xlsx, XLSX),
}


def write(
    kind: str, columns: Sequence[Column], rows: Iterable[Any], chosen: str, file: Any, *, day: date
) -> None:
    """Write the rows into the open file (bytes). The same rows on the same local ``day`` give the same bytes."""
    _WRITERS[kind][0](columns, rows, chosen, file, day)


def download(
    kind: str, name: str, columns: Sequence[Column], rows: Iterable[Any], chosen: str
) -> HttpResponseBase:
    """Return the rows as a file to download; ``kind`` is csv or xlsx, ``chosen`` says what is listed.

    The first line is the heading, so that filters and pivot tables find it.

    The file is finished before the first byte is sent: a slow reader holds no query open, and an error never
    leaves half a file. No cache may keep the response.
    """
    _, content_type = _WRITERS[kind]
    return _sent(
        lambda file: write(kind, columns, rows, chosen, file, day=timezone.localdate()),
        f"{name}-{timezone.localdate():%Y-%m-%d}.{kind}",
        content_type,
    )


def download_book(name: str, sheets: Sequence[Sheet], chosen: str) -> HttpResponseBase:
    """Return a workbook with these sheets, as ``download`` does."""
    return _sent(
        lambda file: _book(sheets, chosen, file, timezone.localdate()),
        f"{name}-{timezone.localdate():%Y-%m-%d}.xlsx",
        XLSX,
    )


def _sent(write: Callable[[Any], None], filename: str, content_type: str) -> HttpResponseBase:
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    try:
        write(file)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    response = FileResponse(file, as_attachment=True, filename=filename, content_type=content_type)
    response.headers["Cache-Control"] = "private, no-store"
    return response
