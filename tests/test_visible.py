"""Who sees which project and which application: every persona, written out."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db.models import Model
from django.test import Client
from django.utils import timezone

from funding.ledger import post
from funding.models import Application, Pot
from funding.statement import readable_entries
from members.models import Mandate, User
from members.roles.permissions import Roles
from projects.models import Participation, Project
from tests import personas

pytestmark = pytest.mark.django_db

S = Project.State
EVERYBODY = frozenset(personas.ALL) | {"auditor_of_hombruch"}
STAFF = {"wf1", "wf2", "wf_with_mandate", "superuser"}
READERS = STAFF | {"auditor", "cash_auditor", "board", "auditor_of_hombruch"}
APLERBECK = {"gf_aplerbeck", "deputy_aplerbeck"}
BRACKEL = {"gf_brackel"}
HOERDE = {"gf_hoerde"}
HOMBRUCH = {"auditor_of_hombruch"}

#: Project -> who sees it. Aplerbeck leads unless the name says otherwise.
PROJECTS = {
    "draft": STAFF | APLERBECK,
    "draft, Brackel asked": STAFF | APLERBECK | BRACKEL,
    "draft, Brackel confirmed": STAFF | APLERBECK | BRACKEL,
    "draft, Brackel declined": STAFF | APLERBECK | BRACKEL,
    "draft led by Hörde, Brackel and Aplerbeck asked": STAFF | APLERBECK | BRACKEL | HOERDE,
    "draft led by Hombruch": STAFF | HOMBRUCH,
    "draft led by Hörde": STAFF | HOERDE,
    "draft led by Hörde, Hombruch asked": STAFF | HOERDE | HOMBRUCH,
    "submitted": READERS | APLERBECK,
    "submitted, Brackel asked": READERS | APLERBECK | BRACKEL,
    "submitted, Brackel confirmed": READERS | APLERBECK | BRACKEL,
    "submitted, Brackel declined": READERS | APLERBECK | BRACKEL,
    "submitted led by Hörde": READERS | HOERDE,
    "returned": READERS | APLERBECK,
    "reserved": READERS | APLERBECK,
    "funding_open": READERS | APLERBECK,
    "approved": READERS | APLERBECK,
    "settled": READERS | APLERBECK,
    "rejected": READERS | APLERBECK,
    "withdrawn": READERS | APLERBECK,
    "revoked": READERS | APLERBECK,
    "unfunded": READERS | APLERBECK,
    "archived": READERS | APLERBECK,
    "submitted, published": EVERYBODY,
    "returned, published": EVERYBODY,
    "reserved, published": EVERYBODY,
    "funding_open, published": EVERYBODY,
    "approved, published": EVERYBODY,
    "approved led by Hörde, published": EVERYBODY,
    "approved, Brackel confirmed, published": EVERYBODY,
    "settled, published": EVERYBODY,
    "rejected, published": EVERYBODY,
    "withdrawn, published": EVERYBODY,
    "revoked, published": EVERYBODY,
    "unfunded, published": EVERYBODY,
    "archived, published": EVERYBODY,
}

#: Application -> who sees it.
APPLICATIONS = {
    "on the own pot": READERS | APLERBECK,
    "on pillar 2, not decided": READERS | APLERBECK,
    "on pillar 2, granted": READERS | APLERBECK,
    "of Aplerbeck on its own pot, with Brackel": READERS | APLERBECK | BRACKEL,
    "of Aplerbeck on Brackel's pot": READERS | APLERBECK | BRACKEL,
    "on pillar 2, Brackel asked": READERS | APLERBECK | BRACKEL,
    "on pillar 2, Brackel declined": READERS | APLERBECK | BRACKEL,
    "on Hörde's pot, which no longer takes part": READERS | APLERBECK | HOERDE,
    "of Hörde on pillar 2": READERS | HOERDE,
    "of another year": READERS | APLERBECK,
}

#: Application -> who reads its bookings on the statement of a special pot of another year.
LATE_REPAYMENTS = {
    "on pillar 2, granted": READERS | APLERBECK,
    "on pillar 2, Brackel declined": READERS | APLERBECK | BRACKEL,
    "of Hörde on pillar 2": READERS | HOERDE,
}


def auditor_of_hombruch() -> User:
    """A reader of all that was handed in, who directs a district as well."""
    user = personas._account("pruefung.hom", "Hella", "Prüfung", group="Rechnungsprüfung")
    return personas._mandate(user, "HOM", Mandate.Kind.MANAGING_DIRECTOR)


def everybody() -> dict[str, User | AnonymousUser]:
    return {name: persona() for name, persona in personas.ALL.items()} | {
        "auditor_of_hombruch": auditor_of_hombruch()
    }


def seen_by(
    users: dict[str, User | AnonymousUser], names: dict[Any, str], rows: Callable[[Roles], Any]
) -> dict[str, set[str]]:
    """Each of the named rows, and who finds it among ``rows`` of theirs; nobody finds one twice."""
    seen: dict[str, set[str]] = {name: set() for name in names.values()}
    for persona, user in users.items():
        found: list[Model] = list(rows(Roles(user)))
        assert len(found) == len(set(found)), persona
        for row in found:
            seen[names[row]].add(persona)
    return seen


def make_project(name: str, number: int) -> Project:
    """The project that the name describes, past the services: any state, published or not."""
    led, *taking_part = (part for part in name.split(", ") if part != "published")
    state, _, lead = led.partition(" led by ")
    codes = {"Aplerbeck": "APL", "Brackel": "BRA", "Hörde": "HOE", "Hombruch": "HOM"}
    lead = lead or "Aplerbeck"
    gf = personas.gf_hoerde()
    project = Project.objects.create(
        number=None if state == S.DRAFT else f"2016-APL-{number:03}",
        year=2016,
        state=state,
        title=name,
        lead_district=personas.district(codes[lead]),
        published_on=date(2016, 5, 1) if name.endswith("published") else None,
        provenance="Archiv der Stadt" if state == S.ARCHIVED else "",
        created_by=gf,
        changed_by=gf,
    )
    for part in taking_part:
        *districts, answer = part.replace(" and ", " ").split()
        answered: dict[str, Any] = {"confirmed_on": date(2016, 5, 1), "confirmed_by": gf}
        if answer == "declined":
            answered = {"declined_on": date(2016, 5, 1), "declined_by": gf, "decline_reason": "Keine Zeit"}
        for district in districts:
            Participation.objects.create(
                project=project,
                district=personas.district(codes[district]),
                **({} if answer == "asked" else answered),
            )
    return project


def test_the_table_has_every_state_published_and_not() -> None:
    states = {name.replace(",", " ").split()[0] for name in PROJECTS}
    published = {name.replace(",", " ").split()[0] for name in PROJECTS if name.endswith("published")}
    assert states == set(S.values)
    assert published == set(S.values) - {S.DRAFT}


def test_who_sees_which_project() -> None:
    users = everybody()
    names = {make_project(name, number): name for number, name in enumerate(PROJECTS)}
    assert seen_by(users, names, lambda roles: Project.objects.visible_to(roles)) == PROJECTS


@pytest.mark.parametrize(
    ("code", "part"), [("APL", "Aplerbeck"), ("BRA", "Brackel"), ("HOE", "Hörde"), ("HOM", "Hombruch")]
)
def test_a_district_s_projects_are_those_it_leads_or_takes_part_in(code: str, part: str) -> None:
    """Whatever it answered, and each of them once."""
    for number, name in enumerate(PROJECTS):
        make_project(name, number)
    found = [project.title for project in Project.objects.of_district(personas.district(code))]
    led_elsewhere = {name for name in PROJECTS if " led by " in name}
    expected = {name for name in PROJECTS if part in name}
    if code == "APL":
        expected |= set(PROJECTS) - led_elsewhere
    assert sorted(found) == sorted(expected)


@pytest.fixture
def applications() -> dict[Application, str]:
    """Handed in and decided by the services; only a participation is taken away past them."""
    personas.open_year()
    gf = personas.gf_aplerbeck()
    made = {"on the own pot": personas.application(personas.handed_in(gf))}
    pillar_2 = personas.handed_in(gf, pillar_2="3000")
    made["on pillar 2, not decided"] = personas.application(pillar_2)
    made["on pillar 2, granted"] = personas.application(personas.approved(gf, pillar_2="3000"))
    joint = personas.handed_in(gf, shares={"APL": "500", "BRA": "500"})
    made["of Aplerbeck on its own pot, with Brackel"] = personas.application(joint, "S1-APL")
    made["of Aplerbeck on Brackel's pot"] = personas.application(joint, "S1-BRA")
    asked = personas.handed_in(
        gf, pillar_2="3000", further=["BRA"], confirmed=False, special_importance="Modellhaft"
    )
    made["on pillar 2, Brackel asked"] = personas.application(asked)
    declined = personas.handed_in(gf, pillar_2="3000", further=["BRA"], special_importance="Modellhaft")
    Participation.objects.filter(project=declined).update(
        confirmed_on=None, confirmed_by=None, declined_on=timezone.localdate(), declined_by=gf, decline_reason="x"
    )  # fmt: skip
    made["on pillar 2, Brackel declined"] = personas.application(declined)
    left = personas.handed_in(gf, shares={"HOE": "500"})
    made["on Hörde's pot, which no longer takes part"] = personas.application(left, "S1-HOE")
    left.participations.all().delete()
    made["of Hörde on pillar 2"] = personas.application(
        personas.handed_in(personas.gf_hoerde(), pillar_2="3000")
    )
    made["of another year"] = personas.application(
        personas.handed_in(gf, year=2016, starts_on=date(2016, 6, 1), ends_on=date(2016, 6, 2))
    )
    return {application: name for name, application in made.items()}


def test_who_sees_which_application(applications: dict[Application, str]) -> None:
    users = everybody()
    assert seen_by(users, applications, lambda roles: Application.objects.visible_to(roles)) == APPLICATIONS


def test_a_pots_page_shows_the_applications_that_one_sees(applications: dict[Application, str]) -> None:
    users = everybody()
    pots = list(Pot.objects.filter(applications__isnull=False).distinct())
    assert {pot.code for pot in pots} == {"S1-APL", "S1-BRA", "S1-HOE", "S2"}

    def shown(roles: Roles) -> list[Application]:
        client = Client()
        if roles.signed_in:
            client.force_login(roles.user)
        pages = [client.get(pot.get_absolute_url()) for pot in pots]
        return [row for page in pages if page.status_code == 200 for row in page.context["applications"]]

    assert seen_by(users, applications, shown) == APPLICATIONS


def test_a_statement_shows_the_bookings_of_the_applications_that_one_sees(
    applications: dict[Application, str],
) -> None:
    """Of one's own pot all, such as its allotment; of others those whose application one may see."""
    users = everybody()
    for application in applications:
        decision = application.decisions.first()
        for kind in ("reserve", "unreserve"):
            post(
                Pot.objects.get(pk=application.pot_id), kind, Decimal(1), actor=personas.wf1(), value_date=timezone.localdate(),
                decision=decision,
            )  # fmt: skip
    for pot in Pot.objects.filter(applications__isnull=False).distinct():
        names = {application: name for application, name in applications.items() if application.pot == pot}
        expected = {name: APPLICATIONS[name] for name in names.values()}

        def booked(roles: Roles, pot: Pot = pot) -> set[Any]:
            return {entry.application for entry in readable_entries(roles, pot) if entry.application_id}

        assert seen_by(users, names, booked) == expected
        allotted = {
            persona for persona, user in users.items()
            if readable_entries(Roles(user), pot).filter(kind="allot").exists()
        }  # fmt: skip
        own = {"S1-APL": APLERBECK, "S1-BRA": BRACKEL, "S1-HOE": HOERDE, "S2": set()}
        assert allotted == READERS | own[pot.code], pot


def test_a_late_repayment_is_read_on_the_pot_of_another_year(applications: dict[Application, str]) -> None:
    users = everybody()
    later = Pot.objects.create(
        year=personas.open_year(personas.this_year() + 1), kind="special", code="SPK", source="Sparkasse"
    )
    late = {application: name for application, name in applications.items() if name in LATE_REPAYMENTS}
    entries = {
        post(
            later, "late_repayment", Decimal(70), actor=personas.wf1(), value_date=timezone.localdate(),
            decision=application.decisions.first(),
        ): name
        for application, name in late.items()
    }  # fmt: skip
    assert seen_by(users, entries, lambda roles: readable_entries(roles, later)) == LATE_REPAYMENTS
