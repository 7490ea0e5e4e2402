"""Interest on money that has to come back: each case computed by hand."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from funding.models import FundingModel
from funding.proofs.interest import MissingBaseRate, Rate, half_year_of, interest
from funding.proofs.models import BaseRate, InterestRule
from tests import personas

#: Percent from the first day of each half-year: § 247 BGB.
BASE_RATES = {
    date(2015, 7, 1): Decimal("-0.83"),
    date(2016, 1, 1): Decimal("-0.83"),
    date(2016, 7, 1): Decimal("-0.88"),
    date(2022, 7, 1): Decimal("-0.88"),
    date(2023, 1, 1): Decimal("1.62"),
    date(2023, 7, 1): Decimal("3.12"),
    date(2024, 1, 1): Decimal("3.62"),
    date(2024, 7, 1): Decimal("3.37"),
    date(2025, 1, 1): Decimal("2.27"),
    date(2025, 7, 1): Decimal("1.27"),
    date(2026, 1, 1): Decimal("1.27"),
}
THREE, FIVE = Rate(Decimal(3)), Rate(Decimal(5))


def agreed(percent: str) -> Rate:
    return Rate(Decimal(percent), above_base=False)


def due(principal: str, first: str, last: str, rate: Rate | None = THREE, **repaid: str) -> str:
    """``repaid``: ``d0331="500"`` is 500 euro on the 31 March of the first day's year."""
    first_day = date.fromisoformat(first)
    back = [
        (date(first_day.year, int(day[1:3]), int(day[3:])), Decimal(amount)) for day, amount in repaid.items()
    ]
    found = interest(
        Decimal(principal), back, first=first_day, last=date.fromisoformat(last), rate=rate, base_rates=BASE_RATES
    )  # fmt: skip
    return str(found.total)


@pytest.mark.parametrize(
    ("euro", "computed"),
    [
        # 181 days at 2.27 + 3, 184 at 1.27 + 3: 52.70 x 181/365 + 42.70 x 184/365 = 26.1334 + 21.5255
        ("47.66", due("1000", "2025-01-01", "2025-12-31")),
        # 5 % over the 366 days of a leap year
        ("50.00", due("1000", "2024-01-01", "2024-12-31", agreed("5"))),
        # 28 and 29 February, 1 March at 3.62 + 3: 66.20 x 3/366 = 0.5426
        ("0.54", due("1000", "2024-02-28", "2024-03-01")),
        # 28 February and 1 March at 1.62 + 3: 46.20 x 2/365 = 0.2532
        ("0.25", due("1000", "2023-02-28", "2023-03-01")),
        # a day at 3.12 + 3 of 365, a day at 3.62 + 3 of 366: 0.1677 + 0.1809
        ("0.35", due("1000", "2023-12-31", "2024-01-01")),
        # the rate changes on 1 July: (46.20 + 61.20)/365 = 0.2942
        ("0.29", due("1000", "2023-06-30", "2023-07-01")),
        # 31 days on 1200, then 59 on 700, at 4.62: (37200 + 41300) x 0.0462/365 = 9.9362
        ("9.94", due("1200", "2023-03-01", "2023-05-29", d0331="500", d0529="700")),
        # two repayments on a day: 31 days on 1200, 59 on 600: 72600 x 0.0462/365 = 9.1894
        ("9.19", due("1200", "2023-03-01", "2023-05-29", d0331="600", d0529="600")),
        # 10 days on 1000 until all is back: 46.20 x 10/365 = 1.2658; more than all changes nothing
        ("1.27", due("1000", "2023-03-01", "2023-12-31", d0310="1000")),
        ("1.27", due("1000", "2023-03-01", "2023-12-31", d0310="1500")),
        # a base rate below zero, 29 days of February 2016: 10000 x (3 - 0.83) % x 29/366 = 17.1940
        ("17.19", due("10000", "2016-02-01", "2016-02-29")),
        # the older rule of five points: 10000 x 4.17 % x 29/366 = 33.0410
        ("33.04", due("10000", "2016-02-01", "2016-02-29", FIVE)),
        # -0.83 + 0.50 is below zero
        ("0.00", due("10000", "2016-02-01", "2016-02-29", Rate(Decimal("0.5")))),
        # 182.50 x 1 % / 365 is half a cent, and goes up
        ("0.01", due("182.50", "2023-03-01", "2023-03-01", agreed("1"))),
        # half a cent each in two years: rounded once
        ("0.01", due("182.50", "2022-12-31", "2023-01-01", agreed("1"))),
        # no basis, no interest
        ("0.00", due("1000", "2023-01-01", "2025-12-31", None)),
        # received on the day of the payment
        ("0.00", due("1000", "2023-03-02", "2023-03-01")),
        ("0.00", due("0", "2023-01-01", "2023-12-31")),
    ],
)
def test_interest_as_computed_by_hand(euro: str, computed: str) -> None:
    assert computed == euro


def test_the_periods_say_how() -> None:
    found = interest(
        Decimal(1200), [(date(2024, 2, 29), Decimal(200))], first=date(2023, 12, 1), last=date(2024, 7, 10),
        rate=THREE, base_rates=BASE_RATES,
    )  # fmt: skip
    assert [
        (f"{p.first} {p.last}", p.days, str(p.principal), str(p.rate), str(p.interest)) for p in found.periods
    ] == [
        ("2023-12-01 2023-12-31", 31, "1200.00", "6.12", "6.24"),  # 1200 x 6.12 % x 31/365 = 6.2374
        ("2024-01-01 2024-02-29", 60, "1200.00", "6.62", "13.02"),  # 1200 x 6.62 % x 60/366 = 13.0230
        ("2024-03-01 2024-06-30", 122, "1000.00", "6.62", "22.07"),  # 1000 x 6.62 % x 122/366 = 22.0667
        ("2024-07-01 2024-07-10", 10, "1000.00", "6.37", "1.74"),  # 1000 x 6.37 % x 10/366 = 1.7404
    ]
    assert str(found.total) == "43.07"  # 6.2374 + 13.0230 + 22.0667 + 1.7404 = 43.0675


def test_a_missing_base_rate_stops_with_its_half_year() -> None:
    assert due("1000", "2026-06-01", "2026-06-30") == "3.51"  # 1000 x 4.27 % x 30/365 = 3.5096
    with pytest.raises(
        MissingBaseRate, match=r"Für das zweite Halbjahr 2026 \(ab 01\.07\.2026\) ist noch kein"
    ):
        due("1000", "2026-06-01", "2026-07-01")
    with pytest.raises(MissingBaseRate, match="erste Halbjahr 2015"):
        due("1000", "2015-06-30", "2026-07-01")
    assert due("1000", "2026-06-01", "2026-07-01", agreed("5")) == "4.25"  # 50 x 31/365 = 4.2466


def test_a_negative_amount_is_refused() -> None:
    with pytest.raises(ValueError):
        due("-1", "2023-01-01", "2023-12-31")
    with pytest.raises(ValueError):
        due("1", "2023-01-01", "2023-12-31", d0301="-1")


days = st.dates(date(2023, 1, 1), date(2026, 6, 30))
euro = st.integers(0, 100_000).map(lambda cents: Decimal(cents).scaleb(-2))


@given(euro, st.lists(st.tuples(days, euro), max_size=4), days, days)
def test_every_day_counts_once(
    principal: Decimal, repaid: list[tuple[date, Decimal]], first: date, last: date
) -> None:
    found = interest(principal, repaid, first=first, last=last, rate=THREE, base_rates=BASE_RATES)
    assert (
        found.total
        <= interest(principal, [], first=first, last=last, rate=THREE, base_rates=BASE_RATES).total
    )
    for before, after in zip(found.periods, found.periods[1:], strict=False):
        assert (after.first - before.last).days == 1
        assert after.principal <= before.principal
    for period in found.periods:
        assert period.first <= period.last and half_year_of(period.first) == half_year_of(period.last)
        assert period.rate == BASE_RATES[half_year_of(period.first)] + 3


# -- the rows ------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_every_half_year_since_2016_has_its_base_rate_until_the_first_unknown_one():
    known = BaseRate.objects.by_half_year()
    assert {day: known[day] for day in BASE_RATES if day.year >= 2016} == {
        day: percent for day, percent in BASE_RATES.items() if day.year >= 2016
    }
    assert sorted(known) == [date(year, month, 1) for year in range(2016, 2027) for month in (1, 7)][:-1]
    assert [str(rate) for rate in BaseRate.objects.filter(to_check=True)] == [
        "2,27\N{NO-BREAK SPACE}% ab 01.01.2025", "3,37\N{NO-BREAK SPACE}% ab 01.07.2024",
    ]  # fmt: skip
    assert (
        str(BaseRate.objects.get(year=2016, half=1)) == "\N{MINUS SIGN}0,83\N{NO-BREAK SPACE}% ab 01.01.2016"
    )


@pytest.mark.django_db
def test_no_rule_no_interest_and_the_rule_of_the_day_else():
    old, new = FundingModel.objects.order_by("first_year")
    assert InterestRule.objects.on(new, date(2026, 5, 1)) is None
    five = InterestRule.objects.create(
        funding_model=old, since=date(2003, 1, 1), points=5, legal_basis="ältere Regel"
    )
    assert InterestRule.objects.on(new, date(2026, 5, 1)) == five
    three = InterestRule.objects.create(
        funding_model=new, since=date(2020, 1, 1), points=3, legal_basis="§ 49a"
    )
    agreed_on = InterestRule.objects.create(
        funding_model=new, since=date(2026, 1, 1), percent=Decimal("4.5"), legal_basis="Nr. 7"
    )
    assert InterestRule.objects.on(new, date(2019, 12, 31)) == five
    assert InterestRule.objects.on(new, date(2025, 12, 31)) == three
    assert InterestRule.objects.on(new, date(2026, 1, 1)) == agreed_on
    assert InterestRule.objects.on(old, date(2026, 1, 1)) == five
    assert (three.rate, agreed_on.rate) == (THREE, agreed("4.5"))
    assert (three.in_words, agreed_on.in_words) == (
        "3,00 Prozentpunkte über dem Basiszinssatz", "4,50\N{NO-BREAK SPACE}% im Jahr",
    )  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("wrong", "check"),
    [
        ({}, "interest_rule_has_one_rate"),
        ({"points": 3, "percent": 5}, "interest_rule_has_one_rate"),
        ({"points": -1}, "interest_rule_not_negative"),
        ({"percent": -1}, "interest_rule_not_negative"),
        ({"percent": 5, "legal_basis": ""}, "interest_rule_has_basis"),
    ],
)
def test_a_rule_has_one_rate_and_its_basis(wrong: dict[str, object], check: str) -> None:
    row = {"funding_model": FundingModel.objects.first(), "since": date(2026, 1, 1), "legal_basis": "Nr. 7"}
    with pytest.raises(IntegrityError, match=check), transaction.atomic():
        InterestRule.objects.create(**row | wrong)


@pytest.mark.django_db
def test_the_administration_enters_a_negative_base_rate_in_german():
    client = Client()
    client.force_login(personas.admin_verein())
    address = reverse("admin:proofs_baserate_add")
    entered = {"year": "2026", "half": "2", "percent": "\N{MINUS SIGN}0,12", "source": "Bundesbank"}
    assert client.post(address, entered).status_code == 302
    assert BaseRate.objects.get(year=2026, half=2).percent == Decimal("-0.12")
    assert BaseRate.history.filter(year=2026, half=2).count() == 1
    assert "schon ein Basiszinssatz eingetragen" in client.post(address, entered).content.decode()
