"""Plans of instalments: entered once, checked once, called when they are due, paused and ended."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from funding.errors import ConflictOfInterest, TransitionNotAllowed
from funding.models import Application, Decision
from funding.payments import services
from funding.payments.models import Instalment, InstalmentPlan, Payee, PaymentCall
from funding.payments.services.plans import Units
from funding.payments.verify import calls as findings
from funding.terms import later
from members.common.keys import new_key
from members.models import User
from tests import personas as p
from tests.personas import today
from tests.tampering import without_triggers
from tests.test_project_pages import text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def grant() -> Application:
    return p.accept(p.application(p.approved(p.gf_aplerbeck())))


@pytest.fixture
def payee(grant: Application) -> Payee:
    return p.payee(str(grant.project.organiser))


def entered(grant: Application, payee: Payee, rows: Any = None, **more: Any) -> InstalmentPlan:
    """Two instalments of 300 euro: one today, one in a month."""
    if rows is None and "units" not in more:
        rows = [(today(), Decimal(300)), (later(today(), 1), Decimal(300))]
    given = {"purpose": "Nette Toilette", "reason": "Vertrag", "actor": p.gf_aplerbeck(), **more}
    return services.enter_plan(grant, payee=payee, instalments=rows or (), **given)


def checked(grant: Application, payee: Payee, rows: Any = None, **more: Any) -> InstalmentPlan:
    return services.confirm_plan(entered(grant, payee, rows, **more), actor=p.wf1())


def calls() -> list[tuple[int, str]]:
    return [(int(c.amount), c.state) for c in PaymentCall.objects.order_by("pk")]


def test_units_become_one_instalment_a_month(grant, payee):
    first = today() + timedelta(days=10)
    plan = entered(grant, payee, units=Units(Decimal(100), 3, 3, first))
    assert [(i.number, i.due_on, i.amount) for i in plan.instalments.all()] == [
        (number, later(first, number - 1), 300) for number in (1, 2, 3)
    ]
    assert (plan.unit, plan.places) == (100, 3)


def test_what_is_due_is_called_once_and_is_checked_already(grant, payee):
    checked(grant, payee)
    assert services.call_due() == (1, 0)
    assert services.call_due() == (0, 0)
    assert calls() == [(300, "checked")]
    call = PaymentCall.objects.get()
    assert [(s.step, s.actor) for s in call.steps.all()] == [("call", p.gf_aplerbeck()), ("check", p.wf1())]
    grant.refresh_from_db()
    assert grant.called == 300
    assert services.call_due(later(today(), 1) - timedelta(days=15)) == (0, 0), "two weeks before its day"
    assert not list(findings())


def test_nothing_is_called_before_the_check_or_after_a_refusal(grant, payee):
    plan = entered(grant, payee)
    assert services.call_due() == (0, 0)
    with pytest.raises(TransitionNotAllowed):
        services.confirm_plan(plan, actor=p.gf_aplerbeck())
    services.refuse_plan(plan, reason="Kein Vertrag.", actor=p.wf1())
    assert services.call_due() == (0, 0)
    assert calls() == []


def test_who_entered_a_plan_never_checks_it(grant, payee):
    plan = entered(grant, payee, actor=p.wf_with_mandate())
    with pytest.raises(ConflictOfInterest):
        services.confirm_plan(plan, actor=p.wf_with_mandate())


@pytest.mark.parametrize("way", ["mandate ended", "account switched off"])
def test_a_plan_of_who_may_no_longer_call_is_entered_again(grant, payee, way):
    plan, gf = entered(grant, payee), p.gf_aplerbeck()
    if way == "mandate ended":
        gf.person.mandates.update(until=today() - timedelta(days=1))
    else:
        type(gf).objects.filter(pk=gf.pk).update(is_active=False)
    with pytest.raises(
        ConflictOfInterest, match="darf inzwischen selbst kein Geld mehr abrufen; es fehlt eine zweite"
    ):
        services.confirm_plan(plan, actor=p.wf1())
    plan.refresh_from_db()
    assert plan.waits
    services.refuse_plan(plan, reason="Bitte neu eintragen.", actor=p.wf1())
    checked(grant, payee, actor=p.deputy_aplerbeck())
    assert services.call_due() == (1, 0)


def test_pause_and_end_hold_and_have_a_reason(grant, payee):
    plan = checked(grant, payee)
    with pytest.raises(TransitionNotAllowed):
        services.stop_plan(plan, kind="pause", reason=" ", actor=p.gf_aplerbeck())
    services.stop_plan(plan, kind="pause", reason="Umbau.", actor=p.gf_aplerbeck())
    assert services.call_due() == (0, 0)
    with pytest.raises(TransitionNotAllowed, match="inzwischen geändert"):
        services.stop_plan(plan, kind="pause", reason="Noch einmal.", actor=p.wf1())
    services.stop_plan(plan, kind="resume", reason="Fertig.", actor=p.wf1())
    assert services.call_due() == (1, 0)
    services.stop_plan(plan, kind="end", reason="Vertrag endet.", actor=p.wf1())
    with pytest.raises(TransitionNotAllowed):
        services.stop_plan(plan, kind="resume", reason="Doch.", actor=p.wf1())
    assert services.call_due(later(today(), 1)) == (0, 0) if later(today(), 1) <= today() else True
    assert calls() == [(300, "checked")]


def test_a_refused_instalment_says_why_and_is_tried_again(grant, payee):
    checked(grant, payee, [(today(), Decimal(1500))])
    other = p.call(grant, "1000")
    assert services.call_due() == (0, 1)
    [instalment] = Instalment.objects.all()
    assert "sind noch 1.000,00 € abzurufen, gefragt waren 1.500,00 €" in instalment.refusal
    services.withdraw_call(other, reason="Zu früh.", actor=p.gf_aplerbeck())
    assert services.call_due() == (1, 0)
    instalment.refresh_from_db()
    assert instalment.refusal == ""


def test_a_successor_calls_in_their_own_name(grant, payee):
    checked(grant, payee)
    gf, deputy = p.gf_aplerbeck(), p.deputy_aplerbeck()
    gf.person.mandates.update(until=today() - timedelta(days=1))
    services.call_due()
    assert PaymentCall.objects.get().called_by == deputy


def test_without_anybody_who_directs_it_waits_with_a_sentence(grant, payee):
    checked(grant, payee)
    p.gf_aplerbeck().person.mandates.update(until=today() - timedelta(days=1))
    assert services.call_due() == (0, 1)
    assert "keine Geschäftsführung mit Konto" in Instalment.objects.earliest("pk").refusal


def test_after_a_change_of_the_account_somebody_checks_again(grant, payee):
    checked(grant, payee)
    p.payee_account(payee, actor=p.wf1(), iban=p.IBANS[1])
    services.confirm_account(payee.accounts.latest("pk"), paper="Brief", actor=p.wf2())
    assert services.call_due() == (1, 0)
    assert calls() == [(300, "called")]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([], "mindestens eine Rate"),
        ([(-1, Decimal(5))], "ist vorbei"),
        ([(0, Decimal("2000.01"))], "planen Sie höchstens 2.000,00"),
        ([(0, Decimal(-1))], "größer als null"),
        ([(n, Decimal(1)) for n in range(121)], "höchstens 120 Raten"),
    ],
)
def test_what_is_wrong_is_said(grant, payee, rows, said):
    """``rows``: days from today, and euro."""
    with pytest.raises(TransitionNotAllowed, match=said):
        entered(grant, payee, [(today() + timedelta(days=n), amount) for n, amount in rows])
    assert not InstalmentPlan.objects.exists()


def test_two_plans_together_stay_within_the_grant(grant, payee):
    entered(grant, payee, [(today(), Decimal(1500))])
    with pytest.raises(TransitionNotAllowed, match=r"In anderen Ratenplänen stehen davon schon 1\.500,00"):
        entered(grant, payee, [(today(), Decimal(501))])
    entered(grant, payee, [(today(), Decimal(500))])
    with pytest.raises(TransitionNotAllowed, match=r"2\.000,00.€\. Mehr kann nicht geplant werden\.$"):
        entered(grant, payee, [(today(), Decimal(1))])


def test_the_page_takes_units_and_keeps_what_was_typed(grant, payee):
    visitor = Client()
    visitor.force_login(p.gf_aplerbeck())
    address = f"/foerderung/auszahlungen/ratenplaene/neu/{grant.pk}/"
    typed = {
        "key": new_key(), "payee": payee.pk, "purpose": "Nette Toilette", "way": "units", "unit": "100", "places": "48",
        "months": "2", "first": f"{today():%Y-%m-%d}", "reason": "Ratsbeschluss",
    }  # fmt: skip
    answer = visitor.post(address, typed)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "Die Raten sind zusammen 9.600,00\xa0€" in page
    assert 'value="48"' in page and "Ratsbeschluss" in page
    answer = visitor.post(address, {**typed, "places": "2"})
    assert answer.status_code == 302
    assert [i.amount for i in InstalmentPlan.objects.get().instalments.all()] == [200, 200]


def test_a_list_that_is_not_one_is_refused_with_its_line(grant, payee):
    visitor = Client()
    visitor.force_login(p.gf_aplerbeck())
    answer = visitor.post(
        f"/foerderung/auszahlungen/ratenplaene/neu/{grant.pk}/",
        {
            "key": new_key(), "payee": payee.pk, "purpose": "x", "way": "list", "reason": "x",
            "instalments": "15.12.2026 250,00\nbald 5",
        },
    )  # fmt: skip
    assert answer.status_code == 422
    assert "„bald 5“ ist keine Rate." in answer.content.decode()


def shown(user: User, address: str) -> str:
    visitor = Client()
    visitor.force_login(user)
    return text_of(visitor.get(address))


def test_who_checks_a_plan_sees_its_account_in_red_until_it_is_confirmed(grant, payee):
    plan = entered(grant, payee, [(today(), Decimal(100)), (today() + timedelta(days=60), Decimal(100))])
    page = shown(p.wf1(), plan.get_absolute_url())
    assert "DE89 3704 0044 0532 0130 00" in page and "noch nicht bestätigt Bezahlt" not in page
    services.confirm_plan(plan, actor=p.wf1())
    p.payee_account(payee, actor=p.wf2(), iban=p.IBANS[7])
    page = shown(p.wf1(), plan.get_absolute_url())
    assert "noch nicht bestätigt" in page and "DE88 1009 0000 1234 5678 92" in page
    assert "Geprüft wurde der Plan mit DE89 3704 0044 0532 0130 00" in page


def test_the_staff_finds_a_plan_that_runs_on_the_page_of_its_grant(grant, payee):
    plan = entered(grant, payee, [(today() + timedelta(days=60), Decimal(100))])
    services.confirm_plan(plan, actor=p.wf1())
    for reader in (p.wf2(), p.auditor(), p.gf_aplerbeck()):
        assert f"Ratenplan Nr. {plan.pk}" in shown(reader, grant.get_absolute_url())


def test_what_an_ended_or_paused_plan_has_not_called_is_no_longer_planned(grant, payee):
    plan = checked(grant, payee, [(today() + timedelta(days=60), Decimal(100))])
    assert "geplant" in shown(p.wf1(), plan.get_absolute_url())
    for kind, word in (("pause", "angehalten"), ("end", "entfällt")):
        services.stop_plan(plan, kind=kind, reason="Umbau.", actor=p.gf_aplerbeck())
        page = shown(p.wf1(), plan.get_absolute_url())
        assert (
            f"Nr. 1 {today() + timedelta(days=60):%d.%m.%Y} {word} 100,00" in page and "geplant" not in page
        )
    refused = entered(grant, payee, [(today() + timedelta(days=60), Decimal(100))])
    services.refuse_plan(refused, reason="Anders.", actor=p.wf1())
    assert "entfällt 100,00" in shown(p.wf1(), refused.get_absolute_url())


def test_who_checks_a_plan_reads_that_it_does_not_ask_for_other_money():
    own = [{"amount": "500", "kind": "own"}]
    shared = p.accept(p.application(p.approved(p.gf_aplerbeck(), shares={"APL": "1000"}, others=own)))
    plan = entered(shared, p.payee(str(shared.project.organiser)), [(today(), Decimal(100))])
    sentence = "Geplant sind daneben 500,00 € Eigenmittel und Drittmittel."
    assert sentence in shown(p.wf1(), plan.get_absolute_url())
    services.confirm_plan(plan, actor=p.wf1())
    assert sentence not in shown(p.wf1(), plan.get_absolute_url())


class TestLastDayToCall:
    """Money can be called until a day that was agreed with the grant."""

    @pytest.fixture
    def until(self, grant: Application) -> date:
        until = today() + timedelta(days=40)
        with without_triggers():
            Decision.objects.filter(application=grant, step="approve").update(callable_until=until)
        return until

    def post(self, grant: Application, payee: Payee, **typed: Any) -> Any:
        visitor = Client()
        visitor.force_login(p.gf_aplerbeck())
        address = f"/foerderung/auszahlungen/ratenplaene/neu/{grant.pk}/"
        last = today() + timedelta(days=54)
        assert (
            f"Die letzte Rate ist spätestens am {last:%d.%m.%Y} fällig."
            in visitor.get(address).content.decode()
        )
        common = {"key": new_key(), "payee": payee.pk, "purpose": "Nette Toilette", "reason": "Vertrag"}
        return visitor.post(address, {**common, **typed})

    def test_an_instalment_that_comes_too_late_is_named_at_its_field(self, grant, payee, until):
        units = {"way": "units", "unit": "10", "places": "2", "months": "6", "first": f"{today():%Y-%m-%d}"}
        answer = self.post(grant, payee, **units)
        assert answer.status_code == 422
        [said] = answer.context["form"].errors["months"]
        last = until + timedelta(days=14)
        assert (
            f"Abrufen geht bis zum {until:%d.%m.%Y}." in said
            and f"spätestens am {last:%d.%m.%Y} fällig sein" in said
        )
        assert "das sind hier 2\xa0Raten. Was danach gebraucht wird, rufen Sie bitte einzeln ab" in said
        too_late = f"{last + timedelta(days=1):%d.%m.%Y} 50"
        answer = self.post(grant, payee, way="list", instalments=too_late)
        assert "das sind hier 0\xa0Raten" in answer.context["form"].errors["instalments"][0]
        assert not InstalmentPlan.objects.exists()
        assert self.post(grant, payee, way="list", instalments=f"{last:%d.%m.%Y} 50").status_code == 302

    def test_what_is_due_later_is_called_by_hand_with_a_reason(self, grant, payee, until):
        checked(grant, payee)
        with without_triggers():
            Decision.objects.filter(application=grant, step="approve").update(
                callable_until=today() - timedelta(days=1)
            )
        assert services.call_due() == (0, 1)
        refusal = Instalment.objects.earliest("pk").refusal
        assert "Bitte rufen Sie diesen Betrag einzeln ab und begründen Sie dort" in refusal
        assert calls() == []
        with pytest.raises(TransitionNotAllowed, match="rufen Sie diesen Betrag einzeln ab"):
            entered(grant, payee, [(today(), Decimal(5))])
        p.call(grant, "300", to=payee, override="Die Bühne wurde später geliefert.")
        assert calls() == [(300, "called")]
