"""Which calls, grants and instalments wait for whom, for start pages."""

from collections.abc import Collection
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery

from funding.letters.models import Letter
from funding.models import Application, FiscalYear, Step
from funding.payments.models import Instalment, InstalmentPlan, PaymentCall
from members.roles.permissions import Roles


def called_for(districts: Collection[int], prefix: str = "") -> Q:
    """Return the condition that money is called for these districts (keys): as ``objection_to_call`` says.

    ``prefix`` leads to the application.
    """
    own = Q(**{f"{prefix}pot__district__in": districts})
    return own | Q(**{f"{prefix}pot__district": None, f"{prefix}project__lead_district__in": districts})


def _returned() -> "QuerySet[PaymentCall]":
    return PaymentCall.objects.filter(state=PaymentCall.State.RETURNED).order_by("pk")


def _refused() -> "QuerySet[Instalment]":
    """Return the instalments of checked plans that could not be called, oldest first."""
    found = Instalment.objects.filter(call=None, plan__state=InstalmentPlan.State.CONFIRMED)
    return found.exclude(refusal="").order_by("due_on", "pk")


def waits_for_caller(districts: Collection[int]) -> Q:
    """Return the condition on grants whose money waits for these districts.

    A call came back, an instalment could not be called, or the grant is accepted and nothing of it is called or paid.
    """
    accepted = Letter.objects.current().filter(decision__step=Step.APPROVE, answer=Letter.Answer.ACCEPTED)
    untouched = Q(
        pk__in=accepted.order_by().values("decision__application"),
        called=0,
        paid=0,
        pot__year__state=FiscalYear.State.OPEN,
    )
    trouble = Q(pk__in=_returned().order_by().values("application")) | Q(
        pk__in=_refused().order_by().values("plan__application")
    )
    return called_for(districts) & Q(state=Application.State.APPROVED) & (untouched | trouble)


def with_calls(applications: "QuerySet[Any]") -> "QuerySet[Any]":
    """Add ``returned_call`` (key), and ``refused_plan`` (key) with the sentence ``refusal``."""
    refused = _refused().filter(plan__application=OuterRef("pk"))
    return applications.annotate(
        returned_call=Subquery(_returned().filter(application=OuterRef("pk")).values("pk")[:1]),
        refused_plan=Subquery(refused.values("plan")[:1]),
        refusal=Subquery(refused.values("refusal")[:1]),
    )


def to_check(roles: Roles) -> "QuerySet[PaymentCall]":
    """Return the calls that the Wirtschaftsförderung has to check, at first what is due first; nothing for others."""
    if not roles.is_business_development:
        return PaymentCall.objects.none()
    return PaymentCall.objects.filter(state=PaymentCall.State.CALLED).with_names().order_by("due_on", "pk")
