"""The view of one application: shows its page and takes the steps sent from it."""

from django.http import HttpResponse
from django.views.decorators.http import require_http_methods

from funding.views.access import readers_only
from funding.views.decision_page import application_page, load
from funding.views.decision_step import kept_refusal, take_step
from members.roles.request import Request


@readers_only
@require_http_methods(["GET", "HEAD", "POST"])
def application(request: Request, pk: int) -> HttpResponse:
    """Show the application; with POST, take a step on it."""
    found = load(request, pk)
    if request.method == "POST":
        return take_step(request, found)
    return application_page(request, found, refused=kept_refusal(request, found))
