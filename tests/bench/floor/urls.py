"""The floor of the pages: a plain list view in our own base template, and Django admin's changelist of the same rows.

Both run behind all of our middleware, for whoever is signed in.
"""

from pathlib import Path
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template import Template, engines
from django.urls import path
from django.views.generic import ListView

from projects.models import Project
from stadtbezirk.urls import urlpatterns as ours

TEMPLATE = engines["django"].from_string((Path(__file__).parent / "templates" / "list.html").read_text())


class ProjectListView(ListView):
    """Fifty rows, counted and listed without a rule of access, a filter or a sum."""

    queryset = Project.objects.select_related("lead_district")
    paginate_by = 50

    def get_template_names(self) -> Template:  # type: ignore[override]
        return TEMPLATE


class ProjectAdmin(admin.ModelAdmin):
    list_display = ("title", "number", "lead_district", "starts_on", "state", "cost_total", "granted_total")
    list_filter = ("state", "year")
    list_select_related = ("lead_district",)
    list_per_page = 50
    search_fields = ("title",)


site = admin.AdminSite(name="floor-admin")
site.register(Project, ProjectAdmin)

LIST, CHANGELIST = "/boden/", "/boden/verwaltung/projects/project/"
#: Our addresses come along because the header of each page links to them.
urlpatterns = [
    path(LIST[1:], ProjectListView.as_view()),
    path("boden/verwaltung/", site.urls),
    *ours,
]


def middleware(get_response: Any) -> Any:
    """Before all others: the floor's addresses."""

    def handle(request: HttpRequest) -> HttpResponse:
        request.urlconf = __name__  # type: ignore[attr-defined]
        return get_response(request)

    return handle
