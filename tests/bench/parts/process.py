"""A whole process: from its start to the first answer, and the memory it keeps to itself then."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from statistics import median

from tests.bench.parts import Context
from tests.bench.rows import Row

TARGET = 1.2
#: Answers before the memory is read, as a worker has given some.
ANSWERS = 20
CHILD = f"""
import importlib, json, re, sys
from tests.bench.measure import Site
site = Site(importlib.import_module(sys.argv[1]).application)
site.page(sys.argv[2])
print("answered", flush=True)
for _ in range({ANSWERS}):
    site.page(sys.argv[2])
rollup = open("/proc/self/smaps_rollup").read()
private = sum(int(kb) for kb in re.findall(r"^Private_(?:Clean|Dirty): +([0-9]+) kB", rollup, re.MULTILINE))
print(json.dumps(private), flush=True)
"""
OURS, FLOOR = ("stadtbezirk.wsgi", "/"), ("tests.bench.floor.wsgi", "/boden/")


def run(context: Context) -> Iterator[Row]:
    starts: dict[str, list[float]] = {OURS[0]: [], FLOOR[0]: []}
    memory: dict[str, list[float]] = {OURS[0]: [], FLOOR[0]: []}
    for turn in range(context.repeats + 1):
        for module, address in (OURS, FLOOR):
            seconds, kilobytes = _start(module, address)
            if turn:  # the first one fills the disk cache
                starts[module].append(seconds)
                memory[module].append(kilobytes / 1000)
    common = {"part": "process", "database": context.database, "size": context.size, "target": TARGET,
              "against": "bare project, same apps", "repeats": context.repeats}  # fmt: skip
    for what, figures, unit in (
        ("Start bis zur ersten Antwort", starts, "s"),
        (f"Speicher je Prozess nach {ANSWERS} Antworten", memory, "MB"),
    ):
        yield Row(
            **common, what=what, ours=median(figures[OURS[0]]), floor=median(figures[FLOOR[0]]), unit=unit
        )


def _start(module: str, address: str) -> tuple[float, int]:
    begin = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-c", CHILD, module, address], stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "answered\n"
        seconds = time.perf_counter() - begin
        return seconds, json.loads(child.stdout.readline())
