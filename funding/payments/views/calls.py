"""The pages of calls: the form, one call with its steps, the list, and the files."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count, Exists, OuterRef, Q, Sum
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_safe

from funding.forms import BookingForm
from funding.models import Application
from funding.payments import batch_permissions, services, transitions
from funding.payments import call_permissions as permissions
from funding.payments import call_rules as rules
from funding.payments.batch_forms import BatchForm
from funding.payments.call_filters import CallFilter
from funding.payments.call_forms import (
    CallForm,
    CheckCallForm,
    PaymentForm,
    ReturnCallForm,
    WithdrawCallForm,
    WithdrawExpenseForm,
)
from funding.payments.call_rules import CalledBefore
from funding.payments.models import (
    CallPaper,
    CallStep,
    InstalmentPlan,
    OwnAccount,
    PayeeAccount,
    Payment,
    PaymentBatch,
    PaymentCall,
)
from funding.payments.views.payees import NEW_PAYEE, came_back, new_payee
from funding.views.access import PER_PAGE, only_for
from funding.views.booking import attempt
from funding.views.gone import gone_page
from members.common.kept import posted
from members.common.money import ZERO, format_euro
from members.common.stored import path_of, with_gone_on
from members.common.target_days import next_target_day
from members.common.uploading import trouble_reading
from members.common.uploads import MIME_TYPES
from members.models import Organisation
from members.roles.request import Request
from projects.models import Project
from projects.views.attachments import stored_file

Step = CallStep.Step


def forms_of(call: PaymentCall) -> dict[Step, type[BookingForm]]:
    """Return the forms of the call's page by the step that each takes."""
    withdraw = WithdrawExpenseForm if call.expense else WithdrawCallForm
    return {Step.CHECK: CheckCallForm, Step.RETURN: ReturnCallForm, Step.WITHDRAW: withdraw}


#: Lets only users in who may see calls.
callers_only = only_for(permissions.may_see_calls)


@require_safe
@callers_only
def calls(request: Request) -> HttpResponse:
    """Show the calls: to the Wirtschaftsförderung what has to be checked first, to a district its own."""
    visible = PaymentCall.objects.visible_to(request.roles)
    chosen = CallFilter(request.GET, queryset=visible, roles=request.roles)
    found = chosen.qs
    rows = found.with_names().with_accounts(next_target_day(request.roles.day)).order_by("due_on", "pk")
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "payments/calls.html",
        {
            "filter": chosen,
            "page": page,
            "plans": InstalmentPlan.objects.visible_to(request.roles)
            .filter(Q(state=InstalmentPlan.State.REQUESTED) | ~Q(instalments__refusal=""))
            .with_latest_stop()
            .select_related("payee__organisation", "payee__person")
            .distinct()[:PER_PAGE],
            "total": found.aggregate(total=Sum("amount"))["total"] or ZERO,
            "counts": visible.aggregate(
                to_check=Count("pk", filter=Q(state=PaymentCall.State.CALLED)),
                returned=Count("pk", filter=Q(state=PaymentCall.State.RETURNED)),
                overdue=Count("pk", filter=CallFilter.overdue()),
            ),
        },
    )


# Calling


@csrf_exempt  # ``_call_money`` checks the token: reading it means reading the files
@callers_only
@require_http_methods(["GET", "HEAD", "POST"])
def call_money(request: Request, pk: int) -> HttpResponse:
    """Show the form that calls money of a grant; with POST, call it."""
    application = _application(request, pk)
    if objection := permissions.objection_to_call(request.roles, application):
        raise PermissionDenied(str(objection))
    if request.method == "POST" and (trouble := trouble_reading(request)):
        return _form_page(request, application, None, status=trouble[1], trouble=trouble[0])
    return _call_money(request, application)


# The middleware that limits the size of a request leaves it to a view with this mark.
call_money.checks_body_size = True  # type: ignore[attr-defined]


@csrf_protect
def _call_money(request: Request, application: Application) -> HttpResponse:
    form = _form(request, application)
    if request.method != "POST":
        form.initial = {**form.initial, **came_back(request)}
        return _form_page(request, application, form)
    if NEW_PAYEE in request.POST:
        return new_payee(request)
    done: list[PaymentCall] = []

    def act() -> str:
        call = services.call_money(
            application,
            asked=form.asked,
            actor=request.user,
            files=form.cleaned_data["papers"],
            key=form.cleaned_data["key"],
        )
        done.append(call)
        application.refresh_from_db(fields=["called", "paid", "granted"])
        return f"{call} über {format_euro(call.amount)} ist bei der Wirtschaftsförderung. Abrufbar sind noch {format_euro(application.callable)}."

    status = carry_out(request, form, act)
    if status:
        return _form_page(request, application, form, status=status)
    return redirect(done[0] if done else application)


@csrf_exempt  # ``_call_resend`` checks the token
@callers_only
@require_http_methods(["GET", "HEAD", "POST"])
def call_resend(request: Request, pk: int) -> HttpResponse:
    """Show the form of a returned call; with POST, send it again."""
    call = _call(request, pk)
    if objection := permissions.objection_to_resend(request.roles, call):
        raise PermissionDenied(str(objection))
    if not transitions.allowed(Step.RESEND, call.state):
        messages.info(request, f"{call} ist {transitions.IN_A_SENTENCE[call.state]}; zu ändern ist nichts.")
        return redirect(call)
    if request.method == "POST" and (trouble := trouble_reading(request)):
        return _form_page(request, call.grant, None, call=call, status=trouble[1], trouble=trouble[0])
    return _call_resend(request, call)


call_resend.checks_body_size = True  # type: ignore[attr-defined]


@csrf_protect
def _call_resend(request: Request, call: PaymentCall) -> HttpResponse:
    form = _form(request, call.grant, call)
    if request.method != "POST":
        form.initial = {**form.initial, **came_back(request)}
        return _form_page(request, call.grant, form, call=call)
    if NEW_PAYEE in request.POST:
        return new_payee(request)

    def act() -> str:
        services.resend_call(
            call,
            asked=form.asked,
            actor=request.user,
            files=form.cleaned_data["papers"],
            key=form.cleaned_data["key"],
        )
        return f"{call} ist wieder bei der Wirtschaftsförderung."

    status = carry_out(request, form, act)
    if status:
        return _form_page(request, call.grant, form, call=call, status=status)
    return redirect(call)


def _form(request: Request, application: Application, call: PaymentCall | None = None) -> CallForm:
    draw = rules.draw_of(application, without=call.amount if call else ZERO)
    return CallForm(application, draw, request.roles, posted(request), request.FILES, call)


def carry_out(request: Request, form: PaymentForm, act: Callable[[], str]) -> int:
    """Attempt ``act``; where the same was called before, the form names those calls."""

    def noting() -> str:
        try:
            return act()
        except CalledBefore as error:
            form.before = error.calls
            raise

    return attempt(request, form, noting)


def _form_page(
    request: Request,
    application: Application,
    form: CallForm | None,
    *,
    call: PaymentCall | None = None,
    status: int = 200,
    trouble: str = "",
) -> HttpResponse:
    if form is None:
        form = CallForm(application, rules.draw_of(application), request.roles, call=call)
    return render(
        request,
        "payments/call_form.html",
        {
            "application": application,
            "project": application.project,
            "call": call,
            "form": form,
            "blocked": "" if call else rules.blocked(application),
            "before": with_access(request, form.before),
            "draw": form.draw,
            "organiser_to_enter": _organiser_to_enter(application.project),
            "trouble": trouble,
            "with_payees": form.fields["payee"].queryset.exists(),  # type: ignore[attr-defined]
        },
        status=status,
    )


def _organiser_to_enter(project: Project) -> Organisation | None:
    """Return the organiser of a grant to a third party who has no account, and so cannot be chosen. One query."""
    organiser = project.organiser
    if organiser is None or not project.is_grant_to_third_party:
        return None
    there = PayeeAccount.objects.newest().filter(payee__organisation=organiser).exists()
    return None if there else organiser


# One call


@require_http_methods(["GET", "HEAD", "POST"])
@callers_only
def call(request: Request, pk: int) -> HttpResponse:
    """Show a call with its steps; with POST, check it, give it back or end it."""
    call = _call(request, pk)
    data, status, refused = posted(request), 200, None
    if request.method == "POST":
        try:
            step = Step(request.POST.get("step", ""))
            form = forms_of(call)[step](request.POST)
        except (ValueError, KeyError):
            raise Http404 from None
        status = attempt(request, form, lambda: _take(request, call, step, form))
        if not status:
            return redirect(call)
        refused = form
        call = _call(request, pk)
        if permissions.OBJECTIONS[step](request.roles, call):
            status = 403
    objections = {
        step: permissions.OBJECTIONS[step](request.roles, call)
        for step in permissions.OBJECTIONS
        if transitions.allowed(step, call.state)
    }
    seen = transitions.call_seen(call)
    forms: dict[str, BookingForm] = {}
    for step, form_type in forms_of(call).items():
        if step in objections and objections[step] is None:
            sent = refused if refused and refused.step == step else None
            bound = form_type(data) if not sent and data is not None and data.get("step") == step else None
            forms[step] = sent or bound or form_type()
            forms[step].initial["seen"] = seen
    shown = refused is not None and refused in forms.values()
    account = _account(call)
    changing = call.is_open and account is not None and account.is_changed
    paid_to = _paid_to(call) if changing or transitions.allowed(Step.PUT_IN, call.state) else None
    twins = with_access(request, rules.twins_of(call))
    if Step.CHECK in forms and not twins:
        del forms[Step.CHECK].fields["reason"]
    return render(
        request,
        "payments/call.html",
        {
            "call": call,
            "application": call.application,
            "account": account,
            "paid_to": paid_to,
            # Until a changed account is confirmed and begins, money goes to the one before.
            "still": paid_to if changing and paid_to != account else None,
            "planned": rules.draw_of(call.grant).planned if call.others_used is not None else None,
            "steps": call.steps.select_related("actor__person", "mandate__district", "in_stead_of__person"),
            "papers": with_gone_on(call.papers.all()),
            "twins": twins,
            "forms": forms,
            "pay": _pay(request, call, paid_to),
            "batch": _batch(request, call),
            "may_resend": Step.RESEND in objections and objections[Step.RESEND] is None,
            "conflict": objections.get(Step.CHECK) if request.roles.is_business_development else None,
            "refused": None if shown else refused,
        },
        status=status,
    )


def _pay(request: Request, call: PaymentCall, paid_to: PayeeAccount | None) -> dict[str, Any] | None:
    """Return what pays the call by itself, for who may put it into a batch; without a form while no account is confirmed."""
    if not transitions.allowed(Step.PUT_IN, call.state) or not batch_permissions.may_see_batches(
        request.roles
    ):
        return None
    if batch_permissions.objection_to_handle(request.roles, [call]):
        return None
    if paid_to is None:
        return {"form": None}
    return {"form": BatchForm([call], list(OwnAccount.objects.active_on(timezone.localdate())))}


def _account(call: PaymentCall) -> PayeeAccount | None:
    """Return the account that the call was paid to; before that, the one of its payee that was entered last. One query."""
    if call.state == PaymentCall.State.PAID:
        return PayeeAccount.objects.of(call.payee).filter(payments__in=call.payments.live()).first()
    return PayeeAccount.objects.newest().of(call.payee).first()


def _paid_to(call: PaymentCall) -> PayeeAccount | None:
    """Return the account to which the call would be paid on the next day of banks. One query.

    ``bounced_there`` says that the call came back from it already.
    """
    day = next_target_day(timezone.localdate())
    back = call.payments.filter(state=Payment.State.RETURNED, account=OuterRef("pk"))
    return PayeeAccount.objects.active_on(day).of(call.payee).annotate(bounced_there=Exists(back)).first()


def _batch(request: Request, call: PaymentCall) -> PaymentBatch | None:
    """Return the batch that the call is in or was paid by, for who sees batches."""
    in_one = call.state in (PaymentCall.State.BATCH, PaymentCall.State.PAID)
    if not in_one or not batch_permissions.may_see_batches(request.roles):
        return None
    return PaymentBatch.objects.filter(payments__call=call).order_by("-payments").first()


def _take(request: Request, call: PaymentCall, step: Step, form: BookingForm) -> str:
    data = form.cleaned_data
    common: dict[str, Any] = {"actor": request.user, "key": data["key"], "seen": data["seen"] or None}
    if step == Step.CHECK:
        services.check_call(call, reason=data["reason"], **common)
        return f"{call} ist geprüft und kann ausgezahlt werden."
    if step == Step.RETURN:
        services.return_call(call, reason=data["reason"], **common)
        return f"{call} ist zurückgegeben. Der Betrag bleibt vorgemerkt."
    done = services.withdraw_call(call, reason=data["reason"], **common)
    if done.expense:
        return f"{call} ist zurückgezogen, die {done.expense} ist storniert."
    rest = Application.objects.get(pk=done.grant.pk).callable
    return f"{call} ist zurückgezogen. Abrufbar sind jetzt {format_euro(rest)}."


def with_access(request: Request, same: list[PaymentCall]) -> list[tuple[PaymentCall, bool]]:
    """Return the calls, each with whether this user may open it. One query where there are any."""
    if not same:
        return []
    visible = set(
        PaymentCall.objects.visible_to(request.roles)
        .filter(pk__in=[c.pk for c in same])
        .values_list("pk", flat=True)
    )
    return [(each, each.pk in visible) for each in same]


@require_safe
@callers_only
def call_paper(request: Request, pk: int) -> HttpResponseBase:
    """Send a file of a call to who may see the call."""
    visible = PaymentCall.objects.visible_to(request.roles)
    found = get_object_or_404(CallPaper, pk=pk, call__in=visible)
    if gone := gone_page(request, found):
        return gone
    mime = MIME_TYPES[CallPaper.Kind(found.kind)]
    return stored_file(
        path_of(found.sha256), mime, filename=found.name, as_attachment=found.kind not in CallPaper.IMAGES
    )


def _application(request: Request, pk: int) -> Application:
    related = ("pot__year__model", "pot__district", "project__lead_district", "project__organiser")
    rows = Application.objects.visible_to(request.roles).select_related(*related)
    return get_object_or_404(rows.prefetch_related("project__participations"), pk=pk)


def _call(request: Request, pk: int) -> PaymentCall:
    rows = PaymentCall.objects.visible_to(request.roles).with_names()
    rows = rows.select_related(
        "called_by__person", "checked_by__person", "instalment__plan", "application__project__organiser"
    )
    return get_object_or_404(rows.prefetch_related("application__project__participations", "papers"), pk=pk)
