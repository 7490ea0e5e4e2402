"""Whose turn it is: for every role and every state of an application, one answer on every page and in mails."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from funding import services
from funding.models import Application
from funding.turn import waits_for
from members.models import OutboxMail, Person, User
from members.roles import groups
from members.roles.permissions import Roles
from tests import personas as p

pytestmark = pytest.mark.django_db


def pillar_1() -> Application:
    p.steering_body("APL")
    return p.application(p.handed_in(p.gf_aplerbeck()))


def of_brackel_in_a_joint_project() -> Application:
    p.steering_body("BRA")
    return p.application(p.handed_in(p.gf_aplerbeck(), shares={"APL": "10", "BRA": "10"}), "S1-BRA")


def planned() -> Application:
    services.plan_year(p.this_year(), actor=p.wf1())
    project = p.make_project(p.gf_aplerbeck())
    services.submit(project, actor=p.gf_aplerbeck())
    return p.application(project)


def pool(amount: str = "6000", **project: Any) -> Application:
    return p.application(p.handed_in(p.gf_aplerbeck(), pillar_2=amount, **project))


def unanswered() -> Application:
    return pool(further=["BRA"], confirmed=False, special_importance="")


def unanswered_but_important() -> Application:
    return pool(further=["BRA"], confirmed=False, special_importance="Für alle ein Muster.")


def returned() -> Application:
    return services.return_to_applicant(pool(), reason="Wer zahlt?", actor=p.wf1())


def signed() -> Application:
    return services.sign(pool(), amount=Decimal(6000), actor=p.wf1())


def lapsed() -> Application:
    application = signed()
    p.wf1().groups.clear()
    return application


def approved() -> Application:
    return p.approve(pool())


def rejected() -> Application:
    return services.reject(pool(), reason="Kein Geld.", actor=p.wf1())


def withdrawn() -> Application:
    return services.withdraw(pool(), actor=p.gf_aplerbeck())


def worked_on_by_wf2() -> Application:
    application = pool()
    application.project.editors.add(p.wf2())
    return application


STAFF = {"wf1", "wf2"}
#: What an application has come to -> the people whose turn it is. It is nobody else's.
TURNS: dict[Callable[[], Application], set[str]] = {
    pillar_1: {"gf_aplerbeck", "deputy_aplerbeck", "wf_with_mandate"},
    of_brackel_in_a_joint_project: {"gf_brackel"},
    planned: set(),
    pool: STAFF,
    unanswered: {"gf_brackel"},
    unanswered_but_important: STAFF,
    returned: {"gf_aplerbeck", "deputy_aplerbeck", "wf_with_mandate"},
    signed: {"wf2"},
    lapsed: {"wf2"},
    worked_on_by_wf2: {"wf1"},
    approved: set(),
    rejected: set(),
    withdrawn: set(),
}
PEOPLE = (
    "wf1", "wf2", "wf_with_mandate", "gf_aplerbeck", "deputy_aplerbeck", "gf_brackel", "gf_hoerde", "auditor",
    "board", "superuser",
)  # fmt: skip


def shown(user: User, url: str) -> str:
    client = Client()
    client.force_login(user)
    answer = client.get(url)
    return (
        " ".join(answer.content.decode().replace("\u00a0", " ").split()) if answer.status_code == 200 else ""
    )


@pytest.mark.parametrize("state", TURNS, ids=lambda state: state.__name__)
def test_the_list_marks_it_for_whose_turn_it_is_and_nobody_else(state: Callable[[], Application]) -> None:
    people: dict[str, User] = {name: p.ALL[name]() for name in PEOPLE}  # type: ignore[misc]
    application = state()
    turn = {
        name
        for name, user in people.items()
        if Application.objects.filter(
            waits_for(Roles(User.objects.get(pk=user.pk))), pk=application.pk
        ).exists()
    }
    assert turn == TURNS[state]
    # The choice is offered to those who act.
    listed = {
        name
        for name, user in people.items()
        if name not in ("auditor", "board", "superuser")
        and application.get_absolute_url() in shown(user, f"{reverse('funding:applications')}?stand=meine")
    }
    assert listed == TURNS[state]
    marked = {
        name
        for name, user in people.items()
        if "wartet auf Sie" in shown(user, f"{reverse('funding:applications')}?stand=alle")
    }
    assert marked == TURNS[state] | (
        {"gf_aplerbeck", "deputy_aplerbeck", "wf_with_mandate"}
        if state is of_brackel_in_a_joint_project
        else set()
    )


DECIDES = (
    "Prüfen und entscheiden</a>",
    "Beschluss erfassen</a>",
    "Zweite Unterschrift leisten</a>",
    "Neu zeichnen</a>",
)


@pytest.mark.parametrize("state", TURNS, ids=lambda state: state.__name__)
def test_the_projects_page_offers_the_next_act_to_whose_turn_it_is(state: Callable[[], Application]) -> None:
    people: dict[str, User] = {name: p.ALL[name]() for name in PEOPLE}  # type: ignore[misc]
    application = state()
    decides = TURNS[state] if state not in (returned, unanswered) else set()
    anchor = f'{application.get_absolute_url()}#a-decide"'
    offered = {
        name for name, user in people.items() if anchor in shown(user, application.project.get_absolute_url())
    }
    assert offered == decides
    # What is offered there is there: the form stands on the application's page.
    for name in decides:
        assert 'id="a-decide"' in shown(people[name], application.get_absolute_url()), name


def test_the_link_says_which_act_it_is() -> None:
    application = signed()
    url = application.project.get_absolute_url()
    assert "Zweite Unterschrift leisten</a>" in shown(p.wf2(), url)
    p.wf1().groups.clear()
    assert "Neu zeichnen</a>" in shown(p.wf2(), url)


def mailed(word: str) -> set[str]:
    return set(OutboxMail.objects.filter(subject__contains=word).values_list("recipient", flat=True))


def test_mails_call_only_those_who_may_act() -> None:
    """Who has a mandate in the district, or worked on the project, is asked for nothing."""
    for persona in (p.wf1, p.wf2, p.wf_with_mandate):
        persona()
    helper = User.objects.create_user(
        "wf3@example.org", p.PASSWORD, person=Person.objects.create(given_name="Wim", family_name="Dritter")
    )
    helper.groups.add(Group.objects.get(name=groups.BUSINESS_DEVELOPMENT))
    project = p.make_project(p.gf_aplerbeck(), pillar_2="6000")
    project.editors.add(helper)
    p.open_year()
    services.submit(project, actor=p.gf_aplerbeck())
    application = p.application(project)
    assert mailed("eingereicht") == {"wf1@example.org", "wf2@example.org"}
    OutboxMail.objects.all().delete()
    services.sign(application, amount=application.requested, actor=p.wf1())
    assert mailed("zweite Unterschrift") == {"wf2@example.org"}
    services.approve(application, amount=application.requested, actor=p.wf2())
    OutboxMail.objects.all().delete()
    services.request_change(application, what="revoke", reason="Fällt aus.", actor=p.wf1())
    assert mailed("zweite Person") == {"wf2@example.org"}
