"""What the statutes ask of the association on a day, and where it is not so.

A breach contradicts the statutes, a vacancy is a place not filled, a warning ends or contradicts soon.
Sources: the association's presentation (members, Beirat, Lenkungsgremium, central contact); seven to nine
people in the jury are reported by the press and so never more than a vacancy or a warning.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, TypeVar
from urllib.parse import urlencode

from django.db import models
from django.db.models import Q
from django.urls import reverse

from members.models import Body, BodyKind, District, Mandate, Membership, Organisation, Person, Seat, Tenure

DELEGATES = 2
ADVISERS = ("WF Do", "IHK", "HWK", "HV NRW")
JURY = range(7, 10)
ENDS_SOON = timedelta(days=90)
#: Nobody has this key: asking for it, the check costs as many queries where no sentence names anybody.
NOBODY = (0,)

T = TypeVar("T", bound=Tenure)


class Level(models.TextChoices):
    BREACH = "bad", "Verstoß"
    VACANCY = "wait", "frei"
    WARNING = "plain", "Hinweis"


@dataclass(frozen=True)
class Finding:
    """One sentence and the page of the admin that mends it: ``page`` is the URL's name within the admin."""

    level: Level
    text: str
    page: str
    key: int | None = None
    query: dict[str, Any] = field(default_factory=dict)

    @property
    def url(self) -> str:
        address = reverse(f"admin:members_{self.page}", args=[self.key] if self.key else [])
        return f"{address}?{urlencode(self.query)}" if self.query else address


class Association:
    """All rows of the association that count on a day, read with a fixed number of queries.

    Of a thousand districts they are thousands, and sentences name few of them: only theirs are the people and
    organisations that are read.
    """

    def __init__(self, day: date) -> None:
        self.day = day
        self.districts = list(District.objects.all())
        bodies = {body.pk: body for body in Body.objects.filter(since__lte=day)}
        self.bodies = [body for body in bodies.values() if body.until is None or body.until >= day]
        #: Last days and places that somebody takes over on the next day, before ``ENDS_SOON`` is over.
        self.followed: set[tuple[Any, ...]] = set()
        self.memberships = self._rows(Membership)
        self.mandates = self._rows(Mandate)
        self.seats = self._rows(Seat)
        for seat in self.seats:
            if seat.body_id in bodies:
                seat.body = bodies[seat.body_id]
        self._seats_in: dict[int, list[Seat]] = defaultdict(list)
        for seat in self.seats:
            self._seats_in[seat.body_id].append(seat)

        self.members_again = list(_repeated(self.memberships, lambda m: m.person_id))
        self.people_again = list(_repeated(self.seats, lambda s: s.person_id and (s.body_id, s.person_id)))
        self.organisations_again = list(
            _repeated(self.seats, lambda s: s.organisation_id and (s.body_id, s.organisation_id))
        )
        self.left_open = [seat for seat in self.seats if seat.body.until and seat.body.until < day]
        self.ending = [
            row
            for rows in (self.mandates, self.memberships, self.seats)
            for row in rows
            if row.until and row.until <= day + ENDS_SOON and _ending(row, row.until) not in self.followed
        ]
        self._name(
            [
                *self.members_again,
                *self.people_again,
                *self.organisations_again,
                *self.left_open,
                *self.ending,
            ]
        )

    def _name(self, rows: Iterable[Any]) -> None:
        """Give the rows that a sentence names their people, organisations and districts. Two queries."""
        wanted = {row.person_id for row in rows} - {None} or NOBODY
        people = {person.pk: person for person in Person.objects.filter(pk__in=wanted)}
        sitting = {getattr(row, "organisation_id", None) for row in rows} - {None}
        known = Q(short_name__in=ADVISERS) | Q(pk__in=sitting)
        organisations = {organisation.pk: organisation for organisation in Organisation.objects.filter(known)}
        self.advisers = {o.short_name: o for o in organisations.values() if o.short_name in ADVISERS}
        districts = {district.pk: district for district in self.districts}
        for row in rows:
            row.person = people.get(row.person_id)
            if not isinstance(row, Mandate):
                row.organisation = organisations.get(row.organisation_id)
            if not isinstance(row, Seat):
                row.district = districts.get(row.district_id)

    @property
    def places(self) -> int:
        """The city's membership and those of each district's delegates."""
        return 1 + DELEGATES * len(self.districts)

    def _rows(self, model: type[T]) -> list[T]:
        """The rows of the day; those to come are read with them and noted in ``followed``."""
        next_day = timedelta(days=1)
        known: Any = model._default_manager
        rows = list(known.filter(since__lte=self.day + ENDS_SOON + next_day).exclude(until__lt=self.day))
        self.followed |= {_ending(row, row.since - next_day) for row in rows if row.since > self.day}
        return [row for row in rows if row.since <= self.day]

    def seats_in(self, body: Body) -> list[Seat]:
        return self._seats_in[body.pk]

    def bodies_of(self, kind: str) -> list[Body]:
        return [body for body in self.bodies if body.kind == kind]


def membership_of_the_city(of: Association) -> Iterator[Finding]:
    city = [m for m in of.memberships if m.kind == Membership.Kind.CITY]
    if not city:
        yield Finding(
            Level.BREACH, "Die Stadt Dortmund ist nicht Mitglied.", "membership_add", query={"kind": "city"}
        )
    if len(city) > 1:
        yield Finding(
            Level.BREACH,
            f"Die Stadt Dortmund ist {len(city)}-mal Mitglied.",
            "membership_changelist",
            query={"kind__exact": "city", "am": of.day},
        )


def two_delegates_per_district(of: Association) -> Iterator[Finding]:
    found = Counter(m.district_id for m in of.memberships)
    for district in of.districts:
        number = found[district.pk]
        if number < DELEGATES:
            yield Finding(
                Level.VACANCY,
                f"{district}: {number} von {DELEGATES} Delegierten benannt.",
                "membership_add",
                query={"kind": Membership.Kind.DELEGATE.value, "district": district.pk},
            )
        if number > DELEGATES:
            yield Finding(
                Level.BREACH,
                f"{district}: {number} Delegierte; die Satzung sieht {DELEGATES} vor.",
                "membership_changelist",
                query={"district__id__exact": district.pk, "am": of.day},
            )


def nobody_is_a_member_twice(of: Association) -> Iterator[Finding]:
    for membership in of.members_again:
        yield Finding(
            Level.BREACH,
            f"{membership.person} ist mehrfach Mitglied.",
            "membership_change",
            membership.pk,
        )


def nobody_sits_twice(of: Association) -> Iterator[Finding]:
    for name, seats in (("person", of.people_again), ("organisation", of.organisations_again)):
        for seat in seats:
            text = f"{seat.body}: {getattr(seat, name)} hat mehrere Sitze."
            yield Finding(Level.BREACH, text, "seat_change", seat.pk)


def _repeated(rows: Iterable[T], key: Callable[[T], Any]) -> Iterator[T]:
    """The second and every further row with the same key; no key, no repetition."""
    seen = set()
    for row in rows:
        if not (value := key(row)):
            continue
        if value in seen:
            yield row
        seen.add(value)


def advisory_board(of: Association) -> Iterator[Finding]:
    boards = of.bodies_of(Body.Kind.ADVISORY_BOARD)
    if not boards:
        yield _missing_body("Der Verein hat keinen Beirat.", Body.Kind.ADVISORY_BOARD)
        return
    held = {seat.organisation_id: seat for seat in of.seats_in(boards[0])}
    for name in ADVISERS:
        adviser = of.advisers.get(name)
        if adviser is None:
            text = f"Beirat: Eine Organisation mit dem Kurznamen {name} ist nicht eingetragen."
            yield Finding(Level.BREACH, text, "organisation_add", query={"short_name": name})
        elif adviser.pk not in held:
            yield Finding(
                Level.BREACH,
                f"Beirat: {name} hat keinen Sitz.",
                "seat_add",
                query={"body": boards[0].pk, "organisation": adviser.pk},
            )
        elif held[adviser.pk].person_id is None:
            text = f"Beirat: {name} ist durch niemanden vertreten."
            yield Finding(Level.BREACH, text, "seat_change", held[adviser.pk].pk)


def managing_director_per_district(of: Association) -> Iterator[Finding]:
    kind = Mandate.Kind.MANAGING_DIRECTOR
    found = Counter(m.district_id for m in of.mandates if m.kind == kind)
    for district in of.districts:
        if not found[district.pk]:
            yield Finding(
                Level.BREACH,
                f"{district}: Die Geschäftsführung der Bezirksvertretung ist nicht besetzt.",
                "mandate_add",
                query={"kind": kind.value, "district": district.pk},
            )
        if found[district.pk] > 1:
            yield Finding(
                Level.BREACH,
                f"{district}: {found[district.pk]} Personen haben zugleich die Geschäftsführung.",
                "mandate_changelist",
                query={"kind__exact": kind.value, "district__id__exact": district.pk, "am": of.day},
            )


def steering_body_with_chair(of: Association) -> Iterator[Finding]:
    steering = {body.district_id: body for body in of.bodies_of(Body.Kind.STEERING)}
    mayors = {(m.district_id, m.person_id) for m in of.mandates if m.kind == Mandate.Kind.DISTRICT_MAYOR}
    in_office = {district for district, _ in mayors}
    for district in of.districts:
        body = steering.get(district.pk)
        if body is None:
            yield _missing_body(f"{district}: Es gibt kein Lenkungsgremium.", Body.Kind.STEERING, district)
            continue
        chairs = [seat for seat in of.seats_in(body) if seat.role == Seat.Role.CHAIR]
        if not chairs:
            yield Finding(
                Level.BREACH,
                f"{body} hat keinen Vorsitz.",
                "seat_add",
                query={"body": body.pk, "role": Seat.Role.CHAIR.value},
            )
        if len(chairs) > 1:
            text = f"{body} hat {len(chairs)} Vorsitze."
            yield Finding(Level.BREACH, text, "body_change", body.pk)
        for seat in chairs:
            if district.pk in in_office and (district.pk, seat.person_id) not in mayors:
                text = f"{body}: Den Vorsitz führt nicht die Bezirksbürgermeisterin oder der Bezirksbürgermeister."
                yield Finding(Level.WARNING, text, "seat_change", seat.pk)


def _missing_body(text: str, kind: BodyKind, district: District | None = None) -> Finding:
    query = {"kind": kind.value} | ({"district": district.pk} if district else {})
    return Finding(Level.BREACH, text, "body_add", query=query)


def size_of_the_jury(of: Association) -> Iterator[Finding]:
    for body in of.bodies_of(Body.Kind.JURY):
        number = len(of.seats_in(body))
        text = f"{body}: {number} Mitglieder; vorgesehen sind {JURY.start} bis {JURY.stop - 1}."
        if number < JURY.start:
            yield Finding(Level.VACANCY, text, "seat_add", query={"body": body.pk})
        if number >= JURY.stop:
            yield Finding(Level.WARNING, text, "body_change", body.pk)


def seats_in_closed_bodies(of: Association) -> Iterator[Finding]:
    for seat in of.left_open:
        text = (
            f"{seat.body} bestand bis {seat.body.until:%d.%m.%Y}; der Sitz von {seat.holder} ist noch offen."
        )
        yield Finding(Level.WARNING, text, "seat_change", seat.pk)


def ends_soon(of: Association) -> Iterator[Finding]:
    """Whatever ends within 90 days and has no successor entered."""
    last = of.day + ENDS_SOON
    for row in sorted(of.ending, key=lambda r: (r.until, str(r))):
        page = f"{row._meta.model_name}_change"
        yield Finding(Level.WARNING, f"Endet am {row.until:%d.%m.%Y}: {row}.", page, row.pk)
    for body in of.bodies:
        if body.until and body.until <= last:
            text = f"Besteht nur noch bis {body.until:%d.%m.%Y}: {body}."
            yield Finding(Level.WARNING, text, "body_change", body.pk)


def _ending(row: Tenure, last: date) -> tuple[Any, ...]:
    """What ends with a day: the kind of row and its place."""
    return (type(row), last, *(row.serializable_value(name) for name in row.PLACE))


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
    """The findings of a day, and how many of how many memberships are filled."""

    day: date
    filled: int
    places: int
    findings: list[Finding]

    @property
    def groups(self) -> list[tuple[Level, list[Finding]]]:
        """Breaches first; levels without findings are left out."""
        by_level: dict[Level, list[Finding]] = defaultdict(list)
        for finding in self.findings:
            by_level[finding.level].append(finding)
        return [(level, by_level[level]) for level in Level if level in by_level]

    @property
    def summary(self) -> str:
        return f"{self.filled} von {self.places} Mitgliedschaften sind besetzt."


def check(day: date) -> Report:
    """Every finding on the day. A fixed number of queries, whatever there is."""
    of = Association(day)
    findings = [finding for rule in RULES for finding in rule(of)]
    return Report(day, len(of.memberships), of.places, findings)
