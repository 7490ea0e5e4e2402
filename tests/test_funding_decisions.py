"""Signing, approving, rejecting: who, how much, with which resolution, in which year."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import Group
from django.db import IntegrityError, transaction
from django.utils import timezone

from funding import eligibility, services
from funding.errors import (
    ConflictOfInterest,
    FundingError,
    NotEligible,
    PotExhausted,
    TransitionNotAllowed,
    YearNotOpen,
)
from funding.ledger import differences
from funding.models import Application, Decision, FiscalYear, FundingModel, LedgerEntry, Pot, Step
from members.models import Body, Mandate, User
from members.roles import groups
from members.roles.permissions import Roles
from projects import services as projects
from projects.models import Project, ProjectChange
from tests import called, personas
from tests.plans import change, costs
from tests.tampering import lift_guards

pytestmark = pytest.mark.django_db

BELOW, LIMIT = Decimal("4999.99"), Decimal("5000.00")


def state() -> tuple:
    """Everything a refused step must leave alone."""
    return (
        list(Application.objects.order_by("pk").values()),
        list(Pot.objects.order_by("pk").values()),
        list(Project.objects.order_by("pk").values()),
        Decision.objects.count(),
        LedgerEntry.objects.count(),
    )


def refused(error, act, match: str | None = None) -> FundingError:
    before = state()
    with pytest.raises(error, match=match) as refusal:
        act()
    assert state() == before
    assert type(refusal.value) is error
    return refusal.value


def central(amount: Decimal | str = LIMIT, **project) -> Application:
    return personas.application(
        personas.handed_in(personas.gf_aplerbeck(), pillar_2=str(amount), **project), "S2"
    )


def to_wf(user: User) -> User:
    user.groups.add(Group.objects.get(name=groups.BUSINESS_DEVELOPMENT))
    return user


# Thresholds


def test_below_the_limit_one_signature_is_enough(wf1):
    application = central(BELOW)
    refused(
        TransitionNotAllowed,
        lambda: services.sign(application, amount=BELOW, actor=wf1),
        "genügt eine Unterschrift",
    )
    approved = services.approve(application, amount=BELOW, actor=wf1, financing="gap")
    assert (approved.state, approved.granted, approved.financing) == ("approved", BELOW, "gap")
    assert (approved.first_signer, approved.second_signer) == (wf1, None)
    assert personas.pot("S2").committed == BELOW


def test_from_the_limit_on_two_people_sign(wf1, wf2):
    application = central(LIMIT)
    refused(
        TransitionNotAllowed,
        lambda: services.approve(application, amount=LIMIT, actor=wf1),
        "5.000,00.*zwei Unterschriften",
    )
    signed = services.sign(application, amount=LIMIT, actor=wf1, financing="share")
    assert (signed.state, signed.reserved, signed.granted) == ("reserved", LIMIT, None)
    pot = personas.pot("S2")
    assert (pot.reserved, pot.committed, pot.available) == (LIMIT, 0, 75000)
    refused(
        ConflictOfInterest,
        lambda: services.approve(application, amount=LIMIT, actor=wf1),
        "schon die erste Unterschrift",
    )
    approved = services.approve(application, amount=LIMIT, actor=wf2)
    assert (approved.first_signer, approved.second_signer, approved.reserved) == (wf1, wf2, 0)
    pot.refresh_from_db()
    assert (pot.reserved, pot.committed, pot.available) == (0, LIMIT, 75000)
    assert [d.step for d in approved.decisions.all()] == ["submit", "sign", "approve"]
    assert list(differences()) == []


def test_a_partial_grant_below_the_limit_needs_one_signature(wf1):
    services.approve(central("9000"), amount=BELOW, actor=wf1, reason="Mehr ist nicht angemessen.")
    assert personas.pot("S2").committed == BELOW


def test_the_limit_counts_pillar_2_and_special_pots_together(wf1, wf2):
    personas.open_year()
    year = personas.this_year()
    services.open_pot(year, code="SPK", source="Sparkasse", amount=Decimal(9000), actor=wf1)
    project = personas.handed_in(
        personas.gf_aplerbeck(), shares={"APL": "3000"}, pillar_2="2000", special={"SPK": "3000"}
    )
    own, pool, special = (personas.application(project, code) for code in ("S1-APL", "S2", "SPK"))
    personas.approve(own)  # pillar 1 does not count
    services.approve(pool, amount=Decimal(2000), actor=wf1)
    assert services.needs_second_signature(special, Decimal(3000))
    assert not services.needs_second_signature(special, Decimal("2999.99"))
    refused(TransitionNotAllowed, lambda: services.approve(special, amount=Decimal(3000), actor=wf1))
    services.sign(special, amount=Decimal(3000), actor=wf1)
    services.approve(special, amount=Decimal(3000), actor=wf2)
    project.refresh_from_db()
    assert (project.state, project.granted_total) == ("approved", 8000)


def test_reserved_money_of_the_same_project_counts_too(wf1):
    personas.open_year()
    services.open_pot(personas.this_year(), code="SPK", source="Sparkasse", amount=Decimal(9000), actor=wf1)
    project = personas.handed_in(personas.gf_aplerbeck(), pillar_2="5000", special={"SPK": "1"})
    services.sign(personas.application(project, "S2"), amount=Decimal(5000), actor=wf1)
    special = personas.application(project, "SPK")
    refused(TransitionNotAllowed, lambda: services.approve(special, amount=Decimal(1), actor=wf1))


@pytest.mark.parametrize("trick", ["revoke", "pay and revoke", "reduce", "second pot after reduce"])
def test_nobody_alone_grants_a_project_more_than_the_limit_in_steps(gf_aplerbeck, wf1, trick):
    """One person approves below the limit, corrects, and tries again: never more than 4,999.99 is out."""
    personas.open_year()
    services.open_pot(personas.this_year(), code="SPK", source="Sparkasse", amount=Decimal(9000), actor=wf1)
    project = personas.handed_in(gf_aplerbeck, pillar_2="4999.99", special={"SPK": "4999.99"})
    pool, special = personas.application(project, "S2"), personas.application(project, "SPK")
    services.approve(pool, amount=BELOW, actor=wf1)
    refused(TransitionNotAllowed, lambda: services.approve(special, amount=BELOW, actor=wf1))
    if trick == "revoke":
        services.revoke(pool, reason="Irrtum", actor=wf1)
        services.approve(special, amount=BELOW, actor=wf1)
    elif trick == "pay and revoke":
        services.withdraw(special, actor=gf_aplerbeck)
        change(project, gf_aplerbeck, special={}, costs=costs("4999.99"))
        called.pay(pool, amount=BELOW, actor=wf1)
        services.revoke(pool, reason="Noch einmal", actor=wf1)
        (pool,) = services.submit(project, actor=gf_aplerbeck)
        refused(TransitionNotAllowed, lambda: services.approve(pool, amount=BELOW, actor=wf1))
    else:
        services.reduce(pool, to=Decimal(1000), reason="Weniger", actor=wf1)
        refused(TransitionNotAllowed, lambda: services.approve(special, amount=BELOW, actor=wf1))
        if trick == "reduce":
            refused(TransitionNotAllowed, lambda: services.approve(pool, amount=BELOW, actor=wf1))
        else:
            services.approve(special, amount=Decimal("3999.99"), actor=wf1, reason="Rest")
    assert sum(p.committed for p in Pot.objects.filter(kind__in=Pot.CENTRAL)) <= BELOW


def test_the_second_signature_lowers_but_never_raises(wf1, wf2):
    application = central("9000")
    services.sign(application, amount=Decimal(6000), actor=wf1, reason="Angemessen.")
    refused(
        TransitionNotAllowed,
        lambda: services.approve(application, amount=Decimal("6000.01"), actor=wf2, reason="Mehr."),
        "senken, nicht erhöhen",
    )
    refused(TransitionNotAllowed, lambda: services.approve(application, amount=Decimal(6000), actor=wf2))
    services.approve(application, amount=Decimal(5500), actor=wf2, reason="Noch weniger.")
    pot = personas.pot("S2")
    assert (pot.reserved, pot.committed) == (0, 5500)
    kinds = LedgerEntry.objects.filter(application=application).values_list("kind", "amount")
    assert list(kinds) == [("reserve", 6000), ("unreserve", 6000), ("commit", 5500)]


def test_without_a_limit_in_the_model_one_signature_is_always_enough(wf1):
    FundingModel.objects.filter(first_year=2016).update(second_signature_from=None)
    services.approve(central("60000"), amount=Decimal(60000), actor=wf1)


def test_a_second_signature_by_the_first_is_refused_by_the_database(wf1):
    application = central()
    services.sign(application, amount=LIMIT, actor=wf1)
    for values in ({"second_signer": wf1}, {"first_signer": None, "second_signer": wf1}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Application.objects.filter(pk=application.pk).update(**values)


# The pot


def test_two_approvals_of_6000_with_9000_left(wf1, wf2):
    personas.open_year()
    services.open_pot(personas.this_year(), code="SPK", source="Sparkasse", amount=Decimal(9000), actor=wf1)
    first, second = (
        personas.application(personas.handed_in(personas.gf_aplerbeck(), special={"SPK": "6000"}))
        for _ in range(2)
    )
    personas.approve(first)
    refusal = refused(
        PotExhausted,
        lambda: services.sign(second, amount=Decimal(6000), actor=wf1),
        "3.000,00\u00a0€ sind noch frei",
    )
    assert (refusal.available, refusal.asked) == (Decimal("3000.00"), Decimal("6000.00"))
    services.approve(second, amount=refusal.available, actor=wf2, reason="Mehr ist nicht da.")
    assert personas.pot("SPK").available == 0
    third = personas.application(personas.handed_in(personas.gf_aplerbeck(), special={"SPK": "0.01"}))
    refusal = refused(PotExhausted, lambda: personas.approve(third), "Der Topf ist leer")
    assert refusal.available == 0


def test_the_last_cent_can_be_granted_in_every_pot():
    """Floating point would refuse it in a fifth of the pots."""
    for code in ("APL", "BRA", "HOE"):
        director = personas.director(code)
        for amount in ("0.10", "0.20", "3999.70", "7999.99"):
            personas.approved(director, shares={code: amount})
        personas.approved(director, shares={code: "0.01"})
        assert personas.pot(f"S1-{code}").available == 0
    assert list(differences()) == []


def test_a_reservation_is_free_for_its_own_application_only(wf1, wf2):
    first, second = central("80000"), central("5000")
    services.sign(first, amount=Decimal(80000), actor=wf1)
    refusal = refused(PotExhausted, lambda: services.sign(second, amount=LIMIT, actor=wf1))
    assert refusal.available == 0
    services.approve(first, amount=Decimal(80000), actor=wf2)


@pytest.mark.parametrize(
    "amount", ["0", "-0.00", "-1", "0.001", "1000000000", "NaN", "Infinity", "1000.01", "1E+5"]
)
def test_amounts_no_service_takes(wf1, amount):
    own = personas.application(personas.handed_in(personas.gf_aplerbeck(), shares={"APL": "1000"}))
    pool = central("1000")
    resolution = personas.resolution("APL", "5000")
    for act in (
        lambda: services.approve(
            own, amount=Decimal(amount), actor=personas.gf_aplerbeck(), resolution=resolution, reason="x"
        ),
        lambda: services.approve(pool, amount=Decimal(amount), actor=wf1, reason="x"),
        lambda: services.sign(pool, amount=Decimal(amount), actor=wf1, reason="x"),
    ):
        refused(TransitionNotAllowed, act)


def test_less_than_asked_needs_a_reason(wf1):
    pool = central("9000")
    for reason in ("", "  ", "\u00a0"):
        refused(
            TransitionNotAllowed,
            lambda reason=reason: services.approve(pool, amount=Decimal(100), actor=wf1, reason=reason),
            "weniger als beantragt",
        )
        refused(
            TransitionNotAllowed,
            lambda reason=reason: services.sign(pool, amount=Decimal(8000), actor=wf1, reason=reason),
        )
        refused(
            TransitionNotAllowed,
            lambda reason=reason: services.reject(pool, reason=reason, actor=wf1),
            "Begründung",
        )
    own = personas.application(personas.handed_in(personas.gf_aplerbeck(), shares={"APL": "1000"}))
    refused(
        TransitionNotAllowed,
        lambda: services.approve(
            own,
            amount=Decimal(999),
            actor=personas.gf_aplerbeck(),
            resolution=personas.resolution("APL", 999),
        ),
    )


# Years


@pytest.mark.parametrize("year_state", ["planned", "closed"])
def test_money_moves_in_an_open_year_alone(gf_aplerbeck, wf1, wf2, year_state):
    project = personas.handed_in(gf_aplerbeck, shares={"APL": "10"}, pillar_2="6000")
    granted = personas.application(personas.approved(gf_aplerbeck, pillar_2="100"))
    signed = central("7000")
    services.sign(signed, amount=Decimal(7000), actor=wf1)
    own, pool = personas.application(project, "S1-APL"), personas.application(project, "S2")
    resolution = personas.resolution("APL", "10")
    lift_guards()
    FiscalYear.objects.update(state=year_state)
    for act in (
        lambda: services.sign(pool, amount=Decimal(6000), actor=wf1),
        lambda: services.approve(pool, amount=Decimal(100), actor=wf1, reason="x"),
        lambda: services.approve(signed, amount=Decimal(7000), actor=wf2),
        lambda: services.approve(own, amount=Decimal(10), actor=gf_aplerbeck, resolution=resolution),
        lambda: services.reject(pool, reason="Nein", actor=wf1),
        lambda: services.reduce(granted, to=Decimal(1), reason="x", actor=wf1),
        lambda: services.revoke(granted, reason="x", actor=wf1),
        lambda: called.pay(granted, amount=Decimal(1), actor=wf1),
        # Leaving "reserved" would book as well.
        lambda: services.return_to_applicant(signed, reason="x", actor=wf1),
        lambda: services.withdraw(signed, actor=gf_aplerbeck),
    ):
        refused(YearNotOpen, act, "Haushaltsjahr .* ist (geplant|abgeschlossen)")
    # Once the year is closed these are a question of what was paid.
    for act in (
        lambda: services.repay(granted, amount=Decimal(1), actor=wf1),
        lambda: services.settle(granted, actor=wf1),
    ):
        refused(YearNotOpen if year_state == "planned" else TransitionNotAllowed, act)
    services.return_to_applicant(pool, reason="Books nothing", actor=wf1)
    services.withdraw(own, actor=gf_aplerbeck)


def test_a_planned_year_takes_applications_and_decides_after_opening(gf_aplerbeck, wf1):
    year = personas.this_year()
    services.plan_year(year, actor=wf1)
    project = personas.make_project(gf_aplerbeck, pillar_2="1000")
    (application,) = services.submit(project, actor=gf_aplerbeck)
    refused(YearNotOpen, lambda: services.approve(application, amount=Decimal(1000), actor=wf1), "geplant")
    services.return_to_applicant(application, reason="Bitte ergänzen.", actor=wf1)
    services.submit(project, actor=gf_aplerbeck)
    services.open_year(year, actor=wf1)
    assert services.approve(application, amount=Decimal(1000), actor=wf1).state == "approved"


# Four eyes


def test_creator_editor_submitter_and_mandate_holder_do_not_decide(gf_aplerbeck, deputy_aplerbeck, wf1):
    """Each worked on it under a mandate that ended; each is staff and a superuser today."""
    personas.open_year()
    creator, editor, submitter = personas.gf_hoerde(), deputy_aplerbeck, gf_aplerbeck
    Mandate.objects.filter(person=creator.person).update(district=personas.district("APL"))
    project = personas.make_project(creator, pillar_2="9000", further=["BRA"])
    change(project, editor, fields={"title": "Anderer Titel"})
    services.submit(project, actor=submitter)
    application = personas.application(project)
    yesterday = timezone.localdate() - timedelta(days=1)
    Mandate.objects.filter(person__in=[u.person for u in (creator, editor, submitter)]).update(
        until=yesterday
    )
    confirmer = personas.gf_brackel()
    Mandate.objects.filter(person=confirmer.person).update(until=yesterday)
    for user in (creator, editor, submitter, confirmer):
        to_wf(user)
        user.is_superuser = True
        user.save()
        for act in (
            lambda user=user: services.sign(application, amount=Decimal(9000), actor=user),
            lambda user=user: services.approve(application, amount=Decimal(10), actor=user, reason="x"),
            lambda user=user: services.reject(application, reason="Nein", actor=user),
        ):
            refused(ConflictOfInterest, act, "mitgewirkt")
        offered = personas.permitted(Roles(user), application)
        assert not offered & {Step.SIGN, Step.APPROVE, Step.REJECT}
    services.sign(application, amount=Decimal(9000), actor=wf1)


@pytest.mark.parametrize("kind", list(Mandate.Kind))
@pytest.mark.parametrize("code", ["APL", "BRA"])
def test_a_mandate_of_any_kind_in_a_taking_part_district_blinds(wf1, kind, code):
    project = personas.handed_in(personas.gf_aplerbeck(), pillar_2="9000", further=["BRA"])
    application = personas.application(project)
    mandate = Mandate.objects.create(
        person=wf1.person, district=personas.district(code), kind=kind, since=personas.SINCE
    )
    for act in (
        lambda: services.sign(application, amount=Decimal(9000), actor=wf1),
        lambda: services.approve(application, amount=Decimal(10), actor=wf1, reason="x"),
        lambda: services.reject(application, reason="Nein", actor=wf1),
    ):
        refused(ConflictOfInterest, act, "Mandat")
    # It ended yesterday: today it neither gives a right nor takes one.
    mandate.until = timezone.localdate() - timedelta(days=1)
    mandate.save()
    services.sign(application, amount=Decimal(9000), actor=wf1)


def test_a_share_makes_a_district_take_part_also_when_added_after_the_first_decision(gf_aplerbeck, wf1):
    """A share entered after a question counts for four eyes, and its director sees it."""
    project = personas.handed_in(gf_aplerbeck, shares={"APL": "1000"}, pillar_2="3000")
    personas.approve(personas.application(project, "S1-APL"))
    services.return_to_applicant(personas.application(project, "S2"), reason="Wer noch?", actor=wf1)
    change(
        project,
        gf_aplerbeck,
        shares={personas.district("APL"): Decimal(1000), personas.district("EVI"): Decimal(500)},
        costs=costs("4500"),
    )
    assert project.participations.get().district.code == "EVI"
    services.submit(project, actor=gf_aplerbeck)
    Mandate.objects.create(
        person=wf1.person, district=personas.district("EVI"), kind="deputy", since=personas.SINCE
    )
    pool = personas.application(project, "S2")
    refused(ConflictOfInterest, lambda: services.approve(pool, amount=Decimal(3000), actor=wf1))


def test_who_carried_out_a_share_of_the_project_does_not_decide_on_the_rest(gf_aplerbeck, gf_brackel):
    project = personas.handed_in(gf_aplerbeck, shares={"APL": "10", "BRA": "10"}, pillar_2="3000")
    project.participations.update(confirmed_on=None, confirmed_by=None)
    personas.approve(personas.application(project, "S1-BRA"))
    Mandate.objects.filter(person=gf_brackel.person).update(until=timezone.localdate() - timedelta(days=1))
    to_wf(gf_brackel)
    pool = personas.application(project, "S2")
    refused(ConflictOfInterest, lambda: services.approve(pool, amount=Decimal(3000), actor=gf_brackel))


@pytest.mark.parametrize("declined", [False, True])
def test_the_resolution_on_its_share_confirms_that_a_district_takes_part(gf_aplerbeck, gf_brackel, declined):
    """Granted money and "not confirmed yet" would contradict each other, and pillar 2 would wait for a click."""
    project = personas.handed_in(
        gf_aplerbeck, shares={"APL": "10", "BRA": "10"}, pillar_2="3000", further=["BRA"], confirmed=False
    )
    if declined:
        projects.decline_participation(
            project, district=personas.district("BRA"), reason="Zu früh.", actor=gf_brackel
        )
    pool = personas.application(project, "S2")
    assert not eligibility.conditions(pool)[0].met
    personas.approve(personas.application(project, "S1-APL"))
    assert project.participations.get().confirmed_on is None  # the lead district speaks for itself alone
    personas.approve(personas.application(project, "S1-BRA"))
    answer = project.participations.get()
    assert (answer.confirmed_on, answer.confirmed_by) == (timezone.localdate(), gf_brackel)
    assert answer.declined_on is None
    assert eligibility.conditions(personas.application(project, "S2"))[0].met
    assert project.changes.filter(what=ProjectChange.What.CONFIRMED, actor=gf_brackel).count() == 1


def test_a_share_without_majority_confirms_nothing(gf_aplerbeck, gf_brackel):
    project = personas.handed_in(gf_aplerbeck, shares={"APL": "10", "BRA": "10"})
    project.participations.update(confirmed_on=None, confirmed_by=None)
    against = personas.resolution("BRA", "10", yes=1, no=4)
    services.approve(
        personas.application(project, "S1-BRA"), amount=Decimal(10), resolution=against, actor=gf_brackel
    )
    assert project.participations.get().confirmed_on is None


@pytest.mark.parametrize("how", ["editor", "mandate"])
def test_a_first_signature_lapses_when_its_signer_starts_to_work_for_the_project(gf_aplerbeck, wf1, wf2, how):
    project = personas.handed_in(gf_aplerbeck, shares={"APL": "1000"}, pillar_2="9000")
    pool = personas.application(project, "S2")
    services.sign(pool, amount=Decimal(9000), actor=wf1)
    yesterday = timezone.localdate() - timedelta(days=1)
    mandate = Mandate.objects.create(
        person=wf1.person, district=personas.district("APL"), kind="deputy", since=yesterday
    )
    if how == "editor":
        services.return_to_applicant(personas.application(project, "S1-APL"), reason="x", actor=gf_aplerbeck)
        change(project, wf1, fields={"aims": "Meine Ziele"})
        Mandate.objects.filter(pk=mandate.pk).update(until=yesterday)
        services.submit(project, actor=gf_aplerbeck)
    refused(
        ConflictOfInterest, lambda: services.approve(pool, amount=Decimal(9000), actor=wf2), "gilt nicht mehr"
    )
    services.return_to_applicant(pool, reason="Bitte neu.", actor=wf2)
    assert personas.pot("S2").available == 80000


def test_returning_and_editing_does_not_wash_the_hands(gf_aplerbeck, wf_with_mandate, wf1):
    """Deputy and staff at once: neither before nor after the deputyship ends."""
    project = personas.handed_in(gf_aplerbeck, pillar_2="3000")
    pool = personas.application(project)
    refused(ConflictOfInterest, lambda: services.approve(pool, amount=Decimal(3000), actor=wf_with_mandate))
    refused(
        ConflictOfInterest,
        lambda: services.return_to_applicant(pool, reason="Frage", actor=wf_with_mandate),
    )
    services.return_to_applicant(pool, reason="Frage", actor=wf1)
    change(project, wf_with_mandate, fields={"title": "Neu"})
    services.submit(project, actor=gf_aplerbeck)
    over = timezone.localdate() - timedelta(days=1)
    Mandate.objects.filter(person=wf_with_mandate.person).update(until=over)
    refused(ConflictOfInterest, lambda: services.approve(pool, amount=Decimal(3000), actor=wf_with_mandate))
    services.approve(pool, amount=Decimal(3000), actor=wf1)


@pytest.mark.parametrize(
    "name",
    ["gf_aplerbeck", "gf_brackel", "admin_verein", "auditor", "board", "superuser", "nobody", "visitor"],
)
def test_nobody_but_staff_decides_on_central_money(name):
    application = central("9000")
    actor = personas.ALL[name]()
    for act in (
        lambda: services.sign(application, amount=Decimal(9000), actor=actor),
        lambda: services.approve(application, amount=Decimal(10), actor=actor, reason="x"),
        lambda: services.reject(application, reason="Nein", actor=actor),
        lambda: services.return_to_applicant(application, reason="Frage", actor=actor),
    ):
        refused(TransitionNotAllowed, act, "Wirtschaftsförderung")
    granted = personas.application(personas.approved(personas.gf_brackel(), pillar_2="100"))
    for act in (
        lambda: services.reduce(granted, to=Decimal(1), reason="x", actor=actor),
        lambda: services.revoke(granted, reason="x", actor=actor),
        lambda: called.pay(granted, amount=Decimal(1), actor=actor),
        lambda: services.repay(granted, amount=Decimal(1), actor=actor),
        lambda: services.settle(granted, actor=actor),
    ):
        refused(TransitionNotAllowed, act, "Wirtschaftsförderung")


def test_who_left_the_group_or_was_locked_out_decides_no_more(wf1, wf2):
    application = central("100")
    wf1.groups.clear()
    refused(TransitionNotAllowed, lambda: services.approve(application, amount=Decimal(100), actor=wf1))
    wf2.is_active = False
    wf2.save()
    refused(TransitionNotAllowed, lambda: services.approve(application, amount=Decimal(100), actor=wf2))


# Pillar 1


def own(amount: str = "1000", **project) -> Application:
    made = personas.handed_in(personas.gf_aplerbeck(), shares={"APL": amount}, **project)
    return personas.application(made, "S1-APL")


def test_pillar_1_is_carried_out_by_its_director_with_a_resolution(gf_aplerbeck):
    application, resolution = own(), personas.resolution("APL", "1000")
    approved = services.approve(application, amount=Decimal(1000), actor=gf_aplerbeck, resolution=resolution)
    assert approved.state == "approved"
    decision = approved.decisions.last()
    assert (decision.resolution, decision.amount, decision.step) == (resolution, 1000, "approve")
    assert decision.mandate.person == gf_aplerbeck.person
    project = Project.objects.get()
    assert (project.state, project.published_on) == ("approved", timezone.localdate())
    assert personas.pot("S1-APL").committed == 1000


def test_the_deputy_carries_out_in_stead_of_the_director(gf_aplerbeck, deputy_aplerbeck):
    approved = services.approve(
        own(), amount=Decimal(1000), actor=deputy_aplerbeck, resolution=personas.resolution("APL", "1000")
    )
    decision = approved.decisions.last()
    assert decision.mandate.kind == "deputy"
    assert decision.in_stead_of.person == gf_aplerbeck.person


@pytest.mark.parametrize(
    ("resolution", "error", "match"),
    [
        (lambda: None, NotEligible, "Beschluss des Lenkungsgremiums"),
        (lambda: personas.resolution("BRA", "1000"), NotEligible, "Lenkungsgremium von Aplerbeck"),
        (lambda: personas.resolution("APL", "999.99"), TransitionNotAllowed, "Beschlossen sind 999,99"),
        (lambda: _resolution_of(Body.Kind.FORUM), NotEligible, "Lenkungsgremium"),
        (lambda: _resolution_tomorrow(), NotEligible, "nach dem Tag"),
        (lambda: _used_resolution(), NotEligible, "andere Entscheidung"),
    ],
)
def test_resolutions_that_carry_nothing(gf_aplerbeck, resolution, error, match):
    application, given = own(), resolution()
    refused(
        error,
        lambda: services.approve(application, amount=Decimal(1000), actor=gf_aplerbeck, resolution=given),
        match,
    )


def _resolution_of(kind: str):
    resolution = personas.resolution("APL", "1000")
    resolution.body = Body.objects.create(kind=kind, district=personas.district("APL"), name="Forum")
    resolution.save()
    return resolution


def _resolution_tomorrow():
    resolution = personas.resolution("APL", "1000")
    resolution.date = timezone.localdate() + timedelta(days=1)
    resolution.save()
    return resolution


def _used_resolution():
    resolution = personas.resolution("APL", "1000")
    services.approve(own("500"), amount=Decimal(500), actor=personas.gf_aplerbeck(), resolution=resolution)
    return resolution


def test_a_resolution_after_the_value_date_carries_nothing(gf_aplerbeck):
    """Judged on the day of the decision, also in the past."""
    application = personas.application(
        personas.handed_in(gf_aplerbeck, year=2016, on=date(2016, 3, 1)), "S1-APL"
    )
    resolution = personas.resolution("APL", "2000", on=date(2016, 4, 2))
    refused(
        NotEligible,
        lambda: services.approve(
            application, amount=Decimal(2000), actor=gf_aplerbeck, resolution=resolution, on=date(2016, 4, 1)
        ),
    )
    services.approve(
        application, amount=Decimal(2000), actor=gf_aplerbeck, resolution=resolution, on=date(2016, 4, 2)
    )


@pytest.mark.parametrize(("yes", "no"), [(3, 3), (2, 5), (0, 9)])
def test_without_a_majority_it_is_a_rejection(gf_aplerbeck, yes, no):
    application, resolution = own(), personas.resolution("APL", "1000", yes, no)
    rejected = services.approve(application, amount=Decimal(1000), actor=gf_aplerbeck, resolution=resolution)
    assert (rejected.state, rejected.granted) == ("rejected", None)
    decision = rejected.decisions.last()
    assert (decision.step, decision.resolution) == ("reject", resolution)
    assert f"{yes} Ja, {no} Nein" in decision.reason
    row = rejected.project.financing_items.get()
    assert (row.granted, row.locked) == (0, False)
    assert personas.pot("S1-APL").available == 12000
    assert Project.objects.get().state == "rejected"
    # A rejection can be followed by a new application, with a new resolution.
    (again,) = services.submit(rejected.project, actor=gf_aplerbeck)
    refused(
        NotEligible,
        lambda: services.approve(again, amount=Decimal(1000), actor=gf_aplerbeck, resolution=resolution),
    )
    personas.approve(again)


def test_a_majority_is_more_yes_than_no():
    assert personas.resolution("APL", "1", 1, 0).carried
    assert not personas.resolution("APL", "1", 1, 1).carried


@pytest.mark.parametrize(
    "name", ["gf_brackel", "former_gf", "wf1", "superuser", "auditor", "nobody", "visitor"]
)
def test_only_the_pots_own_director_carries_out(name):
    application, resolution = own(), personas.resolution("APL", "1000")
    actor = personas.ALL[name]()
    refused(
        TransitionNotAllowed,
        lambda: services.approve(application, amount=Decimal(1000), actor=actor, resolution=resolution),
        "nur die Geschäftsführung",
    )


def test_a_district_mayor_directs_nothing(nobody):
    Mandate.objects.create(
        person=nobody.person, district=personas.district("APL"), kind="district_mayor", since=personas.SINCE
    )
    application, resolution = own(), personas.resolution("APL", "1000")
    refused(
        TransitionNotAllowed,
        lambda: services.approve(application, amount=Decimal(1000), actor=nobody, resolution=resolution),
    )


def test_the_mandate_counts_on_the_value_date(former_gf, gf_aplerbeck):
    yesterday = timezone.localdate() - timedelta(days=1)
    application = own()
    resolution = personas.resolution("APL", "1000", on=yesterday)

    def act(on):
        return services.approve(
            application, amount=Decimal(1000), actor=former_gf, resolution=resolution, on=on
        )

    refused(TransitionNotAllowed, lambda: act(None))
    approved = act(yesterday)
    assert (approved.decided_on, approved.entries.get().value_date) == (yesterday, yesterday)


def test_staff_neither_signs_nor_rejects_pillar_1(wf1):
    application = own()
    for act in (
        lambda: services.sign(application, amount=Decimal(1000), actor=wf1),
        lambda: services.reject(application, reason="Nein", actor=wf1),
    ):
        refused(NotEligible, act, "Lenkungsgremium")


def test_each_district_of_a_joint_project_decides_on_its_own_share(gf_aplerbeck, gf_brackel):
    project = personas.handed_in(gf_aplerbeck, shares={"APL": "1000", "BRA": "700"})
    share = personas.application(project, "S1-BRA")
    for body in ("APL", "BRA"):
        resolution = personas.resolution(body, "700")
        refused(
            TransitionNotAllowed,
            lambda resolution=resolution: services.approve(
                share, amount=Decimal(700), actor=gf_aplerbeck, resolution=resolution
            ),
            "Brackel",
        )
    resolution = personas.resolution("APL", "700")
    refused(
        NotEligible,
        lambda: services.approve(share, amount=Decimal(700), actor=gf_brackel, resolution=resolution),
    )
    personas.approve(share)
    pots = [personas.pot(f"S1-{code}").committed for code in ("APL", "BRA")]
    assert pots == [0, 700]


# Pillar 2 eligibility


def test_unconfirmed_districts_do_not_make_it_cross_district(gf_aplerbeck, gf_brackel, wf1):
    project = personas.handed_in(gf_aplerbeck, pillar_2="6000", further=["BRA", "HOE"], confirmed=False)
    application = personas.application(project)
    for act in (
        lambda: services.sign(application, amount=Decimal(6000), actor=wf1),
        lambda: services.approve(application, amount=Decimal(10), actor=wf1, reason="x"),
    ):
        refused(NotEligible, act, "Brackel und Hörde fehlt")
    projects.confirm_participation(project, district=personas.district("BRA"), actor=gf_brackel)
    services.sign(application, amount=Decimal(6000), actor=wf1)


def test_neither_district_nor_importance_is_not_eligible(gf_aplerbeck, wf1):
    application = central("100")
    Project.objects.update(special_importance=" \n ")
    refused(NotEligible, lambda: services.approve(application, amount=Decimal(100), actor=wf1), "Weder")


def test_special_pots_ask_for_no_second_district(gf_aplerbeck, wf1):
    personas.open_year()
    services.open_pot(personas.this_year(), code="SPK", source="Sparkasse", amount=Decimal(500), actor=wf1)
    application = personas.application(personas.handed_in(gf_aplerbeck, special={"SPK": "500"}))
    assert application.project.special_importance == ""
    assert services.approve(application, amount=Decimal(500), actor=wf1).state == "approved"


@pytest.fixture
def jury_model():
    FundingModel.objects.filter(first_year=2016).update(pillar_2_needs_resolution=True)


def test_a_model_may_ask_for_the_jurys_resolution(jury_model, wf1):
    application = central("3000")

    def approve(resolution):
        return services.approve(application, amount=Decimal(3000), actor=wf1, resolution=resolution)

    refused(NotEligible, lambda: approve(None), "Jury")
    refused(NotEligible, lambda: approve(personas.resolution("APL", "3000")), "beschließt die Jury")
    refused(TransitionNotAllowed, lambda: approve(personas.jury_resolution("2999")), "Beschlossen sind")
    resolution = personas.jury_resolution("3000")
    assert approve(resolution).decisions.last().resolution == resolution


@pytest.mark.parametrize("signed", [False, True])
def test_the_jurys_resolution_without_a_majority_is_a_rejection(jury_model, wf1, wf2, signed):
    application = central("6000" if signed else "3000")
    if signed:
        services.sign(application, amount=Decimal(6000), actor=wf1)
    lost = personas.jury_resolution("3000", 2, 5)
    rejected = services.approve(application, amount=Decimal(3000), actor=wf2, resolution=lost)
    assert (rejected.state, rejected.granted, rejected.reserved) == ("rejected", None, 0)
    decision = rejected.decisions.last()
    assert (decision.resolution, decision.reason) == (lost, "Ohne Mehrheit: 2 Ja, 5 Nein, 0 Enthaltungen.")
    assert personas.pot("S2").available == 80000
    assert list(differences()) == []


def test_no_resolution_is_asked_or_taken_where_the_model_knows_none(gf_aplerbeck, wf1):
    """Pillar 2 without the setting; special pots always."""
    application = central("3000")
    resolution = personas.jury_resolution("3000")

    def approve(of, resolution=None):
        amount = of.requested
        return services.approve(of, amount=amount, actor=wf1, resolution=resolution)

    refused(NotEligible, lambda: approve(application, resolution), "ohne Beschluss eines Gremiums")
    assert approve(application).state == "approved"


def test_the_jurys_resolution_comes_with_the_second_signature(jury_model, wf1, wf2):
    """The first signature cannot carry one; else nothing above the limit could ever be granted."""
    application = central("6000")
    services.sign(application, amount=Decimal(6000), actor=wf1)
    refused(NotEligible, lambda: services.approve(application, amount=Decimal(6000), actor=wf2), "Jury")
    services.approve(
        application, amount=Decimal(6000), actor=wf2, resolution=personas.jury_resolution("6000")
    )


def test_special_pots_ask_for_no_resolution_of_the_jury(jury_model, gf_aplerbeck, wf1):
    personas.open_year()
    services.open_pot(personas.this_year(), code="SPK", source="Sparkasse", amount=Decimal(500), actor=wf1)
    application = personas.application(personas.handed_in(gf_aplerbeck, special={"SPK": "500"}))
    assert services.approve(application, amount=Decimal(500), actor=wf1).state == "approved"


# Rejection and the table of transitions


@pytest.mark.parametrize("signed", [False, True])
def test_a_rejection_has_a_reason_and_frees_the_reservation(wf1, wf2, signed):
    application = central("6000")
    if signed:
        services.sign(application, amount=Decimal(6000), actor=wf1)
    rejected = services.reject(application, reason=" Nicht gemeinnützig. ", actor=wf2)
    assert (rejected.state, rejected.granted, rejected.reserved) == ("rejected", None, 0)
    assert rejected.decided_on == timezone.localdate()
    assert rejected.decisions.last().reason == "Nicht gemeinnützig."
    row = rejected.project.financing_items.get()
    assert (row.locked, row.granted) == (False, 0)
    assert personas.pot("S2").available == 80000
    assert list(differences()) == []


def test_a_new_application_can_follow_a_rejection_but_only_one_lives(gf_aplerbeck, wf1):
    application = central("3000")
    services.reject(application, reason="Nein", actor=wf1)
    project = Project.objects.get()
    change(project, gf_aplerbeck, pillar_2=Decimal(2000), costs=costs("2000"))
    (second,) = services.submit(project, actor=gf_aplerbeck)
    assert second.requested == 2000
    assert project.applications.count() == 2
    with pytest.raises(IntegrityError), transaction.atomic():
        Application.objects.filter(pk=application.pk).update(state="submitted")
    services.approve(second, amount=Decimal(2000), actor=wf1)
    refused(TransitionNotAllowed, lambda: services.approve(application, amount=Decimal(3000), actor=wf1))


def test_steps_that_do_not_fit_the_state_are_refused(gf_aplerbeck, wf1, wf2):
    """Every central step on every state: exactly what the table of transitions lets through passes."""
    fits = {
        "submitted": {"return", "sign", "approve", "reject", "withdraw"},
        "returned": {"withdraw"},
        "reserved": {"return", "approve", "reject", "withdraw"},
        "approved": {"reduce", "revoke", "pay", "repay", "settle"},
        "rejected": set(),
        "withdrawn": set(),
        "settled": {"repay", "revoke"},
        "revoked": {"repay"},
    }
    application = central("6000")
    services.sign(application, amount=Decimal(6000), actor=wf1)
    application.refresh_from_db()
    calls = {
        "return": lambda: services.return_to_applicant(application, reason="x", actor=wf2),
        "sign": lambda: services.sign(application, amount=Decimal(6000), actor=wf2),
        "approve": lambda: services.approve(application, amount=Decimal(1), reason="x", actor=wf2),
        "reject": lambda: services.reject(application, reason="x", actor=wf2),
        "withdraw": lambda: services.withdraw(application, actor=gf_aplerbeck),
        "reduce": lambda: services.reduce(application, to=Decimal(1), reason="x", actor=wf2),
        "revoke": lambda: services.revoke(application, reason="x", actor=wf2),
        "pay": lambda: called.pay(application, amount=Decimal(1), actor=wf2),
        "repay": lambda: services.repay(application, amount=Decimal(1), actor=wf2),
        "settle": lambda: services.settle(application, actor=wf2),
    }
    assert set(fits) == set(Application.State.values)
    lift_guards()
    for state_, allowed in fits.items():
        values = {"state": state_, "reserved": 6000 if state_ == "reserved" else 0}
        values["granted"] = Decimal(6000) if state_ in ("approved", "settled", "revoked") else None
        for step, call in calls.items():
            point = transaction.savepoint()
            Application.objects.filter(pk=application.pk).update(**values)
            refusal = ""
            try:
                call()
            except TransitionNotAllowed as error:
                refusal = str(error)
            except FundingError:
                pass
            except IntegrityError:
                pass  # the counters were not set up for this state
            misfit = "kann deshalb nicht" in refusal or "noch einmal ist nicht nötig" in refusal
            assert misfit == (step not in allowed), (state_, step, refusal)
            offered = personas.permitted(Roles(wf2), Application.objects.get(pk=application.pk))
            if step not in ("withdraw", *allowed):
                assert step not in offered
            transaction.savepoint_rollback(point)


def test_what_the_page_offers_is_what_the_service_takes(gf_aplerbeck, wf1, wf2):
    application = central("6000")
    services.sign(application, amount=Decimal(6000), actor=wf1)
    application.refresh_from_db()
    assert personas.permitted(Roles(wf1), application) == {Step.UNSIGN, Step.RETURN, Step.REJECT}
    assert personas.permitted(Roles(wf2), application) == {Step.RETURN, Step.REJECT, Step.APPROVE}
    assert personas.permitted(Roles(gf_aplerbeck), application) == {Step.WITHDRAW}
    assert personas.permitted(Roles(personas.auditor()), application) == set()
    assert personas.permitted(Roles(personas.visitor()), application) == set()


def test_booking_texts_name_the_project_and_no_person(gf_aplerbeck):
    project = personas.approved(gf_aplerbeck, shares={"APL": "10"}, pillar_2="6000")
    texts = set(LedgerEntry.objects.exclude(kind="allot").values_list("text", flat=True))
    assert texts == {project.number}


def test_an_approval_costs_a_fixed_number_of_questions(gf_aplerbeck, wf1, django_assert_num_queries):
    """Whatever the plan holds: it is read once, under the lock. Savepoints of the test are counted too."""
    for size in (1, 20):
        project = personas.handed_in(
            gf_aplerbeck,
            pillar_2="10",
            others=[{"kind": "own", "label": f"Quelle {n}", "amount": Decimal("1")} for n in range(size)],
        )
        application = personas.application(project)
        with django_assert_num_queries(26):
            services.approve(application, amount=Decimal("10"), actor=wf1)
