"""Who gets money: accounts are entered by one person, confirmed by another with the paper at hand, and never change."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from funding.errors import ConflictOfInterest, TransitionNotAllowed
from funding.payments import services
from funding.payments.models import Payee, PayeeAccount
from funding.payments.verify import accounts as findings
from members.models import Mandate, Organisation, Person
from tests import personas as p
from tests.personas import today
from tests.tampering import lift_guards, without_checks

pytestmark = pytest.mark.django_db

FIRST, SECOND, THIRD = p.IBANS[:3]


@pytest.fixture
def payee() -> Payee:
    return services.enter_payee(Organisation.objects.create(name="Hörder Verein"), actor=p.wf1())


def entered(payee: Payee, iban: str = FIRST, **more: Any) -> PayeeAccount:
    return p.payee_account(payee, **{"actor": p.wf1(), "iban": iban, **more})


def confirmed(payee: Payee, iban: str = FIRST, **more: Any) -> PayeeAccount:
    return services.confirm_account(entered(payee, iban, **more), paper="Kontoauszug", actor=p.wf2())


def active(payee: Payee, day: date | None = None) -> list[str]:
    return [account.iban for account in payee.accounts.active_on(day or today())]


class TestEntering:
    def test_bank_and_bic_are_found(self, payee):
        account = entered(payee, "de89 3704 0044 0532 0130 00")
        assert (account.iban, account.bank, account.bic) == (FIRST, "Commerzbank", "COBADEFFXXX")

    @pytest.mark.parametrize(
        ("changed", "field", "said"),
        [
            ({"iban": "DE89370400440532013001"}, "iban", "mindestens eine Stelle falsch"),
            ({"iban": "US89370400440532013000"}, "iban", "nicht zum Zahlungsraum SEPA"),
            ({"holder": " \u200b"}, "holder", "auf wen das Konto lautet"),
            ({"reason": ""}, "reason", "woher die Angaben kommen"),
            ({"since": date(206, 1, 1)}, "since", "Bitte das Jahr prüfen"),
        ],
    )
    def test_what_is_wrong_is_said_beside_its_field(self, payee, changed, field, said):
        with pytest.raises(TransitionNotAllowed, match=said) as refused:
            entered(payee, **changed)
        assert refused.value.field == field
        assert not PayeeAccount.objects.exists()

    def test_a_director_enters_for_organisers_and_for_suppliers_of_the_district(self):
        gf = p.gf_aplerbeck()
        project = p.make_project(gf)
        organiser = services.enter_payee(project.organiser, actor=p.wf1())
        account = entered(organiser, actor=gf, district=p.district("APL"))
        assert account.district == p.district("APL")
        supplier = services.enter_payee(
            Organisation.objects.create(name="Druckerei"), actor=gf, district=p.district("APL")
        )
        entered(supplier, actor=gf, district=p.district("APL"))

    def test_not_for_others(self, payee):
        gf = p.gf_aplerbeck()
        with pytest.raises(TransitionNotAllowed, match="Veranstalter von Projekten"):
            entered(payee, actor=gf, district=p.district("APL"))
        for actor, district in (
            (gf, "BRA"),
            (p.auditor(), None),
            (p.board(), None),
            (p.superuser(), None),
            (gf, None),
        ):
            with pytest.raises(TransitionNotAllowed, match="tragen die Geschäftsführungen"):
                entered(payee, actor=actor, district=district and p.district(district))
            with pytest.raises(TransitionNotAllowed, match="tragen die Geschäftsführungen"):
                services.enter_payee(
                    payee.organisation, actor=actor, district=district and p.district(district)
                )

    def test_an_organisation_is_one_payee_for_all_who_enter_it(self, payee):
        again = services.enter_payee(payee.organisation, actor=p.gf_aplerbeck(), district=p.district("APL"))
        assert again == payee
        assert set(payee.districts.all()) == {p.district("APL")}
        person = services.enter_payee(Person.objects.create(given_name="A", family_name="B"), actor=p.wf1())
        assert person.is_person and str(person) == "A B"

    def test_one_waits_at_a_time(self, payee):
        entered(payee)
        with pytest.raises(TransitionNotAllowed, match="wartet schon auf die zweite Person"):
            entered(payee, SECOND)

    def test_the_same_again_changes_nothing(self, payee):
        confirmed(payee)
        with pytest.raises(TransitionNotAllowed, match="schon bestätigt"):
            entered(payee)

    def test_not_before_the_one_that_it_follows(self, payee):
        confirmed(payee)
        with pytest.raises(TransitionNotAllowed, match="kann nicht früher gelten") as refused:
            entered(payee, SECOND, since=today() - timedelta(days=1))
        assert refused.value.field == "since"


class TestSecondPerson:
    def test_who_entered_it_does_not_confirm_it(self, payee):
        account = entered(payee)
        with pytest.raises(ConflictOfInterest, match="selbst eingetragen"):
            services.confirm_account(account, paper="Brief", actor=p.wf1())
        assert active(payee) == []
        done = services.confirm_account(account, paper="Brief vom 3. Mai", actor=p.wf2())
        assert done.is_confirmed and done.paper == "Brief vom 3. Mai"
        assert active(payee) == [FIRST]

    def test_superusers_are_no_exception(self, payee):
        boss = p.superuser()
        account = entered(payee)
        with pytest.raises(TransitionNotAllowed, match="bestätigt die Wirtschaftsförderung"):
            services.confirm_account(account, paper="Brief", actor=boss)

    def test_nor_who_gets_the_money_or_belongs_to_the_district(self):
        payee = services.enter_payee(p.wf2().person, actor=p.gf_aplerbeck(), district=p.district("APL"))
        account = entered(payee, actor=p.gf_aplerbeck(), district=p.district("APL"))
        for actor, said in (
            (p.wf2(), "bekommen Sie selbst Geld"),
            (p.wf_with_mandate(), "ein Mandat in Aplerbeck"),
        ):
            with pytest.raises(ConflictOfInterest, match=said):
                services.confirm_account(account, paper="Brief", actor=actor)
        services.confirm_account(account, paper="Brief", actor=p.wf1())

    def test_a_paper_was_looked_at(self, payee):
        with pytest.raises(TransitionNotAllowed, match="welche Unterlage") as refused:
            services.confirm_account(entered(payee), paper=" ", actor=p.wf2())
        assert refused.value.field == "paper"

    def test_who_is_no_longer_entitled_has_not_entered_it(self):
        gf, district = p.gf_aplerbeck(), p.district("APL")
        payee = services.enter_payee(Organisation.objects.create(name="X"), actor=gf, district=district)
        account = entered(payee, actor=gf, district=district)
        Mandate.objects.filter(person=gf.person).update(until=today() - timedelta(days=1))
        with pytest.raises(ConflictOfInterest, match="fehlt eine zweite Person"):
            services.confirm_account(account, paper="Brief", actor=p.wf1())
        services.refuse_account(account, reason="Bitte neu eintragen.", actor=p.wf1())

    def test_refused_with_a_reason_nothing_is_paid_to_it(self, payee):
        account = entered(payee)
        with pytest.raises(TransitionNotAllowed, match="begründen"):
            services.refuse_account(account, reason="", actor=p.wf2())
        services.refuse_account(account, reason="Ein Zahlendreher.", actor=p.wf2())
        assert active(payee) == []
        with pytest.raises(
            TransitionNotAllowed, match=r"schon entschieden: abgelehnt\. Jetzt wurde nichts geändert"
        ):
            services.confirm_account(account, paper="Brief", actor=p.wf2())
        # The next one follows it, and so on: one chain, nothing is lost.
        assert confirmed(payee, SECOND).follows == account
        assert active(payee) == [SECOND]

    def test_who_entered_it_takes_it_back_and_a_stranger_does_not(self):
        gf, district = p.gf_aplerbeck(), p.district("APL")
        payee = services.enter_payee(Organisation.objects.create(name="X"), actor=gf, district=district)
        account = entered(payee, actor=gf, district=district)
        with pytest.raises(TransitionNotAllowed, match="Ablehnen kann die Wirtschaftsförderung"):
            services.refuse_account(account, reason="Nein.", actor=p.gf_brackel())
        done = services.refuse_account(account, reason="Vertippt.", actor=p.deputy_aplerbeck())
        assert done.is_refused


class TestWhichOneCounts:
    def test_a_changed_account_counts_from_its_day_and_only_when_confirmed(self, payee):
        confirmed(payee)
        day = today() + timedelta(days=10)
        later = entered(payee, SECOND, since=day)
        assert active(payee, day) == [FIRST]
        services.confirm_account(later, paper="Brief", actor=p.wf2())
        assert (active(payee), active(payee, day)) == ([FIRST], [SECOND])
        assert later.usable_on(day) and not later.usable_on(today())
        assert active(payee, today() - timedelta(days=1)) == []

    def test_new_calls_name_the_one_that_was_entered_last_and_not_refused(self, payee):
        first = confirmed(payee)
        second = entered(payee, SECOND)
        assert list(payee.accounts.newest()) == [second] and not second.is_confirmed
        services.refuse_account(second, reason="Falsch.", actor=p.wf2())
        assert list(payee.accounts.newest()) == [first]

    def test_every_payee_has_its_own(self, payee):
        confirmed(payee)
        other = services.enter_payee(Organisation.objects.create(name="Y"), actor=p.wf1())
        confirmed(other, SECOND)
        assert {a.iban for a in PayeeAccount.objects.active_on(today())} == {FIRST, SECOND}


class TestDatabase:
    def test_one_of_both_and_each_once(self, payee):
        row = {"entered_by": p.wf1(), "entered_on": today()}
        person = Person.objects.create(given_name="A", family_name="B")
        for wrong in ({}, {"organisation": Organisation.objects.create(name="Z"), "person": person}):
            with pytest.raises(IntegrityError, match="payee_is_one"), transaction.atomic():
                Payee.objects.create(**row, **wrong)
        with pytest.raises(IntegrityError), transaction.atomic():
            Payee.objects.create(**row, organisation=payee.organisation)

    def test_a_chain_has_one_beginning_and_no_branches(self, payee):
        first = confirmed(payee)
        row = {
            "payee": payee, "iban": THIRD, "holder": "X", "since": today(), "reason": "x", "requested_by": p.wf1(),
            "requested_on": today(),
        }  # fmt: skip
        with pytest.raises(IntegrityError), transaction.atomic():
            PayeeAccount.objects.create(**row)
        services.refuse_account(entered(payee, SECOND), reason="Falsch.", actor=p.wf2())
        with pytest.raises(IntegrityError), transaction.atomic():
            PayeeAccount.objects.create(**row, follows=first)

    def test_what_got_past_the_guards_is_found(self, payee):
        account = confirmed(payee)
        other = confirmed(services.enter_payee(Organisation.objects.create(name="Y"), actor=p.wf1()), SECOND)
        assert list(findings()) == []
        lift_guards()
        with without_checks("payments_payeeaccount", "payeeaccount_confirmed_by_another"):
            PayeeAccount.objects.filter(pk=account.pk).update(decided_by=p.wf1())
            PayeeAccount.objects.filter(pk=other.pk).update(follows=account)
            found = " ".join(findings())
        assert "Bestätigt hat sie, wer sie eingetragen hat" in found
        assert f"Sie folgt auf {account}, die nicht davor steht" in found
        assert FIRST not in found and "Hörde" not in found
