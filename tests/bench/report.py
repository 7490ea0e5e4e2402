"""The table: as a line of text while it runs, as JSON, and as a page with a picture in ``docs``."""

import argparse
import json
import os
import platform
import sqlite3
from collections import defaultdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tests.bench import picture
from tests.bench.parts import SCOPES
from tests.bench.reasons import FAIR, REASONS
from tests.bench.rows import Row, is_report, is_search, rows_shown

DATABASES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
GROWTH = 1.5
#: Of a page, and of the page of one project or application.
MOST_QUERIES, MOST_OF_ONE = 15, 20
#: What a run does unless told otherwise: turns per median, seconds of traffic.
REPEATS, SECONDS = 21, 60
#: What each part but the pages is called on the page.
TITLES = {
    "approvals": "Bewilligen, acht Prozesse zugleich",
    "throughput": "Unter Last: zwei Prozesse, 32 Verbindungen, Lesen und Schreiben",
    "saving": "Speichern",
    "exports": "Ausgabe als Datei",
    "letters": "Briefe als PDF",
    "batches": "Zahlungsläufe und Kontoauszüge",
    "process": "Ein Prozess",
    "first_load": "Erster Aufruf, komprimiert übertragen",
    "layout_shift": "Verschiebungen beim Laden",
    "loading": "Laden der Messdaten",
}
AGAINST = {
    "list view": "schlichte Liste",
    "bare view": "nackte Ansicht",
    "admin": "Django-Verwaltung",
    "raw statements": "dieselben Anweisungen, roh",
    "without chains": "dasselbe ohne Buchungsketten",
    "bare inserts": "reine INSERTs",
    "bare project, same apps": "nacktes Projekt, gleiche Apps",
    "bootstrap css+js": "Bootstrap CSS+JS",
    "bare typst": "dieselben Worte, bloßes typst",
    "bare lxml": "dieselben Elemente, bloßes lxml",
    "bare lxml and raw statements": "bloßes lxml, dieselben Anweisungen roh",
    "bare writer": "dieselben Zellen, roh geschrieben",
    "what it may take": "erlaubt",
}
#: Sizes that the page is about; a run that leaves some out says so.
SIZES = (250, 2_500, 25_000)


def figures(value: float) -> str:
    """Two or three figures that mean something."""
    if value >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def german(value: float) -> str:
    return figures(value).replace(".", ",")


def as_text(row: Row) -> str:
    mark = {True: "ok  ", False: "MISS", None: "    "}[row.met]
    text = f"{mark} {row.database[:6]:6} {row.size:6} {row.what[:52]:52} {figures(row.ours):>7} {row.unit}"
    if row.ratio is not None:
        text += f" {row.ratio:6.2f}x of {row.against} ({figures(row.floor or 0)})"
        text += f" to reach {'>=' if row.at_least else '<='} {row.target}" if row.target else ""
    if row.queries is not None:
        text += f" {row.queries} queries"
    if row.shown is not None:
        text += f" {row.shown} rows"
    return f"{text} {row.note}".rstrip()


def machine() -> dict[str, Any]:
    return {
        "processor": platform.machine(),
        "cores": os.cpu_count(),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
        "load_average": [round(load, 1) for load in os.getloadavg()],
        "system": platform.system(),
        "python": platform.python_version(),
        "django": version("django"),
        "sqlite": sqlite3.sqlite_version,
        "psycopg": version("psycopg"),
        "gunicorn": version("gunicorn"),
    }


def keep(rows: list[Row], options: argparse.Namespace, seconds: float) -> None:
    result = {
        "measured": datetime.now(UTC).isoformat(timespec="minutes"),
        "seconds": round(seconds),
        "command": command(options),
        "machine": machine(),
        "sizes": options.sizes,
        "rows": [row.as_json() for row in rows],
    }
    write(result, options.results)


def command(options: argparse.Namespace) -> str:
    """What to type to measure the same again."""
    given = {
        "SIZES": " ".join(map(str, options.sizes)),
        "ONLY": " ".join(options.only),
        "DB": " ".join(options.db),
    }
    if set(options.only) == set(SCOPES):
        del given["ONLY"]
    if set(options.db) == set(DATABASES):
        del given["DB"]
    if (options.repeats, options.seconds) != (REPEATS, SECONDS):
        given["ARGS"] = f"--repeats {options.repeats} --seconds {options.seconds:g}"
    return " ".join(["make bench", *(f'{name}="{value}"' for name, value in given.items())])


def write(result: dict[str, Any], folder: Path) -> None:
    """The JSON, the page that is made of it, and the picture of how costs grow."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(result, indent=1, ensure_ascii=False)
    (folder / "leistung.json").write_text(f"{text}\n", encoding="utf-8")
    rows = [Row.from_json(values) for values in result["rows"]]
    (folder / "leistung.md").write_text(page(result, rows), encoding="utf-8")
    (folder / "leistung.svg").write_text(picture.draw(rows, result["sizes"]), encoding="utf-8")


def page(result: dict[str, Any], rows: list[Row]) -> str:
    about = result["machine"]
    parts = [
        "# Leistung",
        "",
        f"Gemessen am {datetime.fromisoformat(result['measured']):%d.%m.%Y} mit `{result['command']}` in "
        f"{result['seconds'] // 60} Minuten: {about['cores']} Kerne, {about['memory_gb']} GB, Python {about['python']}, "
        f"Django {about['django']}, SQLite {about['sqlite']}; Last der Maschine am Ende {about['load_average'][0]}. "
        f"Median aus {max((row.repeats for row in rows), default=0)} Durchgängen, bei großen Dateien aus dreien. "
        f"Diese Seite und das Bild entstehen aus `leistung.json`.{_left_out(rows)}",
        "",
        "Jede Zahl steht neben einem Boden, der im selben Lauf abwechselnd mit ihr gemessen wurde; auf einer anderen "
        "Maschine ändern sich die Zeiten, die Verhältnisse kaum. **✗** heißt: Ziel verfehlt. Der Boden der Seiten ist "
        "eine schlichte ListView von Django mit 50 Projekten, hinter derselben Middleware, mit derselben Anmeldung und in "
        "derselben Basisvorlage; die Verwaltung ist die Liste desselben Modells in Djangos eigener Verwaltung.",
        "",
        "![Wie die Kosten mit den Daten wachsen](leistung.svg)",
        "",
    ]
    pages = _all_pages(rows, result["sizes"])
    parts += pages
    for part, title in TITLES.items():
        parts += _table(title, [r for r in rows if r.part == part])
    return "\n".join([*parts, *_reasons(rows, grown=any(_cross(False) in line for line in pages))])


def tables(rows: list[Row], sizes: list[int]) -> str:
    """Return what a run prints at its end: the tables alone."""
    found = _all_pages(rows, sizes)
    for part, title in TITLES.items():
        found += _table(title, [row for row in rows if row.part == part])
    return "\n".join(found)


def _all_pages(rows: list[Row], sizes: list[int]) -> list[str]:
    found: list[str] = []
    for database, name in DATABASES.items():
        found += _pages(name, [r for r in rows if r.part == "pages" and r.database == database], sizes)
    return found


def _reasons(rows: list[Row], *, grown: bool) -> list[str]:
    """``grown``: a page does so more than it should, whatever its rows say."""
    missed = {row.part for row in rows if row.met is False} | ({"pages"} if grown else set())
    found = [f"- {text}" for part, text in REASONS.items() if part in missed]
    found += [
        f"- {TITLES[part]}: noch nicht untersucht." for part in TITLES if part in missed - REASONS.keys()
    ]
    reasons = ["## Warum Ziele verfehlt werden", "", *found, ""] if found else []
    return [*reasons, FAIR] if any(row.part == "approvals" for row in rows) else reasons


def _left_out(rows: list[Row]) -> str:
    """Which sizes were not measured; a run that was broken off keeps what it had."""
    measured = {(row.database, row.size) for row in rows}
    found = []
    for database, name in DATABASES.items():
        if missing := [_thousands(size) for size in SIZES if (database, size) not in measured]:
            found.append(f"auf {name} {', '.join(missing)} Projekte")
    return f" In diesem Lauf nicht gemessen: {'; '.join(found)}." if found else ""


def _pages(name: str, rows: list[Row], sizes: list[int]) -> list[str]:
    if not rows:
        return []
    by_page: dict[str, dict[tuple[str, int], Row]] = defaultdict(dict)
    for row in rows:
        by_page[row.what][row.against, row.size] = row
    lines = [
        f"## Seiten auf {name}",
        "",
        "Millisekunden je Seite, in Klammern das Vielfache des Bodens. Wachstum: die Zeit bei der größten geteilt "
        f"durch die bei der kleinsten Menge (Ziel: höchstens {german(GROWTH)}, wo gleich viel zu sehen ist; Suche auf "
        "SQLite und Berichte ausgenommen); dahinter, wie viele Tabellenzeilen und Listenpunkte die Seite bei beiden "
        f"zeigt. Abfragen: bei jeder Menge gleich viele, höchstens {MOST_QUERIES}, die Seite eines Projekts oder Antrags "
        f"{MOST_OF_ONE}. "
        "Verwaltung: Verhältnis zur Django-Verwaltung bei der größten Menge.",
        "",
        f"| Seite | {' | '.join(_thousands(size) for size in sizes)} | Ziel | Wachstum | Abfragen | Verwaltung |",
        f"|---|{'---:|' * (len(sizes) + 4)}",
    ]
    for what, found in by_page.items():
        bare = [found["list view", size] for size in sizes if ("list view", size) in found]
        cells = [f"{german(r.ours)} ({german(r.ratio or 0)}×){_cross(r.met)}" for r in bare]
        growth = bare[-1].ours / bare[0].ours
        grown = f"{german(growth)}×{_cross(growth <= GROWTH if _may_not_grow(bare) else None)}"
        if rows_of := rows_shown(bare[0], bare[-1]):
            grown += f", {rows_of}"
        queries = sorted({r.queries or 0 for r in bare})
        one = what.startswith(("Projektseite", "Antragsseite"))
        wrong = len(queries) > 1 or queries[-1] > (MOST_OF_ONE if one else MOST_QUERIES)
        most = next((row.target for row in reversed(bare) if row.target), None)
        admin = found.get(("admin", sizes[-1]))
        lines.append(
            f"| {what} | {' | '.join(cells)} | {f'≤ {german(most)}×' if most else ''} "
            f"| {grown if len(bare) > 1 else '–'} "
            f"| {'–'.join(map(str, queries))}{_cross(not wrong)} "
            f"| {f'{german(admin.ratio or 0)}×{_cross(admin.met)}' if admin else ''} |"
        )
    return [*lines, ""]


def _may_not_grow(rows: list[Row]) -> bool:
    """Whether both ends show as much, and the page is none whose work is the whole of the data."""
    what, database = rows[0].what, rows[0].database
    free = is_report(what) or (is_search(what) and database == "sqlite")
    return rows[0].shown == rows[-1].shown and not free


def _table(title: str, rows: list[Row]) -> list[str]:
    if not rows:
        return []
    lines = [
        f"## {title}",
        "",
        "| Was | Datenbank | Projekte | gemessen | Boden | Verhältnis | Ziel | |",
        "|---|---|---:|---:|---:|---:|---:|---|",
    ]
    for row in rows:
        floor = f"{german(row.floor)} {row.unit} ({AGAINST[row.against]})" if row.floor else ""
        ratio = f"{german(row.ratio)}×" if row.ratio else ""
        target = f"{'≥' if row.at_least else '≤'} {german(row.target)}" if row.target is not None else ""
        target += "×" if target and ratio else ""
        lines.append(
            f"| {row.what} | {DATABASES[row.database]} | {_thousands(row.size)} | {german(row.ours)} {row.unit} "
            f"| {floor} | {ratio}{_cross(row.met)} | {target} | {row.note} |"
        )
    return [*lines, ""]


def _cross(met: bool | None) -> str:
    return " **✗**" if met is False else ""


def _thousands(size: int) -> str:
    return f"{size:,}".replace(",", ".")
