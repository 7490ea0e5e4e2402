"""Two steps on one project at the same moment: each is taken on what the one before it left, or refused with a reason.

A step reads everything under the project's lock. The negative control takes two on what was read before it: both
pass the check then, and a guard of the database stops the second.
"""

from collections import Counter
from decimal import Decimal

import pytest

from funding import services
from funding.ledger import differences
from funding.models import Application, LedgerEntry
from funding.transitions import seen_of
from projects.models import Project
from tests import called, personas
from tests.crowd import PROCESSES, Crowd

pytestmark = pytest.mark.django_db(transaction=True)

GRANT = {"amount": "1000", "reason": "", "financing": "fixed"}


def asked(**plan: object) -> Application:
    """An application on pillar 2 for a project of Aplerbeck."""
    return personas.application(
        personas.handed_in(personas.gf_aplerbeck(), special_importance="Wichtig.", **plan), "S2"
    )


def granted(amount: str = "1000") -> Application:
    application = asked(pillar_2=amount)
    services.approve(application, amount=Decimal(amount), actor=personas.wf1())
    application.refresh_from_db()
    return application


def committed(application: Application) -> list[Decimal]:
    entries = LedgerEntry.objects.filter(application=application, kind="commit")
    return list(entries.values_list("amount", flat=True))


def agrees(application: Application) -> Application:
    assert list(differences()) == []
    return Application.objects.select_related("project").get(pk=application.pk)


def test_two_decide_differently(crowd: Crowd) -> None:
    application = asked(pillar_2="1000")
    results = crowd.run(
        ("step", "approve", application.pk, personas.wf1().pk, GRANT),
        ("step", "return_to_applicant", application.pk, personas.wf2().pk, {"reason": "Welches Fest?"}),
    )
    assert Counter(name for name, _ in results) == {"ok": 1, "TransitionNotAllowed": 1}
    state = agrees(application).state
    assert (state, committed(application)) in [("approved", [1000]), ("returned", [])]
    [said] = [text for name, text in results if name != "ok"]
    assert "schon bewilligt" in said or "mit einer Rückfrage beim Stadtbezirk" in said


def test_negative_control_on_what_was_read_before_the_lock_both_pass_the_check(crowd: Crowd) -> None:
    application = asked(pillar_2="1000")
    staff = [personas.wf1().pk, personas.wf2().pk]
    results = crowd.run(
        *(("step_on_what_was_read", "approve", application.pk, pk, GRANT) for pk in staff), rest="idle_twice"
    )
    assert Counter(name for name, _ in results) == {"ok": 1, "IntegrityError": 1}, (
        "the second was refused by its own check: the test proves nothing"
    )
    assert committed(application) == [1000]
    assert agrees(application).state == "approved"


def test_nobody_decides_on_what_they_have_not_read(crowd: Crowd) -> None:
    """Both saw the same page: the second hears what changed, whichever application it decides on."""
    project = personas.handed_in(
        personas.gf_aplerbeck(), pillar_2="1000", shares={"APL": "500"}, special_importance="Wichtig."
    )
    central, share = personas.application(project, "S2"), personas.application(project, "S1-APL")
    resolved = {**GRANT, "amount": "500", "resolution": personas.resolution("APL", "500").pk}
    results = crowd.run(
        ("step", "approve", central.pk, personas.wf1().pk, GRANT, seen_of(central)),
        ("step", "approve", share.pk, personas.gf_aplerbeck().pk, resolved, seen_of(share)),
    )
    assert Counter(name for name, _ in results) == {"ok": 1, "TransitionNotAllowed": 1}
    [said] = [text for name, text in results if name != "ok"]
    assert said.startswith("Das Projekt hat sich geändert, seit Sie die Seite geöffnet haben")
    assert len(committed(central)) + len(committed(share)) == 1


def test_two_applications_of_a_project_are_decided_at_once(crowd: Crowd) -> None:
    """The later decision derives the project's state and totals from both."""
    project = personas.handed_in(
        personas.gf_aplerbeck(), pillar_2="1000", shares={"APL": "500"}, special_importance="Wichtig."
    )
    central, share = personas.application(project, "S2"), personas.application(project, "S1-APL")
    resolved = {**GRANT, "amount": "500", "resolution": personas.resolution("APL", "500").pk}
    results = crowd.run(
        ("step", "approve", central.pk, personas.wf1().pk, GRANT),
        ("step", "approve", share.pk, personas.gf_aplerbeck().pk, resolved),
    )
    assert results == [("ok", None)] * 2
    project.refresh_from_db()
    assert (project.granted_total, project.state) == (1500, "approved")
    agrees(central)


def test_a_further_district_answers_while_its_application_is_decided(crowd: Crowd) -> None:
    project = personas.handed_in(
        personas.gf_aplerbeck(), pillar_2="1000", further=["BRA", "HOE"], confirmed=False,
        special_importance="Wichtig.",
    )  # fmt: skip
    application = personas.application(project)
    results = crowd.run(
        ("step", "approve", application.pk, personas.wf1().pk, GRANT),
        ("decline", project.pk, personas.district("BRA").pk, personas.gf_brackel().pk),
    )
    assert results == [("ok", None)] * 2
    assert project.participations.get(district__code="BRA").declined_on
    assert agrees(application).state == "approved"


def test_a_plan_is_saved_while_its_grant_becomes_less(crowd: Crowd) -> None:
    """One of both was made of the plan as it is; the other is refused, and neither is lost in the other."""
    application = granted()
    project = Project.objects.get(pk=application.project_id)
    results = crowd.run(
        ("edit", project.pk, project.version, personas.gf_aplerbeck().pk),
        (
            "step", "reduce", application.pk, personas.wf1().pk, {"to": "900", "reason": "Weniger Gäste"},
            seen_of(application),
        ),
    )  # fmt: skip
    count = Counter(name for name, _ in results)
    assert count["ok"] == 1 and count["StaleProject"] + count["TransitionNotAllowed"] == 1
    project.refresh_from_db()
    reduced = agrees(application).granted == 900
    assert (project.granted_total == 900, project.cost_total == 5) == (reduced, not reduced)


def test_the_second_signature_and_the_first_taken_back(crowd: Crowd) -> None:
    application = asked(pillar_2="6000")
    services.sign(application, amount=Decimal(6000), actor=personas.wf1())
    results = crowd.run(
        ("step", "retract_signature", application.pk, personas.wf1().pk, {}),
        ("step", "approve", application.pk, personas.wf2().pk, {**GRANT, "amount": "6000"}),
    )
    assert [name for name, _ in results] in [["ok", "TransitionNotAllowed"], ["TransitionNotAllowed", "ok"]]
    now = agrees(application)
    assert (now.state, now.reserved) in [("submitted", 0), ("approved", 0)]
    assert now.pot.reserved == 0


def test_a_payment_and_a_smaller_grant(crowd: Crowd) -> None:
    application = granted()
    results = crowd.run(
        ("step", "pay", application.pk, personas.wf1().pk, {"amount": "800"}),
        ("step", "reduce", application.pk, personas.wf2().pk, {"to": "500", "reason": "Weniger Gäste"}),
    )
    assert Counter(name for name, _ in results) == {"ok": 1, "TransitionNotAllowed": 1}
    now = agrees(application)
    assert (now.granted, now.paid) in [(1000, 800), (500, 0)]


def test_eight_settle_a_grant_at_once(crowd: Crowd) -> None:
    application = granted()
    called.pay(application, amount=Decimal(400), actor=personas.wf1())
    staff = [personas.wf1().pk, personas.wf2().pk]
    results = crowd.run(*(("step", "settle", application.pk, staff[i % 2], {}) for i in range(PROCESSES)))
    assert Counter(name for name, _ in results) == {"ok": 1, "TransitionNotAllowed": PROCESSES - 1}
    now = agrees(application)
    assert (now.state, now.granted, now.pot.committed) == ("settled", 400, 400)


def test_the_page_says_what_changed(client: object) -> None:
    """Through the browser: nothing is booked, no key is spent, and the new state stands beside the form."""
    application = asked(pillar_2="1000")
    data = {"step": "approve", "key": "k", "seen": seen_of(application), **GRANT}
    project = Project.objects.get(pk=application.project_id)
    services.return_to_applicant(application, reason="Welches Fest?", actor=personas.wf2())
    services.submit(project, actor=personas.gf_aplerbeck())
    client.force_login(personas.wf1())  # type: ignore[attr-defined]
    page = client.post(application.get_absolute_url(), data)  # type: ignore[attr-defined]
    assert page.status_code == 422 and "Das Projekt hat sich geändert" in page.content.decode()
    assert committed(application) == []
    client.post(  # type: ignore[attr-defined]
        application.get_absolute_url(), {**data, "seen": seen_of(agrees(application))}
    )
    assert committed(application) == [1000]
