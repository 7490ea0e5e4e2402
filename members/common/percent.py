"""Percent with two places: whole hundredths in the column, ``Decimal`` in Python. It may be negative."""

from decimal import Decimal
from typing import Any

from django import forms
from django.db import models

from members.common.money import MoneyField


class PercentField(MoneyField):
    """A model field for a rate such as ``-0.83`` percent. Stored exactly, as money is."""

    description = "Prozent"

    def formfield(self, **kwargs: Any) -> Any:
        """Return a form field that reads and shows German numbers: ``-0,83``."""
        wanted: dict[str, Any] = {
            "form_class": PercentFormField,
            "max_digits": 4,
            "decimal_places": 2,
            "localize": True,
        }
        return models.Field.formfield(self, **wanted | kwargs)


class PercentFormField(forms.DecimalField):
    """A form field for percent with two places. A text input, because a number input would refuse "1,27"."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.widget.attrs |= {"inputmode": "text", "autocomplete": "off"}

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str):
            value = value.replace("\N{MINUS SIGN}", "-").removesuffix("%").strip()
        return super().to_python(value)


def format_percent(percent: Decimal) -> str:
    """Return -0.83 as ``−0,83 %`` with a non-breaking space."""
    return f"{percent:.2f}\N{NO-BREAK SPACE}%".replace(".", ",").replace("-", "\N{MINUS SIGN}")
