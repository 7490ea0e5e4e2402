"""A business letter by DIN 5008, form B: what it is made of, and its PDF.

``Letter`` and its parts are plain data. ``asdict(letter)`` (of ``dataclasses``) is what JSON can say and may be kept
in a row; ``render_letters`` takes either. The same letter gives the same bytes, at any time and on any machine::

    letter = Letter(
        sender=Sender(
            name="StadtbezirksMarketing Dortmund e. V.",
            address_line="StadtbezirksMarketing Dortmund e. V. · Beispielweg 1 · 44137 Dortmund",
            contact=("Beispielweg 1", "44137 Dortmund", "Telefon 0231 000000"),
            footer=(("Vorstand", "Vorname Name"), ("Bank", "IBAN ...", "BIC ...")),
        ),
        recipient=("Förderverein Beispiel e. V.", "Beispielstraße 5", "44263 Dortmund"),
        facts=(("Unser Zeichen", "Z-2026-0007"), ("Datum", "30.11.2026")),
        number="Z-2026-0007",
        subject="Förderzusage für das Projekt „Sommerfest“",
        salutation="Sehr geehrte Damen und Herren,",
        blocks=(Paragraph("gern fördern wir ..."), Signatures((Signatory("Vorname Name", "Vorstand"),))),
    )
    render_letters([letter], title="Förderzusage Z-2026-0007", author="...", day=date(2026, 11, 30))

Every text is plain text; "\\n" in it begins a new line. Amounts come as text (``format_euro``). Empty parts are left
out, so is a block without content.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

from members.common.pdf.engine import render


@dataclass(frozen=True)
class Sender:
    """Who writes: the letterhead, the line above the address, the foot of the page."""

    name: str
    #: One line above the address, seen in the envelope's window.
    address_line: str
    #: Lines at the right of the letterhead.
    contact: tuple[str, ...] = ()
    #: Columns at the foot of the page, each with its lines; the first line of a column is its title.
    footer: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True)
class Paragraph:
    text: str
    bold: bool = False
    kind: str = field(default="paragraph", init=False)


@dataclass(frozen=True)
class Heading:
    text: str
    kind: str = field(default="heading", init=False)


@dataclass(frozen=True)
class Facts:
    """Pairs of a label and what it stands for, such as purpose and amount."""

    pairs: tuple[tuple[str, str], ...]
    kind: str = field(default="facts", init=False)


@dataclass(frozen=True)
class Table:
    """Rows below a header that comes again on each page; the last rows are sums."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    sums: tuple[tuple[str, ...], ...] = ()
    #: The columns with numbers, from 0: right-aligned, as wide as they need. The others share the rest.
    numbers: tuple[int, ...] = ()
    #: How the other columns share the width: (1, 3) makes the second three times as wide as the first.
    widths: tuple[int, ...] = ()
    kind: str = field(default="table", init=False)


@dataclass(frozen=True)
class Clause:
    """One item of a numbered list, such as a condition of a grant."""

    text: str
    title: str = ""


@dataclass(frozen=True)
class Numbered:
    clauses: tuple[Clause, ...]
    #: The first number.
    start: int = 1
    kind: str = field(default="numbered", init=False)


@dataclass(frozen=True)
class Bullets:
    items: tuple[str, ...]
    kind: str = field(default="bullets", init=False)


@dataclass(frozen=True)
class Signatory:
    """A line to sign on, the name and the office below it."""

    name: str = ""
    office: str = ""


@dataclass(frozen=True)
class Party:
    """One side of an agreement, or who signs a letter: alone, its signatories stand beside each other."""

    signatories: tuple[Signatory, ...]
    #: Whom they sign for.
    name: str = ""
    #: A line for place and date above the signatures.
    place_and_date: bool = False


@dataclass(frozen=True)
class Signatures:
    """The parties beside each other, never apart, on the page of the paragraph that stands before them.

    ``closing`` stands above them: "Mit freundlichen Grüßen".
    """

    parties: tuple[Party, ...]
    closing: str = ""
    kind: str = field(default="signatures", init=False)


@dataclass(frozen=True)
class Enclosed:
    """What comes with the letter, below "Anlage" or "Anlagen"."""

    items: tuple[str, ...]
    kind: str = field(default="enclosed", init=False)


@dataclass(frozen=True)
class PageBreak:
    """What follows begins on a new page, such as a declaration that the recipient sends back."""

    kind: str = field(default="page_break", init=False)


@dataclass(frozen=True)
class Questions:
    """Questions to answer by hand on paper: yes or no, with lines for a remark."""

    items: tuple[str, ...]
    #: The first number.
    start: int = 1
    kind: str = field(default="questions", init=False)


@dataclass(frozen=True)
class Code:
    """A QR code, as SVG, with lines beside it. ``alt`` is read aloud in its place."""

    svg: str
    alt: str
    items: tuple[str, ...]
    kind: str = field(default="code", init=False)


Block = (
    Paragraph
    | Heading
    | Facts
    | Table
    | Numbered
    | Bullets
    | Signatures
    | Enclosed
    | PageBreak
    | Questions
    | Code
)


@dataclass(frozen=True)
class Letter:
    sender: Sender
    #: The lines of the address. In the window nine short ones have their place.
    recipient: tuple[str, ...]
    subject: str
    #: The block of information at the right: labels with what they stand for.
    facts: tuple[tuple[str, str], ...] = ()
    #: Stands above each following page, with the recipient's first line.
    number: str = ""
    #: Above the address: how it is sent, such as "Einschreiben".
    sent_as: str = ""
    salutation: str = ""
    blocks: tuple[Block, ...] = ()
    #: A word across each page, such as "Entwurf".
    watermark: str = ""


def render_letters(
    letters: Sequence[Letter | Mapping[str, Any]], *, title: str, author: str, day: date
) -> bytes:
    """Return one PDF of the letters, one after the other; each counts its own pages and begins on an odd one.

    ``title``, ``author`` and ``day`` are the document's own. Raises PdfError.
    """
    data = [asdict(letter) if isinstance(letter, Letter) else letter for letter in letters]
    return render("letter", {"letters": data}, title=title, author=author, day=day)
