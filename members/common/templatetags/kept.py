"""What a form carries so that what was typed survives the end of the session."""

from django import template
from django.template.context import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString

from members.common import kept

register = template.Library()


@register.simple_tag(takes_context=True)
def typed_here(context: Context, page: str = "") -> SafeString:
    """``{% typed_here %}`` in a form: what was typed survives the end of the session (``members.common.kept``).

    ``page`` is the address that shows the form again, where it is not the one of this request.
    """
    return _hidden(kept.mark(context["request"], page or ""))


@register.simple_tag(takes_context=True)
def pressed_here(context: Context) -> SafeString:
    """The same for a form that is only a button: after signing in again, its page says that nothing was done."""
    return _hidden(kept.mark(context["request"], typed=False))


def _hidden(mark: str) -> SafeString:
    return format_html('<input type="hidden" name="{}" value="{}">', kept.MARK, mark)
