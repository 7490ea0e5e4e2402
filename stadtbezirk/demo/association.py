"""The association of the demonstration: 25 memberships, Beirat, Vorstand, jury, and the seats of every body.

Everything is entered through the services. The people's names are recognisably invented; the organisations of
the Beirat are real. On purpose one place of the jury is free and one seat of the Beirat ends soon, so that
the check of the statutes has findings.
"""

from datetime import date, timedelta

from django.utils import timezone

from members import services
from members.models import Body, District, Mandate, Membership, Organisation, Person, Seat, User

FOUNDED = date(2003, 1, 1)
#: The first day of the demonstration's mandates and seats.
SINCE = date(2016, 1, 1)
SOON = timedelta(days=60)

#: Who left the Beirat, on which day and why, by the short name of the organisation. Below: who sits there
#: now.
FORMER_ADVISERS = {
    "WF Do": ("Walter", "Frühbeirat", date(2018, 6, 30), "Ruhestand"),
    "HV NRW": ("Hedwig", "Altbeirat", date(2014, 12, 31), "Wechsel der Aufgabe"),
}
ADVISERS = {
    "WF Do": ("Wilma", "Beiratsmuster", Seat.Role.SECRETARY),
    "IHK": ("Ingo", "Kammermuster", Seat.Role.CHAIR),
    "HWK": ("Helga", "Handwerksmuster", Seat.Role.DEPUTY_CHAIR),
    "HV NRW": ("Hilde", "Handelsmuster", Seat.Role.MEMBER),
}
JURY = ("Jana", "Jochen", "Judith", "Jürgen", "Jutta", "Julius")
#: Districts whose delegates form the Vorstand.
BOARD = {
    "aplerbeck": Seat.Role.CHAIR,
    "huckarde": Seat.Role.DEPUTY_CHAIR,
    "innenstadt-west": Seat.Role.SECRETARY,
}
GIVEN = ("Ada", "Bert", "Cilli", "Detlev", "Ella", "Ferdi", "Grete", "Heiner", "Ilse", "Jupp", "Käthe",
         "Lutz", "Minna", "Norbert", "Olga", "Pit")  # fmt: skip


class Association:
    """Enters everything, as one person of the Vereinsverwaltung."""

    def __init__(self, actor: User) -> None:
        self.actor = actor
        self.given = 0

    def person(self, given: str, family: str, *, publish: bool = False) -> Person:
        """Return a new person."""
        return Person.objects.create(given_name=given, family_name=family, publish_name=publish)

    def neighbour(self, family: str, *, publish: bool = False) -> Person:
        """Return a new person with the next given name of the list."""
        self.given += 1
        return self.person(GIVEN[self.given % len(GIVEN)], family, publish=publish)

    def seat(
        self,
        body: Body,
        person: Person,
        since: date = SINCE,
        role: str = Seat.Role.MEMBER,
        until: date | None = None,
        organisation: Organisation | None = None,
    ) -> Seat:
        """Give a person a seat."""
        seat = Seat(body=body, person=person, since=since, role=role, until=until, organisation=organisation)
        return services.enter(seat, actor=self.actor)

    def fill(self) -> None:
        """Enter the memberships, the districts' seats, and the bodies of the association."""
        city = Organisation.objects.get(name="Stadt Dortmund")
        founder = Membership(
            kind=Membership.Kind.CITY, organisation=city, since=FOUNDED, entry_reason="Gründungsmitglied"
        )
        services.enter(founder, actor=self.actor)
        board = Body.objects.get(kind=Body.Kind.BOARD)
        for district in District.objects.all():
            delegate = self.district(district)
            if role := BOARD.get(district.slug):
                self.seat(board, delegate, date(2024, 4, 1), role)
        self.advisory_board(Body.objects.get(kind=Body.Kind.ADVISORY_BOARD))
        jury = Body.objects.get(kind=Body.Kind.JURY)
        for given in JURY:
            role = Seat.Role.CHAIR if given == JURY[0] else Seat.Role.MEMBER
            self.seat(jury, self.person(given, "Jurymuster"), SINCE, role)

    def advisory_board(self, body: Body) -> None:
        """Enter the seats of the Beirat, present and former."""
        for short_name, (given, family, role) in ADVISERS.items():
            organisation = Organisation.objects.get(short_name=short_name)
            adviser = self.person(given, family, publish=True)
            if short_name in FORMER_ADVISERS:
                given, family, last, reason = FORMER_ADVISERS[short_name]
                former = self.person(given, family, publish=True)
                seat = self.seat(body, former, FOUNDED, role, organisation=organisation)
                seat = services.succeed(seat, person=adviser, on=last, reason=reason, actor=self.actor)
            else:
                seat = self.seat(body, adviser, FOUNDED, role, organisation=organisation)
        services.end(seat, on=timezone.localdate() + SOON, reason="Ende der Amtszeit", actor=self.actor)

    def district(self, district: District) -> Person:
        """Enter delegates and seats of one district. Return the delegate who is not the district mayor."""
        mandates = Mandate.objects.filter(district=district).select_related("person")
        mayor = mandates.get(kind=Mandate.Kind.DISTRICT_MAYOR).person
        former = self.neighbour(f"Früher-{district}")
        delegate = self.neighbour(f"Delegiert-{district}", publish=True)
        helper = self.neighbour(f"Ehrenamt-{district}")
        trader = self.neighbour(f"Gewerbe-{district}")
        neighbour = self.neighbour(f"Nachbar-{district}")

        services.enter(Membership(district=district, person=delegate, since=FOUNDED), actor=self.actor)
        first = services.enter(Membership(district=district, person=former, since=FOUNDED), actor=self.actor)
        services.succeed(
            first,
            person=mayor,
            on=SINCE - timedelta(days=1),
            reason="Ende der Delegation",
            actor=self.actor,
            entry_reason="Bezirksbürgermeisteramt",
        )

        directors = mandates.filter(kind=Mandate.Kind.MANAGING_DIRECTOR)
        spare = [delegate, neighbour, helper]
        for body in Body.objects.filter(district=district).order_by("pk"):
            if body.kind == Body.Kind.STEERING:
                self.seat(body, mayor, role=Seat.Role.CHAIR)
                for director in directors:
                    self.seat(body, director.person, director.since, Seat.Role.SECRETARY, director.until)
                for person in (delegate, trader, helper):
                    self.seat(body, person)
            elif body.kind == Body.Kind.MARKETING:
                self.seat(body, trader, role=Seat.Role.CHAIR)
                for person in (helper, neighbour):
                    self.seat(body, person)
            else:
                self.seat(body, spare[body.pk % len(spare)], role=Seat.Role.CHAIR)
        return delegate


def fill(actor: User) -> None:
    """Enter everything as ``actor``. The districts must have their mandates and bodies already."""
    Association(actor).fill()
