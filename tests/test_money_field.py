"""Money: what people type, what is shown, what reaches the database."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import FieldError, ValidationError
from django.db import transaction
from django.db.models import Avg, F, Sum, Value
from django.db.models.functions import Coalesce
from hypothesis import given
from hypothesis import strategies as st

from funding.models import FiscalYear, FundingModel, Pot
from members.common.money import (
    MAXIMUM,
    MoneyField,
    MoneyFormField,
    format_euro,
    format_number,
    money,
    parse_euro,
)
from members.common.templatetags.money import euro, number, whole_euro

NBSP = "\u00a0"
AMOUNTS = Path(__file__).parent / "data" / "amounts.json"


SPELLINGS = [
    pytest.param(line, id=repr(line["text"])) for line in json.loads(AMOUNTS.read_text(encoding="utf-8"))
]


@pytest.mark.parametrize("line", SPELLINGS)
def test_every_spelling_of_the_table_is_read_or_refused_as_it_says(line: dict[str, Any]) -> None:
    """The same table tests the script of the project form (``tests/browser/test_amounts.py``)."""
    if "cents" in line:
        parsed = parse_euro(line["text"])
        assert (parsed, parsed.as_tuple().exponent) == (Decimal(line["cents"]).scaleb(-2), -2)
    else:
        assert_refused(line["text"], line["error"])


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("9" * 10_000, "large"),
        ("1," + "1" * 10_000, "places"),
        ("1.111" * 2_000, "invalid"),
        ("- " * 5_000, "invalid"),
        ("x" * 10_000, "invalid"),
        ("500," + "-" * 10_000, "invalid"),
        ("€ " * 5_000, "invalid"),
    ],
)
def test_amounts_of_any_length_are_refused_with_a_sentence(typed: str, code: str) -> None:
    assert_refused(typed, code)


def assert_refused(typed: str, code: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        parse_euro(typed)
    assert refusal.value.code == code
    assert refusal.value.messages[0].endswith(".")
    assert len(refusal.value.messages[0]) < 120


def test_three_decimals_are_never_read_as_thousands() -> None:
    """ "0.500" are fifty cents on some keyboards, never five hundred euro."""
    with pytest.raises(ValidationError):
        parse_euro("0.500")
    assert parse_euro("1.500") == Decimal("1500")


cents = st.integers(min_value=0, max_value=int(MAXIMUM.scaleb(2)))


@given(cents)
def test_what_is_shown_can_be_typed_again(amount: int) -> None:
    shown = Decimal(amount).scaleb(-2)
    assert parse_euro(format_euro(shown)) == shown
    assert parse_euro(format_number(shown)) == shown
    assert parse_euro(str(shown)) == shown
    assert parse_euro(format_number(shown).replace(".", " ")) == shown


@given(st.text(max_size=60))
def test_any_text_gives_an_amount_in_range_or_a_sentence(typed: str) -> None:
    try:
        amount = parse_euro(typed)
    except ValidationError:
        return
    assert 0 <= amount <= MAXIMUM
    assert amount == amount.quantize(Decimal("0.01"))


@given(st.from_regex(r"\A[0-9]{1,4}([., ][0-9]{0,4}){0,3} ?€?\Z"))
def test_accepted_digits_are_the_digits_of_the_amount(typed: str) -> None:
    """However an amount is written, no digit is invented or moved across the decimal sign."""
    try:
        amount = parse_euro(typed)
    except ValidationError:
        return
    digits = "".join(c for c in typed if c in "0123456789")
    assert Decimal(digits) in {amount, amount * 10, amount * 100}


def test_how_amounts_are_shown() -> None:
    assert format_euro(Decimal("1234.5")) == f"1.234,50{NBSP}€"
    assert format_number(Decimal("0")) == "0,00"
    assert format_number(Decimal("-0.00")) == "0,00"
    assert format_number(Decimal("-1234567.8")) == "−1.234.567,80"
    assert (euro(None), number(None), whole_euro(None)) == ("", "", "")
    assert euro(Decimal("5")) == f"5,00{NBSP}€"
    assert number(Decimal("5")) == "5,00"
    assert whole_euro(Decimal("4550.99")) == f"4.550{NBSP}€"


@pytest.mark.parametrize("typed", ["0", "0,00", "0.00", "0 €"])
def test_the_form_field_refuses_zero_unless_it_may(typed: str) -> None:
    with pytest.raises(ValidationError, match="größer als null"):
        MoneyFormField().clean(typed)
    assert MoneyFormField(allow_zero=True).clean(typed) == 0


@pytest.mark.parametrize("typed", ["-5", "1e5", "1,234", "1000000000000", "x" * 41, "9" * 10_000])
def test_the_form_field_refuses_in_german(typed: str) -> None:
    with pytest.raises(ValidationError, match="Betrag"):
        MoneyFormField().clean(typed)


def test_the_form_field_reads_shows_and_compares() -> None:
    field = MoneyFormField(required=False)
    assert field.clean(f"1.234,50{NBSP}€") == Decimal("1234.50")
    assert field.clean("") is None
    assert field.clean(" ") is None
    assert field.clean(Decimal("3.00")) == 3
    assert field.prepare_value(Decimal("1234.5")) == "1.234,50"
    assert field.prepare_value("abc") == "abc"
    assert not field.has_changed(Decimal("1234.50"), "1234,5")
    assert not field.has_changed(None, "")
    assert field.has_changed(Decimal("1.00"), "2")
    assert field.has_changed(Decimal("1.00"), "abc")
    assert field.widget.input_type == "text"
    with pytest.raises(ValidationError):
        MoneyFormField().clean("")


def test_model_field_takes_whole_cents_alone() -> None:
    field = MoneyField()
    assert field.get_prep_value(Decimal("12.34")) == 1234
    assert field.get_prep_value(Decimal("12.340")) == 1234
    assert field.get_prep_value(12) == 1200
    assert field.get_prep_value("12.34") == 1234
    assert field.get_prep_value(None) is None
    for refused in (Decimal("0.001"), Decimal("NaN"), Decimal("12.345")):
        with pytest.raises(ValueError, match="whole number of cents"):
            field.get_prep_value(refused)
    with pytest.raises(OverflowError):
        field.get_prep_value(Decimal("Infinity"))
    for refused in (1.5, 5.0, b"5", [5]):
        with pytest.raises(TypeError):
            field.get_prep_value(refused)
    with pytest.raises(ValidationError, match="Betrag"):
        field.to_python("fünf")
    assert isinstance(field.formfield(), MoneyFormField)


@pytest.fixture
def pot(db: None) -> Pot:
    year = FiscalYear.objects.create(year=2016, model=FundingModel.objects.get(first_year=2016))
    Pot.objects.create(
        year=year, kind=Pot.Kind.SPECIAL, code="A", source="Spende", allotted=Decimal("0.10"), paid=0
    )
    return Pot.objects.create(year=year, kind=Pot.Kind.PILLAR_2, code="S2", allotted=Decimal("100.20"))


def test_sums_and_relative_updates_are_exact(pot: Pot) -> None:
    assert Pot.objects.aggregate(total=Sum("allotted"))["total"] == Decimal("100.30")
    Pot.objects.filter(pk=pot.pk).update(committed=F("committed") + money(Decimal("0.10")))
    Pot.objects.filter(pk=pot.pk).update(committed=F("committed") + money(Decimal("0.20")))
    Pot.objects.filter(pk=pot.pk).update(committed=F("committed") - money(Decimal("0.01")))
    row = Pot.objects.annotate(free=F("allotted") - F("committed")).get(pk=pot.pk)
    assert (row.committed, row.free) == (Decimal("0.29"), Decimal("99.91"))
    assert Pot.objects.filter(committed__lt=F("allotted")).count() == 2
    assert Pot.objects.filter(allotted__gte=Decimal("100.20"), allotted__in=[Decimal("100.20")]).get() == pot
    assert Pot.objects.filter(allotted=Decimal("0.1")).exists()
    assert Pot.objects.aggregate(mean=Avg("allotted"))["mean"] == Decimal("50.15")
    total = Coalesce(Sum("allotted"), money(Decimal(0)))
    assert Pot.objects.none().aggregate(total=total)["total"] in (None, 0)


@pytest.mark.parametrize(
    "write",
    [
        lambda: Pot.objects.update(allotted=F("allotted") + Decimal("5")),
        lambda: Pot.objects.update(allotted=F("allotted") + 5),
        lambda: Pot.objects.update(allotted=F("allotted") * 2),
        lambda: Pot.objects.update(allotted=Value(Decimal("5"))),
        lambda: Pot.objects.filter(allotted__gt=F("paid") + Decimal("50")).count(),
        lambda: Pot.objects.filter(allotted=Value(Decimal("50"))).count(),
        lambda: Pot.objects.annotate(x=F("allotted") + Decimal("5")).count() and list(
            Pot.objects.annotate(x=F("allotted") + Decimal("5"))
        ),
        lambda: Pot.objects.aggregate(x=Coalesce(Sum("allotted"), Decimal("0"))),
    ],
)  # fmt: skip
def test_a_bare_decimal_in_an_expression_fails_loudly_instead_of_counting_as_cents(pot: Pot, write) -> None:
    with pytest.raises(FieldError), transaction.atomic():
        write()
    pot.refresh_from_db()
    assert pot.allotted == Decimal("100.20")


@pytest.mark.parametrize("refused", [1.5, Decimal("0.005"), "abc"])
def test_rows_refuse_floats_and_parts_of_cents(pot: Pot, refused: object) -> None:
    with pytest.raises((TypeError, ValueError, ValidationError)), transaction.atomic():
        Pot.objects.filter(pk=pot.pk).update(paid=refused)
    pot.paid = refused
    with pytest.raises((TypeError, ValueError, ValidationError)), transaction.atomic():
        pot.save()


def test_largest_amounts_add_up(pot: Pot) -> None:
    Pot.objects.update(allotted=MAXIMUM)
    assert Pot.objects.aggregate(total=Sum("allotted"))["total"] == 2 * MAXIMUM


def test_a_dump_keeps_every_cent(pot: Pot) -> None:
    assert MoneyField().get_prep_value(Pot._meta.get_field("allotted").value_to_string(pot)) == 10020
