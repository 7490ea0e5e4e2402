"""Whether a project begins before its money is granted, for templates."""

from django import template

from projects import early_start
from projects.models import Project

register = template.Library()


@register.filter
def starts_early(project: Project | None) -> early_start.EarlyStart | None:
    """Return the warning, or None: ``{% with early=project|starts_early %}``. No query."""
    return early_start.early_start(project) if project else None
