"""Addresses of people: when somebody was last needed, and what still keeps the way to reach them.

A trader or an unregistered group is some people, too; any other organisation is not.
"""

from functools import reduce
from operator import or_
from typing import Any

from django.db.models import (
    DateField,
    DateTimeField,
    Exists,
    IntegerField,
    Max,
    Model,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.functions import Coalesce, ExtractYear, Greatest, NullIf

from funding.letters.models import Signatory
from funding.models import Decision
from funding.payments.models import PayeeAccount, Payment, PaymentCall
from members.models import Mandate, Membership, Organisation, Person, Seat
from projects.models import Project

TRADERS = Q(legal_form__in=(Organisation.LegalForm.GROUP, Organisation.LegalForm.SOLE_TRADER))
#: What somebody holds for a time, by the column that names them.
TENURES: dict[str, tuple[Any, ...]] = {
    "person": (Seat, Mandate, Membership, Signatory),
    "organisation": (Seat, Membership),
}
#: When money was paid.
PAID_ON = Coalesce("returned_on", "executed_on", "batch__execution_day")


def _latest(rows: "QuerySet[Any]", of: str, day: Any) -> Coalesce:
    """Return the year of the latest day of the rows that name somebody by the path ``of``; 0 for none."""
    last = rows.filter(**{of: OuterRef("pk")}).order_by().values(of).annotate(last=Max(day)).values("last")
    return Coalesce(ExtractYear(Subquery(last, output_field=DateField())), 0)


def _common(of: str) -> list[Coalesce]:
    return [
        *(_latest(model._default_manager.all(), of, "until") for model in TENURES[of]),
        _latest(Payment.objects.all(), f"account__payee__{of}", PAID_ON),
        _latest(PayeeAccount.objects.all(), f"payee__{of}", "decided_on"),
    ]


def _or_entered(model: Any, years: "list[Coalesce]") -> Coalesce:
    """Return the latest of the years, or that in which the row was last changed where it did nothing at all."""
    changed = model.history.filter(id=OuterRef("pk")).order_by("-history_date").values("history_date")[:1]
    return Coalesce(
        NullIf(Greatest(*years), Value(0)),
        ExtractYear(Subquery(changed, output_field=DateTimeField())),
    )


def last_of_person() -> Coalesce:
    """Return the year of a person's last day in office, payment or sign-in."""
    return _or_entered(Person, [*_common("person"), Coalesce(ExtractYear("user__last_login"), 0)])


def last_of_organisation() -> Coalesce:
    """Return the year of an organisation's last day in office, payment, or decision on what it organises."""
    planned = Project.objects.filter(organiser=OuterRef("pk")).order_by("-year").values("year")[:1]
    decided = _latest(Decision.objects.all(), "application__project__organiser", "on")
    return _or_entered(
        Organisation,
        [*_common("organisation"), decided, Coalesce(Subquery(planned, output_field=IntegerField()), 0)],
    )


def reachable(model: "type[Model]") -> Q:
    """Return the condition that a row, or its history, says how to reach somebody."""
    history: Any = model.history  # type: ignore[attr-defined]
    nothing = Q(**model.nothing())  # type: ignore[attr-defined]
    return ~nothing | Q(Exists(history.filter(id=OuterRef("pk")).exclude(nothing)))


def kept_by(of: str) -> tuple[tuple[str, Any], ...]:
    """Return what keeps the address: something that goes on, bank details that are still kept, an open call."""
    running = (
        Exists(model._default_manager.filter(**{of: OuterRef("pk")}, until__isnull=True))
        for model in TENURES[of]
    )
    return (
        ("task", reduce(or_, map(Q, running))),
        ("details", Exists(PayeeAccount.objects.filter(**{f"payee__{of}": OuterRef("pk")}).exclude(iban=""))),
        ("call", Exists(PaymentCall.objects.open().filter(**{f"payee__{of}": OuterRef("pk")}))),
    )


def of_payee(of: str) -> tuple[tuple[str, str], ...]:
    """Return by which paths from an application its payee is the row."""
    return ((f"calls__payee__{of}", "pk"), (f"instalment_plans__payee__{of}", "pk"))
