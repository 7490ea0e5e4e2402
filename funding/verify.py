"""What no constraint and no trigger can say: reads everything, and yields a German sentence for each thing found.

Stages, because each needs what those before it look at: a sum cannot be read where a column holds a BLOB.
"""

from collections.abc import Callable, Iterator

from django.db import connection

from funding import ledger
from members import catalogue, integrity
from members.checks import broken_anywhere
from members.triggers import labels
from projects.money import format_euro

Check = Callable[[], Iterator[str]]


def sound_file() -> Iterator[str]:
    return integrity.broken(connection)


def stored_rows() -> Iterator[str]:
    """Rows written while a check was missing or switched off."""
    return broken_anywhere(sorted(labels()))


def counters() -> Iterator[str]:
    for what, counter, stored, computed in ledger.differences():
        yield f"{what}: {counter} ist {format_euro(stored)}, die Buchungen ergeben {format_euro(computed)}."


STAGES: tuple[tuple[Check, ...], ...] = (
    (catalogue.differences,),
    (sound_file, stored_rows),
    (counters,),
)


def findings() -> Iterator[str]:
    """The sentences of the first stage that finds something."""
    for stage in STAGES:
        clean = True
        for check in stage:
            for sentence in check():
                clean = False
                yield sentence
        if not clean:
            return
