"""Template tags of payments: an account's IBAN for its reader, its state, and the accounts to confirm."""

from typing import Any

from django import template
from django.template.context import Context

from funding.payments import permissions
from funding.payments.models import PayeeAccount
from members.common.erasing import ERASED
from members.common.iban import grouped, masked
from members.roles.permissions import Roles

register = template.Library()

#: State of an account: its colour class, and its icon for those who do not see the colour.
LOOKS = {
    PayeeAccount.State.REQUESTED: ("bad", "exclamation-triangle"),
    PayeeAccount.State.CONFIRMED: ("good", "check-circle"),
    PayeeAccount.State.REFUSED: ("plain", "x-circle"),
}


def _roles(context: Context) -> Roles:
    roles: Roles = context["roles"]
    return roles


@register.simple_tag(takes_context=True)
def iban(context: Context, account: PayeeAccount) -> str:
    """Return the IBAN as this reader may see it: whole in groups of four, or its last four digits, or nothing."""
    roles = _roles(context)
    if account.is_erased:
        return ERASED
    if permissions.sees_whole_iban(roles, account):
        return grouped(account.iban)
    return masked(account.iban) if permissions.may_see_payees(roles) else ""


@register.inclusion_tag("parts/badge.html")
def account_badge(account: PayeeAccount) -> dict[str, Any]:
    """Show whether the account is confirmed, in words and with an icon."""
    look, symbol = LOOKS[PayeeAccount.State(account.state)]
    label = "zurückgenommen" if account.was_taken_back else account.get_state_display()
    return {"look": look, "symbol": symbol, "label": label}


@register.simple_tag(takes_context=True)
def accounts_to_confirm(context: Context) -> list[PayeeAccount]:
    """Return the accounts that this user can confirm as the second person, oldest first. One query."""
    roles = _roles(context)
    if not roles.is_business_development:
        return []
    waiting = PayeeAccount.objects.waiting().select_related("payee__organisation", "payee__person")
    return [a for a in waiting.order_by("pk") if permissions.objection_to_confirm(roles, a) is None]
