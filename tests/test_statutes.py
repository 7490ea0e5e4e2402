"""The check of the statutes: a complete association first, then every rule broken once on purpose."""

from collections.abc import Callable
from datetime import date, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from members import guards, statutes
from members.models import Body, District, Mandate, Membership, Organisation, Person, Seat
from members.statutes import Level
from tests import personas
from tests.personas import today

pytestmark = pytest.mark.django_db

FOUNDED = date(2003, 1, 1)


def person(name: str) -> Person:
    return Person.objects.create(given_name="Ina", family_name=name)


def body(kind: str) -> Body:
    return Body.objects.get(kind=kind)


@pytest.fixture
def complete() -> None:
    """Everything that the statutes ask for, open-ended; in a handful of statements."""
    districts = list(District.objects.all())
    names = [f"{what}-{district}" for district in districts for what in ("Erste", "Zweite", "Amt", "Leitung")]
    names += [f"Rat-{name}" for name in statutes.ADVISERS] + [f"Jury-{number}" for number in range(7)]
    names.append("Kasse")
    rows = Person.objects.bulk_create([Person(given_name="Ina", family_name=name) for name in names])
    people = {row.family_name: row for row in rows}

    city = Organisation.objects.get(name="Stadt Dortmund")
    Membership.objects.create(kind=Membership.Kind.CITY, organisation=city, since=FOUNDED)
    Membership.objects.bulk_create(
        Membership(district=district, person=people[f"{what}-{district}"], since=FOUNDED)
        for district in districts
        for what in ("Erste", "Zweite")
    )
    offices = {"Amt": Mandate.Kind.DISTRICT_MAYOR, "Leitung": Mandate.Kind.MANAGING_DIRECTOR}
    Mandate.objects.bulk_create(
        Mandate(district=district, person=people[f"{what}-{district}"], kind=kind, since=FOUNDED)
        for district in districts
        for what, kind in offices.items()
    )
    steering = Body.objects.bulk_create(
        Body(kind=Body.Kind.STEERING, district=district, name=f"Lenkungsgremium {district}", since=FOUNDED)
        for district in districts
    )
    board, jury = body("beirat"), body("jury")
    advisers = {o.short_name: o for o in Organisation.objects.exclude(short_name="")}
    Seat.objects.bulk_create(
        [
            *(
                Seat(body=each, person=people[f"Amt-{each.district}"], role=Seat.Role.CHAIR, since=FOUNDED)
                for each in steering
            ),
            *(
                Seat(body=board, organisation=advisers[name], person=people[f"Rat-{name}"], since=FOUNDED)
                for name in statutes.ADVISERS
            ),
            *(
                Seat(body=jury, person=people[f"Jury-{number}"], since=date(2016, 1, 1))
                for number in range(7)
            ),
            Seat(body=body("kassenpruefung"), person=people["Kasse"], since=FOUNDED),
        ]
    )


def hoerde() -> District:
    return personas.district("HOE")


def check(day: date | None = None) -> list[tuple[Level, str]]:
    return [(finding.level, finding.text) for finding in statutes.check(day or today()).findings]


def test_a_complete_association_has_no_finding(complete):
    report = statutes.check(today())
    assert report.findings == []
    assert report.summary == "25 von 25 Mitgliedschaften sind besetzt."


# Every rule broken once


def end(row: Any, on: date) -> None:
    row.until = on
    row.save()


def unguarded(rows: Callable[[], Any]) -> None:
    """What the triggers refuse comes in all the same, as after a restore into a database without them."""
    guards.GUARDS.lift()
    rows()
    guards.GUARDS.install()


def city() -> Membership:
    return Membership.objects.get(kind="city")


def no_city() -> None:
    end(city(), today() - timedelta(1))


def city_twice() -> None:
    other = Organisation.objects.create(name="Stadt")
    unguarded(lambda: Membership.objects.create(kind="city", organisation=other, since=today()))


def one_delegate() -> None:
    end(Membership.objects.filter(district=hoerde())[0], today() - timedelta(1))


def no_delegate() -> None:
    for row in Membership.objects.filter(district=hoerde()):
        end(row, today() - timedelta(1))


def three_delegates() -> None:
    third = person("Dritte")
    unguarded(lambda: Membership.objects.create(district=hoerde(), person=third, since=today()))


def member_twice() -> None:
    aplerbeck = Membership.objects.filter(district=personas.district("APL"))[0]
    aplerbeck.person = Membership.objects.filter(district=hoerde())[0].person
    unguarded(aplerbeck.save)


def no_advisory_board() -> None:
    end(body("beirat"), today() - timedelta(1))
    for seat in Seat.objects.filter(body=body("beirat")):
        end(seat, today() - timedelta(1))


def adviser_unknown() -> None:
    Organisation.objects.filter(short_name="HWK").update(short_name="")


def adviser_without_seat(name: str) -> Callable[[], None]:
    return lambda: end(Seat.objects.get(organisation__short_name=name), today() - timedelta(1))


def adviser_unrepresented(name: str) -> Callable[[], None]:
    return lambda: Seat.objects.filter(organisation__short_name=name).update(person=None)  # type: ignore[return-value]


def no_cash_audit() -> None:
    end(body("kassenpruefung"), today() - timedelta(1))
    end(Seat.objects.get(body=body("kassenpruefung")), today() - timedelta(1))


def nobody_audits() -> None:
    end(Seat.objects.get(body=body("kassenpruefung")), today() - timedelta(1))


def cash_auditor() -> Person:
    found = Seat.objects.get(body=body("kassenpruefung")).person
    assert found
    return found


def auditor_on_board() -> None:
    unguarded(lambda: Seat.objects.create(body=body("vorstand"), person=cash_auditor(), since=today()))


def auditor_directs() -> None:
    place = {"district": hoerde(), "kind": "deputy", "since": today()}
    unguarded(lambda: Mandate.objects.create(person=cash_auditor(), **place))


def auditor_decides() -> None:
    Seat.objects.filter(body=body("kassenpruefung")).update(person=personas.wf1().person)


def no_director() -> None:
    end(Mandate.objects.get(district=hoerde(), kind="managing_director"), today() - timedelta(1))


def two_directors() -> None:
    Mandate.objects.create(
        district=hoerde(), person=person("Doppelt"), kind="managing_director", since=today()
    )


def no_steering_body() -> None:
    Seat.objects.filter(body__district=hoerde()).delete()
    Body.objects.filter(district=hoerde()).delete()


def no_chair() -> None:
    Seat.objects.filter(body__district=hoerde()).update(role="deputy_chair")


def two_chairs() -> None:
    mayor = Mandate.objects.create(
        district=hoerde(), person=person("Zweitamt"), kind="district_mayor", since=today()
    )
    steering = Body.objects.get(district=hoerde())
    Seat.objects.create(body=steering, person=mayor.person, role="chair", since=today())


def chair_is_not_the_mayor() -> None:
    Seat.objects.filter(body__district=hoerde()).update(person=person("Fremd"))


def sits_twice() -> None:
    seat = Seat.objects.filter(body=body("jury"))[0]
    unguarded(lambda: Seat.objects.create(body=seat.body, person=seat.person, since=today()))


def organisation_sits_twice() -> None:
    ihk = Organisation.objects.get(short_name="IHK")
    unguarded(
        lambda: Seat.objects.create(
            body=body("beirat"), organisation=ihk, person=person("Zwei"), since=today()
        )
    )


def jury_too_small() -> None:
    end(Seat.objects.filter(body=body("jury"))[0], today() - timedelta(1))


def jury_too_large() -> None:
    for number in range(3):
        Seat.objects.create(body=body("jury"), person=person(f"Mehr-{number}"), since=today())


def seat_in_a_closed_body() -> None:
    group = Body.objects.create(kind="projektgruppe", district=hoerde(), name="Fest", since=FOUNDED)
    Seat.objects.create(body=group, person=person("Fest"), since=FOUNDED)
    end(group, date(2019, 12, 31))


def soon() -> date:
    return today() + timedelta(90)


BREACH, VACANCY, WARNING = Level.BREACH, Level.VACANCY, Level.WARNING
#: How it is broken, what is found (``{soon}``: the day ``soon()``), and the admin page that mends it.
BROKEN: list[tuple[Callable[[], Any], Level, str, str]] = [
    (no_city, BREACH, "Die Stadt Dortmund ist nicht Mitglied.", "membership_add"),
    (city_twice, BREACH, "Die Stadt Dortmund ist 2-mal Mitglied.", "membership_changelist"),
    (one_delegate, VACANCY, "Hörde: 1 von 2 Delegierten benannt.", "membership_add"),
    (no_delegate, VACANCY, "Hörde: 0 von 2 Delegierten benannt.", "membership_add"),
    (three_delegates, BREACH, "Hörde: 3 Delegierte; die Satzung sieht 2 vor.", "membership_changelist"),
    (member_twice, BREACH, "Ina Erste-Hörde ist mehrfach Mitglied.", "membership_change"),
    (no_advisory_board, BREACH, "Der Verein hat keinen Beirat.", "body_add"),
    (
        adviser_unknown,
        BREACH,
        "Beirat: Eine Organisation mit dem Kurznamen HWK ist nicht eingetragen.",
        "organisation_add",
    ),
    *(
        (adviser_without_seat(name), BREACH, f"Beirat: {name} hat keinen Sitz.", "seat_add")
        for name in ("WF Do", "IHK", "HWK", "HV NRW")
    ),
    *(
        (adviser_unrepresented(name), BREACH, f"Beirat: {name} ist durch niemanden vertreten.", "seat_change")
        for name in ("WF Do", "IHK", "HWK", "HV NRW")
    ),
    (no_cash_audit, VACANCY, "Der Verein hat keine Kassenprüfung.", "body_add"),
    (nobody_audits, VACANCY, "Kassenprüfung: Es ist niemand gewählt.", "seat_add"),
    (auditor_on_board, BREACH, "Kassenprüfung: Ina Kasse ist auch im Vorstand.", "seat_change"),
    (
        auditor_directs,
        BREACH,
        "Kassenprüfung: Ina Kasse ist auch in der Geschäftsführung eines Stadtbezirks.",
        "seat_change",
    ),
    (
        auditor_decides,
        BREACH,
        "Kassenprüfung: Wanda Wirtschaft ist auch in der Gruppe Wirtschaftsförderung.",
        "seat_change",
    ),
    (
        no_director,
        BREACH,
        "Hörde: Die Geschäftsführung der Bezirksvertretung ist nicht besetzt.",
        "mandate_add",
    ),
    (
        two_directors,
        BREACH,
        "Hörde: 2 Personen haben zugleich die Geschäftsführung.",
        "mandate_changelist",
    ),
    (no_steering_body, BREACH, "Hörde: Es gibt kein Lenkungsgremium.", "body_add"),
    (no_chair, BREACH, "Lenkungsgremium Hörde hat keinen Vorsitz.", "seat_add"),
    (two_chairs, BREACH, "Lenkungsgremium Hörde hat 2 Vorsitze.", "body_change"),
    (
        chair_is_not_the_mayor,
        WARNING,
        "Lenkungsgremium Hörde: Den Vorsitz führt nicht die Bezirksbürgermeisterin oder der Bezirksbürgermeister.",
        "seat_change",
    ),
    (sits_twice, BREACH, "Jury für Säule 2: Ina Jury-0 hat mehrere Sitze.", "seat_change"),
    (
        organisation_sits_twice,
        BREACH,
        "Beirat: Industrie- und Handelskammer zu Dortmund hat mehrere Sitze.",
        "seat_change",
    ),
    (jury_too_small, VACANCY, "Jury für Säule 2: 6\xa0Mitglieder; vorgesehen sind 7 bis 9.", "seat_add"),
    (jury_too_large, WARNING, "Jury für Säule 2: 10\xa0Mitglieder; vorgesehen sind 7 bis 9.", "body_change"),
    (
        seat_in_a_closed_body,
        WARNING,
        "Fest bestand bis 31.12.2019; der Sitz von Ina Fest ist noch offen.",
        "seat_change",
    ),
    (
        lambda: end(Mandate.objects.get(district=hoerde(), kind="managing_director"), soon()),
        WARNING,
        "Endet am {soon}: Geschäftsführung der Bezirksvertretung Hörde: Ina Leitung-Hörde.",
        "mandate_change",
    ),
    (
        lambda: end(city(), soon()),
        WARNING,
        "Endet am {soon}: Stadt Dortmund (Stadt Dortmund).",
        "membership_change",
    ),
    (
        lambda: end(Seat.objects.get(organisation__short_name="IHK"), soon()),
        WARNING,
        "Endet am {soon}: Mitglied Beirat: IHK, vertreten durch Ina Rat-IHK.",
        "seat_change",
    ),
    (
        lambda: end(body("vorstand"), soon()),
        WARNING,
        "Besteht nur noch bis {soon}: Vorstand.",
        "body_change",
    ),
]


@pytest.mark.parametrize(
    ("break_it", "level", "text", "page"), BROKEN, ids=[text for _, _, text, _ in BROKEN]
)
def test_each_rule_broken_once_is_found(complete, admin_verein, break_it, level, text, page):
    break_it()
    text = text.format(soon=f"{soon():%d.%m.%Y}")
    (finding,) = statutes.check(today()).findings
    assert (finding.level, finding.text, finding.page) == (level, text, page)
    # The page that mends it is there for the administration.
    client = Client()
    client.force_login(admin_verein)
    assert client.get(finding.url).status_code == 200
    out = StringIO()
    if level == BREACH:
        with pytest.raises(CommandError, match="1\xa0Verstoß gegen die Satzung"):
            call_command("check_statutes", stdout=out)
    else:
        call_command("check_statutes", stdout=out)
        assert "Kein Verstoß." in out.getvalue()
    assert f"- {text} → {finding.url}" in out.getvalue()


def test_every_rule_is_broken_above():
    """A rule that is added needs a way to break it."""
    broken = {text for _, _, text, _ in BROKEN}
    assert len(statutes.RULES) == 11
    assert len(broken) == len(BROKEN) >= len(statutes.RULES)


# Days


@pytest.mark.parametrize(("days", "warned"), [(0, True), (90, True), (91, False)])
def test_ninety_days_ahead(complete, days, warned):
    end(Seat.objects.get(organisation__short_name="IHK"), today() + timedelta(days))
    assert bool(check()) == warned


@pytest.mark.parametrize(
    ("model", "rows"),
    [
        (Mandate, {"district__code": "HOE", "kind": "managing_director"}),
        (Membership, {"district__code": "HOE", "person__family_name": "Erste-Hörde"}),
        (Membership, {"kind": "city"}),
        (Seat, {"organisation__short_name": "IHK"}),
        (Seat, {"person__family_name": "Jury-0"}),
    ],
)
def test_a_successor_on_the_next_day_silences_the_warning(complete, model, rows):
    row = model.objects.get(**rows)
    end(row, today() + timedelta(30))
    assert len(check()) == 1
    place = {name: getattr(row, name) for name in model.PLACE}
    holder = {"organisation": row.organisation} if row == city() else {"person": person("Neu")}
    late = model.objects.create(**place | holder, since=today() + timedelta(32))
    assert len(check()) == 1, "a gap of a day"
    late.since = today() + timedelta(31)
    late.save()
    assert check() == []


@pytest.mark.parametrize("last", [date(2018, 12, 31), date(2020, 2, 28), date(2020, 2, 29)])
def test_the_next_day_may_be_of_another_month(complete, last):
    row = Seat.objects.get(organisation__short_name="IHK")
    end(row, last)
    assert len(check(last)) == 1
    Seat.objects.create(
        body=row.body, organisation=row.organisation, person=person("Neu"), since=last + timedelta(1)
    )
    assert check(last) == []


@pytest.mark.parametrize("other", ["role", "body", "organisation"])
def test_a_successor_in_another_place_is_none(complete, other):
    end(Seat.objects.filter(body=body("jury"))[0], today())
    place = {
        "role": {"role": "chair"},
        "body": {"body": body("vorstand")},
        "organisation": {"organisation": Organisation.objects.get(short_name="HWK")},
    }
    new = {"body": body("jury"), "person": person("Neu"), "since": today() + timedelta(1)}
    Seat.objects.create(**new | place[other])
    assert len(check()) == 1


def test_the_day_of_the_check_is_the_day_asked_for(complete):
    last = date(2018, 6, 30)
    end(Seat.objects.get(organisation__short_name="IHK"), last)
    assert check(last - timedelta(91)) == []
    assert [level for level, _ in check(last)] == [WARNING]
    assert check(last + timedelta(1)) == [(BREACH, "Beirat: IHK hat keinen Sitz.")]
    out = StringIO()
    call_command("check_statutes", date="2018-06-30", stdout=out)
    assert "Satzungsprüfung zum 30.06.2018" in out.getvalue()
    with pytest.raises(CommandError, match="1\xa0Verstoß gegen die Satzung"):
        call_command("check_statutes", date="2018-07-01", stdout=StringIO())


def test_an_empty_association_is_told_all_that_is_missing():
    with pytest.raises(CommandError, match="29\xa0Verstöße gegen die Satzung"):
        call_command("check_statutes", stdout=StringIO())
    levels = [level for level, _ in check()]
    # The City, four advisers, twelve directors, twelve steering bodies; twelve pairs of delegates, the jury, the
    # Kassenprüfung.
    assert (levels.count(BREACH), levels.count(VACANCY)) == (1 + 4 + 12 + 12, 12 + 1 + 1)


@pytest.mark.parametrize("text", ["gestern", "2026-13-01", "31.02.2026"])
def test_a_date_that_is_none_gets_a_sentence(text):
    with pytest.raises(CommandError, match="ist kein Tag; erwartet wird"):
        call_command("check_statutes", date=text, stdout=StringIO())


# The list that greets administrators


def queries_of_the_start_page(client: Client) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(reverse("home")).status_code == 200
    return len(captured)


@pytest.mark.parametrize("persona", ["admin_verein", "superuser"])
def test_the_start_page_lists_the_same_with_links(complete, persona):
    no_director()
    one_delegate()
    client = Client()
    client.force_login(personas.ALL[persona]())
    page = client.get(reverse("home")).content.decode()
    for finding in statutes.check(today()).findings:
        assert finding.text in page
        assert finding.url.replace("&", "&amp;") in page
    assert page.index("Verstöße") < page.index("Freie Plätze")


def test_the_start_page_counts_the_memberships(complete, admin_verein):
    one_delegate()
    client = Client()
    client.force_login(admin_verein)
    assert "24 von 25 Mitgliedschaften sind besetzt." in client.get(reverse("home")).content.decode()


def test_the_start_page_says_when_nothing_is_missing(complete, admin_verein):
    client = Client()
    client.force_login(admin_verein)
    assert "Alle Plätze sind besetzt" in client.get(reverse("home")).content.decode()


def test_the_start_page_costs_the_same_empty_and_full(admin_verein, request):
    client = Client()
    client.force_login(admin_verein)
    assert queries_of_the_start_page(client) == 14
    request.getfixturevalue("complete")
    end(Seat.objects.get(organisation__short_name="IHK"), soon())
    assert queries_of_the_start_page(client) == 14


def crowd(of: Body, number: int, **fields: Any) -> None:
    people = Person.objects.bulk_create(
        Person(given_name="Ina", family_name=f"Viele-{n:02}") for n in range(number)
    )
    Seat.objects.bulk_create(Seat(body=of, person=row, since=FOUNDED, **fields) for row in people)


def test_of_very_many_warnings_the_page_shows_the_first_and_counts_all(complete, admin_verein):
    crowd(body("vorstand"), 45, until=soon())
    end(Mandate.objects.get(district=hoerde(), kind="managing_director"), today())
    ((level, findings),) = statutes.check(today()).groups
    assert (level, len(findings)) == (WARNING, 46)
    assert "Leitung-Hörde" in findings[0].text and "Viele-00" in findings[1].text
    client = Client()
    client.force_login(admin_verein)
    page = client.get(reverse("home")).content.decode()
    assert "Das sind die ersten 40 von 46;" in page
    assert "Viele-38" in page and "Viele-39" not in page
    assert queries_of_the_start_page(client) == 14
    out = StringIO()
    call_command("check_statutes", stdout=out)
    assert "Hinweise (46)" in out.getvalue() and "Viele-44" in out.getvalue()


def test_every_chair_who_is_not_the_mayor_is_found(complete):
    crowd(Body.objects.get(district=hoerde()), 45, role="chair")
    assert [(level, len(findings)) for level, findings in statutes.check(today()).groups] == [
        (BREACH, 1),
        (WARNING, 45),
    ]


def test_sentences_of_a_rule_are_in_the_order_of_the_districts(complete):
    no_steering_body()
    for code in ("APL", "MEN"):
        Seat.objects.filter(body__district=personas.district(code)).update(role="member")
    assert [text for _, text in check()] == [
        "Lenkungsgremium Aplerbeck hat keinen Vorsitz.",
        "Hörde: Es gibt kein Lenkungsgremium.",
        "Lenkungsgremium Mengede hat keinen Vorsitz.",
    ]


def test_a_chair_is_compared_with_a_mayor_in_office(complete):
    chair_is_not_the_mayor()
    mayor = Mandate.objects.get(district=hoerde(), kind="district_mayor")
    end(mayor, today() - timedelta(1))
    assert check() == []


def test_whoever_chairs_another_body_need_not_be_the_mayor(complete):
    group = Body.objects.create(kind="projektgruppe", district=hoerde(), name="Fest", since=FOUNDED)
    Seat.objects.create(body=group, person=person("Fest"), role="chair", since=FOUNDED)
    assert check() == []


def test_on_the_last_day_of_a_body_its_seats_are_in_order(complete):
    seat_in_a_closed_body()
    assert "bestand bis" in check(date(2020, 1, 1))[0][1]
    assert "bestand bis" not in str(check(date(2019, 12, 31)))


def test_an_organisation_in_the_chair_is_not_the_mayor(complete):
    ihk = Organisation.objects.get(short_name="IHK")
    Seat.objects.filter(body__district=hoerde()).update(person=None, organisation=ihk)
    assert [level for level, _ in check()] == [WARNING]


def test_nobody_else_is_greeted_with_it(complete, nobody, gf_hoerde, auditor):
    for user in (nobody, gf_hoerde, auditor):
        client = Client()
        client.force_login(user)
        assert "Was die Satzung" not in client.get(reverse("home")).content.decode()
