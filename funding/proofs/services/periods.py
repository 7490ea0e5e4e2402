"""More time for a proof, and the yearly sample."""

import secrets
from datetime import date

from django.db import IntegrityError, transaction

from funding.errors import TransitionNotAllowed, YearNotOpen
from funding.models import FiscalYear
from funding.models.terms import ProofDepth
from funding.permissions import objection_to_staff_booking
from funding.proofs import due, notices, permissions
from funding.proofs.models import Extension, ProofOfUse, ProofRules, Sample, SamplePick
from funding.proofs.sampling import drawn
from funding.proofs.services.case import open_case
from funding.proofs.services.checking import ask_by_sample
from funding.rules import require_reason, value_date
from members.common.days import LAST_DAY
from members.models import User
from members.roles.permissions import Roles


@transaction.atomic
def ask_extension(
    proof: ProofOfUse,
    *,
    until: date,
    reason: str,
    actor: User,
    key: str | None = None,
    on: date | None = None,
) -> Extension:
    """Ask for more time, until a day, with a reason. The Wirtschaftsförderung answers.

    Raises TransitionNotAllowed or AlreadyDone.
    """
    case = open_case(proof, ask=permissions.objection_to_answer, actor=actor, key=key, on=on)
    current = case.proof
    if not current.is_open:
        raise TransitionNotAllowed("Der Nachweis ist schon eingereicht; mehr Zeit braucht er nicht.")
    if not case.day < until <= LAST_DAY or (current.due_on and until <= current.due_on):
        raise TransitionNotAllowed(
            "Bitte einen Tag nach der jetzigen Frist und nach heute eintragen.", field="until"
        )
    if current.extensions.filter(state=Extension.State.REQUESTED).exists():
        raise TransitionNotAllowed("Mehr Zeit ist schon beantragt. Bitte warten Sie die Antwort ab.")
    asked = Extension.objects.create(
        proof=current,
        until=until,
        reason=require_reason(reason, "Bitte begründen Sie, warum Sie mehr Zeit brauchen."),
        requested_by=actor,
        requested_on=case.day,
    )
    notices.tell_of_extension(asked)
    return asked


@transaction.atomic
def grant_extension(
    extension: Extension, *, actor: User, key: str | None = None, on: date | None = None
) -> ProofOfUse:
    """Give more time. Raises ConflictOfInterest, TransitionNotAllowed or AlreadyDone."""
    case = open_case(extension.proof, ask=permissions.objection_to_check, actor=actor, key=key, on=on)
    current = _waiting(extension, case.day)
    current.decide(Extension.State.CONFIRMED, actor=actor, on=case.day)
    if case.proof.is_open:
        case.proof.due_on = current.until
        case.proof.save(update_fields=["due_on"])
    notices.tell_of_extension_decided(current)
    return case.proof


@transaction.atomic
def refuse_extension(
    extension: Extension, *, reason: str, actor: User, key: str | None = None, on: date | None = None
) -> ProofOfUse:
    """Give no more time, with a reason. Raises as ``grant_extension``."""
    case = open_case(extension.proof, ask=permissions.objection_to_check, actor=actor, key=key, on=on)
    current = _waiting(extension, case.day)
    reason = require_reason(reason, "Bitte begründen Sie, warum es nicht mehr Zeit gibt.")
    current.decide(Extension.State.REFUSED, actor=actor, on=case.day, refusal=reason)
    notices.tell_of_extension_decided(current)
    return case.proof


def _waiting(extension: Extension, day: date) -> Extension:
    current = Extension.objects.select_for_update(of=("self",)).get(pk=extension.pk)
    if sentence := current.objection_on(day):
        raise TransitionNotAllowed(sentence)
    return current


@transaction.atomic
def draw_sample(year: int, *, actor: User, seed: str = "", on: date | None = None) -> Sample:
    """Draw which grants of the calendar year show their vouchers, once. What waits for a check is asked back for them.

    It is drawn from the grants with payments whose proof is neither full nor accepted.
    ``seed`` is for tests; by default it is random, and stored.
    Raises YearNotOpen, ConflictOfInterest or TransitionNotAllowed.
    """
    day = value_date(on)
    roles = Roles(actor, day)
    if objection := objection_to_staff_booking(roles, "Die Stichprobe zieht die Wirtschaftsförderung."):
        raise objection
    fiscal_year = FiscalYear.objects.select_related("model").filter(year=year).first()
    if fiscal_year is None:
        raise YearNotOpen(f"Das Haushaltsjahr {year} gibt es nicht.")
    rules = ProofRules.objects.on(fiscal_year.model, day)
    if rules is None:
        raise TransitionNotAllowed("Für dieses Fördermodell gibt es noch keine Regeln für Nachweise.")
    seed = seed or secrets.token_hex(16)
    grants = due.owed().filter(pot__year=fiscal_year).exclude(due_depth=ProofDepth.FULL)
    listed = sorted(grants.values_list("pk", flat=True))
    if not listed:
        raise TransitionNotAllowed(f"Für {year} gibt es keinen Nachweis, aus dem gezogen werden könnte.")
    try:
        with transaction.atomic():
            sample = Sample.objects.create(
                year=fiscal_year,
                percent=rules.sample_percent,
                seed=seed,
                listed=listed,
                drawn_by=actor,
                drawn_on=day,
            )
    except IntegrityError:
        raise TransitionNotAllowed(f"Die Stichprobe {year} ist schon gezogen; sie bleibt.") from None
    picked = drawn(listed, sample.percent, seed)
    SamplePick.objects.bulk_create(SamplePick(sample=sample, application_id=key) for key in picked)
    for proof in (
        ProofOfUse.objects.filter(application__in=picked).select_related("application").order_by("pk")
    ):
        ask_by_sample(proof, sample, actor=actor, on=on)
    return sample
