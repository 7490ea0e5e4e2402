"""Who may open the pages of the money."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseBase
from django.utils import timezone

from funding.models import FiscalYear
from funding.permissions import may_see_pots
from members.roles.permissions import Roles
from members.roles.request import Request

View = Callable[..., HttpResponseBase]

#: Rows on one page of a long table.
PER_PAGE = 50


def only_for(may: Callable[[Roles], bool]) -> Callable[[View], View]:
    """Return a decorator of views that lets only these roles in: visitors sign in, everybody else gets a 403."""

    def decorator(view: View) -> View:
        @login_required
        @wraps(view)
        def checked(request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not may(request.roles):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return checked

    return decorator


#: Lets only users in who may see the pots.
readers_only = only_for(may_see_pots)


def default_year(years: list[FiscalYear]) -> FiscalYear | None:
    """Return the current calendar year's fiscal year, or the latest one. ``years`` are given newest first."""
    this_year = timezone.localdate().year
    return next((y for y in years if y.year == this_year), years[0] if years else None)
