"""Carries out a booking form once, and puts a refusal into the form."""

from collections.abc import Callable

from django.contrib import messages

from funding import services
from funding.errors import AlreadyDone, ConflictOfInterest, FundingError
from funding.forms import OnceForm
from members.roles.request import Request


def carry_out(request: Request, form: OnceForm, act: Callable[[], str]) -> int:
    """Run ``act`` with the form's one-time key, as ``attempt`` does."""
    return attempt(request, form, lambda: services.once(form.cleaned_data["key"], request.user, act))


def attempt(request: Request, form: OnceForm, act: Callable[[], str]) -> int:
    """Run ``act``, which spends the form's one-time key, and show the sentence it returns.

    Return 0 if it was booked, now or by an earlier arrival of the same form.
    Otherwise return the status of the page to show: 422, or 403 for a conflict of interest.
    The form then carries the refusal.
    """
    if not form.is_valid():
        for error in form.errors.get("key", []):
            form.add_error(None, error)
        return 422
    try:
        message = act()
    except AlreadyDone as done:
        messages.info(request, str(done))
        return 0
    except FundingError as error:
        form.add_error(error.field if error.field in form.fields else None, str(error))
        return 403 if isinstance(error, ConflictOfInterest) else 422
    messages.success(request, message)
    return 0
