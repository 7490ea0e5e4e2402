"""Hidden fields for forms: what was typed survives the end of the session (``members.common.kept``)."""

from typing import Any

from django import template
from django.template.context import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString

from members.common import kept
from members.common.keys import new_key

register = template.Library()


@register.simple_tag(takes_context=True)
def typed_here(context: Context, page: str = "") -> SafeString:
    """Return the hidden field that lets inputs survive the session; ``page`` shows them again."""
    return _hidden(kept.mark(context["request"], page or ""))


@register.simple_tag(takes_context=True)
def pressed_here(context: Context) -> SafeString:
    """Return the hidden field for a form that is only a button: the next sign-in says nothing was done."""
    return _hidden(kept.mark(context["request"], typed=False))


@register.simple_tag
def form_key(sent: str | None = "") -> SafeString:
    """Return the hidden field with a form's one-time key: the one that was ``sent``, or a new one."""
    return _hidden(sent or new_key(), "key")


@register.simple_tag(takes_context=True)
def kept_here(context: Context) -> dict[str, Any] | None:
    """Return what was kept for this page and is in none of its forms."""
    return kept.waiting(context["request"])


def _hidden(value: str, name: str = kept.MARK) -> SafeString:
    return format_html('<input type="hidden" name="{}" value="{}">', name, value)
