"""What the tables of a plan look up."""

from collections.abc import Mapping
from typing import Any

from django import template

register = template.Library()


@register.filter
def lookup(mapping: Mapping[Any, Any] | None, key: Any) -> Any:
    """The value of a key that is itself a variable; None where it is missing."""
    return mapping.get(key) if mapping else None
