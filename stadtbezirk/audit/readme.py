"""LIESMICH.txt: what lies in the package, and how to check it without this program."""

from collections.abc import Iterator
from textwrap import wrap

from funding.models import FiscalYear
from stadtbezirk.audit.checks import CHECKS
from stadtbezirk.audit.rows import as_of
from stadtbezirk.audit.tables import TABLES

WIDTH = 110
SUMS = "pruefsummen.txt"
MISSING = "fehlende-dateien.csv"


def text(year: FiscalYear) -> str:
    """Return the whole text, with lines of ``WIDTH`` characters where they may be broken."""
    return "\n".join(_lines(year)) + "\n"


def _lines(year: FiscalYear) -> Iterator[str]:
    yield f"PRÜFPAKET ZUM HAUSHALTSJAHR {year}"
    yield "StadtbezirksMarketing Dortmund e.\u00a0V."
    yield ""
    yield from _paragraph(
        f"Das Paket enthält alle Töpfe des Haushaltsjahres {year}, alles, was auf sie gebucht ist, die Anträge, "
        "Entscheidungen, Abrufe, Zahlungen und Schreiben dazu und die Unterlagen als Dateien. Es lässt sich ohne das "
        "Programm prüfen, aus dem es stammt: mit jeder Tabellenkalkulation und den folgenden Schritten. Es enthält "
        "Namen und Bankverbindungen und ist vertraulich."
    )
    yield from _heading("1. SIND DIE DATEIEN UNVERÄNDERT?")
    yield from _paragraph(
        f"{SUMS} nennt zu jeder anderen Datei ihre SHA-256-Prüfsumme, je Zeile die Summe, zwei Leerzeichen und den Namen. "
        "Packen Sie das Paket aus und rufen Sie in seinem Ordner auf:"
    )
    yield f"    sha256sum -c {SUMS}                         (Linux)"
    yield f"    shasum -a 256 -c {SUMS}                     (macOS)"
    yield "    Get-FileHash -Algorithm SHA256 toepfe.csv          (Windows, PowerShell, je Datei)"
    yield from _paragraph(
        "Dieselben Daten ergeben am selben Tag dasselbe Paket, Byte für Byte: Zwei Pakete lassen sich als Ganzes "
        "vergleichen. Notieren Sie die Prüfsumme des Pakets, wenn Sie es weitergeben."
    )
    yield from _paragraph(
        f"{MISSING} nennt jede Datei, die im Bestand fehlt, sich nicht lesen lässt oder andere Bytes hat als beim "
        "Hochladen. Ist die Liste leer, fehlt nichts. Was nach Ablauf seiner Aufbewahrungsfrist gelöscht wurde, steht dort mit dem "
        "Tag; das ist kein Fehler."
    )
    yield from _heading("2. STIMMEN DIE SUMMEN?")
    yield from _paragraph(
        "Jede Regel gilt für jede Zeile. Eine leere Zelle zählt als 0. „Summe“ fasst die Zeilen mit demselben Schlüssel "
        "zusammen; wo keine Zeile ist, ist die Summe 0."
    )
    for check in CHECKS:
        yield f"- {check}"
    yield from _heading("3. EINE ZAHL BIS ZUM BELEG")
    yield from _paragraph(
        "Von einer Zeile in toepfe.csv führt das Kürzel zu ihren Buchungen in buchungen.csv, von dort „Entscheidung Nr.“ zu "
        "entscheidungen.csv und „Antrag Nr.“ zu antraege.csv. zahlungen.csv nennt zu jeder ausgezahlten Entscheidung die "
        "Zahlung, deren „Abruf Nr.“ zu abrufe.csv und abrufunterlagen.csv; belege.csv führt über nachweiszeilen.csv und nachweise.csv zum Antrag. Die Spalte „Datei“ sagt, wo der Beleg im Paket liegt. "
        "kontobuchungen.csv zeigt, auf welchem Kontoauszug der Betrag steht."
    )
    yield from _heading("4. WIE DIE TABELLEN GESCHRIEBEN SIND")
    yield from _paragraph(
        "Jede Tabelle gibt es zweimal mit denselben Zeilen: als CSV und als XLSX. CSV: Zeichensatz UTF-8 mit BOM, Trennzeichen "
        "Semikolon, Texte mit Sonderzeichen in Anführungszeichen; Beträge in Euro mit Komma und zwei Stellen, Tage als "
        "tt.mm.jjjj. Beginnt ein Text mit =, +, -, @, Tabulator oder Zeilenumbruch, steht ein Apostroph davor, damit keine "
        "Tabellenkalkulation ihn als Formel liest. Die erste Zeile sind die Überschriften. Nach der letzten Zeile folgen eine "
        "leere Zeile, eine Zeile mit der Zahl der Zeilen und den Summen der Betragsspalten und eine Zeile mit dem Titel."
    )
    yield from _heading("5. WAS IN WELCHER DATEI STEHT")
    for table in TABLES:
        yield ""
        yield f"{table.name}.csv, {table.name}.xlsx: {table.title}"
        if table.name == "satzung":
            yield f"  (Stand {as_of(year):%d.%m.%Y})"
        for column in table.columns:
            yield f"  „{column.heading}“: {column.meaning}"
    yield ""
    yield f"{MISSING}: was fehlt"
    yield "  „Datei“: wo sie läge"
    yield "  „Was“: was sie ist"
    yield "  „Befund“: warum sie hier steht"
    yield ""
    yield "projekte/<Projektnummer>/schreiben/: die Schreiben als PDF"
    yield "projekte/<Projektnummer>/unterlagen/: Unterlagen des Projekts"
    yield "projekte/<Projektnummer>/abrufe/Abruf <Nr.>/: Rechnungen und andere Unterlagen eines Abrufs"
    yield "projekte/<Projektnummer>/nachweis/belege/ und /fotos/: Belege und Fotos des Verwendungsnachweises"
    yield "gemeinkosten/abrufe/Abruf <Nr.>/: dasselbe für Ausgaben aus den Gemeinkosten"


def _heading(text: str) -> Iterator[str]:
    yield ""
    yield ""
    yield text
    yield ""


def _paragraph(text: str) -> Iterator[str]:
    yield from wrap(text, WIDTH, break_long_words=False, break_on_hyphens=False)
