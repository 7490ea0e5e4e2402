"""Who acts in the load: staff, and per district its director, district mayor, bodies and organisers."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group
from django.db import models
from simple_history.utils import bulk_create_with_history

from members.models import Body, District, Mandate, Membership, Organisation, Person, Seat, User
from members.roles import groups
from stadtbezirk.demo import PASSWORD
from tests.load import words

STAFF = (
    ("wf1", "Wanda", "Musterfrau", groups.BUSINESS_DEVELOPMENT),
    ("wf2", "Werner", "Mustermann", groups.BUSINESS_DEVELOPMENT),
    ("verein", "Vera", "Vereinsbeispiel", groups.ADMINISTRATION),
    ("pruefung", "Paul", "Prüfbeispiel", groups.AUDIT),
)
GIVEN = (
    "Ada",
    "Bruno",
    "Cilli",
    "Detlev",
    "Ella",
    "Ferdi",
    "Grete",
    "Heiner",
    "Ilse",
    "Jupp",
    "Käthe",
    "Lutz",
)
#: Projects that one organiser has on average, and how many organisers a district has at most.
PER_ORGANISER, MOST_ORGANISERS = 12, len(words.ORGANISERS) * 5


@dataclass(frozen=True)
class Place:
    """A district with those who act for it, by their keys."""

    key: int
    name: str
    code: str
    director: int
    mandate: int
    steering_body: int
    quarters: tuple[str, ...]
    organisers: tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class Cast:
    staff: tuple[int, int]
    places: tuple[Place, ...]


def create(projects: int, since: date) -> Cast:
    """Add who is missing; who is there already stays."""
    password = "!" if settings.PRODUCTION else make_password(PASSWORD, salt="nurzumlasttesten")
    joined = datetime(since.year, since.month, since.day, 8, tzinfo=UTC)
    rows = list(District.objects.filter(code__in=words.QUARTERS).order_by("pk"))
    staff = [_account(*person, password=password, joined=joined) for person in STAFF]
    organisers = max(2, min(MOST_ORGANISERS, projects // (PER_ORGANISER * len(rows))))
    quarters = {d.pk: words.QUARTERS[d.code] for d in rows}
    directors = _directors(rows, since, password, joined)
    bodies = _bodies(rows, quarters, since, joined)
    _members(rows, bodies, since, joined)
    found = _organisers(rows, quarters, organisers, joined)
    return Cast(
        (staff[0].pk, staff[1].pk),
        tuple(
            Place(d.pk, d.name, d.code, *directors[d.pk], bodies[d.pk], quarters[d.pk], tuple(found[d.pk]))
            for d in rows
        ),
    )


def _save(rows: list[models.Model], moment: datetime) -> None:
    if rows:
        bulk_create_with_history(rows, type(rows[0]), batch_size=1000, default_date=moment)


def _account(
    local_part: str, given: str, family: str, group: str, *, password: str, joined: datetime
) -> User:
    email = f"{local_part}@example.org"
    user = User.objects.filter(email=email).first()
    if user is None:
        person = Person(given_name=given, family_name=family)
        _save([person], joined)
        user = User.objects.create(
            email=email,
            person=person,
            password=password,
            date_joined=joined,
            is_staff=group == groups.ADMINISTRATION,
        )
        user.groups.add(Group.objects.get(name=group))
    return user


def _directors(
    rows: list[District], since: date, password: str, moment: datetime
) -> dict[int, tuple[int, int]]:
    """District -> the director's account and mandate. The district mayors come along."""
    kinds = (Mandate.Kind.MANAGING_DIRECTOR, Mandate.Kind.DISTRICT_MAYOR)
    held = {(m.district_id, m.kind) for m in Mandate.objects.filter(until__isnull=True, kind__in=kinds)}
    mandates = [
        Mandate(
            district=d,
            kind=kind,
            since=since,
            person=Person(
                given_name=GIVEN[(number + 5 * (kind == kinds[1])) % len(GIVEN)],
                family_name=f"{'Beispiel' if kind == kinds[0] else 'Muster'}-{d.name}",
            ),
        )
        for number, d in enumerate(rows)
        for kind in kinds
        if (d.pk, kind) not in held
    ]
    _save([m.person for m in mandates], moment)
    for mandate in mandates:
        mandate.person_id = mandate.person.pk
    _save(list(mandates), moment)
    User.objects.bulk_create(
        [
            User(
                email=f"gf.{m.district.slug}@example.org",
                person=m.person,
                password=password,
                date_joined=moment,
            )
            for m in mandates
            if m.kind == Mandate.Kind.MANAGING_DIRECTOR
        ],
        batch_size=1000,
    )
    directing = Mandate.objects.filter(
        kind=Mandate.Kind.MANAGING_DIRECTOR, until__isnull=True, person__user__isnull=False
    )
    return {d: (user, pk) for d, user, pk in directing.values_list("district", "person__user", "pk")}


def _bodies(
    rows: list[District], quarters: dict[int, tuple[str, ...]], since: date, moment: datetime
) -> dict[int, int]:
    """District -> its Lenkungsgremium. New ones come with a Marketinggruppe and a Bürgerforum."""
    held = set(
        Body.objects.filter(kind=Body.Kind.STEERING, until__isnull=True).values_list("district", flat=True)
    )
    _save(
        [
            Body(district=d, kind=kind, name=name, since=since)
            for d in rows
            if d.pk not in held
            for kind, name in (
                (Body.Kind.STEERING, f"Lenkungsgremium {d.name}"),
                (Body.Kind.MARKETING, f"Marketinggruppe {d.name}"),
                (Body.Kind.FORUM, f"Bürgerforum {quarters[d.pk][0]}"),
            )
        ],
        moment,
    )
    steering = Body.objects.filter(kind=Body.Kind.STEERING, until__isnull=True)
    return dict(steering.values_list("district", "pk"))


def _members(rows: list[District], bodies: dict[int, int], since: date, moment: datetime) -> None:
    """The district mayor is a delegate and chairs the Lenkungsgremium where nobody else does."""
    mayors = dict(
        Mandate.objects.filter(kind=Mandate.Kind.DISTRICT_MAYOR, until__isnull=True).values_list(
            "district", "person"
        )
    )
    delegated = set(Membership.objects.values_list("district", flat=True))
    seated = set(Seat.objects.values_list("body", flat=True))
    _save(
        [
            Membership(district=d, person_id=mayors[d.pk], since=since)
            for d in rows
            if d.pk in mayors and d.pk not in delegated
        ],
        moment,
    )
    _save(
        [
            Seat(body_id=bodies[d.pk], person_id=mayors[d.pk], since=since, role=Seat.Role.CHAIR)
            for d in rows
            if d.pk in mayors and bodies[d.pk] not in seated
        ],
        moment,
    )


def _organisers(
    rows: list[District], quarters: dict[int, tuple[str, ...]], each: int, moment: datetime
) -> dict[int, list[tuple[int, str]]]:
    """District -> its organisers, key and name. Names are unique, so neighbours share where quarters do."""
    names = {
        d.pk: [
            f"{words.ORGANISERS[n % len(words.ORGANISERS)]} {quarters[d.pk][n // len(words.ORGANISERS)]}"
            for n in range(each)
        ]
        for d in rows
    }
    present = set(Organisation.objects.values_list("name", flat=True))
    fresh = {name: None for of_district in names.values() for name in of_district if name not in present}
    _save(
        [Organisation(name=name, place="Dortmund") for name in fresh],
        moment,
    )
    keys = dict(Organisation.objects.values_list("name", "pk"))
    return {d: [(keys[name], name) for name in of_district] for d, of_district in names.items()}
