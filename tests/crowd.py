"""Eight processes that run one task each at the same moment, on the database of the test."""

import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from typing import Any

from django.db import connection

from tests import processes

PROCESSES = 8


class Crowd:
    def __init__(self, pool: ProcessPoolExecutor) -> None:
        self.pool = pool

    def run(self, *tasks: tuple[Any, ...], rest: str = "idle") -> list[Any]:
        """Run up to eight tasks at the same moment, one per process; ``rest`` fills the others."""
        filled = [*tasks, *[(rest,)] * (PROCESSES - len(tasks))]
        futures = [self.pool.submit(processes.run, *task) for task in filled]
        return [future.result(timeout=120) for future in futures][: len(tasks)]


def processes_on_this_database() -> Iterator[ProcessPoolExecutor]:
    # Forked from a server of its own that has loaded Django but never opened the database.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.ready", "tests.processes"])
    with ProcessPoolExecutor(
        PROCESSES,
        mp_context=context,
        initializer=processes.prepare,
        initargs=(str(connection.settings_dict["NAME"]), context.Barrier(PROCESSES)),
    ) as executor:
        yield executor
