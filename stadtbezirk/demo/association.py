"""The association of the demonstration: 25 memberships, Beirat, Vorstand, Kassenprüfung, jury, and the seats of every body.

Everything is entered through the services. The people's names are recognisably invented; the organisations of
the Beirat are real. On purpose one place of the jury is free and one seat of the Beirat ends soon, so that
the check of the statutes has findings.
"""

from datetime import date, timedelta
from itertools import cycle
from typing import Any

from django.utils import timezone

from members import services
from members.models import Body, District, Mandate, Membership, Organisation, Person, Seat, User

FOUNDED = date(2003, 1, 1)
#: The first day of the demonstration's mandates and seats.
SINCE = date(2016, 1, 1)
SOON = timedelta(days=60)

#: Who left the Beirat, on which day and why, by the short name of the organisation. Below: who sits there now.
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
#: The two who were elected last, and who came before them until which day.
CASH_AUDITORS = (("Karla", "Kassenbeispiel"), ("Konstantin", "Kassenmuster"))
FORMER_CASH_AUDITOR = ("Klemens", "Frühkasse", date(2024, 4, 24))
#: Districts whose delegates form the Vorstand.
BOARD = {
    "aplerbeck": Seat.Role.CHAIR,
    "huckarde": Seat.Role.DEPUTY_CHAIR,
    "innenstadt-west": Seat.Role.SECRETARY,
}
#: Given names of delegates, volunteers and neighbours, in turn.
GIVEN = ("Bert", "Cilli", "Detlev", "Ella", "Ferdi", "Grete", "Heiner", "Ilse", "Jupp", "Käthe",
         "Lutz", "Minna", "Norbert", "Olga", "Pit", "Ada")  # fmt: skip


def person(given: str, family: str, *, publish: bool = False) -> Person:
    return Person.objects.create(given_name=given, family_name=family, publish_name=publish)


class Association:
    """Enters everything, as one person of the Vereinsverwaltung.

    The districts must have their mandates and bodies already.
    """

    def __init__(self, actor: User) -> None:
        self.actor = actor
        self.given_names = cycle(GIVEN)

    def neighbour(self, family: str, *, publish: bool = False) -> Person:
        return person(next(self.given_names), family, publish=publish)

    def seat(
        self, body: Body, holder: Person, role: str = Seat.Role.MEMBER, since: date = SINCE, **more: Any
    ) -> Seat:
        seat = Seat(body=body, person=holder, role=role, since=since, **more)
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
                self.seat(board, delegate, role, date(2024, 4, 1))
        self.advisory_board(Body.objects.get(kind=Body.Kind.ADVISORY_BOARD))
        jury = Body.objects.get(kind=Body.Kind.JURY)
        for given in JURY:
            role = Seat.Role.CHAIR if given == JURY[0] else Seat.Role.MEMBER
            self.seat(jury, person(given, "Jurymuster"), role)

    def cash_audit(self) -> list[Person]:
        """Enter the seats of the Kassenprüfung. Return who sits there now."""
        body = Body.objects.get(kind=Body.Kind.CASH_AUDIT)
        first, second = (person(*name) for name in CASH_AUDITORS)
        given, family, last = FORMER_CASH_AUDITOR
        former = self.seat(body, person(given, family))
        services.succeed(former, person=first, on=last, reason="Ablauf der Amtszeit", actor=self.actor)
        self.seat(body, second, since=date(2024, 4, 25), entry_reason="Wahl der Mitgliederversammlung")
        return [first, second]

    def advisory_board(self, body: Body) -> None:
        """Enter the seats of the Beirat, present and former."""
        for short_name, (given, family, role) in ADVISERS.items():
            organisation = Organisation.objects.get(short_name=short_name)
            adviser = person(given, family, publish=True)
            if short_name in FORMER_ADVISERS:
                given, family, last, reason = FORMER_ADVISERS[short_name]
                former = person(given, family, publish=True)
                seat = self.seat(body, former, role, FOUNDED, organisation=organisation)
                seat = services.succeed(seat, person=adviser, on=last, reason=reason, actor=self.actor)
            else:
                seat = self.seat(body, adviser, role, FOUNDED, organisation=organisation)
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
        chairs = {Body.Kind.STEERING: mayor, Body.Kind.MARKETING: trader}
        others = {Body.Kind.STEERING: [delegate, trader, helper], Body.Kind.MARKETING: [helper, neighbour]}
        for body in Body.objects.filter(district=district).order_by("pk"):
            kind = Body.Kind(body.kind)
            self.seat(body, chairs.get(kind, spare[body.pk % len(spare)]), Seat.Role.CHAIR)
            if kind == Body.Kind.STEERING:
                for director in directors:
                    self.seat(
                        body, director.person, Seat.Role.SECRETARY, director.since, until=director.until
                    )
            for member in others.get(kind, []):
                self.seat(body, member)
        return delegate
