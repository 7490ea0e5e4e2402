"""Letters as PDF: read back by poppler, judged by veraPDF, the same bytes for ever, whatever text they hold."""

import subprocess
from dataclasses import replace
from datetime import date

import pytest

from members.common.pdf.letters import (
    Bullets,
    Clause,
    Enclosed,
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
from tests import verapdf

ABOUT = {"title": "Förderzusage Z-2026-0007", "author": "Beispiel e. V.", "day": date(2026, 11, 30)}
SENDER = Sender(
    name="StadtbezirksMarketing Dortmund e. V.",
    address_line="StadtbezirksMarketing Dortmund e. V. · Beispielweg 1 · 44137 Dortmund",
    contact=("Beispielweg 1", "44137 Dortmund"),
    footer=(("Vorstand", "Kim Beispiel"), ("Register", "VR 0000", "Amtsgericht Dortmund")),
)
BOTH = Signatures(
    (
        Party(
            (Signatory("Kim Beispiel", "Vorstand"), Signatory("Chris Muster", "Vorstand")), SENDER.name, True
        ),
        Party((Signatory("Toni Probe", "Vorsitz"),), "Förderverein Hörde e. V.", True),
    )
)
PLAN = Table(
    header=("Art", "Wofür", "Betrag"),
    rows=(("Honorare", "Musik", "700,50 €"), ("Sachkosten", "Bühne und Strom", "500,00 €")),
    sums=(("Summe", "", "1.200,50 €"),),
    numbers=(2,),
    widths=(1, 3),
)
LETTER = Letter(
    sender=SENDER,
    recipient=("Förderverein Hörde e. V.", "Beispielstraße 5", "44263 Dortmund"),
    subject="Förderzusage für das Sommerfest",
    facts=(("Unser Zeichen", "Z-2026-0007"), ("Datum", "30.11.2026")),
    number="Z-2026-0007",
    salutation="Sehr geehrte Damen und Herren,",
    blocks=(
        Paragraph("gern fördern wir Ihr Projekt."),
        Facts((("Betrag", "1.200,50 €"), ("Zweck", "Sommerfest"))),
        Heading("Kosten- und Finanzierungsplan"),
        PLAN,
        Numbered(
            (Clause("Nur für den genannten Zweck.", "Zweckbindung"), Clause("Belege bleiben zehn Jahre."))
        ),
        Bullets(("eins", "zwei")),
        Signatures((Party((Signatory("Kim Beispiel", "Vorstand"),)),), "Mit freundlichen Grüßen"),
        Enclosed(("Annahmeerklärung",)),
    ),
)


def made(*letters: Letter) -> bytes:
    return render_letters(letters, **ABOUT)


def with_blocks(*blocks) -> Letter:
    return replace(LETTER, blocks=blocks)


def pages(pdf: bytes, *options: str) -> list[str]:
    """Return the text of each page as poppler reads it, soft hyphens at line ends joined."""
    read = subprocess.run(["pdftotext", *options, "-", "-"], input=pdf, capture_output=True, check=True)
    assert not read.stderr
    return read.stdout.decode().removesuffix("\f").split("\f")


def flat(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.pdf
def test_a_letter_says_all_that_it_was_given_and_keeps_both_standards():
    pdf = made(LETTER)
    [page] = pages(pdf, "-layout")
    text = flat(page)
    for said in (
        SENDER.address_line, "Förderverein Hörde e. V.", "44263 Dortmund", "Unser Zeichen Z-2026-0007", LETTER.subject,
        "Betrag 1.200,50 €", "Honorare Musik 700,50 €", "Summe 1.200,50 €", "1. Zweckbindung", "2. Belege bleiben zehn Jahre.",
        "• eins", "Mit freundlichen Grüßen", "Anlage Annahmeerklärung", "Amtsgericht Dortmund", "Seite 1 von 1",
    ):  # fmt: skip
        assert said in text, said
    assert verapdf.findings(pdf) == []
