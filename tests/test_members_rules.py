"""Who is who on a day: mandates, deputies, groups, accounts, resolutions."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.module_loading import import_string

from members.backends import Backend
from members.models import Body, District, Mandate, Resolution, User
from members.roles import permissions
from members.roles.permissions import Roles, acted_for
from members.services import save_resolution
from tests import personas

pytestmark = pytest.mark.django_db


def test_twelve_districts_each_on_its_own_tile():
    assert District.objects.count() == 12
    assert len(set(District.objects.values_list("column", "row"))) == 12
    assert set(District.objects.values_list("code", flat=True)) >= {"APL", "HOE", "LUE", "INN"}


@pytest.mark.parametrize(
    ("since", "until", "today"),
    [
        (-10, None, True),
        (0, None, True),
        (0, 0, True),
        (-10, 0, True),
        (-10, -1, False),
        (1, None, False),
        (1, 5, False),
    ],
)
def test_a_mandate_counts_from_its_first_to_its_last_day(nobody, since, until, today):
    day = timezone.localdate()
    Mandate.objects.create(
        person=nobody.person,
        district=personas.district("APL"),
        kind="managing_director",
        since=day + timedelta(days=since),
        until=None if until is None else day + timedelta(days=until),
    )
    roles = Roles(nobody)
    assert roles.directs(personas.district("APL").pk) is today
    assert bool(roles.districts) is today
    assert not roles.directs(personas.district("BRA").pk)
    assert not roles.directs(None)


def test_what_ended_yesterday_gives_no_right_today_but_did_then(former_gf):
    apl = personas.district("APL").pk
    assert not Roles(former_gf).directs(apl)
    assert Roles(former_gf, timezone.localdate() - timedelta(days=1)).directs(apl)


def test_a_mayor_holds_a_mandate_but_directs_nothing(nobody):
    Mandate.objects.create(
        person=nobody.person, district=personas.district("APL"), kind="district_mayor", since=personas.SINCE
    )
    roles = Roles(nobody)
    assert (len(roles.mandates), roles.districts, roles.title) == (1, [], "Bezirksbürgermeisteramt Aplerbeck")
    assert roles.mandate_for(personas.district("APL").pk) is None


def test_a_deputy_stands_in_for_the_director_of_that_day(gf_aplerbeck, former_gf, deputy_aplerbeck):
    apl = personas.district("APL").pk
    mandate = Roles(deputy_aplerbeck).mandate_for(apl)
    assert mandate.kind == "deputy"
    assert acted_for(mandate, timezone.localdate()).person == gf_aplerbeck.person
    Mandate.objects.filter(person=gf_aplerbeck.person).update(since=timezone.localdate())
    assert acted_for(mandate, timezone.localdate() - timedelta(days=1)).person == former_gf.person
    assert acted_for(Roles(gf_aplerbeck).mandate_for(apl), timezone.localdate()) is None


def test_a_director_who_is_deputy_elsewhere_acts_under_the_right_mandate(gf_aplerbeck):
    bra = personas.district("BRA")
    Mandate.objects.create(person=gf_aplerbeck.person, district=bra, kind="deputy", since=personas.SINCE)
    roles = Roles(gf_aplerbeck)
    assert roles.mandate_for(bra.pk).kind == "deputy"
    assert roles.mandate_for(personas.district("APL").pk).kind == "managing_director"
    assert roles.title == "Geschäftsführung Aplerbeck, Brackel"


def test_director_and_deputy_of_one_district_acts_as_director(gf_aplerbeck):
    apl = personas.district("APL")
    Mandate.objects.create(person=gf_aplerbeck.person, district=apl, kind="deputy", since=personas.SINCE)
    assert Roles(gf_aplerbeck).mandate_for(apl.pk).kind == "managing_director"
    assert len(Roles(gf_aplerbeck).districts) == 1


@pytest.mark.parametrize(
    ("name", "reads_all", "decides", "directs"),
    [
        ("gf_aplerbeck", False, False, True),
        ("deputy_aplerbeck", False, False, True),
        ("former_gf", False, False, False),
        ("wf1", True, True, False),
        ("wf_with_mandate", True, True, True),
        ("admin_verein", False, False, False),
        ("auditor", True, False, False),
        ("cash_auditor", True, False, False),
        ("board", True, False, False),
        ("superuser", True, False, False),
        ("nobody", False, False, False),
        ("visitor", False, False, False),
    ],
)
def test_roles_of_everybody(name, reads_all, decides, directs):
    roles = Roles(personas.ALL[name]())
    assert (roles.reads_all, roles.is_business_development, bool(roles.district_ids)) == (
        reads_all,
        decides,
        directs,
    )


@pytest.mark.parametrize("name", ["gf_aplerbeck", "wf1", "auditor", "cash_auditor", "superuser"])
def test_a_locked_account_has_no_role(name):
    user = personas.ALL[name]()
    user.is_active = False
    roles = Roles(user)
    assert not (roles.signed_in or roles.reads_all or roles.is_business_development or roles.district_ids)
    assert not roles.may_enter_admin


def test_roles_cost_one_question_for_groups_and_one_for_mandates(wf_with_mandate, django_assert_num_queries):
    roles = Roles(User.objects.get(pk=wf_with_mandate.pk))
    with django_assert_num_queries(2):
        for _ in range(3):
            assert roles.is_business_development
            assert roles.districts[0].name == "Aplerbeck"
            assert roles.title


def test_roles_know_the_groups_of_the_moment_they_are_made(wf1, nobody):
    assert Roles(wf1).group_names == {"Wirtschaftsförderung"}
    wf1.groups.clear()
    assert Roles(wf1).group_names == Roles(nobody).group_names == Roles(AnonymousUser()).group_names == set()


def test_a_session_ends_for_an_account_that_is_no_longer_active(wf1):
    """The class stands in every session."""
    assert import_string("members.backends.Backend")().get_user(wf1.pk) == wf1
    User.objects.filter(pk=wf1.pk).update(is_active=False)
    assert Backend().get_user(wf1.pk) is None


def test_nobody_changes_their_own_account_or_mandates(admin_verein, superuser, wf1, nobody):
    for actor in (admin_verein, superuser):
        assert not permissions.may_change_account(actor, actor)
        assert not permissions.may_change_mandate(actor, actor.person_id)
        assert permissions.may_change_account(actor, nobody)
        assert permissions.may_change_account(actor, None)
    assert not permissions.may_change_account(admin_verein, wf1)
    assert not permissions.may_change_account(admin_verein, superuser)
    assert permissions.may_change_account(superuser, wf1)


def test_only_a_superuser_puts_people_into_the_deciding_group(admin_verein, superuser):
    assert not permissions.may_assign_group(admin_verein, "Wirtschaftsförderung")
    assert permissions.may_assign_group(superuser, "Wirtschaftsförderung")
    assert permissions.may_assign_group(admin_verein, "Rechnungsprüfung")


def test_addresses_are_one_account_in_any_case(nobody):
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create(email=nobody.email.upper())
    assert User.objects.get_by_natural_key(nobody.email.upper()) == nobody


@pytest.mark.parametrize("model", [Mandate, Body])
def test_an_end_before_the_beginning_is_refused(nobody, model):
    dates = {"since": date(2020, 1, 2), "until": date(2020, 1, 1), "district": personas.district("APL")}
    own = (
        {"person": nobody.person, "kind": "deputy"}
        if model is Mandate
        else {"kind": "buergerforum", "name": "x"}
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        model.objects.create(**dates, **own)


def test_a_district_has_one_steering_body():
    personas.steering_body("APL")
    with pytest.raises(IntegrityError), transaction.atomic():
        Body.objects.create(kind=Body.Kind.STEERING, district=personas.district("APL"), name="Zweites")


@pytest.mark.parametrize(
    ("yes", "no", "abstained", "carried"),
    [(1, 0, 0, True), (5, 4, 9, True), (4, 4, 0, False), (0, 0, 3, False), (3, 4, 0, False)],
)
def test_a_simple_majority_of_yes_and_no(gf_aplerbeck, yes, no, abstained, carried):
    vote = Resolution(
        body=personas.steering_body("APL"),
        date=timezone.localdate(),
        votes_yes=yes,
        votes_no=no,
        votes_abstained=abstained,
        amount_cents=1200001,
    )
    resolution = save_resolution(vote, actor=gf_aplerbeck)
    assert (resolution.carried, resolution.amount) == (carried, Decimal("12000.01"))


def test_resolutions_nobody_took_are_refused(gf_aplerbeck):
    body, today = personas.steering_body("APL"), timezone.localdate()

    def vote(day: date, yes: int) -> Resolution:
        return Resolution(body=body, date=day, votes_yes=yes, votes_no=0, amount_cents=100)

    with pytest.raises(ValidationError, match="Zukunft"):
        save_resolution(vote(today + timedelta(days=1), 1), actor=gf_aplerbeck)
    with pytest.raises(ValidationError, match="Zukunft"):
        save_resolution(vote(date(2016, 2, 2), 1), actor=gf_aplerbeck, on=date(2016, 2, 1))
    with pytest.raises(ValidationError, match="Stimmen"):
        save_resolution(vote(today, 0), actor=gf_aplerbeck)
