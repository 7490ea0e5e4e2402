"""A line of the result."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass
class Row:
    """What was measured, beside its floor. ``target`` is the ratio to reach: at most, or at least.

    Without a floor it is the figure itself.
    """

    part: str
    what: str
    database: str
    size: int
    ours: float
    unit: str
    floor: float | None = None
    target: float | None = None
    at_least: bool = False
    queries: int | None = None
    #: Rows and list items that the page showed.
    shown: int | None = None
    repeats: int = 1
    #: What the floor is where a part has more than one.
    against: str = ""
    note: str = ""

    @property
    def ratio(self) -> float | None:
        return self.ours / self.floor if self.floor else None

    @property
    def met(self) -> bool | None:
        if self.target is None:
            return None
        reached = self.ours if self.ratio is None else self.ratio
        return reached >= self.target if self.at_least else reached <= self.target

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "ratio": self.ratio and round(self.ratio, 3), "met": self.met}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "Row":
        return cls(**{k: v for k, v in values.items() if k not in ("ratio", "met")})


def rows_shown(smallest: Row, largest: Row) -> str:
    """What the page showed at two sizes, "2 → 50 Zeilen"; nothing of a run that did not count it."""
    if smallest.shown is None or largest.shown is None:
        return ""
    few = "" if smallest.shown == largest.shown else f"{smallest.shown} → "
    return f"{few}{largest.shown} Zeilen"


def is_search(what: str) -> bool:
    return "Wort" in what


def is_report(what: str) -> bool:
    return what.startswith("Berichte")
