"""Rows as CSV or XLSX for German spreadsheets, written as they are read: memory stays flat at any size.

A quarter of a million rows are read as bare values and made into cells a chunk of a column at a time: building an
object for each row took ten times as long as writing it.
"""

import csv
import io
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import date
from enum import Enum, auto
from functools import lru_cache, partial
from itertools import chain, islice
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.models import BigIntegerField, CharField, F, Field, IntegerField, Model, QuerySet
from django.db.models.functions import Cast
from django.http import FileResponse, HttpResponseBase
from django.utils import timezone

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: Rows that are read, made into cells and written together: so few that the processor's cache still holds them.
CHUNK = 500
#: The same where a column asks the database about each chunk.
ASKED_CHUNK = 2000
#: Amounts and days come again and again; so many of them stay written.
REMEMBERED = 20_000


class Kind(Enum):
    """How a column is read and written. Read are a day as ISO text and money as cents, on every database."""

    TEXT = auto()
    NUMBER = auto()
    DAY = auto()
    EURO = auto()
    YES_NO = auto()


class _Bare(Cast):
    """Read as the driver hands it over, without Django's conversion of each value."""

    def get_db_converters(self, connection: Any) -> list[Any]:
        return []


_READ_AS: dict[Kind, "Field[Any, Any]"] = {
    Kind.DAY: CharField(),
    Kind.EURO: BigIntegerField(),
    Kind.YES_NO: IntegerField(),
}


@dataclass(frozen=True)
class Column:
    """A German heading, the field or fields it is made of, and its sum below the rows.

    ``cells`` makes the cells of a chunk from its values, one sequence per field; without it the values are the cells.
    Of several fields the first is read as the kind says, the others as they are. ``asks``: making the cells takes a
    query a chunk. ``names``: what a foreign key points to; all their names are read once for a file.
    """

    heading: str
    fields: str | tuple[str, ...]
    width: int = 16
    kind: Kind = Kind.TEXT
    summed: bool = False
    cells: Callable[..., Iterable[Any]] | None = None
    asks: bool = False
    names: type[Model] | None = None

    @property
    def sources(self) -> list[Any]:
        names = (self.fields,) if isinstance(self.fields, str) else self.fields
        read_as = _READ_AS.get(self.kind)
        first = _Bare(names[0], read_as) if read_as else F(names[0])
        return [first, *map(F, names[1:])]

    def maker(self) -> Callable[..., Iterable[Any]] | None:
        """What makes the cells of one file. Joined to each of many rows, a name is looked for and decoded anew."""
        if self.names is None:
            return self.cells
        return partial(map, dict(self.names._default_manager.order_by().values_list("pk", "name")).get)


def looked_up(
    rows: "QuerySet[Any]", text: Callable[[Any], str] = str
) -> Callable[[Sequence[Any]], list[Any]]:
    """Cells that name the row a foreign key points to. One query a chunk."""

    def cells(keys: Sequence[Any]) -> list[Any]:
        names = {key: text(row) for key, row in rows.in_bulk(set(keys) - {None}).items()}
        return [names.get(key) for key in keys]

    return cells


def chosen_label(choices: Iterable[tuple[str, str]]) -> Callable[[Sequence[str]], Iterable[Any]]:
    """Cells that say a choice in German."""
    labels = {value: str(label) for value, label in choices}
    return lambda values: map(labels.get, values)


def _blocks(rows: "QuerySet[Any, Any]", *, asks: bool) -> Iterator[Any]:
    """Rows as the driver hands them over: an iterator would take them apart in order to convert nothing.

    PostgreSQL sends the next block while one is written; till the last its connection answers no column that asks.
    Who takes the blocks waits for nobody: the query holds back what changes the tables.
    """
    compiler = rows.query.get_compiler(rows.db)
    if asks or compiler.connection.vendor != "postgresql":
        # As Django's iterator: behind a pool that shares connections a cursor does not outlive its statement.
        chunked = not compiler.connection.settings_dict.get("DISABLE_SERVER_SIDE_CURSORS")
        yield from compiler.execute_sql(chunked_fetch=chunked, chunk_size=ASKED_CHUNK if asks else CHUNK)
        return
    try:
        sql, params = compiler.as_sql()
    except EmptyResultSet:
        return
    with compiler.connection.cursor() as cursor, closing(cursor.stream(sql, params, size=CHUNK)) as found:
        while block := [*islice(found, CHUNK)]:
            yield block


def _chunks(columns: Sequence[Column], rows: "QuerySet[Any]") -> Iterator[list[tuple[Any, ...]]]:
    """The cells of some rows at a time, a sequence per column."""
    sources = [column.sources for column in columns]
    taken, makers = [*map(len, sources)], [column.maker() for column in columns]
    found = rows.values_list(*chain(*sources))
    for chunk in _blocks(found, asks=any(column.asks for column in columns)):
        values = zip(*chunk, strict=True)
        made = []
        for take, make in zip(taken, makers, strict=True):
            own = [*islice(values, take)]
            made.append(tuple(make(*own)) if make else own[0])
        yield made


class _Sums:
    """Counts the rows and adds up the cents of the columns with a sum."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self.count = 0
        self.cents = {index: 0 for index, column in enumerate(columns) if column.summed}

    def add(self, chunk: Sequence[Sequence[Any]]) -> None:
        self.count += len(chunk[0])
        for index in self.cents:
            self.cents[index] += sum(filter(None, chunk[index]))


def _safe(text: str) -> str:
    """A spreadsheet would take these beginnings for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


#: A cell with one of these is quoted, a cell that begins with one of those is kept from becoming a formula.
_QUOTED, _FORMULA = ('"', ";", "\n", "\r"), ("=", "+", "-", "@", "\t")


def _csv_texts(cells: Sequence[Any]) -> Sequence[str]:
    """Guarded and quoted where it has to be; a chunk that needs neither is seen at one look."""
    try:
        whole = "\0" + "\0".join(cells)
    except TypeError:
        cells = [cell or "" for cell in cells]
        whole = "\0" + "\0".join(cells)
    # One character is found much faster than two.
    if any(mark in whole for mark in _QUOTED) or any(
        mark in whole and f"\0{mark}" in whole for mark in _FORMULA
    ):
        return [_quoted(_safe(text)) for text in cells]
    return cells


def _quoted(text: str) -> str:
    return '"{}"'.format(text.replace('"', '""')) if any(mark in text for mark in _QUOTED) else text


class _Written(dict[Any, str]):
    """What is written of each value, nothing of None; faster to ask than a function's cache."""

    def __init__(self, write: Callable[[Any], str]) -> None:
        super().__init__()
        self.write = write

    def __missing__(self, value: Any) -> str:
        if len(self) >= REMEMBERED:
            self.clear()
        self[value] = written = "" if value is None else self.write(value)
        return written


def _euro(cents: int) -> str:
    return f"-{_euro(-cents)}" if cents < 0 else f"{cents // 100},{cents % 100:02}"


_csv_number = _Written(str).__getitem__
_csv_euro = _Written(_euro).__getitem__
_csv_day = _Written(lambda day: f"{day[8:10]}.{day[5:7]}.{day[:4]}").__getitem__


def _yes_no(cells: Sequence[Any]) -> Iterable[str]:
    return map({0: "nein", 1: "ja"}.__getitem__, cells)


_TO_CSV: dict[Kind, Callable[[Sequence[Any]], Iterable[str]]] = {
    Kind.TEXT: _csv_texts,
    Kind.NUMBER: lambda cells: map(_csv_number, cells),
    Kind.DAY: lambda cells: map(_csv_day, cells),
    Kind.EURO: lambda cells: map(_csv_euro, cells),
    Kind.YES_NO: _yes_no,
}


def _csv_line(cells: Iterable[str]) -> str:
    line = io.StringIO()
    csv.writer(line, delimiter=";").writerow(cells)
    return line.getvalue()


def _csv(columns: Sequence[Column], rows: "QuerySet[Any]", chosen: str, file: Any) -> None:
    file.writelines(text.encode() for text in _csv_parts(columns, rows, chosen))


def _csv_parts(columns: Sequence[Column], rows: "QuerySet[Any]", chosen: str) -> Iterator[str]:
    yield "\ufeff" + _csv_line([_safe(chosen)])
    yield _csv_line(column.heading for column in columns)
    sums = _Sums(columns)
    for chunk in _chunks(columns, rows):
        sums.add(chunk)
        texts = [_TO_CSV[column.kind](cells) for column, cells in zip(columns, chunk, strict=True)]
        yield "\r\n".join([*map(";".join, zip(*texts, strict=True)), ""])
    totals = (_csv_euro(sums.cents.get(index)) for index in range(1, len(columns)))
    yield _csv_line([f"Summe ({sums.count})", *totals])


@lru_cache(REMEMBERED)
def _xlsx_day(day: str | None) -> int | None:
    """A day as spreadsheets count it."""
    return (date.fromisoformat(day) - date(1899, 12, 30)).days if day else None


_TO_XLSX: dict[Kind, Callable[[Sequence[Any]], Iterable[Any]]] = {
    Kind.TEXT: lambda cells: cells,
    Kind.NUMBER: lambda cells: cells,
    Kind.DAY: lambda cells: map(_xlsx_day, cells),
    Kind.EURO: lambda cells: (None if cents is None else cents / 100 for cents in cells),
    Kind.YES_NO: _yes_no,
}


def _xlsx(columns: Sequence[Column], rows: "QuerySet[Any]", chosen: str, file: Any) -> None:
    # The library leaves its files where the disk is full; this folder goes with them.
    with tempfile.TemporaryDirectory() as folder:
        _write_book(columns, rows, chosen, file, folder)


def _write_book(
    columns: Sequence[Column], rows: "QuerySet[Any]", chosen: str, file: Any, folder: str
) -> None:
    options = {
        "constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "tmpdir": folder,
    }  # fmt: skip
    import xlsxwriter  # a fifth of what a process loads until its first answer

    book = xlsxwriter.Workbook(file, options)
    sheet = book.add_worksheet("Auswahl")
    strong = book.add_format({"bold": True})
    euro = book.add_format({"num_format": '#,##0.00 "€"'})
    total = book.add_format({"num_format": '#,##0.00 "€"', "bold": True})
    formats = {Kind.EURO: euro, Kind.DAY: book.add_format({"num_format": "dd.mm.yyyy"})}
    for index, column in enumerate(columns):
        sheet.set_column(index, index, column.width)
    sheet.freeze_panes(2, 0)
    sheet.write_string(0, 0, chosen)
    for index, column in enumerate(columns):
        sheet.write_string(1, index, column.heading, strong)
    writers = [
        (
            index,
            sheet.write_string if column.kind in (Kind.TEXT, Kind.YES_NO) else sheet.write_number,
            formats.get(column.kind),
        )
        for index, column in enumerate(columns)
    ]
    sums = _Sums(columns)
    line = 1
    for chunk in _chunks(columns, rows):
        sums.add(chunk)
        values = [_TO_XLSX[column.kind](cells) for column, cells in zip(columns, chunk, strict=True)]
        for row in zip(*values, strict=True):
            line += 1
            for (index, write, form), cell in zip(writers, row, strict=True):
                if cell is not None and cell != "":
                    write(line, index, cell, form)
    sheet.write_string(line + 1, 0, f"Summe ({sums.count})", strong)
    for index, cents in sums.cents.items():
        if index:
            sheet.write_number(line + 1, index, cents / 100, total)
    book.close()


class _File(FileResponse):
    block_size = 1 << 16


_WRITERS: dict[str, tuple[Callable[..., None], str]] = {
    "csv": (_csv, "text/csv; charset=utf-8"),
    "xlsx": (_xlsx, XLSX),
}


def download(
    kind: str, name: str, columns: Sequence[Column], rows: "QuerySet[Any]", chosen: str
) -> HttpResponseBase:
    """``kind`` is csv or xlsx; ``chosen`` says above the rows what was selected. Kept by no cache.

    The file is whole before the first byte is sent: a slow reader keeps no query open, and none gets half of it.
    """
    write, content_type = _WRITERS[kind]
    with ExitStack() as unfinished:
        file = unfinished.enter_context(tempfile.TemporaryFile())
        write(columns, rows, chosen, file)
        unfinished.pop_all()  # the response closes it
    file.seek(0)
    filename = f"{name}-{timezone.localdate():%Y-%m-%d}.{kind}"
    response = _File(file, as_attachment=True, filename=filename, content_type=content_type)
    response.headers["Cache-Control"] = "private, no-store"
    return response
