"""Which grants owe a proof, until when, and what waits for whom: queries for lists, start pages and reminders."""

from collections.abc import Collection
from datetime import date
from typing import Any

from django.db.models import F, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from funding.models import Application, Decision, Step
from funding.payments.turn import called_for
from funding.proofs.models import ChangeRequest, Extension, ProofOfUse, Sample, SamplePick
from members.roles.permissions import Roles

S = ProofOfUse.State


def with_due_day(grants: "QuerySet[Any]") -> "QuerySet[Any]":
    """Add ``due_on``, the last day of the proof, extensions included, and ``due_depth``, what the decision asks for.

    Both are empty for grants of the past that were tied to nothing.
    """
    tied = (
        Decision.objects.filter(application=OuterRef("pk"), proof_due_on__isnull=False)
        .exclude(step=Step.SIGN)
        .order_by("-pk")
    )
    return grants.annotate(
        due_on=Coalesce("proof__due_on", Subquery(tied.values("proof_due_on")[:1])),
        due_depth=Coalesce("proof__depth", Subquery(tied.values("proof_depth")[:1])),
    )


def owed() -> "QuerySet[Any]":
    """Return the grants with payments whose use is to be proved and is not accepted, by their due day.

    They have what ``with_due_day`` adds. Grants of the past that were tied to nothing owe no proof by a day; one can be
    written all the same.
    """
    paid = Application.objects.filter(state=Application.State.APPROVED, paid__gt=0)
    return (
        with_due_day(paid)
        .filter(due_on__isnull=False)
        .exclude(proof__state=S.ACCEPTED)
        .order_by("due_on", "pk")
    )


def lacking(day: date | None = None) -> "QuerySet[Any]":
    """Return the grants whose proof is not handed in; with a local date only those that are overdue by then."""
    found = owed().filter(Q(proof__isnull=True) | Q(proof__state__in=ProofOfUse.WRITABLE))
    return found if day is None else found.filter(due_on__lt=day)


def waits_for_district(districts: Collection[int]) -> "QuerySet[Any]":
    """Return the grants whose proof these districts (keys) have to write, or where a cut waits for their answer."""
    heard = Q(pk__in=ProofOfUse.objects.filter(state=S.HEARING).order_by().values("application"))
    written = Q(proof__isnull=True) | Q(proof__state__in=ProofOfUse.WRITABLE)
    return owed().filter(called_for(districts)).filter(written | heard)


def to_check(roles: Roles) -> "QuerySet[ProofOfUse]":
    """Return the proofs that wait for the Wirtschaftsförderung now, the longest waiting first; nothing for others.

    A hearing waits for its recipient until its day; a signed note waits for somebody else. An accepted one waits for the
    grant to be settled, once all of it is paid and nothing has to come back.
    """
    if not roles.is_business_development:
        return ProofOfUse.objects.none()
    heard = Q(state=S.HEARING, hearing_until__lt=roles.day)
    second = Q(state=S.NOTED) & ~Q(notes__state="waiting", notes__signed_by=roles.user.pk)
    explained = Q(
        state=S.ACCEPTED, application__state=Application.State.APPROVED, application__reclaimed=0,
        application__paid=F("application__granted"),
    )  # fmt: skip
    found = ProofOfUse.objects.filter(Q(state=S.HANDED_IN) | heard | second | explained).filter(
        application__state__in=Application.GRANTED
    )
    return found.with_names().order_by("handed_in_on", "pk")


def extensions_to_answer(roles: Roles) -> "QuerySet[Extension]":
    """Return the extensions that wait for the Wirtschaftsförderung, oldest first; nothing for others."""
    if not roles.is_business_development:
        return Extension.objects.none()
    return Extension.objects.filter(state=Extension.State.REQUESTED).select_related(
        "proof__application__project"
    )


def changes_for(roles: Roles) -> "QuerySet[ChangeRequest]":
    """Return the changes that wait for these roles, oldest first: for a decision, or for an answer of their district."""
    found = ChangeRequest.objects.with_names().order_by("pk")
    if roles.is_business_development:
        return found.filter(state=ChangeRequest.State.ASKED)
    answered = called_for(roles.district_ids, "application__")
    return found.filter(answered, state=ChangeRequest.State.ASKED_BACK)


def last_sample(year: int) -> Sample | None:
    """Return the sample of the calendar year with what was drawn, or None. Two queries."""
    picks = SamplePick.objects.select_related("application__project", "application__pot")
    return (
        Sample.objects.filter(year__year=year)
        .select_related("year", "drawn_by__person")
        .prefetch_related(Prefetch("picks", picks.annotate(proof_state=F("application__proof__state"))))
        .first()
    )
