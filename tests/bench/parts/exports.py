"""The whole list as CSV and XLSX beside the csv module and xlsxwriter writing the same cells, and the peak memory."""

import csv
import io
import subprocess
import sys
from collections.abc import Iterator
from functools import partial

import xlsxwriter
from django.core.handlers.wsgi import WSGIHandler
from django.urls import reverse

from tests.bench.measure import Site, taking_turns
from tests.bench.parts import Context
from tests.bench.rows import Row
from tests.bench.world import World

TARGET, MEMORY_MB = 1.5, 150
#: From here on three turns are enough: one of them takes minutes. Below, it is the request that is measured.
LARGE, TURNS_OF_LARGE = 10_000, 3
CHILD = """
import resource, sys
import django
django.setup()
from django.core.handlers.wsgi import WSGIHandler
from tests.bench.measure import Site
Site(WSGIHandler()).size(sys.argv[1], sys.argv[2])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def run(context: Context) -> Iterator[Row]:
    world = World()
    site, cookie = Site(WSGIHandler()), world.cookies["staff"]
    addresses = {kind: reverse("projects:export", args=[kind]) for kind in ("csv", "xlsx")}
    # Before the cells are kept here: the system counts what a process was forked from among its own peak.
    peaks = {kind: _peak_mb(address, cookie) for kind, address in addresses.items()}
    whole = site.page(addresses["csv"], cookie).body.decode("utf-8-sig")
    # Without the headings, the sums and what was selected.
    cells = list(csv.reader(io.StringIO(whole, newline=""), delimiter=";"))[1:-3]
    del whole
    turns = min(context.repeats, TURNS_OF_LARGE) if context.size >= LARGE else context.repeats
    for kind, bare in (("csv", _bare_csv), ("xlsx", _bare_xlsx)):
        times = taking_turns([partial(site.size, addresses[kind], cookie), partial(bare, cells)], turns)
        common = {"part": "exports", "database": context.database, "size": context.size}
        yield Row(
            **common, what=f"Ausgabe aller Projekte als {kind.upper()}", ours=times[0], unit="s", floor=times[1],
            target=TARGET if context.size >= LARGE else None, against="bare writer", repeats=turns,
        )  # fmt: skip
        yield Row(
            **common, what=f"Höchster Speicher bei der Ausgabe als {kind.upper()}", ours=peaks[kind], unit="MB",
            floor=MEMORY_MB, target=1.0, against="what it may take",
        )  # fmt: skip


def _peak_mb(address: str, cookie: str) -> float:
    """Of a process of its own that answers this one request."""
    done = subprocess.run(
        [sys.executable, "-c", CHILD, address, cookie], capture_output=True, text=True, check=True
    )
    return float(done.stdout) / 1000


def _bare_csv(cells: list[list[str]]) -> None:
    csv.writer(io.StringIO(), delimiter=";").writerows(cells)


def _bare_xlsx(cells: list[list[str]]) -> None:
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(io.BytesIO(), options)
    sheet = book.add_worksheet()
    for line, row in enumerate(cells):
        for column, cell in enumerate(row):
            sheet.write_string(line, column, cell)
    book.close()
