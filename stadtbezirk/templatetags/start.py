"""What waits for one, drawn in one go: a director's list has up to forty things."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

if TYPE_CHECKING:
    from stadtbezirk.start import Todo

register = template.Library()


@register.simple_tag
def todo_rows(todos: "Iterable[Todo]") -> SafeString:
    return format_html_join(
        "\n",
        '<li><span class="badge {}">{}</span><a href="{}">{}</a>{}</li>',
        (
            (
                todo.kind,
                todo.label,
                todo.url,
                todo.text,
                format_html(
                    '<time datetime="{}">seit {}</time>', todo.since.isoformat(), f"{todo.since:%d.%m.%Y}"
                )
                if todo.since
                else "",
            )
            for todo in todos
        ),
    )
