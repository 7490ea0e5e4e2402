"""Carrying a grant or an application to another year, and money that comes back after its year is closed."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from funding import hooks, services
from funding.errors import TransitionNotAllowed, YearNotOpen
from funding.models import Application, FiscalYear, LedgerEntry, Pot
from funding.verify import findings
from tests import called, personas
from tests.closed import close_by_two, reopen_by_two
from tests.personas import this_year
from tests.test_funding_decisions import refused

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def every_euro_is_explained(monkeypatch):
    """The core's own checks: the payments of these tests have no calls."""
    monkeypatch.setattr(hooks, "verifiers", [])
    yield
    assert list(findings()) == []


@pytest.fixture
def following(db) -> FiscalYear:
    personas.open_year()
    return services.open_year(this_year() + 1, actor=personas.wf1())


def granted(amount: str = "3000", paid: str = "1000") -> Application:
    application = personas.application(personas.approved(personas.gf_aplerbeck(), pillar_2=amount), "S2")
    if Decimal(paid):
        called.pay(application, amount=Decimal(paid), actor=personas.wf1())
    return anew(application)


def anew(application: Application) -> Application:
    return Application.objects.select_related("pot", "carried_to").get(pk=application.pk)


def counters(year: int, code: str = "S2") -> tuple[Decimal, ...]:
    pot = Pot.objects.get(year__year=year, code=code)
    return pot.allotted, pot.reserved, pot.committed, pot.paid


def booked(application: Application, after: int = 0) -> list[tuple[str, int, Decimal]]:
    entries = LedgerEntry.objects.filter(application=application, pk__gt=after).order_by("pk")
    return [(e.kind, e.pot.year.year, e.amount) for e in entries.select_related("pot__year")]


def carry(application: Application, to: FiscalYear, **more) -> Application:
    return services.carry(
        application, to=to, reason=more.pop("reason", "Das Fest ist im Januar."), actor=personas.wf1(), **more
    )


def close(year: int | None = None, **more) -> FiscalYear:
    return close_by_two(year or this_year(), **more)


def test_what_is_not_paid_moves_with_four_rows(following):
    application = granted()
    before = LedgerEntry.objects.latest("pk").pk
    carry(application, following)
    assert booked(application, before) == [
        ("release", this_year(), 2000), ("carry_out", this_year(), 2000), ("carry_in", this_year() + 1, 2000), ("commit", this_year() + 1, 2000),
    ]  # fmt: skip
    assert counters(this_year()) == (78000, 0, 1000, 1000)
    assert counters(this_year() + 1) == (82000, 0, 2000, 0)
    carried = anew(application)
    assert (carried.carried_to.year, carried.granted, carried.paid) == (following, 3000, 1000)
    assert carried.decisions.last().step == "carry"


def test_bookings_go_to_the_other_pot_from_then_on(following):
    application = granted()
    carry(application, following)
    called.pay(application, amount=Decimal(500), actor=personas.wf1())
    assert counters(this_year() + 1) == (82000, 0, 2000, 500)
    personas.lessen(application, "reduce", to=1800, reason="Weniger Stände.", by=personas.wf1())
    assert counters(this_year() + 1) == (82000, 0, 800, 500)
    services.settle(application, actor=personas.wf1())
    assert counters(this_year()) == (78000, 0, 1000, 1000)
    assert counters(this_year() + 1) == (82000, 0, 500, 500)


def test_it_goes_back_by_the_same_four_rows(following):
    application = granted()
    carry(application, following)
    own = FiscalYear.objects.get(year=this_year())
    carry(application, own, reason="Doch noch im Dezember.")
    assert counters(this_year()) == (80000, 0, 3000, 1000)
    assert counters(this_year() + 1) == (80000, 0, 0, 0)
    assert anew(application).carried_to is None


def test_what_was_paid_from_the_other_pot_stays_there(following):
    application = granted()
    carry(application, following)
    called.pay(application, amount=Decimal(500), actor=personas.wf1())
    carry(application, FiscalYear.objects.get(year=this_year()), reason="Zurück.")
    assert counters(this_year()) == (79500, 0, 2500, 1000)
    assert counters(this_year() + 1) == (80500, 0, 500, 500)


def test_money_of_the_other_pot_that_comes_back_later_is_money_of_another_year(following):
    application = granted()
    carry(application, following)
    called.pay(application, amount=Decimal(500), actor=personas.wf1())
    carry(application, FiscalYear.objects.get(year=this_year()), reason="Zurück.")
    services.repay(application, amount=Decimal(1200), actor=personas.wf1())
    assert counters(this_year()) == (79700, 0, 1500, 0)
    assert counters(this_year() + 1) == (80500, 0, 500, 500)


def test_pillar_1_moves_within_the_district(following):
    application = personas.application(
        personas.approved(personas.gf_aplerbeck(), shares={"APL": "700"}), "S1-APL"
    )
    carry(application, following)
    assert counters(this_year() + 1, "S1-APL") == (12700, 0, 700, 0)
    assert anew(application).carried_to.district == application.pot.district


def test_an_undecided_application_is_approved_from_the_other_pot(following):
    project = personas.handed_in(personas.gf_aplerbeck(), pillar_2="900")
    application = personas.application(project, "S2")
    carry(application, following)
    assert LedgerEntry.objects.filter(application=application).count() == 0
    close()
    personas.approve(anew(application))
    assert counters(this_year() + 1) == (80000, 0, 900, 0)
    called.pay(application, amount=Decimal(900), actor=personas.wf1())
    services.settle(application, actor=personas.wf1())


def test_a_returned_application_is_handed_in_again_after_its_year_is_closed(following, gf_aplerbeck):
    application = personas.application(personas.handed_in(gf_aplerbeck, pillar_2="900"), "S2")
    services.return_to_applicant(application, reason="Wann genau?", actor=personas.wf1())
    carry(application, following)
    close()
    (again,) = services.submit(application.project, actor=gf_aplerbeck)
    assert again.pk == application.pk and again.state == "submitted"
    services.withdraw(again, actor=gf_aplerbeck)


def test_a_special_pot_gets_its_like_in_the_other_year(following, gf_aplerbeck):
    services.open_pot(this_year(), code="SPK", source="Sparkasse", amount=Decimal(900), actor=personas.wf1())
    application = personas.application(personas.approved(gf_aplerbeck, special={"SPK": "300"}), "SPK")
    carry(application, following)
    assert counters(this_year() + 1, "SPK") == (300, 0, 300, 0)
    assert Pot.objects.get(year=following, code="SPK").source == "Sparkasse"


def test_money_of_another_source_is_not_mixed(following, gf_aplerbeck):
    services.open_pot(this_year(), code="SPK", source="Sparkasse", amount=Decimal(900), actor=personas.wf1())
    services.open_pot(
        this_year() + 1, code="SPK", source="Sportverein", amount=Decimal(1), actor=personas.wf1()
    )
    application = personas.application(personas.approved(gf_aplerbeck, special={"SPK": "300"}), "SPK")
    refused(TransitionNotAllowed, lambda: carry(application, following), "andere Geldquelle")


class TestRefusals:
    def test_not_within_its_own_year_nor_into_one_that_is_not_open(self, following):
        application = granted()
        refused(
            TransitionNotAllowed,
            lambda: carry(application, FiscalYear.objects.get(year=this_year())),
            "schon im",
        )
        close(this_year() + 1)
        refused(
            YearNotOpen, lambda: carry(application, FiscalYear.objects.get(pk=following.pk)), "abgeschlossen"
        )

    def test_not_into_an_earlier_year(self, following):
        late = personas.application(
            personas.approved(personas.gf_aplerbeck(), year=this_year() + 1, pillar_2="300"), "S2"
        )
        refused(
            TransitionNotAllowed,
            lambda: carry(late, FiscalYear.objects.get(year=this_year())),
            "späteres Haushaltsjahr",
        )

    def test_it_needs_a_reason_and_the_wirtschaftsfoerderung(self, following, gf_aplerbeck):
        application = granted()
        refused(TransitionNotAllowed, lambda: carry(application, following, reason=" "), "begründen")
        refused(
            TransitionNotAllowed,
            lambda: services.carry(application, to=following, reason="x", actor=gf_aplerbeck),
            "Wirtschaftsförderung",
        )

    def test_no_sql_moves_it_into_a_pot_of_another_kind(self, following):
        application = granted()
        for code in ("GK", "S1-APL"):
            other = Pot.objects.get(year=following, code=code)
            with pytest.raises(IntegrityError, match="Uebertragen wird"), transaction.atomic():
                Application.objects.filter(pk=application.pk).update(carried_to=other)


class TestMoneyThatComesLate:
    """The year is closed, and then the bank or the recipient sends something back."""

    @pytest.fixture
    def application(self, following) -> Application:
        application = granted()
        carry(application, following)
        close()
        return anew(application)

    def test_a_repayment_is_money_of_earlier_years(self, application):
        services.repay(application, amount=Decimal(400), actor=personas.wf1())
        assert counters(this_year()) == (1000, 0, 1000, 1000)
        assert counters(this_year() + 1) == (82400, 0, 2000, 0)
        assert (anew(application).paid, anew(application).granted) == (600, 2600)

    def test_what_was_paid_from_the_new_pot_comes_back_there_first(self, application):
        called.pay(application, amount=Decimal(300), actor=personas.wf1())
        before = LedgerEntry.objects.latest("pk").pk
        services.repay(application, amount=Decimal(400), actor=personas.wf1())
        assert booked(application, before) == [
            ("pay_back", this_year() + 1, 300), ("release", this_year() + 1, 300), ("late_repayment", this_year() + 1, 100),
        ]  # fmt: skip

    def test_a_payment_that_the_bank_sends_back_is_committed_anew(self, application):
        services.bounce(application, amount=Decimal(1000), reason="Konto erloschen", actor=personas.wf1())
        assert counters(this_year() + 1) == (83000, 0, 3000, 0)
        assert (anew(application).paid, anew(application).called, anew(application).granted) == (
            0,
            1000,
            3000,
        )
        services.pay(application, amount=Decimal(1000), actor=personas.wf1())
        assert counters(this_year() + 1) == (83000, 0, 3000, 1000)

    def test_also_of_a_grant_that_was_not_carried_over(self, following):
        application = granted("1000", "1000")
        close()
        services.bounce(application, amount=Decimal(1000), reason="Konto erloschen", actor=personas.wf1())
        assert counters(this_year() + 1) == (81000, 0, 1000, 0)
        assert anew(application).carried_to.year == following

    def test_a_grant_is_settled_and_revoked_after_closing(self, following):
        settled, revoked = granted("1000", "1000"), granted("800", "800")
        close()
        services.settle(settled, actor=personas.wf1())
        personas.lessen(revoked, "revoke", reason="Zweck verfehlt.", by=personas.wf1())
        services.repay(revoked, amount=Decimal(800), actor=personas.wf1())
        assert counters(this_year() + 1) == (80800, 0, 0, 0)

    def test_without_an_open_year_the_sentence_says_what_to_do(self, db):
        application = granted("1000", "1000")
        close()
        refused(
            YearNotOpen,
            lambda: services.repay(application, amount=Decimal(400), actor=personas.wf1()),
            "im nächsten Jahr gebucht",
        )


class TestClosing:
    def test_what_is_free_lapses(self, following):
        granted("1000", "1000")
        close()
        for pot in Pot.objects.filter(year__year=this_year()):
            assert (pot.allotted, pot.reserved, pot.available) == (pot.paid, 0, 0)
        lapsed = LedgerEntry.objects.filter(kind="lapse")
        assert sum(e.amount for e in lapsed) == 239000
        assert {e.occasion for e in lapsed} == {"closing"}

    def test_a_part_goes_to_the_next_year(self, following):
        pot = personas.pot("S1-APL")
        close(this_year(), carried={pot.pk: Decimal(1500)})
        assert counters(this_year(), "S1-APL") == (0, 0, 0, 0)
        assert counters(this_year() + 1, "S1-APL") == (13500, 0, 0, 0)

    def test_no_more_than_is_free_and_not_without_a_next_year(self, following):
        pot = personas.pot("S1-APL")
        for euro, match in ((12001, "mehr geht nicht"), (-1, "mehr geht nicht")):
            refused(
                TransitionNotAllowed,
                lambda euro=euro: close(this_year(), carried={pot.pk: Decimal(euro)}),
                match,
            )
        late = Pot.objects.get(year=following, code="S1-APL")
        refused(
            YearNotOpen,
            lambda: close(this_year() + 1, carried={late.pk: Decimal(5)}),
            f"{this_year() + 2}",
        )

    @pytest.mark.parametrize(
        ("open_thing", "match"),
        [
            (lambda: granted(), "gebunden und nicht bezahlt"),
            (lambda: personas.handed_in(personas.gf_aplerbeck(), pillar_2="900"), "Antrag ist noch nicht entschieden"),
            (
                lambda: services.sign(
                    personas.application(personas.handed_in(personas.gf_aplerbeck(), pillar_2="6000"), "S2"),
                    amount=Decimal(6000), actor=personas.wf1(),
                ),
                "vorgemerkt",
            ),
            (
                lambda: services.book_expense(
                    this_year(), amount=Decimal(5), purpose="Porto", payee="Post", actor=personas.wf1(), paid=False
                ),
                "gebunden und nicht bezahlt",
            ),
        ],
        ids=["unpaid", "undecided", "signed", "expense"],
    )  # fmt: skip
    def test_not_while_something_is_open(self, following, open_thing, match):
        open_thing()
        before = LedgerEntry.objects.count()
        refused(TransitionNotAllowed, close, match)
        assert LedgerEntry.objects.count() == before and FiscalYear.objects.get(year=this_year()).is_open

    def test_nobody_books_in_it_any_more(self, following, gf_aplerbeck):
        close()
        pot = personas.pot("S2")
        for act in (
            lambda: Pot.objects.filter(pk=pot.pk).update(allotted=Decimal(1)),
            lambda: Pot.objects.create(year=pot.year, kind="special", code="X", source="Y"),
        ):
            with pytest.raises(IntegrityError, match="abgeschlossenen"), transaction.atomic():
                act()
        refused(TransitionNotAllowed, close, "abgeschlossen")
        with pytest.raises(YearNotOpen):
            services.book_expense(
                this_year(), amount=Decimal(5), purpose="x", payee="y", actor=personas.wf1()
            )

    def test_only_the_wirtschaftsfoerderung_and_only_a_year_that_there_is(self, following, gf_aplerbeck):
        with pytest.raises(TransitionNotAllowed, match="Wirtschaftsförderung"):
            services.close_year(this_year(), actor=gf_aplerbeck)
        with pytest.raises(YearNotOpen, match="gibt es nicht"):
            services.close_year(1999, actor=personas.wf1())

    def test_opening_again_brings_back_what_lapsed_and_what_is_still_free(self, following):
        own, pool = personas.pot("S1-APL"), personas.pot("S2")
        close(this_year(), carried={own.pk: Decimal(1500), pool.pk: Decimal(80000)})
        late = personas.application(
            personas.approved(personas.gf_aplerbeck(), year=this_year() + 1, pillar_2="4000"), "S2"
        )
        assert late.pot.year == following
        reopen_by_two(this_year())
        assert counters(this_year(), "S1-APL") == (12000, 0, 0, 0)
        assert counters(this_year() + 1, "S1-APL") == (
            12000,
            0,
            0,
            0,
        )
        assert counters(this_year()) == (80000, 0, 0, 0)
        assert counters(this_year() + 1) == (80000, 0, 4000, 0)
        close()
        assert counters(this_year()) == (0, 0, 0, 0)

    def test_what_was_granted_from_the_remainder_stays_where_it_is(self, following, gf_aplerbeck):
        close(this_year(), carried={personas.pot("S1-APL").pk: Decimal(1500)})
        personas.approved(gf_aplerbeck, year=this_year() + 1, shares={"APL": "13000"})
        reopen_by_two(this_year())
        assert counters(this_year(), "S1-APL") == (11000, 0, 0, 0)
        assert counters(this_year() + 1, "S1-APL") == (13000, 0, 13000, 0)

    def test_what_came_from_the_year_before_is_no_remainder_of_its_own(self, following):
        pool = personas.pot("S2")
        close(this_year(), carried={pool.pk: Decimal(1500)})
        close(this_year() + 1)
        reopen_by_two(this_year() + 1)
        assert counters(this_year()) == (0, 0, 0, 0)
        assert counters(this_year() + 1) == (81500, 0, 0, 0)


def test_a_day_to_come_is_refused(following):
    tomorrow = timezone.localdate() + timedelta(days=1)
    refused(TransitionNotAllowed, lambda: close_on(tomorrow), "Zukunft")
    application = granted()
    refused(TransitionNotAllowed, lambda: carry(application, following, on=tomorrow), "Zukunft")


def close_on(day) -> FiscalYear:
    return close(this_year(), on=day)
