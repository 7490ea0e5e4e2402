"""What ``verify_ledger`` finds at deletions after the retention: that one names no file, or came too early."""

from collections.abc import Iterator

from django.db.models import F

from funding.closing.models import Deletion


def deletions() -> Iterator[str]:
    """Yield a German sentence for each confirmed deletion that names no file, and each within a period."""
    confirmed = Deletion.objects.filter(state=Deletion.State.CONFIRMED)
    for deletion in confirmed.filter(items=None):
        yield f"{deletion}: Die Löschung nennt keine Datei."
    too_early = confirmed.filter(decided_on__year__lte=F("year") + F("items__years"))
    for deletion in too_early.distinct():
        yield f"{deletion}: Gelöscht wurde vor Ablauf ihrer Frist."
