"""Old papers: some that two people deleted after their period, some that wait for the second person, some under a hold."""

from datetime import UTC, datetime

from funding.closing.models import Deletion
from funding.closing.retention import services
from projects.models import Attachment, Project
from stadtbezirk.demo import papers
from stadtbezirk.demo.people import Cast

DELETED, WAITING, HELD = 2016, 2018, 2019
NAME = "Angebot Technik.pdf"


def keep(cast: Cast) -> None:
    """Give an old project of each year an offer, and show what becomes of it.

    Files are not part of a transaction: call it when the projects are committed.
    """
    attachment = Deletion.What.ATTACHMENT.value
    for year in (DELETED, WAITING, HELD):
        papers.give(_project(year), NAME, papers.written(f"Angebot {year}: Bühne und Ton"), "Angebot")
        of_year = Attachment.objects.filter(project=_project(year), name=NAME)
        of_year.update(uploaded_at=datetime(year, 6, 1, 10, tzinfo=UTC))
    reason = "Die Frist ist vorbei, die Kassenprüfung hat nichts offen."
    asked = services.request_deletion(DELETED, attachment, reason=reason, actor=cast.wf1)
    services.confirm_deletion(asked, actor=cast.wf2)
    services.request_deletion(WAITING, attachment, reason=reason, actor=cast.wf2)
    reason = "Mit dem Verleih der Technik wird noch gestritten."
    services.hold(project=_project(HELD), reason=reason, actor=cast.wf1)


def _project(year: int) -> Project:
    settled = Project.objects.filter(year=year, state=Project.State.SETTLED).select_related("lead_district")
    return settled.earliest("pk")
