"""Draw bars by year as SVG. Widths are percent and heights are pixels, so that text keeps its size.

Only attributes are used, because the site's policy allows no inline style.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import count
from math import ceil
from typing import Any

from members.common.counting import grouped

#: Pixels from the top to the foot of the bars, and the height of the highest bar.
FLOOR, HEIGHT = 226, 200
#: Width of a bar as a share of the year's slot.
WIDTH = 0.4


@dataclass(frozen=True)
class Series:
    """The bars of one kind, one per year. ``look`` is their CSS class.

    An ``inside`` series is drawn over the series before it, as a part of it.
    """

    look: str
    label: str
    #: The value of each year. None is a gap, never zero.
    values: Mapping[int, int | Decimal | None]
    inside: bool = False
    #: Where the bar begins, as a share of the year's slot.
    at: float = 0.1


def draw(
    key: str, title: str, unit: str, years: Sequence[int], series: Sequence[Series], per: int = 1
) -> dict[str, Any]:
    """Return what the template draws: bars, ticks (lines) and marks (labels of years), and a description.

    A year without a value of the first series is marked as a gap.
    ``per`` divides the values in labels: 1000 for thousands.
    """
    highest = ceil(max((v for s in series for v in s.values.values() if v is not None), default=0))
    step = tick_step(highest)
    top = max(step, ceil(highest / step) * step)

    def percent(slots: float) -> str:
        return f"{slots * 100 / len(years):.2f}%"

    bars, marks = [], []
    for index, year in enumerate(years):
        for each in series:
            value = each.values.get(year)
            if value is None:
                continue
            height = max(round(HEIGHT * value / top), 1)
            bars.append(
                {
                    "look": each.look,
                    "x": percent(index + each.at),
                    "y": FLOOR - height,
                    "width": percent(WIDTH),
                    "height": height,
                    "label": "" if each.inside else amount(value / per),
                    "middle": percent(index + each.at + WIDTH / 2),
                }
            )
        is_gap = series[0].values.get(year) is None
        marks.append(
            {
                "x": percent(index + 0.5),
                "label": year,
                # Hidden on a narrow screen.
                "minor": (year - years[0]) % 5 != 0,
                "gap": percent(index + series[0].at + WIDTH / 2) if is_gap else "",
            }
        )
    return {
        "key": key,
        "title": title,
        "description": describe(years, series, unit),
        "series": series,
        "bars": bars,
        "ticks": [
            {"y": FLOOR - round(HEIGHT * value / top), "label": amount(value / per)}
            for value in range(0, top + 1, step)
        ],
        "marks": marks,
        "height": FLOOR + 26,
        "floor": FLOOR,
    }


def tick_step(highest: int) -> int:
    """Return the distance of the lines, so that at most five stand above the floor.

    It is 1, 2 or 5 times a power of ten.
    """
    steps = (factor * 10**power for power in count() for factor in (1, 2, 5))
    return next(step for step in steps if highest <= 5 * step)


def amount(value: int | float | Decimal) -> str:
    """Return the value as a whole number with German separators: 1234.5 is "1.235"."""
    return grouped(int(float(value) + 0.5))


def describe(years: Sequence[int], series: Sequence[Series], unit: str) -> str:
    """Return the chart in German words: each series with its years and values, then the gaps of the first."""
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
    runs: list[list[int]] = []
    for year in years:
        if runs and runs[-1][-1] == year - 1:
            runs[-1].append(year)
        else:
            runs.append([year])
    return [f"{run[0]} bis {run[-1]}" if len(run) > 1 else str(run[0]) for run in runs]
