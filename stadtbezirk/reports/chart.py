"""Draw bars by year as SVG. Widths are percent and heights are pixels, so that text keeps its size.

Only attributes are used, because the site's policy allows no inline style.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from math import ceil

#: The value of each year. None is a gap, never zero.
Values = Mapping[int, int | Decimal | None]
#: Pixels from the top to the foot of the bars, and the height of the highest bar.
FLOOR, HEIGHT = 226, 200


@dataclass(frozen=True)
class Series:
    """The bars of one kind, one per year. ``look`` is their CSS class.

    An ``inside`` series is drawn over the series before it, as a part of it.
    """

    look: str
    label: str
    values: Values
    inside: bool = False
    #: Where the bar begins within the year's slot, and its width: both as a share of the slot.
    at: float = 0.1
    width: float = 0.4


@dataclass(frozen=True)
class Bar:
    """One bar with its label. ``x``, ``width`` and ``middle`` are percent, ``y`` and ``height`` pixels."""

    look: str
    x: str
    y: int
    width: str
    height: int
    label: str
    middle: str


@dataclass(frozen=True)
class Tick:
    """A horizontal line with its label."""

    y: int
    label: str


@dataclass(frozen=True)
class Mark:
    """A label below a year's slot. A ``minor`` one is hidden on a narrow screen."""

    x: str
    label: str
    minor: bool
    #: The middle of the missing bar where the first series has no value, else empty.
    gap: str


@dataclass(frozen=True)
class Chart:
    """A whole chart: bars, lines, labels and a description in words."""

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
    """Return the chart, with one slot per year.

    A value that is None draws nothing. A year without a value of the first series is marked as a gap.
    ``per`` divides the values in labels: 1000 for thousands.
    """
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
    """Return the distance of the lines: 1, 2 or 5 times a power of ten.

    It is chosen so that at most five lines stand above the floor.
    """
    step, factors = 1, (2, 5, 10)
    while highest > 5 * step:
        for factor in factors:
            if highest <= 5 * step * factor:
                return step * factor
        step *= 10
    return step


def amount(value: int | float | Decimal) -> str:
    """Return the value as a whole number with German separators: 1234.5 is "1.235"."""
    return f"{int(float(value) + 0.5):,}".replace(",", ".")


def describe(years: Sequence[int], series: Sequence[Series], unit: str) -> str:
    """Return the chart in German words: each series with its years and values.

    The years without a value of the first series are named at the end.
    """
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
    """Return the years as German spans: [2004, 2005, 2006, 2009] is ["2004 bis 2006", "2009"]."""
    if not years:
        return []
    found, start = [], years[0]
    for before, after in [*pairwise(years), (years[-1], 0)]:
        if after != before + 1:
            found.append(str(start) if start == before else f"{start} bis {before}")
            start = after
    return found
