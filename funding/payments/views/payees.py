"""The pages of payees and their accounts."""

from urllib.parse import urlencode, urlsplit

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Prefetch
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from funding.forms import BookingForm
from funding.payments import permissions, services
from funding.payments.filters import PayeeFilter
from funding.payments.forms import (
    AccountForm,
    ConfirmAccountForm,
    OrganisationPayeeForm,
    PayeeForm,
    PersonPayeeForm,
    RefuseAccountForm,
    known_organisations,
)
from funding.payments.models import Payee, PayeeAccount
from funding.views.access import PER_PAGE, only_for
from funding.views.booking import carry_out
from funding.views.two_people import decided
from members.common.kept import keep, left_here, posted
from members.common.stored import with_gone_on
from members.common.way_back import own_address
from members.roles.request import Request
from projects.permissions import may_maintain_organiser

FORMS: dict[str, type[PayeeForm]] = {"organisation": OrganisationPayeeForm, "person": PersonPayeeForm}
#: The button of other forms that leads here. Its value is the name, where it is known.
NEW_PAYEE = "new_payee"
#: Names that the browser offers while somebody types one.
OFFERED = 500


#: Lets only users in who may see payees.
payees_only = only_for(permissions.may_see_payees)


@require_safe
@payees_only
def payees(request: Request) -> HttpResponse:
    """Show the list of payees, each with the account that was entered last."""
    chosen = PayeeFilter(request.GET, queryset=Payee.objects.visible_to(request.roles))
    newest = PayeeAccount.objects.newest()
    rows = chosen.qs.with_names().prefetch_related(Prefetch("accounts", newest, to_attr="newest_accounts"))
    return render(
        request,
        "payments/payees.html",
        {
            "filter": chosen,
            "page": Paginator(rows.by_name(), PER_PAGE).get_page(request.GET.get("page")),
            "may_enter": permissions.may_enter_payees(request.roles),
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
@payees_only
def payee_create(request: Request) -> HttpResponse:
    """Show the form for a new payee; with POST, enter it and go on to its account.

    ``?weiter=`` names the page of a form that needs the payee: the way leads back there.
    """
    if not permissions.may_enter_payees(request.roles):
        raise PermissionDenied
    kind = request.GET.get("art", "")
    kind = kind if kind in FORMS else "organisation"
    form = FORMS[kind](request.roles, posted(request))
    form.initial["name"] = request.GET.get("name", "")
    status = 200
    if request.method == "POST":
        entered: list[Payee] = []
        status = carry_out(request, form, lambda: _enter_payee(request, form, entered))
        if not status:
            if not entered:
                return redirect("payments:payees")
            address, back = reverse("payments:account_create", args=[entered[0].pk]), _way_back(request)
            if back and entered[0].accounts.exclude(state=PayeeAccount.State.REFUSED).exists():
                return redirect(_chosen(back, entered[0]))
            return redirect(f"{address}?{urlencode({'weiter': back})}" if back else address)
    names = (
        known_organisations(request.roles).order_by("folded_name", "pk") if kind == "organisation" else None
    )
    return render(
        request,
        "payments/payee_form.html",
        {
            "form": form,
            "kind": kind,
            "back": _way_back(request),
            "organisations": names.values_list("name", flat=True)[:OFFERED] if names is not None else (),
        },
        status=status,
    )


def new_payee(request: Request) -> HttpResponse:
    """Keep what was typed into this page's form, and go to the form of a new payee, which leads back."""
    keep(request, left=True)
    query = {"weiter": request.path}
    if name := request.POST[NEW_PAYEE]:
        query["name"] = name
    return redirect(f"{reverse('payments:payee_create')}?{urlencode(query)}")


def came_back(request: Request) -> dict[str, str]:
    """Return what was typed into this page's form before a payee was entered, and that payee."""
    payee = {"payee": request.GET["empfaenger"]} if "empfaenger" in request.GET else {}
    return {**left_here(request), **payee}


def _way_back(request: Request) -> str:
    """Return the page of ours that led here, or nothing. It asks by itself whether this user may see it."""
    return own_address(request.GET.get("weiter", ""))


def _chosen(back: str, payee: Payee) -> str:
    """Return the address that leads back and chooses the payee."""
    return f"{urlsplit(back).path}?{urlencode({'empfaenger': payee.pk})}"


def _enter_payee(request: Request, form: PayeeForm, entered: list[Payee]) -> str:
    payee = services.enter_payee(
        form.who, actor=request.user, district=form.entered_for, address=form.address
    )
    entered.append(payee)
    return f"{payee} ist eingetragen."


@require_safe
@payees_only
def payee(request: Request, pk: int) -> HttpResponse:
    """Show a payee with its accounts, newest first."""
    payee = _payee(request, pk)
    people = ("district", "requested_by__person", "decided_by__person")
    accounts = list(with_gone_on(payee.accounts.select_related(*people)).order_by("-pk"))
    current = payee.accounts.active_on(timezone.localdate()).values_list("pk", flat=True).first()
    for account in accounts:
        account.payee = payee
    waiting = next((account for account in accounts if account.waits), None)
    return render(
        request,
        "payments/payee.html",
        {
            "payee": payee,
            "accounts": accounts,
            "current": current,
            "districts": list(payee.districts.all()),
            "waiting": waiting,
            "may_maintain": payee.organisation is not None
            and may_maintain_organiser(request.roles, payee.organisation),
            "may_enter": waiting is None and permissions.may_enter_payees(request.roles),
        },
    )


@sensitive_post_parameters("iban")
@require_http_methods(["GET", "HEAD", "POST"])
@payees_only
def account_create(request: Request, pk: int) -> HttpResponse:
    """Show the form for a new or changed account of the payee; with POST, enter it."""
    payee = _payee(request, pk)
    if not permissions.may_enter_payees(request.roles):
        raise PermissionDenied
    form = AccountForm(payee, request.roles, posted(request))
    status = 200
    if request.method == "POST":
        status = carry_out(request, form, lambda: _enter_account(request, form))
        if not status:
            back = _way_back(request)
            return redirect(_chosen(back, payee) if back else payee)
    accounts = list(payee.accounts.order_by("-pk"))
    return render(
        request,
        "payments/account_form.html",
        {
            "payee": payee,
            "form": form,
            "back": _way_back(request),
            "waiting": next((account for account in accounts if account.waits), None),
            "before": next((account for account in accounts if account.is_confirmed), None),
        },
        status=status,
    )


def _enter_account(request: Request, form: AccountForm) -> str:
    typed = {name: form.cleaned_data[name] for name in ("iban", "bic", "holder", "since", "reason")}
    services.enter_account(form.payee, actor=request.user, district=form.entered_for, **typed)
    return (
        "Die Bankverbindung ist eingetragen. Bezahlt wird dorthin, sobald eine zweite Person der "
        "Wirtschaftsförderung sie bestätigt hat."
    )


@require_http_methods(["GET", "HEAD", "POST"])
@payees_only
def account(request: Request, pk: int) -> HttpResponse:
    """Show an account; with POST, confirm or refuse it as the second person, or take it back."""
    account = get_object_or_404(
        with_gone_on(
            PayeeAccount.objects.filter(payee__in=Payee.objects.visible_to(request.roles))
        ).select_related(
            "payee__organisation", "payee__person", "district", "requested_by__person", "decided_by__person"
        ),
        pk=pk,
    )
    shown, status = decided(
        request,
        account,
        {
            ConfirmAccountForm: permissions.objection_to_confirm(request.roles, account),
            RefuseAccountForm: permissions.objection_to_refuse(request.roles, account),
        },
        act=lambda form: _decide(request, account, form),
    )
    if not status:
        return redirect(account.payee)
    before = account.payee.accounts.filter(pk__lt=account.pk, state=PayeeAccount.State.CONFIRMED)
    return render(
        request,
        "payments/account.html",
        {
            "account": account,
            "before": before.order_by("-pk").first(),
            "elsewhere": Payee.objects.visible_to(request.roles)
            .filter(accounts__in=PayeeAccount.objects.elsewhere(account.iban, account.payee_id))
            .with_names()
            .distinct(),
            **shown,
        },
        status=status,
    )


def _decide(request: Request, account: PayeeAccount, form: BookingForm) -> str:
    if isinstance(form, ConfirmAccountForm):
        done = services.confirm_account(account, paper=form.cleaned_data["paper"], actor=request.user)
        return f"Bestätigt. An {done.payee} wird ab {done.since:%d.%m.%Y} auf diese Bankverbindung gezahlt."
    services.refuse_account(account, reason=form.cleaned_data["reason"], actor=request.user)
    return "Nicht bestätigt. Auf diese Bankverbindung wird nichts gezahlt."


def _payee(request: Request, pk: int) -> Payee:
    return get_object_or_404(Payee.objects.visible_to(request.roles).with_names(), pk=pk)
