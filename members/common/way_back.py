"""The way back to a page that led to another one."""

from django.utils.http import url_has_allowed_host_and_scheme


def own_address(wanted: str) -> str:
    """Return the address if it leads to a page of this site, else nothing. What a visitor sends may lead anywhere."""
    ours = wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    return wanted if ours else ""
