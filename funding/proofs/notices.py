"""Mails about proofs: the Wirtschaftsförderung hears what to check, the district what became of it, and when it is due.

Only steps of today are told. No mail names a payee.
"""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from funding.models import Application
from funding.notices import titles
from funding.permissions import Objection
from funding.proofs import due, permissions
from funding.proofs.models import ClaimReminder, Extension, ProofRules, ProofStep, RepaymentClaim
from funding.proofs.owed import still_owed
from members.common.money import format_euro
from members.models import User
from members.post.notify import accounts_of, notify, notify_directors
from members.post.notify import forget as forget_key
from members.roles import groups
from members.roles.permissions import Roles

Step = ProofStep.Step
#: The steps after which the Wirtschaftsförderung has to do something.
TO_STAFF = (Step.HAND_IN, Step.ANSWER, Step.NOTE)
#: The steps of which the calling district hears.
TO_DISTRICT = (Step.ASK_BACK, Step.ANNOUNCE, Step.WITHDRAW, Step.ACCEPT)
CLAIM_OVERDUE = "Rückforderung überfällig"


def tell_of_step(step: ProofStep) -> None:
    """Write to who has to check, or to the district of what was done with its proof."""
    _forget(step)
    if step.on != timezone.localdate():
        return
    proof = step.proof
    what = f"Verwendungsnachweis {step.get_step_display()}"
    told = {"template": "proof_step", "context": {"step": step, **about(proof.application)}}
    if step.step in TO_STAFF:
        told["key"] = f"proof-step:{step.pk}"
        to_staff(
            proof.application,
            what,
            lambda roles: permissions.objection_to_check(roles, proof),
            step.actor,
            told,
        )
    elif step.step in TO_DISTRICT:
        told["key"] = f"proof-step:{step.pk}"
        to_district(proof.application, what, step.actor, step.on, told)


def _forget(step: ProofStep) -> None:
    """Delete the mails that asked for what is done now and have not gone out."""
    for pk in step.proof.steps.filter(step__in=TO_STAFF, pk__lt=step.pk).values_list("pk", flat=True):
        forget_key(f"proof-step:{pk}")


def tell_of_extension(extension: Extension) -> None:
    """Write to who may answer that a district asks for more time."""
    if extension.requested_on != timezone.localdate():
        return
    proof = extension.proof
    told = {
        "template": "proof_extension",
        "context": {"extension": extension, **about(proof.application)},
        "key": f"proof-extension:{extension.pk}",
    }
    to_staff(
        proof.application, "Mehr Zeit für den Verwendungsnachweis beantragt",
        lambda roles: permissions.objection_to_check(roles, proof), extension.requested_by, told,
    )  # fmt: skip


def tell_of_extension_decided(extension: Extension) -> None:
    """Write to the district whether there is more time."""
    forget_key(f"proof-extension:{extension.pk}")
    assert extension.decided_by is not None and extension.decided_on is not None
    if extension.decided_on != timezone.localdate():
        return
    told = {
        "template": "proof_extension",
        "context": {"extension": extension, **about(extension.proof.application)},
        "key": f"proof-extension-decided:{extension.pk}",
    }
    what = f"Frist für den Verwendungsnachweis {extension.get_state_display()}"
    to_district(extension.proof.application, what, extension.decided_by, extension.decided_on, told)


def remind(day: date | None = None) -> int:
    """Write to the districts whose proof is due soon, or overdue, and return for how many grants. Once for each day.

    How many days before and after is a setting of the funding model.
    """
    today = day or timezone.localdate()
    reminded = 0
    related = ("project__lead_district", "pot__district", "pot__year__model")
    for application, kind in _due(due.lacking().select_related(*related), lambda grant: grant, today):
        reminded += 1
        what = "Verwendungsnachweis überfällig" if kind == "after" else "Verwendungsnachweis bald fällig"
        told = {
            "template": "proof_due",
            "context": {
                "day": f"{application.due_on:%d.%m.%Y}",
                "overdue": kind == "after",
                **about(application),
            },
            "key": f"proof-due:{application.pk}:{application.due_on:%Y%m%d}:{kind}",
        }
        to_district(application, what, None, today, told)
    return reminded


def remind_of_claims(day: date | None = None) -> int:
    """Write to the districts whose claim is due soon, or overdue, and return for how many claims. Once for each.

    Where the money came back and its interest did not, that is what is due.

    An overdue one is told to the Wirtschaftsförderung, too. How many days before and after is a setting of the funding model.
    """
    today = day or timezone.localdate()
    reminded = 0
    owing = still_owed(RepaymentClaim.objects.all(), today)
    open_ones = (
        RepaymentClaim.objects.with_left().filter(Q(left__gt=0) | Q(pk__in=owing)).with_names().order_by("pk")
    )
    for claim, kind in _due(open_ones, lambda claim: claim.application, today):
        overdue = kind == "after"
        interest = "" if claim.is_open else ":interest"
        left = owing[claim.pk] if interest else claim.left
        if not left:  # a base rate is missing
            continue
        reminded += 1
        told = _of_claim(claim, left, overdue=overdue, key=f"claim-due:{claim.pk}:{kind}{interest}")
        what = CLAIM_OVERDUE if overdue else "Rückforderung bald fällig"
        to_district(claim.application, what, None, today, told)
        if overdue:
            staff = accounts_of(groups.BUSINESS_DEVELOPMENT, without=None)
            notify(staff, group=groups.BUSINESS_DEVELOPMENT, **told, **titles(what, claim.application))
    return reminded


def tell_of_reminder(reminder: ClaimReminder) -> None:
    """Write to the district what is overdue."""
    if reminder.on != timezone.localdate():
        return
    claim = reminder.claim
    told = _of_claim(claim, reminder.amount, overdue=True, key=f"claim-reminder:{reminder.pk}")
    to_district(claim.application, CLAIM_OVERDUE, reminder.actor, reminder.on, told)


def _of_claim(claim: RepaymentClaim, left: Decimal, *, overdue: bool, key: str) -> dict[str, Any]:
    """Return the mail that so many euro are to be paid, as ``notify`` takes it."""
    context = {
        "claim": claim, "left": format_euro(left), "of_interest": not claim.is_open, "day": f"{claim.due_on:%d.%m.%Y}", "overdue": overdue,
    }  # fmt: skip
    return {"template": "claim_due", "context": {**context, **about(claim.application)}, "key": key}


def _due(
    rows: "QuerySet[Any]", grant_of: Callable[[Any], Application], today: date
) -> Iterator[tuple[Any, str]]:
    """Yield the rows (with ``due_on``) of which a reminder is due today, and which one: "before" or "after" the day."""
    rules: dict[int, ProofRules | None] = {}
    for row in rows.filter(due_on__lte=today + timedelta(days=366)):
        model = grant_of(row).pot.year.model
        if model.pk not in rules:
            rules[model.pk] = ProofRules.objects.on(model, today)
        if kind := _reminder(rules[model.pk], row.due_on, today):
            yield row, kind


def _reminder(rules: ProofRules | None, due_on: date, today: date) -> str:
    """Return which reminder is due today: before or after the last day, or none."""
    if rules is None:
        return ""
    if rules.remind_before and due_on - timedelta(days=rules.remind_before) <= today <= due_on:
        return "before"
    if rules.remind_after and due_on + timedelta(days=rules.remind_after) <= today:
        return "after"
    return ""


def about(application: Application) -> dict[str, Any]:
    """Return what each mail about a grant names."""
    return {"application": application, "project": application.project}


def to_staff(
    application: Application,
    what: str,
    may: Callable[[Roles], Objection],
    actor: User,
    told: dict[str, Any],
) -> None:
    """Write to the others of the Wirtschaftsförderung against whom nothing stands (``may``), ``told`` as for ``notify``."""
    today = timezone.localdate()
    able = [
        user
        for user in accounts_of(groups.BUSINESS_DEVELOPMENT, without=actor)
        if may(Roles(user, today)) is None
    ]
    notify(able, group=groups.BUSINESS_DEVELOPMENT, **told, **titles(what, application))


def to_district(
    application: Application, what: str, actor: User | None, on: date, told: dict[str, Any]
) -> None:
    """Write to who directs the calling district on the local date, but not to who acted."""
    notify_directors(
        [application.calling_district_id], day=on, without=actor, **told, **titles(what, application)
    )
