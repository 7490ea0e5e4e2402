"""What the printed sheets for a meeting show of the pots."""

from collections.abc import Iterable

from django import template

from funding import sheets
from funding.models import Application, Pot
from projects.models import FinancingItem, Project

register = template.Library()


@register.simple_tag
def pot_lines(project: Project, financing: Iterable[FinancingItem]) -> list[sheets.PotLine]:
    """Return what is free in each pot of the plan. Two queries."""
    pots = Pot.objects.filter(year__year=project.year).select_related("district", "year")
    return sheets.pot_lines(financing, list(pots), Application.objects.filter(project=project))
