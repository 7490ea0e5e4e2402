"""Whether a project begins before its approval."""

from django import template

from projects import early_start
from projects.models import Project

register = template.Library()


@register.filter
def starts_early(project: Project | None) -> early_start.EarlyStart | None:
    """``{% with early=project|starts_early %}``: begun or about to begin before its approval; no query."""
    return early_start.early_start(project) if project else None
