"""A hundred letters of two pages beside plain typst with the same words, in the same fonts and standards.

And the same hundred as one PDF. Nothing is asked of a database.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import date

import typst

from members.common.pdf.letters import (
    Clause,
    Facts,
    Heading,
    Letter,
    Numbered,
    Paragraph,
    Party,
    Sender,
    Signatory,
    Signatures,
    Table,
    render_letters,
)
from members.common.pdf.printable import FONTS
from tests.bench.measure import taking_turns
from tests.bench.parts import Context
from tests.bench.rows import Row

TARGET = 3.0
LETTERS = 100
TEXT = "Die Mittel dürfen nur für den genannten Zweck verwendet werden; teilen Sie uns Änderungen bitte vorher mit. "
LETTER = Letter(
    sender=Sender(
        name="Beispiel e. V.",
        address_line="Beispiel e. V. · Beispielweg 1 · 44137 Dortmund",
        contact=("Beispielweg 1", "44137 Dortmund"),
        footer=(("Vorstand", "Kim Beispiel"), ("Register", "VR 0000")),
    ),
    recipient=("Förderverein Hörde e. V.", "Beispielstraße 5", "44263 Dortmund"),
    subject="Förderzusage für das Sommerfest",
    facts=(("Unser Zeichen", "Z-2026-0007"), ("Datum", "30.11.2026")),
    salutation="Sehr geehrte Damen und Herren,",
    blocks=(
        Paragraph(TEXT * 3),
        Facts((("Betrag", "1.200,50 €"), ("Zweck", "Sommerfest"))),
        Heading("Kosten- und Finanzierungsplan"),
        Table(
            ("Art", "Wofür", "Betrag"),
            tuple(("Sachkosten", f"Posten {number}", "100,00 €") for number in range(12)),
            (("Summe", "", "1.200,00 €"),),
            (2,),
            (1, 3),
        ),
        Heading("Bedingungen"),
        Numbered(tuple(Clause(TEXT * 2) for _ in range(8))),
        Signatures((Party((Signatory("Kim Beispiel", "Vorstand"),)),), "Mit freundlichen Grüßen"),
    ),
)  # fmt: skip
#: The same words as typst's own documentation would set them: no address field, no marks, no fall-back fonts.
BARE = b"""
#let letter = json(bytes(sys.inputs.data))
#set document(title: letter.subject, date: datetime(year: 2026, month: 11, day: 30))
#set text(font: "Source Sans 3", size: 11pt, lang: "de")
#set page(paper: "a4", footer: context [Seite #counter(page).display("1 von 1", both: true)])
#letter.sender.name \\ #letter.sender.contact.join("\\n")
#letter.sender.address_line
#letter.recipient.join("\\n")
#for (label, value) in letter.facts [#label #value \\ ]
= #letter.subject
#letter.salutation
#let (text, facts, plan, table-of-plan, conditions, clauses, signatures) = letter.blocks
#text.text
#for (label, value) in facts.pairs [#label #value \\ ]
== #plan.text
#table(columns: 3, table.header(..table-of-plan.header), ..table-of-plan.rows.flatten(), ..table-of-plan.sums.flatten())
== #conditions.text
#enum(..clauses.clauses.map(clause => clause.text))
#signatures.closing \\ #signatures.parties.first().signatories.first().name
"""


def of_number(number: int) -> Letter:
    """Return a letter that differs from the others where letters do; conditions and plan are alike."""
    name = f"Z-2026-{number:04}"
    return replace(
        LETTER,
        recipient=(f"Förderverein {number} e. V.", *LETTER.recipient[1:]),
        facts=(("Unser Zeichen", name), *LETTER.facts[1:]),
        number=name,
        subject=f"Förderzusage für das {number}. Sommerfest",
    )


def run(context: Context) -> Iterator[Row]:
    letters = [of_number(number) for number in range(LETTERS)]
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[FONTS])

    def rendered(chosen: list[Letter]) -> bytes:
        return render_letters(chosen, title="Förderzusage", author="Beispiel e. V.", day=date(2026, 11, 30))

    def ours() -> None:
        for letter in letters:
            rendered([letter])

    def bare() -> None:
        for letter in letters:
            typst.compile(
                BARE,
                font_paths=fonts,
                ignore_system_fonts=True,
                sys_inputs={"data": json.dumps(asdict(letter))},
                pdf_standards=["a-2a", "ua-1"],
            )

    one_by_one, at_once, floor = taking_turns([ours, lambda: rendered(letters), bare], context.repeats)
    for what, taken in ((f"{LETTERS} Briefe", one_by_one), (f"{LETTERS} Briefe als ein PDF", at_once)):
        yield Row(
            "letters", what, context.database, context.size, taken, "s", floor=floor, target=TARGET,
            against="bare typst", repeats=context.repeats,
        )  # fmt: skip
