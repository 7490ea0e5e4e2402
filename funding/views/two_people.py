"""What the pages share on which a second person confirms or refuses a request."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404

from funding.forms import BookingForm
from funding.permissions import Objection
from funding.views.booking import carry_out
from members.common.kept import posted
from members.common.two_people import TwoPeople
from members.roles.request import Request


def decided(
    request: Request,
    asked: TwoPeople,
    choices: dict[Callable[[Any], BookingForm], Objection],
    *,
    act: Callable[[BookingForm], str],
    open_now: bool = True,
) -> tuple[dict[str, Any], int]:
    """Carry out what was sent; return what the page shows, and its status.

    ``choices`` make the forms to confirm and to refuse of what was sent, each with what stands against this user
    sending it.
    Status 0 means that it was carried out: show the page anew.
    ``open_now`` is false while nothing can be booked.
    """
    data, status = posted(request), 0 if request.method == "POST" else 200
    step = data.get("step", "") if data is not None else ""
    unsent = [make(None) for make in choices]
    forms = [make(data) if form.step == step else form for make, form in zip(choices, unsent, strict=True)]
    sent = next((form for form in forms if form.is_bound), None)
    if request.method == "POST":
        if not request.roles.is_business_development and all(choices.values()):
            raise PermissionDenied
        if sent is None:
            raise Http404
        form = sent
        status = carry_out(request, form, lambda: act(form))
        if not status:
            return {}, 0
        asked.refresh_from_db(fields=["state", "decided_by", "decided_on", "refusal"])
    still = asked.waits and open_now
    objections = list(choices.values())
    confirming, refusing = shown = [
        form if still and objection is None else None
        for form, objection in zip(forms, objections, strict=True)
    ]
    return {
        "confirming": confirming,
        "refusing": refusing,
        # The form that was sent but can no longer be shown: the page shows its errors.
        "refused": next((form for form in forms if form.errors and form not in shown), None),
        "conflict": objections[0] if still and request.roles.is_business_development else None,
    }, status
