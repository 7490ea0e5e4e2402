"""Which calls, grants and instalments wait for whom, for start pages."""

from collections.abc import Collection
from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Sum, Value

from funding.letters.models import Form, Letter
from funding.letters.services import lacking
from funding.models import Application, FiscalYear, GrantChange, Step
from funding.payments.models import Balance, Instalment, InstalmentPlan, PaymentCall, StatementEntry
from members.roles.permissions import Roles
from projects.models import Project


def called_for(districts: Collection[int], prefix: str = "") -> Q:
    """Return the condition that money is called for these districts (keys): as ``objection_to_call`` says.

    ``prefix`` leads to the application.
    """
    own = Q(**{f"{prefix}pot__district__in": districts})
    return own | Q(**{f"{prefix}pot__district": None, f"{prefix}project__lead_district__in": districts})


def _calls(state: str) -> "QuerySet[PaymentCall]":
    return PaymentCall.objects.filter(state=state).order_by("pk")


def _letters() -> "QuerySet[Letter]":
    """Return the current letters of approvals."""
    return Letter.objects.current().filter(decision__step=Step.APPROVE).order_by()


def _declined() -> "QuerySet[Letter]":
    return _letters().filter(answer=Letter.Answer.DECLINED)


def _accepted() -> Q:
    """Return the condition on grants that are accepted; own measures need that only where a letter asks for it.

    As ``letters.acceptance``, without the grants from before there were letters.
    """
    answered = _letters().filter(Q(answer=Letter.Answer.ACCEPTED) | Q(form=Form.INTERNAL))
    own = Q(project__measure=Project.Measure.OWN) & ~Q(pk__in=_letters().values("decision__application"))
    return Q(pk__in=answered.values("decision__application")) | own


def _refused() -> "QuerySet[Instalment]":
    """Return the instalments of checked plans that could not be called, oldest first."""
    found = Instalment.objects.filter(call=None, plan__state=InstalmentPlan.State.CONFIRMED)
    return found.exclude(refusal="").order_by("due_on", "pk")


def waits_for_caller(districts: Collection[int]) -> Q:
    """Return the condition on grants whose money waits for these districts.

    A call came back from the Wirtschaftsförderung or from the bank, an instalment could not be called, the promise was
    declined, or it is accepted and nothing of it is called or paid.
    """
    untouched = _accepted() & Q(called=0, paid=0, pot__year__state=FiscalYear.State.OPEN)
    back = PaymentCall.objects.filter(state__in=(PaymentCall.State.RETURNED, PaymentCall.State.BOUNCED))
    trouble = (
        Q(pk__in=back.order_by().values("application"))
        | Q(pk__in=_refused().order_by().values("plan__application"))
        | Q(pk__in=_declined().values("decision__application"))
    )
    return called_for(districts) & Q(state=Application.State.APPROVED) & (untouched | trouble)


def with_calls(applications: "QuerySet[Any]") -> "QuerySet[Any]":
    """Add ``returned_call`` and ``bounced_call`` (keys), ``declined`` (number of a letter), and ``refused_plan`` (key).

    A refused plan has the sentence ``refusal``.
    """
    refused = _refused().filter(plan__application=OuterRef("pk"))
    of_calls = {
        name: Subquery(_calls(state).filter(application=OuterRef("pk")).values("pk")[:1])
        for name, state in (
            ("returned_call", PaymentCall.State.RETURNED), ("bounced_call", PaymentCall.State.BOUNCED),
        )
    }  # fmt: skip
    declined = _declined().filter(decision__application=OuterRef("pk"))
    return applications.annotate(
        **of_calls,
        declined=Subquery(declined.values("number")[:1]),
        refused_plan=Subquery(refused.values("plan")[:1]),
        refusal=Subquery(refused.values("refusal")[:1]),
    )


def to_check(roles: Roles) -> "QuerySet[PaymentCall]":
    """Return the calls that the Wirtschaftsförderung has to check, at first what is due first; nothing for others."""
    if not roles.is_business_development:
        return PaymentCall.objects.none()
    return PaymentCall.objects.filter(state=PaymentCall.State.CALLED).with_names().order_by("due_on", "pk")


def waiting(roles: Roles) -> dict[str, Any]:
    """Return how much of letters and paying waits for this user of the Wirtschaftsförderung. One query.

    ``to_pay`` calls are checked or came back; ``total`` is their sum in euro, and ``overdue`` are some of them.
    ``entries`` are those of statements of which nobody has said what they are, ``to_send`` are letters.
    ``lacking`` are decisions without their letter.
    ``balances`` and ``plans`` wait for a second person.
    """
    calls = PaymentCall.objects.filter(state__in=(PaymentCall.State.CHECKED, PaymentCall.State.BOUNCED))
    second = {"requested_by": roles.user.pk}
    parts: dict[str, QuerySet[Any]] = {
        "to_pay": calls,
        "overdue": calls.filter(due_on__lt=roles.day),
        "open": StatementEntry.objects.filter(state=StatementEntry.State.OPEN),
        # The second person said no: it is open again.
        "refused": StatementEntry.objects.filter(change__state=GrantChange.State.REFUSED),
        "balances": Balance.objects.waiting().exclude(**second),
        "plans": InstalmentPlan.objects.filter(state=InstalmentPlan.State.REQUESTED).exclude(**second),
        "to_send": Letter.objects.to_send(),
        "lacking": lacking(),
    }
    first, *more = (
        rows.order_by()
        .annotate(what=Value(name))
        .values("what")
        .annotate(number=Count("pk"), total=Sum("amount" if rows is calls else Value(0)))
        for name, rows in parts.items()
    )
    found = {row["what"]: row for row in first.union(*more, all=True)}
    numbers = {name: row["number"] for name, row in found.items()}
    return {
        **numbers,
        "total": found["to_pay"]["total"],
        "entries": numbers["open"] + numbers["refused"],
    }
