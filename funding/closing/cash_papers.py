"""The Kassenbericht as PDF and workbook, and the report of the Kassenprüfung to fill in by hand."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.http import HttpResponseBase

from funding.closing import ends
from funding.closing.cash import CashReport
from members.common.counting import counted
from members.common.export import Column, Sheet, download_book
from members.common.money import format_euro
from members.common.pdf.letters import (
    Block,
    Heading,
    Paragraph,
    Party,
    Questions,
    Signatory,
    Signatures,
    Table,
)
from members.common.pdf.reports import Report

#: Beside each figure, in workbook and PDF: what it is and where it comes from.
EXPLAINED: tuple[tuple[str, str], ...] = (
    ("Anfangsbestand", "Was am Abend vor dem ersten Tag auf den Konten des Vereins war: der Endsaldo des letzten Kontoauszugs davor, sonst der Anfangssaldo des ersten."),
    ("Einnahmen und Ausgaben", "Die Buchungen der Bank, die an Tagen des Jahres gebucht sind, nach dem, was sie waren. Eine Buchung, die auf zwei Auszügen steht, zählt einmal."),
    ("Nicht erklärt", "Endbestand weniger Anfangsbestand, Einnahmen und Ausgaben. Es ist 0,00\u00a0€, wenn alle Kontoauszüge da sind."),
    ("Endbestand", "Der Endsaldo des letzten Kontoauszugs am letzten Tag."),
    ("Bücher", "Was im Programm mit Wertstellung im Jahr als bezahlt oder zurückgekommen gebucht ist."),
    ("Unterschied", "Bücher weniger Kontoauszüge. Jede Zeile darunter sagt, welche Buchung ihn macht und warum."),
)  # fmt: skip


UNKNOWN = "nicht bekannt"


@dataclass(frozen=True)
class Line:
    """A line of the Kassenbericht. ``number`` is None for a balance, ``amount`` where no statement says it."""

    part: str
    label: str
    number: int | None
    amount: Decimal | None

    @property
    def cell(self) -> Decimal | str:
        """Return the amount for a spreadsheet, or the words that it is not known."""
        return UNKNOWN if self.amount is None else self.amount


def lines_of(report: CashReport) -> Iterator[Line]:
    """Yield the report from the opening balance to the closing one: the amounts before the last add up to it."""
    yield Line("Bestand", "Anfangsbestand", None, report.opening)
    for part, kinds in (("Einnahme", report.income), ("Ausgabe", report.spending)):
        for kind in kinds:
            yield Line(part, kind.label, kind.number, kind.amount)
    yield Line("Unterschied", "nicht erklärt", None, report.difference)
    yield Line("Bestand", "Endbestand laut Kontoauszug", None, report.closing)


def missing_in_words(report: CashReport) -> list[str]:
    """Return for each stretch of days without a statement a German line."""
    return [
        f"{stretch.account}: {_days(stretch.first, stretch.last)}"
        + (f", Unterschied {format_euro(stretch.moved)}" if stretch.moved is not None else "")
        for stretch in report.missing
    ]


def _days(first: date, last: date) -> str:
    return f"am {first:%d.%m.%Y}" if first == last else f"vom {first:%d.%m.%Y} bis {last:%d.%m.%Y}"


def workbook(report: CashReport) -> HttpResponseBase:
    """Return the Kassenbericht as a workbook: a sheet for each table, and one that explains each figure."""
    sheets = [
        Sheet(
            "Kassenbericht",
            (Column("Art", "part", 14), Column("Was", "label", 44), Column("Buchungen", "number", 12),
             Column("Betrag", "cell")),
            lines_of(report),
        ),
        Sheet(
            "Konten",
            (Column("Konto", "account", 34), Column("Anfangsbestand", "opening", summed=True),
             Column("vom", "opened_on", 12), Column("Einnahmen", "income", summed=True),
             Column("Ausgaben", "spent", summed=True), Column("nicht erklärt", "difference", summed=True),
             Column("Endbestand", "closing", summed=True), Column("am", "closed_on", 12)),
            report.accounts,
        ),
        Sheet(
            "Fehlende Auszüge",
            (Column("Konto", "account", 34), Column("vom", "first", 12), Column("bis", "last", 12),
             Column("Unterschied", "moved", summed=True)),
            report.missing,
        ),
        Sheet(
            "Bücher und Auszüge",
            (Column("Was", "label", 40), Column("in den Büchern", "books", summed=True),
             Column("auf den Auszügen", "bank", summed=True), Column("Unterschied", "difference", summed=True)),
            report.books.rows,
        ),
        Sheet(
            "Unterschied erklärt",
            (Column("Tag", "day", 12), Column("Was", "label", 44), Column("Warum", "why", 52),
             Column("Unterschied", "effect", summed=True)),
            report.books.loose,
        ),
        ends.sheet(report.year),
        Sheet("Erklärung", (Column("Zahl", lambda row: row[0], 24), Column("Was sie ist", lambda row: row[1], 100)), EXPLAINED),
    ]  # fmt: skip
    return download_book(
        f"kassenbericht-{report.year}", sheets, f"Kassenbericht {report.year}, Stand {report.until:%d.%m.%Y}"
    )


def as_pdf(report: CashReport) -> Report:
    """Return the Kassenbericht as a report to print."""
    lines = list(lines_of(report))
    blocks: list[Block] = [
        Paragraph(verdict(report), bold=True),
        Table(
            header=("Was", "Buchungen", "Betrag"),
            rows=tuple(
                (line.label, "" if line.number is None else str(line.number), known(line.amount))
                for line in lines[:-1]
            ),
            sums=((lines[-1].label, "", known(lines[-1].amount)),),
            numbers=(1, 2),
        ),
    ]
    if missing := missing_in_words(report):
        blocks += [Heading("Tage ohne Kontoauszug"), Paragraph("\n".join(missing))]
    blocks += [
        Heading("Konten"),
        Table(
            header=("Konto", "Anfang", "Einnahmen", "Ausgaben", "Ende"),
            rows=tuple(
                (
                    each.account.name,
                    known(each.opening),
                    known(each.income),
                    known(each.spent),
                    known(each.closing),
                )
                for each in report.accounts
            ),
            numbers=(1, 2, 3, 4),
        ),
        Heading("Bücher und Kontoauszüge"),
        Table(
            header=("Was", "in den Büchern", "auf den Auszügen", "Unterschied"),
            rows=tuple(
                (row.label, format_euro(row.books), format_euro(row.bank), format_euro(row.difference))
                for row in report.books.rows
            ),
            sums=(("Zusammen", "", "", format_euro(report.books.difference)),),
            numbers=(1, 2, 3),
        ),
    ]
    if report.books.loose:
        rows = [(f"{e.day:%d.%m.%Y}", e.label, e.why, format_euro(e.effect)) for e in report.books.loose]
        if rest := report.books.difference - report.explained:
            rows.append(("", "weitere Zeilen zusammen", "", format_euro(rest)))
        blocks += [
            Heading("Was den Unterschied erklärt"),
            Table(
                header=("Tag", "Was", "Warum", "Unterschied"),
                rows=tuple(rows),
                numbers=(3,),
                widths=(2, 4, 4),
            ),
        ]
    blocks += [
        Heading("Was die Zahlen sind"),
        Table(header=("Zahl", "Was sie ist"), rows=EXPLAINED, widths=(1, 4)),
        *ends.blocks(report.year),
    ]
    return Report(
        title=f"Kassenbericht {report.year}",
        lead=f"Stand {report.until:%d.%m.%Y}, nach den Kontoauszügen der Konten des Vereins.",
        blocks=tuple(blocks),
        foot=f"Kassenbericht {report.year}, Stand {report.until:%d.%m.%Y}",
    )


def verdict(report: CashReport) -> str:
    """Return whether opening, income and expenditure make the closing balance, and whether the books say the same."""
    if not report.has_statements:
        return f"Für {report.year} ist kein Kontoauszug geladen. Was die Bank sagt, ist nicht bekannt."
    told = _of_the_bank(report)
    if report.books.difference:
        differ = f"Bücher und Kontoauszüge unterscheiden sich um {format_euro(report.books.difference)}."
        return f"{told} {differ}"
    return f"Geht auf: {told}" if report.agrees else told


def _of_the_bank(report: CashReport) -> str:
    """Return in sentences whether the statements explain the closing balance."""
    if report.adds_up:
        return (
            f"Anfangsbestand, Einnahmen und Ausgaben ergeben den Endbestand laut Kontoauszug, "
            f"{known(report.closing)}."
        )
    parts = []
    if report.difference:
        parts.append(f"{format_euro(report.difference)} erklärt keine Buchung.")
    if report.missing:
        stretches = counted(len(report.missing), "Zeitraum", "Zeiträume")
        parts.append(f"Für {stretches} ist kein Kontoauszug geladen.")
    return " ".join(parts)


def known(amount: Decimal | None) -> str:
    """Return the amount with the euro sign, or that it is not known."""
    return UNKNOWN if amount is None else format_euro(amount)


QUESTIONS = (
    "Stimmt der Anfangsbestand mit dem Endbestand des Vorjahres überein?",
    "Stimmt der Endbestand mit den Kontoauszügen überein?",
    "Sind alle Kontoauszüge des Jahres vorhanden?",
    "Ist jede geprüfte Ausgabe durch eine Rechnung oder einen anderen Beleg belegt?",
    "Passt zu jeder geprüften Zahlung eine Zusage, ein geprüfter Abruf und ein bestätigtes Konto?",
    "Haben bei jeder geprüften Zahlung zwei Personen gehandelt?",
    "Sind Rückzahlungen und Rückläufe der Bank richtig gebucht?",
    "Sind die Gemeinkosten für Zwecke des Vereins ausgegeben?",
    "Liegen die fälligen Verwendungsnachweise vor, und sind sie geprüft?",
    "Meldet „verify_ledger“ keine Abweichung?",
)


def audit_form(report: CashReport, auditors: Sequence[str], day: date) -> Report:
    """Return the report of the Kassenprüfung with the year's figures, questions to answer and lines to sign."""
    signing = tuple(Signatory(name, "Kassenprüfung") for name in auditors) or (
        Signatory("", "Kassenprüfung"), Signatory("", "Kassenprüfung"),
    )  # fmt: skip
    return Report(
        title=f"Bericht der Kassenprüfung {report.year}",
        lead="Geprüft am ____________________ in ____________________",
        blocks=(
            Table(
                header=("Zahlen aus dem Kassenbericht", "Betrag"),
                rows=(
                    ("Anfangsbestand", known(report.opening)),
                    ("Einnahmen", known(report.total_in)),
                    ("Ausgaben", known(report.total_out)),
                    *((("nicht erklärt", format_euro(report.difference)),) if report.difference else ()),
                ),
                sums=(("Endbestand laut Kontoauszug", known(report.closing)),),
                numbers=(1,),
            ),
            Heading("Fragen"),
            Questions(QUESTIONS),
            Heading("Geprüfte Belege und Feststellungen"),
            Questions(
                ("Gibt es Feststellungen, die der Mitgliederversammlung berichtet werden?",),
                start=len(QUESTIONS) + 1,
            ),
            Heading("Ergebnis"),
            Questions(
                ("Wir empfehlen der Mitgliederversammlung, die Rechnung anzunehmen und zu entlasten.",),
                start=len(QUESTIONS) + 2,
            ),
            Signatures((Party(signing, place_and_date=True),)),
        ),
        foot=f"Kassenprüfung {report.year}, gedruckt am {day:%d.%m.%Y}",
    )
