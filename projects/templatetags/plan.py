"""A lookup for the tables of a plan."""

from collections.abc import Mapping
from typing import Any

from django import template

register = template.Library()


@register.filter
def lookup(mapping: Mapping[Any, Any] | None, key: Any) -> Any:
    """Return the value of a key that is itself a variable; None if it is missing."""
    return mapping.get(key) if mapping else None
