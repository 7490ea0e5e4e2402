"""What may be done with a draft beside its form."""

from django import template

from members.roles.permissions import Roles
from projects import permissions
from projects.drafts import years_for_copy
from projects.models import Project

register = template.Library()


@register.simple_tag
def copy_years(project: Project, roles: Roles) -> list[int]:
    """The years for which this reader may copy the project; none for others. No query."""
    return years_for_copy(project) if permissions.may_copy(roles, project) else []


@register.simple_tag
def may_delete_draft(project: Project, roles: Roles) -> bool:
    return permissions.may_delete(roles, project)
