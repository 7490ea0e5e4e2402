"""What ``verify_ledger`` finds at the closing of years: who closed them, and that their snapshots say what the books say."""

import hashlib
import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from funding.closing.models import Snapshot, YearClosing
from funding.closing.models.closing import lapsed_to_city, latest_confirmed
from funding.models import ChainLink, FiscalYear
from funding.payments.models import StatementEntry
from members.common.money import format_euro

FIGURES = ("allotted", "committed", "paid")


def closings() -> Iterator[str]:
    """Yield a German sentence for each year that is closed or open without two people, or other than its snapshot says."""
    for year in FiscalYear.objects.exclude(state=FiscalYear.State.PLANNED).prefetch_related("pots"):
        latest = latest_confirmed(year)
        closed = latest is not None and latest.is_closing
        if year.is_closed != closed:
            yield (
                f"Haushaltsjahr {year}: Es ist {year.get_state_display()}, und zwei Personen haben "
                f"{'es zuletzt abgeschlossen' if closed else 'es nicht abgeschlossen'}."
            )
        elif closed:
            yield from _figures(year, latest)


def snapshots() -> Iterator[str]:
    """Yield the closings, also of years that were opened again, whose snapshot is missing or another one than was taken."""
    taken = YearClosing.objects.filter(what=YearClosing.What.CLOSE, state=YearClosing.State.CONFIRMED)
    for closing in taken.select_related("year", "snapshot").order_by("pk"):
        what = f"Haushaltsjahr {closing.year}, abgeschlossen am {closing.decided_on:%d.%m.%Y}: Der Stand beim Abschluss"
        snapshot = getattr(closing, "snapshot", None)
        if snapshot is None:
            yield f"{what} fehlt."
        elif not _is_as_taken(snapshot):
            yield f"{what} ist ein anderer, als damals aufgenommen wurde."


def _is_as_taken(snapshot: Snapshot) -> bool:
    return hashlib.sha256(snapshot.content.encode()).hexdigest() == snapshot.digest


def _figures(year: FiscalYear, closing: YearClosing) -> Iterator[str]:
    """Yield the pots of a closed year that are other than its snapshot says."""
    snapshot = getattr(closing, "snapshot", None)
    if snapshot is None or not _is_as_taken(snapshot):
        return  # ``snapshots`` says so
    taken: dict[int, dict[str, Any]] = {row["pot"]: row for row in json.loads(snapshot.content)["pots"]}
    for pot in year.pots.all():
        row = taken.get(pot.pk)
        now = {name: getattr(pot, name) for name in FIGURES}
        if (
            row is None
            or {name: Decimal(row[name]) for name in FIGURES} != now
            or row["end_of_chain"] != pot.chain_end
        ):
            yield f"{pot}: Der Topf ist ein anderer als beim Abschluss."


def paid_to_city() -> Iterator[str]:
    """Yield the years of which more was paid back to the city than lapsed to it."""
    entries = StatementEntry.objects.filter(use=StatementEntry.Use.TO_CITY)
    for year in FiscalYear.objects.filter(pk__in=entries.values("year")):
        paid, lapsed = StatementEntry.objects.paid_to_city(year), lapsed_to_city(year)
        if paid > lapsed:
            yield (
                f"Haushaltsjahr {year}: An die Stadt zurückgezahlt sind {format_euro(paid)}, verfallen sind {format_euro(lapsed)}."
            )


def decisions() -> Iterator[str]:
    """Yield the applications whose chain of decisions no longer holds what a snapshot says was its end then.

    Chains go on after a year is closed; what was decided before stays where it was.
    """
    for snapshot in Snapshot.objects.select_related("closing__year").order_by("pk").iterator():
        if not _is_as_taken(snapshot):
            continue  # ``snapshots`` says so
        ends: dict[str, str] = json.loads(snapshot.content).get("decisions", {})
        links = ChainLink.objects.filter(application__pot__year=snapshot.closing.year_id)
        for application, position, digest in links.values_list(
            "application", "position", "digest"
        ).iterator():
            if ends.get(str(application)) == f"{position} {digest}":
                del ends[str(application)]
        for changed in ends:
            yield f"Antrag {changed}: Seine Entscheidungen sind andere als beim Abschluss {snapshot.closing.year}."
