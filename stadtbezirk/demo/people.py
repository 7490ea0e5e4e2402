"""The people of the demonstration, with mandates and accounts; the bodies; the organisations.

The people's names are recognisably invented. The organisations are real, their addresses invented.
"""

from dataclasses import dataclass
from datetime import date

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group

from members.models import Body, District, Mandate, Organisation, Person, User
from members.roles import groups
from stadtbezirk.demo import PASSWORD
from stadtbezirk.demo.addresses import invent_addresses
from stadtbezirk.demo.association import Association, person
from stadtbezirk.demo.entries import public_rows

ASSOCIATION = "StadtbezirksMarketing Dortmund e. V."
SINCE = date(2016, 1, 1)

#: Per district: given names of the managing director and the district mayor, and a second Bürgerforum.
DISTRICTS = {
    "aplerbeck": ("Gerda", "Anton", "Sölde"),
    "brackel": ("Bruno", "Elfriede", "Asseln"),
    "eving": ("Edith", "Kuno", ""),
    "hoerde": ("Hannes", "Irmgard", "Wellinghofen"),
    "hombruch": ("Henrike", "Ludger", "Barop"),
    "huckarde": ("Hubert", "Roswitha", "Kirchlinde"),
    "innenstadt-nord": ("Nora", "Emil", "Hafen"),
    "innenstadt-ost": ("Otto", "Thea", "Körne"),
    "innenstadt-west": ("Wiebke", "Alfons", "Kreuzviertel"),
    "luetgendortmund": ("Leopold", "Mathilde", "Marten"),
    "mengede": ("Mechthild", "Konrad", "Westerfilde"),
    "scharnhorst": ("Siegfried", "Dorothea", "Derne"),
}
PROJECT_GROUPS = {
    "aplerbeck": ("Projektgruppe Kunstfrühling",),
    "brackel": ("Projektgruppe Bunt statt Braun", "Projektgruppe Linie 43"),
    "mengede": ("Projektgruppe Michaelisfest",),
}
#: Former managing directors and their last day. The successor follows on the next day.
FORMER = {"hombruch": ("Frieda", "Ehemals-Hombruch", date(2019, 12, 31))}
DEPUTIES = {"aplerbeck": ("Volker", "Vertretungsbeispiel", date(2018, 1, 1))}
#: Local part of the address, given and family name, groups, whether the admin pages are open.
STAFF = (
    ("wf1", "Wanda", "Musterfrau", groups.BUSINESS_DEVELOPMENT, False),
    ("wf2", "Werner", "Mustermann", groups.BUSINESS_DEVELOPMENT, False),
    ("verein", "Vera", "Vereinsbeispiel", groups.ADMINISTRATION, True),
    ("pruefung", "Paul", "Prüfbeispiel", groups.AUDIT, False),
    ("beirat", "Berta", "Beiratsbeispiel", groups.ADVISORY_BOARD, False),
)
#: Who signs in for the Kassenprüfung: the right follows from the seat (``association.CASH_AUDITORS``).
CASH_AUDITOR = "kasse"
#: Names in the public list that mean the same organisation as another name.
SAME = {
    "Jugendfreizeitstätte Brackel (brauks)": "Jugendfreizeitstätte Brackel",
    "Hombruch-Forum": "Hombruch-Forum e. V.",
    "Sparkasse": "Sparkasse Dortmund",
}
#: Descriptions in the public list that name no organisation.
UNNAMED = {"Örtliche Fußballvereine", "Grundschulen in Eving", "Jugendfreizeitstätte", "Verbraucherberatung"}


def address(local_part: str) -> str:
    """Return the e-mail address of an account of the demonstration."""
    return f"{local_part}@example.org"


FIRST_ACCOUNT = address("wf1")


@dataclass(frozen=True)
class Cast:
    """Who acts: two people of the Wirtschaftsförderung, and each district's directors on a local date."""

    wf1: User
    wf2: User

    def director(self, district: District, day: date, *, deputy: bool = False) -> User:
        """Return the account of the district's managing director on the day, or of the ``deputy``."""
        kind = Mandate.Kind.DEPUTY if deputy else Mandate.Kind.MANAGING_DIRECTOR
        mandate = Mandate.objects.active_on(day).get(district=district, kind=kind)
        return User.objects.get(person=mandate.person_id)


def create() -> Cast:
    """Create everybody, and return who acts.

    All accounts share one password hash, because hashing is slow on purpose.
    """
    password = make_password(PASSWORD)

    def account(local_part: str, person: Person | None, **flags: bool) -> User:
        return User.objects.create(
            email=address(local_part), password=password, person=person, is_active=True, **flags
        )

    for district in District.objects.all():
        director, mayor, _ = DISTRICTS[district.slug]
        since = SINCE
        if district.slug in FORMER:
            given, family, until = FORMER[district.slug]
            former = person(given, family)
            account(f"ehemals.{district.slug}", former)
            _mandate(district, former, Mandate.Kind.MANAGING_DIRECTOR, since, until)
            since = date(until.year + 1, 1, 1)
        holder = person(director, f"Beispiel-{district.name}")
        account(f"gf.{district.slug}", holder)
        _mandate(district, holder, Mandate.Kind.MANAGING_DIRECTOR, since)
        office = person(mayor, f"Muster-{district.name}", publish=True)
        _mandate(district, office, Mandate.Kind.DISTRICT_MAYOR, SINCE)
        if district.slug in DEPUTIES:
            given, family, since = DEPUTIES[district.slug]
            deputy = person(given, family)
            account(f"vertretung.{district.slug}", deputy)
            _mandate(district, deputy, Mandate.Kind.DEPUTY, since)
        _bodies(district)

    for local_part, given, family, group, is_staff in STAFF:
        user = account(local_part, person(given, family), is_staff=is_staff)
        user.groups.add(Group.objects.get(name=group))
    account("admin", None, is_staff=True, is_superuser=True)
    association = Association(User.objects.get(email=address("verein")))
    association.fill()
    account(CASH_AUDITOR, association.cash_audit()[0])
    return Cast(User.objects.get(email=address("wf1")), User.objects.get(email=address("wf2")))


def _mandate(
    district: District, holder: Person, kind: Mandate.Kind, since: date, until: date | None = None
) -> None:
    Mandate.objects.create(person=holder, district=district, kind=kind, since=since, until=until)


def _bodies(district: District) -> None:
    quarter = DISTRICTS[district.slug][2]
    forums = [district.name, quarter] if quarter else [district.name]
    named = [
        (Body.Kind.STEERING, f"Lenkungsgremium {district.name}"),
        (Body.Kind.MARKETING, f"Marketinggruppe {district.name}"),
        *((Body.Kind.FORUM, f"Bürgerforum {name}") for name in forums),
        *((Body.Kind.PROJECT_GROUP, name) for name in PROJECT_GROUPS.get(district.slug, ())),
    ]
    Body.objects.bulk_create([Body(district=district, kind=kind, name=name) for kind, name in named])


def create_organisations() -> None:
    """Create the association and the partners that the public list names."""
    names = {ASSOCIATION}
    for row in public_rows().values():
        partners = filter(None, row["partners"].split(", "))
        names |= {SAME.get(name, name) for name in partners if name not in UNNAMED}
    names -= set(Organisation.objects.values_list("name", flat=True))
    Organisation.objects.bulk_create([Organisation(name=name, place="Dortmund") for name in sorted(names)])
    invent_addresses()
