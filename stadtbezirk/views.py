from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render

from members.models import District


def home(request: HttpRequest) -> HttpResponse:
    return render(request, "home/visitor.html")


def district(request: HttpRequest, slug: str) -> HttpResponse:
    district = get_object_or_404(District, slug=slug)
    return render(request, "district.html", {"district": district})


LEGAL_PAGES = {"impressum", "datenschutz", "barrierefreiheit"}


def legal(request: HttpRequest, page: str) -> HttpResponse:
    return render(request, f"legal/{page}.html")


def healthz(request: HttpRequest) -> HttpResponse:
    """For the load balancer: answers 200 when the database does."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"status": "ok"})


def _error(request: HttpRequest, status: int, template: str) -> HttpResponse:
    return render(request, f"errors/{template}.html", status=status)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _error(request, 400, "400")


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _error(request, 403, "403")


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _error(request, 404, "404")


def server_error(request: HttpRequest) -> HttpResponse:
    """Rendered without database, session or roles: whatever broke may be one of them."""
    from django.template.loader import render_to_string

    return HttpResponse(render_to_string("errors/500.html"), status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return _error(request, 403, "csrf")
