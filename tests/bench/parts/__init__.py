"""One module per kind of question, each with ``run(context)``, which yields rows."""

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType

#: Each part's scope: "size" on every database of every size; "copy" on a copy of one size of each database, to
#: write to; "once" on a copy of one database.
SCOPES = {
    "loading": "size",
    "pages": "size",
    "exports": "size",
    "saving": "copy",
    "approvals": "copy",
    "batches": "copy",
    "throughput": "copy",
    "letters": "once",
    "process": "once",
    "first_load": "once",
    "layout_shift": "once",
}


@dataclass
class Context:
    """Where a part runs, and how much it may do."""

    database: str
    size: int
    folder: Path
    repeats: int
    #: Length of the measurement under load, in seconds.
    seconds: float
    #: How long loading this database took and its bytes.
    loading: dict[str, float]


def part(name: str) -> ModuleType:
    return import_module(f"tests.bench.parts.{name}")
