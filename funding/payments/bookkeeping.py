"""The journal for the bookkeeper: what stands on the statements, with the columns that bookkeeping programs read.

The names of the first columns are those of DATEV's Buchungsstapel, without its header and its empty columns.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Prefetch

from funding.models import Expense
from funding.payments.models import OwnAccount, Payment, PaymentCall, StatementEntry
from members.common.export import CHUNK, Column
from members.common.iban import names_iban

Use = StatementEntry.Use
#: Use of an entry -> the account's field with the number of the counter account. Payments and expenses see ``Line.counter``.
COUNTER: dict[str, str] = {
    Use.INSTALMENT: "counter_city",
    Use.TO_CITY: "counter_city",
    Use.SPECIAL: "counter_special",
    Use.REPAYMENT: "counter_grants",
    Use.INTEREST: "counter_grants",
}


@dataclass(frozen=True)
class Line:
    """An entry of the bank, or a part of it: a payment of a batch, the fee kept of a return, or the interest. ``amount`` is signed euro."""

    entry: StatementEntry
    amount: Decimal
    payment: Payment | None = None
    expense: Expense | None = None
    is_interest: bool = False

    @property
    def account(self) -> OwnAccount:
        return self.entry.statement.account

    @property
    def side(self) -> str:
        """Return S or H: money that comes in is on the debit side of the bank's account."""
        return "S" if self.amount > 0 else "H"

    @property
    def counter(self) -> str:
        """Return the number of the counter account; empty where none is entered."""
        if self.expense is not None:
            field = "counter_overhead"
        elif self.payment is not None:
            field = "counter_grants"
        else:
            field = COUNTER.get(self.entry.use, "counter_open")
        return str(getattr(self.account, field))

    @property
    def call(self) -> PaymentCall | None:
        return self.payment.call if self.payment else None

    @property
    def application(self) -> Any:
        if self.call:
            return self.call.application
        return None if self.expense else self.entry.application

    @property
    def voucher(self) -> str:
        """Return the number of the invoice or voucher, else the statement and its line."""
        named = self.call.invoice_number if self.call else self.expense.voucher if self.expense else ""
        return named or f"{self.entry.statement.number or self.entry.statement_id}/{self.entry.position}"

    @property
    def text(self) -> str:
        """Return what it was, with the payee or the other side, and what for; without words that name an account."""
        if self.call:
            who, what = str(self.call.payee), self.call.purpose
        elif self.expense:
            who, what = self.expense.payee, self.expense.purpose
        else:
            who, what = self.entry.name, self.entry.remittance or self.entry.text
        return ", ".join(word for word in (self.kind, who, what) if word and not names_iban(word))

    @property
    def kind(self) -> str:
        if self.expense and not self.payment:
            return Use.EXPENSE.label
        if self.is_interest:
            return Use.INTEREST.label
        return self.entry.get_use_display() if self.entry.use else self.entry.get_state_display()

    @property
    def project(self) -> str:
        return str(self.application.project.number) if self.application else ""

    @property
    def pot(self) -> Any:
        source = self.application or self.expense
        return source.pot if source else self.entry.pot or ""

    @property
    def reference(self) -> str:
        if self.payment:
            return self.payment.end_to_end
        return self.entry.end_to_end or self.entry.bank_reference


JOURNAL = (
    Column("Belegdatum", "entry.booked_on", 12),
    Column("Umsatz", lambda line: abs(line.amount)),
    Column("Soll/Haben", "side", 10),
    Column("Konto", "account.book_account", 10),
    Column("Gegenkonto", "counter", 11),
    Column("Belegfeld 1", "voucher", 20),
    Column("Buchungstext", "text", 44),
    Column("Projektnummer", "project", 15),
    Column("Topf", "pot", 28),
    Column("Betrag", "amount", summed=True),
    Column("Wertstellung", "entry.valued_on", 12),
    Column("Auszug", lambda line: line.entry.statement.number or line.entry.statement_id, 10),
    Column("Referenz", "reference", 26),
    Column("Bemerkung", "entry.reason", 24),
)


def lines() -> Iterator[Line]:
    """Yield the lines of all statements in their order; a batch has one for each of its payments, a fee kept its own."""
    related = ("call__application__project", "call__application__pot__district", "call__application__pot__year",
               "call__payee__organisation", "call__payee__person", "expense__pot__district", "expense__pot__year")  # fmt: skip
    payments = Payment.objects.exclude(state=Payment.State.DROPPED).select_related(*related).order_by("pk")
    entries = StatementEntry.objects.for_work().counted().select_related(
        "payment__expense__pot__district", "payment__expense__pot__year", "payment__call__payee__organisation",
        "payment__call__payee__person", "payment__call__application__pot__district", "payment__call__application__pot__year",
        "decision__application__pot__district", "decision__application__pot__year",
        "interest__application__pot__district", "interest__application__pot__year",
        "change__application__pot__district", "change__application__pot__year",
        "expense__pot__year", "expense__pot__district",
    ).prefetch_related(Prefetch("batch__payments", payments))  # fmt: skip
    for entry in entries.iterator(CHUNK):
        if entry.batch is not None:
            for payment in entry.batch.payments.all():
                yield Line(entry, -payment.amount, payment, payment.expense)
        elif entry.payment is not None:
            yield Line(entry, entry.amount + entry.taken_off, entry.payment, entry.payment.expense)
            if entry.taken_off:
                yield Line(entry, -entry.taken_off, expense=entry.expense)
        elif entry.decision is not None and entry.interest is not None:
            yield Line(entry, entry.amount - entry.of_interest)
            yield Line(entry, entry.of_interest, is_interest=True)
        else:
            yield Line(entry, entry.amount, expense=entry.expense)
