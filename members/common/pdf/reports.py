"""A report as PDF, for a meeting or for the city: a title, a sentence, and the blocks of ``letters``."""

from dataclasses import asdict, dataclass
from datetime import date

from members.common.pdf.engine import render
from members.common.pdf.letters import Block

AUTHOR = "StadtbezirksMarketing Dortmund e.\u00a0V."


@dataclass(frozen=True)
class Report:
    title: str
    #: Stands below the title.
    lead: str
    blocks: tuple[Block, ...]
    #: Stands at the foot of each page, such as the day and the ends of the ledger's chain.
    foot: str = ""
    author: str = AUTHOR


def render_report(report: Report, *, day: date) -> bytes:
    """Return the PDF of the report; ``day`` is the document's own (local date). Raises PdfError."""
    return render("report", {"report": asdict(report)}, title=report.title, author=report.author, day=day)
