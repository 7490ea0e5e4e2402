"""Whether a project can be copied or deleted, for the links beside it."""

from django import template

from members.roles.permissions import Roles
from projects import permissions
from projects.drafts import years_for_copy
from projects.models import Project

register = template.Library()


@register.simple_tag
def copy_years(project: Project, roles: Roles) -> list[int]:
    """Return the calendar years for which this reader may copy the project; none if not allowed. No query."""
    return years_for_copy(project) if permissions.may_copy(roles, project) else []


@register.simple_tag
def may_delete_draft(project: Project, roles: Roles) -> bool:
    return permissions.may_delete(roles, project)
