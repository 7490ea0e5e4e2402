"""``docs/ausbau.md``: what 400 cities would need, computed from the figures of a run.

Every figure on the page is either measured (``docs/leistung.json``) or one of the assumptions below, which it lists.
"""

from math import ceil
from typing import Any

from tests.bench.rows import Row

#: Cities; projects of a city and year; accounts of a city.
CITIES, PROJECTS, ACCOUNTS = 400, 338, 40
#: In the busiest hour: share of accounts at work, pages that each opens.
AT_WORK, PAGES = 0.5, 60
#: Pages that the public opens in a city and day, and the share of the busiest hour.
VISITS, BUSIEST_HOUR = 1000, 0.15
#: Decisions on a project; share of a year's decisions on the busiest day; hours of that day.
DECISIONS, BUSIEST_DAY, HOURS = 1.5, 0.1, 8
#: How busy a processor may be, so that nobody waits in a queue.
BUSY = 0.6
#: Machines as they are bought: processors of the application's, of the database's, memory of the latter in GB.
WEB_CORES, DATABASE_CORES, MEMORY_GB = 4, 16, 64
#: Threads of a process, each with a connection of its own (gunicorn.conf.py); PostgreSQL's default of connections.
THREADS, CONNECTIONS = 8, 100
YEARS = 10

RATE = "Anfragen, gemischt, 2 Prozesse, 32 Verbindungen"
WEB, DATABASE = "Rechenzeit je Anfrage, Anwendung", "Rechenzeit je Anfrage, Datenbank"
HOT, SPREAD = "Bewilligen auf einem Topf, 8 Prozesse", "Bewilligen auf 12 Töpfen, 8 Prozesse"
SIZE, MEMORY, LIST = "Größe der Datenbank", "Speicher je Prozess nach 20 Antworten", "Projektliste, staff"


def page(result: dict[str, Any], rows: list[Row]) -> str | None:
    """The page in German, or None where the run lacks what it is computed from."""
    found: dict[str, list[Row]] = {}
    for row in sorted(rows, key=lambda row: row.size):
        if row.against != "admin" and (row.database == "postgresql" or row.what == MEMORY):
            found.setdefault(row.what, []).append(row)
    if not found.keys() >= {RATE, WEB, DATABASE, HOT, SPREAD, SIZE, MEMORY, LIST}:
        return None
    return _text(found, result["command"])


def _text(found: dict[str, list[Row]], command: str) -> str:
    web, database = found[WEB][0].ours / 1000, found[DATABASE][0].ours / 1000
    working = CITIES * ACCOUNTS * AT_WORK * PAGES / 3600
    visiting = CITIES * VISITS * BUSIEST_HOUR / 3600
    peak = working + visiting
    projects = CITIES * PROJECTS
    decided = projects * DECISIONS * BUSIEST_DAY / (HOURS * 3600)
    spread, hot = found[SPREAD][0].ours, found[HOT][0].ours
    least, most = found[SIZE][0], found[SIZE][-1]
    a_project = most.ours * 1e6 / most.size
    a_year = a_project * projects / 1e9
    memory = found[MEMORY][0].ours
    shortest, longest = found[LIST][0], found[LIST][-1]
    web_cores, database_cores = peak * web / BUSY, peak * database / BUSY
    processes = ceil(web_cores)

    limits = sorted(
        (
            (
                WEB_CORES * BUSY / web / peak,
                f"Rechenzeit der Anwendung, eine Maschine mit {WEB_CORES} Kernen",
                f"weitere Maschinen hinter dem Verteiler; die Prozesse halten nichts für sich. Für {n(CITIES)} Städte "
                f"{processes} Kerne, also {ceil(web_cores / WEB_CORES)} Maschinen",
            ),
            (
                CONNECTIONS // THREADS * BUSY / web / peak,
                f"Verbindungen: {CONNECTIONS} erlaubt PostgreSQL von Haus aus, jeder Prozess hält bis zu {THREADS}",
                f"PgBouncer (Bündeln je Transaktion) vor der Datenbank; {n(CITIES)} Städte brauchen bis zu "
                f"{n(processes * THREADS)} Verbindungen",
            ),
            (
                DATABASE_CORES * BUSY / database / peak,
                f"Rechenzeit der Datenbank, {DATABASE_CORES} Kerne",
                "Lesekopien (Streaming Replication) für die öffentlichen Seiten, "
                f"{n(visiting / peak * 100)} % der Anfragen",
            ),
            (
                spread / decided,
                "Bewilligungen auf verschiedenen Töpfen",
                "Citus, verteilt nach Stadt: Topf, Anträge und Buchungen einer Stadt liegen beieinander, Sperren und "
                "Bedingungen gelten wie bisher",
            ),
        )
    )
    return "\n".join(
        [
            "# Ausbau: 400 Städte",
            "",
            f"Gerechnet mit den Zahlen von [leistung.md](leistung.md) (`{command}`; diese Seite schreibt derselbe "
            "Befehl). Gemessen ist, was dort steht; angenommen ist nur die erste Tabelle. Wer andere Annahmen hat, "
            "ändert sie in `tests/bench/statewide.py`.",
            "",
            "## Annahmen",
            "",
            "| Was | Wie viel | Woher |",
            "|---|---:|---|",
            f"| Städte | {n(CITIES)} | ein Land wie Nordrhein-Westfalen |",
            f"| Projekte je Stadt und Jahr | {n(PROJECTS)} | Dortmund 2024, bisher die meisten (yearly.csv) |",
            f"| Konten je Stadt | {n(ACCOUNTS)} | 12 Stadtbezirke mit Vertretung, Wirtschaftsförderung, Verein, Prüfung |",
            f"| zugleich bei der Arbeit, in der vollsten Stunde | {n(AT_WORK * 100)} % | letzter Tag einer Frist |",
            f"| Seiten je Person in dieser Stunde | {n(PAGES)} | eine je Minute |",
            f"| öffentliche Aufrufe je Stadt und Tag | {n(VISITS)} | davon {n(BUSIEST_HOUR * 100)} % in der vollsten Stunde |",
            f"| Entscheidungen je Projekt | {n(DECISIONS)} | davon {n(BUSIEST_DAY * 100)} % eines Jahres am vollsten Tag |",
            f"| Auslastung, die niemand merkt | {n(BUSY * 100)} % | darüber wachsen die Wartezeiten steil |",
            "",
            "## Was das heißt",
            "",
            "| Was | Gerechnet | Wie |",
            "|---|---:|---|",
            f"| Anfragen in der vollsten Stunde | {n(peak)} je Sekunde | {n(working)} aus der Arbeit, {n(visiting)} öffentlich |",
            f"| Bewilligungen am vollsten Tag | {n(decided)} je Sekunde | {n(projects)} Projekte im Jahr |",
            f"| Rechenzeit der Anwendung | {n(web_cores)} Kerne | {n(web * 1000)} ms je Anfrage (gemessen) |",
            f"| Rechenzeit der Datenbank | {n(database_cores)} Kerne | {n(database * 1000)} ms je Anfrage (gemessen) |",
            f"| Daten | {n(a_year)} GB im Jahr | {n(a_project / 1000)} KB je Projekt mit allem (gemessen bei {n(most.size)}) |",
            f"| nach {YEARS} Jahren | {n(a_year * YEARS)} GB | {n(projects * YEARS / 1e6)} Millionen Projekte |",
            "",
            "## Was zuerst nicht mehr reicht",
            "",
            "| Grenze | erreicht bei | Was dann übernimmt |",
            "|---|---:|---|",
            *(f"| {what} | {n(share * CITIES)} Städten | {then} |" for share, what, then in limits),
            "",
            f"Der erste Engpass ist also: {limits[0][1]}, bei {n(limits[0][0] * peak)} Anfragen je Sekunde. Eine "
            f"einzelne Maschine mit zwei Kernen, auf der auch die Datenbank läuft, beantwortet "
            f"{n(found[RATE][0].ours)} Anfragen je Sekunde (gemessen unter voller Last).",
            "",
            "Kein Engpass ist:",
            "",
            f"- **Ein einzelner Topf.** {n(hot)} Bewilligungen je Sekunde auf demselben Topf (gemessen); gebraucht werden "
            f"{n(decided)} in allen Städten zusammen.",
            f"- **Die Menge der Daten.** {MEMORY_GB} GB Speicher halten {n(MEMORY_GB / a_year)} Jahre. Die Projektliste "
            f"der Wirtschaftsförderung kostet bei {n(longest.size)} Projekten das {n(longest.ours / shortest.ours)}-Fache "
            f"dessen bei {n(shortest.size)} (gemessen). Nach Jahren zu teilen (Partitionen von PostgreSQL) lohnt erst, "
            "wenn alte Jahre auf langsamere Platten sollen: Projekte tragen ihr Jahr, Anträge und Buchungen bekämen es "
            "von ihrem Topf; abgeschlossene Jahre ändern sich nicht mehr.",
            "- **Gemeinsame Dinge.** Sitzungen und die Zähler gegen das Ausprobieren von Kennwörtern stehen in der "
            "Datenbank (oder in `CACHE_URL`), hochgeladene Dateien in einem gemeinsamen Verzeichnis (`UPLOAD_DIR`); der "
            "Versand nimmt sich jede Nachricht mit einer Sperre. `tests/test_two_machines.py` zeigt zwei Prozesse hinter "
            "einer Adresse.",
            "",
            "## Zwei Wege",
            "",
            "**Je Stadt eine Datenbank, ohne eine Zeile Programm.** Eine Installation je Stadt mit zwei Prozessen auf "
            f"gemeinsamen Maschinen: {n(CITIES)} × 2 × {n(memory)} MB = {n(CITIES * 2 * memory / 1000)} GB Speicher für "
            f"die Anwendung, {n(CITIES * least.ours / 1000)} GB für leere Datenbanken. Jede Stadt wird für sich "
            "gesichert, aktualisiert und wiederhergestellt; ein Fehler bleibt in einer Stadt. Was fehlt, ist der "
            "gemeinsame Bericht; er entsteht aus den Ausgaben als CSV.",
            "",
            "**Eine Datenbank für alle.** Dafür bekommt der Stadtbezirk eine Stadt, und Wirtschaftsförderung, Säule 2 "
            "und Gemeinkosten gelten je Stadt statt einmal. Dann gilt die Tabelle oben. Bis zu der dort errechneten Grenze "
            "genügt eine Datenbank mit Lesekopien; danach verteilt Citus nach der Stadt, die dafür in jedem Schlüssel und "
            "jeder eindeutigen Bedingung stehen muss.",
            "",
        ]
    )


def n(value: float) -> str:
    """German, with as many digits as mean something."""
    if value >= 100 or value == int(value):
        text = f"{value:,.0f}"
    else:
        text = f"{value:.1f}" if value >= 10 else f"{value:.2f}"
    return text.translate(str.maketrans(",.", ".,"))
