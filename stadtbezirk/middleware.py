"""Answer the probes of a load balancer."""

from django.http import HttpRequest, HttpResponse
from django.utils.deprecation import MiddlewareMixin

from stadtbezirk.views import healthz, readyz

PROBES = {"/healthz": healthz, "/readyz": readyz}


class ProbesMiddleware(MiddlewareMixin):
    """Answers the probes of a load balancer, which asks by IP address and over http.

    Stands first, before anything checks the Host header; the two views do not look at it. All other addresses
    are checked against ``ALLOWED_HOSTS``. No probe touches the session.
    """

    def process_request(self, request: HttpRequest) -> HttpResponse | None:
        probe = PROBES.get(request.path_info)
        return probe(request) if probe else None
