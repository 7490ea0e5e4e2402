"""A year that two people closed, opened again for a forgotten invoice, closed once more, and that the members adopted."""

from datetime import date

from funding.closing import services
from funding.closing.models import Adoption
from funding.models import FiscalYear
from members.models import Body, Resolution
from stadtbezirk.demo.people import Cast

YEAR = 2018
CLOSED, REOPENED, AGAIN, ADOPTED = date(2019, 2, 11), date(2019, 3, 4), date(2019, 3, 18), date(2019, 5, 20)


def close(cast: Cast) -> None:
    """Close 2018, open it again with a reason, close it once more; the general meeting adopts it."""
    year = FiscalYear.objects.get(year=YEAR)
    asked = services.request_closing(
        year, reason="Kassenbericht geprüft, alles bezahlt.", actor=cast.wf1, on=CLOSED
    )
    services.confirm_closing(asked, actor=cast.wf2, on=CLOSED)
    reason = "Ein Kontoauszug vom Dezember fehlte; er wurde nachgetragen und geprüft."
    asked = services.request_reopening(year, reason=reason, actor=cast.wf2, on=REOPENED)
    services.confirm_closing(asked, actor=cast.wf1, on=REOPENED)
    asked = services.request_closing(
        year, reason="Kontoauszug ist da, alles stimmt.", actor=cast.wf2, on=AGAIN
    )
    services.confirm_closing(asked, actor=cast.wf1, on=AGAIN)
    meeting = Body.objects.get(kind=Body.Kind.GENERAL_MEETING)
    for what in (Adoption.What.ACCOUNTS, Adoption.What.DISCHARGE):
        vote = Resolution(
            body=meeting, date=ADOPTED, votes_yes=31, votes_no=0, votes_abstained=4, amount_cents=0
        )
        services.adopt(year, what=what, resolution=vote, actor=cast.wf1, on=ADOPTED)
