"""The pages of instalment plans: the form, and one plan with its instalments."""

from collections.abc import Mapping

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from funding.forms import BookingForm
from funding.payments import call_permissions as permissions
from funding.payments import call_rules as rules
from funding.payments import services
from funding.payments.call_forms import ConfirmPlanForm, PlanForm, RefusePlanForm, StopPlanForm
from funding.payments.models import InstalmentPlan, PayeeAccount, PlanStop
from funding.payments.services.plans import possible_stops
from funding.payments.views.calls import _application, callers_only
from funding.payments.views.payees import NEW_PAYEE, came_back, new_payee
from funding.views.booking import carry_out
from funding.views.two_people import decided
from members.common.counting import counted
from members.common.kept import posted
from members.roles.request import Request


@require_http_methods(["GET", "HEAD", "POST"])
@callers_only
def plan_create(request: Request, pk: int) -> HttpResponse:
    """Show the form for a plan of a grant; with POST, enter it."""
    application = _application(request, pk)
    if objection := permissions.objection_to_call(request.roles, application):
        raise PermissionDenied(str(objection))
    form = PlanForm(rules.draw_of(application), request.roles, posted(request))
    status = 200
    if NEW_PAYEE in request.POST:
        return new_payee(request)
    if request.method == "POST":
        made: list[InstalmentPlan] = []

        def act() -> str:
            data = form.cleaned_data
            plan = services.enter_plan(
                application, payee=data["payee"], purpose=data["purpose"], reason=data["reason"], units=form.units,
                instalments=form.rows, actor=request.user,
            )  # fmt: skip
            made.append(plan)
            return f"{plan} ist eingetragen. Die Wirtschaftsförderung prüft ihn einmal."

        status = carry_out(request, form, act)
        if not status:
            return redirect(made[0] if made else application)
    else:
        form.initial = {**form.initial, **came_back(request)}
    return render(
        request,
        "payments/plan_form.html",
        {
            "application": application,
            "project": application.project,
            "form": form,
            "blocked": rules.blocked(application),
            "with_payees": form.fields["payee"].queryset.exists(),  # type: ignore[attr-defined]
        },
        status=status,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@callers_only
def plan(request: Request, pk: int) -> HttpResponse:
    """Show a plan with its instalments; with POST, check or refuse it, pause or end it."""
    rows = InstalmentPlan.objects.visible_to(request.roles).with_latest_stop().select_related(
        "application__project__lead_district", "application__pot__district", "application__pot__year",
        "payee__organisation", "payee__person", "account__payee__organisation", "account__payee__person",
        "requested_by__person", "decided_by__person",
    )  # fmt: skip
    plan = get_object_or_404(rows.prefetch_related("application__project__participations"), pk=pk)
    if plan.is_confirmed:
        return _running(request, plan)
    shown, status = decided(
        request,
        plan,
        {
            ConfirmPlanForm: permissions.objection_to_check_plan(request.roles, plan),
            RefusePlanForm: permissions.objection_to_stop_plan(request.roles, plan),
        },
        act=lambda form: _decide(request, plan, form),
    )
    if not status:
        return redirect(plan)
    return _page(request, plan, shown, status)


def _decide(request: Request, plan: InstalmentPlan, form: BookingForm) -> str:
    if isinstance(form, ConfirmPlanForm):
        services.confirm_plan(plan, actor=request.user)
        return f"{plan} ist geprüft. Jede Rate wird abgerufen, wenn sie fällig ist."
    services.refuse_plan(plan, reason=form.cleaned_data["reason"], actor=request.user)
    return f"{plan} gibt es nicht mehr."


def _running(request: Request, plan: InstalmentPlan) -> HttpResponse:
    """Show a checked plan; with POST, pause it, let it go on or end it."""
    objection = permissions.objection_to_stop_plan(request.roles, plan)
    data, status, refused = posted(request), 200, None
    step = data.get("step", "") if data is not None else ""
    if request.method == "POST":
        if objection:
            raise PermissionDenied(str(objection))
        if step not in PlanStop.Kind.values:
            raise Http404
        form = StopPlanForm(step, data)
        status = carry_out(request, form, lambda: _stop(request, plan, step, form))
        if not status:
            return redirect(plan)
        refused = form
    kinds = () if objection else possible_stops(plan)
    forms = [
        refused if refused and refused.step == kind else StopPlanForm(kind, data if step == kind else None)
        for kind in kinds
    ]
    shown = {"stopping": forms, "refused": refused if refused not in forms else None}
    return _page(request, plan, shown, status)


def _stop(request: Request, plan: InstalmentPlan, kind: str, form: BookingForm) -> str:
    stop = services.stop_plan(plan, kind=kind, reason=form.cleaned_data["reason"], actor=request.user)
    return f"{plan} ist {stop.get_kind_display()}."


def _page(request: Request, plan: InstalmentPlan, shown: Mapping[str, object], status: int) -> HttpResponse:
    instalments = list(plan.instalments.select_related("call"))
    stops = list(plan.stops.select_related("actor__person"))
    months = counted(len(instalments), "Rate", "Raten")
    stopped = stops[-1].kind if stops else ""
    over = stopped == PlanStop.Kind.END or plan.state == InstalmentPlan.State.REFUSED
    draw = rules.draw_of(plan.application)
    return render(
        request,
        "payments/plan.html",
        {
            "plan": plan,
            "application": plan.application,
            "project": plan.application.project,
            "instalments": instalments,
            "total": sum(each.amount for each in instalments),
            "called_count": sum(hasattr(each, "call") for each in instalments),
            "months": months,
            "stops": stops,
            "account": PayeeAccount.objects.newest().of(plan.payee).first(),
            "uncalled": "entfällt" if over else "angehalten" if stopped == PlanStop.Kind.PAUSE else "geplant",
            "others": draw.planned if plan.waits else None,
            "until": draw.until,
            **shown,
        },
        status=status,
    )
