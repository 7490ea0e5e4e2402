"""Amounts and numbers as German pages write them."""

from decimal import Decimal

from django import template

from members.common.money import format_euro, format_number

register = template.Library()


@register.filter
def euro(amount: Decimal | None) -> str:
    """1234.5 -> 1.234,50 € with a non-breaking space; nothing for None."""
    return "" if amount is None else format_euro(amount)


@register.filter
def whole_euro(amount: Decimal | None) -> str:
    """For tiles: 4550.00 -> 4.550 €; cents are cut, never rounded up."""
    return "" if amount is None else format_euro(Decimal(int(amount)))[:-5] + "\u00a0€"


@register.filter
def number(amount: Decimal | None) -> str:
    return "" if amount is None else format_number(amount)


@register.filter
def count(number: int) -> str:
    """250000 -> 250.000"""
    return f"{number:,}".replace(",", ".")
