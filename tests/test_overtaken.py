"""What a step reads before the lock is proved under it: a change in between is seen, and the step taken anew."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import F

from funding import notices, services
from funding.errors import ConflictOfInterest, PotExhausted, TransitionNotAllowed, YearNotOpen
from funding.forms import seen_of
from funding.ledger import differences
from funding.models import Application, Decision, FiscalYear, LedgerEntry, SpentKey
from funding.services import case
from projects import services as projects
from projects.models import Project
from tests import personas
from tests.tampering import lift_guards

pytestmark = pytest.mark.django_db


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], Any]], list[int]]:
    """Something that happens after the next step has read and before it locks; answers how often it read."""

    def happens(change: Callable[[], Any]) -> list[int]:
        readings: list[int] = []
        word, changes = notices.letters, [change]

        def letters(decision: Decision) -> Any:
            if changes:
                changes.pop()()
            else:
                readings.append(1)
            return word(decision)

        monkeypatch.setattr(notices, "letters", letters)
        return readings

    return happens


def asked(**plan: Any) -> Application:
    return personas.application(personas.handed_in(personas.gf_aplerbeck(), **plan))


def approve(application: Application, amount: str = "1000", **more: Any) -> Application:
    return services.approve(application, amount=Decimal(amount), actor=personas.wf1(), **more)


def committed(application: Application) -> list[Decimal]:
    return list(LedgerEntry.objects.filter(application=application).values_list("amount", flat=True))


def test_approved_by_somebody_else_meanwhile(meanwhile):
    application = asked(pillar_2="1000", special_importance="Wichtig.")
    meanwhile(lambda: services.approve(application, amount=Decimal(1000), actor=personas.wf2()))
    with pytest.raises(TransitionNotAllowed, match="schon bewilligt"):
        approve(application)
    assert committed(application) == [1000]
    assert list(differences()) == []


def test_negative_control_without_the_proof_it_is_committed_twice(meanwhile, monkeypatch):
    application = asked(pillar_2="1000", special_importance="Wichtig.")
    lift_guards()
    meanwhile(lambda: services.approve(application, amount=Decimal(1000), actor=personas.wf2()))
    version = application.project.version
    monkeypatch.setattr(case.project_services, "lock_version", lambda pk: version)
    approve(application)
    assert committed(application) == [1000, 1000], "nothing came in between: the test proves nothing"
    assert list(differences()) != []


def test_the_page_that_was_looked_at_is_proved_too(meanwhile, client):
    application = asked(pillar_2="1000", special_importance="Wichtig.")
    meanwhile(lambda: Project.objects.filter(pk=application.project_id).update(version=F("version") + 1))
    client.force_login(personas.wf1())
    data = {
        "step": "approve",
        "key": "k",
        "seen": seen_of(application),
        "amount": "1000",
        "financing": "fixed",
    }
    page = client.post(application.get_absolute_url(), data)
    assert page.status_code == 422 and "Das Projekt hat sich geändert" in page.content.decode()
    assert committed(application) == []
    assert not SpentKey.objects.exists()


def test_returned_meanwhile_with_a_question(meanwhile):
    application = asked(pillar_2="1000", special_importance="Wichtig.")
    meanwhile(lambda: services.return_to_applicant(application, reason="Welches Fest?", actor=personas.wf2()))
    with pytest.raises(TransitionNotAllowed):
        approve(application)
    assert committed(application) == []


def test_another_application_of_the_project_is_decided_meanwhile(meanwhile):
    """The second decision derives the project's state and totals from both."""
    project = personas.handed_in(
        personas.gf_aplerbeck(), pillar_2="1000", shares={"APL": "500"}, special_importance="Wichtig."
    )
    central = personas.application(project, "S2")
    share = personas.application(project, "S1-APL")
    readings = meanwhile(
        lambda: services.approve(
            share,
            amount=Decimal(500),
            actor=personas.gf_aplerbeck(),
            resolution=personas.resolution("APL", "500"),
        )
    )
    approve(central)
    assert len(readings) == 2, "the share's decision, and the central one for the second time"
    project.refresh_from_db()
    assert (project.granted_total, project.state) == (1500, "approved")


def test_a_further_district_answers_meanwhile(meanwhile):
    """Its answer is part of what was read, and does not raise the version."""
    project = personas.handed_in(
        personas.gf_aplerbeck(), pillar_2="1000", further=["BRA", "HOE"], confirmed=False,
        special_importance="Wichtig.",
    )  # fmt: skip
    readings = meanwhile(
        lambda: projects.decline_participation(
            project, district=personas.district("BRA"), reason="Keine Zeit.", actor=personas.gf_brackel()
        )
    )
    approve(personas.application(project))
    assert len(readings) == 1
    assert project.participations.get(district__code="BRA").declined_on


def test_who_decides_works_on_the_project_meanwhile(meanwhile):
    project = personas.handed_in(personas.gf_aplerbeck(), pillar_2="1000", special_importance="Wichtig.")

    def edited() -> None:
        locked = projects.lock(project)
        locked.editors.add(personas.wf1())
        locked.version += 1
        locked.save(update_fields=["version"])

    meanwhile(edited)
    with pytest.raises(ConflictOfInterest):
        approve(personas.application(project))


def test_the_rest_of_the_pot_goes_meanwhile(meanwhile):
    """No change of the project: the pot's counters are read under its lock alone."""
    personas.open_year()
    application = asked(pillar_2="1000", special_importance="Wichtig.")
    pot = application.pot

    def emptied() -> None:
        rest = type(pot).objects.get(pk=pot.pk).available
        others = asked(pillar_2=str(rest - 10), special_importance="Wichtig.")
        case.post(
            others.pot, "commit", rest - 10, actor=personas.wf2(), value_date=others.submitted_on,
            decision=others.decisions.get(),
        )  # fmt: skip

    meanwhile(emptied)
    with pytest.raises(PotExhausted) as refused:
        approve(application)
    assert refused.value.available == 10


def test_the_year_is_closed_meanwhile_for_a_settlement_that_books_nothing(meanwhile):
    granted = personas.application(personas.approved(personas.gf_aplerbeck(), shares={"APL": "100"}))
    services.pay(granted, amount=Decimal(100), actor=personas.wf1())
    meanwhile(lambda: FiscalYear.objects.update(state=FiscalYear.State.CLOSED))
    with pytest.raises(YearNotOpen):
        services.settle(granted, actor=personas.wf1())
    granted.refresh_from_db()
    assert granted.state == "approved"
