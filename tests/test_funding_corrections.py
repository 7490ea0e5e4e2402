"""Reducing, revoking, paying, repaying, settling: where the money is after each, and when it is refused."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from funding import services
from funding.errors import AlreadyDone, PotExhausted, TransitionNotAllowed
from funding.ledger import differences
from funding.models import Application, SpentKey
from members.models import User
from projects.models import Project
from tests import called, personas
from tests.plans import change, costs
from tests.test_funding_decisions import refused

pytestmark = pytest.mark.django_db


def granted(amount: str = "6000", **project) -> Application:
    made = personas.approved(personas.gf_aplerbeck(), pillar_2=amount, **project)
    return personas.application(made, "S2")


def counters(code: str = "S2") -> tuple[Decimal, Decimal, Decimal, Decimal]:
    pot = personas.pot(code)
    return pot.reserved, pot.committed, pot.paid, pot.available


@pytest.fixture(autouse=True)
def every_euro_is_explained():
    yield
    assert list(differences()) == []


def test_6000_typed_for_600_is_put_right(wf1):
    application = granted()
    corrected = personas.lessen(
        application, "reduce", to=600, reason="Tippfehler: 600 waren gemeint.", by=wf1
    )
    assert (corrected.granted, corrected.state) == (600, "approved")
    assert counters() == (0, 600, 0, 79400)
    project = Project.objects.get()
    assert (project.granted_total, project.state) == (600, "funding_open")
    assert [d.step for d in application.decisions.all()][-1] == "reduce"
    change(project, personas.gf_aplerbeck(), costs=costs("600"))
    assert Project.objects.get().state == "approved"
    called.pay(application, amount=Decimal(600), actor=wf1)


def test_a_grant_by_mistake_is_revoked_and_can_be_asked_for_anew(gf_aplerbeck, wf1):
    application = granted()
    revoked = personas.lessen(application, "revoke", reason="Falscher Antrag", by=wf1)
    assert (revoked.state, revoked.granted) == ("revoked", 0)
    assert counters() == (0, 0, 0, 80000)
    project = Project.objects.get()
    assert (project.state, project.granted_total) == ("revoked", 0)
    (again,) = services.submit(project, actor=gf_aplerbeck)
    personas.approve(again)
    assert counters() == (0, 6000, 0, 74000)
    assert Project.objects.get().applications.count() == 2


@pytest.mark.parametrize("act", ["reduce", "revoke"])
@pytest.mark.parametrize("reason", ["", "  \n"])
def test_corrections_need_a_reason(wf1, act, reason):
    application = granted()
    kwargs = {"to": Decimal(600)} if act == "reduce" else {}
    refused(
        TransitionNotAllowed,
        lambda: getattr(services, act)(application, reason=reason, actor=wf1, **kwargs),
        "begründen",
    )


@pytest.mark.parametrize(
    ("to", "match"),
    [
        ("6000", "kleineren"),
        ("6000.01", "kleineren"),
        ("0", "größer als null"),
        ("-0.00", "größer als null"),
        ("-1", "größer als null"),
        ("0.001", "Nachkommastellen"),
        ("1999.99", "Schon ausgezahlt sind 2.000,00"),
    ],
)
def test_amounts_a_reduction_refuses(wf1, to, match):
    application = granted()
    called.pay(application, amount=Decimal(2000), actor=wf1)
    refused(
        TransitionNotAllowed,
        lambda: services.reduce(application, to=Decimal(to), reason="x", actor=wf1),
        match,
    )
    personas.lessen(application, "reduce", to=2000, reason="Bis auf das Ausgezahlte.", by=wf1)
    assert counters() == (0, 2000, 2000, 78000)


def test_what_was_paid_stays_bound_after_a_revocation_until_it_comes_back(gf_aplerbeck, wf1):
    application = granted()
    called.pay(application, amount=Decimal(2000), actor=wf1)
    revoked = personas.lessen(application, "revoke", reason="Zweck verfehlt", by=wf1)
    assert (revoked.granted, revoked.paid) == (2000, 2000)
    assert counters() == (0, 2000, 2000, 78000)
    refused(TransitionNotAllowed, lambda: called.pay(application, amount=Decimal(1), actor=wf1))
    repaid = services.repay(application, amount=Decimal(500), actor=wf1, reason="Erste Rate")
    assert (repaid.granted, repaid.paid, repaid.state) == (1500, 1500, "revoked")
    # Asked for anew meanwhile: the old money and the new are booked apart.
    project = Project.objects.get()
    change(project, gf_aplerbeck, pillar_2=Decimal(100), costs=costs("100"))
    (again,) = services.submit(project, actor=gf_aplerbeck)
    services.approve(again, amount=Decimal(100), actor=wf1)
    services.repay(application, amount=Decimal(1500), actor=wf1)
    assert counters() == (0, 100, 0, 79900)
    project.refresh_from_db()
    assert (project.granted_total, project.state) == (100, "approved")
    application.refresh_from_db()
    assert (application.granted, application.paid, application.state) == (0, 0, "revoked")
    refused(TransitionNotAllowed, lambda: services.repay(application, amount=Decimal("0.01"), actor=wf1))


def test_payments_never_exceed_the_grant(wf1):
    application = granted()
    called.pay(application, amount=Decimal("5999.99"), actor=wf1)
    refused(
        TransitionNotAllowed,
        lambda: called.pay(application, amount=Decimal("0.02"), actor=wf1),
        "noch 0,01\u00a0€ abzurufen",
    )
    for amount in ("0", "-1", "0.001", "NaN"):
        refused(
            TransitionNotAllowed,
            lambda amount=amount: called.pay(application, amount=Decimal(amount), actor=wf1),
        )
    called.pay(application, amount=Decimal("0.01"), actor=wf1)
    assert counters() == (0, 6000, 6000, 74000)
    refused(TransitionNotAllowed, lambda: called.pay(application, amount=Decimal("0.01"), actor=wf1))


def test_staff_pays_pillar_1_and_its_director_corrects_it(gf_aplerbeck, gf_brackel, wf1):
    application = personas.application(personas.approved(gf_aplerbeck))
    refused(TransitionNotAllowed, lambda: called.pay(application, amount=Decimal(1), actor=gf_aplerbeck))
    called.pay(application, amount=Decimal(500), actor=wf1)
    for actor in (gf_brackel, wf1):
        for act in (
            lambda actor=actor: services.reduce(application, to=Decimal(600), reason="x", actor=actor),
            lambda actor=actor: services.revoke(application, reason="x", actor=actor),
        ):
            refused(TransitionNotAllowed, act, "nur die Geschäftsführung von Aplerbeck")
    services.reduce(application, to=Decimal(600), reason="Weniger nötig", actor=gf_aplerbeck)
    assert counters("S1-APL") == (0, 600, 500, 11400)


def test_nothing_is_paid_while_a_share_is_missing(gf_aplerbeck, wf1):
    project = personas.handed_in(gf_aplerbeck, shares={"APL": "1000", "BRA": "700"})
    own, other = personas.application(project, "S1-APL"), personas.application(project, "S1-BRA")
    personas.approve(own)
    project.refresh_from_db()
    assert (project.state, project.published_on) == ("funding_open", timezone.localdate())
    refused(
        TransitionNotAllowed,
        lambda: called.pay(own, amount=Decimal(1), actor=wf1),
        "noch nicht entschieden",
    )
    personas.approve(other)
    called.pay(own, amount=Decimal(1), actor=wf1)


@pytest.mark.parametrize("how", ["costs", "own means", "another pot"])
def test_the_gap_after_a_partial_grant_is_closed_before_payment(gf_aplerbeck, wf1, how):
    project = personas.handed_in(gf_aplerbeck, pillar_2="3000")
    application = personas.application(project)
    services.approve(application, amount=Decimal(2000), actor=wf1, reason="Rahmen")
    refused(
        TransitionNotAllowed,
        lambda: called.pay(application, amount=Decimal(1), actor=wf1),
        "Es fehlen noch 1.000,00",
    )
    if how == "costs":
        change(project, gf_aplerbeck, costs=costs("2000"))
    elif how == "own means":
        change(project, gf_aplerbeck, others=[{"kind": "own", "label": "Verein", "amount": Decimal(1000)}])
    else:
        shares = {personas.district("APL"): Decimal(1000)}
        change(project, gf_aplerbeck, shares=shares)
        refused(TransitionNotAllowed, lambda: called.pay(application, amount=Decimal(1), actor=wf1))
        (share,) = services.submit(project, actor=gf_aplerbeck)
        refused(TransitionNotAllowed, lambda: called.pay(application, amount=Decimal(1), actor=wf1))
        personas.approve(share)
    assert Project.objects.get().state == "approved"
    called.pay(application, amount=Decimal(2000), actor=wf1)


def test_too_much_money_is_no_balance_either(gf_aplerbeck, wf1):
    application = personas.application(personas.approved(gf_aplerbeck, pillar_2="3000"))
    change(Project.objects.get(), gf_aplerbeck, costs=costs("2500"))
    refused(
        TransitionNotAllowed,
        lambda: called.pay(application, amount=Decimal(1), actor=wf1),
        "liegt 500,00\u00a0€ über den Kosten",
    )


def test_money_nobody_asked_for_does_not_close_the_gap(gf_aplerbeck, wf1):
    """A pot row typed into the plan after the decision is no money before a pot grants it."""
    project = personas.handed_in(gf_aplerbeck, pillar_2="3000")
    application = personas.application(project)
    services.approve(application, amount=Decimal(2000), actor=wf1, reason="Rahmen")
    project = change(project, gf_aplerbeck, shares={personas.district("APL"): Decimal(1000)})
    assert project.plan_difference == 0
    assert project.state == "funding_open"
    refused(TransitionNotAllowed, lambda: called.pay(application, amount=Decimal(1), actor=wf1))


def test_a_withdrawn_share_leaves_its_gap_open(gf_aplerbeck, wf1):
    project = personas.handed_in(gf_aplerbeck, shares={"APL": "1000"}, pillar_2="3000")
    granted_share = personas.approve(personas.application(project, "S1-APL"))
    services.withdraw(personas.application(project, "S2"), actor=gf_aplerbeck)
    project.refresh_from_db()
    assert project.state == "funding_open"
    refused(
        TransitionNotAllowed,
        lambda: called.pay(granted_share, amount=Decimal(1), actor=wf1),
        "nicht mehr beantragt",
    )
    project = change(project, gf_aplerbeck, pillar_2=None, costs=costs("1000"))
    assert project.state == "approved"
    called.pay(granted_share, amount=Decimal(1000), actor=wf1)


def test_a_returned_sibling_stops_payments(gf_aplerbeck, wf1):
    project = personas.handed_in(gf_aplerbeck, shares={"APL": "1000"}, pillar_2="3000")
    share = personas.approve(personas.application(project, "S1-APL"))
    services.return_to_applicant(personas.application(project, "S2"), reason="Frage", actor=wf1)
    project.refresh_from_db()
    assert project.state == "returned"
    refused(TransitionNotAllowed, lambda: called.pay(share, amount=Decimal(1), actor=wf1))


def repaying_is_refused(application: Application, amount: str, actor: User, sentence: str) -> None:
    refused(
        TransitionNotAllowed,
        lambda: services.repay(application, amount=Decimal(amount), actor=actor),
        sentence,
    )


def test_money_that_comes_back_is_free_again(wf1):
    application = granted()
    called.pay(application, amount=Decimal(6000), actor=wf1)
    repaying_is_refused(application, "6000.01", wf1, "Ausgezahlt sind 6.000,00")
    repaying_is_refused(application, "6000", wf1, "widerrufen")
    personas.lessen(application, "repay", to="4999.50", by=wf1, reason="Rest")
    assert counters() == (0, Decimal("4999.50"), Decimal("4999.50"), Decimal("75000.50"))


def test_no_more_comes_back_than_was_paid_of_a_larger_grant(wf1):
    application = granted()
    called.pay(application, amount=Decimal(2000), actor=wf1)
    repaying_is_refused(application, "2000.01", wf1, "Ausgezahlt sind 2.000,00")
    personas.lessen(application, "repay", to=4000, by=wf1)
    assert counters() == (0, 4000, 0, 76000)


def test_repaying_does_not_open_a_way_past_the_pot(gf_aplerbeck, gf_brackel, wf1):
    """Empty the pot, pay, take back, grant again: the sum of grants stays the allotment."""
    first = personas.application(personas.approved(gf_aplerbeck, pillar_2="80000"))
    called.pay(first, amount=Decimal(80000), actor=wf1)
    personas.lessen(first, "repay", to=50000, by=wf1)
    second = personas.application(personas.handed_in(gf_brackel, pillar_2="30000.01"))
    refusal = refused(PotExhausted, lambda: services.sign(second, amount=Decimal("30000.01"), actor=wf1))
    assert refusal.available == 30000
    personas.approve(second, "30000")
    assert counters() == (0, 80000, 50000, 0)
    refused(TransitionNotAllowed, lambda: called.pay(first, amount=Decimal(1), actor=wf1))


def test_settling_releases_what_was_not_paid(wf1):
    application = granted()
    refused(TransitionNotAllowed, lambda: services.settle(application, actor=wf1), "noch nichts ausgezahlt")
    called.pay(application, amount=Decimal(4000), actor=wf1)
    settled = personas.lessen(application, "settle", by=wf1, reason="Nachweis geprüft")
    assert (settled.state, settled.granted) == ("settled", 4000)
    assert counters() == (0, 4000, 4000, 76000)
    project = Project.objects.get()
    assert (project.state, project.granted_total) == ("settled", 4000)
    for act in (
        lambda: called.pay(application, amount=Decimal(1), actor=wf1),
        lambda: services.reduce(application, to=Decimal(1), reason="x", actor=wf1),
        lambda: services.settle(application, actor=wf1),
    ):
        refused(TransitionNotAllowed, act, "abgerechnet")


def test_a_settled_grant_can_be_recovered_in_part_and_in_full(wf1):
    application = granted()
    called.pay(application, amount=Decimal(6000), actor=wf1)
    services.settle(application, actor=wf1)
    personas.lessen(application, "repay", to=5000, by=wf1)
    assert counters() == (0, 5000, 5000, 75000)
    repaying_is_refused(application, "5000", wf1, "widerrufen Sie bitte zuerst")
    personas.lessen(application, "revoke", reason="Nachweis war falsch", by=wf1)
    services.repay(application, amount=Decimal(5000), actor=wf1)
    assert counters() == (0, 0, 0, 80000)
    assert Project.objects.get().state == "revoked"


def test_the_value_date_is_the_day_of_the_entry(wf1):
    application = granted()
    day = timezone.localdate() - timedelta(days=3)
    called.pay(application, amount=Decimal(10), actor=wf1, on=day)
    entry = application.entries.last()
    assert (entry.kind, entry.value_date, entry.recorded_at.date() >= day) == ("pay", day, True)


# Sent twice


def test_a_form_sent_twice_books_once(wf1):
    application = granted()

    def pay():
        return called.pay(application, amount=Decimal(10), actor=wf1)

    services.once("key", wf1, pay)
    refused(AlreadyDone, lambda: services.once("key", wf1, pay), "nur einmal")
    services.once("another", wf1, pay)
    assert personas.pot("S2").paid == 20


def test_a_refused_form_may_be_sent_again_corrected(wf1):
    application = granted()
    refused(
        TransitionNotAllowed,
        lambda: services.once("key", wf1, lambda: called.pay(application, amount=Decimal(10**7), actor=wf1)),
    )
    assert not SpentKey.objects.exists()
    services.once("key", wf1, lambda: called.pay(application, amount=Decimal(1), actor=wf1))


def test_an_error_inside_is_not_taken_for_a_second_arrival(wf1):
    def act():
        raise IntegrityError("something else")

    with pytest.raises(IntegrityError), transaction.atomic():
        services.once("key", wf1, act)
    assert not SpentKey.objects.exists()
