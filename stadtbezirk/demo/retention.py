"""What is old: some that two people deleted after its period, some that waits for the second person, some under a hold."""

from datetime import UTC, date, datetime

from funding.closing.models import Deletion
from funding.closing.retention import services
from funding.payments import services as payments
from members.models import Organisation, Person
from projects.models import Attachment, Project
from stadtbezirk.demo import papers
from stadtbezirk.demo.association import FORMER_ADVISERS
from stadtbezirk.demo.payees import ADDRESS
from stadtbezirk.demo.people import Cast

DELETED, WAITING, HELD = 2016, 2018, 2019
NAME = "Angebot Technik.pdf"
REASON = "Die Frist ist vorbei, die Kassenprüfung hat nichts offen."
#: Who got money last in which year, with an invented IBAN: details are kept longer than papers.
PAYEES = {
    2014: ("Kulturkreis Altmuster", "DE66441600140123456701"),
    2015: ("Chor Frühbeispiel", "DE02700100800030876808"),
}
What = Deletion.What


def keep(cast: Cast) -> None:
    """Show what becomes of old offers, contacts of projects, addresses and bank details.

    Files are not part of a transaction: call it when the projects are committed.
    """
    for year in (DELETED, WAITING, HELD):
        papers.give(_project(year), NAME, papers.written(f"Angebot {year}: Bühne und Ton"), "Angebot")
        of_year = Attachment.objects.filter(project=_project(year), name=NAME)
        of_year.update(uploaded_at=datetime(year, 6, 1, 10, tzinfo=UTC))
    for year, (name, iban) in PAYEES.items():
        _paid(cast, name, iban, date(year, 5, 4))
    for given, family, *_ in FORMER_ADVISERS.values():
        Person.objects.filter(given_name=given, family_name=family).update(**ADDRESS)
    gone, waiting = FORMER_ADVISERS["HV NRW"][2].year, FORMER_ADVISERS["WF Do"][2].year
    first, second = PAYEES
    for what, deleted, asked in (
        (What.ATTACHMENT, DELETED, WAITING), (What.CONTACT, DELETED, WAITING), (What.PERSON, gone, waiting),
        (What.ACCOUNT, first, second),
    ):  # fmt: skip
        services.confirm_deletion(
            services.request_deletion(deleted, what.value, reason=REASON, actor=cast.wf1), actor=cast.wf2
        )
        services.request_deletion(asked, what.value, reason=REASON, actor=cast.wf2)
    reason = "Mit dem Verleih der Technik wird noch gestritten."
    services.hold(project=_project(HELD), reason=reason, actor=cast.wf1)


def _paid(cast: Cast, name: str, iban: str, day: date) -> None:
    """Enter somebody with the account to which money went in the past."""
    payee = payments.enter_payee(Organisation(name=name), actor=cast.wf1, address=ADDRESS, on=day)
    account = payments.enter_account(
        payee, iban=iban, holder=name, since=day, reason="Rechnung von damals", actor=cast.wf1, on=day
    )
    payments.confirm_account(account, paper="Kontoauszug", actor=cast.wf2, on=day)


def _project(year: int) -> Project:
    settled = Project.objects.filter(year=year, state=Project.State.SETTLED).select_related("lead_district")
    return settled.earliest("pk")
