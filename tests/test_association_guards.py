"""Dates of memberships, seats and bodies: what the database refuses, whoever writes, and the sentences above it."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from members import guards, services
from members.common.folding import key_of
from members.models import Body, Mandate, Membership, Organisation, Person, Seat
from tests import personas

pytestmark = pytest.mark.django_db

FIRST = date(2020, 1, 1)


def person(name: str = "Irgendwer") -> Person:
    return Person.objects.create(given_name="Ina", family_name=name)


def body(kind: str) -> Body:
    return Body.objects.get(kind=kind)


def execute(sql: str, params: tuple[Any, ...] = ()) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, params)
        connection.check_constraints()


def refused(sql: str, params: tuple[Any, ...], match: str) -> None:
    with pytest.raises(IntegrityError, match=match):
        execute(sql, params)


def insert_membership(
    kind: str, since: str, until: str | None = None, **ids: int | None
) -> tuple[str, tuple]:
    return (
        "INSERT INTO members_membership (kind, district_id, person_id, organisation_id, since, until, entry_reason, "
        "exit_reason) VALUES (%s, %s, %s, %s, %s, %s, '', '')",
        (kind, ids.get("district"), ids.get("person"), ids.get("organisation"), since, until),
    )


def insert_seat(body: int, since: str, until: str | None = None, **ids: int | None) -> tuple[str, tuple]:
    return (
        "INSERT INTO members_seat (body_id, role, person_id, organisation_id, since, until, entry_reason, "
        "exit_reason) VALUES (%s, 'member', %s, %s, %s, %s, '', '')",
        (body, ids.get("person"), ids.get("organisation"), since, until),
    )


def insert_body(
    kind: str, district: int | None, name: str, since: str, until: str | None = None
) -> tuple[str, tuple]:
    return (
        "INSERT INTO members_body (kind, district_id, name, folded_name, since, until) VALUES (%s, %s, %s, %s, %s, %s)",
        (kind, district, name, key_of(name), since, until),
    )


def test_the_triggers_are_in_the_database():
    catalogue = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name IN (%s, %s, %s, %s)",
        "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal "
        "AND tgrelid::regclass::text IN (%s, %s, %s, %s)",
    }
    tables = sorted({rule.table for rule in guards.RULES})
    with connection.cursor() as cursor:
        cursor.execute(catalogue[connection.vendor], tables)
        assert {name for (name,) in cursor.fetchall()} == guards.GUARDS.names()


def test_migrating_puts_lost_triggers_back():
    guards.GUARDS.lift()
    call_command("migrate", verbosity=0)
    test_the_triggers_are_in_the_database()


# SQL straight at the database


def test_two_delegates_per_district_and_day():
    hoerde, aplerbeck = personas.district("HOE").pk, personas.district("APL").pk
    a, b, c, d = (person(name).pk for name in "ABCD")
    execute(*insert_membership("delegate", "2003-01-01", "2015-12-31", district=hoerde, person=a))
    execute(*insert_membership("delegate", "2003-01-01", None, district=hoerde, person=b))
    too_many = "schon zwei Delegierte"
    for since, until in (
        ("2015-12-31", None),
        ("2003-01-01", "2003-01-01"),
        ("2000-01-01", None),
        ("2010-05-05", "2010-05-06"),
        ("1999-01-01", "2003-01-01"),
    ):
        refused(*insert_membership("delegate", since, until, district=hoerde, person=c), match=too_many)
    execute(*insert_membership("delegate", "2016-01-01", None, district=hoerde, person=c))
    execute(*insert_membership("delegate", "2000-01-01", "2002-12-31", district=hoerde, person=d))
    execute(*insert_membership("delegate", "2003-01-01", None, district=aplerbeck, person=d))
    # The way round by UPDATE
    refused("UPDATE members_membership SET until = NULL WHERE person_id = %s", (a,), too_many)
    refused("UPDATE members_membership SET since = '2015-01-01' WHERE person_id = %s", (c,), too_many)
    refused(
        "UPDATE members_membership SET district_id = %s WHERE district_id = %s", (hoerde, aplerbeck), too_many
    )
    # A third one is only counted on the days of the others.
    execute("UPDATE members_membership SET until = '2015-06-30' WHERE person_id = %s", (a,))
    execute(*insert_membership("delegate", "2015-07-01", "2015-12-31", district=hoerde, person=a))


def test_one_membership_of_the_city_at_a_time():
    city = Organisation.objects.get(name="Stadt Dortmund").pk
    other = Organisation.objects.create(name="Stadt Dortmund, Oberbürgermeisteramt").pk
    execute(*insert_membership("city", "2003-01-01", None, organisation=city))
    for organisation in (city, other):
        refused(
            *insert_membership("city", "2026-01-01", None, organisation=organisation), match="schon Mitglied"
        )
    execute("UPDATE members_membership SET until = '2025-12-31'")
    execute(*insert_membership("city", "2026-01-01", None, organisation=other))
    refused(
        "UPDATE members_membership SET until = NULL WHERE organisation_id = %s", (city,), "schon Mitglied"
    )


def test_nobody_is_a_member_twice_on_one_day():
    ids = {"person": person().pk}
    execute(
        *insert_membership(
            "delegate", "2020-01-01", "2020-12-31", district=personas.district("HOE").pk, **ids
        )
    )
    for code in ("HOE", "APL"):
        district = personas.district(code).pk
        refused(
            *insert_membership("delegate", "2020-12-31", None, district=district, **ids),
            match="schon Mitglied",
        )
    execute(*insert_membership("delegate", "2021-01-01", None, district=personas.district("APL").pk, **ids))


def test_nobody_has_the_same_mandate_twice_on_one_day():
    hoerde, somebody = personas.district("HOE"), person()
    row = {"person": somebody, "kind": "managing_director"}
    Mandate.objects.create(district=hoerde, since=FIRST, until=date(2020, 12, 31), **row)
    with pytest.raises(IntegrityError, match="dieses Mandat"), transaction.atomic():
        Mandate.objects.create(district=hoerde, since=date(2020, 12, 31), **row)
    Mandate.objects.create(district=hoerde, since=date(2021, 1, 1), **row)
    Mandate.objects.create(district=personas.district("APL"), since=FIRST, **row)
    Mandate.objects.create(district=hoerde, since=FIRST, person=somebody, kind="deputy")
    Mandate.objects.create(district=hoerde, since=FIRST, person=person("Zweite"), kind="managing_director")
    refused("UPDATE members_mandate SET since = '2020-06-01' WHERE since = '2021-01-01'", (), "dieses Mandat")


def test_a_mandate_entered_twice_reads_what_is_there(admin_verein):
    entered = {"district": personas.district("HOE"), "person": person(), "kind": "deputy", "since": FIRST}
    services.enter(Mandate(**entered), actor=admin_verein)
    with pytest.raises(ValidationError, match=r"schon\. Eingetragen: Vertretung .*, seit 01\.01\.2020"):
        services.enter(Mandate(**entered), actor=admin_verein)


def test_nobody_sits_twice_in_one_body_on_one_day():
    board, jury = body("beirat").pk, body("jury").pk
    ihk = Organisation.objects.get(short_name="IHK").pk
    a, b = person("A").pk, person("B").pk
    execute(*insert_seat(board, "2003-01-01", "2018-06-30", person=a, organisation=ihk))
    refused(*insert_seat(board, "2018-06-30", None, person=a), match="Diese Person hat")
    refused(
        *insert_seat(board, "2001-01-01", "2003-01-01", person=b, organisation=ihk),
        match="Diese Organisation",
    )
    refused(*insert_seat(board, "2018-01-01", "2018-01-01", organisation=ihk), match="Diese Organisation hat")
    execute(*insert_seat(board, "2018-07-01", None, person=b, organisation=ihk))
    execute(*insert_seat(board, "2018-07-01", None, person=a))
    execute(*insert_seat(jury, "2018-01-01", None, person=a))
    refused("UPDATE members_seat SET body_id = %s WHERE body_id = %s", (board, jury), "Diese Person hat")
    refused("UPDATE members_seat SET until = NULL", (), "schon einen Sitz")


def test_one_steering_body_and_one_of_each_of_the_association():
    hoerde = personas.district("HOE").pk
    execute(*insert_body("lenkungsgremium", hoerde, "Altes", "2003-01-01", "2015-12-31"))
    match = "schon ein Lenkungsgremium"
    refused(*insert_body("lenkungsgremium", hoerde, "Neues", "2015-12-31"), match=match)
    execute(*insert_body("lenkungsgremium", hoerde, "Neues", "2016-01-01", "2099-12-31"))
    refused(*insert_body("lenkungsgremium", hoerde, "Drittes", "2099-01-01"), match=match)
    for number in (1, 2):
        for kind in ("buergerforum", "projektgruppe", "marketinggruppe"):
            execute(*insert_body(kind, hoerde, f"{kind} {number}", "2016-01-01"))
    for kind in ("mitgliederversammlung", "vorstand", "beirat", "jury"):
        refused(
            *insert_body(kind, None, f"Zweite {kind}", "2020-01-01"), match="gibt es an einem dieser Tage"
        )


@pytest.mark.parametrize(
    ("kind", "with_district"),
    [
        *((kind, False) for kind in ("lenkungsgremium", "marketinggruppe", "buergerforum", "projektgruppe")),
        *((kind, True) for kind in ("mitgliederversammlung", "vorstand", "beirat", "jury")),
        ("anderes", True),
        ("anderes", False),
    ],
)
def test_a_district_body_has_a_district_and_an_associations_body_has_none(kind, with_district):
    district = personas.district("HOE").pk if with_district else None
    refused(
        *insert_body(kind, district, "Falsch", "1990-01-01", "1991-01-01"),
        match="body_has_district_or_is_of_association",
    )


def test_the_same_name_once_among_the_associations_bodies():
    refused(*insert_body("beirat", None, "Beirat", "1990-01-01", "1991-01-01"), match="(?i)unique")


@pytest.mark.parametrize("table", ["members_membership", "members_seat", "members_mandate", "members_body"])
def test_no_end_before_the_beginning(table):
    Membership.objects.create(district=personas.district("HOE"), person=person(), since=FIRST)
    Seat.objects.create(body=body("beirat"), person=person(), since=FIRST)
    Mandate.objects.create(district=personas.district("HOE"), person=person(), kind="deputy", since=FIRST)
    name = f"{table.removeprefix('members_')}_until_not_before_since"
    refused(f"UPDATE {table} SET until = '1999-12-31'", (), name)
    execute(f"UPDATE {table} SET until = since")


def test_a_membership_is_the_citys_or_a_delegates():
    hoerde, somebody = personas.district("HOE").pk, person().pk
    city = Organisation.objects.get(name="Stadt Dortmund").pk
    for kind, ids in (
        ("city", {}),
        ("city", {"person": somebody}),
        ("city", {"organisation": city, "district": hoerde}),
        ("city", {"organisation": city, "person": somebody}),
        ("delegate", {"district": hoerde}),
        ("delegate", {"person": somebody}),
        ("delegate", {"district": hoerde, "organisation": city}),
        ("delegate", {"district": hoerde, "person": somebody, "organisation": city}),
        ("anderes", {"district": hoerde, "person": somebody}),
    ):
        refused(*insert_membership(kind, "2020-01-01", None, **ids), match="membership_of_city_or_delegate")


def test_a_seat_has_a_holder():
    refused(*insert_seat(body("beirat").pk, "2020-01-01"), match="seat_has_a_holder")


@pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite's own way round")
def test_replacing_a_row_passes_by_no_rule():
    hoerde = personas.district("HOE")
    rows = [
        Membership.objects.create(district=district, person=person(), since=FIRST)
        for district in (hoerde, hoerde, personas.district("APL"))
    ]
    sql, params = insert_membership(
        "delegate", "2020-01-01", None, district=hoerde.pk, person=rows[2].person_id
    )
    columns = sql.replace("(kind", "(id, kind").replace("VALUES (", "VALUES (%s, ")
    refused(columns.replace("INSERT", "INSERT OR REPLACE"), (rows[2].pk, *params), "schon zwei Delegierte")


def test_rows_that_are_left_can_always_be_deleted():
    row = Membership.objects.create(district=personas.district("HOE"), person=person(), since=FIRST)
    row.delete()
    assert not Membership.objects.exists()


# The sentences of the services


def test_a_third_delegate_reads_who_is_there(admin_verein):
    hoerde = personas.district("HOE")
    for name in ("Erste", "Zweite"):
        services.enter(Membership(district=hoerde, person=person(name), since=FIRST), actor=admin_verein)
    with pytest.raises(ValidationError) as refusal:
        services.enter(
            Membership(district=hoerde, person=person("Dritte"), since=FIRST + timedelta(1)),
            actor=admin_verein,
        )
    assert refusal.value.messages == [
        "Dieser Stadtbezirk hat an einem dieser Tage schon zwei Delegierte. Eingetragen: Ina Erste, seit "
        "01.01.2020; Ina Zweite, seit 01.01.2020. Bitte zuerst dort das Ende eintragen."
    ]


def test_the_sentences_and_the_triggers_agree_with_counting_days():
    """Every arrangement of a second and a third period beside a first one of two days."""
    hoerde = personas.district("HOE")
    days = [FIRST + timedelta(n) for n in range(4)]
    first = (days[1], days[2])
    periods = [(a, b) for a in days for b in [*days, None] if b is None or a <= b]
    people = [person(name) for name in "ABC"]
    for second in periods:
        for third in periods:
            crowded = any(
                all(a <= day and (b is None or day <= b) for a, b in (first, second, third)) for day in days
            )
            with transaction.atomic():
                for somebody, (since, until) in zip(people, (first, second), strict=False):
                    Membership.objects.create(district=hoerde, person=somebody, since=since, until=until)
                row = Membership(district=hoerde, person=people[2], since=third[0], until=third[1])
                assert bool(guards.crowd(row)) == crowded, (second, third)
                try:
                    with transaction.atomic():
                        row.save()
                    assert not crowded, (second, third)
                except IntegrityError:
                    assert crowded, (second, third)
                transaction.set_rollback(True)


def test_a_seat_lies_within_the_life_of_its_body(admin_verein):
    closed = Body.objects.create(
        kind="projektgruppe", name="Fest 2019", district=personas.district("HOE"),
        since=date(2019, 1, 1), until=date(2019, 12, 31),
    )  # fmt: skip
    for since, until in ((date(2018, 12, 31), date(2019, 5, 1)), (date(2019, 5, 1), None)):
        with pytest.raises(ValidationError, match=r"besteht 01\.01\.2019 bis 31\.12\.2019"):
            services.enter(Seat(body=closed, person=person(), since=since, until=until), actor=admin_verein)


def test_ending_and_succession(admin_verein):
    ihk = Organisation.objects.get(short_name="IHK")
    seat = services.enter(
        Seat(body=body("beirat"), organisation=ihk, person=person("Alt"), role=Seat.Role.CHAIR, since=FIRST),
        actor=admin_verein,
    )
    last = date(2024, 3, 31)
    new = services.succeed(seat, person=person("Neu"), on=last, reason="Ruhestand", actor=admin_verein)
    seat.refresh_from_db()
    assert (seat.until, seat.exit_reason) == (last, "Ruhestand")
    assert (new.body, new.role, new.organisation) == (seat.body, seat.role, ihk)
    assert (new.since, new.until, str(new.person)) == (date(2024, 4, 1), None, "Ina Neu")
    assert Seat.objects.active_on(last).get() == seat
    assert Seat.objects.active_on(last + timedelta(1)).get() == new
    assert [h.history_user for h in seat.history.all()] == [admin_verein, admin_verein]
    # A term that ends anyway keeps its reason.
    services.end(new, on=date(2026, 1, 31), reason="Befristet", actor=admin_verein)
    services.succeed(new, person=person("Dritte"), on=date(2026, 1, 31), reason="", actor=admin_verein)
    new.refresh_from_db()
    assert new.exit_reason == "Befristet"


@pytest.mark.parametrize(
    ("on", "reason", "sentence"),
    [
        (date(2020, 5, 1), " ", "Bitte den Grund des Austritts nennen."),
        (date(2019, 12, 31), "x", "beginnt erst am 01.01.2020. Das Ende darf nicht vor dem Beginn liegen."),
        (date(2024, 12, 31), "x", "endet schon am 31.12.2024."),
        (date(2025, 1, 1), "x", "endet schon am 31.12.2024."),
    ],
)
def test_what_cannot_end_says_why(admin_verein, on, reason, sentence):
    row = services.enter(
        Membership(district=personas.district("HOE"), person=person(), since=FIRST, until=date(2024, 12, 31)),
        actor=admin_verein,
    )
    with pytest.raises(ValidationError, match=sentence):
        services.end(row, on=on, reason=reason, actor=admin_verein)


def test_nobody_ends_gives_or_takes_over_their_own_mandate(admin_verein):
    hoerde, me = personas.district("HOE"), admin_verein.person
    theirs = services.enter(
        Mandate(district=hoerde, person=person(), kind="deputy", since=FIRST), actor=admin_verein
    )
    own = Mandate.objects.create(person=me, district=hoerde, kind="deputy", since=FIRST)
    attempts = (
        lambda: services.enter(
            Mandate(district=hoerde, person=me, kind="deputy", since=FIRST), actor=admin_verein
        ),
        lambda: services.end(own, on=FIRST, reason="x", actor=admin_verein),
        lambda: services.succeed(own, person=person(), on=FIRST, reason="x", actor=admin_verein),
        lambda: services.succeed(theirs, person=me, on=FIRST, reason="x", actor=admin_verein),
    )
    for attempt in attempts:
        with pytest.raises(ValidationError, match="Niemand ändert die eigenen Mandate"):
            attempt()
    assert not Mandate.objects.exclude(until=None).exists()


def test_ones_own_seat_and_membership_are_no_mandate(admin_verein):
    hoerde, me = personas.district("HOE"), admin_verein.person
    for row in (
        Membership(district=hoerde, person=me, since=FIRST),
        Seat(body=body("beirat"), person=me, since=FIRST),
    ):
        services.enter(row, actor=admin_verein)
        assert services.end(row, on=FIRST, reason="x", actor=admin_verein).until == FIRST


def test_the_city_has_no_successor(admin_verein):
    city = Organisation.objects.get(name="Stadt Dortmund")
    row = services.enter(
        Membership(kind=Membership.Kind.CITY, organisation=city, since=FIRST), actor=admin_verein
    )
    with pytest.raises(ValidationError, match="die Mitgliedschaft der Stadt braucht nur die Organisation"):
        services.succeed(row, person=person(), on=date(2026, 1, 1), reason="x", actor=admin_verein)
    row.refresh_from_db()
    assert row.until is None


@pytest.mark.parametrize(
    ("since", "until", "field"),
    [(date(1, 1, 1), None, "since"), (date(2024, 1, 1), date(2904, 1, 1), "until")],
)
def test_a_mistyped_year_is_asked_about(admin_verein, since, until, field):
    with pytest.raises(ValidationError) as refusal:
        services.enter(
            Mandate(
                district=personas.district("APL"),
                person=person(),
                kind=Mandate.Kind.DEPUTY,
                since=since,
                until=until,
            ),
            actor=admin_verein,
        )
    assert refusal.value.message_dict == {field: ["Bitte das Jahr prüfen: Möglich ist 1945 bis 2100."]}
    assert not Mandate.objects.filter(person__family_name="Irgendwer").exists()
