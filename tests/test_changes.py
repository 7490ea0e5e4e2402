"""What has changed about a grant: asked for by a district, noted or consented to, and what follows from it."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.test import Client

from funding import services as core
from funding import terms
from funding.chains import broken
from funding.errors import AlreadyDone, ConflictOfInterest, NotEligible, TransitionNotAllowed, YearNotOpen
from funding.models import Application, Decision, FiscalYear, Step
from funding.payments.call_rules import draw_of
from funding.proofs import services, verify
from funding.proofs.change_transitions import TABLE, change_seen, plan_seen
from funding.proofs.models import ChangeRequest, ChangeStep, ProofOfUse
from funding.proofs.services import Added, Entered, Wish
from funding.terms import NewCost
from funding.transitions import changes_of
from members.common.keys import new_key
from members.models import OutboxMail
from projects.models import CostItem, Project
from tests import called
from tests import personas as p
from tests.mailed import worded
from tests.personas import today
from tests.tampering import lift_guards

pytestmark = pytest.mark.django_db

S, About = ChangeRequest.State, ChangeRequest.About
COSTS = [("Bühne", "600"), ("Druck", "400")]


def grant(financing: str = "share", *, central: bool = True, **more: Any) -> Application:
    """A grant of 1,000 euro for two rows of costs, of pillar 2 by default."""
    share = {"pillar_2": "1000"} if central else {"shares": {"APL": "1000"}}
    application = p.application(p.handed_in(p.gf_aplerbeck(), costs=COSTS, **share, **more))
    if central:
        core.approve(application, amount=Decimal(1000), actor=p.wf2(), financing=financing)
    else:
        votes = p.resolution("APL", "1000")
        core.approve(
            application, amount=Decimal(1000), actor=p.gf_aplerbeck(), resolution=votes, financing=financing
        )
    return p.application(application.project)


def plan(costs: dict[int, str] | None = None, **more: Any) -> Wish:
    amounts = {at: Decimal(amount) for at, amount in (costs or {}).items()}
    return Wish(about=About.PLAN, reason="Die Bühne wird größer.", costs=amounts, **more)


def money(about: str, amount: str) -> Wish:
    return Wish(about=about, reason="Es kam anders.", amount=Decimal(amount))


def ask(application: Application, wish: Wish, **more: Any) -> ChangeRequest:
    return services.ask_change(application, wish=wish, actor=p.gf_aplerbeck(), **more)


def later(application: Application, days: int = 60) -> tuple[date | None, date | None]:
    """The same beginning, and an end so many days later."""
    kept = terms.in_force(application)
    assert kept is not None and kept.carried_out_until is not None
    return kept.carried_out_from, kept.carried_out_until + timedelta(days=days)


def planned(application: Application) -> list[Decimal]:
    kept = terms.in_force(application)
    assert kept is not None
    return [row.amount for row in kept.plan_rows.all() if row.is_cost]


def fresh(row: Any) -> Any:
    return type(row).objects.get(pk=row.pk)


def sound() -> bool:
    return not [*verify.changes(), *verify.proofs(), *verify.figures(), *broken()]


# Asking


def test_costs_within_the_limit_are_noted_at_once_and_bind_nothing() -> None:
    application = grant()
    change = ask(application, plan({1: "700", 2: "300"}))
    assert (change.state, [step.step for step in change.steps.all()]) == (S.NOTED, ["note"])
    assert [(row.label, row.before, row.after) for row in change.rows.all()] == [
        ("Bühne", Decimal(600), Decimal(700)), ("Druck", Decimal(400), Decimal(300)),
    ]  # fmt: skip
    assert planned(application) == [600, 400] and sound()
    # It waits for nobody: the next change can be said.
    assert ask(application, plan({1: "720", 2: "280"})).is_noted


@pytest.mark.parametrize(
    ("financing", "first", "state"),
    [
        ("share", "720", S.NOTED),
        ("share", "720.01", S.ASKED),
        ("gap", "720.01", S.ASKED),
        ("fixed", "999", S.NOTED),
    ],
)
def test_a_row_may_exceed_its_own_plan_by_20_percent_and_a_fixed_grant_has_no_limit(
    financing: str, first: str, state: str
) -> None:
    change = ask(grant(financing), plan({1: first, 2: str(1000 - Decimal(first))}))
    assert change.state == state


def test_dates_and_partners_need_consent() -> None:
    application = grant("fixed")
    first = ask(application, plan(period=later(application)))
    assert first.is_asked and first.moves_period
    services.withdraw_change(first, actor=p.gf_aplerbeck())
    assert ask(application, plan(partners="Neu dabei: der Turnverein")).is_asked


def test_a_consent_moves_the_project_and_its_history_tells_it() -> None:
    application = grant("fixed")
    before = application.project
    change = ask(application, plan(period=later(application)))
    services.consent_to_change(change, actor=p.wf1())
    project = fresh(before)
    assert (project.starts_on, project.ends_on) == change.period != (before.starts_on, before.ends_on)
    assert f"bis {project.ends_on:%d.%m.%Y}" in Client().get(project.get_absolute_url()).content.decode()
    row = project.changes.latest("pk")
    assert (row.actor, row.mandate, row.version) == (p.wf1(), None, project.version)
    assert row.changes == [
        {
            "field": "ends_on", "label": "Ende", "old": f"{before.ends_on:%d.%m.%Y}",
            "new": f"{project.ends_on:%d.%m.%Y}",
        }
    ]  # fmt: skip


def test_a_consent_to_costs_alone_leaves_the_days_of_the_project() -> None:
    application = grant()
    Project.objects.update(ends_on=application.project.ends_on + timedelta(days=1))
    before = fresh(application.project)
    services.consent_to_change(ask(application, plan({1: "900", 2: "100"})), actor=p.wf1())
    project = fresh(before)
    assert (project.starts_on, project.ends_on) == (before.starts_on, before.ends_on)
    told = [
        (change["label"], change["old"], change["new"]) for change in project.changes.latest("pk").changes
    ]
    assert told == [
        ("Kosten: Bühne", "600,00\u00a0€", "900,00\u00a0€"), ("Kosten: Druck", "400,00\u00a0€", "100,00\u00a0€"),
    ]  # fmt: skip


def test_projects_follow_what_was_consented_to_before() -> None:
    follow = import_module("funding.proofs.migrations.0005_projects_follow").follow
    application = grant("fixed")
    change = services.consent_to_change(ask(application, plan(period=later(application))), actor=p.wf1())
    kept = change.decision
    Project.objects.update(starts_on=kept.carried_out_from, ends_on=kept.carried_out_until)
    follow(apps, None)
    project = fresh(application.project)
    assert (project.starts_on, project.ends_on) == change.period
    assert [row["label"] for row in project.changes.latest("pk").changes] == ["Ende"]
    # Days that somebody has set since are left alone.
    Project.objects.update(ends_on=change.carried_out_until + timedelta(days=9))
    follow(apps, None)
    assert fresh(project).ends_on == change.carried_out_until + timedelta(days=9)


NAN = Decimal("NaN")


@pytest.mark.parametrize(
    ("wish", "field", "sentence"),
    [
        (plan(), None, "Bitte tragen Sie ein, was sich ändert"),
        (plan({1: "700"}), "", "100,00\u00a0€ mehr als bewilligt"),
        (plan({1: "500"}), "", "100,00\u00a0€ weniger als bewilligt"),
        (plan({1: "-1", 2: "1001"}), "cost-1", "ab null"),
        (plan({1: "600.001", 2: "399.999"}), "cost-1", "zwei Nachkommastellen"),
        (plan({1: "NaN"}), "cost-1", "ab null"),
        (plan({3: "1"}), "", "gibt es im bewilligten Plan nicht"),
        (
            plan(period=(date(2026, 6, 2), date(2026, 6, 1))),
            "carried_out_until",
            "liegt vor dem Beginn am 02.06.2026",
        ),
        (plan(period=(date(206, 6, 2), date(2026, 6, 1))), "carried_out_from", "Jahr prüfen"),
        (plan(partners="DE89 3704 0044 0532 0130 00"), "partners", "IBAN"),
        (Wish(about="plan", reason=" ", partners="Neu"), "reason", "was sich geändert hat"),
        (Wish(about="plan", reason="Ein Widerruf", partners="Neu"), "reason", "Widerruf"),
        (money("more", "1000"), "amount", "größeren Betrag"),
        (money("more", "NaN"), "amount", "ab null"),
        (money("less", "1000"), "amount", "kleineren Betrag"),
        (money("less", "-1"), "amount", "ab null"),
        (money("less", "99.999"), "amount", "zwei Nachkommastellen"),
    ],
)
def test_what_cannot_be_asked_is_refused_beside_its_field(
    wish: Wish, field: str | None, sentence: str
) -> None:
    with pytest.raises(TransitionNotAllowed, match=sentence) as refused:
        ask(grant(), wish)
    assert (refused.value.field or None) == (field or None)
    assert not ChangeRequest.objects.exists()


def test_only_the_calling_district_asks_and_only_about_a_grant_that_runs() -> None:
    application = grant()
    for other in (p.gf_brackel(), p.wf1(), p.auditor()):
        with pytest.raises(TransitionNotAllowed, match="meldet die Geschäftsführung von"):
            services.ask_change(application, wish=plan({1: "700", 2: "300"}), actor=other)
    core.revoke(application, reason="Fällt aus.", actor=p.wf1())
    with pytest.raises(NotEligible, match="bewilligt und noch nicht abgerechnet"):
        ask(application, plan({1: "700", 2: "300"}))


def test_a_grant_that_is_tied_to_nothing_needs_no_consent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("funding.terms.GrantTerms.objects.on", lambda *_: None)
    with pytest.raises(NotEligible, match="an keinen Plan"):
        ask(grant(), plan(partners="Neu"))


def test_one_change_waits_at_a_time_a_stale_form_and_one_sent_twice_change_nothing() -> None:
    application = grant()
    kept = terms.in_force(application)
    assert kept
    seen, key = plan_seen(application, kept), new_key()
    change = ask(application, plan(partners="Neu"), key=key, seen=seen)
    with pytest.raises(AlreadyDone):
        ask(application, plan(partners="Neu"), key=key, seen=seen)
    with pytest.raises(TransitionNotAllowed, match="wartet schon auf Antwort"):
        ask(application, plan(partners="Noch jemand"))
    services.consent_to_change(change, actor=p.wf1())
    with pytest.raises(TransitionNotAllowed, match="seit Sie die Seite geöffnet haben"):
        ask(application, plan({1: "700", 2: "300"}), seen=seen)


# Deciding


def test_consent_makes_another_plan_bind_and_leaves_the_first_as_it_is() -> None:
    application = grant()
    first = terms.in_force(application)
    assert first and first.proof_due_on and first.callable_until
    change = ask(
        application, plan({1: "900", 2: "100"}, period=later(application, 300), partners="Der Turnverein")
    )
    done = services.consent_to_change(change, actor=p.wf1()).outcome
    assert done and (done.step, done.amount, done.actor) == (Step.CHANGE, Decimal(1000), p.wf1())
    for said in ("Bühne: bisher 600,00", "Partner: Der Turnverein", "Die Bühne wird größer."):
        assert said in done.reason
    assert terms.in_force(application) == done and planned(application) == [900, 100]
    assert [row.amount for row in first.plan_rows.filter(side="cost")] == [600, 400]
    assert (done.carried_out_from, done.carried_out_until) == later(
        Application.objects.get(pk=application.pk), 0
    )
    assert done.carried_out_until == fresh(first).carried_out_until + timedelta(days=300)
    assert done.proof_due_on == terms.later(
        max(done.carried_out_until, today()), application.pot.year.model.proof_due_months
    )
    assert (
        draw_of(application).until == done.callable_until == max(first.callable_until, done.carried_out_until)
    )
    # The project has the new costs, so that a later increase goes on from them.
    assert list(CostItem.objects.filter(project=application.project).values_list("amount", flat=True)) == [
        900,
        100,
    ]
    current = fresh(application)
    assert (current.granted, current.state, current.paid) == (
        1000,
        "approved",
        0,
    ) and not current.entries.exclude(kind="commit").exists()
    assert sound()


def test_costs_that_nobody_planned_come_in_by_consent() -> None:
    """Before, a row that fell to 0 could not be consented to: the project has no costs of 0 euro."""
    application = grant()
    proof = services.open_proof(application, actor=p.gf_aplerbeck())
    added = Added(side="cost", label="Strom", actual=Decimal(80))
    services.save_proof(proof, entered=Entered(added=[added]), actor=p.gf_aplerbeck())
    change = ask(application, plan({1: "900", 2: "0"}, new_costs=[NewCost(" Zelt ", Decimal(100))]))
    assert change.is_asked and [(r.label, r.before, r.after) for r in change.rows.all()] == [
        ("Bühne", 600, 900), ("Druck", 400, 0), ("Zelt", 0, 100),
    ]  # fmt: skip
    services.consent_to_change(change, actor=p.wf1())
    assert planned(application) == [900, 0, 100]
    items = CostItem.objects.filter(project=application.project)
    assert list(items.values_list("label", "amount")) == [("Bühne", 900), ("Zelt", 100)]
    rows = [row for row in fresh(proof).rows.all() if row.is_cost]
    assert [(r.label, r.planned, r.is_planned) for r in rows] == [
        ("Bühne", 900, True), ("Druck", 0, True), ("Strom", 0, False), ("Zelt", 100, True),
    ]  # fmt: skip
    back = ask(application, plan({1: "800", 2: "100"}))
    services.consent_to_change(back, actor=p.wf1())
    assert list(items.values_list("label", "amount")) == [("Bühne", 800), ("Druck", 100), ("Zelt", 100)]
    assert sound()


def test_a_fixed_grant_takes_what_nobody_planned_without_consent() -> None:
    change = ask(grant("fixed"), plan({1: "500"}, new_costs=[NewCost("Zelt", Decimal(100))]))
    assert change.is_noted


@pytest.mark.parametrize(
    ("label", "amount", "field"),
    [("", "100", "new_label"), ("x" * 161, "100", "new_label"), ("Zelt", "0", "new_amount"), ("Zelt", "99", "")],
)  # fmt: skip
def test_new_costs_need_a_name_and_an_amount_that_fits(label: str, amount: str, field: str) -> None:
    with pytest.raises(TransitionNotAllowed) as refused:
        ask(grant(), plan({1: "500"}, new_costs=[NewCost(label, Decimal(amount))]))
    assert refused.value.field == field and not ChangeRequest.objects.exists()


def test_an_end_that_comes_nearer_leaves_the_days_as_they_are() -> None:
    application = grant()
    first = terms.in_force(application)
    assert first
    change = ask(application, plan(period=later(application, -1)))
    done = services.consent_to_change(change, actor=p.wf1()).outcome
    assert done and (done.proof_due_on, done.callable_until) == (first.proof_due_on, first.callable_until)


def test_an_open_proof_compares_with_the_new_plan_and_a_handed_in_one_takes_no_change() -> None:
    application = grant()
    p.accept(application)
    called.pay(application, amount=Decimal(500), actor=p.wf1())
    proof = services.open_proof(application, actor=p.gf_aplerbeck())
    change = ask(application, plan({1: "900", 2: "100"}, period=later(application, 300)))
    done = services.consent_to_change(change, actor=p.wf1()).outcome
    assert done
    proof = fresh(proof)
    assert (proof.decision, proof.due_on) == (done, done.proof_due_on)
    assert [row.planned for row in proof.rows.filter(side="cost")] == [900, 100]
    waiting = ask(fresh(application), plan(partners="Neu"))
    ProofOfUse.objects.filter(pk=proof.pk).update(state="handed_in", handed_in_on=today(), confirmed=True)
    for refused in (
        lambda: services.consent_to_change(waiting, actor=p.wf1()),
        lambda: (
            services.withdraw_change(waiting, actor=p.gf_aplerbeck()),
            ask(application, plan(partners="Neu")),
        ),
    ):
        with pytest.raises(TransitionNotAllowed, match="ist eingereicht"):
            refused()


def test_a_proof_that_is_begun_after_it_starts_from_the_new_plan() -> None:
    application = grant()
    services.consent_to_change(ask(application, plan({1: "900", 2: "100"})), actor=p.wf1())
    proof = services.open_proof(application, actor=p.gf_aplerbeck())
    assert [row.planned for row in proof.rows.filter(side="cost")] == [900, 100] and sound()


def test_an_increase_goes_on_from_the_changed_plan() -> None:
    application = grant()
    services.consent_to_change(
        ask(application, plan({1: "900", 2: "100"}, period=later(application))), actor=p.wf1()
    )
    changed = terms.in_force(application)
    CostItem.objects.create(project=application.project, position=9, label="Technik", amount=Decimal(200))
    project = fresh(application.project)
    project.cost_total = Decimal(1200)
    project.save()
    core.increase(application, to=Decimal(1200), reason="Mehr Technik.", actor=p.wf1())
    after = terms.in_force(application)
    assert after and changed and after.carried_out_until == changed.carried_out_until
    assert planned(application) == [900, 100, 200]


def test_the_wirtschaftsfoerderung_decides_and_nobody_who_took_part() -> None:
    for application in (grant(), grant(central=False)):
        change = ask(application, plan(partners="Neu"))
        for other in (p.gf_aplerbeck(), p.auditor(), p.gf_brackel()):
            with pytest.raises(TransitionNotAllowed, match="entscheidet die Wirtschaftsförderung"):
                services.consent_to_change(change, actor=other)
        application.project.editors.add(p.wf2())
        with pytest.raises(ConflictOfInterest):
            services.refuse_change(change, reason="Nein.", actor=p.wf2())
        with pytest.raises(TransitionNotAllowed, match="meldet die Geschäftsführung"):
            services.withdraw_change(change, actor=p.wf1())
        assert services.consent_to_change(change, actor=p.wf1()).is_consented


def test_a_question_is_answered_and_a_form_from_before_it_decides_nothing() -> None:
    change = ask(grant(), plan(partners="Neu"))
    seen = change_seen(change)
    services.ask_back_change(change, question="Wer genau?", actor=p.wf1())
    services.answer_change(change, answer="Der Turnverein.", actor=p.gf_aplerbeck())
    with pytest.raises(TransitionNotAllowed, match="seit Sie die Seite geöffnet haben"):
        services.consent_to_change(change, actor=p.wf2(), seen=seen)
    services.refuse_change(change, reason="Zu spät.", actor=p.wf2(), seen=change_seen(fresh(change)))
    assert fresh(change).is_refused and sound()
    assert [step.step for step in change.steps.all()] == ["ask", "ask_back", "answer", "refuse"]
    with pytest.raises(TransitionNotAllowed, match="schon abgelehnt"):
        services.consent_to_change(change, actor=p.wf1())


@pytest.mark.parametrize("act", ["ask_back", "refuse", "answer"])
def test_a_step_with_words_needs_them(act: str) -> None:
    change = ask(grant(), plan(partners="Neu"))
    words = {"ask_back": "question", "refuse": "reason", "answer": "answer"}
    actor = p.gf_aplerbeck() if act == "answer" else p.wf1()
    if act == "answer":
        services.ask_back_change(change, question="Wer?", actor=p.wf1())
    with pytest.raises(TransitionNotAllowed) as refused:
        getattr(services, f"{act}_change")(change, **{words[act]: " "}, actor=actor)
    assert refused.value.field == words[act]


def test_a_plan_that_was_overtaken_is_not_consented_to() -> None:
    application = grant()
    change = ask(application, plan({1: "900", 2: "100"}))
    kept = terms.in_force(application)
    assert kept
    core.change_terms(
        application, grant=kept, period=later(application), costs={}, reason="Anders.", actor=p.wf1()
    )
    with pytest.raises(TransitionNotAllowed, match="Inzwischen gilt ein anderer Plan"):
        services.consent_to_change(change, actor=p.wf1())
    assert services.refuse_change(change, reason="Überholt.", actor=p.wf1()).is_refused


# Money


def test_more_and_less_money_are_done_by_raising_and_reducing(
    django_capture_on_commit_callbacks: Callable[..., Any],
) -> None:
    application = grant()
    CostItem.objects.create(project=application.project, position=9, label="Technik", amount=Decimal(200))
    project = fresh(application.project)
    project.cost_total = Decimal(1200)
    project.save()
    more = ask(application, money("more", "1200"))
    with pytest.raises(TransitionNotAllowed, match="auf der Seite der Bewilligung"):
        services.consent_to_change(more, actor=p.wf1())
    with django_capture_on_commit_callbacks(execute=True):
        core.increase(application, to=Decimal(1100), reason="So weit reicht es.", actor=p.wf1())
    more = fresh(more)
    assert more.is_consented and more.outcome == Decision.objects.get(step=Step.INCREASE)
    less = ask(fresh(application), money("less", "800"))
    with django_capture_on_commit_callbacks(execute=True):
        core.reduce(application, to=Decimal(800), reason="Gespart.", actor=p.wf2())
    assert fresh(less).is_consented and sound()


def test_a_grant_that_ends_closes_its_changes_and_one_that_is_not_needed_is_done_by_revoking(
    django_capture_on_commit_callbacks: Callable[..., Any],
) -> None:
    ended, not_needed = grant(), grant()
    lapses, done = ask(ended, plan(partners="Neu")), ask(not_needed, money("less", "0"))
    for application in (ended, not_needed):
        with django_capture_on_commit_callbacks(execute=True):
            core.revoke(application, reason="Fällt aus.", actor=p.wf1())
    assert fresh(lapses).state == "lapsed" and fresh(done).is_consented and sound()


def test_what_was_interrupted_is_closed_by_the_daily_job() -> None:
    application = grant()
    less = ask(application, money("less", "800"))
    core.reduce(application, to=Decimal(800), reason="Gespart.", actor=p.wf2())
    assert fresh(less).is_asked
    assert services.close_done() == 1 and services.close_done() == 0
    assert fresh(less).is_consented


def test_on_pillar_1_the_lenkungsgremium_decides_on_money() -> None:
    with pytest.raises(NotEligible, match="entscheidet das Lenkungsgremium"):
        ask(grant(central=False), money("more", "1200"))


def test_a_closed_year_takes_no_change_of_money_and_dates_can_still_be_decided() -> None:
    application = grant()
    p.accept(application)
    called.pay(application, amount=Decimal(1000), actor=p.wf1())
    lift_guards()
    FiscalYear.objects.update(state=FiscalYear.State.CLOSED)
    application = fresh(application)
    with pytest.raises(YearNotOpen):
        ask(application, money("less", "999"))
    change = ask(application, plan(period=later(application)))
    assert services.refuse_change(change, reason="Zu spät.", actor=p.wf1()).is_refused


def test_less_than_was_paid_is_refused() -> None:
    application = grant()
    p.accept(application)
    called.pay(application, amount=Decimal(600), actor=p.wf1())
    with pytest.raises(TransitionNotAllowed, match="Ausgezahlt oder abgerufen sind"):
        ask(fresh(application), money("less", "500"))


# Who hears of it


def test_each_side_hears_of_it_with_the_full_text() -> None:
    application = grant()
    OutboxMail.objects.all().delete()
    change = ask(application, plan({1: "900", 2: "100"}))
    (asked,) = {mail.subject for mail in OutboxMail.objects.all()}
    assert "Änderung beantragt" in asked
    assert {mail.recipient for mail in OutboxMail.objects.all()} == {p.wf1().email, p.wf2().email}
    assert all("bisher 600,00" in worded(mail).body for mail in OutboxMail.objects.all())
    services.refuse_change(change, reason="Bitte beim Plan bleiben.", actor=p.wf1())
    (told,) = OutboxMail.objects.all()
    assert told.recipient == p.gf_aplerbeck().email and "Bitte beim Plan bleiben." in worded(told).body


# What the database refuses


def test_every_state_has_a_way_out_and_the_table_is_whole() -> None:
    left = {move.partition(">")[0] for move in changes_of(TABLE)}
    assert left == set(ChangeRequest.OPEN)


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (
            lambda c: ChangeRequest.objects.filter(pk=c.pk).update(state="noted", outcome=None),
            "die Schritte ergeben",
        ),
        (lambda c: c.rows.update(before=Decimal(1)), "nicht die des bewilligten Plans"),
        (
            lambda c: ChangeStep.objects.filter(step="consent").update(actor=c.asked_by),
            "wer sie gemeldet hat",
        ),
        (lambda c: ChangeStep.objects.filter(step="ask").delete(), "Der erste Schritt fehlt"),
    ],
)
def test_verify_finds_what_was_changed_past_the_guards(
    change: Callable[[ChangeRequest], Any], found: str
) -> None:
    done = services.consent_to_change(ask(grant(), plan({1: "900", 2: "100"})), actor=p.wf1())
    lift_guards()
    change(done)
    assert found in " ".join(verify.changes())
