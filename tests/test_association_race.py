"""Eight processes fill the same places at once: never one too many. Negative control: without lock and trigger
they all come in, and the check of the statutes finds it."""

from collections import Counter

import pytest
from django.utils import timezone

from members import guards, statutes
from members.models import Body, Membership, Organisation, Person, Seat
from tests import personas
from tests.crowd import PROCESSES, Crowd

pytestmark = pytest.mark.django_db(transaction=True)

SINCE = "2026-01-01"


def people(number: int) -> list[Person]:
    return [Person.objects.create(given_name="Ina", family_name=f"Irgendwer {n}") for n in range(number)]


def outcomes(results: list[tuple[str, str]]) -> dict[str, int]:
    return dict(Counter(name for name, _ in results))


@pytest.mark.parametrize("there", [0, 1])
def test_administrators_seat_delegates_at_once(crowd: Crowd, there: int):
    hoerde = personas.district("HOE")
    for somebody in people(there):
        Membership.objects.create(district=hoerde, person=somebody, since=SINCE)
    actors = [personas.admin_verein().pk, personas.superuser().pk]
    results = crowd.run(
        *(("delegate", hoerde.pk, p.pk, SINCE, actors[i % 2]) for i, p in enumerate(people(PROCESSES)))
    )
    assert outcomes(results) == {"ok": 2 - there, "ValidationError": PROCESSES - 2 + there}
    assert all("schon zwei Delegierte. Eingetragen: Ina" in text for name, text in results if name != "ok")
    assert Membership.objects.filter(district=hoerde).count() == 2


def test_in_different_districts_nobody_waits_in_vain(crowd: Crowd):
    actor = personas.admin_verein().pk
    districts = [personas.district(code).pk for code in ("HOE", "APL", "EVI", "BRA")] * 2
    results = crowd.run(
        *(("delegate", d, p.pk, SINCE, actor) for d, p in zip(districts, people(PROCESSES), strict=True))
    )
    assert outcomes(results) == {"ok": PROCESSES}


def test_negative_control_without_the_lock_the_race_happens_and_the_trigger_stops_it(crowd: Crowd):
    hoerde = personas.district("HOE")
    tasks = [("delegate_unlocked", hoerde.pk, p.pk, SINCE) for p in people(PROCESSES)]
    results = crowd.run(*tasks)
    assert outcomes(results) == {"ok": 2, "IntegrityError": PROCESSES - 2}
    assert all("schon zwei Delegierte" in text for name, text in results if name != "ok")


def test_negative_control_without_trigger_and_lock_all_come_in(crowd: Crowd):
    hoerde = personas.district("HOE")
    guards.GUARDS.lift()
    try:
        results = crowd.run(*(("delegate_unlocked", hoerde.pk, p.pk, SINCE) for p in people(PROCESSES)))
    finally:
        guards.GUARDS.install()
    assert outcomes(results) == {"ok": PROCESSES}
    found = [finding.text for finding in statutes.check(timezone.localdate()).findings]
    assert f"Hörde: {PROCESSES} Delegierte; die Satzung sieht 2 vor." in found


def test_one_person_gets_one_seat(crowd: Crowd):
    board, (somebody,) = Body.objects.get(kind="beirat").pk, people(1)
    results = crowd.run(*[("seat", board, somebody.pk, SINCE, personas.admin_verein().pk)] * PROCESSES)
    assert outcomes(results) == {"ok": 1, "ValidationError": PROCESSES - 1}
    assert Seat.objects.count() == 1


def test_the_city_is_admitted_once(crowd: Crowd):
    cities = [Organisation.objects.create(name=f"Stadt Dortmund {n}").pk for n in range(PROCESSES)]
    results = crowd.run(*(("admit_city", pk, SINCE, personas.admin_verein().pk) for pk in cities))
    assert outcomes(results) == {"ok": 1, "ValidationError": PROCESSES - 1}
    assert Membership.objects.get().kind == "city"
