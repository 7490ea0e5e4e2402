"""What the association paid directly to who sent an invoice for the project: it is there already."""

from collections.abc import Iterable

from django.db.models import Prefetch

from funding.models import Application
from funding.payments.models import CallPaper, Payment, PaymentCall
from funding.proofs.models import Voucher
from members.common.stored import with_gone_on


def paid_directly(application: Application) -> list[Payment]:
    """Return the invoices of a grant that were paid directly, oldest first, with call and papers read along.

    One query, two where there are any. For who may see vouchers only: it names payees.
    """
    payments = Payment.objects.filter(
        call__application=application, call__kind=PaymentCall.Kind.INVOICE, state=Payment.State.EXECUTED
    ).select_related("call__payee__organisation", "call__payee__person")
    papers = Prefetch("call__papers", with_gone_on(CallPaper.objects.order_by("pk")))
    return list(payments.prefetch_related(papers).order_by("executed_on", "pk"))


def is_among(vouchers: Iterable[Voucher], payment: Payment) -> bool:
    """Return whether one of the vouchers proves this payment: by a paper of its call, or by day, amount and number."""
    call = payment.call
    assert call is not None  # who is paid directly was called for
    papers = {paper.sha256 for paper in call.papers.all()}
    said = (payment.executed_on, payment.amount, call.invoice_number)
    return any(
        (voucher.has_file and voucher.sha256 in papers)
        or (voucher.day, voucher.amount, voucher.number) == said
        for voucher in vouchers
    )
