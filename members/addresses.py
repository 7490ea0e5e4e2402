"""Addresses of single rows. Of a page's up to two hundred links, each would be looked for among all addresses."""

from functools import cache

from django.urls import get_script_prefix, reverse

#: A key and a text that fit into every address, to be found in it again.
_KEY, _TEXT = "0", "0000-AAA-000"


def address(name: str, key: int | str) -> str:
    """As ``reverse(name, args=[key])`` for a key, or a text that needs no quoting; looked for once per name."""
    before, after = _around(name, _KEY if isinstance(key, int) else _TEXT, get_script_prefix())
    return f"{before}{key}{after}"


@cache
def _around(name: str, sample: str, prefix: str) -> tuple[str, str]:
    before, _, after = reverse(name, args=[sample]).rpartition(sample)
    return before, after
