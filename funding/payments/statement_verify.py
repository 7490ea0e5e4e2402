"""What ``verify_ledger`` finds in the bank's statements: their files say the same, and what they were matched with fits."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from django.db.models import F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from funding.payments import camt
from funding.payments.models import BankStatement, PaymentBatch, StatementEntry
from funding.payments.services.statements import rows_of
from members.common import stored
from members.common.money import ZERO, format_euro, money

#: What left the account, as a positive amount.
GONE = money(ZERO) - F("amount")
#: The fee that the bank kept of a return.
OF_EXPENSE = Coalesce(F("expense__amount"), money(ZERO))
#: What is interest, and what came in besides it.
OF_INTEREST = Coalesce(F("interest__amount"), money(ZERO))
REPAID = F("amount") - OF_INTEREST


def statements() -> Iterator[str]:
    """Yield a German sentence for each statement that is not what its file says."""
    rows = BankStatement.objects.select_related("account").order_by("sha256", "pk")
    for sha256, group in groupby(rows, key=lambda row: row.sha256):
        of_file = list(group)
        if not stored.is_whole(sha256):
            continue  # ``funding.verify.files`` names it
        with stored.get(sha256) as file:
            read = {(each.iban, each.bank_id): each for each in camt.read(file.read())}
        for row in of_file:
            said = read.get((row.account.iban, row.bank_id))
            if said is None or (said.opening, said.opened_on, said.closing, said.closed_on) != (
                row.opening,
                row.opened_on,
                row.closing,
                row.closed_on,
            ):
                yield f"{row} (Nr. {row.pk}): In seiner Datei steht etwas anderes."
                continue
            wanted = {(entry.position, *entry.looks) for entry in rows_of(row, said)}
            there = {(entry.position, *entry.looks) for entry in row.entries.all()}
            if wanted - there:
                yield f"{row} (Nr. {row.pk}): Es fehlt eine Buchung aus seiner Datei."
            if there - wanted:
                yield f"{row} (Nr. {row.pk}): Eine Buchung steht nicht in seiner Datei."


def entries() -> Iterator[str]:
    """Yield a sentence for each entry that does not fit what it was matched with."""
    Use = StatementEntry.Use
    batches: Any = PaymentBatch.objects.with_figures().filter(pk=OuterRef("batch")).order_by()
    rows = StatementEntry.objects.annotate(of_batch=Subquery(batches.values("total")))
    other = (
        (Q(use=Use.BATCH) & ~Q(of_batch=GONE))
        | (Q(use=Use.PAYMENT) & ~Q(payment__amount=GONE))
        | (Q(use=Use.RETURN) & ~Q(payment__amount=F("amount") + OF_EXPENSE, payment__state="returned"))
        | (Q(use=Use.EXPENSE, amount__lt=0) & ~Q(expense__amount=GONE, expense__reverses=None))
        | (
            Q(use=Use.EXPENSE, amount__gt=0)
            & ~Q(expense__amount=F("amount"), expense__reverses__isnull=False)
        )
        | Q(decision__isnull=False) & ~Q(decision__amount=REPAID, decision__step="repay")
        | Q(interest__isnull=False) & ~Q(interest__step="interest")
        | Q(use=Use.INTEREST) & ~Q(interest__amount=F("amount"))
        | Q(use=Use.REPAYMENT, interest__isnull=False) & ~Q(interest__application=F("decision__application"))
        | Q(raised__isnull=False) & ~Q(raised__amount=F("amount"), raised__pot=F("pot"))
    )
    for entry in rows.filter(other).order_by("pk"):
        yield f"{entry}: Sie hat {format_euro(entry.amount)}; wozu sie gehört, hat einen anderen Betrag oder Stand."
    alone = StatementEntry.objects.filter(use=Use.PAYMENT, payment__batch__entry__isnull=False)
    for single in alone.order_by("pk"):
        yield f"{single}: Ihre Zahlung ist einzeln und mit ihrem Zahlungslauf zugeordnet."
    again = StatementEntry.objects.filter(state=StatementEntry.State.AGAIN)
    for taken in again.exclude(same_as__amount=F("amount")) | again.filter(same_as__state="again"):
        yield f"{taken}: Sie gilt als dieselbe wie eine Buchung, die sie nicht ist."


VERIFIERS = (statements, entries)
