"""A person's own account: the first visit by the mailed link, and the profile."""

from typing import Any

from allauth.account import views as account
from allauth.account.utils import perform_login
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from members import devices, history, invitations, services
from members.forms import InvitationForm, PreferencesForm
from members.http import Request
from members.models import Person


class PasswordResetFromKey(account.PasswordResetFromKeyView):
    """Whoever holds the mailed link owns the mailbox: this device is known, and signing in works at once."""

    def form_valid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)
        devices.remember(self.request, response, form.user)
        return response


@require_http_methods(["GET", "HEAD", "POST"])
def sign_out(request: HttpRequest) -> HttpResponse:
    """Sign out, and let the browser drop the pages it keeps; what was chosen there (colours) stays."""
    response: HttpResponse = account.logout(request)
    if request.method == "POST":
        response["Clear-Site-Data"] = '"cache"'
    return response


@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Choose the first password, then signed in on the start page; an expired link can be had anew."""
    found = invitations.read(token)
    if found.user and not found.trouble:
        form = InvitationForm(found.user, request.POST if request.method == "POST" else None)
        if form.is_valid():
            try:
                user = services.accept_invitation(token, password=form.cleaned_data["password1"])
            except ValidationError:
                return redirect("invitation", token)
            messages.success(request, "Ihr Passwort ist gespeichert, und Sie sind angemeldet. Willkommen!")
            return perform_login(request, user, redirect_url=reverse("home"))
        status = 422 if form.is_bound else 200
        context = {"form": form, "account": found.user, "mandates": _mandates(found.user.person)}
        return render(request, "account/invitation.html", context, status=status)
    renewed = found.trouble == "expired" and request.method == "POST"
    if renewed:
        services.renew_invitation(token)
    context = {"trouble": found.trouble, "renewed": renewed}
    return render(request, "account/invitation_over.html", context)


def _mandates(person: Person | None) -> list[dict[str, object]]:
    """All mandates, the latest first, each with what it is today."""
    if person is None:
        return []
    today = timezone.localdate()
    return [
        {
            "row": mandate,
            "when": "coming"
            if mandate.since > today
            else "past"
            if mandate.until and mandate.until < today
            else "now",
        }
        for mandate in person.mandates.select_related("district").order_by("-since")
    ]


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: Request) -> HttpResponse:
    """Who one is here, what follows from it, and one's own choices."""
    user = request.user
    form = PreferencesForm(request.POST if request.method == "POST" else None, user=user)
    if form.is_bound and form.is_valid():
        services.set_preferences(user, **form.cleaned_data)
        messages.success(request, "Ihre Einstellungen sind gespeichert.")
        return redirect("profile")
    person = user.person
    today = timezone.localdate()
    context = {
        "form": form,
        "mandates": _mandates(person),
        "groups": sorted(request.roles.group_names),
        "memberships": person.memberships.active_on(today).select_related("district") if person else [],
        "seats": person.seats.active_on(today).select_related("body__district") if person else [],
        "consent": history.latest(person, "publish_name") if person else None,
    }
    return render(request, "account/profile.html", context, status=422 if form.is_bound else 200)


@login_required
@require_POST
def guide(request: Request) -> HttpResponse:
    """Put the guide away, or call it back with ``show``."""
    services.show_guide(request.user, bool(request.POST.get("show")))
    return redirect("home")
