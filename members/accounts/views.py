"""The pages of a person's own account: mailed links, password, address and profile."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from allauth.account import views as account
from allauth.account.utils import get_next_redirect_url, perform_login
from django.contrib import messages
from django.contrib.auth import logout, update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from members.accounts import address_changes, devices, services
from members.accounts.forms import AddressForm, NewPasswordForm, PreferencesForm
from members.common import row_history as history
from members.models import MailedLink, Mandate, Person
from members.post import links
from members.post.outbox import undelivered_to
from members.roles.request import Request
from members.roles.tasks import tasks_of

#: The page behind each mailed link.
PAGES: dict[str, str] = {
    MailedLink.INVITATION: "invitation",
    MailedLink.PASSWORD: "new_password",
    MailedLink.ADDRESS: "address_confirm",
    MailedLink.STOP: "address_stop",
}


@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Sign in. Who is signed in already goes on, or is asked where the form names another account."""
    if request.user.is_authenticated and request.method == "POST":
        return sign_in_again(request)
    response: HttpResponse = account.login(request)
    return response


def sign_in_again(request: HttpRequest) -> HttpResponse:
    """Answer a form of sign-in that is older than what happened in another window.

    The password in it is looked at by nobody.
    """
    if not request.user.is_authenticated:
        messages.info(request, "Diese Seite war schon etwas älter. Bitte melden Sie sich noch einmal an.")
        return SignInAgain.as_view()(request)
    typed = request.POST.get("login", "").strip()
    wanted = get_next_redirect_url(request)
    if typed.lower() in ("", request.user.email.lower()):
        return redirect(wanted or "home")
    other = (
        f"{reverse('account_login')}?{urlencode({'next': wanted})}" if wanted else reverse("account_login")
    )
    context = {"typed": typed, "wanted": wanted or reverse("home"), "other": other}
    return render(request, "account/signed_in_already.html", context, status=409)


class SignInAgain(account.LoginView):
    """The empty form of sign-in, with the address that was typed."""

    def get_form_kwargs(self) -> dict[str, Any]:
        unbound = {"data": None, "files": None, "initial": {"login": self.request.POST.get("login", "")}}
        return {**super().get_form_kwargs(), **unbound}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = self.render_to_response(self.get_context_data())
        return response


@require_http_methods(["GET", "HEAD", "POST"])
def sign_out(request: HttpRequest) -> HttpResponse:
    """Sign out, and have the browser delete the pages it keeps. Settings such as colours stay."""
    response: HttpResponse = account.logout(request)
    if request.method == "POST":
        response["Clear-Site-Data"] = '"cache"'
    return response


@never_cache
@require_safe
def mailed_link(request: HttpRequest, token: str) -> HttpResponse:
    """Keep the link's token in the session, so that the address of the page that follows holds none."""
    purpose = links.purpose_of(token)
    if purpose not in PAGES:
        return render(request, "account/link_unknown.html", status=404)
    request.session[links.SESSION_KEY] = token
    return redirect(PAGES[purpose])


@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest) -> HttpResponse:
    """Choose the first password and get signed in. An expired link can be renewed here."""
    token = request.session.get(links.SESSION_KEY, "")
    found = links.read(token, MailedLink.INVITATION)
    if found.user and not found.trouble:
        form = NewPasswordForm(found.user, request.POST if request.method == "POST" else None)
        if form.is_valid():
            try:
                user = services.choose_password(
                    token, MailedLink.INVITATION, password=form.cleaned_data["password1"]
                )
            except ValidationError:
                return redirect("invitation")
            request.session.pop(links.SESSION_KEY, None)
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


@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new_password(request: HttpRequest) -> HttpResponse:
    """Choose another password through a mailed link, in place of a forgotten one."""
    token = request.session.get(links.SESSION_KEY, "")
    found = links.read(token, MailedLink.PASSWORD)
    if found.user is None or found.trouble:
        return render(request, "account/new_password.html")
    form = NewPasswordForm(found.user, request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            user = services.choose_password(
                token, MailedLink.PASSWORD, password=form.cleaned_data["password1"]
            )
        except ValidationError:
            return redirect("new_password")
        request.session.pop(links.SESSION_KEY, None)
        logout(request)
        response = redirect("new_password_done")
        # Whoever has the link owns the mailbox, so this device counts as known and signing in works at once.
        devices.remember(request, response, user)
        return response
    context = {"form": form, "account": found.user}
    return render(request, "account/new_password.html", context, status=422 if form.is_bound else 200)


@require_safe
def new_password_done(request: HttpRequest) -> HttpResponse:
    return render(request, "account/new_password_done.html")


@sensitive_post_parameters()
@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def address(request: Request) -> HttpResponse:
    """Ask for a new address for one's own account, or stop one's change that waits."""
    user = request.user
    change = address_changes.open_change(user)
    if change and request.method == "POST" and "stop" in request.POST:
        address_changes.stop(change, actor=user)
        messages.success(request, f"Ihre Adresse bleibt {user.email}.")
        return redirect("profile")
    form = AddressForm(request.POST if request.method == "POST" else None, user=user)
    if form.is_valid():
        try:
            address_changes.ask(user, email=form.cleaned_data["email"], actor=user)
        except ValidationError as error:
            form.add_error("email", error.messages)
        else:
            messages.success(request, "Der Link zum Bestätigen ist unterwegs an die neue Adresse.")
            return redirect("address")
    context = {"form": form, "change": change}
    return render(request, "account/address.html", context, status=422 if form.is_bound else 200)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def address_confirm(request: Request) -> HttpResponse:
    """Confirm a new address as its owner. Whoever is signed in with this account in this browser stays so."""
    token = request.session.get(links.SESSION_KEY, "")
    change = links.read_change(token, MailedLink.ADDRESS)
    waits = change is not None and change.waits_for_owner
    trouble = "" if waits else address_changes.OVER
    if waits and request.method == "POST":
        try:
            account = address_changes.confirm(token)
        except ValidationError as error:
            trouble = " ".join(error.messages)
        else:
            request.session.pop(links.SESSION_KEY, None)
            if request.user == account:
                update_session_auth_hash(request, account)
            messages.success(request, f"Ab jetzt gilt {account.email}. Melden Sie sich damit an.")
            return redirect("profile")
    context = {"change": change, "trouble": trouble}
    status = 409 if trouble and request.method == "POST" else 200
    return render(request, "account/address_confirm.html", context, status=status)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def address_stop(request: Request) -> HttpResponse:
    """Stop a change of address, for the owner of the former one. Works also after it has taken effect."""
    change = links.read_change(request.session.get(links.SESSION_KEY, ""), MailedLink.STOP)
    trouble = "" if change and not change.stopped_at else address_changes.OVER
    account = None
    if change and not trouble and request.method == "POST":
        try:
            account = address_changes.stop(change)
        except ValidationError as error:
            trouble = " ".join(error.messages)
        else:
            request.session.pop(links.SESSION_KEY, None)
    context = {"change": change, "trouble": trouble, "account": account}
    status = 409 if trouble and request.method == "POST" else 200
    return render(request, "account/address_stop.html", context, status=status)


def _mandates(person: Person | None) -> Iterable[Mandate]:
    """Return the person's mandates of all times, latest first."""
    return person.mandates.select_related("district").order_by("-since") if person else []


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: Request) -> HttpResponse:
    """Show one's account, tasks and rights, and save one's own choices."""
    user = request.user
    form = PreferencesForm(request.POST if request.method == "POST" else None, user=user)
    if form.is_valid():
        services.set_preferences(user, **form.cleaned_data)
        messages.success(request, "Ihre Einstellungen sind gespeichert.")
        return redirect("profile")
    person = user.person
    context = {
        "form": form,
        **tasks_of(request.roles),
        "consent": history.latest(person, "publish_name") if person else None,
        "undelivered": undelivered_to(user),
    }
    return render(request, "account/profile.html", context, status=422 if form.is_bound else 200)


@login_required
@require_POST
def guide(request: Request) -> HttpResponse:
    """Hide the guide, or show it again (``show``)."""
    services.show_guide(request.user, bool(request.POST.get("show")))
    return redirect("home")
