"""Removing the bytes of what two people agreed to delete, once that is committed.

A row whose file went keeps its hash. Where the process dies in between, the timer goes on (``repair``).
"""

from collections.abc import Collection
from typing import Any

from django.core.files.storage import default_storage

from funding.closing.models import Deletion, DeletionDone
from funding.closing.models.retention import gone_rows
from funding.closing.retention.sources import BY_WHAT, SOURCES
from members.common.stored import path_of
from members.models import User
from projects import attachments
from projects.models import Attachment


def let_go(deletion: Deletion, *, actor: User) -> None:
    """Within the confirming transaction: rows let go of their files, and of their words."""
    source = BY_WHAT[deletion.what]
    rows: Any = source.model._default_manager.filter(pk__in=deletion.items.values_list("row_key", flat=True))
    if source.erase:
        source.erase(rows)
    if source.model is Attachment:
        attachments.let_go(rows, actor=actor)


def finish(key: int) -> bool:
    """Delete the bytes of a confirmed deletion that no other row names, and return whether they are gone.

    Outside a transaction. Done again, it does nothing.
    """
    deletion = Deletion.objects.get(pk=key)
    if BY_WHAT[deletion.what].shares_bytes:
        hashes = set(deletion.items.values_list("sha256", flat=True))
        paths = [path_of(sha256) for sha256 in sorted(hashes - _still_named(hashes))]
        attachments.discard(paths)
        if any(default_storage.exists(path) for path in paths):
            return False
    DeletionDone.objects.get_or_create(deletion=deletion)
    return True


def _still_named(hashes: Collection[str]) -> set[str]:
    """Return the hashes that a row names whose file did not go. One query per kind."""
    named: set[str] = set()
    for source in SOURCES:
        if source.shares_bytes:
            rows = source.present_rows().filter(sha256__in=hashes)
            named.update(rows.values_list("sha256", flat=True))
    return named


def repair() -> int:
    """Finish the confirmed deletions whose files are not gone yet, and return how many could be finished.

    Words go, too, that are still there, such as those of letters deleted before their words went with the file.
    """
    for source in SOURCES:
        if source.erase and source.erased:
            rows = source.model._default_manager.filter(pk__in=gone_rows(source.model))
            source.erase(rows.exclude(source.erased))
    waiting = Deletion.objects.filter(state=Deletion.State.CONFIRMED, done=None)
    return sum(finish(key) for key in waiting.order_by("pk").values_list("pk", flat=True))
