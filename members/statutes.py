"""Check the association against its statutes on a day.

A breach contradicts the statutes. A vacancy is a place that is not filled. A warning tells what ends soon or
should be looked at.
Sources: the association's presentation (members, Beirat, Lenkungsgremium, central contact). The jury of seven
to nine people is known from the press only, so it never counts as a breach.

The database finds the rows that break a rule, so only rows that a sentence mentions are read.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import chain
from typing import Any, NamedTuple, TypeVar
from urllib.parse import urlencode

from django.db import models
from django.db.models import Count, Exists, F, FilteredRelation, Func, OuterRef, Q, QuerySet, Value
from django.db.models.lookups import IsNull
from django.urls import reverse

from members.models import (
    Body,
    BodyKind,
    District,
    Mandate,
    Membership,
    Organisation,
    Seat,
    Tenure,
    counts_on,
)

DELEGATES = 2
ADVISERS = ("WF Do", "IHK", "HWK", "HV NRW")
JURY = range(7, 10)
ENDS_SOON = timedelta(days=90)
#: At most so many mandates, memberships, seats and chairs are read for warnings. The rest is only counted.
MOST = 40

T = TypeVar("T", bound=Tenure)


class Level(models.TextChoices):
    """How serious a finding is."""

    BREACH = "bad", "Verstoß"
    VACANCY = "wait", "frei"
    WARNING = "plain", "Hinweis"


@dataclass(frozen=True)
class Finding:
    """One German sentence, and the page of the admin where it can be corrected.

    ``page`` is the URL's name within the admin, ``key`` the row. ``query`` fills the page's form or filters
    its list.
    """

    level: Level
    text: str
    page: str
    key: int | None = None
    query: dict[str, Any] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Return the address of that page."""
        address = reverse(f"admin:members_{self.page}", args=[self.key] if self.key else [])
        return f"{address}?{urlencode(self.query)}" if self.query else address


class Number(NamedTuple):
    """How many there are of ``what`` in one district or body, with its name and key."""

    what: str
    district: str
    name: str
    key: int
    number: int


#: The columns of the queries for the fields of a ``Number``.
COLUMNS = ("what", "of", "called", "key", "number")


def _numbers(
    what: str, rows: "QuerySet[Any, Any]", relation: str, condition: Q, *, district: str = "name"
) -> "QuerySet[Any, Any]":
    """Return for each row how many rows of its ``relation`` meet the condition."""
    named = rows.order_by().values(what=Value(what), of=F(district), called=F("name"), key=F("pk"))
    return named.annotate(counted=FilteredRelation(relation, condition=condition), number=Count("counted"))


def _total(what: str, rows: "QuerySet[Any, Any]") -> "QuerySet[Any, Any]":
    nameless = rows.order_by().values(what=Value(what), of=Value(""), called=Value(""), key=Value(0))
    return nameless.annotate(number=Count("pk"))


def _counted(day: date) -> "QuerySet[Any, Any]":
    """Return the numbers that differ from the statutes, by district and name, and those of the summary."""
    districts, members = District.objects.all(), Membership.objects.active_on(day)
    steering = Body.objects.active_on(day).filter(kind=Body.Kind.STEERING)
    juries = Body.objects.active_on(day).filter(kind=Body.Kind.JURY)
    directing = counts_on(day, "mandates__") & Q(mandates__kind=Mandate.Kind.MANAGING_DIRECTOR)
    there = counts_on(day, "bodies__") & Q(bodies__kind=Body.Kind.STEERING)
    sitting = counts_on(day, "seats__")
    chairing = sitting & Q(seats__role=Seat.Role.CHAIR)
    asked = _total("members", members).union(
        _total("city", members.filter(kind=Membership.Kind.CITY)),
        _total("districts", districts),
        _numbers("delegates", districts, "memberships", counts_on(day, "memberships__")).exclude(
            number=DELEGATES
        ),
        _numbers("directors", districts, "mandates", directing).exclude(number=1),
        _numbers("steering", districts, "bodies", there).filter(number=0),
        _numbers("chairs", steering, "seats", chairing, district="district__name").exclude(number=1),
        _numbers("jury", juries, "seats", sitting).exclude(number__range=(JURY.start, JURY.stop - 1)),
        all=True,
    )
    return asked.order_by("of", "called").values_list(*COLUMNS)


class NextDay(Func):
    """The day after a date, computed by the database."""

    template = "(%(expressions)s + 1)"
    output_field = models.DateField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, template="DATE(%(expressions)s, '+1 day')", **context)


def _with_successor(rows: "QuerySet[Any, Any]") -> "QuerySet[Any, Any]":
    """Add ``followed``: whether somebody takes over the row's place on the day after its last."""
    later = rows.model._default_manager.filter(since=NextDay(OuterRef("until")))
    for name in rows.model.PLACE:
        same = Q((name, OuterRef(name)))
        if rows.model._meta.get_field(name).null:
            same |= Q(IsNull(OuterRef(name), True), (f"{name}__isnull", True))
        later = later.filter(same)
    return rows.annotate(followed=Exists(later))


def _ending(rows: "QuerySet[Any, Any]", last: date) -> "QuerySet[Any, Any]":
    """Return the rows that end by ``last`` without a successor, first end first."""
    # SQLite tests the conditions in this order, so the cheaper one comes first.
    return _with_successor(rows).filter(Q(("until__lte", last), ("followed", False))).order_by("until", "pk")


def _first_ending(rows: "QuerySet[Any, Any]", last: date) -> Q:
    return Q(pk__in=_ending(rows, last).values("pk")[:MOST])


def _twice(rows: "QuerySet[Any, Any]", *same: str) -> Exists:
    """Return the condition that another of the rows has the same values."""
    return Exists(rows.filter(**{name: OuterRef(name) for name in same}).exclude(pk=OuterRef("pk")))


def _memberships(day: date, last: date) -> "QuerySet[Membership]":
    """Return the memberships of people with several, and those that end by ``last`` without a successor."""
    rows = Membership.objects.active_on(day)
    wanted = _with_successor(rows).filter(_first_ending(rows, last) | Q(_twice(rows, "person")))
    by_place = wanted.order_by("kind", "district__name", "-since", "pk")
    return by_place.select_related("person", "organisation", "district")


def _mandates(day: date, last: date) -> "QuerySet[Mandate]":
    """Return the mandates that end by ``last`` without a successor."""
    return _ending(Mandate.objects.active_on(day), last).select_related("person", "district")[:MOST]


def _seats(day: date, last: date) -> "QuerySet[Seat]":
    """Return the seats with a finding of their own.

    These are seats of one holder twice in a body, in a closed body, or ending by ``last`` without a
    successor.
    """
    rows = Seat.objects.active_on(day)
    twice = Q(_twice(rows, "body", "person")) | Q(_twice(rows, "body", "organisation"))
    wanted = _with_successor(rows).filter(_first_ending(rows, last) | twice | Q(body__until__lt=day))
    by_body = wanted.order_by("body__district__name", "body__kind", "body__name", "-since", "pk")
    return by_body.select_related("body", "person", "organisation")


def _strangers(day: date) -> "QuerySet[Seat]":
    """Return the chairs of a Lenkungsgremium who are not the district mayor, where there is one."""
    mayors = Mandate.objects.active_on(day).filter(
        kind=Mandate.Kind.DISTRICT_MAYOR, district=OuterRef("body__district")
    )
    return (
        Seat.objects.active_on(day)
        .filter(counts_on(day, "body__"), role=Seat.Role.CHAIR, body__kind=Body.Kind.STEERING)
        .filter(~Exists(mayors.filter(person=OuterRef("person"))), Exists(mayors))
        .order_by("body__district__name", "body__name", "-since", "pk")
    )


def _chairs_of_others(day: date) -> "QuerySet[Seat]":
    return _strangers(day).select_related("body")[:MOST]


def _warned_of(day: date, last: date) -> "QuerySet[Any, Any]":
    """Return how many rows there are of each kind of which at most ``MOST`` are read."""
    ending = [
        _total("ending", _ending(model._default_manager.active_on(day), last))
        for model in (Mandate, Membership, Seat)
    ]
    return _total("chairs", _strangers(day)).union(*ending, all=True).values_list(*COLUMNS)


def _bodies(day: date, last: date) -> "QuerySet[Body]":
    """Return the Beirat, and the bodies that end by ``last``."""
    return Body.objects.active_on(day).filter(Q(kind=Body.Kind.ADVISORY_BOARD) | Q(until__lte=last))


def _advisers(day: date, board: int | None) -> "QuerySet[Any, Any]":
    """Return short name and key of each adviser that is entered, and key and person of its seats.

    Only seats in the Beirat ``board`` count.
    """
    sitting = FilteredRelation("seats", condition=counts_on(day, "seats__") & Q(seats__body=board))
    known = Organisation.objects.filter(short_name__in=ADVISERS).annotate(sitting=sitting)
    return known.order_by("-sitting__since", "-sitting__pk").values_list(
        "short_name", "pk", "sitting__pk", "sitting__person"
    )


class Association:
    """The rows and numbers that the statutes are checked against on a local date.

    They are read with a fixed number of queries, and one more where there are very many warnings.
    """

    def __init__(self, day: date) -> None:
        self.day = day
        self.last = day + ENDS_SOON
        self.counted = [Number(*row) for row in _counted(day)]
        self.memberships = list(_memberships(day, self.last))
        self.mandates = list(_mandates(day, self.last))
        self.seats = list(_seats(day, self.last))
        self.chairs_of_others = list(_chairs_of_others(day))
        kinds: tuple[Iterable[Any], ...] = (self.mandates, self.memberships, self.seats)
        self.ending = [[row for row in rows if self.ends(row) and not row.followed] for rows in kinds]
        #: The number of warnings whose rows were not read.
        self.unread = 0
        warned_of = [len(rows) for rows in (self.chairs_of_others, *self.ending)]
        if max(warned_of) >= MOST:
            self.unread = sum(number for *_, number in _warned_of(day, self.last)) - sum(warned_of)
        self.bodies = list(_bodies(day, self.last))
        self.board = next((body for body in self.bodies if body.kind == Body.Kind.ADVISORY_BOARD), None)
        self.advisers = {
            name: found for name, *found in _advisers(day, self.board.pk if self.board else None)
        }

    def ends(self, row: Any) -> bool:
        """Return whether the row ends within 90 days."""
        return bool(row.until and row.until <= self.last)

    def numbers(self, *what: str) -> list[Number]:
        """Return the numbers of these kinds."""
        return [number for number in self.counted if number.what in what]

    def total(self, what: str) -> int:
        """Return the one number of this kind."""
        (total,) = self.numbers(what)
        return total.number

    @property
    def places(self) -> int:
        """Return how many memberships there can be: the City's, and two delegates per district."""
        return 1 + DELEGATES * self.total("districts")


def membership_of_the_city(of: Association) -> Iterator[Finding]:
    """Yield a breach where the City is not a member, or is one more than once."""
    number = of.total("city")
    if not number:
        yield Finding(
            Level.BREACH, "Die Stadt Dortmund ist nicht Mitglied.", "membership_add", query={"kind": "city"}
        )
    if number > 1:
        yield Finding(
            Level.BREACH,
            f"Die Stadt Dortmund ist {number}-mal Mitglied.",
            "membership_changelist",
            query={"kind__exact": "city", "am": of.day},
        )


def two_delegates_per_district(of: Association) -> Iterator[Finding]:
    """Yield a vacancy for fewer than two delegates of a district, and a breach for more."""
    for _, _, district, key, number in of.numbers("delegates"):
        if number < DELEGATES:
            yield Finding(
                Level.VACANCY,
                f"{district}: {number} von {DELEGATES} Delegierten benannt.",
                "membership_add",
                query={"kind": Membership.Kind.DELEGATE.value, "district": key},
            )
        else:
            yield Finding(
                Level.BREACH,
                f"{district}: {number} Delegierte; die Satzung sieht {DELEGATES} vor.",
                "membership_changelist",
                query={"district__id__exact": key, "am": of.day},
            )


def nobody_is_a_member_twice(of: Association) -> Iterator[Finding]:
    """Yield a breach for each person with several memberships."""
    for membership in _repeated(of.memberships, lambda m: m.person_id):
        yield Finding(
            Level.BREACH,
            f"{membership.person} ist mehrfach Mitglied.",
            "membership_change",
            membership.pk,
        )


def nobody_sits_twice(of: Association) -> Iterator[Finding]:
    """Yield a breach for each person or organisation with several seats in one body."""
    people = _repeated(of.seats, lambda s: s.person_id and (s.body_id, s.person_id))
    organisations = _repeated(of.seats, lambda s: s.organisation_id and (s.body_id, s.organisation_id))
    for name, seats in (("person", people), ("organisation", organisations)):
        for seat in seats:
            text = f"{seat.body}: {getattr(seat, name)} hat mehrere Sitze."
            yield Finding(Level.BREACH, text, "seat_change", seat.pk)


def _repeated(rows: Iterable[T], key: Callable[[T], Any]) -> Iterator[T]:
    """Yield the second and every further row with the same key. Rows without a key do not count."""
    seen = set()
    for row in rows:
        if not (value := key(row)):
            continue
        if value in seen:
            yield row
        seen.add(value)


def advisory_board(of: Association) -> Iterator[Finding]:
    """Yield a breach where there is no Beirat, or one of its organisations has no seat or no person in it."""
    if of.board is None:
        yield _missing_body("Der Verein hat keinen Beirat.", Body.Kind.ADVISORY_BOARD)
        return
    for name in ADVISERS:
        if name not in of.advisers:
            text = f"Beirat: Eine Organisation mit dem Kurznamen {name} ist nicht eingetragen."
            yield Finding(Level.BREACH, text, "organisation_add", query={"short_name": name})
            continue
        adviser, seat, person = of.advisers[name]
        if seat is None:
            yield Finding(
                Level.BREACH,
                f"Beirat: {name} hat keinen Sitz.",
                "seat_add",
                query={"body": of.board.pk, "organisation": adviser},
            )
        elif person is None:
            text = f"Beirat: {name} ist durch niemanden vertreten."
            yield Finding(Level.BREACH, text, "seat_change", seat)


def managing_director_per_district(of: Association) -> Iterator[Finding]:
    """Yield a breach for each district without a managing director, or with several."""
    kind = Mandate.Kind.MANAGING_DIRECTOR.value
    for _, _, district, key, number in of.numbers("directors"):
        if not number:
            yield Finding(
                Level.BREACH,
                f"{district}: Die Geschäftsführung der Bezirksvertretung ist nicht besetzt.",
                "mandate_add",
                query={"kind": kind, "district": key},
            )
        else:
            yield Finding(
                Level.BREACH,
                f"{district}: {number} Personen haben zugleich die Geschäftsführung.",
                "mandate_changelist",
                query={"kind__exact": kind, "district__id__exact": key, "am": of.day},
            )


def steering_body_with_chair(of: Association) -> Iterator[Finding]:
    """Yield a breach for each district without a Lenkungsgremium, or with none or several chairs in it.

    Yield a warning where the chair is not the district mayor.
    """
    for what, _, name, key, number in of.numbers("steering", "chairs"):
        if what == "steering":
            yield _missing_body(f"{name}: Es gibt kein Lenkungsgremium.", Body.Kind.STEERING, key)
        elif not number:
            yield Finding(
                Level.BREACH,
                f"{name} hat keinen Vorsitz.",
                "seat_add",
                query={"body": key, "role": Seat.Role.CHAIR.value},
            )
        else:
            yield Finding(Level.BREACH, f"{name} hat {number} Vorsitze.", "body_change", key)
    for seat in of.chairs_of_others:
        text = (
            f"{seat.body}: Den Vorsitz führt nicht die Bezirksbürgermeisterin oder der Bezirksbürgermeister."
        )
        yield Finding(Level.WARNING, text, "seat_change", seat.pk)


def _missing_body(text: str, kind: BodyKind, district: int | None = None) -> Finding:
    query: dict[str, Any] = {"kind": kind.value} | ({"district": district} if district else {})
    return Finding(Level.BREACH, text, "body_add", query=query)


def size_of_the_jury(of: Association) -> Iterator[Finding]:
    """Yield a vacancy for fewer than seven members of a jury, and a warning for more than nine."""
    for _, _, body, key, number in of.numbers("jury"):
        text = f"{body}: {number} Mitglieder; vorgesehen sind {JURY.start} bis {JURY.stop - 1}."
        if number < JURY.start:
            yield Finding(Level.VACANCY, text, "seat_add", query={"body": key})
        else:
            yield Finding(Level.WARNING, text, "body_change", key)


def seats_in_closed_bodies(of: Association) -> Iterator[Finding]:
    """Yield a warning for each seat that is still open although its body no longer exists."""
    for seat in of.seats:
        if seat.body.until and seat.body.until < of.day:
            until = f"{seat.body.until:%d.%m.%Y}"
            text = f"{seat.body} bestand bis {until}; der Sitz von {seat.holder} ist noch offen."
            yield Finding(Level.WARNING, text, "seat_change", seat.pk)


def ends_soon(of: Association) -> Iterator[Finding]:
    """Yield a warning for whatever ends within 90 days: rows without a successor, and bodies."""
    for row in sorted(chain(*of.ending), key=lambda r: (r.until, str(r))):
        page = f"{row._meta.model_name}_change"
        yield Finding(Level.WARNING, f"Endet am {row.until:%d.%m.%Y}: {row}.", page, row.pk)
    for body in of.bodies:
        if of.ends(body):
            text = f"Besteht nur noch bis {body.until:%d.%m.%Y}: {body}."
            yield Finding(Level.WARNING, text, "body_change", body.pk)


RULES: tuple[Callable[[Association], Iterator[Finding]], ...] = (
    membership_of_the_city,
    two_delegates_per_district,
    nobody_is_a_member_twice,
    advisory_board,
    managing_director_per_district,
    steering_body_with_chair,
    nobody_sits_twice,
    size_of_the_jury,
    seats_in_closed_bodies,
    ends_soon,
)


@dataclass(frozen=True)
class Report:
    """The findings of a day, and how many of the possible memberships are filled."""

    day: date
    filled: int
    places: int
    findings: list[Finding]
    #: The number of further warnings that were not read.
    unread: int = 0

    @property
    def groups(self) -> list[tuple[Level, list[Finding], int]]:
        """Return each level with its findings and their number, breaches first.

        Levels without findings are left out.
        """
        by_level: dict[Level, list[Finding]] = defaultdict(list)
        for finding in self.findings:
            by_level[finding.level].append(finding)
        unread = {Level.WARNING: self.unread}
        return [
            (level, by_level[level], len(by_level[level]) + unread.get(level, 0))
            for level in Level
            if level in by_level
        ]

    @property
    def summary(self) -> str:
        """Return a German sentence on how many memberships are filled."""
        return f"{self.filled} von {self.places} Mitgliedschaften sind besetzt."


def check(day: date) -> Report:
    """Return all findings on the local date; of very many warnings the first.

    Seven queries, or eight for many warnings.
    """
    of = Association(day)
    findings = [finding for rule in RULES for finding in rule(of)]
    return Report(day, of.total("members"), of.places, findings, of.unread)
