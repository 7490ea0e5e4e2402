"""On which days banks carry out payments."""

from datetime import date, timedelta

import pytest

from members.common.target_days import easter, is_target_day, next_target_day


@pytest.mark.parametrize(
    "sunday",
    [
        date(2003, 4, 20), date(2008, 3, 23), date(2011, 4, 24), date(2016, 3, 27), date(2019, 4, 21),
        date(2024, 3, 31), date(2025, 4, 20), date(2026, 4, 5), date(2027, 3, 28), date(2028, 4, 16),
        date(2038, 4, 25), date(2049, 4, 18), date(2076, 4, 19), date(2100, 3, 28),
    ],
)  # fmt: skip
def test_easter(sunday: date) -> None:
    assert easter(sunday.year) == sunday


#: The days from Monday to Friday on which TARGET is closed, as the European Central Bank lists them.
CLOSED = {
    2016: "01-01 03-25 03-28 12-26",
    2024: "01-01 03-29 04-01 05-01 12-25 12-26",
    2025: "01-01 04-18 04-21 05-01 12-25 12-26",
    2026: "01-01 04-03 04-06 05-01 12-25",
    2027: "01-01 03-26 03-29",
    2028: "04-14 04-17 05-01 12-25 12-26",
}


@pytest.mark.parametrize("year", CLOSED)
def test_every_day_of_a_year(year: int) -> None:
    days = [date(year, 1, 1) + timedelta(days=n) for n in range(366)]
    closed = [day for day in days if day.year == year and day.weekday() < 5 and not is_target_day(day)]
    assert " ".join(f"{day:%m-%d}" for day in closed) == CLOSED[year]
    assert not any(is_target_day(day) for day in days if day.weekday() >= 5)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (date(2026, 4, 2), date(2026, 4, 2)),
        (date(2026, 4, 3), date(2026, 4, 7)),
        (date(2026, 5, 1), date(2026, 5, 4)),
        (date(2026, 10, 3), date(2026, 10, 5)),
        (date(2026, 12, 24), date(2026, 12, 24)),
        (date(2026, 12, 25), date(2026, 12, 28)),
        (date(2027, 12, 31), date(2027, 12, 31)),
        (date(2028, 1, 1), date(2028, 1, 3)),
    ],
)
def test_the_next_day_on_which_banks_pay(asked: date, found: date) -> None:
    assert next_target_day(asked) == found


def test_a_german_holiday_of_a_working_day_is_a_day_like_others() -> None:
    assert (
        is_target_day(date(2025, 10, 3))
        and is_target_day(date(2026, 5, 14))
        and is_target_day(date(2026, 12, 31))
    )
