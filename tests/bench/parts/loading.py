"""How long building the database took."""

from collections.abc import Iterator

from tests.bench.parts import Context
from tests.bench.rows import Row


def run(context: Context) -> Iterator[Row]:
    common = {"part": "loading", "database": context.database, "size": context.size}
    yield Row(
        **common, what="tests.load, verify_ledger inbegriffen", ours=context.loading["seconds"], unit="s"
    )
    yield Row(**common, what="Größe der Datenbank", ours=context.loading["bytes"] / 1e6, unit="MB")
