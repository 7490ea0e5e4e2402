"""Years and pots: what opening books, which model applies, who may."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db.models import Q, Sum
from django.utils import timezone

from funding import services
from funding.errors import NotEligible, TransitionNotAllowed, YearNotOpen
from funding.ledger import differences
from funding.models import FiscalYear, FundingModel, LedgerEntry, Pot
from tests import personas
from tests.closed import close

pytestmark = pytest.mark.django_db


def test_2016_is_divided_as_the_council_decided(wf1):
    year = services.open_year(2016, actor=wf1, on=date(2016, 1, 4))
    pots = Pot.objects.filter(year=year)
    assert pots.count() == 14
    assert pots.aggregate(total=Sum("allotted"))["total"] == Decimal("240000.00")
    assert (
        sorted(pots.filter(kind="pillar_1").values_list("allotted", flat=True)) == [Decimal("12000.00")] * 12
    )
    assert personas.pot("S2", 2016).allotted == Decimal("80000.00")
    assert personas.pot("GK", 2016).allotted == Decimal("16000.00")
    assert pots.filter(reserved=0, committed=0, paid=0).count() == 14
    entries = LedgerEntry.objects.filter(pot__year=year)
    assert entries.count() == 14
    assert set(entries.values_list("kind", "actor", "value_date")) == {("allot", wf1.pk, date(2016, 1, 4))}
    assert (year.state, year.opened_on, year.opened_by) == ("open", date(2016, 1, 4), wf1)
    assert list(differences()) == []


def test_2015_is_twelve_times_twenty_thousand(wf1):
    year = services.open_year(2015, actor=wf1)
    assert list(year.pots.values_list("kind", "allotted")) == [("pillar_1", Decimal("20000.00"))] * 12


def test_the_reorganisation_is_budget_neutral(wf1):
    sums = [sum(p.allotted for p in services.preview_year(y)[1]) for y in (2015, 2016)]
    assert sums == [Decimal("240000.00")] * 2


def test_opening_books_exactly_what_the_preview_shows(wf1):
    model, planned = services.preview_year(2018)
    year = services.open_year(2018, actor=wf1)
    assert year.model == model
    assert {(p.kind, p.code, p.allotted, p.name) for p in year.pots.select_related("district")} == {
        (p.kind, p.code, p.allotted, p.name) for p in planned
    }


def test_a_year_is_opened_once(wf1, wf2):
    services.open_year(2016, actor=wf1)
    with pytest.raises(TransitionNotAllowed, match="schon geöffnet"):
        services.open_year(2016, actor=wf2)
    with pytest.raises(TransitionNotAllowed, match="gibt es schon"):
        services.plan_year(2016, actor=wf2)
    assert Pot.objects.aggregate(total=Sum("allotted"))["total"] == Decimal("240000.00")
    close()
    with pytest.raises(TransitionNotAllowed, match="schon abgeschlossen"):
        services.open_year(2016, actor=wf1)


def test_a_planned_year_has_its_pots_at_zero(wf1):
    year = services.plan_year(2017, actor=wf1)
    assert year.pots.count() == 14
    assert year.pots.aggregate(total=Sum("allotted"))["total"] == 0
    assert not LedgerEntry.objects.exists()
    services.open_year(2017, actor=wf1)
    assert year.pots.count() == 14
    assert year.pots.aggregate(total=Sum("allotted"))["total"] == Decimal("240000.00")


def test_pots_with_what_is_asked_of_them_stay_in_their_order(wf1):
    year = services.open_year(2016, actor=wf1)
    assert list(year.pots.with_asked()) == list(year.pots.all())


def test_a_later_council_decision_is_one_more_row(wf1):
    planned = services.plan_year(2021, actor=wf1)
    third = FundingModel.objects.create(
        name="Drittes Modell",
        first_year=2020,
        district_allotment=Decimal("10000.55"),
        pool_allotment=Decimal("100000"),
    )
    assert services.model_for(2019).first_year == 2016
    assert services.model_for(2020) == services.model_for(2099) == third
    assert services.model_for(2003).first_year == services.model_for(2015).first_year == 2003
    year = services.open_year(2020, actor=wf1)
    assert (year.model, year.pots.count()) == (third, 13)
    assert personas.pot("S1-HOE", 2020).allotted == Decimal("10000.55")
    # Planned under the second model, opened under the third: its overhead pot stays empty.
    planned = services.open_year(2021, actor=wf1)
    assert planned.model == third
    assert personas.pot("GK", 2021).allotted == 0
    assert planned.pots.aggregate(total=Sum("allotted"))["total"] == 12 * Decimal("10000.55") + 100000
    assert list(differences()) == []


def test_years_without_a_model_or_too_far_ahead_stay_closed(wf1):
    for act in (services.open_year, services.plan_year, services.model_for):
        kwargs = {} if act is services.model_for else {"actor": wf1}
        with pytest.raises(YearNotOpen, match="kein Fördermodell"):
            act(2002, **kwargs)
    for far in (personas.this_year() + 2, 99999):
        for act in (services.open_year, services.plan_year):
            with pytest.raises(YearNotOpen, match=f"bis {personas.this_year() + 1}"):
                act(far, actor=wf1, on=date(2016, 1, 1))
    assert not FiscalYear.objects.exists()
    assert services.open_year(personas.this_year() + 1, actor=wf1).state == "open"


@pytest.mark.parametrize(
    "name", ["gf_aplerbeck", "admin_verein", "auditor", "board", "superuser", "nobody", "visitor"]
)
def test_only_the_business_development_keeps_years_and_pots(name):
    actor = personas.ALL[name]()
    personas.open_year(2016)
    for act in (
        lambda: services.open_year(2017, actor=actor),
        lambda: services.plan_year(2017, actor=actor),
        lambda: services.open_pot(2016, code="X", source="Spende", amount=Decimal(5), actor=actor),
    ):
        with pytest.raises(TransitionNotAllowed, match="Wirtschaftsförderung"):
            act()
    assert Pot.objects.count() == 14


def test_no_value_date_in_the_future(wf1):
    tomorrow = timezone.localdate() + timedelta(days=1)
    with pytest.raises(TransitionNotAllowed, match="Zukunft"):
        services.open_year(2016, actor=wf1, on=tomorrow)
    personas.open_year(2016)
    with pytest.raises(TransitionNotAllowed, match="Zukunft"):
        services.open_pot(2016, code="X", source="Spende", amount=Decimal(5), actor=wf1, on=tomorrow)


def test_a_special_pot_has_a_named_source_and_its_own_money(wf1):
    personas.open_year(2016)
    pot = services.open_pot(
        2016, code=" BV-APL ", source=" Bezirksvertretung ", amount=Decimal("2500.50"), actor=wf1
    )
    pot.refresh_from_db()
    assert (pot.code, pot.source, pot.allotted, pot.kind) == (
        "BV-APL",
        "Bezirksvertretung",
        Decimal("2500.50"),
        "special",
    )
    assert pot.name == "Sondermittel Bezirksvertretung"
    assert pot.entries.get().amount == Decimal("2500.50")
    assert personas.pot("S2", 2016).allotted == 80000


@pytest.mark.parametrize(
    ("kwargs", "error"),
    [
        ({"source": "  "}, NotEligible),
        ({"code": "  "}, NotEligible),
        ({"code": "S2"}, TransitionNotAllowed),
        ({"code": "S1-APL"}, TransitionNotAllowed),
        ({"code": "DA"}, TransitionNotAllowed),
        ({"amount": Decimal("0")}, TransitionNotAllowed),
        ({"amount": Decimal("-0.00")}, TransitionNotAllowed),
        ({"amount": Decimal("-5")}, TransitionNotAllowed),
        ({"amount": Decimal("0.001")}, TransitionNotAllowed),
        ({"amount": Decimal("NaN")}, TransitionNotAllowed),
        ({"amount": Decimal("Infinity")}, TransitionNotAllowed),
        ({"amount": Decimal("1000000000")}, TransitionNotAllowed),
        ({"year": 2017}, YearNotOpen),
        ({"year": 2018}, YearNotOpen),
    ],
)
def test_a_special_pot_refused_creates_nothing(wf1, kwargs, error):
    personas.open_year(2016)
    services.plan_year(2017, actor=wf1)
    services.open_pot(2016, code="DA", source="Da", amount=Decimal(1), actor=wf1)
    before = Pot.objects.count(), LedgerEntry.objects.count()
    given = {"year": 2016, "code": "NEU", "source": "Spende", "amount": Decimal("10"), **kwargs}
    with pytest.raises(error):
        services.open_pot(given.pop("year"), actor=wf1, **given)
    assert (Pot.objects.count(), LedgerEntry.objects.count()) == before


def test_nothing_is_opened_halfway(wf1, monkeypatch):
    """An error after some pots leaves no year, no pot and no entry."""
    from funding.services import years

    calls = []

    def post(*args, **kwargs):
        calls.append(args)
        if len(calls) == 5:
            raise RuntimeError
        return real(*args, **kwargs)

    real = years.post
    monkeypatch.setattr(years, "post", post)
    with pytest.raises(RuntimeError):
        services.open_year(2016, actor=wf1)
    assert not FiscalYear.objects.exists()
    assert not LedgerEntry.objects.exists()


def test_a_pot_with_a_code_of_its_kind_is_there_once_a_year():
    """A constraint cannot name the list, so it repeats it; and each such pot is opened by the funding model."""
    (once,) = [c for c in Pot._meta.constraints if c.name == "one_pool_and_overhead"]
    assert once.condition == Q(kind__in=[str(kind) for kind in Pot.CODES])
    assert set(Pot.CODES) < set(Pot.ALLOTMENTS)
