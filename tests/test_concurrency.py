"""Eight processes on one database at once: no pot is overspent, no number twice, nothing booked twice.

Every promise about the lock comes with its negative control: without the lock the race happens, and the
database's constraint is what stops it.
"""

from collections import Counter
from decimal import Decimal

import pytest
from django.db import connection
from django.db.models import Sum
from django.urls import reverse

from funding import chains, guards, services
from funding.ledger import differences
from funding.models import Application, Decision, FiscalYear, LedgerEntry, Pot, SpentKey
from members.models import OutboxMail
from projects.models import NumberSeries, Project
from tests import called, personas
from tests.crowd import PROCESSES, Crowd
from tests.test_project_pages import typed

pytestmark = pytest.mark.django_db(transaction=True)


def special_pot(amount: str) -> Pot:
    personas.open_year()
    return services.open_pot(
        personas.this_year(), code="SPK", source="Sparkasse", amount=Decimal(amount), actor=personas.wf1()
    )


def asked(count: int, amount: str) -> list[Application]:
    """That many applications of as many projects on the special pot."""
    director = personas.gf_aplerbeck()
    return [personas.application(personas.handed_in(director, special={"SPK": amount})) for _ in range(count)]


def agrees(pot: Pot) -> Pot:
    pot.refresh_from_db()
    assert list(differences()) == []
    assert list(chains.broken()) == []
    assert pot.reserved + pot.committed <= pot.allotted
    granted = pot.applications.filter(state="approved").aggregate(total=Sum("granted"))["total"] or 0
    assert granted == pot.committed
    return pot


def test_eight_processes_approve_until_the_pot_is_dry(crowd):
    pot = special_pot("10000")
    amount, fits = "333.33", 30  # 30 x 333.33 = 9,999.90
    applications = asked(6 * PROCESSES, amount)
    staff = [personas.wf1().pk, personas.wf2().pk]
    results = crowd.run(
        *(
            ("approve_all", [a.pk for a in applications[i::PROCESSES]], amount, staff[i % 2])
            for i in range(PROCESSES)
        )
    )
    count = Counter(name for result in results for name, _ in result)
    assert count == {"ok": fits, "PotExhausted": len(applications) - fits}
    assert all(len(result) == 6 for result in results)
    left = [available for result in results for name, available in result if name == "PotExhausted"]
    assert set(left) == {Decimal("0.10")}
    pot = agrees(pot)
    assert (pot.committed, pot.available) == (Decimal("9999.90"), Decimal("0.10"))
    assert LedgerEntry.objects.filter(pot=pot, kind="commit").count() == fits
    assert Decision.objects.filter(step="approve").count() == fits


def test_with_the_lock_one_process_passes_the_check(crowd):
    pot = special_pot("9000")
    applications = asked(PROCESSES, "4900")
    results = crowd.run(*(("race", a.pk, "4900", personas.wf1().pk, True) for a in applications))
    assert sum(passed for passed, _ in results) == 1
    assert Counter(name for _, (name, _) in results) == {"ok": 1, "PotExhausted": PROCESSES - 1}
    assert {left for _, (name, left) in results if name == "PotExhausted"} == {Decimal("4100.00")}
    assert agrees(pot).committed == 4900


def test_negative_control_without_the_lock_the_race_happens_and_the_constraint_stops_it(crowd):
    pot = special_pot("9000")
    applications = asked(PROCESSES, "4900")
    results = crowd.run(*(("race", a.pk, "4900", personas.wf1().pk, False) for a in applications))
    assert sum(passed for passed, _ in results) == PROCESSES, (
        "the race did not happen: the test proves nothing"
    )
    assert Counter(name for _, (name, _) in results) == {"ok": 1, "IntegrityError": PROCESSES - 1}
    # Where all have read the same end of the pot's chain, that is refused before.
    stops = "pot_never_overspent" if connection.vendor == "sqlite" else "one_link_per_place_of_pot"
    assert all(stops in text for _, (name, text) in results if name != "ok")
    assert agrees(pot).committed == 4900


@pytest.mark.parametrize("locked", [True, False], ids=["locked", "negative control"])
def test_eight_bookings_at_once_leave_one_chain(crowd, locked):
    """Without the lock all would go on from the same link: one does, and the database refuses the fork."""
    pot = special_pot("9000")
    results = crowd.run(
        *(("race_to_link", a.pk, "100", personas.wf1().pk, locked) for a in asked(PROCESSES, "100"))
    )
    booked = PROCESSES if locked else 1
    assert (
        Counter(name for name, _ in results)
        == Counter({"ok": booked, "IntegrityError": PROCESSES - booked}) - Counter()
    )
    fork = guards.HISTORY if connection.vendor == "sqlite" else "one_link_per_place_of_pot"
    assert all(fork in text for name, text in results if name != "ok")
    assert agrees(pot).chain_length == 1 + booked


def test_6000_each_with_9000_left(crowd, gf_aplerbeck, deputy_aplerbeck):
    """One of the two succeeds; the other reads what is left and approves that."""
    personas.approved(gf_aplerbeck, shares={"APL": "3000"})
    pair = [personas.application(personas.handed_in(gf_aplerbeck, shares={"APL": "6000"})) for _ in range(2)]
    resolutions = [personas.resolution("APL", "6000") for _ in pair]
    actors = [gf_aplerbeck, deputy_aplerbeck]
    results = crowd.run(
        *(
            ("approve_share", a.pk, "6000", actor.pk, r.pk)
            for a, actor, r in zip(pair, actors, resolutions, strict=True)
        )
    )
    assert sorted(results, key=str) == [("PotExhausted", Decimal("3000.00")), ("ok", None)]
    late = [name for name, _ in results].index("PotExhausted")
    services.approve(
        pair[late],
        amount=results[late][1],
        actor=actors[late],
        resolution=resolutions[late],
        reason="Mehr ist nicht da.",
    )
    assert agrees(personas.pot("S1-APL")).available == 0


def test_numbers_have_no_gap_and_no_double(crowd, gf_aplerbeck, gf_brackel):
    personas.open_year(2016)
    drafts = {
        director: [personas.make_project(director, year=2016).pk for _ in range(16)]
        for director in (gf_aplerbeck, gf_brackel)
    }
    incomplete = personas.make_project(gf_aplerbeck, year=2016, aims="")
    results = crowd.run(
        *(
            ("hand_in", [*pks[i::4], *([incomplete.pk] if director == gf_aplerbeck else [])], director.pk)
            for director, pks in drafts.items()
            for i in range(4)
        )
    )
    count = Counter(name for result in results for name, _ in result)
    assert count == {"ok": 32, "PlanIncomplete": 4}
    numbers = sorted(Project.objects.exclude(number=None).values_list("number", flat=True))
    assert numbers == [f"2016-{code}-{i:03d}" for code in ("APL", "BRA") for i in range(1, 17)]
    assert set(NumberSeries.objects.values_list("last", flat=True)) == {16}


def test_the_same_project_is_handed_in_once(crowd, gf_aplerbeck):
    personas.open_year()
    project = personas.make_project(gf_aplerbeck)
    results = crowd.run(*[("hand_in", [project.pk], gf_aplerbeck.pk)] * PROCESSES)
    assert Counter(name for ((name, _),) in results) == {"ok": 1, "TransitionNotAllowed": PROCESSES - 1}
    assert project.applications.count() == 1


def test_the_same_form_from_many_processes_books_once(crowd, gf_aplerbeck, wf1):
    granted = personas.application(personas.approved(gf_aplerbeck, shares={"APL": "1000"}))
    results = crowd.run(*[("pay_once", "key", granted.pk, "100", wf1.pk)] * 4)
    assert Counter(name for name, _ in results) == {"ok": 1, "AlreadyDone": 3}
    assert agrees(granted.pot).paid == 100


def test_different_forms_each_book_once_up_to_the_grant(crowd, gf_aplerbeck, wf1):
    granted = personas.application(personas.approved(gf_aplerbeck, shares={"APL": "1000"}))
    results = crowd.run(*(("pay_once", f"key{i}", granted.pk, "300", wf1.pk) for i in range(PROCESSES)))
    assert Counter(name for name, _ in results) == {"ok": 3, "TransitionNotAllowed": PROCESSES - 3}
    assert agrees(granted.pot).paid == 900


@pytest.mark.parametrize("key", ["key", None], ids=["key", "negative control"])
def test_the_same_form_of_a_decision_is_answered_by_its_key(crowd, wf1, key):
    """The second finds the step taken; by its key it hears that its form had arrived."""
    pot = special_pot("9000")
    (application,) = asked(1, "100")
    results = crowd.run(*[("approve_by_form", key, application.pk, "100", wf1.pk)] * PROCESSES)
    again = "AlreadyDone" if key else "TransitionNotAllowed"
    assert Counter(name for name, _ in results) == {"ok": 1, again: PROCESSES - 1}
    assert SpentKey.objects.count() == bool(key)
    assert agrees(pot).committed == 100


@pytest.mark.parametrize("key", ["key", ""], ids=["key", "negative control"])
def test_the_same_form_of_a_new_project_makes_one_draft(crowd, gf_aplerbeck, key):
    """Whoever comes second finds the key spent and lands on the first one's draft."""
    form = typed(key=key, organiser_name="")
    results = crowd.run(*[("send_form", reverse("projects:create"), form, gf_aplerbeck.pk)] * PROCESSES)
    assert {status for status, _ in results} == {302}
    made = Project.objects.all()
    assert {address for _, address in results} == {reverse("projects:edit", args=[p.pk]) for p in made}
    assert len(made) == (1 if key else PROCESSES)
    assert {p.changes.count() for p in made} == {1}


def test_a_year_is_opened_once(crowd, wf1, wf2):
    results = crowd.run(*[("open_year", 2016, wf1.pk), ("open_year", 2016, wf2.pk)] * 4)
    assert Counter(name for name, _ in results) == {"ok": 1, "TransitionNotAllowed": PROCESSES - 1}
    assert Pot.objects.count() == 14
    assert Pot.objects.aggregate(total=Sum("allotted"))["total"] == 240000
    assert list(differences()) == []


def test_eight_directors_decide_on_one_joint_project_at_once(crowd):
    codes = ["APL", "BRA", "HOE", "EVI", "SCH", "HUC", "MEN", "HOM"]
    project = personas.handed_in(personas.gf_aplerbeck(), shares=dict.fromkeys(codes, "500"))
    results = crowd.run(
        *(
            (
                "approve_share",
                personas.application(project, f"S1-{code}").pk,
                "500",
                personas.director(code).pk,
                personas.resolution(code, "500").pk,
            )
            for code in codes
        )
    )
    assert results == [("ok", None)] * PROCESSES
    project.refresh_from_db()
    assert (project.state, project.granted_total) == ("approved", 4000)


def test_one_application_is_approved_once_by_eight_at_once(crowd):
    """All have read it as waiting before one of them locks it."""
    pot = special_pot("9000")
    (application,) = asked(1, "100")
    staff = [personas.wf1().pk, personas.wf2().pk]
    results = crowd.run(*(("approve_all", [application.pk], "100", staff[i % 2]) for i in range(PROCESSES)))
    assert Counter(name for ((name, _),) in results) == {"ok": 1, "TransitionNotAllowed": PROCESSES - 1}
    assert LedgerEntry.objects.filter(application=application).count() == 1
    assert agrees(pot).committed == 100


def test_verifying_while_others_book_sees_no_difference(crowd, gf_aplerbeck, wf1):
    """Entries and counters are compared in one statement, so a booking in between is no false alarm."""
    granted = [personas.application(personas.approved(gf_aplerbeck, shares={"APL": "100"})) for _ in range(6)]
    results = crowd.run(("verify", 40), ("verify", 40), *(("pay_cents", a.pk, 20, wf1.pk) for a in granted))
    assert results[:2] == [[], []]
    assert {name for result in results[2:] for name, _ in result} == {"ok"}
    assert agrees(granted[0].pot).paid == Decimal("1.20")


def test_an_approval_that_waited_for_the_closing_finds_the_year_closed(crowd):
    pot = special_pot("9000")
    (application,) = asked(1, "100")
    _, late = crowd.run(
        ("close_year_slowly", pot.pk),
        ("step_later", "approve", application.pk, personas.wf1().pk, {"amount": "100"}),
        rest="idle_twice",
    )
    assert late[0] == "YearNotOpen"
    assert FiscalYear.objects.get().state == "closed"
    assert agrees(pot).committed == 0


@pytest.mark.parametrize(
    ("paid", "said", "state"), [("60", "YearNotOpen", "approved"), ("100", "ok", "settled")]
)
def test_a_settlement_that_waited_for_the_closing_books_nothing(crowd, gf_aplerbeck, wf1, paid, said, state):
    granted = personas.application(personas.approved(gf_aplerbeck, shares={"APL": "100"}))
    called.pay(granted, amount=Decimal(paid), actor=wf1)
    _, late = crowd.run(
        ("close_year_slowly", granted.pot_id),
        ("step_later", "settle", granted.pk, wf1.pk, {}),
        rest="idle_twice",
    )
    assert late[0] == said
    granted.refresh_from_db()
    assert granted.state == state and granted.granted == Decimal(100)


def test_several_processes_at_once_send_every_mail_once(crowd: Crowd) -> None:
    recipients = [f"p{number}@example.org" for number in range(40)]
    OutboxMail.objects.bulk_create(
        [OutboxMail(recipient=recipient, subject="Hinweis", body="Text") for recipient in recipients]
    )
    served = crowd.run(*[("send_mails",)] * 4)
    assert sorted(recipient for each in served for recipient in each) == sorted(recipients)
    assert sum(bool(each) for each in served) > 1, "only one process had work: nothing was shown"
    assert set(OutboxMail.objects.values_list("state", "attempts")) == {(OutboxMail.State.SENT, 1)}
