"""Answer the probes of a load balancer."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.cache import add_never_cache_headers

from stadtbezirk.views import healthz, readyz

PROBES = {"/healthz": healthz, "/readyz": readyz}


class ProbesMiddleware:
    """Answers the probes of a load balancer, which asks by IP address and over http.

    Stands first, before anything checks the Host header; the two views do not look at it. All other addresses
    are checked against ``ALLOWED_HOSTS``. No probe touches the session.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        probe = PROBES.get(request.path_info)
        if probe is None:
            return self.get_response(request)
        response = probe(request)
        add_never_cache_headers(response)
        return response
