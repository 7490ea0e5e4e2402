"""What the demonstration enters: rows of the public list, completed by texts and amounts from TOML files."""

import csv
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from members.common.money import format_euro

HERE = Path(__file__).parent
PUBLIC_LIST = HERE.parent / "data" / "projects.csv"
ARCHIVE = ("archive_2016", "archive_2018", "archive_2019")
COPIES = ("current", "current_districts")

TEXTS = ("place", "organiser", "group", "summary", "aims", "value_creation", "special_importance")
#: How long before its start an archived project was entered.
LEAD_TIME = timedelta(days=80)
#: Keys of a project in the TOML files that are fields of ``Entry`` as they stand.
OPTIONAL = ("reason", "votes", "deputy", "further", "unconfirmed", "open_share", "paid_first", "financing")
#: The day on which the projects of earlier years were entered.
TAKEN_OVER = date(2016, 1, 4)


def opening(today: date) -> date:
    """Return the local date on which the running year was opened."""
    return min(date(today.year, 1, 2), today)


def ago(today: date, days: int) -> date:
    """Return the local date so many days ago, but not before the year's opening."""
    return max(opening(today), today - timedelta(days=days))


@cache
def public_rows() -> dict[str, dict[str, str]]:
    """Return the rows of the public list by title. Raises ValueError where a title comes twice."""
    with PUBLIC_LIST.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    by_title = {row["title"]: row for row in rows}
    if len(by_title) != len(rows):
        raise ValueError("Two rows of the public list have the same title.")
    return by_title


@dataclass(frozen=True)
class Calendar:
    """The local dates on which things happen to a project, none before the year's opening or after today."""

    opening: date
    today: date
    entered: date
    starts_on: date | None
    ends_on: date | None

    def day(self, wanted: date) -> date:
        """Return the wanted day, moved between the opening and today."""
        return max(self.opening, min(wanted, self.today))

    def after(self, days: int) -> date:
        """Return the day so many days after the project was entered."""
        return self.day(self.entered + timedelta(days=days))

    @property
    def handed_in(self) -> date:
        """Return the day on which the project is handed in or published."""
        return self.after(6)

    @property
    def first_decision(self) -> date:
        """Return the day of the Lenkungsgremium's meeting, of the first signature, or of a question."""
        return self.after(20)

    @property
    def decided(self) -> date:
        return self.after(23)

    @property
    def paid(self) -> date:
        """Return the day of the payment: ten days before the start, but not before the decision."""
        return max(self.decided, self.day((self.starts_on or self.today) - timedelta(days=10)))

    @property
    def settled(self) -> date:
        """Return the day of the settlement: 40 days after the end, but not before the payment."""
        return max(self.paid, self.day((self.ends_on or self.today) + timedelta(days=40)))


@dataclass(frozen=True)
class Entry:
    """One project of the demonstration. Districts are slugs in ``shares`` and names in ``districts``."""

    title: str
    year: int
    districts: list[str]
    field_of_action: str
    provenance: str
    outcome: str
    calendar: Calendar
    texts: Mapping[str, str]
    money: Mapping[str, Mapping[str, Any]]
    pillar_2: Decimal | None
    granted: Decimal | None
    reason: str = ""
    #: Yes, no, abstained.
    votes: tuple[int, int, int] = (4, 0, 1)
    deputy: bool = False
    further: list[str] = field(default_factory=list)
    unconfirmed: list[str] = field(default_factory=list)
    open_share: str = ""
    #: Whole euro that are paid in the project's own year, where the rest goes into the next one.
    paid_first: int = 0
    #: How a grant of pillar 1 finances it, as in ``Application.Financing``.
    financing: str = "fixed"


def archive(today: date) -> list[Entry]:
    """Return the projects of 2016, 2018 and 2019, on their own dates."""
    return [_archived(raw, today) for raw in _read(ARCHIVE)]


def listed(today: date) -> list[Entry]:
    """Return all other rows of the public list with a district and a year: known projects without amounts."""
    told = {raw["source"] for raw in _read(ARCHIVE)}
    return [
        _listed(row, today)
        for title, row in public_rows().items()
        if row["year"] and row["districts"] and title not in told
    ]


def copies(today: date) -> list[Entry]:
    """Return marked copies in the running year, and a few in the next one."""
    texts = {raw["source"]: raw for raw in _read(ARCHIVE)}
    return [_copied(raw, texts.get(raw["source"], {}), today) for raw in _read(COPIES)]


def _read(names: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    for name in names:
        with (HERE / f"{name}.toml").open("rb") as file:
            yield from tomllib.load(file)["project"]


def _archived(raw: dict[str, Any], today: date) -> Entry:
    row = public_rows()[raw["source"]]
    year = int(row["year"])
    starts_on = _published(row["start_date"]) or raw["start"]
    ends_on = _published(row["end_date"]) or raw["end"]
    known = f" {raw['amounts_known']}" if "amounts_known" in raw else ""
    return _entry(
        raw,
        row,
        outcome=raw.get("outcome", "settled"),
        provenance=(
            f"Titel, Stadtbezirk, Jahr und veröffentlichte Termine nach: {row['source']}. Fehlende Angaben "
            f"und alle {'übrigen ' if known else ''}Beträge sind für die Demonstration erfunden.{known}"
        ),
        calendar=Calendar(
            date(year, 1, 2), today, raw.get("written", starts_on - LEAD_TIME), starts_on, ends_on
        ),
    )


def _listed(row: dict[str, str], today: date) -> Entry:
    """Return the entry with what the source says and nothing more."""
    year = int(row["year"])
    starts_on, ends_on = _published(row["start_date"]), _published(row["end_date"])
    published = min(ends_on or starts_on or date(year, 12, 31), today)
    amount = row["amount_eur"]
    named = f" Der dort genannte Betrag ({format_euro(Decimal(amount))}) ist nicht gebucht." if amount else ""
    partners = f" Beteiligt: {row['partners']}." if row["partners"] else ""
    third_party = row["third_party"] == "ja"
    return _entry(
        {
            "summary": f"{row['note']}{partners}",
            "third_party": {"in der Quelle ohne Betrag genannt": None} if third_party else {},
        },
        row,
        outcome="archived",
        provenance=(
            f"Archiv. Alle Angaben nach: {row['source']}. Beträge sind nicht bekannt; die Software führt für "
            f"dieses Projekt kein Geld.{named}"
        ),
        calendar=Calendar(TAKEN_OVER, today, published - timedelta(days=6), starts_on, ends_on),
    )


def _copied(raw: dict[str, Any], inherited: dict[str, Any], today: date) -> Entry:
    row = public_rows()[raw["source"]]
    next_year = raw.get("next_year", False)
    year = today.year + 1 if next_year else today.year
    starts_on = ends_on = None
    if "starts_in" in raw:
        reference = date(year, 1, 1) if next_year else today
        starts_on = reference + timedelta(days=raw["starts_in"])
        starts_on = max(date(year, 1, 1), min(starts_on, date(year, 12, 31)))
        ends_on = starts_on + timedelta(days=raw["days"] - 1)
    texts = {name: inherited[name] for name in (*TEXTS, "value") if name in inherited}
    when = "kommende" if next_year else "laufende"
    return _entry(
        {**texts, **raw},
        row,
        year=year,
        outcome=raw["outcome"],
        provenance=(
            f"Für die Demonstration ins {when} Jahr kopiert; im Original {row['year']} „{row['title']}“ "
            f"({row['source']}). Termine, Beträge und Entscheidungen sind erfunden."
        ),
        calendar=Calendar(opening(today), today, today - timedelta(days=raw["age"]), starts_on, ends_on),
    )


def _entry(raw: dict[str, Any], row: dict[str, str], year: int = 0, **given: Any) -> Entry:
    texts = {name: raw.get(name, "") for name in TEXTS}
    texts["value_creation"] = raw.get("value", "")
    for name in raw.get("omit", []):
        texts[name] = ""
    return Entry(
        title=raw.get("title", row["title"]),
        year=year or int(row["year"]),
        districts=row["districts"].split(","),
        field_of_action=row["field_of_action"],
        texts=texts,
        money={k: raw.get(k, {}) for k in ("costs", "own", "third_party", "in_kind", "shares", "special")},
        pillar_2=Decimal(raw["pillar_2"]) if "pillar_2" in raw else None,
        granted=Decimal(raw["granted"]) if "granted" in raw else None,
        **{name: raw[name] for name in OPTIONAL if name in raw},
        **given,
    )


def _published(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
