"""Raising a grant, claiming money back, waiving a claim, interest: what is booked, by whom, and what is refused."""

import re
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone

from funding import hooks, services, verify
from funding.errors import ConflictOfInterest, FundingError, NotEligible, PotExhausted, TransitionNotAllowed
from funding.ledger import differences
from funding.models import Application, FundingModel, GrantChange, GrantTerms, LedgerEntry, Pot
from funding.verify import findings
from members.models import OutboxMail, User
from projects.models import FinancingItem, Project
from tests import called, personas
from tests.mailed import worded
from tests.plans import change, costs
from tests.tampering import without_triggers

REASON = "Das Zelt kostet mehr."


def euro(amount: str | int) -> Decimal:
    return Decimal(amount).quantize(Decimal("0.01"))


def again(application: Application) -> Application:
    return Application.objects.select_related("pot__year__model", "project").get(pk=application.pk)


def refused(error: type[FundingError], act: Callable[[], object], match: str) -> None:
    before = LedgerEntry.objects.count()
    with pytest.raises(error, match=match), transaction.atomic():
        act()
    assert LedgerEntry.objects.count() == before


def costing(project: Project, total: str) -> None:
    """The district enters higher costs; its other rows stay."""
    change(Project.objects.get(pk=project.pk), personas.gf_aplerbeck(), costs=costs(total))


def of_special_pot(asked: str, allotted: str = "9000") -> Application:
    """A grant of a special pot, signed by one person below the limit, by two from it on."""
    personas.open_year()
    services.open_pot(
        personas.this_year(), code="SPK", source="Sparkasse", amount=Decimal(allotted), actor=personas.wf1()
    )
    return personas.application(personas.approved(personas.gf_aplerbeck(), special={"SPK": asked}))


def paid(asked: str, amount: str, allotted: str = "9000") -> Application:
    application = of_special_pot(asked, allotted)
    called.pay(application, amount=Decimal(amount), actor=personas.wf1())
    return again(application)


def increase(application: Application, to: str, actor: User, **more: object) -> Application:
    return services.increase(application, to=Decimal(to), reason=REASON, actor=actor, **more)


def asked(application: Application, what: str, to: str | Decimal, by: User) -> GrantChange:
    return services.request_change(application, what=what, to=Decimal(to), reason=REASON, actor=by)


def sound() -> None:
    assert list(differences()) == []
    assert list(findings()) == []


# Raising a grant


@pytest.mark.django_db
class TestIncrease:
    def test_asked_and_granted_rise_in_one_step(self, wf1):
        application = of_special_pot("1000")
        costing(application.project, "1500")
        assert Project.objects.get().state == "funding_open"
        done = increase(application, "1500", wf1)
        assert (done.requested, done.granted, done.state) == (euro(1500), euro(1500), "approved")
        decision = done.decisions.get(step="increase")
        assert (decision.amount, decision.reason) == (euro(1500), REASON)
        entry = LedgerEntry.objects.get(decision=decision)
        assert (entry.kind, entry.amount, entry.pot) == ("commit", euro(500), done.pot)
        row = FinancingItem.objects.get(kind="special")
        assert (row.amount, row.granted, row.locked) == (euro(1500), euro(1500), True)
        # The gap is closed, so that the rest can be called.
        assert Project.objects.get().state == "approved"
        sound()

    def test_what_is_still_missing_leaves_the_financing_open(self, wf1):
        application = of_special_pot("1000")
        costing(application.project, "2000")
        increase(application, "1500", wf1)
        assert Project.objects.get().state == "funding_open"
        refused(TransitionNotAllowed, lambda: called.earmark(application, amount=euro(1)), "500,00")
        sound()

    def test_a_reduced_grant_rises_again_within_what_was_asked_for(self, wf1):
        application = of_special_pot("1000")
        services.reduce(application, to=euro(600), reason=REASON, actor=wf1)
        done = increase(application, "900", wf1)
        assert (done.requested, done.granted) == (euro(1000), euro(900))
        sound()

    @pytest.mark.parametrize(
        ("to", "match"), [("1000", "größeren"), ("999", "größeren"), ("1500.01", "Kosten von 1.500"), ("0.001", "Nachkomma")]
    )  # fmt: skip
    def test_it_is_more_than_before_and_at_most_the_costs(self, to, match, wf1):
        application = of_special_pot("1000")
        costing(application.project, "1500")
        with pytest.raises(TransitionNotAllowed) as error:
            increase(application, to, wf1)
        assert match in str(error.value).replace("\u00a0", " ")

    def test_a_pot_with_too_little_says_how_far_it_goes(self, wf1):
        application = of_special_pot("1000", allotted="1200")
        costing(application.project, "1500")
        with pytest.raises(PotExhausted) as error:
            increase(application, "1500", wf1)
        assert error.value.available == euro(200)
        assert "auf höchstens 1.200,00 € erhöhen" in str(error.value).replace("\u00a0", " ")
        assert increase(application, "1200", wf1).granted == euro(1200)
        sound()

    def test_only_a_grant_is_raised_and_with_a_reason(self, wf1, gf_aplerbeck):
        application = of_special_pot("1000")
        costing(application.project, "1500")
        for empty in ("", " \n"):
            refused(
                TransitionNotAllowed,
                lambda empty=empty: services.increase(application, to=euro(1500), reason=empty, actor=wf1),
                "begründen",
            )
        refused(
            TransitionNotAllowed, lambda: increase(application, "1500", gf_aplerbeck), "Wirtschaftsförderung"
        )
        services.revoke(application, reason=REASON, actor=wf1)
        refused(TransitionNotAllowed, lambda: increase(application, "1500", wf1), "widerrufen")

    def test_the_terms_stay_and_the_proof_follows_the_new_sum(self, wf1):
        GrantTerms.objects.update(list_from=euro(1400))
        application = of_special_pot("1000")
        costing(application.project, "1500")
        done = increase(application, "1500", wf1)
        before, after = done.decisions.get(step="approve"), done.decisions.get(step="increase")
        assert (before.proof_depth, after.proof_depth) == ("simple", "list")
        assert (before.eligible_costs, after.eligible_costs) == (euro(1000), euro(1500))
        assert after.callable_until == before.callable_until
        assert [(row.amount, row.is_grant) for row in after.plan_rows.all()] == [
            (euro(1500), False),
            (euro(1500), True),
        ]
        sound()


@pytest.mark.django_db
class TestTwoPeopleRaise:
    def test_the_new_sum_decides(self, wf1, wf2):
        application = of_special_pot("4000")
        costing(application.project, "5000")
        refused(TransitionNotAllowed, lambda: increase(application, "5000", wf1), "eine andere es bestätigt")
        refused(
            TransitionNotAllowed, lambda: asked(application, "increase", "4999.99", wf1), "genügt eine Person"
        )
        change = asked(application, "increase", "5000", wf1)
        assert again(application).granted == euro(4000)
        refused(
            TransitionNotAllowed,
            lambda: services.reduce(application, to=euro(1), reason=REASON, actor=wf2),
            "wartet",
        )
        refused(ConflictOfInterest, lambda: services.confirm_change(change, actor=wf1), "selbst beantragt")
        done = services.confirm_change(change, actor=wf2)
        assert (done.state, done.decision.step, done.added) == ("confirmed", "increase", euro(1000))
        # wf2 alone had signed before: now the person who asked signs with them.
        raised = again(application)
        assert (raised.granted, raised.first_signer, raised.second_signer) == (euro(5000), wf2, wf1)
        sound()
        refused(
            TransitionNotAllowed,
            lambda: services.reduce(application, to=euro(1), reason=REASON, actor=wf1),
            "zwei Personen",
        )

    def test_who_confirms_signs_where_the_first_signer_asked(self, wf1, wf2):
        application = of_special_pot("4000")
        costing(application.project, "5000")
        services.confirm_change(asked(application, "increase", "5000", wf2), actor=wf1)
        assert (again(application).first_signer, again(application).second_signer) == (wf2, wf1)
        sound()

    def test_too_little_is_said_when_it_is_asked_for_and_again_when_it_is_confirmed(self, wf1, wf2):
        application = of_special_pot("4000", allotted="5500")
        costing(application.project, "6000")
        refused(PotExhausted, lambda: asked(application, "increase", "6000", wf1), "höchstens")
        change = asked(application, "increase", "5500", wf1)
        services.return_unused(application.pot, amount=euro(500), reason=REASON, actor=wf1)
        refused(PotExhausted, lambda: services.confirm_change(change, actor=wf2), "1.000")

    def test_two_shares_of_a_project_count_together(self, wf1, gf_aplerbeck, gf_brackel):
        """Pillar 2 and special pots: the sum of the project is what the limit is judged on."""
        personas.open_year()
        services.open_pot(personas.this_year(), code="SPK", source="Sparkasse", amount=euro(9000), actor=wf1)
        project = personas.approved(
            gf_aplerbeck, special={"SPK": "2000"}, pillar_2="2000", special_importance="Einmalig."
        )
        costing(project, "6000")
        refused(
            TransitionNotAllowed,
            lambda: increase(personas.application(project, "S2"), "3000", wf1),
            "eine andere es bestätigt",
        )
        assert increase(personas.application(project, "S2"), "2999.99", wf1).granted == euro("2999.99")
        sound()


@pytest.mark.django_db
class TestResolutions:
    def share(self) -> Application:
        application = personas.application(
            personas.approved(personas.gf_aplerbeck(), shares={"APL": "1000"}), "S1-APL"
        )
        costing(application.project, "1500")
        return application

    def test_pillar_1_needs_a_further_resolution_over_the_difference(self, gf_aplerbeck, wf1):
        application = self.share()
        refused(NotEligible, lambda: increase(application, "1500", gf_aplerbeck), "weiteren Beschluss")
        refused(TransitionNotAllowed, lambda: increase(application, "1500", wf1), "Geschäftsführung")
        less = personas.resolution("APL", "499.99")
        refused(
            TransitionNotAllowed,
            lambda: increase(application, "1500", gf_aplerbeck, resolution=less),
            "Beschlossen sind weitere",
        )
        lost = personas.resolution("APL", "500", 2, 2)
        refused(NotEligible, lambda: increase(application, "1500", gf_aplerbeck, resolution=lost), "Mehrheit")
        made = personas.resolution("APL", "500")
        done = increase(application, "1500", gf_aplerbeck, resolution=made)
        assert (done.granted, done.decisions.get(step="increase").resolution) == (euro(1500), made)
        sound()

    def test_a_resolution_backs_one_decision(self, gf_aplerbeck):
        application = self.share()
        first = application.decisions.get(step="approve").resolution
        refused(
            NotEligible,
            lambda: increase(application, "1500", gf_aplerbeck, resolution=first),
            "andere Entscheidung",
        )

    def test_the_jury_resolves_where_the_model_says_so(self, gf_aplerbeck, wf1, wf2):
        FundingModel.objects.update(pillar_2_needs_resolution=True)
        personas.open_year()
        project = personas.handed_in(gf_aplerbeck, pillar_2="4000", special_importance="Einmalig.")
        application = personas.application(project)
        services.approve(
            application, amount=euro(4000), actor=wf2, resolution=personas.jury_resolution("4000")
        )
        costing(project, "5000")
        refused(NotEligible, lambda: increase(application, "4500", wf1), "Jury")
        assert increase(application, "4500", wf1, resolution=personas.jury_resolution("500")).granted == 4500
        change = asked(application, "increase", "5000", wf1)
        refused(NotEligible, lambda: services.confirm_change(change, actor=wf2), "Jury")
        services.confirm_change(change, actor=wf2, resolution=personas.jury_resolution("500"))
        assert again(application).granted == 5000
        sound()


# Claiming back


@pytest.mark.django_db
class TestReclaim:
    def test_it_books_nothing_and_a_repayment_lowers_it(self, wf1):
        application = paid("1000", "800")
        before = LedgerEntry.objects.count()
        done = services.reclaim(application, amount=euro(300), reason=REASON, actor=wf1)
        assert (done.reclaimed, done.paid, done.granted, done.state) == (300, 800, 1000, "approved")
        assert LedgerEntry.objects.count() == before
        for act, match in (
            (lambda: called.earmark(application, amount=euro(1)), "wird nichts abgerufen"),
            (lambda: services.settle(application, actor=wf1), "wird nicht abgerechnet"),
            (lambda: increase(application, "1001", wf1), "nicht erhöht"),
        ):
            refused(TransitionNotAllowed, act, match)
        services.repay(application, amount=euro(100), actor=wf1)
        assert (again(application).reclaimed, again(application).paid) == (200, 700)
        services.repay(application, amount=euro(250), actor=wf1)
        assert (again(application).reclaimed, again(application).paid, again(application).granted) == (
            0,
            450,
            650,
        )
        assert services.settle(application, actor=wf1).state == "settled"
        sound()

    def test_at_most_what_is_paid_and_all_of_it_only_once_it_is_revoked(self, wf1, gf_aplerbeck):
        application = paid("1000", "1000")
        refused(
            TransitionNotAllowed,
            lambda: services.reclaim(application, amount=euro(1000), reason=REASON, actor=wf1),
            "widerrufen",
        )
        refused(
            TransitionNotAllowed,
            lambda: services.reclaim(application, amount=euro("1000.01"), reason=REASON, actor=wf1),
            "Ausgezahlt sind",
        )
        refused(
            TransitionNotAllowed,
            lambda: services.reclaim(application, amount=euro(1), reason=REASON, actor=gf_aplerbeck),
            "Wirtschaftsförderung",
        )
        services.settle(application, actor=wf1)
        services.reclaim(application, amount=euro(400), reason=REASON, actor=wf1)
        services.revoke(application, reason=REASON, actor=wf1)
        done = services.reclaim(application, amount=euro(600), reason=REASON, actor=wf1)
        assert done.reclaimed == done.paid == 1000
        services.repay(application, amount=euro(1000), actor=wf1)
        assert (again(application).reclaimed, again(application).paid) == (0, 0)
        sound()

    def test_what_two_people_granted_two_claim_back_and_one_books_what_comes(self, wf1, wf2):
        application = paid("6000", "5000")
        refused(
            TransitionNotAllowed,
            lambda: services.reclaim(application, amount=euro(500), reason=REASON, actor=wf1),
            "zwei Personen",
        )
        change = asked(application, "reclaim", "5500", wf1)
        assert change.released == 500
        services.confirm_change(change, actor=wf2)
        assert again(application).reclaimed == 500
        refused(
            TransitionNotAllowed, lambda: asked(application, "repay", "5600", wf1), "bucht eine Person allein"
        )
        refused(
            TransitionNotAllowed,
            lambda: services.repay(application, amount=euro("500.01"), actor=wf1),
            "zwei Personen",
        )
        services.repay(application, amount=euro(500), actor=wf1)
        assert (again(application).reclaimed, again(application).paid) == (0, 4500)
        sound()

    def test_once_it_is_revoked_one_person_claims(self, wf1, wf2):
        application = paid("6000", "5000")
        personas.lessen(application, "revoke", by=wf1)
        assert services.reclaim(application, amount=euro(5000), reason=REASON, actor=wf2).reclaimed == 5000
        sound()

    def test_what_the_bank_sends_back_cannot_be_claimed(self, wf1):
        application = paid("1000", "800")
        services.reclaim(application, amount=euro(700), reason=REASON, actor=wf1)
        services.bounce(application, amount=euro(300), reason=REASON, actor=wf1)
        assert (again(application).reclaimed, again(application).paid) == (500, 500)
        assert list(verify.applications()) == []


@pytest.mark.django_db
class TestWaive:
    def test_two_people_always(self, wf1, wf2):
        application = paid("1000", "800")
        services.reclaim(application, amount=euro(300), reason=REASON, actor=wf1)
        refused(
            TransitionNotAllowed,
            lambda: services.waive(application, amount=euro(300), reason=REASON, actor=wf1),
            "eine andere es bestätigt",
        )
        refused(TransitionNotAllowed, lambda: asked(application, "waive", "699.99", wf1), "verzichtet")
        change = asked(application, "waive", "700", wf1)
        refused(
            TransitionNotAllowed, lambda: services.repay(application, amount=euro(10), actor=wf2), "wartet"
        )
        before = LedgerEntry.objects.count()
        services.confirm_change(change, actor=wf2)
        done = again(application)
        assert (done.reclaimed, done.paid, done.granted) == (0, 800, 1000)
        assert LedgerEntry.objects.count() == before
        assert services.settle(application, actor=wf1).state == "settled"
        sound()

    def test_a_refused_waiver_leaves_the_claim(self, wf1, wf2):
        application = paid("1000", "800")
        services.reclaim(application, amount=euro(300), reason=REASON, actor=wf1)
        services.refuse_change(asked(application, "waive", "700", wf1), reason=REASON, actor=wf2)
        assert again(application).reclaimed == 300
        services.repay(application, amount=euro(300), actor=wf1)
        sound()


@pytest.mark.django_db
class TestInterest:
    def test_the_pot_has_more_and_the_grant_stays(self, wf1, gf_aplerbeck, monkeypatch):
        application = paid("1000", "800")
        refused(
            TransitionNotAllowed,
            lambda: services.book_interest(application, amount=euro(1), actor=wf1),
            "keine Zinsen offen",
        )
        monkeypatch.setattr(hooks, "interest", [])
        free = application.pot.available
        done = services.book_interest(application, amount=euro("12.34"), actor=wf1)
        assert (done.state, done.granted, done.paid) == ("approved", 1000, 800)
        pot = Pot.objects.get(pk=application.pot_id)
        assert (pot.available - free, pot.allotted) == (euro("12.34"), euro("9012.34"))
        assert LedgerEntry.objects.get(kind="supplement").decision.step == "interest"
        for act, match in (
            (lambda: services.book_interest(application, amount=euro(0), actor=wf1), "größer als null"),
            (
                lambda: services.book_interest(application, amount=euro(1), actor=gf_aplerbeck),
                "Wirtschaftsförderung",
            ),
        ):
            refused(TransitionNotAllowed, act, match)
        sound()


# The forms of the application's page, and the page of what two people decide


def as_(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text_of(answer: Any) -> str:
    return unescape(answer.content.decode()).replace("\u00a0", " ")


def sent(application: Application, user: User, step: str, **typed: str) -> Any:
    """The step's form as the page shows it, filled in and sent."""
    client = as_(user)
    form = client.get(application.get_absolute_url()).context["forms"][step]
    start = {name: value for name, value in form.initial.items() if value is not None}
    data = {**start, "key": form["key"].value(), "reason": REASON, **typed}
    return client.post(application.get_absolute_url(), data, follow=True)


def confirmed(change: GrantChange, user: User, **typed: str) -> Any:
    client = as_(user)
    form = client.get(change.get_absolute_url()).context["confirming"]
    data = {"step": "confirm", "key": form["key"].value(), **typed}
    return client.post(change.get_absolute_url(), data, follow=True)


@pytest.mark.django_db
class TestPages:
    def test_raising_shows_what_is_free_and_what_is_too_much(self, wf1):
        application = of_special_pot("1000", allotted="1200")
        costing(application.project, "1500")
        page = text_of(as_(wf1).get(application.get_absolute_url()))
        assert "Bewilligt sind 1.000,00 €" in page
        assert "sind 200,00 € frei" in page
        refusal = sent(application, wf1, "increase", amount="1500")
        assert refusal.status_code == 422
        assert "auf höchstens 1.200,00 € erhöhen" in text_of(refusal)
        assert "Erhöht auf 1.200,00 €" in text_of(sent(application, wf1, "increase", amount="1200"))
        history = text_of(as_(wf1).get(application.get_absolute_url()))
        assert "von 1.000,00 € auf 1.200,00 €" in history

    def test_from_the_limit_on_it_is_asked_for_and_confirmed_by_another(self, wf1, wf2):
        application = of_special_pot("4000")
        costing(application.project, "5000")
        asking = text_of(sent(application, wf1, "increase", amount="5000"))
        assert "Beantragt: Bewilligung erhöhen" in asking
        assert "von 4.000,00 € auf 5.000,00 € steigen" in " ".join(asking.split())
        change = GrantChange.objects.get()
        shown = " ".join(text_of(as_(wf2).get(change.get_absolute_url())).split())
        assert "steigt von 4.000,00 € auf 5.000,00 €" in shown
        assert "danach frei 4.000,00 €" in re.sub(r"<[^>]*>\s*", " ", shown).replace("  ", " ")
        assert "1.000,00 € mehr als bisher" in text_of(confirmed(change, wf2))
        assert again(application).granted == 5000

    def test_the_director_records_the_further_resolution(self, gf_aplerbeck, wf1):
        application = personas.application(personas.approved(gf_aplerbeck, shares={"APL": "1000"}), "S1-APL")
        costing(application.project, "1500")
        assert "increase" not in as_(wf1).get(application.get_absolute_url()).context["forms"]
        votes = {
            "date": f"{timezone.localdate():%d.%m.%Y}",
            "votes_yes": "2",
            "votes_no": "2",
            "votes_abstained": "0",
        }
        body = personas.steering_body("APL")
        lost = sent(application, gf_aplerbeck, "increase", amount="1500", body=str(body.pk), **votes)
        assert "Ohne Mehrheit bleibt die Bewilligung" in text_of(lost)
        done = sent(
            application,
            gf_aplerbeck,
            "increase",
            amount="1500",
            body=str(body.pk),
            **votes | {"votes_no": "1"},
        )
        assert "Erhöht auf 1.500,00 €" in text_of(done)
        assert again(application).decisions.get(step="increase").resolution.amount == 500

    def test_the_jury_is_recorded_by_who_confirms(self, gf_aplerbeck, wf1, wf2):
        FundingModel.objects.update(pillar_2_needs_resolution=True)
        personas.open_year()
        project = personas.handed_in(gf_aplerbeck, pillar_2="4000", special_importance="Einmalig.")
        jury = personas.jury_resolution("4000")
        services.approve(personas.application(project), amount=euro(4000), actor=wf2, resolution=jury)
        costing(project, "5000")
        application = personas.application(project)
        assert "Beantragt: Bewilligung erhöhen" in text_of(sent(application, wf1, "increase", amount="5000"))
        change = GrantChange.objects.get()
        assert "Bitte das Datum der Sitzung" in text_of(confirmed(change, wf2))
        votes = {
            "date": f"{timezone.localdate():%d.%m.%Y}",
            "votes_yes": "5",
            "votes_no": "1",
            "votes_abstained": "0",
        }
        confirmed(change, wf2, body=str(jury.body_id), **votes)
        assert again(application).granted == 5000

    def test_claiming_back_and_waiving(self, wf1, wf2, gf_aplerbeck):
        application = paid("1000", "800")
        page = as_(wf1).get(application.get_absolute_url())
        assert {"reclaim", "waive"} & set(page.context["forms"]) == {"reclaim"}
        assert "Zurückgefordert: 300,00 €" in text_of(sent(application, wf1, "reclaim", amount="300"))
        page = as_(gf_aplerbeck).get(application.get_absolute_url())
        assert "dafür, dass 300,00 € zurückgezahlt werden" in text_of(page)
        assert not {"reclaim", "waive", "increase"} & set(page.context["forms"])
        assert "Beantragt: Auf eine Rückforderung verzichten" in text_of(
            sent(application, wf1, "waive", amount="200")
        )
        change = GrantChange.objects.get()
        assert "soll verzichtet werden" in text_of(as_(wf1).get(application.get_absolute_url()))
        assert "Das Geld bleibt beim Empfänger" in text_of(as_(wf2).get(change.get_absolute_url()))
        assert "200,00 € bleiben beim Empfänger" in text_of(confirmed(change, wf2))
        assert again(application).reclaimed == 100

    def test_the_districts_and_the_second_person_hear_of_it(self, wf1, wf2, gf_aplerbeck):
        application = paid("6000", "5000")
        change = asked(application, "reclaim", "5500", wf1)
        mail = worded(OutboxMail.objects.get(user=wf2, key__startswith="grant-change:"))
        assert "500,00 € zurückfordern" in mail.body.replace("\u00a0", " ")
        services.confirm_change(change, actor=wf2)
        told = worded(
            OutboxMail.objects.get(
                user=gf_aplerbeck, key__startswith=f"decision:{change.application.decisions.latest('pk').pk}"
            )
        )
        assert "werden 500,00 € zurückgefordert" in told.body.replace("\u00a0", " ")


# What the database refuses, whoever writes


@pytest.mark.django_db
class TestGuards:
    @pytest.mark.parametrize(
        ("values", "match"),
        [
            ("reclaimed = reclaimed + 100, paid = paid - 100", "Zurueckgefordert"),
            ("reclaimed = 100, state = 'settled', granted = paid", "Zurueckgefordert"),
            ("reclaimed = 100, called = 100", "Zurueckgefordert"),
            ("requested = requested + 1", "beantragt"),
            ("requested = requested + 2, granted = granted + 1", "beantragt"),
            ("second_signer_id = first_signer_id + 1", "Unterschriften"),
        ],
    )
    def test_raw_sql_is_refused(self, values, match, wf1, wf2):
        application = paid("1000", "800")
        with pytest.raises(IntegrityError, match=match), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE funding_application SET {values} WHERE id = %s", [application.pk])

    def test_what_one_person_did_alone_is_found(self, wf1, wf2):
        application = paid("6000", "5000")
        services.confirm_change(asked(application, "reclaim", "5500", wf1), actor=wf2)
        services.confirm_change(asked(application, "waive", "5900", wf1), actor=wf2)
        sound()
        with without_triggers():
            GrantChange.objects.all().delete()
        found = " ".join(findings())
        assert "hat eine allein zurückgefordert" in found
        assert "hat eine Person allein verzichtet" in found


# Two at once


@pytest.mark.django_db(transaction=True)
class TestRace:
    def pair(self) -> list[Application]:
        """Two grants that are both to be raised by all that is left in their pot."""
        first = of_special_pot("1000", allotted="2500")
        second = personas.application(personas.approved(personas.gf_aplerbeck(), special={"SPK": "1000"}))
        for each in (first, second):
            costing(each.project, "1500")
        return [first, second]

    def test_one_of_two_gets_the_last_euro(self, crowd):
        wf1, pair = personas.wf1().pk, self.pair()
        results = crowd.run(*(("raise_grant", each.pk, "1500", wf1, True) for each in pair))
        assert Counter(results) == {("ok", None): 1, ("PotExhausted", euro(0)): 1}
        assert list(differences()) == []

    def test_negative_control_without_the_lock_the_constraint_stops_the_second(self, crowd):
        wf1, pair = personas.wf1().pk, self.pair()
        results = crowd.run(
            *(("raise_grant", each.pk, "1500", wf1, False) for each in pair), rest="idle_twice"
        )
        assert sorted(name for name, _ in results) == ["IntegrityError", "ok"]
        assert list(differences()) == []
