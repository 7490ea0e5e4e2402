"""Check the association against its statutes on a day.

A breach contradicts the statutes. A vacancy is a place that is not filled. A warning tells what ends soon or
should be looked at.
Sources: the association's presentation (members, Beirat, Lenkungsgremium, central contact); law and practice of
associations for the Kassenprüfung, which is never of the board or of those who decide. The jury of seven
to nine people is known from the press only, so it never counts as a breach.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, TypeVar
from urllib.parse import urlencode

from django.db import models
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse

from members.common.counting import counted, one_or_many
from members.common.folding import fold
from members.models import Body, District, Mandate, Membership, Organisation, Seat, Tenure, User
from members.roles import groups

DELEGATES = 2
ADVISERS = ("WF Do", "IHK", "HWK", "HV NRW")
JURY = range(7, 10)
ENDS_SOON = timedelta(days=90)
ONE_DAY = timedelta(days=1)
#: The accounts of a seat's person that decide on money. Groups have no dates and count as they are today.
DECIDERS = User.objects.filter(groups__name=groups.BUSINESS_DEVELOPMENT, person=OuterRef("person"))

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
        address = reverse(f"admin:members_{self.page}", args=[self.key] if self.key else [])
        return f"{address}?{urlencode(self.query)}" if self.query else address


class Association:
    """What the statutes are checked against on a local date. Read with six queries."""

    def __init__(self, day: date) -> None:
        self.day = day
        self.last = day + ENDS_SOON
        #: The rows that end within 90 days without a successor on the next day.
        self.ending: list[Tenure] = []
        self.districts = list(District.objects.all())
        self.bodies = list(Body.objects.active_on(day))
        self.advisers = {row.short_name: row for row in Organisation.objects.filter(short_name__in=ADVISERS)}
        self.mandates = self._active(
            Mandate.objects.select_related("person", "district").order_by("until", "pk")
        )
        self.memberships = self._active(
            Membership.objects.select_related("person", "organisation", "district").order_by(
                "kind", "district", "-since", "pk"
            )
        )
        self.seats = self._active(
            Seat.objects.select_related("body", "person", "organisation")
            .annotate(decides=Exists(DECIDERS))
            .order_by("body", "-since", "pk")
        )

    def _active(self, rows: "QuerySet[T]") -> list[T]:
        """Return the rows that count on the day. Those that end soon without a successor are noted."""
        near = list(rows.filter(Q(until=None) | Q(until__gte=self.day), since__lte=self.last + ONE_DAY))
        begins = {(_place(row), row.since) for row in near}
        active = [row for row in near if row.is_active_on(self.day)]
        for row in active:
            if row.until and row.until <= self.last and (_place(row), row.until + ONE_DAY) not in begins:
                self.ending.append(row)
        return active


def _place(row: Tenure) -> tuple[object, ...]:
    return tuple(getattr(row, name) for name in row.PLACE)


def membership_of_the_city(of: Association) -> Iterator[Finding]:
    """Yield a breach where the City is not a member, or is one more than once."""
    number = sum(row.kind == Membership.Kind.CITY for row in of.memberships)
    if not number:
        text = "Die Stadt Dortmund ist nicht Mitglied."
        yield Finding(Level.BREACH, text, "membership_add", query={"kind": "city"})
    elif number > 1:
        text = f"Die Stadt Dortmund ist {number}-mal Mitglied."
        rows = {"kind__exact": "city", "am": of.day}
        yield Finding(Level.BREACH, text, "membership_changelist", query=rows)


def two_delegates_per_district(of: Association) -> Iterator[Finding]:
    """Yield a vacancy for fewer than two delegates of a district, and a breach for more."""
    for district in of.districts:
        number = sum(row.district == district for row in of.memberships)
        if number < DELEGATES:
            text = f"{district}: {number} von {DELEGATES} Delegierten benannt."
            place = {"kind": Membership.Kind.DELEGATE, "district": district.pk}
            yield Finding(Level.VACANCY, text, "membership_add", query=place)
        elif number > DELEGATES:
            text = f"{district}: {number} Delegierte; die Satzung sieht {DELEGATES} vor."
            rows = {"district__id__exact": district.pk, "am": of.day}
            yield Finding(Level.BREACH, text, "membership_changelist", query=rows)


def nobody_is_a_member_twice(of: Association) -> Iterator[Finding]:
    """Yield a breach for each person with several memberships."""
    for row in _repeated((row.person, row) for row in of.memberships if row.person):
        yield Finding(Level.BREACH, f"{row.person} ist mehrfach Mitglied.", "membership_change", row.pk)


def nobody_sits_twice(of: Association) -> Iterator[Finding]:
    """Yield a breach for each person or organisation with several seats in one body."""
    for holder in ("person", "organisation"):
        held = [(getattr(seat, holder), seat) for seat in of.seats if getattr(seat, holder)]
        for seat in _repeated(((seat.body, who), seat) for who, seat in held):
            text = f"{seat.body}: {getattr(seat, holder)} hat mehrere Sitze."
            yield Finding(Level.BREACH, text, "seat_change", seat.pk)


def _repeated(rows: Iterable[tuple[Hashable, T]]) -> Iterator[T]:
    """Yield the second and every further row with the same key."""
    seen = set()
    for key, row in rows:
        if key in seen:
            yield row
        seen.add(key)


def advisory_board(of: Association) -> Iterator[Finding]:
    """Yield a breach where there is no Beirat, or one of its organisations has no seat or no person in it."""
    board = next((body for body in of.bodies if body.kind == Body.Kind.ADVISORY_BOARD), None)
    if board is None:
        query = {"kind": Body.Kind.ADVISORY_BOARD}
        yield Finding(Level.BREACH, "Der Verein hat keinen Beirat.", "body_add", query=query)
        return
    seats = {seat.organisation: seat for seat in of.seats if seat.body == board}
    for name in ADVISERS:
        adviser = of.advisers.get(name)
        if adviser is None:
            text = f"Beirat: Eine Organisation mit dem Kurznamen {name} ist nicht eingetragen."
            yield Finding(Level.BREACH, text, "organisation_add", query={"short_name": name})
        elif adviser not in seats:
            place = {"body": board.pk, "organisation": adviser.pk}
            yield Finding(Level.BREACH, f"Beirat: {name} hat keinen Sitz.", "seat_add", query=place)
        elif seats[adviser].person is None:
            text = f"Beirat: {name} ist durch niemanden vertreten."
            yield Finding(Level.BREACH, text, "seat_change", seats[adviser].pk)


def cash_audit(of: Association) -> Iterator[Finding]:
    """Yield a vacancy where nobody audits the cash, and a breach for an auditor who is on the board or decides."""
    body = next((body for body in of.bodies if body.kind == Body.Kind.CASH_AUDIT), None)
    if body is None:
        query = {"kind": Body.Kind.CASH_AUDIT}
        yield Finding(Level.VACANCY, "Der Verein hat keine Kassenprüfung.", "body_add", query=query)
        return
    auditing = [seat for seat in of.seats if seat.body == body]
    if not any(seat.person for seat in auditing):
        yield Finding(Level.VACANCY, f"{body}: Es ist niemand gewählt.", "seat_add", query={"body": body.pk})
    board = {seat.person for seat in of.seats if seat.body.kind == Body.Kind.BOARD}
    directing = {row.person for row in of.mandates if row.kind in Mandate.DIRECTING}
    for seat in auditing:
        if seat.person is None:
            continue
        also = [
            (seat.person in board, "im Vorstand"),
            (seat.person in directing, "in der Geschäftsführung eines Stadtbezirks"),
            (seat.decides, "in der Gruppe Wirtschaftsförderung"),  # type: ignore[attr-defined]
        ]
        for is_it, where in also:
            if is_it:
                yield Finding(
                    Level.BREACH, f"{body}: {seat.person} ist auch {where}.", "seat_change", seat.pk
                )


def managing_director_per_district(of: Association) -> Iterator[Finding]:
    """Yield a breach for each district without a managing director, or with several."""
    kind = Mandate.Kind.MANAGING_DIRECTOR
    for district in of.districts:
        number = sum(row.kind == kind and row.district == district for row in of.mandates)
        if not number:
            text = f"{district}: Die Geschäftsführung der Bezirksvertretung ist nicht besetzt."
            place = {"kind": kind, "district": district.pk}
            yield Finding(Level.BREACH, text, "mandate_add", query=place)
        elif number > 1:
            text = f"{district}: {number} Personen haben zugleich die Geschäftsführung."
            rows = {"kind__exact": kind, "district__id__exact": district.pk, "am": of.day}
            yield Finding(Level.BREACH, text, "mandate_changelist", query=rows)


def steering_body_with_chair(of: Association) -> Iterator[Finding]:
    """Yield a breach for each district without a Lenkungsgremium, or with none or several chairs in it.

    Yield a warning where the chair is not the district mayor.
    """
    steering = [body for body in of.bodies if body.kind == Body.Kind.STEERING]
    chairs = [seat for seat in of.seats if seat.role == Seat.Role.CHAIR and seat.body in steering]
    for district in of.districts:
        bodies = [body for body in steering if body.district_id == district.pk]
        if not bodies:
            text = f"{district}: Es gibt kein Lenkungsgremium."
            place = {"kind": Body.Kind.STEERING, "district": district.pk}
            yield Finding(Level.BREACH, text, "body_add", query=place)
        for body in bodies:
            number = sum(seat.body == body for seat in chairs)
            if not number:
                chair = {"body": body.pk, "role": Seat.Role.CHAIR}
                yield Finding(Level.BREACH, f"{body} hat keinen Vorsitz.", "seat_add", query=chair)
            elif number > 1:
                yield Finding(Level.BREACH, f"{body} hat {number} Vorsitze.", "body_change", body.pk)
    mayors = [row for row in of.mandates if row.kind == Mandate.Kind.DISTRICT_MAYOR]
    for seat in chairs:
        in_office = [mayor.person for mayor in mayors if mayor.district_id == seat.body.district_id]
        if in_office and seat.person not in in_office:
            text = f"{seat.body}: Den Vorsitz führt nicht die Bezirksbürgermeisterin oder der Bezirksbürgermeister."
            yield Finding(Level.WARNING, text, "seat_change", seat.pk)


def size_of_the_jury(of: Association) -> Iterator[Finding]:
    """Yield a vacancy for fewer than seven members of a jury, and a warning for more than nine."""
    for body in of.bodies:
        number = sum(seat.body == body for seat in of.seats)
        if body.kind != Body.Kind.JURY or number in JURY:
            continue
        size = counted(number, "Mitglied", "Mitglieder", "kein Mitglied")
        text = f"{body}: {size}; vorgesehen sind {JURY.start} bis {JURY.stop - 1}."
        if number < JURY.start:
            yield Finding(Level.VACANCY, text, "seat_add", query={"body": body.pk})
        else:
            yield Finding(Level.WARNING, text, "body_change", body.pk)


def seats_in_closed_bodies(of: Association) -> Iterator[Finding]:
    """Yield a warning for each seat that is still open although its body no longer exists."""
    for seat in of.seats:
        if seat.body.until and seat.body.until < of.day:
            until = f"{seat.body.until:%d.%m.%Y}"
            text = f"{seat.body} bestand bis {until}; der Sitz von {seat.holder} ist noch offen."
            yield Finding(Level.WARNING, text, "seat_change", seat.pk)


def ends_soon(of: Association) -> Iterator[Finding]:
    """Yield a warning for whatever ends within 90 days: rows without a successor, and bodies."""
    for row in sorted(of.ending, key=lambda row: (row.until, fold(str(row)))):
        page = f"{row._meta.model_name}_change"
        yield Finding(Level.WARNING, f"Endet am {row.until:%d.%m.%Y}: {row}.", page, row.pk)
    for body in of.bodies:
        if body.until and body.until <= of.last:
            text = f"Besteht nur noch bis {body.until:%d.%m.%Y}: {body}."
            yield Finding(Level.WARNING, text, "body_change", body.pk)


RULES: tuple[Callable[[Association], Iterator[Finding]], ...] = (
    membership_of_the_city,
    two_delegates_per_district,
    nobody_is_a_member_twice,
    advisory_board,
    cash_audit,
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

    filled: int
    places: int
    findings: list[Finding]

    @property
    def groups(self) -> list[tuple[Level, list[Finding]]]:
        """Return each level that has findings with them, breaches first."""
        by_level = [(level, [each for each in self.findings if each.level == level]) for level in Level]
        return [(level, found) for level, found in by_level if found]

    @property
    def summary(self) -> str:
        if not self.filled:
            return f"Von {self.places} Mitgliedschaften ist keine besetzt."
        verb = one_or_many(self.filled, "ist", "sind")
        return f"{self.filled} von {self.places} Mitgliedschaften {verb} besetzt."


def check(day: date) -> Report:
    """Return all findings on the local date. The City is one member, and each district has two delegates."""
    of = Association(day)
    findings = [finding for rule in RULES for finding in rule(of)]
    return Report(len(of.memberships), 1 + DELEGATES * len(of.districts), findings)
