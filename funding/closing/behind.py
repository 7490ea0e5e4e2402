"""The rows behind a light, each as a line that anybody who reads the figures may read: no payee stands in it."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.urls import reverse

from funding.models import Application, Expense, GrantChange, Transfer
from funding.payments.models import Payment, PaymentCall
from funding.proofs.models import RepaymentClaim
from members.roles.permissions import Roles

#: What is read along with each row.
RELATED: dict[type, tuple[str, ...]] = {
    Application: ("project",),
    PaymentCall: ("application__project", "application__pot", "expense"),
    Transfer: ("from_pot__district", "from_pot__year", "to_pot__district", "to_pot__year"),
    GrantChange: ("application__project",),
    RepaymentClaim: ("application__project",),
    Payment: ("decision__application__project", "expense"),
}


@dataclass(frozen=True)
class Line:
    """A row: where it leads (nowhere, if the reader may not go there), what it is, how it stands, how much (euro)."""

    url: str
    label: str
    more: str
    state: str
    place: int
    amount: Decimal


def line(row: Any, roles: Roles) -> Line:
    """Return the row as a line for this reader. No query, where ``RELATED`` was read along."""
    url, label, more, state = _told(row, roles)
    return Line(url, label, more, state, row.place, row.euro)


def _told(row: Any, roles: Roles) -> tuple[str, str, str, str]:
    match row:
        case Application():
            return _of(row.project, row.get_absolute_url(), row.get_state_display())
        case GrantChange():
            state = f"{row.get_what_display()}: {row.get_state_display()}"
            return _of(row.application.project, row.get_absolute_url(), state)
        case RepaymentClaim():
            state = f"fällig am {row.due_on:%d.%m.%Y}" if row.is_open else "Zinsen offen"
            if row.reminded_on:
                state = f"{state}, erinnert am {row.reminded_on:%d.%m.%Y}"
            return _of(row.application.project, row.get_absolute_url(), state)
        case PaymentCall():
            cause = row.application or row.overhead
            reads = roles.reads_payees or bool(roles.district_ids)
            url = (row if reads else cause).get_absolute_url()
            what = row.application.project if row.application else row.overhead.purpose
            return url, str(row), str(what), row.get_state_display()
        case Expense():
            return row.get_absolute_url(), row.purpose, str(row), "nicht bezahlt"
        case Transfer():
            return (
                row.get_absolute_url(),
                str(row),
                f"{row.from_pot} nach {row.to_pot}",
                row.get_state_display(),
            )
        case Payment():
            url = row.get_absolute_url() if roles.reads_payees else ""
            paid_for = row.decision.application.project if row.decision else row.expense
            return url, f"Zahlung vom {row.executed_on:%d.%m.%Y}", str(paid_for), row.get_state_display()
        case _:
            url = reverse("payments:entry", args=[row.pk]) if roles.reads_payees else ""
            return url, f"Buchung vom {row.booked_on:%d.%m.%Y}", "", row.get_state_display()


def _of(project: Any, url: str, state: str) -> tuple[str, str, str, str]:
    return url, project.display_title, str(project.number), state
