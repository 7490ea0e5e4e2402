"""Which years and days are none of a slip, and the day that a page is asked for: ``?am=2016-05-01``."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.utils import timezone

from members.common.texts import normal

#: The association was founded in 2003. Years after the last one are a slip.
FIRST_YEAR, LAST_YEAR = 2003, 2100
#: Days outside are a slip, such as one in the year 206. Somebody's place may be older than the association.
FIRST_DAY, LAST_DAY = date(1945, 1, 1), date(LAST_YEAR, 12, 31)
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


def require_year(year: int) -> None:
    """Raise ValidationError for a year before the founding or far away: a slip. For models' fields."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ValidationError(f"Bitte das Jahr prüfen: Möglich ist {FIRST_YEAR} bis {LAST_YEAR}.")


def require_day(day: date) -> None:
    """Raise ValidationError for a day in a mistyped year: "0024" would fill a place for two thousand years."""
    if not FIRST_DAY <= day <= LAST_DAY:
        raise ValidationError(f"Bitte das Jahr prüfen: Möglich ist {FIRST_DAY.year} bis {LAST_DAY.year}.")


def parse(text: str) -> date | None:
    """Return the day written as 2016-05-01 or 01.05.2016, or None where the text is no day, or a slip."""
    text = normal(text)
    for form in FORMATS:
        with suppress(ValueError, ValidationError):
            day = datetime.strptime(text, form).date()
            require_day(day)
            return day
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
