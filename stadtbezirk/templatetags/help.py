"""The link from a page to the section of the handbook that explains it."""

from typing import Any

from django import template
from django.contrib.auth.models import AnonymousUser

from members.roles.permissions import Roles
from stadtbezirk.help import help_for

register = template.Library()


@register.simple_tag(takes_context=True)
def help_url(context: dict[str, Any]) -> str:
    """Return the address of the page's section. An error page has no view and perhaps no roles."""
    request = context.get("request")
    match = getattr(request, "resolver_match", None)
    return help_for(
        match.view_name if match else "", getattr(request, "roles", None) or Roles(AnonymousUser())
    )
