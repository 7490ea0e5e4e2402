"""Template tags of proofs: badges, the card of an application, and what waits for whom."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django import template
from django.db.models import Q
from django.template.context import Context

from funding.models import Application, Step
from funding.models.terms import ProofDepth
from funding.permissions import objection_to
from funding.proofs import due, permissions
from funding.proofs.models import AuditNote, ChangeRequest, ProofOfUse, RepaymentClaim, Voucher
from funding.proofs.owed import owed, owed_without_claim, still_owed
from funding.proofs.twins import Twin
from members.common.percent import format_percent
from members.common.stored import with_gone_on
from members.common.templatetags.look import state_badge
from members.roles.permissions import Roles
from projects.models import Project

register = template.Library()

#: Proofs that a start page shows.
SHOWN = 8
#: Vouchers that are named beside a payment; the proof has them all.
MOST_BEHIND = 20
#: A start page names a proof that nobody has begun so long before its day.
SOON = timedelta(days=30)
S = ProofOfUse.State
#: State of a proof: its colour class, and its icon for those who do not see the colour.
LOOKS = {
    S.OPEN: ("plain", "pencil"),
    S.HANDED_IN: ("wait", "hourglass-split"),
    S.ASKED_BACK: ("bad", "arrow-return-left"),
    S.HEARING: ("wait", "people"),
    S.NOTED: ("wait", "clock"),
    S.ACCEPTED: ("good", "check2-all"),
}


C = ChangeRequest.State
#: State of a change: as for proofs.
CHANGE_LOOKS = {
    C.ASKED: ("wait", "hourglass-split"),
    C.ASKED_BACK: ("bad", "arrow-return-left"),
    C.NOTED: ("plain", "check-lg"),
    C.CONSENTED: ("good", "check2-all"),
    C.REFUSED: ("bad", "x-circle"),
    C.WITHDRAWN: ("plain", "dash-circle"),
    C.LAPSED: ("plain", "dash-circle"),
}


@register.inclusion_tag("parts/badge.html")
def change_badge(change: ChangeRequest) -> dict[str, Any]:
    """Show the state of a change, in words and with an icon."""
    return state_badge(change, CHANGE_LOOKS)


@register.inclusion_tag("proofs/_application_changes.html", takes_context=True)
def application_changes(context: Context, application: Application) -> dict[str, Any]:
    """Show what has changed about a grant, and where to say so. One query for a grant, none for others."""
    roles: Roles = context["roles"]
    reads = roles.reads_all or roles.directs(application.calling_district_id)
    if application.state not in Application.GRANTED or not reads:
        return {"changes": [], "may_ask": False}
    changes = list(application.change_requests.all())
    return {
        "application": application,
        "changes": changes,
        "may_ask": application.state == Application.State.APPROVED
        and not any(change.is_open for change in changes)
        and permissions.objection_to_ask_change(roles, application) is None,
    }


@register.inclusion_tag("parts/badge.html")
def proof_badge(proof: ProofOfUse | None) -> dict[str, Any]:
    """Show the state of a proof, in words and with an icon."""
    if proof is None:
        return {"look": "plain", "symbol": "dash-circle", "label": "nicht begonnen"}
    return state_badge(proof, LOOKS)


@register.inclusion_tag("parts/badge.html")
def claim_badge(claim: RepaymentClaim, day: date) -> dict[str, Any]:
    """Show how a claim stands on the local date, in words and with an icon. After ``with_left``."""
    if claim.is_overdue(day):
        return {"look": "bad", "symbol": "exclamation-triangle", "label": "überfällig"}
    if claim.is_repaid_in_part:
        return {"look": "wait", "symbol": "hourglass-split", "label": "zum Teil zurückgezahlt"}
    if claim.is_open:
        return {"look": "wait", "symbol": "clock", "label": "offen"}
    if claim.interest_left is not None:
        return {"look": "wait", "symbol": "clock", "label": "Zinsen offen"}
    if claim.is_waived:
        return {"look": "plain", "symbol": "dash-circle", "label": "verzichtet"}
    return {"look": "good", "symbol": "check2-all", "label": "zurückgezahlt"}


@register.inclusion_tag("proofs/_unused.html", takes_context=True)
def unused_money(context: Context, proof: ProofOfUse, *, link: bool = True) -> dict[str, Any]:
    """Show the interest on what lay unused, and what came in, with the ``link`` to where it is booked.

    Six queries for an accepted proof whose vouchers carry days, none for others.
    """
    if not proof.is_accepted or proof.depth == ProofDepth.SIMPLE:
        return {}
    roles: Roles = context["roles"]
    found = owed(proof.application, roles.day)
    if found.missing or not found.unused:
        return {"trouble": str(found.missing or "")}
    rule, due = found.unused
    linked = link and objection_to(Step.INTEREST, roles, proof.application) is None
    return {
        "proof": proof,
        "rule": rule,
        "due": due,
        "received": found.received,
        "forgone": found.forgone,
        "linked": linked,
    }


@register.inclusion_tag("proofs/_application_proof.html", takes_context=True)
def application_proof(context: Context, application: Application) -> dict[str, Any]:
    """Show the proof of a grant, or how to begin it. One query for a grant with payments, none for others."""
    roles: Roles = context["roles"]
    shown = (
        application.state in Application.GRANTED
        and application.paid > 0
        and permissions.may_see_proofs(roles)
    )
    if not shown:
        return {"application": None}
    proof = ProofOfUse.objects.filter(application=application).first()
    reads = roles.reads_all or roles.directs(application.calling_district_id)
    may_begin = proof is None and permissions.objection_to_write(roles, application) is None
    return {
        "application": application if (proof and reads) or may_begin else None,
        "proof": proof,
        "may_begin": may_begin,
        "overdue": proof is not None and proof.is_overdue(roles.day),
        "request": context["request"],
        "csrf_token": context.get("csrf_token"),
    }


@register.inclusion_tag("proofs/_vouchers_behind.html", takes_context=True)
def vouchers_behind(context: Context, application: Application | None) -> dict[str, Any]:
    """Show what explains a payment of this grant: its proof with its vouchers, to who may see them.

    One query, two where a proof is begun; none for others.
    """
    roles: Roles = context["roles"]
    if application is None or not permissions.may_see_vouchers(roles, application):
        return {}
    proof = ProofOfUse.objects.filter(application=application).select_related("decision").first()
    if proof is None:
        return {"application": application}
    found = Voucher.objects.filter(row__proof=proof, struck=False).select_related("row").order_by("day", "pk")
    vouchers = list(with_gone_on(found))
    for voucher in vouchers:
        voucher.row.proof = proof
    return {"proof": proof, "vouchers": vouchers, "twins": {}, "most": MOST_BEHIND}


@register.simple_tag
def accepted_notes(project: Project) -> list[AuditNote]:
    """Return the signed notes of the accepted proofs of a project, with their pots. One query where there are any."""
    related = "proof__application__pot"
    notes = AuditNote.objects.select_related(f"{related}__district", f"{related}__year")
    of_project = notes.filter(proof__application__project=project, proof__state=S.ACCEPTED)
    return list(of_project.filter(state=AuditNote.State.SIGNED)) if project.is_proved else []


@register.simple_tag(takes_context=True)
def proofs_to_check(context: Context) -> list[ProofOfUse]:
    """Return the first proofs that wait for a check, for the Wirtschaftsförderung. One query."""
    return list(due.to_check(context["roles"])[:SHOWN])


@register.simple_tag(takes_context=True)
def claims_overdue(context: Context) -> int:
    """Return how many claims are overdue, for the Wirtschaftsförderung. One query."""
    return RepaymentClaim.objects.overdue(context["roles"].day).count()


@register.simple_tag(takes_context=True)
def claims_owing_interest(context: Context) -> int:
    """Return how many claims are open for their interest alone, for the Wirtschaftsförderung. One query, seven if any can be."""
    return len(still_owed(RepaymentClaim.objects.all(), context["roles"].day))


@register.simple_tag(takes_context=True)
def grants_owing_interest(context: Context) -> int:
    """Return how many grants owe interest without a claim, for the Wirtschaftsförderung. One query, seven if any can."""
    return len(owed_without_claim(ProofOfUse.objects.all(), context["roles"].day))


@register.simple_tag(takes_context=True)
def proofs_to_write(context: Context) -> list[Any]:
    """Return the first grants whose proof waits for this user's districts and is due soon or begun. One query."""
    roles: Roles = context["roles"]
    soon = roles.day + SOON
    found = due.waits_for_district(roles.district_ids).filter(Q(due_on__lte=soon) | Q(proof__isnull=False))
    return list(found.select_related("project", "proof")[:SHOWN])


@register.simple_tag(takes_context=True)
def changes_waiting(context: Context) -> list[ChangeRequest]:
    """Return the first changes that wait for this user: to be decided, or to be answered. One query."""
    return list(due.changes_for(context["roles"])[:SHOWN])


@register.filter
def in_percent(rate: Decimal) -> str:
    return format_percent(rate)


@register.filter
def proof_of(application: Application) -> ProofOfUse | None:
    """Return the grant's proof that was read along, or None where none is begun."""
    return getattr(application, "proof", None)


@register.filter
def twins_of(twins: dict[int, list[Twin]], key: int) -> list[Twin]:
    """Return where else the voucher with this key stands."""
    return twins.get(key, [])
