"""What a grant is tied to: proposed, chosen in the form, kept by the decision for letters and proofs."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from funding import hooks, services, terms
from funding.errors import TransitionNotAllowed
from funding.models import Application, Decision, FundingModel, GrantCondition, GrantTerms, PlanRow, Step
from funding.verify import findings, kept_plans
from members.models import User
from projects.models import Project
from tests import called, personas

pytestmark = pytest.mark.django_db


def handed_in(**project: Any) -> Application:
    return personas.application(personas.handed_in(personas.gf_aplerbeck(), **project))


def granted(**project: Any) -> Decision:
    application = personas.approve(handed_in(**project))
    return application.decisions.get(step=Step.APPROVE)


def as_(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def sent(application: Application, user: User, **changed: Any) -> Any:
    """The decision's form as the page shows it, with changes, sent."""
    client = as_(user)
    form = client.get(application.get_absolute_url()).context["decide"]
    data = {name: form[name].value() for name in form.fields}
    data |= {
        "does": form.act,
        "key": form["key"].value(),
    } | changed
    return client.post(application.get_absolute_url(), {k: v for k, v in data.items() if v is not None})


def test_a_grant_keeps_what_letters_and_proofs_need():
    own = {"kind": "own", "label": "Verein", "amount": "500"}
    decision = granted(
        pillar_2="3000", others=[own], costs=[("Bühne", "2000"), ("Musik", "1500")],
        ends_on=date(personas.this_year(), 12, 20),
    )  # fmt: skip
    project = decision.application.project
    assert decision.eligible_costs == Decimal(3500)
    assert (decision.carried_out_from, decision.carried_out_until) == (project.starts_on, project.ends_on)
    assert decision.callable_until >= date(personas.this_year(), 12, 31)
    assert decision.proof_due_on == date(personas.this_year() + 1, 6, 20)
    assert decision.proof_depth == "list"
    rows = list(decision.plan_rows.values_list("side", "kind", "label", "amount", "is_grant"))
    assert rows == [
        ("cost", "", "Bühne", Decimal(2000), False),
        ("cost", "", "Musik", Decimal(1500), False),
        ("financing", "own", "Verein", Decimal(500), False),
        ("financing", "pillar_2", f"Säule 2 {personas.this_year()}", Decimal(3000), True),
    ]
    assert "Zweckbindung" in [each.title for each in decision.chosen_conditions.all()]


def test_the_plan_is_kept_as_it_was_decided(gf_aplerbeck):
    project = personas.handed_in(gf_aplerbeck, shares={"APL": "1000"}, pillar_2="3000")
    application = personas.application(project, "S2")
    services.approve(application, amount=Decimal(2500), actor=personas.wf2(), reason="Mehr ist nicht da.")
    decision = application.decisions.get(step=Step.APPROVE)
    amounts = dict(decision.plan_rows.filter(side="financing").values_list("kind", "amount"))
    # The other pot is not decided yet: it counts with what it is asked for.
    assert amounts == {"pillar_1": Decimal(1000), "pillar_2": Decimal(2500)}


@pytest.mark.parametrize(
    ("amount", "depth"), [("2499.99", "simple"), ("2500", "list"), ("9999.99", "list"), ("10000", "full")]
)
def test_the_proof_is_as_deep_as_the_amount_asks(amount, depth):
    assert granted(pillar_2=amount).proof_depth == depth


def test_conditions_are_proposed_by_amount_and_kind_of_financing():
    small, large = handed_in(pillar_2="900"), handed_in(pillar_2="1000")
    day = timezone.localdate()

    def titles(application: Application, financing: str) -> set[str]:
        proposed = terms.proposed(application, application.requested, financing, day)
        assert proposed
        return {condition.title for condition in proposed.conditions}

    assert "Vergleichsangebote" not in titles(small, "fixed")
    assert "Vergleichsangebote" in titles(large, "fixed")
    assert "Sinkende Kosten" not in titles(large, "fixed")
    assert "Sinkende Kosten" in titles(large, "share") and "Sinkender Fehlbedarf" in titles(large, "gap")


def test_an_ended_condition_is_offered_no_more():
    ended = GrantCondition.objects.get(title="Aufbewahrung")
    ended.until = timezone.localdate() - timedelta(days=1)
    ended.save()
    assert "Aufbewahrung" not in [each.title for each in granted(pillar_2="900").chosen_conditions.all()]


def test_what_is_chosen_in_the_form_is_what_the_decision_keeps(wf1):
    application = handed_in(pillar_2="900")
    chosen = GrantCondition.objects.get(title="Zweckbindung")
    page = sent(
        application, wf1, eligible_costs="890,50", callable_until="2099-01-31", conditions=[chosen.pk],
        amount="800", reason="Weniger genügt.", proof_depth="full", carried_out_until="",
    )  # fmt: skip
    assert page.status_code == 302
    decision = application.decisions.get(step=Step.APPROVE)
    assert (decision.eligible_costs, decision.callable_until) == (Decimal("890.50"), date(2099, 1, 31))
    assert (decision.proof_depth, decision.carried_out_until) == ("full", None)
    assert [each.text for each in decision.chosen_conditions.all()] == [chosen.text]
    shown = as_(wf1).get(application.get_absolute_url()).content.decode()
    assert "Woran die Bewilligung gebunden ist" in shown and "31.01.2099" in shown and chosen.text in shown


def test_what_nobody_touched_follows_amount_and_kind_of_financing(wf1):
    """Who chooses another kind of financing or grants less need not open the proposal to mend it."""
    application = handed_in(pillar_2="3000")
    page = sent(application, wf1, financing="gap", amount="900", reason="Weniger genügt.")
    assert page.status_code == 302
    decision = application.decisions.get(step=Step.APPROVE)
    titles = {each.title for each in decision.chosen_conditions.all()}
    assert "Sinkender Fehlbedarf" in titles and "Vergleichsangebote" not in titles
    assert decision.proof_depth == "simple"


def test_what_was_chosen_stays_with_another_kind_of_financing(wf1):
    application = handed_in(pillar_2="3000")
    chosen = GrantCondition.objects.get(title="Zweckbindung")
    sent(application, wf1, financing="gap", conditions=[chosen.pk], proof_depth="full")
    decision = application.decisions.get(step=Step.APPROVE)
    assert [each.title for each in decision.chosen_conditions.all()] == ["Zweckbindung"]
    assert decision.proof_depth == "full"


def test_no_condition_ticked_means_none(wf1):
    application = handed_in(pillar_2="900")
    assert sent(application, wf1, conditions=[]).status_code == 302
    assert not application.decisions.get(step=Step.APPROVE).chosen_conditions.exists()


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("eligible_costs", "", "Bitte die förderfähigen Kosten eintragen."),
        (
            "eligible_costs",
            "900,01",
            "Die Kosten des Projekts sind 900,00\u00a0€; mehr ist nicht förderfähig.",
        ),
        ("eligible_costs", "899,99", "Bewilligt werden sollen 900,00\u00a0€."),
        ("callable_until", "2020-01-01", "Abgerufen werden kann das Geld erst nach der Entscheidung."),
        ("callable_until", "0206-01-01", "Bitte das Jahr prüfen"),
        ("proof_due_on", "2020-01-01", "Nachgewiesen wird erst, wenn das Projekt zu Ende ist."),
        ("carried_out_until", "2020-01-01", "Das Ende darf nicht vor dem Beginn liegen."),
        ("conditions", ["99999"], "Bitte eine der angebotenen Möglichkeiten wählen."),
    ],
)
def test_bad_terms_get_their_sentence_beside_the_field(wf1, field, typed, sentence):
    application = handed_in(pillar_2="900")
    page = sent(application, wf1, **{field: typed})
    assert page.status_code == 422
    form = page.context["decide"]
    assert sentence in " ".join(form.errors[field])
    # The fields are unfolded, and what was typed is still there.
    assert form.terms_have_errors and form[field].value() == typed
    assert not application.decisions.filter(step=Step.APPROVE).exists()


def test_the_second_signer_starts_with_what_the_first_one_chose(wf1, wf2):
    application = handed_in(pillar_2="6000")
    assert (
        sent(application, wf1, eligible_costs="5999,99", amount="5500", reason="Reicht.").status_code == 302
    )
    form = as_(wf2).get(application.get_absolute_url()).context["decide"]
    assert form["eligible_costs"].value() == "5.999,99"
    services.approve(application, amount=Decimal(5500), actor=wf2, reason="Reicht.")
    kept = application.decisions.get(step=Step.APPROVE)
    assert kept.eligible_costs == Decimal("5999.99")
    assert (
        kept.chosen_conditions.count()
        == application.decisions.get(step=Step.SIGN).chosen_conditions.count()
        > 3
    )


def test_a_service_refuses_what_the_form_refuses(wf1):
    application = handed_in(pillar_2="900")
    proposed = terms.proposed(application, Decimal(900), "fixed", timezone.localdate())
    assert proposed
    broken = terms.replace(proposed, eligible_costs=Decimal(1))
    with pytest.raises(TransitionNotAllowed, match="förderfähigen Kosten"):
        services.approve(application, amount=Decimal(900), actor=wf1, tied_to=broken)


def test_before_there_are_terms_a_grant_is_tied_to_nothing(wf1):
    GrantTerms.objects.update(since=timezone.localdate() + timedelta(days=1))
    application = handed_in(pillar_2="900")
    assert "conditions" not in as_(wf1).get(application.get_absolute_url()).context["decide"].fields
    personas.approve(application)
    decision = application.decisions.get(step=Step.APPROVE)
    assert not decision.has_terms and not decision.plan_rows.exists()
    assert "Woran die Bewilligung" not in as_(wf1).get(application.get_absolute_url()).content.decode()


def test_the_latest_terms_that_have_begun_apply():
    model = FundingModel.objects.get(first_year=2016)
    day = timezone.localdate()
    later = GrantTerms.objects.create(funding_model=model, since=day + timedelta(days=1), call_months=3)
    assert GrantTerms.objects.on(model, day) != later
    assert GrantTerms.objects.on(model, day + timedelta(days=1)) == later
    assert GrantTerms.objects.on(model, date(2016, 1, 1)) is None


def test_a_new_model_goes_on_with_the_terms_of_the_one_before(wf1):
    year = personas.this_year()
    before = GrantTerms.objects.get(funding_model__first_year=2016)
    before.call_months = 4
    before.save()
    model = FundingModel.objects.create(name="Neu", first_year=year, district_allotment=1)
    services.plan_year(year, actor=wf1)
    started = GrantTerms.objects.get(funding_model=model)
    assert (started.since, started.call_months) == (date(year, 1, 1), 4)


def test_public_letters_need_a_named_entrustment(monkeypatch):
    monkeypatch.setattr(hooks, "public_letters", [])
    terms_row = GrantTerms.objects.get(funding_model__first_year=2016)
    terms_row.letter_form = GrantTerms.LetterForm.PUBLIC
    with pytest.raises(ValidationError, match="Beleihung"):
        terms_row.full_clean()


def test_another_plan_than_the_decided_one_is_found():
    decision = granted(pillar_2="900")
    assert list(kept_plans()) == []
    PlanRow.objects.bulk_create(
        [
            PlanRow(
                decision=decision,
                position=99,
                side="financing",
                kind="pillar_2",
                label="x",
                amount=1,
                is_grant=True,
            )
        ]
    )
    assert [f"Entscheidung {decision.pk}" in sentence for sentence in kept_plans()] == [True]


def test_what_is_called_is_kept_from_changes_of_the_grant(wf1, wf2):
    application = personas.approve(handed_in(pillar_2="3000"))
    called.earmark(application, amount=Decimal(1000))
    application.refresh_from_db()
    assert (application.called, application.callable) == (Decimal(1000), Decimal(2000))
    for act in (
        lambda: services.reduce(application, to=Decimal("999.99"), reason="Weniger.", actor=wf2),
        lambda: services.revoke(application, reason="Nein.", actor=wf2),
    ):
        with pytest.raises(TransitionNotAllowed, match=r"abgerufen und noch nicht bezahlt 1\.000,00"):
            act()
    with pytest.raises(TransitionNotAllowed, match="noch 2\\.000,00\u00a0€ abzurufen"):
        called.earmark(application, amount=Decimal("2000.01"))
    services.release_call(application, amount=Decimal(400), reason="Doch nicht.", actor=wf1)
    services.pay(application, amount=Decimal(500), actor=wf2)
    with pytest.raises(TransitionNotAllowed, match="Abgerufen und nicht bezahlt sind 100,00"):
        services.pay(application, amount=Decimal("100.01"), actor=wf2)
    services.bounce(application, amount=Decimal(200), reason="Konto erloschen.", actor=wf2)
    application.refresh_from_db()
    assert (application.called, application.paid) == (Decimal(300), Decimal(300))
    services.release_call(
        application, amount=Decimal(300), reason="Doch nicht.", actor=personas.gf_aplerbeck()
    )
    services.settle(application, actor=wf2)
    application.refresh_from_db()
    assert (application.granted, application.called, application.state) == (Decimal(300), 0, "settled")
    # The core pays and books back here without the room whose payments these are.
    assert [sentence for sentence in findings() if "fehlt die Zahlung" not in sentence] == []


def test_only_the_districts_director_calls(gf_aplerbeck, gf_brackel, wf1):
    joint = personas.approved(gf_aplerbeck, shares={"APL": "10", "BRA": "10"}, pillar_2="900")
    for code, may, may_not in (
        ("S1-APL", gf_aplerbeck, gf_brackel), ("S1-BRA", gf_brackel, gf_aplerbeck), ("S2", gf_aplerbeck, gf_brackel),
    ):  # fmt: skip
        application = personas.application(joint, code)
        for other in (may_not, wf1):
            with pytest.raises(TransitionNotAllowed, match="Geld abrufen kann nur die Geschäftsführung"):
                services.earmark(application, amount=Decimal(1), actor=other)
        services.earmark(application, amount=Decimal(1), actor=may)


def test_a_call_is_released_by_who_may_call_or_the_staff(gf_aplerbeck, gf_brackel, wf1):
    application = personas.approve(handed_in(pillar_2="900"))
    called.earmark(application, amount=Decimal(9))
    with pytest.raises(
        TransitionNotAllowed, match="Geld abrufen kann nur die Geschäftsführung von Aplerbeck"
    ):
        services.release_call(application, amount=Decimal(1), reason="Nein.", actor=gf_brackel)
    for actor in (gf_aplerbeck, wf1):
        services.release_call(application, amount=Decimal(1), reason="Doch nicht.", actor=actor)
    with pytest.raises(TransitionNotAllowed, match="nicht bezahlt sind 7,00"):
        services.release_call(application, amount=Decimal("7.01"), reason="Doch nicht.", actor=wf1)


def test_only_the_staff_books_back_and_no_more_than_was_paid(gf_aplerbeck, wf2):
    application = personas.approve(handed_in(pillar_2="900"))
    called.pay(application, amount=Decimal(9), actor=wf2)
    for actor, amount, said in (
        (gf_aplerbeck, Decimal(1), "bucht die Wirtschaftsförderung"),
        (wf2, Decimal("9.01"), "Ausgezahlt sind 9,00"),
    ):
        with pytest.raises(TransitionNotAllowed, match=said):
            services.bounce(application, amount=amount, actor=actor, reason="Konto erloschen.")


def test_neither_called_nor_paid_while_the_financing_is_open(gf_aplerbeck, wf2):
    application = personas.approve(handed_in(pillar_2="900"))
    called.earmark(application, amount=Decimal(9))
    Project.objects.filter(pk=application.project_id).update(state=Project.State.FUNDING_OPEN)
    for act in (
        lambda: services.earmark(application, amount=Decimal(1), actor=gf_aplerbeck),
        lambda: services.pay(application, amount=Decimal(1), actor=wf2),
    ):
        with pytest.raises(TransitionNotAllowed, match="Die Finanzierung ist noch offen"):
            act()


def test_neither_called_nor_paid_while_a_change_of_the_grant_waits(gf_aplerbeck, wf1, wf2):
    application = personas.approve(handed_in(pillar_2="9000"))
    called.earmark(application, amount=Decimal(9))
    application.refresh_from_db()
    services.request_change(application, what="reduce", to=Decimal(8000), reason="Weniger.", actor=wf1)
    for act in (
        lambda: services.earmark(application, amount=Decimal(1), actor=gf_aplerbeck),
        lambda: services.pay(application, amount=Decimal(1), actor=wf2),
    ):
        with pytest.raises(TransitionNotAllowed, match="wartet auf eine zweite Person"):
            act()


def test_money_can_be_called_through_the_year_and_for_the_months_of_the_terms():
    application = handed_in(pillar_2="900")
    year = application.pot.year.year
    GrantTerms.objects.update(since=date(year, 1, 1))
    months = GrantTerms.objects.get(funding_model__first_year=2016).call_months
    for on in (date(year, 1, 2), date(year, 12, 30)):
        proposed = terms.proposed(application, Decimal(900), "fixed", on)
        assert proposed
        assert proposed.callable_until == max(date(year, 12, 31), terms.later(on, months))
    assert terms.later(date(2027, 12, 31), 2) == date(2028, 2, 29)
    assert 0 < months < 11
