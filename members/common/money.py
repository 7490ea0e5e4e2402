"""Money: integer cents in the database, ``Decimal`` euro with two places in Python, German text on pages.

Cents, because SQLite stores DecimalField as floating point and refuses lawful bookings at the last cent.
"""

import re
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import FieldError, ValidationError
from django.db import models
from django.db.models import lookups
from django.db.models.expressions import Combinable, register_combinable_fields

from members.common.forms import CleanCharField

CENT = Decimal("0.01")
ZERO = Decimal("0.00")
#: Euro. More than any fund of a city, and small enough that no sum comes near the limit of a 64-bit integer.
MAXIMUM = Decimal("999999999.99")

# A leading zero never begins a group of thousands: "0.500" is not 500 euro.
# A dash in the place of the cents means no cents: "500,-".
_DASH = "[-\u2010-\u2015\u2212]"
_NUMBER = re.compile(
    r"(?P<whole>[1-9][0-9]{0,2}(?:\.[0-9]{3})+|[1-9][0-9]{0,2}(?: [0-9]{3})+|[0-9]+)"
    rf"(?:,(?P<comma>[0-9]*)|[.,]{_DASH}{{1,2}})?"
)
_POINT = re.compile(r"(?P<whole>[0-9]+)\.(?P<point>[0-9]{1,2})")
_NEGATIVE = re.compile(rf"{_DASH} ?[0-9][0-9., ]*{_DASH}{{0,2}}")
#: Listed here because \s means other characters in the browser than in Python.
_SPACES = re.compile(r"[\t\n\r \u00a0\u2007-\u2009\u202f]+")
_CURRENCY = re.compile(r"^(€|EURO?) ?| ?(€|EURO?)$", re.IGNORECASE)


def parse_euro(text: str) -> Decimal:
    """Return the amount (euro, two places) that people write as 1234,5 / 1.234,50 / 1234.50 / 12 000 €.

    "€ 500" and "500,-" are understood, too.
    A single point followed by three digits separates thousands: "1.234" is 1234.00.
    Raises ValidationError with a German sentence for anything else, also for negative amounts.
    ``static/js/plan.js`` reads amounts the same way. ``tests/data/amounts.json`` lists all spellings for
    both.
    """
    cleaned = _SPACES.sub(" ", text).strip()
    cleaned = _CURRENCY.sub("", cleaned, count=1).strip()
    if _NEGATIVE.fullmatch(cleaned):
        raise ValidationError("Bitte einen Betrag größer als null eintragen.", code="negative")
    if match := _POINT.fullmatch(cleaned):
        whole, cents = match["whole"], match["point"]
    elif match := _NUMBER.fullmatch(cleaned):
        whole, cents = re.sub(r"[. ]", "", match["whole"]), match["comma"] or ""
    else:
        raise ValidationError("Bitte einen Betrag in Euro eintragen, zum Beispiel 1.234,50.", code="invalid")
    if len(cents) > 2:
        raise ValidationError(
            "Ein Betrag hat höchstens zwei Stellen nach dem Komma, zum Beispiel 1.234,50.", code="places"
        )
    if len(whole) > 12 or (amount := Decimal(f"{whole}.{cents or '0'}").quantize(CENT)) > MAXIMUM:
        raise ValidationError(
            f"Der Betrag ist zu groß. Höchstens {format_euro(MAXIMUM)} sind möglich.", code="large"
        )
    return amount


def format_number(amount: Decimal) -> str:
    """Return 1234.5 as ``1.234,50``, with a real minus sign where it is negative."""
    text = f"{abs(amount):,.2f}".replace(",", "_").replace(".", ",").replace("_", ".")
    return f"−{text}" if amount < 0 else text


def format_euro(amount: Decimal) -> str:
    """Return 1234.5 as ``1.234,50 €`` with a non-breaking space."""
    return f"{format_number(amount)}\u00a0€"


def in_words(amount: Decimal) -> str:
    """Return 1200.5 as ``eintausendzweihundert Euro und fünfzig Cent``, for contracts and receipts.

    An amount without cents names none. Raises ValueError for a negative amount and for parts of a cent.
    """
    from num2words import num2words  # only letters need it

    if amount < 0 or amount != amount.quantize(CENT):
        raise ValueError(amount)
    whole, cents = divmod(int(amount.scaleb(2)), 100)

    def counted(number: int, unit: str) -> str:
        words = num2words(number, lang="de")
        return f"{words.removesuffix('s') if number % 100 == 1 else words} {unit}"  # "hundertein Euro"

    euro = counted(whole, "Euro")
    if not cents:
        return euro
    return f"{euro} und {counted(cents, 'Cent')}" if whole else counted(cents, "Cent")


def from_cents(cents: int) -> Decimal:
    """Return the euro of these cents: 123450 is 1234.50."""
    return Decimal(cents).scaleb(-2)


class MoneyField(models.Field):
    """A model field: integer cents in the column, Decimal euro in Python. No part of a cent: ValueError."""

    description = "Betrag in Euro"

    def get_internal_type(self) -> str:
        return "BigIntegerField"

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Decimal | None:
        return None if value is None else from_cents(int(value))

    def to_python(self, value: Any) -> Decimal | None:
        if value is None or isinstance(value, Decimal):
            return value
        if isinstance(value, str):
            try:
                return Decimal(value)
            except InvalidOperation:
                raise ValidationError(
                    "Bitte einen Betrag in Euro eintragen, zum Beispiel 1.234,50.", code="invalid"
                ) from None
        if isinstance(value, int):
            return Decimal(value).quantize(CENT)
        raise TypeError(f"Money is Decimal euro, not {type(value).__name__}.")

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        if value is None:
            return None
        amount = self.to_python(value)
        assert amount is not None
        cents = amount.scaleb(2)
        if cents != cents.to_integral_value():
            raise ValueError(f"{amount} is not a whole number of cents.")
        return int(cents)

    def get_placeholder(self, value: Any, compiler: Any, connection: Any) -> str:
        """Refuse an expression that is not money. Django calls this for every written value."""
        _require_money(value)
        return "%s"

    def value_to_string(self, obj: models.Model) -> str:
        return str(self.value_from_object(obj))

    def formfield(self, **kwargs: Any) -> Any:
        """Return a form field that accepts zero. Where zero is no amount, a constraint refuses it."""
        return super().formfield(**{"form_class": MoneyFormField, "allow_zero": True, **kwargs})


def _require_money(value: Any) -> None:
    """Raise FieldError for a plain Decimal in an expression: its euro would be stored as cents."""
    if hasattr(value, "resolve_expression") and not isinstance(value.output_field, MoneyField):
        raise FieldError("Amounts in expressions are written money(Decimal(...)).")


class _ComparesMoney:
    rhs: Any

    def get_prep_lookup(self) -> Any:
        _require_money(self.rhs)
        return super().get_prep_lookup()  # type: ignore[misc]


for _lookup in (
    lookups.Exact,
    lookups.GreaterThan,
    lookups.GreaterThanOrEqual,
    lookups.LessThan,
    lookups.LessThanOrEqual,
):
    MoneyField.register_lookup(type(f"Money{_lookup.__name__}", (_ComparesMoney, _lookup), {}))

for _connector in (Combinable.ADD, Combinable.SUB):
    register_combinable_fields(MoneyField, _connector, MoneyField, MoneyField)


def money(amount: Decimal) -> models.Value:
    """Return the amount (euro) as an SQL value, for expressions such as ``F("paid") + money(x)``."""
    return models.Value(amount, output_field=MoneyField())


class MoneyFormField(CleanCharField):
    """A form field for an amount in euro. It is a text input, because a number input would refuse "12,50"."""

    def __init__(self, *, allow_zero: bool = False, **kwargs: Any) -> None:
        for unused in ("min_value", "max_value"):
            kwargs.pop(unused, None)
        kwargs.setdefault("max_length", 40)
        self.allow_zero = allow_zero
        super().__init__(**kwargs)
        self.error_messages["max_length"] = "Bitte einen Betrag in Euro eintragen, zum Beispiel 1.234,50."
        self.widget.attrs.update({"inputmode": "decimal", "autocomplete": "off", "class": "amount"})

    def to_python(self, value: Any) -> Any:
        if isinstance(value, Decimal):
            return value
        text = super().to_python(value)
        try:
            return parse_euro(text) if text else None
        except ValidationError as error:
            if error.code == "negative" and self.allow_zero:
                raise ValidationError(
                    "Bitte einen Betrag eintragen, der nicht negativ ist; 0 ist möglich.", code="negative"
                ) from None
            raise

    def run_validators(self, value: Any) -> None:
        if value is not None and value == 0 and not self.allow_zero:
            raise ValidationError("Bitte einen Betrag größer als null eintragen.", code="zero")

    def prepare_value(self, value: Any) -> Any:
        return format_number(value) if isinstance(value, Decimal) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return self.to_python(data or "") != initial
        except ValidationError:
            return True
