"""The newest comments, beside a project."""

from collections.abc import Sequence

from django import template
from django.template.context import Context

from projects import comments
from projects.models import Participation, Project

register = template.Library()

SHOWN = 5


@register.simple_tag(takes_context=True)
def talk_about(context: Context, project: Project, participations: Sequence[Participation]) -> comments.Talk:
    """``{% talk_about project participations as talk %}``: the newest comments of the project for this reader.

    Two queries. Only for pages whose reader may read the plan.
    """
    return comments.talk(context["request"].roles, project, participations, shown=SHOWN)
