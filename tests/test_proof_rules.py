"""The settings by which proofs are judged: which rules apply on a day, also for a model without rules of its own."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from funding.models import FundingModel
from funding.proofs.models import ProofRules

pytestmark = pytest.mark.django_db


def test_both_models_begin_with_rules_from_their_first_year_on() -> None:
    for model in FundingModel.objects.all():
        assert ProofRules.objects.on(model, date(model.first_year, 1, 1)).funding_model == model


def test_the_latest_rules_that_have_begun_apply() -> None:
    model = FundingModel.objects.get(first_year=2016)
    later = ProofRules.objects.create(
        funding_model=model, since=date(2020, 7, 1), hourly_rate=Decimal("20.00")
    )
    assert ProofRules.objects.on(model, date(2020, 7, 1)) == later
    assert ProofRules.objects.on(model, date(2020, 6, 30)) != later


def test_a_new_model_goes_on_with_the_rules_before_it_until_it_has_its_own() -> None:
    before = ProofRules.objects.create(
        funding_model=FundingModel.objects.get(first_year=2016), since=date(2020, 1, 1), sample_percent=25
    )
    new = FundingModel.objects.create(name="Neues Modell", first_year=2026, district_allotment=Decimal(1))
    assert ProofRules.objects.on(new, date(2026, 5, 1)) == before
    own = ProofRules.objects.create(funding_model=new, since=date(2026, 1, 1))
    assert ProofRules.objects.on(new, date(2026, 5, 1)) == own
    assert ProofRules.objects.on(before.funding_model, date(2026, 5, 1)) == before


@pytest.mark.parametrize(
    "wrong", [{"sample_percent": 101}, {"hourly_rate": Decimal("-1.00")}, {"hours_cap": 101}]
)
def test_no_rule_is_beyond_its_bounds(wrong: dict[str, object]) -> None:
    row = ProofRules.objects.latest("pk")
    with pytest.raises(IntegrityError), transaction.atomic():
        ProofRules.objects.filter(pk=row.pk).update(**wrong)
