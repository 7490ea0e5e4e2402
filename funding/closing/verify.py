"""What ``verify_ledger`` finds at the closing of years: who closed them, and that their snapshots say what the books say."""

import hashlib
import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from funding.closing.models import YearClosing
from funding.closing.models.closing import latest_confirmed
from funding.models import FiscalYear

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
            yield from _snapshot(year, latest)


def _snapshot(year: FiscalYear, closing: YearClosing) -> Iterator[str]:
    snapshot = getattr(closing, "snapshot", None)
    if snapshot is None:
        yield f"Haushaltsjahr {year}: Der Stand beim Abschluss fehlt."
        return
    if hashlib.sha256(snapshot.content.encode()).hexdigest() != snapshot.digest:
        yield f"Haushaltsjahr {year}: Der Stand beim Abschluss ist ein anderer, als damals aufgenommen wurde."
        return
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
