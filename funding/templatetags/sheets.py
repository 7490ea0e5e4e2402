"""What the printed sheets for a meeting show of the pots."""

from collections.abc import Iterable

from django import template

from funding import sheets
from funding.models import Application, Pot
from projects.models import FinancingItem, Project

register = template.Library()


@register.simple_tag
def sheet_of(project: Project, financing: Iterable[FinancingItem]) -> sheets.Sheet:
    """Return what is free in each pot of the plan, and what was decided on the project. Three queries."""
    pots = Pot.objects.filter(year__year=project.year).select_related("district", "year")
    lines = sheets.pot_lines(financing, list(pots), Application.objects.filter(project=project))
    return sheets.Sheet(project, lines, sheets.taken_on([project.pk]).get(project.pk, []))
