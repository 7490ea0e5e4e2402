"""Bars by year as an SVG of attributes alone: percent across, pixels up and down, so that text keeps its size."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from math import ceil

#: What stands at each year; None is a gap, never zero.
Values = Mapping[int, int | Decimal | None]
#: Pixels: where the bars stand, and how high the highest may be.
FLOOR, HEIGHT = 226, 200


@dataclass(frozen=True)
class Series:
    """``look`` is the CSS class of its bars. ``inside`` series are drawn over the one before, as its part."""

    look: str
    label: str
    values: Values
    inside: bool = False
    #: The place of the bar within the year's slot, and its width, in parts of the slot.
    at: float = 0.1
    width: float = 0.4


@dataclass(frozen=True)
class Bar:
    look: str
    x: str
    y: int
    width: str
    height: int
    label: str
    middle: str


@dataclass(frozen=True)
class Tick:
    y: int
    label: str


@dataclass(frozen=True)
class Mark:
    """A label below a year's slot. ``minor`` ones give way on a narrow screen."""

    x: str
    label: str
    minor: bool
    #: Where the first series has no value: the middle of the bar that is not there.
    gap: str


@dataclass(frozen=True)
class Chart:
    key: str
    title: str
    description: str
    series: Sequence[Series]
    bars: list[Bar]
    ticks: list[Tick]
    marks: list[Mark]
    height: int = FLOOR + 26
    floor: int = FLOOR


def draw(
    key: str, title: str, unit: str, years: Sequence[int], series: Sequence[Series], per: int = 1
) -> Chart:
    """A slot for each year. A value that is None draws nothing; a year without any value of the first series
    is marked as a gap. ``per`` divides what the labels say (1000: thousands)."""
    highest = ceil(max((v for s in series for v in s.values.values() if v is not None), default=0))
    step = tick_step(highest)
    top = max(step, ceil(highest / step) * step)
    slot = 100 / len(years)
    bars = []
    for index, year in enumerate(years):
        for each in series:
            value = each.values.get(year)
            if value is None:
                continue
            height = max(round(HEIGHT * value / top), 1)
            x = (index + each.at) * slot
            label = "" if each.inside else amount(value / per)
            bars.append(
                Bar(
                    each.look,
                    f"{x:.2f}%",
                    FLOOR - height,
                    f"{each.width * slot:.2f}%",
                    height,
                    label,
                    f"{x + each.width * slot / 2:.2f}%",
                )
            )
    return Chart(
        key=key,
        title=title,
        description=describe(years, series, unit),
        series=series,
        bars=bars,
        ticks=[
            Tick(FLOOR - round(HEIGHT * value / top), amount(value / per))
            for value in range(0, top + 1, step)
        ],
        marks=[
            Mark(
                f"{(index + 0.5) * slot:.2f}%",
                str(year),
                minor=(year - years[0]) % 5 != 0,
                gap=""
                if series[0].values.get(year) is not None
                else f"{(index + series[0].at + series[0].width / 2) * slot:.2f}%",
            )
            for index, year in enumerate(years)
        ],
    )


def tick_step(highest: int) -> int:
    """1, 2 or 5 times a power of ten, so that at most five lines stand above the floor."""
    step, factors = 1, (2, 5, 10)
    while highest > 5 * step:
        for factor in factors:
            if highest <= 5 * step * factor:
                return step * factor
        step *= 10
    return step


def amount(value: int | float | Decimal) -> str:
    """1234.5 -> 1.235"""
    return f"{int(float(value) + 0.5):,}".replace(",", ".")


def describe(years: Sequence[int], series: Sequence[Series], unit: str) -> str:
    """The chart in words: each series with its years, and the years of the first without a figure."""
    sentences = []
    for each in series:
        known = [f"{year}: {amount(value)}" for year in years if (value := each.values.get(year)) is not None]
        if known:
            sentences.append(f"{each.label} ({unit}) – {', '.join(known)}.")
    missing = spans([year for year in years if series[0].values.get(year) is None])
    if missing:
        sentences.append(f"Ohne veröffentlichte Zahl: {', '.join(missing)}.")
    return " ".join(sentences)


def spans(years: Sequence[int]) -> list[str]:
    """[2004, 2005, 2006, 2009] -> ["2004 bis 2006", "2009"]"""
    if not years:
        return []
    found, start = [], years[0]
    for before, after in [*pairwise(years), (years[-1], 0)]:
        if after != before + 1:
            found.append(str(start) if start == before else f"{start} bis {before}")
            start = after
    return found
