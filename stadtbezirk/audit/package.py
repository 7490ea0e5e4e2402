"""The audit package as a stream: tables are written to disk at one moment, then files are read in chunks.

The database is asked only at the beginning, in one snapshot. While the bytes go out, nothing is held but a folder
with the tables and the list of files. The same data give the same bytes.
"""

import csv
import hashlib
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

from django.core.files.storage import default_storage
from django.db import connection, transaction

from funding.closing.models import DeletionItem
from funding.models import FiscalYear
from members.common import stored
from members.common.export import CHUNK, write
from stadtbezirk.audit import places, readme, rows, tables

#: Bytes that are read at once.
BYTES = 256 * 1024


@dataclass(frozen=True)
class Paper:
    """A stored file: where it lies in the package, its path in the storage, and the hash that its row names."""

    name: str
    path: str
    sha256: str
    what: str


def _letters(year: FiscalYear) -> Iterator[Paper]:
    found = rows.letters(year).exclude(sha256="").select_related("decision__application__project")
    for letter in found.order_by("pk").iterator(CHUNK):
        yield Paper(
            places.of_letter(letter),
            stored.path_of(letter.sha256),
            letter.sha256,
            f"Schreiben {letter.number}",
        )


def _attachments(year: FiscalYear) -> Iterator[Paper]:
    for paper in rows.attachments(year).select_related("project").order_by("pk").iterator(CHUNK):
        yield Paper(places.of_attachment(paper), str(paper.file), paper.sha256, f"Unterlage Nr. {paper.pk}")


def _call_papers(year: FiscalYear) -> Iterator[Paper]:
    found = rows.call_papers(year).select_related("call__application__project")
    for paper in found.order_by("pk").iterator(CHUNK):
        yield Paper(
            places.of_call_paper(paper),
            stored.path_of(paper.sha256),
            paper.sha256,
            f"Unterlage von {paper.call}",
        )


def _vouchers(year: FiscalYear) -> Iterator[Paper]:
    found = rows.vouchers(year).exclude(sha256="").select_related("row__proof__application__project")
    for voucher in found.order_by("pk").iterator(CHUNK):
        path = stored.path_of(voucher.sha256)
        yield Paper(places.of_voucher(voucher), path, voucher.sha256, f"Beleg Nr. {voucher.pk}")


def _photos(year: FiscalYear) -> Iterator[Paper]:
    for photo in (
        rows.photos(year).select_related("proof__application__project").order_by("pk").iterator(CHUNK)
    ):
        path = stored.path_of(photo.sha256)
        yield Paper(places.of_photo(photo), path, photo.sha256, f"Foto Nr. {photo.pk}")


#: What is in the package besides the tables: a new kind of file is one row.
PAPERS: tuple[Callable[[FiscalYear], Iterator[Paper]], ...] = (
    _letters,
    _attachments,
    _call_papers,
    _vouchers,
    _photos,
)


class Package:
    """The bytes of a year's package, as an iterator. ``close`` has to be called, also where it was never read.

    Making it reads the database and writes the tables to disk, so that an error comes before the first byte.
    ``when_closed`` is called once at the end.
    """

    def __init__(self, year: FiscalYear, when_closed: Callable[[], None] = lambda: None) -> None:
        self.when_closed: Callable[[], None] | None = when_closed
        self.folder = tempfile.TemporaryDirectory(prefix="pruefpaket-")
        try:
            with _snapshot():
                self.readme = readme.text(year)
                _write_tables(year, Path(self.folder.name))
                self.papers = [paper for kind in PAPERS for paper in kind(year)]
                gone = DeletionItem.objects.gone().values_list("sha256", "deletion__decided_on")
                self.gone = dict(gone.filter(sha256__in={paper.sha256 for paper in self.papers}))
            self.bytes = self._stream()
        except BaseException:
            self.close()
            raise

    def __iter__(self) -> "Package":
        return self

    def __next__(self) -> bytes:
        return next(self.bytes)

    def close(self) -> None:
        if self.when_closed is None:
            return
        when_closed, self.when_closed = self.when_closed, None
        try:
            self.folder.cleanup()
        finally:
            when_closed()

    def _stream(self) -> Iterator[bytes]:
        archive = _Archive()
        yield from archive.add("LIESMICH.txt", _chunks_of(self.readme))
        for path in sorted(Path(self.folder.name).iterdir()):
            with path.open("rb") as file:
                yield from archive.add(path.name, _read(file))
        missing: list[tuple[str, str, str]] = []
        for paper in self.papers:
            yield from _add_paper(archive, paper, missing, self.gone.get(paper.sha256))
        yield from archive.add(readme.MISSING, _chunks_of(_missing_table(missing)))
        sums = "".join(f"{sha256}  {name}\n" for name, sha256 in archive.sums)
        yield from archive.add(readme.SUMS, _chunks_of(sums))
        yield from archive.end()
        self.close()


@contextmanager
def _snapshot() -> Iterator[None]:
    """Read everything as it was at one moment, while others go on writing."""
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield
    else:
        # ``atomic`` would take the only place of a writer for the whole time (transaction_mode).
        with connection.cursor() as cursor:
            cursor.execute("BEGIN DEFERRED")
            try:
                yield
            finally:
                cursor.execute("ROLLBACK")


def _write_tables(year: FiscalYear, folder: Path) -> None:
    for table in tables.TABLES:
        for kind in ("csv", "xlsx"):
            with (folder / f"{table.name}.{kind}").open("wb") as file:
                title = f"{table.title}, Haushaltsjahr {year}"
                write(kind, table.columns, table.rows(year), title, file, day=rows.as_of(year))


def _add_paper(
    archive: "_Archive", paper: Paper, missing: list[tuple[str, str, str]], gone: date | None
) -> Iterator[bytes]:
    """Yield the bytes of a paper's entry, and note what is wrong with it: nothing stops the package.

    ``gone`` is when it was deleted after its retention.
    """
    try:
        file = default_storage.open(paper.path)
    except OSError:
        why = f"am {gone:%d.%m.%Y} gelöscht (Aufbewahrung)" if gone else "fehlt im Bestand"
        missing.append((paper.name, paper.what, why))
        return
    with file:
        broken: list[OSError] = []
        yield from archive.add(paper.name, _read(file, broken))
    if broken:
        missing.append((paper.name, paper.what, "ließ sich nicht zu Ende lesen; im Paket liegt der Anfang"))
    elif archive.sums[-1][1] != paper.sha256:
        missing.append(
            (paper.name, paper.what, "hat andere Bytes als beim Hochladen; im Paket liegt, was da ist")
        )


def _missing_table(rows: list[tuple[str, str, str]]) -> str:
    text = StringIO()
    writer = csv.writer(text, delimiter=";")
    writer.writerows([("Datei", "Was", "Befund"), *rows])
    return f"\ufeff{text.getvalue()}"


def _chunks_of(text: str) -> Iterator[bytes]:
    yield text.encode()


def _read(file: Any, broken: list[OSError] | None = None) -> Iterator[bytes]:
    """Yield the file's bytes. An error ends it where ``broken`` takes it, else it is raised."""
    while True:
        try:
            part = file.read(BYTES)
        except OSError as error:
            if broken is None:
                raise
            broken.append(error)
            return
        if not part:
            return
        yield part


class _Outgoing:
    """Where ``zipfile`` writes: it cannot be sought, and what was written is taken away at once."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []

    def write(self, part: Any) -> int:
        self.parts.append(bytes(part))
        return len(part)

    def flush(self) -> None:
        """Do nothing: what was written is there already."""

    def close(self) -> None:
        """Do nothing: nothing is open."""

    def take(self) -> bytes:
        taken, self.parts = b"".join(self.parts), []
        return taken


class _Archive:
    """A ZIP file that goes out while it is written, with the hash of each entry.

    Each entry has the first moment that a ZIP file knows (``zipfile``'s own for a name), so that the same data give
    the same bytes. Papers are compressed already, so the fastest level does.
    """

    def __init__(self) -> None:
        self.outgoing = _Outgoing()
        self.zip = zipfile.ZipFile(self.outgoing, "w", zipfile.ZIP_DEFLATED, compresslevel=1)
        self.sums: list[tuple[str, str]] = []

    def add(self, name: str, chunks: Iterator[bytes]) -> Iterator[bytes]:
        """Yield the bytes of an entry, a part at a time."""
        sha256 = hashlib.sha256()
        with self.zip.open(name, "w") as entry:
            for chunk in chunks:
                sha256.update(chunk)
                entry.write(chunk)
                if part := self.outgoing.take():
                    yield part
        self.sums.append((name, sha256.hexdigest()))
        yield self.outgoing.take()

    def end(self) -> Iterator[bytes]:
        self.zip.close()
        yield self.outgoing.take()
