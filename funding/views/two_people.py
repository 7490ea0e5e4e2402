"""What the pages share on which a second person confirms or refuses a request."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404

from funding.forms import BookingForm
from funding.permissions import Objection
from funding.views.booking import carry_out
from members.common.kept import posted
from members.common.two_people import TwoPeople
from members.roles.request import Request


@dataclass
class Choice:
    """One of the two forms, and what stands against this user sending it."""

    form: type[BookingForm]
    objection: Objection


def decided(
    request: Request,
    asked: TwoPeople,
    confirm: Choice,
    refuse: Choice,
    *,
    act: Callable[[BookingForm], str],
    open_now: bool = True,
) -> tuple[dict[str, Any], int]:
    """Carry out what was sent; return what the page shows, and its status.

    Status 0 means that it was carried out: show the page anew.
    ``open_now`` is false while nothing can be booked.
    """
    data, status = posted(request), 0 if request.method == "POST" else 200
    step = data.get("step", "") if data is not None else ""
    forms = [choice.form(data) if step == choice.form.step else choice.form() for choice in (confirm, refuse)]
    sent = next((form for form in forms if form.is_bound), None)
    if request.method == "POST":
        if not request.roles.is_business_development:
            raise PermissionDenied
        if sent is None:
            raise Http404
        form = sent
        status = carry_out(request, form, lambda: act(form))
        if not status:
            return {}, 0
        asked.refresh_from_db(fields=["state", "decided_by", "decided_on", "refusal"])
    still = asked.waits and open_now
    shown = [
        form if still and choice.objection is None else None
        for form, choice in zip(forms, (confirm, refuse), strict=True)
    ]
    return {
        "confirming": shown[0],
        "refusing": shown[1],
        # The form that was sent but can no longer be shown: the page shows its errors.
        "refused": next((form for form in forms if form.errors and form not in shown), None),
        "conflict": confirm.objection if still and request.roles.is_business_development else None,
    }, status
