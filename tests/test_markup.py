"""Whatever somebody types stands on a page as it was typed: HTML that Python puts together escapes it, too."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from funding import services as funding
from members.models import District, Person, User
from projects.models import Project
from tests import personas

pytestmark = pytest.mark.django_db

#: No template of ours uses this element.
TYPED = "<marquee>\"Fest\" & 'Musik'"


def page(user: User, address: str) -> str:
    client = Client()
    client.force_login(user)
    response = client.get(address)
    assert response.status_code == 200, address
    return response.content.decode()


@pytest.fixture
def typed() -> list[Project]:
    """Projects in every state that lists show, with people, districts, pots and bookings that are called TYPED."""
    director, first, second = personas.gf_aplerbeck(), personas.wf1(), personas.wf2()
    District.objects.filter(code="APL").update(name=TYPED)
    for user in (director, first, second):
        Person.objects.filter(pk=user.person_id).update(family_name=TYPED)
    texts: dict[str, Any] = {"title": TYPED, "special_importance": TYPED, "place": TYPED}
    personas.allow_transfers()
    personas.open_year()
    funding.book_expense(
        personas.this_year(), amount=Decimal(9), purpose=TYPED, payee=TYPED, actor=personas.wf1()
    )
    funding.open_pot(
        personas.this_year(), code="SPENDE", source=TYPED, amount=Decimal(9000), actor=personas.wf1()
    )
    funding.request_transfer(
        personas.pot("S1-HOE"), personas.pot("S2"), amount=Decimal(9), reason=TYPED, actor=personas.wf1()
    )
    projects = [
        personas.make_project(director, **texts),
        personas.handed_in(director, **texts),
        personas.handed_in(director, special={"SPENDE": "100"}, **texts),
        personas.handed_in(director, pillar_2="9000", **texts),
        personas.handed_in(director, pillar_2="100", **texts),
        personas.handed_in(director, pillar_2="200", **texts),
        personas.approved(director, pillar_2="100", **texts),
        personas.approved(director, special={"SPENDE": "100"}, **texts),
        personas.approved(director, **texts),
    ]
    funding.sign(personas.application(projects[3]), amount=Decimal(9000), actor=first)
    funding.return_to_applicant(personas.application(projects[4]), reason=TYPED, actor=first)
    funding.reject(personas.application(projects[5]), reason=TYPED, actor=first)
    funding.reduce(personas.application(projects[6]), to=Decimal(50), reason=TYPED, actor=first)
    return projects


@pytest.mark.parametrize("role", ["gf_aplerbeck", "wf1", "wf2", "auditor"])
def test_nobody_s_text_becomes_part_of_a_page(typed: list[Project], role: str) -> None:
    user = getattr(personas, role)()
    pots = [personas.pot(code) for code in ("S1-APL", "S2", "SPENDE", "GK")]
    shown = [
        reverse("home"),
        reverse("projects:list"),
        reverse("funding:pots"),
        *(pot.get_absolute_url() for pot in pots),
        *(project.get_absolute_url() for project in typed[1:]),
    ]
    if role == "gf_aplerbeck":
        shown.append(typed[0].get_absolute_url())
    if role in ("gf_aplerbeck", "wf1", "wf2"):
        shown += [reverse("funding:applications"), f"{reverse('funding:applications')}?stand=alle"]
        shown += [personas.application(project).get_absolute_url() for project in typed[1:]]
    for address in shown:
        html = page(user, address)
        assert "<marquee" not in html, address
        assert "&amp;lt;marquee" not in html, f"{address}: escaped twice"
    assert "&lt;marquee&gt;" in page(user, reverse("projects:list"))
