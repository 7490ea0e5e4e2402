"""Which payment, call or entry of a statement stands behind a booking on a pot."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from funding.models import LedgerEntry
from funding.payments.batch_permissions import may_see_batches
from funding.payments.call_permissions import may_see_calls
from members.roles.permissions import Roles

#: Up to so many bookings are asked for by their keys, more of them by the first and the last.
MANY = 500
#: What is read of a booking: what its decision, its expense or itself lead to.
COLUMNS = {
    "kind": "kind",
    "day": "value_date",
    **{
        f"{name}_{column}": f"{path}__{of}"
        for name, path in (
            ("paid", "decision__payment"), ("bounced", "decision__returned_payment"), ("spent", "expense__payments"),
        )
        for column, of in (("pk", "pk"), ("batch", "batch_id"), ("call", "call_id"), ("reference", "end_to_end"))
    },
    "spent_executed": "expense__payments__executed_on",
    "spent_returned": "expense__payments__returned_on",
    "called": "expense__call__pk",
    "repaid": "decision__statement_entry__pk",
    "interest": "decision__interest_entry__pk",
    "charged": "expense__statement_entry__pk",
    "raised": "statement_entry__pk",
}  # fmt: skip


@dataclass(frozen=True)
class Source:
    """What stands behind a booking, in words, with its address and the reference that the bank knows.

    ``url`` and ``reference`` may be empty.
    """

    label: str = ""
    url: str = ""
    reference: str = ""


def name_sources(roles: Roles, entries: Sequence[Any]) -> None:
    """Set ``source`` on these bookings of one pot, as far as these roles may see it. One query, none for who may not.

    Whoever reads payees is led to the payment, a director to the call.
    """
    for entry in entries:
        entry.source = Source()
    if not entries or not may_see_calls(roles):
        return
    keys = [entry.pk for entry in entries]
    wanted = LedgerEntry.objects.filter(pot=entries[0].pot_id)
    wanted = (
        wanted.filter(pk__in=keys) if len(keys) <= MANY else wanted.filter(pk__range=(min(keys), max(keys)))
    )
    rows: dict[int, list[dict[str, Any]]] = {}
    for values in wanted.order_by("pk", "expense__payments__pk").values_list("pk", *COLUMNS.values()):
        rows.setdefault(values[0], []).append(dict(zip(COLUMNS, values[1:], strict=True)))
    reads = may_see_batches(roles)
    for entry in entries:
        entry.source = _source(rows[entry.pk], reads)


def _source(rows: list[dict[str, Any]], reads: bool) -> Source:
    for row in rows:
        for name in ("paid", "bounced"):
            if row[f"{name}_pk"]:
                return _of_payment(row, name, reads)
    if not reads:
        return Source()
    # An expense that came back is paid by several payments: the day says which.
    for row in reversed(rows):
        day = {"pay": row["spent_executed"], "pay_back": row["spent_returned"]}.get(row["kind"])
        if day is not None and day == row["day"]:
            return _of_payment(row, "spent", reads)
    row = rows[0]
    for name in ("repaid", "interest", "charged", "raised"):
        if row[name]:
            return Source(f"Buchung der Bank Nr. {row[name]}", reverse("payments:entry", args=[row[name]]))
    if row["called"] and row["kind"] == "commit":
        return _of_call(row["called"])
    return Source()


def _of_payment(row: dict[str, Any], name: str, reads: bool) -> Source:
    payment, batch, call = (row[f"{name}_{column}"] for column in ("pk", "batch", "call"))
    if not reads:
        return _of_call(call) if call else Source("vor Einführung")
    label = f"Zahlung Nr. {payment}, " + (f"Zahlungslauf Nr. {batch}" if batch else "vor Einführung")
    return Source(label, reverse("payments:payment", args=[payment]), row[f"{name}_reference"])


def _of_call(call: int) -> Source:
    return Source(f"Abruf Nr. {call}", reverse("payments:call", args=[call]))
