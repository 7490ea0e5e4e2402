"""Amounts and numbers as German pages write them."""

from decimal import Decimal

from django import template

from members.common.money import format_euro, format_number

register = template.Library()


@register.filter
def euro(amount: Decimal | None) -> str:
    """Return 1234.5 as ``1.234,50 €`` with a non-breaking space, and an empty text for None."""
    return "" if amount is None else format_euro(amount)


@register.filter
def whole_euro(amount: Decimal | None) -> str:
    """Return the amount without its cents, for tiles: 4550.99 becomes ``4.550 €``. Never rounds up."""
    return "" if amount is None else format_euro(Decimal(int(amount)))[:-5] + "\u00a0€"


@register.filter
def number(amount: Decimal | None) -> str:
    """Return 1234.5 as ``1.234,50``, and an empty text for None."""
    return "" if amount is None else format_number(amount)
