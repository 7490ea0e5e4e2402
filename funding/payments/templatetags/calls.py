"""Template tags of calls: what was called of a grant, badges, and what waits for whom."""

from typing import Any

from django import template
from django.template.context import Context

from funding.letters.permissions import may_read_letters
from funding.models import Application, Expense
from funding.payments import call_permissions as permissions
from funding.payments import call_rules as rules
from funding.payments.models import InstalmentPlan, PaymentCall, PlanStop
from funding.payments.turn import to_check
from funding.who_acts_next import read_turns
from members.common.target_days import next_target_day
from members.common.templatetags.look import state_badge
from members.roles.permissions import Roles

register = template.Library()

#: Calls that a start page shows.
SHOWN = 8

S = PaymentCall.State
#: State of a call: its colour class, and its icon for those who do not see the colour.
LOOKS = {
    S.CALLED: ("wait", "hourglass-split"),
    S.RETURNED: ("bad", "arrow-return-left"),
    S.CHECKED: ("good", "check-circle"),
    S.BATCH: ("wait", "clock"),
    S.PAID: ("good", "check2-all"),
    S.BOUNCED: ("bad", "exclamation-triangle"),
    S.WITHDRAWN: ("plain", "arrow-counterclockwise"),
}


@register.inclusion_tag("parts/badge.html")
def call_badge(call: PaymentCall) -> dict[str, Any]:
    """Show the state of a call, in words and with an icon."""
    return state_badge(call, LOOKS)


@register.inclusion_tag("parts/badge.html")
def plan_badge(plan: Any) -> dict[str, Any]:
    """Show whether a plan (with ``stopped``, the kind of its latest stop) gives calls."""
    if plan.stopped == PlanStop.Kind.END:
        return {"look": "plain", "symbol": "dash-circle", "label": "beendet"}
    if plan.stopped == PlanStop.Kind.PAUSE:
        return {"look": "wait", "symbol": "clock", "label": "angehalten"}
    look, symbol = {
        InstalmentPlan.State.REQUESTED: ("wait", "hourglass-split"),
        InstalmentPlan.State.CONFIRMED: ("good", "check-circle"),
        InstalmentPlan.State.REFUSED: ("plain", "x-circle"),
    }[InstalmentPlan.State(plan.state)]
    label = "zurückgenommen" if plan.was_taken_back else plan.get_state_display()
    return {"look": look, "symbol": symbol, "label": label}


@register.inclusion_tag("payments/_life.html", takes_context=True)
def life(context: Context, application: Application) -> dict[str, Any]:
    """Show the stations of an application from what was asked to the rest. One query, unless read before.

    Letters and calls are named to who may read them.
    """
    if application.turn is None:
        read_turns([application])
    roles: Roles = context["roles"]
    return {
        "application": application,
        "stations": application.turn.stations,
        "names_letters": may_read_letters(roles),
        "names_calls": permissions.may_see_calls(roles),
    }


@register.inclusion_tag("payments/_application_calls.html", takes_context=True)
def application_calls(context: Context, application: Application) -> dict[str, Any]:
    """Show the calls of a grant and its plans.

    Two queries; up to four more for who may call: why nothing can be called now.
    """
    roles: Roles = context["roles"]
    calls: list[PaymentCall] = []
    plans: list[InstalmentPlan] = []
    may = may_call(context, application)
    if application.granted and permissions.may_see_calls(roles):
        seen = PaymentCall.objects.visible_to(roles).filter(application=application)
        seen = seen.with_accounts(next_target_day(roles.day))
        calls = list(seen.select_related("payee__organisation", "payee__person").order_by("-pk"))
        seen_plans = (
            InstalmentPlan.objects.visible_to(roles).filter(application=application).with_latest_stop()
        )
        plans = list(seen_plans.select_related("payee__organisation", "payee__person"))
    return {
        "application": application,
        "calls": calls,
        "plans": plans,
        "may_call": may,
        "blocked": rules.blocked(application) if may else "",
    }


@register.inclusion_tag("payments/_expense_call.html", takes_context=True)
def expense_call(context: Context, expense: Expense) -> dict[str, Any]:
    """Show the call by which an expense is paid, to who reads payees. One query."""
    roles: Roles = context["roles"]
    seen = PaymentCall.objects.visible_to(roles).filter(expense=expense) if roles.reads_payees else None
    return {"call": seen.with_names().first() if seen is not None else None}


@register.simple_tag(takes_context=True)
def may_call(context: Context, application: Application) -> bool:
    """Return whether this user may call what is left of the grant. No query."""
    roles: Roles = context["roles"]
    open_grant = application.is_approved and application.callable > 0 and application.pot.year.is_open
    return open_grant and permissions.objection_to_call(roles, application) is None


@register.simple_tag(takes_context=True)
def calls_to_check(context: Context) -> list[PaymentCall]:
    """Return the first calls that wait for a check, for the Wirtschaftsförderung. One query."""
    roles: Roles = context["roles"]
    return list(to_check(roles)[:SHOWN])
