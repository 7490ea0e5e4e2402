"""The site of Django admin, as the association sees it."""

from collections.abc import Iterable
from functools import wraps
from typing import Any

from allauth.account.decorators import secure_admin_login
from csp.decorators import csp_update
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from members.accounts import views as account_views
from members.roles.groups import MAINTAINED


class AssociationAdminSite(admin.AdminSite):
    """Django admin for the association's master data, behind the same sign-in as every other page."""

    site_header = "Verwaltung – StadtbezirksMarketing Dortmund"
    site_title = "Verwaltung"
    index_title = "Mitglieder, Gremien und Stammdaten"
    site_url = "/"
    enable_nav_sidebar = False

    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)
        # Master data is deleted one row at a time, on a page that names what depends on it.
        self.disable_action("delete_selected")

    def register(
        self,
        model_or_iterable: type[Model] | Iterable[type[Model]],
        admin_class: Any = None,
        **options: Any,
    ) -> None:
        """Register the models in ``MAINTAINED`` alone: other packages try to register their own, too."""
        models = [model_or_iterable] if isinstance(model_or_iterable, type) else model_or_iterable
        maintained = [model for model in models if model._meta.label_lower in MAINTAINED]
        super().register(maintained, admin_class, **options)

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """Return the apps, the association's own first. The others are rarely changed."""
        return sorted(super().get_app_list(request, app_label), key=lambda app: app["app_label"] != "members")

    def has_permission(self, request: HttpRequest) -> bool:
        return request.roles.may_enter_admin  # type: ignore[attr-defined]

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Return the view with a guard: who is signed in without the right gets 403, not the sign-in page."""
        guarded = super().admin_view(view, cacheable)

        @wraps(guarded)
        def signed_in_without_right(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.user.is_authenticated and not self.has_permission(request):
                raise PermissionDenied
            return guarded(request, *args, **kwargs)

        # Django's change list contains a style element. The policy allows that on these pages only.
        return csp_update({"style-src": ["'unsafe-inline'"]})(signed_in_without_right)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Show the sign-in page of the whole site, with its limits on wrong passwords."""
        if request.user.is_authenticated and not self.has_permission(request):
            raise PermissionDenied
        return secure_admin_login(super().login)(request, extra_context)

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        return account_views.sign_out(request)

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        return redirect("account_change_password")
