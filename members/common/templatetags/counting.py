"""Numbers with their words, for templates: ``{% counted waiting "Antrag wartet" "Anträge warten" %}``."""

from django import template

from members.common import counting

register = template.Library()

register.simple_tag(counting.counted)
register.simple_tag(counting.one_or_many)
register.filter("span", counting.span)


@register.filter
def count(number: int | None) -> str:
    """Return 250000 as ``250.000``, and an empty text for None."""
    return "" if number is None else counting.grouped(number)
