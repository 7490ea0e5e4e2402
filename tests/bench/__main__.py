"""``python -m tests.bench``: build the databases, run the parts, print and keep the table."""

import argparse
import json
import os
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path

from tests.bench import parts, report
from tests.bench.databases import ROOT, Databases
from tests.bench.rows import Row

KINDS = ("sqlite", "postgresql")


def arguments(given: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--sizes", default="250 2500 25000", help="numbers of projects")
    parser.add_argument("--only", default=" ".join(parts.SCOPES), help="parts, such as: pages approvals")
    parser.add_argument("--db", default=" ".join(KINDS), help="sqlite, postgresql")
    parser.add_argument("--repeats", type=int, default=report.REPEATS, help="measurements per median")
    parser.add_argument(
        "--seconds", type=float, default=report.SECONDS, help="how long the load under traffic lasts"
    )
    parser.add_argument("--write-size", type=int, default=2500, help="projects where parts write")
    parser.add_argument("--folder", type=Path, default=ROOT / "var" / "bench", help="databases are kept here")
    parser.add_argument(
        "--results", type=Path, help="leistung.json and .md go here (docs, for a part: --folder)"
    )
    options = parser.parse_args(given)
    options.sizes = sorted(int(size) for size in options.sizes.split())
    options.only, options.db = options.only.split(), options.db.split()
    if not set(options.only) <= set(parts.SCOPES) or not set(options.db) <= set(KINDS):
        parser.error(f"parts are {', '.join(parts.SCOPES)}; databases are {', '.join(KINDS)}")
    whole = set(options.only) == set(parts.SCOPES) and set(options.db) == set(KINDS)
    options.results = options.results or (ROOT / "docs" if whole else options.folder)
    # The size that is there and nearest to the one for writing.
    options.write_size = min(options.sizes, key=lambda size: abs(size - options.write_size))
    return options


def main(options: argparse.Namespace) -> None:
    begin = time.monotonic()
    databases = Databases(options.folder)
    databases.collect_static()
    rows: list[Row] = []
    scopes = {name: parts.SCOPES[name] for name in options.only}
    with databases.running(options.db):
        for number, kind in enumerate(options.db):
            for size in options.sizes:
                print(f"== {kind}, {size} projects", flush=True)
                name, loading = databases.built(kind, size)
                wanted = [p for p, scope in scopes.items() if scope == "size"]
                rows += work(databases, options, wanted, kind, size, databases.url(kind, name), loading)
                wanted = [p for p, s in scopes.items() if s == "copy" or (s == "once" and number == 0)]
                for part in wanted if size == options.write_size else ():
                    url = databases.copy(kind, name, "written")
                    rows += work(databases, options, [part], kind, size, url, loading)
                    databases.remove(kind, "written")
                # After every size, so that a run that is broken off leaves what it has.
                report.keep(rows, options, time.monotonic() - begin)
    print(report.tables(rows, options.sizes))
    print(f"{len(rows)} rows in {time.monotonic() - begin:.0f} s: {options.results / 'leistung.md'}")


def work(
    databases: Databases,
    options: argparse.Namespace,
    names: list[str],
    kind: str,
    size: int,
    url: str,
    loading: dict[str, float],
) -> list[Row]:
    """Run these parts in a process of their own, whose settings name the database."""
    if not names:
        return []
    context = parts.Context(kind, size, databases.folder, options.repeats, options.seconds, loading)
    results = databases.folder / "rows.jsonl"
    values = json.dumps({**asdict(context), "folder": str(context.folder)})
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.worker", values, ",".join(names), str(results)],
        cwd=ROOT,
        env={**databases.environment(url), "DJANGO_SETTINGS_MODULE": "stadtbezirk.settings"},
        check=False,
    )
    if done.returncode != 0:
        raise SystemExit(f"{', '.join(names)} on {kind} with {size} projects failed.")
    return [Row.from_json(json.loads(line)) for line in results.read_text().splitlines()]


if __name__ == "__main__":
    os.chdir(ROOT)
    main(arguments())
