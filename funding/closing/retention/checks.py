"""What ``verify_ledger`` finds at deletions after the retention: that one names no file, or came too early."""

from collections.abc import Iterator

from django.db.models import F, Q

from funding.closing.models import Deletion
from funding.closing.models.retention import gone_rows
from funding.closing.retention.sources import SOURCES


def deletions() -> Iterator[str]:
    """Yield a German sentence for each confirmed deletion that names no file, and each within a period."""
    confirmed = Deletion.objects.filter(state=Deletion.State.CONFIRMED)
    for deletion in confirmed.filter(items=None):
        yield f"{deletion}: Die Löschung nennt keine Datei."
    yield from _words()
    too_early = confirmed.filter(decided_on__year__lte=F("year") + F("items__years"))
    for deletion in too_early.distinct():
        yield f"{deletion}: Gelöscht wurde vor Ablauf ihrer Frist."


def _words() -> Iterator[str]:
    for source in SOURCES:
        if source.erased is None:
            continue
        rows, gone = source.model._default_manager.order_by("pk"), Q(pk__in=gone_rows(source.model))
        for row in rows.filter(~gone, source.erased):
            yield f"{row}: Angaben fehlen, und keine zwei Personen haben sie gelöscht."
        for row in rows.filter(gone).exclude(source.erased):
            yield f"{row}: Zwei Personen haben Angaben gelöscht, und sie stehen noch da."
