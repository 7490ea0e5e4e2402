"""Read the day that a page is asked for from its address: ``?am=2016-05-01``."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone

#: The association was founded in 2003. Years after the last one are a slip.
FIRST_YEAR, LAST_YEAR = 2003, 2100
FORMATS = ("%Y-%m-%d", "%d.%m.%Y")


@dataclass(frozen=True)
class Day:
    """The day that a page shows: today where the typed text is none, and ``error`` says so in German."""

    shown: date
    error: str = ""
    typed: str = ""

    @property
    def is_today(self) -> bool:
        """Return whether the day shown is today (local date)."""
        return self.shown == timezone.localdate()


def parse(text: str) -> date | None:
    """Return the day written as 2016-05-01 or 01.05.2016, or None where the text is neither."""
    for form in FORMATS:
        with suppress(ValueError):
            return datetime.strptime(text.strip(), form).date()
    return None


def asked(query: Mapping[str, str]) -> Day:
    """Return the day of the query's ``am``, or today (local date) where none is given."""
    typed = query.get("am", "").strip()
    today = timezone.localdate()
    if not typed:
        return Day(today)
    day = parse(typed)
    if day is None:
        error = f"„{typed[:40]}“ ist kein Tag. Bitte so eingeben: 01.05.2016. Gezeigt wird heute."
        return Day(today, error, typed[:40])
    return Day(day)
