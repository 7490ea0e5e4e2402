"""Who may open the pages of proofs."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseBase

from funding.proofs.permissions import may_see_proofs
from members.roles.request import Request


def proof_readers_only(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Let only users in who may see proofs: visitors sign in, everybody else gets a 403."""

    @login_required
    @wraps(view)
    def checked(request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not may_see_proofs(request.roles):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return checked
