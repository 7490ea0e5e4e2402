"""The Kassenprüfung: what a seat in it gives on its days, and who may not have one."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from members import guards, services
from members.models import Body, Mandate, Person, Seat, User
from members.roles.permissions import OWN_AUDIT, Roles, needs_two
from tests import personas
from tests.personas import today

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def body(kind: str) -> Body:
    return Body.objects.get(kind=kind)


def seat(
    person: Person, kind: str = "kassenpruefung", since: date | None = None, until: date | None = None
) -> Seat:
    return Seat(body=body(kind), person=person, since=since or today(), until=until)


def mandate(
    person: Person, kind: str = "deputy", since: date | None = None, until: date | None = None
) -> Mandate:
    return Mandate(
        person=person, district=personas.district("HOE"), kind=kind, since=since or today(), until=until
    )


@pytest.mark.parametrize(
    ("since", "until", "counts"), [(0, None, True), (-9, 0, True), (-9, -1, False), (1, None, False)]
)
def test_a_seat_gives_an_auditors_rights_from_its_first_to_its_last_day(nobody, since, until, counts):
    last = None if until is None else today() + until * DAY
    seat(nobody.person, since=today() + since * DAY, until=last).save()
    roles = Roles(nobody)
    assert roles.is_auditor is roles.is_cash_auditor is roles.reads_all is roles.reads_payees is counts
    assert roles.reads_names is counts
    assert roles.title == ("Kassenprüfung" if counts else "Ohne Aufgabe")
    assert roles.group_names == set()
    assert needs_two(nobody)


def test_a_seat_in_another_body_gives_none(nobody):
    seat(nobody.person, "beirat").save()
    roles = Roles(nobody)
    assert not (roles.is_auditor or roles.reads_all or roles.reads_payees or roles.reads_names)
    assert not needs_two(nobody)


def test_a_seat_of_former_times_counts_for_a_new_address(nobody, admin_verein):
    """One person could otherwise end the seat, change the address and enter the seat again."""
    row = services.enter(seat(nobody.person), actor=admin_verein)
    row.delete()
    assert not Seat.objects.filter(person=nobody.person).exists()
    assert needs_two(nobody)


@pytest.mark.parametrize("persona", ["cash_auditor", "gf_aplerbeck", "wf1", "nobody"])
def test_the_seat_costs_no_further_question(persona, django_assert_num_queries):
    user = User.objects.get(pk=personas.ALL[persona]().pk)
    roles = Roles(user)
    with django_assert_num_queries(2):
        assert roles.reads_all is (persona in ("cash_auditor", "wf1"))
        assert roles.title and roles.districts is not None and roles.reads_names is not None


def test_an_account_without_a_person_has_no_seat(nobody):
    User.objects.filter(pk=nobody.pk).update(person=None)
    assert not Roles(User.objects.get(pk=nobody.pk)).is_auditor


# Who may not: the table, both directions, below and above

Row = Callable[[Person, date, date | None], Any]


def auditing(person: Person, since: date, until: date | None) -> Any:
    return seat(person, "kassenpruefung", since, until)


def on_board(person: Person, since: date, until: date | None) -> Any:
    return seat(person, "vorstand", since, until)


def directing(person: Person, since: date, until: date | None) -> Any:
    return mandate(person, "managing_director", since, until)


def deputising(person: Person, since: date, until: date | None) -> Any:
    return mandate(person, "deputy", since, until)


PAIRS = [
    (auditing, on_board, guards.NOT_ON_BOARD),
    (on_board, auditing, guards.NOT_ON_BOARD),
    (auditing, directing, guards.NOT_DIRECTING),
    (directing, auditing, guards.NOT_DIRECTING),
    (auditing, deputising, guards.NOT_DIRECTING),
    (deputising, auditing, guards.NOT_DIRECTING),
]


@pytest.mark.parametrize(("first", "second", "sentence"), PAIRS)
def test_nobody_is_both_on_one_day(first: Row, second: Row, sentence: str, nobody: User, admin_verein: User):
    until = today() + 10 * DAY
    first(nobody.person, today(), until).save()
    overlapping = second(nobody.person, until, None)
    with pytest.raises(ValidationError, match=sentence) as refused:
        services.enter(overlapping, actor=admin_verein)
    assert refused.value.code == "person" and "Bitte zuerst dort das Ende eintragen." in str(refused.value)
    with pytest.raises(IntegrityError, match=sentence), transaction.atomic():
        second(nobody.person, until, None).save()
    later = services.enter(second(nobody.person, until + DAY, None), actor=admin_verein)
    later.since = until
    with pytest.raises(IntegrityError, match=sentence), transaction.atomic():
        later.save()
    second(admin_verein.person, today(), None).save()


def test_a_mayor_may_audit(nobody):
    seat(nobody.person).save()
    mandate(nobody.person, "district_mayor").save()


def test_a_body_with_seats_does_not_become_the_cash_audit(nobody, admin_verein):
    group = Body.objects.create(kind="jury", name="Jury 2", since=date(2000, 1, 1), until=date(2001, 1, 1))
    Seat.objects.create(body=group, person=nobody.person, since=group.since, until=group.until)
    for kind in ("kassenpruefung", "vorstand"):
        group.kind = kind
        with pytest.raises(IntegrityError, match=guards.KIND_STAYS), transaction.atomic():
            group.save()
    data = {
        "kind": "vorstand",
        "name": "Jury 2",
        "district": "",
        "since": "01.01.2000",
        "until": "01.01.2001",
    }
    Body.objects.filter(kind="vorstand").update(since=date(2003, 1, 1))
    page = signed_in(admin_verein).post(
        reverse("admin:members_body_change", args=[group.pk]), {**data, **formset("seats")}
    )
    assert guards.KIND_STAYS in page.content.decode()


@pytest.mark.parametrize(("until", "fits"), [(None, False), (0, False), (-1, True)])
def test_who_decides_does_not_audit(until, fits, wf1, admin_verein):
    last = None if until is None else today() + until * DAY
    row = seat(wf1.person, since=today() - 9 * DAY, until=last)
    if fits:
        services.enter(row, actor=admin_verein)
        return
    with pytest.raises(ValidationError, match="Gruppe Wirtschaftsförderung"):
        services.enter(row, actor=admin_verein)


# The admin


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def formset(prefix: str, *rows: dict[str, Any]) -> dict[str, Any]:
    data: dict[str, Any] = {f"{prefix}-TOTAL_FORMS": len(rows), f"{prefix}-INITIAL_FORMS": 0}
    for number, row in enumerate(rows):
        data |= {f"{prefix}-{number}-{name}": value for name, value in row.items()}
    return data


def seat_data(person: Person, kind: str = "kassenpruefung") -> dict[str, Any]:
    return {"body": body(kind).pk, "role": "member", "person": person.pk, "since": f"{today():%d.%m.%Y}"}


def errors_at_person(page: Any) -> str:
    return str(page.context["adminform"].form.errors.get("person", ""))


def test_the_admin_says_it_beside_the_person(nobody, wf1, gf_aplerbeck, admin_verein):
    client, add = signed_in(admin_verein), reverse("admin:members_seat_add")
    assert guards.NOT_DIRECTING in errors_at_person(client.post(add, seat_data(gf_aplerbeck.person)))
    assert services.NO_DECIDER in errors_at_person(client.post(add, seat_data(wf1.person)))
    assert OWN_AUDIT in errors_at_person(client.post(add, seat_data(admin_verein.person)))
    assert client.post(add, seat_data(admin_verein.person, "beirat")).status_code == 302
    assert client.post(add, seat_data(nobody.person)).status_code == 302
    add = reverse("admin:members_mandate_add")
    data = {"person": nobody.person_id, "kind": "deputy", "district": personas.district("HOE").pk}
    page = client.post(add, {**data, "since": f"{today():%d.%m.%Y}"})
    assert guards.NOT_DIRECTING in errors_at_person(page)
    assert "Mitglied Kassenprüfung: Niko Niemand" in errors_at_person(page)


def test_a_successor_who_decides_is_refused_beside_the_field(cash_auditor, wf1, admin_verein):
    row = Seat.objects.get(person=cash_auditor.person)
    address = f"{reverse('admin:members_seat_succeed')}?ids={row.pk}"
    data = {"on": f"{today():%d.%m.%Y}", "reason": "Wahl", "person": wf1.person_id}
    page = signed_in(admin_verein).post(address, data)
    assert services.NO_DECIDER in str(page.context["form"].errors["person"])
    assert Seat.objects.get(pk=row.pk).until is None


def test_nobody_gives_themselves_the_seat_on_any_page(admin_verein):
    row = {"role": "member", "person": admin_verein.person_id, "since": f"{today():%d.%m.%Y}"}
    of_body = body("kassenpruefung")
    data = {"kind": of_body.kind, "name": of_body.name, "since": "01.01.2003", **formset("seats", row)}
    client = signed_in(admin_verein)
    page = client.post(reverse("admin:members_body_change", args=[of_body.pk]), data)
    assert OWN_AUDIT in page.content.decode()
    with pytest.raises(ValidationError, match="Niemand trägt den eigenen Sitz"):
        services.enter(seat(admin_verein.person), actor=admin_verein)


def test_a_mandate_and_a_seat_entered_at_once_are_refused_with_a_sentence(nobody, admin_verein):
    person = nobody.person
    data = {
        "given_name": person.given_name,
        "family_name": person.family_name,
        "country": "DE",
        **formset(
            "mandates",
            {"kind": "deputy", "district": personas.district("HOE").pk, "since": f"{today():%d.%m.%Y}"},
        ),
        **formset("memberships"),
        **formset(
            "seats", {"body": body("kassenpruefung").pk, "role": "member", "since": f"{today():%d.%m.%Y}"}
        ),
    }
    address = reverse("admin:members_person_change", args=[person.pk])
    page = signed_in(admin_verein).post(address, data, follow=True)
    assert guards.NOT_DIRECTING in page.content.decode()
    assert not person.mandates.exists() and not person.seats.exists()


def test_an_auditor_is_not_put_into_the_deciding_group(cash_auditor, superuser):
    group = Group.objects.get(name="Wirtschaftsförderung")
    address = reverse("admin:members_user_change", args=[cash_auditor.pk])
    data = {"is_active": "on", "person": cash_auditor.person_id, "groups": [group.pk]}
    page = signed_in(superuser).post(address, data)
    assert services.NO_DECIDER in str(page.context["adminform"].form.errors["groups"])
    assert not cash_auditor.groups.exists()
    Seat.objects.filter(person=cash_auditor.person).update(until=today() - DAY)
    assert signed_in(superuser).post(address, data).status_code == 302
    assert cash_auditor.groups.exists()


# The pages


def test_the_start_page_and_navigation_are_an_auditors(cash_auditor, auditor):
    pages = []
    for user in (cash_auditor, auditor):
        page = signed_in(user).get(reverse("home"))
        assert page.templates[0].name == "home/reader.html"
        pages.append(page.content.decode())
    for href in ("payments:payouts", "payments:statements", "letters:letters", "funding:pots"):
        assert all(f'href="{reverse(href)}"' in page for page in pages)
