"""Two workers of gunicorn under 32 connections that read pages and save drafts, beside the bare view."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import quantiles
from typing import Any

from django.db import connection
from django.urls import reverse

from projects.models import Project
from tests.bench.databases import ROOT
from tests.bench.parts import Context
from tests.bench.rows import Row
from tests.bench.served import served
from tests.bench.world import World, signed_in

TARGET = 0.3
CONNECTIONS = 32
#: Turns that the measured time is cut into.
TURNS = 4


def run(context: Context) -> Iterator[Row]:
    world = World()
    with (
        served("stadtbezirk.wsgi", "/healthz") as (ours, server),
        served("tests.bench.floor.wsgi", "/boden/") as (floor, _),
    ):
        orders = {"connections": CONNECTIONS, "seconds": context.seconds / TURNS}
        mixed = {**orders, "port": ours, "pages": _pages(world), "drafts": _drafts(world)}
        bare = {**orders, "port": floor, "pages": [("/boden/", "")], "drafts": []}
        seen: tuple[list[Any], list[Any]] = ([], [])
        processors = {"Anwendung": server, **_database_server()}
        spent = dict.fromkeys(processors, 0.0)
        for _ in range(TURNS):
            before = {name: _processor_seconds(pid) for name, pid in processors.items()}
            seen[0].append(_visit(mixed))
            for name, pid in processors.items():
                spent[name] += _processor_seconds(pid) - before[name]
            seen[1].append(_visit(bare))
    common = {"part": "throughput", "database": context.database, "size": context.size, "repeats": TURNS}
    errors = [e for result in seen[0] for e in result["errors"]]
    rate, bare_rate = (sum(len(r["times"]) for r in rs) / sum(r["seconds"] for r in rs) for rs in seen)
    yield Row(
        **common, what="Anfragen, gemischt, 2 Prozesse, 32 Verbindungen", ours=rate, unit="1/s", floor=bare_rate,
        target=TARGET, at_least=True, against="bare view",
        note=f"{sum(r['writes'] for r in seen[0])} saved, {len(errors)} errors {errors[:1] or ''}".strip(),
    )  # fmt: skip
    for name, place in (("p50", 49), ("p95", 94), ("p99", 98)):
        figures = [
            quantiles([t for result in results for t in result["times"]], n=100)[place] * 1000
            for results in seen
        ]
        yield Row(
            **common, what=f"Antwortzeit unter Last, {name}", ours=figures[0], unit="ms", floor=figures[1],
            against="bare view",
        )  # fmt: skip
    answers = sum(len(result["times"]) for result in seen[0])
    for name, seconds in spent.items():
        yield Row(
            **common,
            what=f"Rechenzeit je Anfrage, {name}",
            ours=seconds / answers * 1000,
            unit="ms",
        )


def _database_server() -> dict[str, int]:
    """PostgreSQL's first process, where there is a server on this machine."""
    if connection.vendor != "postgresql":
        return {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        backend = cursor.fetchone()[0]
    return {"Datenbank": int(_stat(backend)[1])}


def _processor_seconds(pid: int) -> float:
    """Of a process and its children, those that ended included."""
    ticks = sum(map(int, _stat(pid)[11:15]))
    for each in Path("/proc").glob("[0-9]*"):
        try:
            values = _stat(int(each.name))
        except (FileNotFoundError, ProcessLookupError):  # ended in between
            continue
        if int(values[1]) == pid:
            ticks += sum(map(int, values[11:13]))
    return ticks / os.sysconf("SC_CLK_TCK")


def _stat(pid: int) -> list[str]:
    """The fields of /proc/<pid>/stat from the state on, which is behind the name in brackets."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def _pages(world: World) -> list[tuple[str, str]]:
    """Addresses with cookies, as often as a working day has them."""
    listed, project = reverse("projects:list"), world.project(state="settled").get_absolute_url()
    visitor, director, staff = (world.cookies[role] for role in ("visitor", "director", "staff"))
    return [
        (reverse("home"), visitor), (listed, visitor), (project, visitor), (listed, director), (project, director),
        (reverse("home"), director), (reverse("home"), staff), (reverse("funding:applications"), staff),
        (reverse("funding:pots"), staff), (listed, staff),
    ]  # fmt: skip


def _drafts(world: World) -> list[tuple[str, str]]:
    """Draft forms with their directors' cookies, at most one per connection."""
    drafts = Project.objects.filter(state="draft").select_related("created_by").order_by("-pk")[:CONNECTIONS]
    return [(reverse("projects:edit", args=[d.pk]), signed_in(d.created_by)) for d in drafts]


def _visit(orders: dict[str, Any]) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.client", json.dumps(orders)],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return json.loads(done.stdout)
