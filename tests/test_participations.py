"""A further district is asked when there is something to agree to; it confirms, or declines with a reason."""

import re

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from funding import eligibility
from funding.errors import PlanIncomplete
from funding.services import submit
from members.roles.permissions import Roles
from projects import permissions, services
from projects.missing import missing
from projects.models import Participation, Project
from tests import personas
from tests.plans import change, costs

pytestmark = pytest.mark.django_db
REASON = "Unser Topf ist schon verplant."


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


def text(response):
    return response.content.decode().replace("\u00a0", " ")


def invited(**more):
    """Aplerbeck's draft that asks Brackel for 500 euro; not answered."""
    return personas.make_project(
        personas.gf_aplerbeck(), shares={"APL": "1000", "BRA": "500"}, confirmed=False, **more
    )


def decline(project, actor=None, reason=REASON, **more):
    services.decline_participation(
        project,
        district=personas.district("BRA"),
        reason=reason,
        actor=actor or personas.gf_brackel(),
        **more,
    )
    return Participation.objects.get(project=project)


def test_the_districts_own_director_declines_with_a_reason():
    row = decline(invited())
    assert (row.declined_on, row.declined_by) == (timezone.localdate(), personas.gf_brackel())
    assert row.decline_reason == REASON and row.confirmed_on is None and str(row) == "Brackel (abgesagt)"


def test_without_a_reason_nothing_is_declined():
    with pytest.raises(ValidationError, match="begründen"):
        decline(invited(), reason="  ")
    assert Participation.objects.get().declined_on is None


@pytest.mark.parametrize("name", ["gf_aplerbeck", "gf_hoerde", "wf1", "superuser", "nobody"])
def test_nobody_declines_for_another_district(name):
    project = invited()
    with pytest.raises(PermissionDenied):
        decline(project, actor=personas.ALL[name]())
    assert Participation.objects.get().declined_on is None


def test_the_plan_that_was_read_is_declined():
    project = invited()
    read = Project.objects.get(pk=project.pk).version
    change(project, personas.gf_aplerbeck(), costs=costs("1600"))
    with pytest.raises(services.StaleProject):
        decline(project, version=read)


def test_a_confirmed_district_does_not_decline_any_more():
    project = personas.make_project(personas.gf_aplerbeck(), shares={"APL": "1000", "BRA": "500"})
    with pytest.raises(PermissionDenied):
        decline(project)


def test_minds_change():
    project = invited()
    decline(project)
    services.confirm_participation(project, district=personas.district("BRA"), actor=personas.gf_brackel())
    row = Participation.objects.get()
    assert row.confirmed_on and row.declined_on is None and row.decline_reason == ""


def test_a_changed_share_asks_anew():
    project = invited()
    decline(project)
    shares = {personas.district("APL"): 1000, personas.district("BRA"): 400}
    change(project, personas.gf_aplerbeck(), shares=shares, costs=costs("1400"))
    assert Participation.objects.get().is_asked


def test_a_project_with_a_district_that_declined_is_not_handed_in():
    project = invited()
    personas.open_year()
    decline(project)
    project = Project.objects.get(pk=project.pk)
    assert missing(project)["further"].startswith(f"Brackel hat abgesagt („{REASON}“). ")
    with pytest.raises(PlanIncomplete):
        submit(project, actor=personas.gf_aplerbeck())
    shares = {personas.district("APL"): 1000}
    change(project, personas.gf_aplerbeck(), shares=shares, further_districts=[], costs=costs("1000"))
    submit(Project.objects.get(pk=project.pk), actor=personas.gf_aplerbeck())


def test_who_declined_makes_no_project_cross_district():
    project = personas.handed_in(
        personas.gf_aplerbeck(), pillar_2="6000", further=["BRA"], confirmed=False, special_importance=""
    )
    decline(project)
    (condition,) = eligibility.conditions(personas.application(project), first_signature=True)
    assert not condition.met and "Brackel hat die Beteiligung abgesagt" in condition.text


def test_the_database_keeps_day_person_and_reason_together():
    row = Participation.objects.get(project=invited())
    for values in (
        {"declined_on": timezone.localdate()},
        {"decline_reason": "nur so"},
        {"declined_on": timezone.localdate(), "declined_by": personas.gf_brackel()},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Participation.objects.filter(pk=row.pk).update(**values)


def test_whoever_is_asked_is_on_the_list_and_nobody_else():
    """``asked()`` for a list and ``is_asked`` for one row are the same rule."""
    invited()
    invited(title="")
    invited(summary="")
    invited(costs=[])
    decline(invited())
    personas.handed_in(personas.gf_aplerbeck(), pillar_2="3000", further=["BRA"], confirmed=False)
    personas.make_project(personas.gf_aplerbeck(), shares={}, costs=[], further=["BRA"], confirmed=False)
    confirmed = personas.make_project(personas.gf_aplerbeck(), shares={"BRA": "500"})
    ended = invited()
    Project.objects.filter(pk=ended.pk).update(state="rejected", number="2026-APL-099")
    rows = Participation.objects.select_related("project")
    asked = {p.pk for p in rows if p.is_asked}
    assert asked == set(Participation.objects.asked().values_list("pk", flat=True))
    assert len(rows) == 9 and len(asked) == 3 and confirmed.participations.get().pk not in asked


def test_an_empty_draft_asks_nobody():
    project = invited(title="", summary="")
    client = signed_in(personas.gf_brackel())
    assert "Beteiligung bestätigen" not in text(client.get("/"))
    assert "Beteiligung bestätigen" not in text(client.get(project.get_absolute_url()))
    row = Participation.objects.select_related("project").get()
    assert not permissions.may_confirm(Roles(personas.gf_brackel()), row)


class TestPage:
    def post(self, project, client=None, **data):
        return (client or signed_in(personas.gf_brackel())).post(
            reverse("projects:decline", args=[project.pk]),
            {
                "district": personas.district("BRA").pk,
                "version": Project.objects.get(pk=project.pk).version,
                "reason": REASON,
                **data,
            },
        )

    def test_declining_is_offered_and_both_sides_see_the_answer(self):
        project = invited()
        assert "Beteiligung absagen" in text(signed_in(personas.gf_brackel()).get(project.get_absolute_url()))
        assert self.post(project).status_code == 302
        brackel = text(signed_in(personas.gf_brackel()).get(project.get_absolute_url()))
        assert REASON in brackel and "Doch mitmachen" in brackel
        aplerbeck = signed_in(personas.gf_aplerbeck())
        assert REASON in text(aplerbeck.get(project.get_absolute_url()))
        assert "Brackel macht nicht mit" in text(aplerbeck.get("/"))
        assert REASON in text(aplerbeck.get(reverse("projects:edit", args=[project.pk]), {"pruefen": "1"}))

    @pytest.mark.parametrize("reason", ["", "  ", "x" * 1001])
    def test_a_bad_reason_gets_a_sentence_and_is_kept(self, reason):
        project = invited()
        page = self.post(project, reason=reason)
        assert page.status_code == 422 and 'class="invalid-feedback"' in text(page)
        assert reason in text(page)
        assert Participation.objects.get().declined_on is None

    def test_a_plan_changed_meanwhile_is_read_again(self):
        project = invited()
        page = self.post(project, version="1")
        assert page.status_code == 409 and REASON in text(page) and "wurde geändert" in text(page)

    def test_twice_and_after_confirming_it_says_what_stands(self):
        project = invited()
        client = signed_in(personas.gf_brackel())
        self.post(project, client)
        again = self.post(project, client)
        assert "abgesagt" in str(list(client.get(again.url).context["messages"])[-1])

    def test_foreign_ids(self):
        project = invited()
        hoerde = personas.district("HOE").pk
        assert self.post(project, district=hoerde).status_code == 404
        assert self.post(project, district="x").status_code == 404
        assert self.post(project, signed_in(personas.gf_aplerbeck())).status_code == 403
        assert self.post(project, signed_in(personas.gf_hoerde())).status_code == 404

    def test_the_reason_survives_the_end_of_the_session(self):
        project = invited()
        client = signed_in(personas.gf_brackel())
        form = text(client.get(project.get_absolute_url())).split("/absagen/")[1]
        mark = re.findall(r'name="typed_by" value="([^"]+)"', form)[0]
        client.logout()
        client.get("/")
        refused = self.post(project, client, typed_by=mark, reason="Leider kein Geld mehr.")
        assert refused.status_code == 302
        client.force_login(personas.gf_brackel())
        assert "Leider kein Geld mehr." in text(client.get(project.get_absolute_url()))
        assert Participation.objects.get().declined_on is None
