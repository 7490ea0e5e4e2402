"""Load the whole demonstration in one transaction: everything or nothing."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from funding import services as funding
from funding.models import FiscalYear
from funding.proofs.models import RepaymentClaim
from members.models import User
from projects.models import Project
from stadtbezirk.demo import (
    changes,
    closing,
    diary,
    entries,
    letters,
    money,
    payees,
    people,
    proofs,
    statements,
    steps,
    texts,
)

ARCHIVED_YEARS = (2016, 2018, 2019)
#: Source of the light-art project's special pot. How its published sum was divided is assumed.
LIGHT_ART = "Lichtkunst in den Stadtbezirken (für die Demonstration angenommen)"

Say = Callable[[str], None]


def is_loaded() -> bool:
    """Return whether the demonstration is loaded already."""
    return User.objects.filter(email=people.FIRST_ACCOUNT).exists()


def holds_other_data() -> bool:
    """Return whether somebody works with this database already: the demonstration must not mix in."""
    return Project.objects.exists() or FiscalYear.objects.exists() or User.objects.exists()


@transaction.atomic
def load(say: Say) -> people.Cast:
    """Enter people, years and projects, verify the ledger, and return who acted. Raises CommandError on a difference."""
    today = timezone.localdate()
    say("Personen, Gremien und Organisationen werden angelegt …")
    cast = people.create()
    people.create_organisations()
    texts.fill_in(today)
    say("Haushaltsjahre werden geöffnet …")
    open_years(cast, today)
    letters.prepare(today)
    proofs.agree_on_interest(today)
    archived, listed, copied = entries.archive(today), entries.listed(today), entries.copies(today)
    for text, batch in (
        ("Projekte aus 2016, 2018 und 2019 werden eingetragen, entschieden und abgerechnet …", archived),
        ("Weitere Projekte der öffentlichen Liste seit 2002 werden ohne Beträge eingetragen …", listed),
        (f"Kopien im laufenden Jahr {today.year} werden eingetragen …", copied),
    ):
        say(text)
        for entry in sorted(batch, key=lambda e: e.calendar.after(0)):
            steps.enter(entry, cast)
    say("Gemeinkosten, Sondermittel und eine Umbuchung werden gebucht …")
    money.spend(cast, ARCHIVED_YEARS, today)
    say("Empfänger und ihre Bankverbindungen werden eingetragen …")
    payees.enter(cast, today)
    letters.lose_an_address(today)
    say("Änderungen werden gemeldet und entschieden …")
    changes.write(cast, today)
    say("Schreiben werden gezeichnet, versandt und beantwortet …")
    letters.write(cast, today)
    say("Geld wird abgerufen und ausgezahlt, Kontoauszüge werden zugeordnet …")
    diary.keep(cast, today)
    letters.confirm_one(cast, today)
    say("Verwendungsnachweise werden geschrieben und geprüft, das Jahr 2018 wird abgeschlossen …")
    proofs.write(cast, today)
    proofs.draw(cast, today)
    claims = RepaymentClaim.objects.select_related("decision", "application__project__organiser")
    for claim in claims.filter(application__project__title=proofs.OVERPAID):
        statements.repay_with_interest(claim, statements.open_account(), cast, today)
    proofs.remind(cast, today)
    closing.close(cast)
    say("Buchungen werden nachgerechnet …")
    call_command("verify_ledger")
    return cast


def open_years(cast: people.Cast, today: date) -> None:
    """Open the archived years with a special pot of 2018, open the running year, and plan the next one."""
    for year in ARCHIVED_YEARS:
        funding.open_year(year, actor=cast.wf1, on=date(year, 1, 2))
    funding.open_pot(
        2018, code="LICHT", source=LIGHT_ART, amount=Decimal(70000), actor=cast.wf1, on=date(2018, 2, 1)
    )
    opening = entries.opening(today)
    money.allow_transfers(today.year)
    funding.open_year(today.year, actor=cast.wf1, on=opening)
    funding.plan_year(today.year + 1, actor=cast.wf1, on=opening)
