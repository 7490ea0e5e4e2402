"""The admin's pages of memberships, seats and bodies: sentences, days, endings, successions, histories."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from playwright.sync_api import expect

from members import services
from members.models import Body, Mandate, Membership, Organisation, Person, Seat
from tests import personas
from tests.personas import today
from tests.test_admin import inline, message, signed_in, url

pytestmark = pytest.mark.django_db

FIRST = date(2020, 1, 1)


def person(name: str = "Irgendwer") -> Person:
    return Person.objects.create(given_name="Ina", family_name=name)


def body(kind: str) -> Body:
    return Body.objects.get(kind=kind)


@pytest.fixture
def admin(admin_verein) -> Client:
    return signed_in(admin_verein)


def membership_form(**changes: Any) -> dict[str, Any]:
    return {
        "kind": "delegate", "district": personas.district("HOE").pk, "person": "", "organisation": "",
        "since": "01.01.2020", "until": "", "entry_reason": "", "exit_reason": "", **changes,
    }  # fmt: skip


def seats_form(of: Body, rows: list[Seat], *new: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A body's page with its seats: stored rows (changed by ``changes``) and new ones."""
    data: dict[str, Any] = {
        "kind": of.kind, "name": of.name, "district": of.district_id or "", "since": f"{of.since:%d.%m.%Y}",
        "until": "", "seats-TOTAL_FORMS": len(rows) + len(new), "seats-INITIAL_FORMS": len(rows),
    }  # fmt: skip
    empty = {"id": "", "body": of.pk, "role": "member", "person": "", "organisation": "", "until": ""}
    stored = [
        {
            "id": row.pk, "role": row.role, "person": row.person_id or "", "since": f"{row.since:%d.%m.%Y}",
            "organisation": row.organisation_id or "", "until": f"{row.until:%d.%m.%Y}" if row.until else "",
            **changes,
        }
        for row in rows
    ]  # fmt: skip
    for number, row in enumerate([*stored, *new]):
        data |= {f"seats-{number}-{name}": value for name, value in (empty | row).items()}
    return data


# Entering


def test_a_third_delegate_is_refused_with_names_and_what_was_typed_stays(admin):
    for name in ("Erste", "Zweite"):
        Membership.objects.create(district=personas.district("HOE"), person=person(name), since=FIRST)
    third = person("Dritte")
    response = admin.post(url("add", Membership), membership_form(person=third.pk, entry_reason="Wahl"))
    assert (
        "Dieser Stadtbezirk hat an einem dieser Tage schon zwei Delegierte. Eingetragen: Ina Erste, seit "
        "01.01.2020; Ina Zweite, seit 01.01.2020. Bitte zuerst dort das Ende eintragen." in message(response)
    )
    assert 'value="Wahl"' in response.content.decode()
    before = membership_form(person=third.pk, since="01.01.2019", until="31.12.2019")
    assert admin.post(url("add", Membership), before).status_code == 302
    row = Membership.objects.get(person=third)
    response = admin.post(url("change", Membership, row.pk), membership_form(person=third.pk))
    assert "schon zwei Delegierte" in message(response)


@pytest.mark.parametrize(
    "changes",
    [
        {"district": ""},
        {"person": ""},
        {"kind": "city"},
        {"kind": "city", "district": "", "organisation": "city"},
        {"organisation": "city"},
    ],
)
def test_a_membership_that_fits_neither_kind_gets_a_sentence(admin, changes):
    city = Organisation.objects.get(name="Stadt Dortmund")
    data = membership_form(person=person().pk) | changes
    response = admin.post(
        url("add", Membership), {k: city.pk if v == "city" and k != "kind" else v for k, v in data.items()}
    )
    assert "Delegierte brauchen Stadtbezirk und Person und keine Organisation" in message(response)
    assert not Membership.objects.exists()


@pytest.mark.parametrize("kind", ["beirat", "buergerforum"])
def test_a_body_on_the_wrong_side_gets_a_sentence(admin, kind):
    district = personas.district("HOE").pk if kind == "beirat" else ""
    data = {
        "kind": kind,
        "name": "Falsch",
        "district": district,
        "since": "01.01.1990",
        "until": "01.01.1991",
    }
    response = admin.post(url("add", Body), data)
    assert "Ein Gremium eines Stadtbezirks braucht den Stadtbezirk" in message(response)


def test_a_second_steering_body_with_an_end_is_counted_by_days(admin):
    steering = personas.steering_body("HOE")
    data = {"kind": steering.kind, "name": "Zweites", "district": steering.district_id, "since": "01.01.2020"}
    response = admin.post(url("add", Body), data | {"until": "31.12.2099"})
    assert "hat an einem dieser Tage schon ein Lenkungsgremium" in message(response)
    steering.until = date(2019, 12, 31)
    steering.save()
    assert admin.post(url("add", Body), data | {"until": "31.12.2099"}).status_code == 302


def test_seats_of_one_form_are_judged_together(admin):
    board, somebody = body("beirat"), person()
    twice = {"person": somebody.pk, "since": "01.01.2020"}
    response = admin.post(url("change", Body, board.pk), seats_form(board, [], twice, twice))
    assert "Diese Person hat in diesem Gremium an einem dieser Tage schon einen Sitz." in message(response)
    assert not Seat.objects.exists()
    # The old one ends and the new one begins in the same form: allowed.
    seat = Seat.objects.create(body=board, person=somebody, since=FIRST)
    again = {"person": somebody.pk, "since": "01.01.2025", "role": "chair"}
    data = seats_form(board, [seat], again, until=f"{today():%d.%m.%Y}")
    assert "schon einen Sitz" in message(admin.post(url("change", Body, board.pk), data))
    data |= {"seats-1-since": f"{today() + timedelta(1):%d.%m.%Y}"}
    response = admin.post(url("change", Body, board.pk), data)
    assert response.status_code == 302, message(response)
    seat.refresh_from_db()
    assert seat.until == today()
    assert Seat.objects.exclude(pk=seat.pk).get().role == "chair"


def test_former_seats_are_not_on_the_bodys_form_and_stay(admin):
    board = body("beirat")
    former = Seat.objects.create(body=board, person=person("Früher"), since=FIRST, until=date(2021, 1, 1))
    now = Seat.objects.create(body=board, person=person("Jetzt"), since=FIRST)
    page = message(admin.get(url("change", Body, board.pk)))
    assert "Ina Jetzt" in page
    assert "Ina Früher" not in page
    assert admin.post(url("change", Body, board.pk), seats_form(board, [now])).status_code == 302
    assert Seat.objects.filter(pk=former.pk).exists()


def test_a_seat_outside_the_life_of_its_body_is_refused(admin):
    data = {"body": body("jury").pk, "role": "member", "person": person().pk, "organisation": "",
            "since": "01.01.2015", "until": "", "entry_reason": "", "exit_reason": ""}  # fmt: skip
    response = admin.post(url("add", Seat), data)
    assert "Das Gremium „Jury für Säule 2“ besteht seit 01.01.2016." in message(response)


def test_memberships_and_seats_on_a_persons_page(admin):
    somebody, board = person(), body("beirat")
    data = {"country": "DE", "given_name": "Ina", "family_name": "Irgendwer"} | inline()
    data |= {
        "memberships-TOTAL_FORMS": 1, "memberships-0-id": "", "memberships-0-since": "01.01.2020",
        "memberships-0-district": personas.district("HOE").pk, "memberships-0-person": somebody.pk,
        "seats-TOTAL_FORMS": 1, "seats-0-id": "", "seats-0-since": "01.01.2020", "seats-0-body": board.pk,
        "seats-0-role": "chair", "seats-0-person": somebody.pk, "seats-0-organisation": "",
    }  # fmt: skip
    response = admin.post(url("change", Person, somebody.pk), data)
    assert response.status_code == 302, message(response)
    assert somebody.memberships.get().district.code == "HOE"
    assert somebody.seats.get().role == "chair"


# Days


@pytest.fixture
def rows() -> dict[Any, tuple[Any, Any]]:
    """Per model a row that counted in 2016 and one that counts today."""
    hoerde, board = personas.district("HOE"), body("beirat")
    then = {"since": date(2010, 1, 1), "until": date(2018, 6, 30)}
    now = {"since": date(2018, 7, 1)}
    pairs = {
        Mandate: {"district": hoerde, "kind": "deputy"},
        Membership: {"district": hoerde},
        Seat: {"body": board},
    }
    found: dict[Any, tuple[Any, Any]] = {
        model: tuple(
            model.objects.create(person=person(name), **values, **days)
            for name, days in (("Damals", then), ("Heute", now))
        )
        for model, values in pairs.items()
    }
    found[Body] = (
        Body.objects.create(kind="projektgruppe", name="Damals", district=hoerde, **then),
        Body.objects.create(kind="projektgruppe", name="Heute", district=hoerde, **now),
    )
    return found


@pytest.mark.parametrize("model", [Mandate, Membership, Seat, Body])
def test_the_list_on_a_day(admin, rows, model):
    then, now = rows[model]
    kept = {"q": "Da"} if model is Body else {}
    for query, expected in (
        ({"am": "2016-05-01"}, {then}),
        ({"am": "01.05.2016", **kept}, {then}),
        ({"am": "2018-06-30"}, {then}),
        ({"am": "2018-07-01"}, {now}),
        ({"am": f"{today()}", "gueltig": "abgelaufen"}, set()),
        ({}, {then, now}),
    ):
        listed = admin.get(url("changelist", model), query).context["cl"].result_list
        assert {row for row in listed if row in (then, now)} == expected, query


def test_the_day_keeps_the_other_filters_and_can_be_taken_back(admin, rows):
    hoerde = personas.district("HOE").pk
    page = admin.get(
        url("changelist", Membership), {"am": "2016-05-01", "district__id__exact": hoerde, "q": "Ina"}
    ).content.decode()
    assert f'<input type="hidden" name="district__id__exact" value="{hoerde}">' in page
    assert '<input type="hidden" name="q" value="Ina">' in page
    assert 'value="2016-05-01"' in page
    assert "alle Tage" in page
    assert "alle Tage" not in admin.get(url("changelist", Membership)).content.decode()


@pytest.mark.parametrize("bad", ["2016-13-45", "gestern", "😀", "9" * 5000])
def test_a_day_that_is_none_gets_a_sentence(admin, rows, bad):
    response = admin.get(url("changelist", Seat), {"am": bad})
    assert response.status_code == 200
    assert "ist kein Tag. Bitte so eingeben: 01.05.2016. Gezeigt werden alle Tage." in message(response)
    assert len(response.context["cl"].result_list) == 2


def test_the_search_and_the_filters_of_a_list_speak_plainly(admin, rows):
    page = admin.get(url("changelist", Seat)).content.decode()
    assert '<span class="visually-hidden">Suche</span>' in page
    assert "Search" not in page
    assert "alle zeigen" not in page, "all are shown"
    assert ">ohne Stadtbezirk</a>" in page
    page = admin.get(url("changelist", Seat), {"q": "Ina", "role__exact": "member"}).content.decode()
    assert '(<a href="?">alle zeigen</a>)' in page
    assert '<input type="hidden" name="role__exact" value="member">' in page


def test_lists_have_german_columns(admin, rows):
    headings = {
        Membership: ("Mitglied", "Art", "Stadtbezirk", "Von", "Bis", "Heute gültig"),
        Seat: ("Wer", "Aufgabe", "Gremium", "Von", "Bis", "Heute gültig"),
    }
    for model, columns in headings.items():
        page = message(admin.get(url("changelist", model)))
        for column in columns:
            assert column in page


def test_bodies_people_and_organisations_are_found_by_typing(admin):
    person("Findbar")
    for field, term, expected in (
        ("person", "Findbar", "Ina Findbar"),
        ("organisation", "HWK", "Handwerkskammer Dortmund"),
        ("body", "Beirat", "Beirat"),
    ):
        found = admin.get(
            reverse("admin:autocomplete"),
            {"term": term, "app_label": "members", "model_name": "seat", "field_name": field},
        ).json()["results"]
        assert [row["text"] for row in found] == [expected]


def test_pages_to_add_take_what_a_finding_knows(admin):
    hoerde, board = personas.district("HOE"), body("beirat")
    ihk = Organisation.objects.get(short_name="IHK")
    page = admin.get(url("add", Membership) + f"?kind=delegate&district={hoerde.pk}").content.decode()
    assert f'<option value="{hoerde.pk}" selected>Hörde' in page
    page = admin.get(url("add", Seat) + f"?body={board.pk}&organisation={ihk.pk}&role=chair").content.decode()
    for option in (f'value="{board.pk}" selected', f'value="{ihk.pk}" selected', 'value="chair" selected'):
        assert option in page


# Ending and handing on


def action(model: Any, page: str, *rows: Any) -> str:
    address = reverse(f"admin:members_{model._meta.model_name}_{page}")
    return f"{address}?ids={','.join(str(row.pk) for row in rows)}"


def chosen(client: Client, model: Any, name: str, *rows: Any) -> Any:
    data = {"action": name, "_selected_action": [row.pk for row in rows]}
    return client.post(url("changelist", model), data, follow=True)


@pytest.mark.parametrize("model", [Mandate, Membership, Seat])
def test_ending_from_the_list(admin, rows, model):
    _, now = rows[model]
    response = chosen(admin, model, "end_chosen", now)
    assert response.request["PATH_INFO"].endswith("/beenden/")
    assert "Ina Heute" in message(response)
    assert f'value="{today()}"' in response.content.decode()
    response = admin.post(action(model, "end", now), {"on": "2026-03-31", "reason": "Umzug"}, follow=True)
    assert "Beendet zum 31.03.2026:" in message(response)
    now.refresh_from_db()
    assert (now.until, now.exit_reason) == (date(2026, 3, 31), "Umzug")


@pytest.mark.parametrize("model", [Mandate, Membership, Seat])
def test_succession_from_the_list(admin, rows, model):
    _, now = rows[model]
    new = person("Neu")
    assert "Nachfolge" in message(chosen(admin, model, "succeed_chosen", now))
    response = admin.post(
        action(model, "succeed", now),
        {"on": "2026-03-31", "reason": "Umzug", "person": new.pk, "entry_reason": "Wahl"},
        follow=True,
    )
    assert "Ab 01.04.2026:" in message(response), message(response)
    row = model.objects.get(person=new)
    assert (row.since, row.until, row.entry_reason) == (date(2026, 4, 1), None, "Wahl")
    assert all(getattr(row, name) == getattr(now, name) for name in model.PLACE)
    assert model.objects.get(pk=now.pk).until == date(2026, 3, 31)


def test_many_end_together_or_not_at_all(admin):
    board = body("beirat")
    seats = [Seat.objects.create(body=board, person=person(str(n)), since=FIRST) for n in range(3)]
    late = Seat.objects.create(body=board, person=person("Spät"), since=date(2026, 6, 1))
    data = {"on": "2026-03-31", "reason": "Neuwahl"}
    response = admin.post(action(Seat, "end", *seats, late), data)
    assert response.status_code == 200
    assert "beginnt erst am 01.06.2026. Das Ende darf nicht vor dem Beginn liegen." in message(response)
    assert not Seat.objects.exclude(until=None).exists()
    assert 'value="Neuwahl"' in response.content.decode()
    assert admin.post(action(Seat, "end", *seats), data).status_code == 302
    assert set(Seat.objects.exclude(until=None)) == set(seats)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"on": "2026-03-31"}, "Dieses Feld ist zwingend erforderlich."),
        ({"on": "2026-03-31", "reason": "   "}, "Dieses Feld ist zwingend erforderlich."),
        ({"on": "", "reason": "Umzug"}, "Bitte das Datum eintragen."),
        (
            {"on": "31.02.2026", "reason": "Umzug"},
            "Bitte ein gültiges Datum eintragen, zum Beispiel 14.03.2026.",
        ),
        ({"on": "2019-12-31", "reason": "Umzug"}, "Das Ende darf nicht vor dem Beginn liegen."),
        ({"on": "2026-03-31", "reason": "x" * 201}, "aus 201 Zeichen"),
    ],
)
def test_bad_endings_get_a_sentence(admin, data, sentence):
    row = Membership.objects.create(district=personas.district("HOE"), person=person(), since=FIRST)
    response = admin.post(action(Membership, "end", row), data)
    assert sentence in message(response)
    row.refresh_from_db()
    assert row.until is None


def test_a_successor_who_has_a_seat_already_is_refused_and_nothing_ends(admin):
    board, other = body("beirat"), person("Doppelt")
    seat = Seat.objects.create(body=board, person=person(), since=FIRST)
    Seat.objects.create(body=board, person=other, since=FIRST)
    data = {"on": "2026-03-31", "reason": "Umzug", "person": other.pk}
    response = admin.post(action(Seat, "succeed", seat), data)
    assert "Diese Person hat in diesem Gremium an einem dieser Tage schon einen Sitz." in message(response)
    seat.refresh_from_db()
    assert seat.until is None


def test_the_end_that_is_entered_is_offered(admin):
    row = Membership.objects.create(
        district=personas.district("HOE"), person=person(), since=FIRST, until=date(2027, 1, 31),
        exit_reason="Befristet",
    )  # fmt: skip
    page = admin.get(action(Membership, "succeed", row)).content.decode()
    assert 'value="2027-01-31"' in page
    assert 'value="Befristet"' in page


def test_succession_is_for_one_row(admin, rows):
    response = chosen(admin, Seat, "succeed_chosen", *rows[Seat])
    assert "wählen Sie bitte genau eine Zeile" in message(response)


@pytest.mark.parametrize(
    "query", ["", "?ids=", "?ids=999999", "?ids=1%27--", "?ids=" + ",".join(["7"] * 5000)]
)
@pytest.mark.parametrize("page", ["end", "succeed"])
def test_without_rows_one_is_sent_back_to_the_list(admin, page, query):
    response = admin.get(reverse(f"admin:members_seat_{page}") + query, follow=True)
    assert response.redirect_chain == [(url("changelist", Seat), 302)]
    assert "Bitte zuerst in der Liste Zeilen auswählen." in message(response)


@pytest.mark.parametrize("page", ["end", "succeed"])
def test_nobody_ends_or_takes_over_their_own_mandate(admin, admin_verein, page):
    own = Mandate.objects.create(
        person=admin_verein.person, district=personas.district("HOE"), kind="deputy", since=FIRST
    )
    data = {"on": "2026-03-31", "reason": "Umzug", "person": person().pk}
    response = admin.post(action(Mandate, page, own), data)
    assert "Niemand ändert die eigenen Mandate." in message(response)
    own.refresh_from_db()
    assert own.until is None
    others = Mandate.objects.create(
        person=person(), district=personas.district("HOE"), kind="deputy", since=FIRST
    )
    data |= {"person": admin_verein.person_id}
    response = admin.post(action(Mandate, "succeed", others), data)
    assert "Niemand ändert die eigenen Mandate." in message(response)
    assert Mandate.objects.filter(person=admin_verein.person).get() == own


@pytest.mark.parametrize("persona", ["wf1", "gf_hoerde", "auditor", "board", "nobody", "visitor"])
def test_nobody_else_ends_anything(persona):
    seat = Seat.objects.create(body=body("beirat"), person=person(), since=FIRST)
    client = Client() if persona == "visitor" else signed_in(personas.ALL[persona]())
    for page in ("end", "succeed"):
        response = client.post(
            action(Seat, page, seat), {"on": "2026-03-31", "reason": "x", "person": person(page).pk}
        )
        assert response.status_code == (302 if persona == "visitor" else 403)
    seat.refresh_from_db()
    assert seat.until is None
    assert Seat.objects.count() == 1


# History


def test_the_history_tells_who_changed_what_from_what_to_what(admin, admin_verein):
    ihk = Organisation.objects.get(short_name="IHK")
    old, new = person("Alt"), person("Neu")
    seat = services.enter(
        Seat(body=body("beirat"), organisation=ihk, person=old, since=FIRST, entry_reason="Wahl"),
        actor=admin_verein,
    )
    data = {"body": seat.body_id, "role": "chair", "person": new.pk, "organisation": ihk.pk,
            "since": "01.01.2020", "until": "31.03.2026", "entry_reason": "Wahl", "exit_reason": ""}  # fmt: skip
    assert admin.post(url("change", Seat, seat.pk), data).status_code == 302
    assert admin.post(url("change", Seat, seat.pk), data).status_code == 302  # saved without a change
    page = message(admin.get(url("history", Seat, seat.pk))).split("Wann Wer Was")[1]
    changed, created = page.split("geändert")[1].split("angelegt")
    for difference in (
        "Bis: – → 31.03.2026",
        "Aufgabe: Mitglied → Vorsitz",
        "Person: Ina Alt → Ina Neu",
    ):
        assert difference in changed
    assert "Gremium" not in changed
    assert "Organisation: Industrie- und Handelskammer zu Dortmund" in created
    assert page.count("Vicky Verein") == 2
    assert page.count("geändert") == 1


def test_consent_is_told_as_yes_and_no(admin):
    somebody = person()
    data = {"country": "DE", "given_name": "Ina", "family_name": "Irgendwer", "publish_name": "on"} | inline()
    assert admin.post(url("change", Person, somebody.pk), data).status_code == 302
    page = message(admin.get(url("history", Person, somebody.pk)))
    assert "Name darf veröffentlicht werden: nein → ja" in page


def test_the_history_names_what_is_gone(admin, admin_verein):
    gone = person("Weg")
    seat = services.enter(Seat(body=body("beirat"), person=gone, since=FIRST), actor=admin_verein)
    seat.person = person("Da")
    seat.save()
    gone_key = gone.pk
    gone.delete()
    page = message(admin.get(url("history", Seat, seat.pk)))
    assert "Person: Ina Weg (gelöscht) → Ina Da" in page
    Person.history.filter(id=gone_key).delete()
    page = message(admin.get(url("history", Seat, seat.pk)))
    assert f"Person: gelöscht (Nr. {gone_key}) → Ina Da" in page, "whoever erases the records erases the name"


def test_the_history_names_a_deleted_person_as_the_person_was_called_last(admin, admin_verein):
    """Whoever was made unrecognisable stays so."""
    gone = person("Weg")
    seat = services.enter(Seat(body=body("beirat"), person=gone, since=FIRST), actor=admin_verein)
    seat.person = person("Da")
    seat.save()
    gone.given_name, gone.family_name = "Person", "(unkenntlich)"
    gone.save()
    gone.delete()
    page = message(admin.get(url("history", Seat, seat.pk)))
    assert "Person: Person (unkenntlich) (gelöscht) → Ina Da" in page
    assert "Weg" not in page


@pytest.mark.parametrize("field", ["organisation", "body"])
def test_the_history_names_whatever_is_gone(admin, admin_verein, field):
    old = {
        "organisation": Organisation.objects.create(name="Turnverein Alt"),
        "body": Body.objects.create(
            kind="buergerforum", name="Forum Alt", since=FIRST, district=personas.district("APL")
        ),
    }[field]
    seat = Seat(**{"body": body("beirat"), "person": person("Da"), "since": FIRST, field: old})
    services.enter(seat, actor=admin_verein)
    setattr(seat, field, None if field == "organisation" else body("beirat"))
    seat.save()
    old.delete()
    page = message(admin.get(url("history", Seat, seat.pk)))
    assert f"{old} (gelöscht) →" in page
    assert "Nr." not in page


@pytest.mark.parametrize("count", [2, 40])
def test_the_history_costs_the_same_at_any_length(admin, admin_verein, count):
    seat = services.enter(Seat(body=body("beirat"), person=person(), since=FIRST), actor=admin_verein)
    for number in range(count):
        seat.person = person(str(number))
        seat.save()
    with CaptureQueriesContext(connection) as captured:
        assert admin.get(url("history", Seat, seat.pk)).status_code == 200
    assert len(captured) == 11, "\n".join(query["sql"] for query in captured)


def test_rows_from_before_the_record_say_so(admin):
    page = message(admin.get(url("history", Body, body("beirat").pk)))
    assert "noch keine Änderung aufgezeichnet" in page


def test_a_row_that_is_not_there_has_no_history(admin):
    assert admin.get(url("history", Seat, 999_999)).status_code in (302, 404)


# Deleting


def test_deleting_names_what_rests_on_the_row(admin):
    somebody, board = person(), body("beirat")
    Seat.objects.create(body=board, person=somebody, since=FIRST, until=date(2021, 1, 1))
    Membership.objects.create(district=personas.district("HOE"), person=somebody, since=FIRST)
    for row, expected in (
        (somebody, ["Sitz: Mitglied Beirat: Ina Irgendwer", "Mitgliedschaft: Ina Irgendwer (Hörde)"]),
        (board, ["Sitz: Mitglied Beirat: Ina Irgendwer"]),
    ):
        response = admin.post(url("delete", type(row), row.pk), {"post": "yes"})
        page = message(response)
        assert f"„{row}“ kann nicht gelöscht werden, denn darauf" in page
        for name in expected:
            assert name in page.replace(" :", ":")
        assert type(row).objects.filter(pk=row.pk).exists()


def test_what_was_never_so_can_be_deleted(admin):
    seat = Seat.objects.create(body=body("beirat"), person=person(), since=FIRST)
    assert admin.post(url("delete", Seat, seat.pk), {"post": "yes"}).status_code == 302
    assert not Seat.objects.exists()


# In the browser


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_succession_in_the_browser(open_page):
    seat = Seat.objects.create(body=body("beirat"), person=person("Alt"), since=FIRST)
    person("Neu")
    page = open_page(personas.admin_verein())
    page.goto(url("changelist", Seat))
    page.get_by_label("Gültig am Tag").fill("2019-12-31")
    page.get_by_role("button", name="Zeigen").click()
    page.get_by_text("Nichts passt zu dieser Auswahl.").wait_for()
    page.get_by_role("link", name="alle Tage").click()
    page.get_by_role("checkbox").nth(1).check()
    page.get_by_label("Aktion:").select_option(label="Nachfolge eintragen …")
    page.get_by_role("button", name="Ausführen").click()
    page.get_by_label("Letzter Tag").fill("2026-03-31")
    page.get_by_label("Grund des Austritts").fill("Umzug")
    page.locator(".select2-selection").click()
    page.locator(".select2-search__field").fill("Neu")
    page.get_by_role("option", name="Ina Neu").click()
    page.get_by_role("button", name="Nachfolge eintragen").click()
    page.get_by_text("Ab 01.04.2026: Mitglied Beirat: Ina Neu.").wait_for()
    seat.refresh_from_db()
    assert seat.until == date(2026, 3, 31)


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_ending_works_without_javascript(open_page):
    seat = Seat.objects.create(body=body("beirat"), person=person("Alt"), since=FIRST)
    page = open_page(personas.admin_verein(), java_script_enabled=False)
    page.goto(url("change", Seat, seat.pk))
    page.get_by_role("link", name="Beenden zum …").click()
    page.get_by_label("Letzter Tag").fill("2026-03-31")
    page.get_by_label("Grund des Austritts").fill("Umzug")
    page.get_by_role("button", name="Beenden").click()
    expect(page.get_by_text("Beendet zum 31.03.2026")).to_be_visible()


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_the_pages_are_accessible(open_page, axe):
    board, admin = body("beirat"), personas.admin_verein()
    seat = services.enter(Seat(body=board, person=person("Alt"), since=FIRST), actor=admin)
    services.end(seat, on=today() + timedelta(9), reason="Umzug", actor=admin)
    page = open_page(admin)
    for address in (
        reverse("home"),
        url("changelist", Seat) + "?am=2021-05-01",
        url("changelist", Membership) + "?am=gestern",
        url("change", Seat, seat.pk),
        url("change", Body, board.pk),
        url("change", Person, seat.person_id),
        url("history", Seat, seat.pk),
        url("delete", Body, board.pk),
        action(Seat, "end", seat),
        action(Seat, "succeed", seat),
    ):
        assert page.goto(address).status == 200
        axe(page)
    page.get_by_role("button", name="Nachfolge eintragen").click()
    axe(page)


def test_a_thousand_rows_on_a_page_are_refused_at_once(admin):
    jury = body("jury")
    row = {"role": "member", "person": person().pk, "since": "01.06.2026"}
    data = {**seats_form(jury, [], row), "seats-TOTAL_FORMS": 1999}
    with CaptureQueriesContext(connection) as queries:
        page = admin.post(url("change", Body, jury.pk), data)
    assert "Auf einmal sind höchstens 100 Zeilen möglich." in message(page)
    assert len(page.context["inline_admin_formsets"][0].formset.forms) == 200
    assert not jury.seats.exists() and len(queries) < 500
    page = admin.post(url("change", Body, jury.pk), {**data, "seats-TOTAL_FORMS": 101})
    assert "Auf einmal sind höchstens 100 Zeilen möglich." in message(page)
    assert not jury.seats.exists()


# One form enters one row


def test_a_form_that_arrives_twice_enters_one_person(admin):
    """Nothing else tells two people of one name apart. What was typed is shown, and may be meant anew."""
    page = admin.get(url("add", Person)).content.decode()
    [key] = re.findall(r'name="key" value="(\w+)"', page)
    data = {"country": "DE", "given_name": "Ina", "family_name": "Doppelt", "key": key, **inline()}
    assert admin.post(url("add", Person), data).status_code == 302
    again = admin.post(url("add", Person), data)
    assert "Dieses Formular war schon angekommen" in message(again)
    assert 'value="Doppelt"' in again.content.decode()
    assert Person.objects.filter(family_name="Doppelt").count() == 1
    [other] = re.findall(r'name="key" value="(\w+)"', again.content.decode())
    meant = {**data, "key": other, "confirmed": asked(again)}
    assert admin.post(url("add", Person), meant).status_code == 302
    assert Person.objects.filter(family_name="Doppelt").count() == 2


# Places that mostly one person has


DIRECTS = "Geschäftsführung der Bezirksvertretung Hörde: Ina Erste, seit 01.01.2020"


@pytest.fixture
def first() -> Mandate:
    return Mandate.objects.create(
        person=person("Erste"), district=personas.district("HOE"), kind="managing_director", since=FIRST
    )


def asked(answer: Any, row: int | None = None) -> str:
    """What the page asks about itself, or about a row of its first list with rows."""
    if row is None:
        return answer.context["adminform"].form.asked
    lists = (inline.formset.forms for inline in answer.context["inline_admin_formsets"])
    return next(rows for rows in lists if rows)[row].asked


def second(**changes: Any) -> dict[str, Any]:
    return {
        "person": person("Zweite").pk, "kind": "managing_director", "district": personas.district("HOE").pk,
        "since": "01.06.2026", "until": "", "entry_reason": "Wahl", "exit_reason": "", **changes,
    }  # fmt: skip


def test_a_second_managing_director_is_asked_about_with_name_and_dates(admin, first):
    data = second()
    answer = admin.post(url("add", Mandate), data)
    page = answer.content.decode()
    assert DIRECTS in page and 'type="checkbox" name="confirmed"' in page and "errornote" not in page
    assert 'value="Wahl"' in page and Mandate.objects.count() == 1
    assert admin.post(url("add", Mandate), {**data, "confirmed": asked(answer)}).status_code == 302
    assert Mandate.objects.count() == 2


def test_nothing_is_asked_where_another_field_is_wrong(admin, first):
    page = admin.post(url("add", Mandate), second(since="")).content.decode()
    assert "zwingend erforderlich" in page and "errornote" in page and 'name="confirmed"' not in page


def test_who_confirms_and_then_changes_the_days_is_asked_again(admin, first):
    answer = admin.post(url("add", Mandate), second())
    third = Mandate.objects.create(
        person=person("Dritte"), district=first.district, kind=first.kind, since=date(2026, 8, 1)
    )
    page = admin.post(url("add", Mandate), {**second(), "confirmed": asked(answer)}).content.decode()
    assert f"{third}, seit 01.08.2026" in page and 'type="checkbox" name="confirmed"' in page


def test_what_is_confirmed_stays_so_where_another_row_is_asked_about(admin, first):
    """A person of the same name, in a place that is taken: two questions, each with a box of its own."""
    rows = {"kind": "managing_director", "district": personas.district("HOE").pk, "since": "01.06.2026"}
    data = {"country": "DE", "given_name": "Ina", "family_name": "Erste", **inline(new=rows)}
    answer = admin.post(url("add", Person), data)
    page = answer.content.decode()
    assert page.count('class="doubts"') == 2 and "errornote" not in page
    data["confirmed"] = answer.context["adminform"].form.asked
    page = admin.post(url("add", Person), data).content.decode()
    assert page.count('class="doubts"') == 1 and 'type="hidden" name="confirmed"' in page
    data["mandates-0-confirmed"] = asked(answer, row=0)
    assert admin.post(url("add", Person), data).status_code == 302
    assert Person.objects.filter(family_name="Erste").count() == 2


@pytest.mark.parametrize(
    "changes", [{"since": "01.01.2019", "until": "31.12.2019"}, {"kind": "deputy"}, {"district": "APL"}]
)
def test_who_has_the_place_at_another_time_or_elsewhere_is_not_asked_about(admin, first, changes):
    if "district" in changes:
        changes = {"district": personas.district("APL").pk}
    assert admin.post(url("add", Mandate), second(**changes)).status_code == 302


def test_what_is_confirmed_is_not_asked_again_for_another_change(admin, first):
    answer = admin.post(url("add", Mandate), second())
    admin.post(url("add", Mandate), second(confirmed=asked(answer)))
    row = Mandate.objects.exclude(pk=first.pk).get()
    data = second(person=row.person_id, entry_reason="Wahl am 1. Juni")
    assert admin.post(url("change", Mandate, row.pk), data).status_code == 302
    # Its end is opened to another day: that is asked.
    page = admin.post(url("change", Mandate, row.pk), {**data, "since": "01.07.2026"}).content.decode()
    assert DIRECTS in page


def test_a_new_person_with_a_place_that_is_taken_is_asked_about(admin, first):
    rows = {"kind": "managing_director", "district": personas.district("HOE").pk, "since": "01.06.2026"}
    data = {
        "country": "DE", "given_name": "Ina", "family_name": "Zweite",
        **inline(new=rows),
    }  # fmt: skip
    answer = admin.post(url("add", Person), data)
    page = answer.content.decode()
    assert DIRECTS in page and "errornote" not in page
    assert not Person.objects.filter(family_name="Zweite").exists()
    confirmed = {**data, "mandates-0-confirmed": asked(answer, row=0)}
    assert admin.post(url("add", Person), confirmed).status_code == 302
    assert Mandate.objects.filter(person__family_name="Zweite").exists()


@pytest.mark.parametrize("role", ["chair", "deputy_chair", "secretary"])
def test_a_second_chair_on_a_bodys_page_is_asked_about(admin, role):
    jury = body("jury")
    old = Seat.objects.create(body=jury, person=person("Erste"), role=role, since=FIRST)
    new = {"role": role, "person": person("Zweite").pk, "since": "01.06.2026"}
    data = seats_form(jury, [old], new)
    answer = admin.post(url("change", Body, jury.pk), data)
    page = answer.content.decode()
    assert f"{old.get_role_display()} {jury}: Ina Erste, seit 01.01.2020" in page
    assert jury.seats.count() == 1
    confirmed = {**data, "seats-1-confirmed": asked(answer, row=1)}
    assert admin.post(url("change", Body, jury.pk), confirmed).status_code == 302
    member = {"role": "member", "person": person("Dritte").pk, "since": "01.06.2026"}
    assert admin.post(url("change", Body, jury.pk), seats_form(jury, [], member)).status_code == 302
    assert jury.seats.count() == 3


def test_a_successor_beside_a_third_person_is_asked_about(admin, first):
    third = Mandate.objects.create(
        person=person("Dritte"), district=first.district, kind=first.kind, since=date(2026, 2, 1)
    )
    address = f"{url('succeed', Mandate)}?ids={first.pk}"
    data = {"on": "2026-01-31", "reason": "Ruhestand", "person": person("Zweite").pk}
    answer = admin.post(address, data)
    page = answer.content.decode()
    assert "Ina Dritte, seit 01.02.2026" in page and 'type="checkbox" name="confirmed"' in page
    assert "errornote" not in page
    first.refresh_from_db()
    assert first.until is None and Mandate.objects.count() == 2
    confirmed = {**data, "confirmed": answer.context["form"].asked}
    assert admin.post(address, confirmed).status_code == 302
    assert Mandate.objects.exclude(pk__in=[first.pk, third.pk]).get().since == date(2026, 2, 1)


@pytest.mark.parametrize(
    "table",
    [
        "funding_grantterms", "funding_grantcondition", "letters_letterhead", "letters_lettertext", "letters_signatory",
        "payments_ownaccount", "proofs_proofrules",
    ],
)  # fmt: skip
def test_the_start_page_leads_to_what_letters_and_payments_need(admin, table):
    address = reverse(f"admin:{table}_changelist")
    assert f'href="{address}"' in admin.get("/").content.decode()
    assert admin.get(address).status_code == 200
