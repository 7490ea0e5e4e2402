"""Letters about deletions after the retention. Only what is done today is told."""

from django.utils import timezone

from funding.closing.models import Deletion
from members.post import notify
from members.roles import groups


def tell_of_request(deletion: Deletion) -> None:
    """Write to the others of the Wirtschaftsförderung that one of them is to confirm or refuse."""
    if deletion.requested_on == timezone.localdate():
        _tell(deletion, "zweite Person nötig", key=_key(deletion))


def tell_of_decision(deletion: Deletion) -> None:
    """Write to the others what became of it. The letters that asked for a second person and have not gone out are deleted."""
    notify.forget(_key(deletion))
    if deletion.decided_on == timezone.localdate() and not deletion.was_taken_back:
        _tell(deletion, deletion.said, key=f"{_key(deletion)}:decided")


def _key(deletion: Deletion) -> str:
    return f"deletion:{deletion.pk}"


def _tell(deletion: Deletion, what: str, *, key: str) -> None:
    actor = deletion.decided_by or deletion.requested_by
    notify.notify(
        notify.accounts_of(groups.BUSINESS_DEVELOPMENT, without=actor),
        group=groups.BUSINESS_DEVELOPMENT,
        template="deletion",
        context={"deletion": deletion, "number": deletion.items.count(), "actor": actor},
        subject=f"{deletion} löschen: {what}",
        occasion="Löschen nach der Aufbewahrung",
        key=key,
    )
