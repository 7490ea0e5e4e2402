"""The bare view: fifty rows of the projects in a base template."""

from pathlib import Path
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.backends.django import DjangoTemplates
from django.urls import path

from projects.models import Project

ENGINE = DjangoTemplates(
    {"NAME": "floor", "DIRS": [Path(__file__).parent / "templates"], "APP_DIRS": False, "OPTIONS": {}}
)


def rows(request: HttpRequest) -> HttpResponse:
    """The bare view: one query, one template; no session, no user, no filter, no count."""
    projects = Project.objects.select_related("lead_district")[:50]
    return HttpResponse(ENGINE.get_template("rows.html").render({"projects": projects}))


urlpatterns = [path("boden/", rows)]


def middleware(get_response: Any) -> Any:
    """The only middleware of the bare project: its own addresses."""

    def handle(request: HttpRequest) -> HttpResponse:
        request.urlconf = __name__  # type: ignore[attr-defined]
        return get_response(request)

    return handle
