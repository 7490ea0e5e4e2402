"""The bank's file of a released batch: made once, kept under its hash, never changed.

The release is committed first. Then the file is written, then its hash is stored where there is none. What breaks off
in between goes on with the timer, or when the file is asked for: the same rows give the same bytes.
"""

import logging
from collections.abc import Iterator, Sequence

from django.utils import timezone

from funding.payments import pain
from funding.payments.models import Payment, PaymentBatch
from members.common import stored

logger = logging.getLogger(__name__)


def make(pk: int) -> PaymentBatch:
    """Return the batch of this key. If it is released and lacks its file, the file is made."""
    batch = PaymentBatch.objects.select_related("account").get(pk=pk)
    if not batch.sha256 and batch.is_released and batch.by_file:
        sha256 = stored.put(pain.write(order(batch)).content)
        PaymentBatch.objects.filter(pk=pk, sha256="").update(sha256=sha256)
        batch.refresh_from_db(fields=["sha256"])
    return batch


def repair() -> int:
    """Make the files that released batches lack, and return how many. One that fails stops no other one."""
    done = 0
    lacking = PaymentBatch.objects.filter(state=PaymentBatch.State.RELEASED, by_file=True, sha256="")
    for key in lacking.order_by("pk").values_list("pk", flat=True):
        try:
            make(key)
        except Exception:
            logger.exception("The bank's file of batch %s could not be made.", key)
        else:
            done += 1
    return done


def content(batch: PaymentBatch) -> bytes:
    """Return the stored file. Raises FileNotFoundError where it is missing or another."""
    if not stored.is_whole(batch.sha256):
        raise FileNotFoundError(f"The file of {batch.message_id} is not the one that was made.")
    with stored.get(batch.sha256) as file:
        return bytes(file.read())


def owned() -> Iterator[tuple[str, str]]:
    """Yield hash and name of the file of each batch."""
    for batch in stored.kept(PaymentBatch.objects.exclude(sha256="")).order_by("pk").iterator():
        yield batch.sha256, f"{batch}, Datei für die Bank"


def changes(batch: PaymentBatch, payments: Sequence[Payment]) -> list[pain.Change]:
    """Return what stands otherwise in the batch's file than in its payments, but for umlauts that are written out."""
    return [change for change in pain.write(order(batch, payments)).changes if not change.only_umlauts]


def order(batch: PaymentBatch, payments: Sequence[Payment] | None = None) -> pain.Order:
    """Return what the bank shall do. Before the release it is looked at only."""
    own = batch.account
    return pain.Order(
        message_id=batch.message_id,
        created=batch.released_at or timezone.now(),
        debtor=pain.Account(own.holder, own.iban, own.bic),
        execution_day=batch.execution_day,
        transfers=[_transfer(payment) for payment in payments or batch.payments.for_work()],
        one_sum=own.one_sum,
        addresses=pain.Addresses(own.addresses),
    )


def _transfer(payment: Payment) -> pain.Transfer:
    account = payment.account
    assert account is not None
    who = account.payee.who
    return pain.Transfer(
        end_to_end=payment.end_to_end,
        amount=payment.amount,
        creditor=pain.Account(account.holder, account.iban, account.bic),
        remittance=payment.remittance,
        address=pain.Address(who.town, who.country, who.street, who.postcode),
    )
