from typing import Any

from allauth.account.decorators import secure_admin_login
from csp.decorators import csp_update
from django.contrib import admin


class AssociationAdminSite(admin.AdminSite):
    """Django admin for the association's master data, behind the same sign-in as every other page."""

    site_header = "Verwaltung – StadtbezirksMarketing Dortmund"
    site_title = "Verwaltung"
    index_title = "Mitglieder, Gremien und Stammdaten"
    site_url = "/"
    enable_nav_sidebar = False

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        # Django's own change list writes a style element; only these pages may.
        return csp_update({"style-src": ["'unsafe-inline'"]})(super().admin_view(view, cacheable))

    @property
    def login(self) -> Any:
        return secure_admin_login(super().login)
