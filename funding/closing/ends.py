"""The ends of the chains of a year: of its pots, as printed reports and workbooks carry them, and of its decisions."""

from funding.models import Application, FiscalYear, Pot
from members.common.export import Column, Sheet
from members.common.pdf.letters import Block, Heading, Paragraph, Table

EXPLAINED = (
    "Die Buchungen jedes Topfs hängen wie Glieder einer Kette zusammen. Wer eine ändert, wegnimmt oder einschiebt, ändert das Ende: "
    "Bei gleicher Zahl der Buchungen ist es dann ein anderes als hier."
)


def pots_of(year: int) -> list[Pot]:
    """Return the pots of the fiscal year that have a booking, in their order. One query."""
    found = Pot.objects.filter(year__year=year, chain_length__gt=0)
    return list(found.select_related("district", "year").order_by("pk"))


def blocks(year: int) -> tuple[Block, ...]:
    """Return the part of a printed report; nothing where nothing is booked."""
    pots = pots_of(year)
    if not pots:
        return ()
    return (
        Heading("Enden der Buchungsketten"),
        Paragraph(EXPLAINED),
        Table(
            header=("Topf", "Buchungen", "Ende der Kette"),
            rows=tuple((str(pot), str(pot.chain_length), pot.short_end) for pot in pots),
            numbers=(1,),
        ),
    )


def sheet(year: int) -> Sheet:
    """Return the sheet of a workbook, with the ends in full."""
    columns = (
        Column("Topf", str, 34),
        Column("Buchungen", "chain_length", 12),
        Column("Ende der Kette", "chain_end", 70),
    )
    return Sheet("Buchungsketten", columns, pots_of(year))


def of_decisions(year: FiscalYear) -> dict[str, str]:
    """Return for each application to the year's pots (its key) how many decisions its chain has, and its end. One query."""
    decided = Application.objects.filter(pot__year=year, chain_length__gt=0).order_by("pk")
    rows = decided.values_list("pk", "chain_length", "chain_end")
    return {str(key): f"{length} {end}" for key, length, end in rows.iterator()}
