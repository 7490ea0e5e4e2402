"""What ``verify_ledger`` finds at deletions after the retention: that one names no file, or came too early."""

from collections.abc import Iterator

from django.db.models import F, Q

from funding.closing.models import Deletion
from funding.closing.models.retention import gone_rows
from funding.payments.models import PayeeAccount


def deletions() -> Iterator[str]:
    """Yield a German sentence for each confirmed deletion that names no file, and each within a period."""
    confirmed = Deletion.objects.filter(state=Deletion.State.CONFIRMED)
    for deletion in confirmed.filter(items=None):
        yield f"{deletion}: Die Löschung nennt keine Datei."
    yield from _accounts()
    too_early = confirmed.filter(decided_on__year__lte=F("year") + F("items__years"))
    for deletion in too_early.distinct():
        yield f"{deletion}: Gelöscht wurde vor Ablauf ihrer Frist."


def _accounts() -> Iterator[str]:
    gone = Q(pk__in=gone_rows(PayeeAccount))
    for account in PayeeAccount.objects.filter(~gone, iban="").order_by("pk"):
        yield f"{account}: Ihre Angaben fehlen, und keine zwei Personen haben sie gelöscht."
    for account in PayeeAccount.objects.filter(gone).exclude(iban="").order_by("pk"):
        yield f"{account}: Zwei Personen haben ihre Angaben gelöscht, und sie stehen noch da."
