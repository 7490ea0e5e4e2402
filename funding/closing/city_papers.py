"""The proof to the city as PDF and workbook."""

from django.http import HttpResponseBase

from funding.closing import ends
from funding.closing.city import CityProof, Figures, Proofs
from members.common.counting import counted
from members.common.export import Column, Sheet, download_book
from members.common.money import format_euro, format_number
from members.common.pdf.letters import Block, Facts, Heading, Paragraph, Table
from members.common.pdf.reports import Report

#: Beside each figure: what it is and where it comes from.
EXPLAINED: tuple[tuple[str, str], ...] = (
    ("Ansatz", "Was das Fördermodell dem Topf für das Jahr gibt, gebucht beim Öffnen des Jahres."),
    ("Sondermittel", "Was eine benannte Quelle für den Topf zugesagt hat, weniger, was ihr zurückgegeben wurde."),
    ("Rückzahlungen aus Vorjahren", "Geld, das nach dem Abschluss eines früheren Jahres zurückkam."),
    ("Verstärkungen", "Weiteres Geld für den Topf, zum Beispiel Zinsen."),
    ("Umbuchungen", "Zwischen Töpfen desselben Jahres; zusammen ergeben sie null."),
    ("aus dem Vorjahr", "Was aus einem früheren Jahr übertragen wurde."),
    ("bezahlt", "Auszahlungen weniger Rückzahlungen und Rückläufe der Bank."),
    ("übertragen", "Was in ein anderes Jahr übertragen wurde."),
    ("verfallen", "Reste, die beim Abschluss verfallen sind."),
    ("gebunden", "Bewilligt oder als Ausgabe gebucht und noch nicht bezahlt."),
    ("vorgemerkt", "Mit einer ersten Unterschrift oder für eine Umbuchung zurückgelegt."),
    ("frei", "Weder vorgemerkt noch gebunden noch bezahlt."),
    ("Geld der Stadt laut Kontoauszug", "Eingänge, die auf den Kontoauszügen als Geld der Stadt für dieses Jahr zugeordnet sind."),
    ("Drittmittel", "Zugesagte oder eingegangene Drittmittel in den Finanzierungsplänen der geförderten Projekte."),
    ("Verwendungsnachweise", "Bewilligungen, von denen etwas bezahlt ist und deren Entscheidung einen Nachweis verlangt."),
)  # fmt: skip

_IN = (
    ("Ansatz", "model"), ("Sondermittel", "special"), ("Rückzahlungen aus Vorjahren", "late"), ("Verstärkungen", "supplements"),
    ("Umbuchungen", "transferred"), ("aus dem Vorjahr", "carried_in"), ("hinein", "total_in"),
)  # fmt: skip
_OUT = (
    ("bezahlt", "paid"), ("übertragen", "carried_out"), ("verfallen", "lapsed"), ("gebunden", "outstanding"),
    ("vorgemerkt", "reserved"), ("frei", "available"),
)  # fmt: skip


def workbook(proof: CityProof) -> HttpResponseBase:
    """Return the proof as a workbook: a sheet for each table, and one that explains each figure."""
    pots = (Column("Topf", "name", 34), *(Column(label, name, summed=True) for label, name in (*_IN, *_OUT)),
            Column("Unterschied", "difference", summed=True), Column("geht auf", "adds_up", 10))  # fmt: skip
    projects = (
        Column("Topf", "pot", 30),
        Column("Projektnummer", "project.number", 15),
        Column("Projekt", "project.display_title", 44),
        Column("federführender Stadtbezirk", "project.lead_district", 20),
        Column("Handlungsschwerpunkt", "project.main_field", 30),
        Column("Stand", lambda row: row.application.get_state_display(), 14),
        Column("bewilligt", "granted", summed=True),
        Column("bezahlt", "paid", summed=True),
        Column("noch offen", "open", summed=True),
        Column("Drittmittel des Projekts", "third_party", 22),
    )
    proofs = (
        Column("Umfang", "label", 50), Column("verlangt", "asked", 12), Column("fällig", "due", 12),
        Column("eingereicht", "handed_in", 12), Column("geprüft", "checked", 12),
    )  # fmt: skip
    of_bank = (
        Column("Was", lambda row: row[0], 20),
        Column("Tag", lambda row: row[1].booked_on, 12),
        Column("Kontoauszug", lambda row: row[1].statement, 34),
        Column("Betrag", lambda row: row[1].amount),
    )
    sheets = [
        Sheet("Überblick", (Column("Was", lambda row: row[0], 44), Column("Wie viel", lambda row: row[1], 30)), facts(proof)),
        Sheet("Laut Kontoauszug", of_bank, proof.of_bank),
        Sheet("Töpfe", pots, proof.pots),
        Sheet("Projekte", projects, proof.projects),
        Sheet("Verwendungsnachweise", proofs, proof.proofs),
        ends.sheet(proof.year.year),
        Sheet("Erklärung", (Column("Zahl", lambda row: row[0], 34), Column("Was sie ist", lambda row: row[1], 100)), EXPLAINED),
    ]  # fmt: skip
    return download_book(
        f"nachweis-stadt-{proof.year}", sheets, f"{title(proof)}, Stand {proof.day:%d.%m.%Y}"
    )


def title(proof: CityProof) -> str:
    return f"Nachweis gegenüber der Stadt {proof.year}"


def verdict(proof: CityProof) -> str:
    """Return in a sentence whether the figures add up, and where not."""
    if proof.adds_up:
        told = "In jedem Topf ist, was gebucht hineinkam, bezahlt, übertragen, verfallen oder noch da."
        if proof.is_covered:
            return f"Geht auf: {told} Was Stadt und Quellen zugesagt haben, steht auf den Kontoauszügen."
        return f"Die Bücher gehen auf: {told} {_not_on_statements(proof)}"
    if proof.wrong:
        return f"Geht nicht auf: {', '.join(row.name for row in proof.wrong)}. Bitte „verify_ledger“ laufen lassen."
    return "Geht nicht auf: Projekte und Gemeinkosten ergeben nicht, was bezahlt ist. Bitte „verify_ledger“ laufen lassen."


def _not_on_statements(proof: CityProof) -> str:
    """Return in sentences how what the statements tell differs from what was promised."""
    return " ".join(
        f"{name}: zugesagt {format_euro(promised)}, laut Kontoauszug {format_euro(received)}."
        for name, promised, received in (
            ("Geld der Stadt", proof.total.model, proof.instalments),
            ("Sondermittel", proof.total.special, proof.special_received),
        )
        if promised != received
    )


def facts(proof: CityProof) -> list[tuple[str, str]]:
    """Return the figures at the top, each with its label."""
    total = proof.total
    return [
        ("hineingekommen", format_euro(total.total_in)),
        ("davon Ansatz nach dem Fördermodell", format_euro(total.model)),
        ("davon Sondermittel", format_euro(total.special)),
        ("Geld der Stadt laut Kontoauszug", format_euro(proof.instalments)),
        ("Ansatz, noch auf keinem Kontoauszug", format_euro(proof.to_come)),
        ("Sondermittel laut Kontoauszug", format_euro(proof.special_received)),
        ("bezahlt", format_euro(total.paid)),
        ("an Projekte", format_euro(proof.of_projects)),
        ("davon zurückgefordert und noch nicht da", format_euro(proof.reclaimed)),
        ("für Gemeinkosten", format_euro(proof.of_overhead)),
        ("noch gebunden", format_euro(total.outstanding)),
        ("an die Stadt verfallen", format_euro(proof.lapsed_to_city)),
        ("davon laut Kontoauszug zurückgezahlt an die Stadt", format_euro(proof.paid_to_city)),
        ("noch frei oder vorgemerkt", format_euro(total.available + total.reserved)),
        ("geförderte Projekte", counted(proof.funded_projects, "Projekt", "Projekte", "keines")),
        ("davon mit Drittmitteln", counted(proof.with_third_party, "Projekt", "Projekte", "keines")),
        ("Drittmittel dieser Projekte", format_euro(proof.third_party)),
    ]


def as_pdf(proof: CityProof) -> Report:
    """Return the proof as a report to print."""
    model = proof.year.model
    basis = (
        f"Ratsbeschluss vom {model.council_decision_on:%d.%m.%Y}"
        if model.council_decision_on
        else model.reference
    )
    blocks: list[Block] = [
        Paragraph(verdict(proof), bold=True),
        Facts((("Fördermodell", model.name), *((("Grundlage", basis),) if basis else ()), *facts(proof))),
        *_of_bank(proof),
        Heading("Was hineinkam, je Topf (Euro)"),
        _of_pots(proof, _shown(proof, _IN)),
        Heading("Was damit geschah, je Topf (Euro)"),
        _of_pots(proof, _shown(proof, _OUT)),
        Heading("Verwendungsnachweise"),
    ]
    if proof.proofs:
        blocks.append(
            Table(
                header=("Umfang", "verlangt", "fällig", "eingereicht", "geprüft"),
                rows=tuple(_row(each) for each in proof.proofs),
                numbers=(1, 2, 3, 4),
            )
        )
    else:
        blocks.append(Paragraph("Von den bezahlten Bewilligungen verlangt keine einen Nachweis."))
    blocks.append(Heading("Projekt für Projekt (Euro)"))
    if proof.projects:
        blocks.append(
            Table(
                header=("Nummer", "Projekt", "Topf", "bewilligt", "bezahlt"),
                rows=tuple(
                    (
                        str(row.project.number),
                        row.project.display_title,
                        str(row.pot),
                        format_number(row.granted),
                        format_number(row.paid),
                    )
                    for row in proof.projects
                ),
                sums=(("Zusammen", "", "", format_number(proof.granted), format_number(proof.of_projects)),),
                numbers=(3, 4),
                widths=(3, 5, 4),
            )
        )
    else:
        blocks.append(Paragraph("In diesem Jahr ist kein Projekt gefördert."))
    blocks += [
        Heading("Was die Zahlen sind"),
        Table(header=("Zahl", "Was sie ist"), rows=EXPLAINED, widths=(1, 3)),
        *ends.blocks(proof.year.year),
    ]
    return Report(
        title=title(proof),
        lead=f"Haushaltsjahr {proof.year}, {proof.year.get_state_display()}. Stand {proof.day:%d.%m.%Y}.",
        blocks=tuple(blocks),
        foot=f"{title(proof)}, Stand {proof.day:%d.%m.%Y}",
    )


def _of_bank(proof: CityProof) -> list[Block]:
    """Return a row for each entry of the bank that is money of the city or of a source; nothing where there is none."""
    if not proof.of_bank:
        return []
    return [
        Heading("Laut Kontoauszug (Euro)"),
        Table(
            header=("Was", "Tag", "Kontoauszug", "Betrag"),
            rows=tuple(
                (what, f"{entry.booked_on:%d.%m.%Y}", str(entry.statement), format_number(entry.amount))
                for what, entry in proof.of_bank
            ),
            numbers=(3,),
            widths=(3, 2, 4, 2),
        ),
    ]


def _shown(proof: CityProof, columns: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """Return the columns that have something in the year."""
    return tuple((label, name) for label, name in columns if name in proof.shown)


def _of_pots(proof: CityProof, columns: tuple[tuple[str, str], ...]) -> Table:
    def cells(row: Figures) -> tuple[str, ...]:
        return (row.name, *(format_number(getattr(row, name)) for _, name in columns))

    return Table(
        header=("Topf", *(label for label, _ in columns)),
        rows=tuple(cells(row) for row in proof.pots),
        sums=(cells(proof.total),),
        numbers=tuple(range(1, len(columns) + 1)),
    )


def _row(each: Proofs) -> tuple[str, ...]:
    return (each.label, str(each.asked), str(each.due), str(each.handed_in), str(each.checked))
