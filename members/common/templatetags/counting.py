"""Numbers with their words, for templates: ``{% counted waiting "Antrag wartet" "Anträge warten" %}``."""

from django import template

from members.common import counting

register = template.Library()

register.simple_tag(counting.counted)
register.simple_tag(counting.one_or_many)
register.filter("span", counting.span)
register.filter("count", counting.grouped)
