"""On which days banks carry out payments in euro: the calendar of TARGET, the system between them.

Closed are weekends, 1 January, Good Friday, Easter Monday, 1 May, 25 and 26 December (European Central Bank,
since 2002). Other German holidays are days like others.
"""

from datetime import date, timedelta

#: Month and day.
CLOSED = {(1, 1), (5, 1), (12, 25), (12, 26)}
SATURDAY = 5


def easter(year: int) -> date:
    """Return Easter Sunday of a year of our calendar (the rule of Meeus, Jones and Butcher)."""
    century, rest = divmod(year, 100)
    golden = year % 19
    full_moon = (19 * golden + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (rest // 4) - full_moon - rest % 4) % 7
    late = (golden + 11 * full_moon + 22 * weekday) // 451
    month, day = divmod(full_moon + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)


def is_target_day(day: date) -> bool:
    """Return whether banks carry out payments on this local date."""
    if day.weekday() >= SATURDAY or (day.month, day.day) in CLOSED:
        return False
    return (day - easter(day.year)).days not in (-2, 1)


def next_target_day(day: date) -> date:
    """Return the first day from this one on, this one included, on which banks carry out payments."""
    while not is_target_day(day):
        day += timedelta(days=1)
    return day
