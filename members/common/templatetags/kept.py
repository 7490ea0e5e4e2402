"""Hidden fields for forms: what was typed survives the end of the session (``members.common.kept``)."""

from typing import Any

from django import template
from django.template.context import Context

from members.common import kept
from members.common.keys import new_key

register = template.Library()

HIDDEN = "parts/hidden.html"


@register.inclusion_tag(HIDDEN, takes_context=True)
def typed_here(context: Context, page: str = "") -> dict[str, str]:
    """Show the hidden field that lets inputs survive the session; ``page`` shows them again."""
    return {"name": kept.MARK, "value": kept.mark(context["request"], page or "")}


@register.inclusion_tag(HIDDEN, takes_context=True)
def pressed_here(context: Context) -> dict[str, str]:
    """Show the hidden field for a form that is only a button: the next sign-in says nothing was done."""
    return {"name": kept.MARK, "value": kept.mark(context["request"], typed=False)}


@register.inclusion_tag(HIDDEN)
def form_key(sent: str | None = "") -> dict[str, str]:
    """Show the hidden field with a form's one-time key: the one that was ``sent``, or a new one."""
    return {"name": "key", "value": sent or new_key()}


@register.simple_tag(takes_context=True)
def kept_here(context: Context) -> dict[str, Any] | None:
    """Return what was kept for this page and is in none of its forms."""
    return kept.waiting(context["request"])
