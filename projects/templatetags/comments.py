"""The newest comments, for the page of a project."""

from collections.abc import Sequence

from django import template
from django.template.context import Context

from projects import comments
from projects.models import Participation, Project

register = template.Library()

SHOWN = 5


@register.simple_tag(takes_context=True)
def talk_about(context: Context, project: Project, participations: Sequence[Participation]) -> comments.Talk:
    """Return the newest comments that this reader of the plan may see."""
    return comments.talk(context["request"].roles, project, participations, shown=SHOWN)
