"""Write rows as CSV or XLSX for German spreadsheets, with the same memory at any number of rows.

Rows are read as plain values and become cells in chunks, column by column. For a quarter of a million rows,
creating an object per row took ten times as long as writing it.
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
#: Rows that are read and written together: few enough for the processor's cache.
CHUNK = 500
#: Rows of a chunk where a column needs a query per chunk.
ASKED_CHUNK = 2000
#: Amounts and days repeat: the texts of so many values are kept.
REMEMBERED = 20_000


class Kind(Enum):
    """How a column is read and written.

    On every database a day is read as ISO text and money as integer cents.
    """

    TEXT = auto()
    NUMBER = auto()
    DAY = auto()
    EURO = auto()
    YES_NO = auto()


class _Bare(Cast):
    """A field whose values come as the driver returns them, without Django's conversion."""

    def get_db_converters(self, connection: Any) -> list[Any]:
        return []


_READ_AS: dict[Kind, "Field[Any, Any]"] = {
    Kind.DAY: CharField(),
    Kind.EURO: BigIntegerField(),
    Kind.YES_NO: IntegerField(),
}


@dataclass(frozen=True)
class Column:
    """A column of an export: a German heading, the fields it is read from, and perhaps a sum below.

    ``cells``: makes the cells of a chunk from one sequence of values per field. Without it the values are the
    cells.
    ``kind``: how the first field is read. Further fields are read as they are.
    ``asks``: whether ``cells`` needs a query per chunk.
    ``names``: the model that a foreign key points to. Its names are read once per file.
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
        """Return the expressions to read, one per field."""
        names = (self.fields,) if isinstance(self.fields, str) else self.fields
        read_as = _READ_AS.get(self.kind)
        first = _Bare(names[0], read_as) if read_as else F(names[0])
        return [first, *map(F, names[1:])]

    def maker(self) -> Callable[..., Iterable[Any]] | None:
        """Return the function that makes this column's cells for one file.

        None where the values are the cells.
        For ``names`` all names are read first: a join would look up and decode a name for each row.
        """
        if self.names is None:
            return self.cells
        return partial(map, dict(self.names._default_manager.order_by().values_list("pk", "name")).get)


def looked_up(
    rows: "QuerySet[Any]", text: Callable[[Any], str] = str
) -> Callable[[Sequence[Any]], list[Any]]:
    """Return a maker of cells that turns foreign keys into texts. One query per chunk."""

    def cells(keys: Sequence[Any]) -> list[Any]:
        names = {key: text(row) for key, row in rows.in_bulk(set(keys) - {None}).items()}
        return [names.get(key) for key in keys]

    return cells


def chosen_label(choices: Iterable[tuple[str, str]]) -> Callable[[Sequence[str]], Iterable[Any]]:
    """Return a maker of cells that turns the values of choices into their German labels."""
    labels = {value: str(label) for value, label in choices}
    return lambda values: map(labels.get, values)


def _blocks(rows: "QuerySet[Any, Any]", *, asks: bool) -> Iterator[Any]:
    """Yield lists of rows as the driver returns them, without the conversions of Django's iterator.

    On PostgreSQL the server sends the next block while one is written. Until the last block this connection
    cannot run another query, so columns that ask take Django's way. The caller must read the blocks without
    waiting for anybody: an open query blocks changes of the tables.
    """
    compiler = rows.query.get_compiler(rows.db)
    if asks or compiler.connection.vendor != "postgresql":
        # As in Django's iterator: behind a connection pool a cursor may end with its statement.
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
    """Yield the cells of some rows at a time, one sequence per column."""
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
    """The number of rows written so far, and the sums in cents of the columns that have one."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self.count = 0
        self.cents = {index: 0 for index, column in enumerate(columns) if column.summed}

    def add(self, chunk: Sequence[Sequence[Any]]) -> None:
        self.count += len(chunk[0])
        for index in self.cents:
            self.cents[index] += sum(filter(None, chunk[index]))


def _safe(text: str) -> str:
    """Return the text with an apostrophe in front where a spreadsheet would read it as a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


#: A cell with one of the first is quoted. A cell that begins with one of the second gets an apostrophe.
_QUOTED, _FORMULA = ('"', ";", "\n", "\r"), ("=", "+", "-", "@", "\t")


def _csv_texts(cells: Sequence[Any]) -> Sequence[str]:
    """Return the texts, quoted and guarded against formulas where needed.

    Most chunks need neither: one search through the joined texts shows it.
    """
    try:
        whole = "\0" + "\0".join(cells)
    except TypeError:
        cells = [cell or "" for cell in cells]
        whole = "\0" + "\0".join(cells)
    # Searched for first, because one character is found much faster than two.
    if any(mark in whole for mark in _QUOTED) or any(
        mark in whole and f"\0{mark}" in whole for mark in _FORMULA
    ):
        return [_quoted(_safe(text)) for text in cells]
    return cells


def _quoted(text: str) -> str:
    return '"{}"'.format(text.replace('"', '""')) if any(mark in text for mark in _QUOTED) else text


class _Written(dict[Any, str]):
    """The text of each value that was written (empty for None). Faster than a function's cache."""

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
    """Return the day (ISO text) as the number that spreadsheets store."""
    return (date.fromisoformat(day) - date(1899, 12, 30)).days if day else None


_TO_XLSX: dict[Kind, Callable[[Sequence[Any]], Iterable[Any]]] = {
    Kind.TEXT: lambda cells: cells,
    Kind.NUMBER: lambda cells: cells,
    Kind.DAY: lambda cells: map(_xlsx_day, cells),
    Kind.EURO: lambda cells: (None if cents is None else cents / 100 for cents in cells),
    Kind.YES_NO: _yes_no,
}


def _xlsx(columns: Sequence[Column], rows: "QuerySet[Any]", chosen: str, file: Any) -> None:
    # On a full disk the library leaves its files behind. They go with this folder.
    with tempfile.TemporaryDirectory() as folder:
        _write_book(columns, rows, chosen, file, folder)


def _write_book(
    columns: Sequence[Column], rows: "QuerySet[Any]", chosen: str, file: Any, folder: str
) -> None:
    options = {
        "constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "tmpdir": folder,
    }  # fmt: skip
    import xlsxwriter  # Here, because it is a fifth of what a process loads before its first answer.

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
    """Return the rows as a file to download; ``kind`` is csv or xlsx, ``chosen`` is the line above the rows.

    The file is finished before the first byte is sent: a slow reader holds no query open, and an error never
    leaves half a file. No cache may keep the response.
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
