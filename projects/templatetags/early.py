"""Whether a project begins before its money is granted, for templates."""

from collections.abc import Iterable

from django import template

from projects import early_start
from projects.models import FinancingItem, Project

register = template.Library()


@register.filter
def starts_early(
    project: Project | None, financing: Iterable[FinancingItem]
) -> early_start.EarlyStart | None:
    """Return the warning, or None: ``{% with early=project|starts_early:financing %}``."""
    return early_start.early_start(project, financing) if project else None


@register.filter
def before_deciding(project: Project, share: object) -> early_start.EarlyStart | None:
    """Return the warning for one share that is not decided, or None. No query."""
    return early_start.warning(project, [str(share)])
