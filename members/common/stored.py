"""Files that the program makes once, such as letters: stored under the hash of their bytes, and never changed.

The file is written before a row names its hash. So an interruption leaves a file without a row, never a row without
its file, and the same bytes can be stored again.
"""

import hashlib
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import models

#: Each yields the hash of every file that its rows name, and what it is, in German. Rooms append theirs in ``ready``.
OWNERS: list[Callable[[], Iterator[tuple[str, str]]]] = []
#: Each returns the keys of a model's rows whose files were deleted after their retention, as a query.
GONE: list[Callable[[type[models.Model]], Any]] = []
#: Each returns an expression: the local date on which the file of a model's row was deleted after its retention, or NULL.
GONE_ON: list[Callable[[type[models.Model]], Any]] = []


def path_of(sha256: str) -> str:
    """Return where the file with this hash lies, in the folder of its first two letters."""
    return f"{sha256[:2]}/{sha256}"


def kept(rows: Any) -> Any:
    """Leave out the rows whose files were deleted after their retention."""
    for gone in GONE:
        rows = rows.exclude(pk__in=gone(rows.model))
    return rows


def with_gone_on(rows: Any) -> Any:
    """Add ``gone_on``, the local date on which the row's file was deleted after its retention, or None."""
    for gone in GONE_ON:
        rows = rows.annotate(gone_on=gone(rows.model))
    return rows


def gone_on(row: models.Model) -> date | None:
    """Return the local date on which the row's file was deleted after its retention, or None. One query."""
    rows = with_gone_on(type(row)._base_manager.filter(pk=row.pk))
    return next(iter(rows.values_list("gone_on", flat=True)), None)


def put(content: bytes) -> str:
    """Store the bytes, unless they are stored, and return their hash. Call it outside a transaction."""
    sha256 = hashlib.sha256(content).hexdigest()
    path = path_of(sha256)
    if is_whole(sha256):
        return sha256
    default_storage.delete(path)  # the half of a file that an interruption left
    stored = default_storage.save(path, ContentFile(content))
    if stored != path:
        default_storage.delete(stored)  # another process was faster: the bytes are the same
    return sha256


def get(sha256: str) -> Any:
    """Return the file with this hash, opened. Raises FileNotFoundError."""
    return default_storage.open(path_of(sha256))


def is_whole(sha256: str) -> bool:
    """Return whether the file is there and has the bytes of its hash."""
    try:
        with get(sha256) as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == sha256
    except FileNotFoundError:
        return False


def broken() -> Iterator[str]:
    """Yield what each file is that a row names and that is missing or has other bytes than those of its hash.

    Each file is read once, in chunks, however many rows name it.
    """
    whole: dict[str, bool] = {}
    for owner in OWNERS:
        for sha256, what in owner():
            if sha256 not in whole:
                whole[sha256] = is_whole(sha256)
            if not whole[sha256]:
                yield what


def owned() -> Iterator[tuple[str, str]]:
    """Yield the path of each file that a row names, and what it is."""
    for owner in OWNERS:
        for sha256, what in owner():
            yield path_of(sha256), what
