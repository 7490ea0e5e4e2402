"""Every act of a deputy says for whom: on the project, on the application, in the mail and in the history."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from funding import services as funding
from members.models import Mandate
from members.roles.stand_ins import Act, stood_in_for
from projects import services as projects
from tests import personas
from tests.test_project_conflict import Tab

pytestmark = pytest.mark.django_db
FOR_GESA = "Vera Vertretung, in Vertretung für Gesa Geschäftig-Apl"


def text(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def test_a_project_says_who_entered_it_for_whom(client, gf_aplerbeck, deputy_aplerbeck):
    project = personas.make_project(deputy_aplerbeck)
    client.force_login(gf_aplerbeck)
    assert f"Uhr von {FOR_GESA}" in text(client.get(project.get_absolute_url()))
    assert "in Vertretung für Gesa Geschäftig-Apl" in text(
        client.get(reverse("projects:history", args=[project.pk]))
    )


def test_an_application_says_who_handed_it_in_for_whom(client, wf1, gf_aplerbeck, deputy_aplerbeck):
    project = personas.handed_in(deputy_aplerbeck, pillar_2="3000")
    client.force_login(wf1)
    page = text(client.get(personas.application(project).get_absolute_url()))
    assert f"von {FOR_GESA}" in page
    assert "Vertretung der Geschäftsführung Aplerbeck, in Vertretung für Gesa Geschäftig-Apl" in page


def test_a_confirmation_says_who_gave_it_for_whom(client, gf_brackel, gf_aplerbeck, deputy_aplerbeck):
    project = personas.make_project(gf_brackel, pillar_2="3000", further=["APL"], confirmed=False)
    projects.confirm_participation(project, district=personas.district("APL"), actor=deputy_aplerbeck)
    client.force_login(gf_brackel)
    assert f"von {FOR_GESA}" in text(client.get(project.get_absolute_url()))


def test_whom_a_deputy_stood_in_for_is_judged_by_the_day(gf_aplerbeck, deputy_aplerbeck, wf1):
    today = timezone.localdate()
    district = personas.district("APL").pk
    acts = [
        Act(deputy_aplerbeck, district, today),
        Act(gf_aplerbeck, district, today),
        Act(wf1, district, today),
        Act(deputy_aplerbeck, personas.district("HOE").pk, today),
        Act(deputy_aplerbeck, district, personas.SINCE - timedelta(days=1)),
    ]
    assert stood_in_for(acts) == [gf_aplerbeck.person, None, None, None, None]
    Mandate.objects.filter(person=gf_aplerbeck.person).update(until=today - timedelta(days=1))
    assert stood_in_for(acts[:1]) == [None], "nobody there to stand in for"
    assert stood_in_for([Act(deputy_aplerbeck, district, today - timedelta(days=1))]) == [gf_aplerbeck.person]


def test_the_form_and_the_page_for_deleting_say_who_saved_for_whom(client, gf_aplerbeck, deputy_aplerbeck):
    project = personas.make_project(deputy_aplerbeck)
    client.force_login(gf_aplerbeck)
    for name in ("projects:edit", "projects:delete"):
        assert f"Uhr von {FOR_GESA}" in text(client.get(reverse(name, args=[project.pk])))
    stale = client.post(reverse("projects:delete", args=[project.pk]), {"version": "0"})
    assert text(stale).count(f"Uhr von {FOR_GESA}") == 2


def test_who_saves_over_a_deputy_reads_for_whom_that_was(gf_aplerbeck, deputy_aplerbeck):
    project = personas.make_project(gf_aplerbeck)
    tab = Tab(gf_aplerbeck, project)
    Tab(deputy_aplerbeck, project).save(title="Der Name der Vertretung")
    page = tab.save(title="Ein anderer Name")
    assert page.status_code == 409
    assert f"von {FOR_GESA} (" in text(page)


def test_a_booking_says_who_made_it_for_whom(client, auditor, gf_aplerbeck, deputy_aplerbeck):
    project = personas.handed_in(deputy_aplerbeck)
    application, amount = personas.application(project), Decimal(2000)
    funding.approve(
        application, amount=amount, resolution=personas.resolution("APL", amount), actor=deputy_aplerbeck
    )
    client.force_login(auditor)
    page = text(client.get(personas.application(project).pot.get_absolute_url()))
    assert FOR_GESA in page
