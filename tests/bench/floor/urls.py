"""The bare view, and Django admin's changelist of the same model."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import path

from members.models import User
from projects.models import Project
from stadtbezirk.urls import urlpatterns as ours
from tests.bench.floor.bare import rows


class ProjectAdmin(admin.ModelAdmin):
    list_display = ("title", "number", "lead_district", "starts_on", "state", "cost_total", "granted_total")
    list_filter = ("state", "year")
    list_select_related = ("lead_district",)
    list_per_page = 50
    search_fields = ("title",)


class FloorAdmin(admin.AdminSite):
    """Open to whoever asks, as a superuser that costs no query."""

    def has_permission(self, request: HttpRequest) -> bool:
        return True


site = FloorAdmin(name="floor-admin")
site.register(Project, ProjectAdmin)

#: Our addresses come along because the admin's header links to them.
urlpatterns = [path("boden/", rows), path("boden/verwaltung/", site.urls), *ours]
CHANGELIST = "/boden/verwaltung/projects/project/"


def middleware(get_response: Any) -> Any:
    """The only middleware of the floor: its own addresses, and a user for the admin."""
    user = User(pk=0, email="boden@example.org", is_superuser=True, is_staff=True, is_active=True)

    def handle(request: HttpRequest) -> HttpResponse:
        request.urlconf = __name__  # type: ignore[attr-defined]
        request.user = user
        return get_response(request)

    return handle
